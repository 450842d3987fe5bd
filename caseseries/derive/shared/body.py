"""Body weight and height at a time of interest, from those that were recorded, and the surface that goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import list_rows
from caseseries.derive.shared.windows import find_nearest_record


def compute_weights_kg(
    intervals: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> np.ndarray:
    """Compute the weight that counts in each interval: the recorded one nearest to its first day.

    Parameters
    ----------
    intervals : DataFrame, one row per patient and interval
        ``patient_id``, ``start_day``, ``end_day``; both days belong to the interval.
    patients : DataFrame, one row per patient
        ``weight_kg`` is the weight on day 0.
    assessments : DataFrame, one row per item of an instrument
        Item ``WEIGHT_KG`` of instrument ``BODY`` is read.
    design
        ``weight_window_days``.

    Returns
    -------
    array of float
        In kg, a value per interval; missing (nan) if none was recorded in the interval or within
        ``weight_window_days`` of it. Of two as near the later counts, of two on one day the higher; the weight of day 0
        in ``patients`` stands back behind one of the assessments.
    """
    weights = list_weights(patients=patients, assessments=assessments)
    window_days = design["weight_window_days"]
    return np.array(
        [
            _find_nearest(weights.get(row["patient_id"], {}), row["start_day"], row["end_day"], window_days=window_days)
            for row in list_rows(intervals, ["patient_id", "start_day", "end_day"])
        ],
        dtype="float64",
    )


def list_weights(*, patients: pd.DataFrame, assessments: pd.DataFrame) -> dict[str, dict[int, float]]:
    """List the recorded weights of each patient in kg by day, that of day 0 in ``patients`` where no other is."""
    is_weight = (
        (assessments["instrument"] == "BODY") & (assessments["item"] == "WEIGHT_KG") & assessments["score"].notna()
    )
    weights: dict[str, dict[int, float]] = {}
    for row in list_rows(assessments[is_weight], ["patient_id", "day", "score"]):
        own = weights.setdefault(row["patient_id"], {})
        own[row["day"]] = max(row["score"], own.get(row["day"], row["score"]))
    for row in list_rows(patients, ["patient_id", "weight_kg"]):
        if not pd.isna(row["weight_kg"]):
            weights.setdefault(row["patient_id"], {}).setdefault(0, row["weight_kg"])
    return weights


def find_weight_changes(weights: Mapping[int, float], *, window_days: int) -> list[int]:
    """Find the days on which another of a patient's recorded weights becomes the one that counts, or none does."""
    days = sorted(weights)
    middles = (-(-(before + after) // 2) for before, after in pairwise(days))
    edges = {*middles, *(day - window_days for day in days), *(day + window_days + 1 for day in days)}

    def find(day: int) -> int | None:
        return _find_nearest_day(weights, day, day, window_days=window_days)

    return [day for day in sorted(edges) if find(day) != find(day - 1)]


def compute_surfaces_m2(weight_kg: pd.Series) -> pd.Series:
    """Compute the body surface of children in m2 from their weight alone (Costeff 1966, Arch Dis Child 41:681)."""
    return (4 * weight_kg + 7) / (weight_kg + 90)


def compute_mosteller_m2(height_cm: pd.Series, weight_kg: pd.Series) -> pd.Series:
    """Compute the body surface in m2 from height and weight (Mosteller 1987, N Engl J Med 317:1098)."""
    return np.sqrt(height_cm.astype("float64") * weight_kg.astype("float64") / 3600)


def find_heights(samples: pd.DataFrame, assessments: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Find the height that goes with each sample.

    Parameters
    ----------
    samples : DataFrame, one row per sample
        ``patient_id`` and ``day``.
    assessments : DataFrame, one row per item of an instrument
        Item ``HEIGHT_CM`` of instrument ``BODY``.
    design
        ``height_window_days``, ``height_carry_forward_days``.

    Returns
    -------
    DataFrame, rows as in ``samples``
        ``height_cm`` of the nearest day within the window, failing that of an older one carried forward;
        ``offset_days`` of it; missing where there is none.
    """
    is_height = (assessments["instrument"] == "BODY") & (assessments["item"] == "HEIGHT_CM")
    heights = assessments.loc[is_height, ["patient_id", "day", "score"]].rename(columns={"score": "height_cm"})

    def find(days_before: int, days_after: int) -> pd.DataFrame:
        return find_nearest_record(
            samples, heights, first_offset_days=-days_before, last_offset_days=days_after, value="height_cm"
        )[["height_cm", "offset_days"]]

    near = find(design["height_window_days"], design["height_window_days"])
    if near["height_cm"].notna().all():
        return near
    return near.where(near["height_cm"].notna(), find(design["height_carry_forward_days"], 0))


def _find_nearest_day(days: Iterable[int], first_day: int, last_day: int, *, window_days: int) -> int | None:
    near = [day for day in days if first_day - window_days <= day <= last_day + window_days]
    return min(near, key=lambda day: (abs(day - first_day), -day), default=None)


def _find_nearest(weights: Mapping[int, float], first_day: int, last_day: int, *, window_days: int) -> float:
    return weights.get(_find_nearest_day(weights, first_day, last_day, window_days=window_days), np.nan)
