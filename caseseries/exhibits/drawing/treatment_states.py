"""States of treatment as bars: unbroken time in one state, cut to the months that a figure shows."""

from __future__ import annotations

import pandas as pd

from caseseries.design import DAYS_PER_MONTH


def merge_states(treatment: pd.DataFrame, *, patients: pd.DataFrame, months_before: float) -> pd.DataFrame:
    """Join neighbouring intervals of one state and cut them to the months shown.

    Returns
    -------
    DataFrame, one row per patient and unbroken state
        ``patient_id``, ``state``, ``start_months``, ``end_months``. A patient without any recorded course is in an
        indeterminate state from day 0 on.
    """
    contact = patients.set_index("patient_id")["last_contact_day"].astype("float64")
    rows = treatment[treatment["patient_id"].isin(patients["patient_id"])].sort_values(["patient_id", "start_day"])
    unknown = contact[~contact.index.isin(rows["patient_id"])]
    unknown = pd.DataFrame(
        {"patient_id": unknown.index, "state": "indeterminate", "start_day": 0, "end_day": unknown.to_numpy()}
    )
    is_new = (rows["state"] != rows["state"].shift()) | (rows["patient_id"] != rows["patient_id"].shift())
    runs = rows.groupby(is_new.cumsum()).agg(
        patient_id=("patient_id", "first"),
        state=("state", "first"),
        start_day=("start_day", "min"),
        end_day=("end_day", "max"),
    )
    runs = pd.concat([part for part in (runs, unknown) if len(part)])
    start = runs["start_day"].astype("float64").clip(lower=-months_before * DAYS_PER_MONTH)
    # Before a trial begins nobody is off its drug.
    start = start.mask(runs["state"] == "off_study_drug", start.clip(lower=0))
    # A state lasts to the end of its last day, a bar to the last contact.
    end = (runs["end_day"].astype("float64") + 1).clip(upper=runs["patient_id"].map(contact))
    runs = runs.assign(start_months=start / DAYS_PER_MONTH, end_months=end / DAYS_PER_MONTH)[end >= start]
    return runs[["patient_id", "state", "start_months", "end_months"]].reset_index(drop=True)
