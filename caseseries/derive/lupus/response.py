"""Response of lupus to treatment: the modified SRI-4, from SLEDAI-2K and the physician's global against baseline."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.criteria import span_text
from caseseries.derive.lupus.states import derive_lupus_global
from caseseries.derive.shared.limits import is_below
from caseseries.derive.shared.scores import YES_NO, as_scores
from caseseries.derive.shared.states import Criterion, derive_states
from caseseries.derive.shared.windows import find_baseline


def derive_lupus_response(
    activity: pd.DataFrame,
    *,
    scores: pd.DataFrame,
    assessments: pd.DataFrame,
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the modified SRI-4 at each visit after the infusion.

    Parameters
    ----------
    activity : DataFrame, one row per patient, visit and index
        As ``summarize_activity`` gives it.
    scores : DataFrame, one row per patient, day and measure
        Measure ``SLEDAI_2K``, whose baseline is used.
    assessments, medications
        The raw tables: the physician's global, and the first day of lymphodepletion.
    design
        ``msri_baseline_points``, ``msri_fall_points``, ``msri_pga_worsening_points``; the rule of the baseline.

    Returns
    -------
    DataFrame, one row per patient and visit
        The table of scores with ``MSRI_4``, yes or no; ``indeterminate`` without a baseline or with one too low to
        fall by as much.

    Notes
    -----
    A fall of SLEDAI-2K by 4 points or more, and a physician's global that has not risen by 0.3 or more of 3 points.
    The full SRI-4 asks for BILAG as well, which the data do not hold.

    References
    ----------
    Furie 2009, Arthritis Rheum 61:1143.
    """
    visits = activity[(activity["measure"] == "SLEDAI_2K") & (activity["day"] > 0)]
    globals_ = derive_lupus_global(assessments, design=design).assign(measure="PGA", status="complete")
    baseline = _baseline_of(scores[scores["measure"] == "SLEDAI_2K"], medications, design)
    visits = visits.assign(
        before=visits["patient_id"].map(baseline).astype("float64"),
        global_before=visits["patient_id"].map(_baseline_of(globals_, medications, design)).astype("float64"),
    )
    visits = visits.merge(globals_[["patient_id", "day", "value"]], on=["patient_id", "day"], how="left")
    can_respond = visits["before"] >= design["msri_baseline_points"]
    judged = visits[can_respond].reset_index(drop=True)
    fallen = _judge_fall(judged, points=design["msri_fall_points"])
    steady = _judge_global(judged, points=design["msri_pga_worsening_points"])
    others = [
        {
            "patient_id": visit.patient_id,
            "day": visit.day,
            "measure": "MSRI_4",
            "unit": YES_NO,
            "status": "indeterminate",
            "missing_items": "SLEDAI-2K at baseline" if pd.isna(visit.before) else "",
            "decided_on": "no baseline" if pd.isna(visit.before) else f"not evaluable: baseline {visit.before:g}",
        }
        for visit in visits[~can_respond].itertuples()
    ]
    responses = derive_states(judged, states={"MSRI_4": [fallen, steady]})
    return as_scores(pd.concat([responses, as_scores(others)]))


def _judge_fall(visits: pd.DataFrame, *, points: int) -> Criterion:
    has_fallen = visits["before"] - visits["high"] >= points
    may_have = visits["before"] - visits["low"] >= points
    words = [f"SLEDAI-2K {span_text(own.low, own.high)}, baseline {own.before:g}" for own in visits.itertuples()]
    return Criterion(has_fallen.astype("boolean").mask(may_have & ~has_fallen), words, list(visits["missing"]))


def _judge_global(visits: pd.DataFrame, *, points: float) -> Criterion:
    words = [f"PGA {_write(own.value)}, baseline {_write(own.global_before)}" for own in visits.itertuples()]
    answer = is_below(visits["value"] - visits["global_before"], points)
    return Criterion(answer, words, ["PGA_SLE"] * len(visits))


def _write(value: float) -> str:
    return "not known" if pd.isna(value) else f"{value:.4g}"


def _baseline_of(frame: pd.DataFrame, medications: pd.DataFrame, design: Mapping) -> pd.Series:
    found = find_baseline(frame, medications=medications, design=design)
    return found.set_index("patient_id")["baseline_value"]
