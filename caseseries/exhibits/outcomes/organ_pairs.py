"""Organ function at baseline and at the last visit: scores and results to one pair of values per patient."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caseseries.estimate import PairedChange, estimate_paired_change
from caseseries.exhibits.drawing.measures import Measure, measure_of

ORGANS = {
    "Kidney": ("EGFR_U25", "EGFR_CKDEPI_2021", "UPCR"),
    "Lung": ("FVC_PCT", "DLCO_PCT"),
    "Muscle": ("CMAS", "MMT8", "CK"),
    "Skin": ("MRSS",),
}
"""Measures by organ, in the order of the panels."""

FROM_RESULTS = ("CK",)
INSTEAD_OF = {"EGFR_CKDEPI_2021": "EGFR_U25"}
"""The equation for adults is shown for patients who have no value by that for children and young adults."""


@dataclass(frozen=True)
class OrganPanel:
    """One measure of one organ: ``pairs`` has one row per patient with both values, ``change`` is after minus before.

    ``change`` is without interval and test below six pairs.
    """

    organ: str
    measure: Measure
    pairs: pd.DataFrame
    change: PairedChange


def pair_organs(patients: pd.DataFrame, scores: pd.DataFrame, results: pd.DataFrame) -> list[OrganPanel]:
    """Pair baseline and last visit of every measure that some patient has at both.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        ``treatment_start_day``, before which the baseline of a laboratory result lies.
    scores : DataFrame, one row per patient, day and measure
        derived/scores.csv with ``baseline_value``.
    results : DataFrame, one row per patient, test and day
        derived/results.csv.

    Returns
    -------
    list of OrganPanel
        ``pairs``: ``patient_id``, ``before``, ``after``, ``before_day`` (missing for scores, whose table names no day
        of the baseline), ``after_day``, ``is_before_below`` and ``is_after_below`` the limit of quantification.
    """
    found: dict[str, pd.DataFrame] = {}
    for measures in ORGANS.values():
        for code in measures:
            if code in FROM_RESULTS:
                found[code] = _pair_results(results[results["test"] == code], patients)
            else:
                found[code] = _pair_scores(scores[scores["measure"] == code])
    for code, other in INSTEAD_OF.items():
        found[code] = found[code][~found[code]["patient_id"].isin(found[other]["patient_id"])]
    return [
        OrganPanel(organ, measure_of(code), found[code].reset_index(drop=True), _estimate(found[code]))
        for organ, measures in ORGANS.items()
        for code in measures
        if len(found[code])
    ]


def _pair_scores(scores: pd.DataFrame) -> pd.DataFrame:
    after = scores[(scores["day"] > 0) & scores["value"].notna()]
    last = after.sort_values("day").drop_duplicates("patient_id", keep="last")
    last = last[last["baseline_value"].notna()].sort_values("patient_id")
    return pd.DataFrame(
        {
            "patient_id": last["patient_id"],
            "before": last["baseline_value"],
            "after": last["value"],
            "before_day": pd.Series(pd.NA, index=last.index, dtype="Int64"),
            "after_day": last["day"],
            "is_before_below": False,
            "is_after_below": False,
        }
    )


def _pair_results(results: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    known = results[results["value"].notna()].sort_values("day")
    start = known["patient_id"].map(patients.set_index("patient_id")["treatment_start_day"])
    before = known[known["day"] < start].drop_duplicates("patient_id", keep="last")
    after = known[known["day"] > 0].drop_duplicates("patient_id", keep="last")
    both = before.merge(after, on="patient_id", suffixes=("_before", "_after")).sort_values("patient_id")
    return pd.DataFrame(
        {
            "patient_id": both["patient_id"],
            "before": both["value_before"],
            "after": both["value_after"],
            "before_day": both["day_before"],
            "after_day": both["day_after"],
            "is_before_below": both["operator_before"].eq("<"),
            "is_after_below": both["operator_after"].eq("<"),
        }
    )


def _estimate(pairs: pd.DataFrame) -> PairedChange:
    # The estimator gives before minus after; a change is what came minus what was.
    return estimate_paired_change(pairs["after"], pairs["before"])
