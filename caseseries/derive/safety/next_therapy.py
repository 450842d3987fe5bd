"""The next therapy after the cells: courses of drugs to the day from which low counts are no longer theirs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import list_rows
from caseseries.derive.treatment.medication import IMMUNOSUPPRESSIVE_CLASSES

PURPOSES = ("disease", "lymphodepletion")
CLASSES = (*IMMUNOSUPPRESSIVE_CLASSES, "study_drug", "lymphodepletion")


def find_next_therapies(medications: pd.DataFrame, *, design: Mapping) -> dict[str, int]:
    """Find the first day after the infusion on which a drug that can lower counts was begun.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug
        Immunosuppressive drugs for the disease, drugs under trial, and lymphodepletion. Glucocorticoids and
        antimalarials spare the counts.
    design
        ``icaht_late_ends``; ``free_days_before_restart``: a drug that was taken in so many days before goes on, and is
        not begun.

    Returns
    -------
    dict
        Day by patient; empty if the option does not ask for it.
    """
    if design["icaht_late_ends"] == "last_contact":
        return {}
    is_therapy = medications["drug_class"].isin(CLASSES) & medications["purpose"].isin(PURPOSES)
    own = medications[is_therapy & medications["start_day"].notna()].sort_values("start_day", kind="stable")
    first: dict[str, int] = {}
    taken_until: dict[tuple[str, str], float] = {}
    for row in list_rows(own, ["patient_id", "drug", "start_day", "end_day"]):
        patient_id, course = row["patient_id"], (row["patient_id"], row["drug"])
        goes_on = row["start_day"] - taken_until.get(course, float("-inf")) <= design["free_days_before_restart"]
        if row["start_day"] > 0 and not goes_on:
            first.setdefault(patient_id, row["start_day"])
        end = float("inf") if pd.isna(row["end_day"]) else row["end_day"]
        taken_until[course] = max(end, taken_until.get(course, end))
    return first
