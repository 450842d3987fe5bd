"""Improvement of each patient at the last visit against baseline, by the measures of the disease."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.outcomes.bounds import compute_most
from caseseries.derive.shared.limits import TOLERANCE

CHANGE = {
    "patient_id": "str",
    "improvement_rule": "str",
    "is_improved": "boolean",
    "improvement_decided_on": "str",
}

BETTER = {
    "sle": {"SLEDAI_2K": -1},
    "jdm": {"PGA": -1, "CMAS": 1, "MMT8": 1},
    "ssc": {"MRSS": -1},
}
"""Measures of activity by disease; -1 where lower is better, 1 where higher is."""

RELEVANT = {"sle": "SLEDAI_2K", "jdm": "TIS_CATEGORY", "ssc": "MRSS_RELEVANT_FALL"}
"""Measure that tells a relevant fall; a category of 0 is less than minimal improvement."""


def derive_activity_change(scores: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive whether each patient has improved at the last visit against baseline.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        Of all subjects, with ``baseline_value`` and ``change``.
    patients : DataFrame, one row per patient
        ``disease``.
    design
        ``improvement_rule``, ``last_visit_rule``, ``relevant_sledai_fall_points``, ``tis_thresholds``.

    Returns
    -------
    DataFrame, one row per patient
        ``improvement_rule``, the measures and the rule; ``is_improved``; ``improvement_decided_on``.

    Notes
    -----
    Lower activity: SLEDAI-2K of lupus, or the skin score of sclerosis, below baseline; in myositis at least one of
    physician's global, CMAS and MMT8 better and none worse. Descriptors of SLEDAI-2K or core measures of myositis that
    are missing leave the answer open if they could change it. The last visit is that of the last record of any of them;
    one that was used before and is missing then leaves the answer open, unless another is worse. A measure without a
    baseline or without any record after the infusion is left out. Relevant fall: see ``improvement_rule``.
    """
    after = scores[(scores["day"] > 0).fillna(False)]
    after = after.assign(open_points=compute_most(after, design=design) - after["value"])
    if design["last_visit_rule"] == "last_decided":
        after = after[after["value"].notna()]
    last = after.sort_values("day", kind="stable").drop_duplicates(["patient_id", "measure"], keep="last")
    by_patient = {name: own.set_index("measure") for name, own in last.groupby("patient_id")}
    judge = {"lower_activity": _judge_lower, "relevant_fall": _judge_relevant}[design["improvement_rule"]]
    rows = []
    for name, disease in zip(patients["patient_id"], patients["disease"].str.casefold(), strict=True):
        own = by_patient.get(name, after.iloc[:0].set_index("measure"))
        found = (
            judge(own, disease, design)
            if disease in BETTER
            else {"improvement_decided_on": "no measure for this disease"}
        )
        rows.append({"patient_id": name} | found)
    frame = pd.DataFrame.from_records(rows, columns=list(CHANGE)).astype(CHANGE)
    return frame.sort_values("patient_id", kind="stable").reset_index(drop=True)


def _judge_lower(own: pd.DataFrame, disease: str, design: Mapping) -> dict:
    usable = [name for name in BETTER[disease] if name in own.index and not pd.isna(own.loc[name, "baseline_value"])]
    first_day = max((own.loc[name, "day"] for name in usable), default=0) - design["visit_assessment_tolerance_days"]
    verdicts, words = [], []
    for name in usable:
        row = own.loc[name]
        if pd.isna(row["change"]) or row["day"] < first_day:
            verdicts.append(None)
            words.append(f"{name} not known at the last visit")
            continue
        gain = BETTER[disease][name] * row["change"]
        is_sure = gain <= TOLERANCE or gain - row["open_points"] > TOLERANCE
        verdicts.append((0 if abs(gain) <= TOLERANCE else (1 if gain > 0 else -1)) if is_sure else None)
        words.append(f"{name} {row['baseline_value']:g} to {row['value']:g} on day {row['day']}")
    is_open = None in verdicts or not verdicts
    return {
        "improvement_rule": f"lower activity: {', '.join(BETTER[disease])}",
        "is_improved": False if -1 in verdicts else (pd.NA if is_open else 1 in verdicts),
        "improvement_decided_on": "; ".join(words) or "no baseline, or no value after the infusion",
    }


def _judge_relevant(own: pd.DataFrame, disease: str, design: Mapping) -> dict:
    measure = RELEVANT[disease]
    rule = f"relevant fall: {measure}"
    value = own.loc[measure, "change" if disease == "sle" else "value"] if measure in own.index else pd.NA
    if pd.isna(value):
        return {"improvement_rule": rule, "improvement_decided_on": f"{measure} not known"}
    if disease == "sle":
        limit, open_points = design["relevant_sledai_fall_points"] - TOLERANCE, own.loc[measure, "open_points"]
        is_improved = -value >= limit
        is_improved = pd.NA if is_improved and -value - open_points < limit else is_improved
        words = f"{measure} changed by {value:g}"
    else:
        is_improved = True if value > 0.5 else pd.NA if value + own.loc[measure, "open_points"] > 0.5 else False
        words = f"{measure} {value:g}"
    words += f" on day {own.loc[measure, 'day']}"
    return {"improvement_rule": rule, "is_improved": is_improved, "improvement_decided_on": words}
