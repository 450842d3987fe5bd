"""Drugs stopped before the infusion: the last day of each, and how long that was before day 0."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.shape import DRUG_CLASSES
from caseseries.derive.treatment.counted import is_counted
from caseseries.derive.treatment.glucocorticoid import LOCAL_ROUTES

WASHOUT = {
    "patient_id": "str",
    "drug": "str",
    "drug_class": "str",
    "last_dose_day": "Int64",
    "washout_days": "Int64",
    "status": "str",
}
"""Type of each column in order. ``status``: stopped, continued (taken on day 0 or later without a pause over it), or
not known (a course that began before has no last day)."""


def derive_washout(
    medications: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive for each drug that treated the disease before the infusion when it was last taken.

    Parameters
    ----------
    medications, patients, assessments
        The raw tables.
    design
        What counts as treatment of the disease.

    Returns
    -------
    DataFrame, one row per patient and drug
        ``last_dose_day`` before day 0, missing unless the drug was stopped; ``washout_days`` from there to day 0;
        ``status``.

    Notes
    -----
    A drug may have several courses: the last day of them counts, one that is not known makes the whole not known.
    """
    counts = is_counted(medications, patients=patients, assessments=assessments, design=design)
    treats = counts & medications["drug_class"].isin(DRUG_CLASSES) & ~medications["route"].isin(LOCAL_ROUTES)
    # A course without a first day began before the infusion if it also ended before it.
    begun = medications["start_day"].fillna(medications["end_day"])
    prior = medications[treats & (begun < 0).fillna(False)]
    is_ongoing = prior["ongoing"].fillna(False).astype(bool)
    ends = prior.assign(
        is_open=prior["end_day"].isna() & ~is_ongoing,
        is_over=is_ongoing | (prior["end_day"] >= 0).fillna(False),
    )
    grouped = ends.groupby(["patient_id", "drug", "drug_class"], as_index=False)
    rows = grouped.agg(last_dose_day=("end_day", "max"), is_open=("is_open", "any"), is_over=("is_over", "any"))
    rows["status"] = pd.Series("stopped", index=rows.index).mask(rows["is_open"], "not known")
    rows["status"] = rows["status"].mask(rows["is_over"], "continued")
    rows["last_dose_day"] = rows["last_dose_day"].where(rows["status"] == "stopped")
    rows["washout_days"] = -rows["last_dose_day"]
    frame = rows.reindex(columns=list(WASHOUT)).astype(WASHOUT)
    return frame.sort_values(["patient_id", "drug"], kind="stable").reset_index(drop=True)
