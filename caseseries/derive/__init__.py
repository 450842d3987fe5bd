"""Derivations: checked raw tables in, one tidy frame per clinical subject out."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.b_cells import derive_b_cell_times
from caseseries.derive.cohort import derive_patients
from caseseries.derive.completeness import count_rows, derive_visits, summarize_cells, summarize_contents
from caseseries.derive.events import derive_events, derive_worst_grades
from caseseries.derive.medication import derive_treatment
from caseseries.derive.milestones import derive_milestones
from caseseries.derive.product import derive_infusions, derive_lymphodepletion
from caseseries.derive.shape import DERIVED, as_table
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import Dataset

__all__ = ["DERIVED", "as_table", "derive_tables"]


def derive_tables(dataset: Dataset, *, design: Mapping) -> dict[str, pd.DataFrame]:
    """Derive every table that the exhibits read.

    Parameters
    ----------
    dataset
        A checked data set; a table that it lacks is an empty frame.
    design
        The options of the run.

    Returns
    -------
    dict of DataFrame
        The tables of ``DERIVED`` by name, with its columns and types; without data a table is empty but whole.
    """
    raw, codebook = dataset.tables, read_codebook()
    treatment = derive_treatment(
        raw["medications"], patients=raw["patients"], assessments=raw["assessments"], design=design
    )
    patients = derive_patients(raw, treatment=treatment, design=design)
    events = derive_events(raw["adverse_events"], patients=patients)
    times = derive_b_cell_times(raw["labs"], patients=patients, design=design)
    derived = {
        "patients": patients,
        "infusions": derive_infusions(raw["infusions"]),
        "lymphodepletion": derive_lymphodepletion(raw["medications"]),
        "treatment": treatment,
        "time_to_event": times,
        "events": events,
        "worst_grades": derive_worst_grades(events, patients=patients),
        "milestones": derive_milestones(
            patients=patients, events=events, time_to_event=times, medications=raw["medications"]
        ),
        "contents": summarize_contents(raw, codebook=codebook),
        "rows": count_rows(raw),
        "visits": derive_visits(raw["visits"], patients=patients),
        "filled_cells": summarize_cells(raw, codebook=codebook),
    }
    return {name: derived[name] for name in DERIVED}
