"""What a score that lacks parts may be at most."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.descriptors import WEIGHTS
from caseseries.derive.lupus.index import INDICES
from caseseries.derive.myositis.core_measures import CORE, MUSCLE, find_category
from caseseries.derive.shared.frames import list_rows

IMPROVEMENT = {part.measure: max(part.points) for part in (*CORE.values(), *MUSCLE.values())}
"""Most points that each core measure of myositis can add to the total improvement score."""


def compute_most(scores: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Compute the most that each score may be, whatever its missing parts are.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        ``value``, the least that it may be, and ``missing_items``; ``TIS_CATEGORY`` with ``TIS_JDM`` of the same days.
    design
        ``tis_thresholds``.

    Returns
    -------
    Series of float, rows as in ``scores``
        Above the value only where descriptors are missing from an index of lupus, or core measures from the improvement
        of myositis: other scores have no value unless it is the same whatever is missing. Missing where the value is.
    """
    rows = list_rows(scores, ["patient_id", "day", "measure", "value", "missing_items"])
    totals = {
        (row["patient_id"], row["day"]): row["value"] + _sum_missing(row, IMPROVEMENT)
        for row in rows
        if row["measure"] == "TIS_JDM"
    }

    def find_most(row: dict) -> float:
        if pd.isna(row["value"]) or pd.isna(row["missing_items"]):
            return row["value"]
        if row["measure"] in INDICES:
            return row["value"] + _sum_missing(row, WEIGHTS)
        if row["measure"] == "TIS_CATEGORY":
            return find_category(totals[row["patient_id"], row["day"]], thresholds=design["tis_thresholds"])
        return row["value"]

    return pd.Series([find_most(row) for row in rows], index=scores.index, dtype="float64")


def _sum_missing(row: Mapping, points: Mapping[str, float]) -> float:
    missing = "" if pd.isna(row["missing_items"]) else row["missing_items"]
    return math.fsum(points.get(name, 0) for name in missing.split("; "))
