"""Body weight at a time of interest, from the weights that were recorded, and the surface that goes with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEIGHT_WINDOW_DAYS = 90
"""A child's weight counts for a dose at most this many days away."""


def compute_weights_kg(intervals: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame) -> np.ndarray:
    """Compute the weight that counts in each interval: the recorded one nearest to its first day.

    Parameters
    ----------
    intervals : DataFrame, one row per patient and interval
        ``patient_id``, ``start_day``, ``end_day``; both days belong to the interval.
    patients : DataFrame, one row per patient
        ``weight_kg`` is the weight on day 0.
    assessments : DataFrame, one row per item of an instrument
        Item ``WEIGHT_KG`` of instrument ``BODY`` is read.

    Returns
    -------
    array of float
        In kg, a value per interval; missing (nan) if none was recorded in the interval or within
        ``WEIGHT_WINDOW_DAYS`` of it.
    """
    is_weight = (assessments["instrument"] == "BODY") & (assessments["item"] == "WEIGHT_KG")
    recorded = assessments.loc[is_weight, ["patient_id", "day", "score"]]
    at_infusion = patients[["patient_id", "weight_kg"]].rename(columns={"weight_kg": "score"}).assign(day=0)
    recorded = pd.concat([recorded, at_infusion]).dropna(subset="score").astype({"day": "float64"})
    by_patient = {
        patient_id: (own["day"].to_numpy(), own["score"].to_numpy(dtype="float64"))
        for patient_id, own in recorded.groupby("patient_id")
    }
    nothing = (np.empty(0), np.empty(0))
    return np.array(
        [
            _nearest_weight(*by_patient.get(patient_id, nothing), first_day=first, last_day=last)
            for patient_id, first, last in zip(
                intervals["patient_id"], intervals["start_day"], intervals["end_day"], strict=True
            )
        ],
        dtype="float64",
    )


def compute_surfaces_m2(weight_kg: pd.Series) -> pd.Series:
    """Compute the body surface of children in m2 from their weight alone (Costeff 1966, Arch Dis Child 41:681)."""
    return (4 * weight_kg + 7) / (weight_kg + 90)


def _nearest_weight(days: np.ndarray, weights: np.ndarray, *, first_day: int, last_day: int) -> float:
    outside = np.maximum(first_day - days, 0) + np.maximum(days - last_day, 0)
    is_near = outside <= WEIGHT_WINDOW_DAYS
    if not is_near.any():
        return np.nan
    return float(weights[is_near][np.argmin(np.abs(days[is_near] - first_day))])
