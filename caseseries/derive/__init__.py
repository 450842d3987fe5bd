"""Derivations: checked raw tables in, one tidy frame per clinical subject out."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.all_scores import derive_scores
from caseseries.derive.cohort.completeness import count_rows, derive_visits, summarize_cells, summarize_contents
from caseseries.derive.cohort.events import derive_events, derive_worst_grades
from caseseries.derive.cohort.filters import derive_ledger
from caseseries.derive.cohort.ledger import LEDGER
from caseseries.derive.cohort.milestones import derive_milestones
from caseseries.derive.cohort.patients import derive_patients
from caseseries.derive.cohort.product import derive_infusions, derive_lymphodepletion
from caseseries.derive.kinetics import derive_kinetics
from caseseries.derive.kinetics.antibodies import derive_antibodies
from caseseries.derive.kinetics.b_cell_samples import find_next_depletions, select_until_next_depletion
from caseseries.derive.kinetics.b_cells import derive_b_cell_measures, derive_b_cell_times
from caseseries.derive.kinetics.parameters import PARAMETERS
from caseseries.derive.outcomes import PATIENT_OUTCOMES, derive_outcomes
from caseseries.derive.outcomes.autoantibodies import AUTOANTIBODIES, derive_autoantibodies
from caseseries.derive.outcomes.calendar import CALENDAR
from caseseries.derive.outcomes.calendar_contents import CONTENTS
from caseseries.derive.outcomes.disease_states import DISEASE_STATES
from caseseries.derive.outcomes.flares import FLARES
from caseseries.derive.outcomes.visit_outcomes import VISIT_OUTCOMES
from caseseries.derive.safety import derive_safety
from caseseries.derive.safety.grades import GRADES
from caseseries.derive.safety.infections import INFECTIONS, RATES
from caseseries.derive.safety.lab_grades import LAB_SHIFTS, PATIENT_SHIFTS
from caseseries.derive.safety.licats import CANDIDATES
from caseseries.derive.shared.frames import as_typed
from caseseries.derive.shared.results import RESULTS, derive_results
from caseseries.derive.shared.scores import SCORES
from caseseries.derive.shared.shape import DESCRIBED
from caseseries.derive.treatment.administrations import ADMINISTRATIONS, derive_administrations
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.derive.treatment.washout import WASHOUT
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import Dataset

__all__ = ["DERIVED", "derive_tables"]

DERIVED: dict[str, dict[str, str]] = DESCRIBED | {
    "patients": DESCRIBED["patients"] | PATIENT_OUTCOMES,
    "scores": SCORES | {"baseline_value": "float64", "change": "float64", "visit": "str"},
    "results": RESULTS,
    "administrations": ADMINISTRATIONS,
    "autoantibodies": AUTOANTIBODIES,
    "grades": GRADES,
    "patient_lab_shifts": PATIENT_SHIFTS,
    "lab_shifts": LAB_SHIFTS,
    "licats_candidates": CANDIDATES,
    "infections": INFECTIONS,
    "infection_rates": RATES,
    "kinetics": PARAMETERS,
    "disease_states": DISEASE_STATES,
    "visit_outcomes": VISIT_OUTCOMES,
    "flares": FLARES,
    "calendar": CALENDAR | CONTENTS,
    "washout": WASHOUT,
    "ledger": LEDGER,
}
"""Type of each column by derived table; the order is the order of the file."""


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
    who, labs = raw["patients"], raw["labs"]
    treatment = derive_treatment(raw["medications"], patients=who, assessments=raw["assessments"], design=design)
    scores = derive_scores(raw, treatment=treatment, design=design)
    outcomes = derive_outcomes(raw, scores=scores, treatment=treatment, design=design)
    described = derive_patients(raw, treatment=treatment, design=design)
    events = derive_events(raw["adverse_events"], patients=described, design=design)
    watched = select_until_next_depletion(
        labs, medications=raw["medications"], infusions=raw["infusions"], design=design
    )
    again = find_next_depletions(raw["medications"], infusions=raw["infusions"], design=design)
    b_cells = derive_b_cell_times(watched, patients=who, design=design, depleted_again=again)
    kinetics = derive_kinetics(labs, patients=who, infusions=raw["infusions"], design=design)
    administrations = derive_administrations(raw["medications"], patients=who, design=design)
    derived = {
        "patients": described.merge(outcomes["patient_outcomes"], on="patient_id", how="left", validate="one_to_one"),
        "infusions": derive_infusions(raw["infusions"]),
        "lymphodepletion": derive_lymphodepletion(raw["medications"]),
        "treatment": treatment,
        "time_to_event": pd.concat([b_cells, outcomes["outcome_times"]], ignore_index=True),
        "events": events,
        "worst_grades": derive_worst_grades(events, patients=described, design=design),
        "milestones": derive_milestones(
            patients=described,
            events=events,
            time_to_event=b_cells,
            medications=raw["medications"],
            design=design,
        ),
        "contents": summarize_contents(raw, codebook=codebook),
        "rows": count_rows(raw),
        "visits": derive_visits(raw["visits"], patients=described),
        "filled_cells": summarize_cells(raw, codebook=codebook),
        "scores": scores,
        "results": derive_results(labs, raw["vital_signs"]),
        "administrations": administrations,
        "autoantibodies": derive_autoantibodies(
            labs, medications=raw["medications"], administrations=administrations, design=design
        ),
        "kinetics": pd.concat(
            [
                kinetics,
                derive_b_cell_measures(watched, patients=who, design=design, depleted_again=again),
                derive_antibodies(
                    labs,
                    patients=who,
                    medications=raw["medications"],
                    administrations=administrations,
                    design=design,
                ),
            ],
            ignore_index=True,
        ),
    }
    derived |= derive_safety(raw, time_to_event=b_cells, design=design) | outcomes
    made = {name: as_typed(derived[name], types) for name, types in DERIVED.items() if name != "ledger"}
    return made | {"ledger": derive_ledger(made, design=design)}
