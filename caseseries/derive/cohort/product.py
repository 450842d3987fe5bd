"""The cell product as given and the lymphodepletion before it: raw infusions and medications to one row each."""

from __future__ import annotations

import pandas as pd

from caseseries.derive.shared.shape import as_table


def derive_infusions(infusions: pd.DataFrame) -> pd.DataFrame:
    """Derive the intervals from apheresis to release and infusion.

    Parameters
    ----------
    infusions : DataFrame, one row per infusion
        The raw table.

    Returns
    -------
    DataFrame, one row per infusion
        The facts of the product; ``vein_to_vein_days`` from apheresis to infusion and ``manufacturing_days`` from
        apheresis to release.
    """
    frame = infusions.assign(
        vein_to_vein_days=infusions["day"] - infusions["apheresis_day"],
        manufacturing_days=infusions["release_day"] - infusions["apheresis_day"],
    )
    return as_table(frame, "infusions")


def derive_lymphodepletion(medications: pd.DataFrame) -> pd.DataFrame:
    """Derive the total dose of each drug of the lymphodepletion.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug
        The raw table; only rows of purpose ``lymphodepletion`` count.

    Returns
    -------
    DataFrame, one row per patient, drug and unit of dose
        ``total_dose`` in ``dose_unit`` (daily dose times days, summed over courses; missing if a dose or a day of
        any course is missing); ``first_day``, ``last_day``; ``n_days`` on which it was given.
    """
    given = medications[medications["purpose"] == "lymphodepletion"]
    days = given["end_day"] - given["start_day"] + 1
    given = given.assign(days=days, dose=given["daily_dose"] * days.astype("float64"))
    rows = [
        {
            "patient_id": patient_id,
            "drug": drug,
            "dose_unit": unit,
            "total_dose": courses["dose"].sum(skipna=False),
            "first_day": courses["start_day"].min(),
            "last_day": courses["end_day"].max(),
            "n_days": courses["days"].sum(skipna=False),
        }
        for (patient_id, drug, unit), courses in given.groupby(["patient_id", "drug", "dose_unit"], dropna=False)
    ]
    return as_table(rows, "lymphodepletion")
