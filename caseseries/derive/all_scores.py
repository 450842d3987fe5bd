"""Scores of every clinical subject in one long table, each with its baseline, its change and its visit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.kidney import derive_kidney
from caseseries.derive.lupus import derive_lupus
from caseseries.derive.myositis import derive_myositis
from caseseries.derive.sclerosis import derive_sclerosis
from caseseries.derive.sclerosis.lung import derive_lung_change
from caseseries.derive.shared.measured import derive_measures
from caseseries.derive.shared.scores import as_scores
from caseseries.derive.shared.windows import add_baseline_and_visit


def derive_scores(tables: Mapping[str, pd.DataFrame], *, treatment: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive every score, state and response that the raw tables can feed.

    Parameters
    ----------
    tables
        All raw tables; each may be empty.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores with ``baseline_value``, ``change`` and ``visit``.
    """
    medications = tables["medications"]
    measures = derive_measures(tables["assessments"])
    subjects = [
        measures,
        derive_lupus(tables, treatment=treatment, design=design),
        derive_kidney(tables, design=design),
        derive_myositis(measures, tables=tables, design=design),
        derive_sclerosis(measures, tables=tables, design=design),
        derive_lung_change(measures, medications=medications, design=design),
    ]
    return add_baseline_and_visit(as_scores(pd.concat(subjects)), medications=medications, design=design)
