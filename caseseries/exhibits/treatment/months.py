"""Treatment by calendar of the infusion: intervals to months, classes of drugs, doses, and numbers of drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from caseseries.derive.shared.shape import DRUG_CLASSES
from caseseries.design import DAYS_PER_MONTH

GIVEN, POSSIBLE, NOT_GIVEN = "given", "possibly given", "not given"

CLASS_WORDS = {
    "glucocorticoid": "Glucocorticoid",
    "csdmard": "Conventional DMARD",
    "calcineurin_inhibitor": "Calcineurin inhibitor",
    "jak_inhibitor": "JAK inhibitor",
    "cyclophosphamide": "Cyclophosphamide",
    "biologic": "Biologic",
    "anticytokine": "Anticytokine",
    "antimalarial": "Antimalarial",
    "ivig": "Immunoglobulin",
    "study_drug": "Study drug",
}
CLASS_COLOURS = {
    "glucocorticoid": "#B2451D",
    "csdmard": "#4B4B8F",
    "calcineurin_inhibitor": "#A987C4",
    "jak_inhibitor": "#2F7F76",
    "cyclophosphamide": "#3B3B3B",
    "biologic": "#F0A858",
    "anticytokine": "#8A6A4A",
    "antimalarial": "#9CC5DD",
    "ivig": "#A8A8A8",
    "study_drug": "#4C86B8",
}
"""Colours of their own, so that no class is taken for a patient or a disease."""


def list_classes(treatment: pd.DataFrame) -> list[str]:
    """List the classes of drugs that were given, from the broadest suppression to the least."""
    return [name for name in DRUG_CLASSES if treatment[name].notna().any()]


def cut_treatment(treatment: pd.DataFrame, *, months_before: float) -> pd.DataFrame:
    """Cut the intervals of treatment to the months shown.

    Returns
    -------
    DataFrame, one row per patient and interval
        The columns of the derived table, ``start_day`` and ``end_day`` inside the months shown.
    """
    first = -int(np.floor(months_before * DAYS_PER_MONTH))
    shown = treatment[treatment["end_day"] >= first].sort_values(["patient_id", "start_day"])
    return shown.assign(start_day=shown["start_day"].clip(lower=first)).reset_index(drop=True)


def spread_months(treatment: pd.DataFrame) -> pd.DataFrame:
    """Spread intervals of treatment over months and classes of drugs.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``cut_treatment`` gives it.

    Returns
    -------
    DataFrame, one row per patient, month and class that the patient ever has
        ``month`` (0 begins on the day of infusion, -1 ends on the day before it); ``days``, those of the month on which
        treatment is known; ``days_given``; ``status`` (given, possibly given, not given) of the month: given if the
        drug was given on any day of it, possibly if that is so only by intervals in which treatment is not known.
    """
    rows = []
    for name in list_classes(treatment):
        own = treatment[treatment["patient_id"].isin(treatment.loc[treatment[name].notna(), "patient_id"])]
        for row in own.itertuples():
            has_drug = pd.notna(getattr(row, name))
            is_sure = row.state != "indeterminate"
            for month, days in _months_of(int(row.start_day), int(row.end_day)):
                rows.append((row.patient_id, name, month, days, days * has_drug * is_sure, days * has_drug))
    columns = ["patient_id", "drug_class", "month", "days", "days_given", "days_possible"]
    frame = pd.DataFrame.from_records(rows, columns=columns)
    months = frame.groupby(["patient_id", "drug_class", "month"], as_index=False, sort=False).sum()
    is_given, is_possible = months["days_given"] > 0, months["days_possible"] > 0
    status = np.where(is_given, GIVEN, np.where(is_possible, POSSIBLE, NOT_GIVEN))
    return months.assign(status=pd.Series(status, index=months.index, dtype="str")).drop(columns="days_possible")


def _months_of(first: int, last: int) -> list[tuple[int, int]]:
    """Give the months that a run of days touches, each with its number of days."""
    months = np.floor(np.arange(first, last + 1) / DAYS_PER_MONTH).astype(int)
    found, counts = np.unique(months, return_counts=True)
    return list(zip(found.tolist(), counts.tolist(), strict=True))


def trace_doses(treatment: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Trace the dose of glucocorticoids over time.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``cut_treatment`` gives it.
    patients : DataFrame, one row per patient
        ``weight_kg`` is the weight at infusion.

    Returns
    -------
    DataFrame, one row per patient and interval with a known dose
        ``start_day``; ``end_day``, the day after the last; ``dose`` (mg/kg/day of prednisone, pulses left out);
        ``is_by_infusion_weight``, true where no weight was recorded near the time and that of the infusion stands in;
        ``pulse_mg``, the dose of pulses in mg/day.
    """
    weight = treatment["patient_id"].map(patients.set_index("patient_id")["weight_kg"]).astype("float64")
    near = treatment["prednisone_mg_per_kg_per_day"]
    dose = near.fillna(treatment["prednisone_mg_per_day"] / weight)
    frame = pd.DataFrame(
        {
            "patient_id": treatment["patient_id"],
            "start_day": treatment["start_day"].astype("float64"),
            "end_day": treatment["end_day"].astype("float64") + 1,
            "dose": dose,
            "is_by_infusion_weight": near.isna() & (dose > 0),
            "pulse_mg": treatment["pulse_prednisone_mg_per_day"].fillna(0.0),
        }
    )
    return frame[frame["dose"].notna()].reset_index(drop=True)


def count_drugs(treatment: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Count the drugs for the disease before the treatment and at the last contact.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``cut_treatment`` gives it: what is before the infusion is what lies in the months shown.
    patients : DataFrame, one row per patient
        ``last_contact_day``.

    Returns
    -------
    DataFrame, one row per patient with a record of treatment before and at the last contact
        ``before``, different drugs given before day 0; ``last``, those on the day of the last contact.
    """
    contact = treatment["patient_id"].map(patients.set_index("patient_id")["last_contact_day"])
    is_before = (treatment["start_day"] < 0).fillna(False)
    is_last = ((treatment["end_day"] >= contact) & (treatment["state"] != "indeterminate")).fillna(False)
    counts = pd.DataFrame({"before": _count(treatment[is_before]), "last": _count(treatment[is_last])}).dropna()
    return counts.astype("int64").rename_axis("patient_id").reset_index()


def _count(intervals: pd.DataFrame) -> pd.Series:
    names = intervals[["patient_id", *DRUG_CLASSES]].melt("patient_id", value_name="drug")
    single = names.assign(drug=names["drug"].str.split("; ")).explode("drug")
    return single.groupby("patient_id")["drug"].nunique()


def share_by_month(treatment: pd.DataFrame) -> pd.DataFrame:
    """Give the share of patients on each class of drugs by month.

    Returns
    -------
    DataFrame, one row per class and month
        ``n_patients`` whose treatment is known in the month, ``n_on``, ``share``.
    """
    known = treatment[treatment["state"] != "indeterminate"]
    everyone = [
        (row.patient_id, month) for row in known.itertuples() for month, _ in _months_of(row.start_day, row.end_day)
    ]
    watched = pd.DataFrame(everyone, columns=["patient_id", "month"]).drop_duplicates()
    n_patients = watched.groupby("month").size()
    months = spread_months(known)
    parts = []
    for name in list_classes(known):
        own = months[(months["drug_class"] == name) & (months["status"] == GIVEN)]
        n_on = own.groupby("month").size().reindex(n_patients.index, fill_value=0)
        parts.append(pd.DataFrame({"drug_class": name, "n_patients": n_patients, "n_on": n_on}).reset_index())
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(share=frame["n_on"] / frame["n_patients"])
