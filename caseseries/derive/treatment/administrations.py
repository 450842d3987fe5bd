"""Drugs that a blood test shows: antibodies against cytokines, immunoglobulin, growth factor, and until when."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import list_groups

ADMINISTRATIONS = {
    "patient_id": "str",
    "drug": "str",
    "drug_class": "str",
    "purpose": "str",
    "start_day": "Int64",
    "end_day": "Int64",
    "seen_until_day": "Int64",
}
"""Type of each column in order; the last is the last day on which a sample shows the drug."""

SEEN_CLASSES = ("anticytokine", "ivig", "gcsf")
SEEN_PURPOSES = ("crs", "icans")
CYTOKINE_BLOCKERS = ("tocilizumab", "sarilumab", "siltuximab", "anakinra", "emapalumab")


def derive_administrations(medications: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive when each patient had a drug that alters what a blood test shows.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug, or per administration
        The raw table. Classes ``anticytokine``, ``ivig`` and ``gcsf``, and whatever was given for cytokine release or
        neurotoxicity, are read.
    patients : DataFrame, one row per patient
        ``last_contact_day`` ends a course that is ongoing or without a last day.
    design
        ``ivig_in_blood_days``.

    Returns
    -------
    DataFrame, one row per patient and course
        ``start_day`` and ``end_day``, both included; ``seen_until_day``, the last day of the course, for immunoglobulin
        that many days later. Courses without a first day are left out.

    Notes
    -----
    Immunoglobulin counts whatever its purpose: replacement and treatment of the disease raise antibodies alike.
    """
    is_seen = medications["drug_class"].isin(SEEN_CLASSES) | medications["purpose"].isin(SEEN_PURPOSES)
    own = medications[is_seen & medications["start_day"].notna()]
    own = own[own["patient_id"].isin(patients["patient_id"])]
    last_contact = patients.set_index("patient_id")["last_contact_day"].astype("Int64")
    end = own["end_day"].fillna(own["patient_id"].map(last_contact).astype("Int64")).fillna(own["start_day"])
    end = end.where(end >= own["start_day"], own["start_day"])
    longer = (own["drug_class"] == "ivig").astype("Int64") * design["ivig_in_blood_days"]
    frame = own.assign(end_day=end, seen_until_day=end + longer)[list(ADMINISTRATIONS)].astype(ADMINISTRATIONS)
    by = ["patient_id", "start_day", "drug", "purpose", "end_day"]
    return frame.sort_values(by, kind="stable").reset_index(drop=True)


def is_after_immunoglobulin(samples: pd.DataFrame, administrations: pd.DataFrame) -> pd.Series:
    """Tell which samples hold antibodies of donors.

    Parameters
    ----------
    samples : DataFrame
        ``patient_id``, ``day``.
    administrations : DataFrame
        As ``derive_administrations`` gives it.

    Returns
    -------
    Series of bool, rows as in ``samples``
        True from the day after the first day of immunoglobulin to the last on which it is seen. A sample of the day
        itself counts as taken before it, as troughs are.
    """
    given = list_groups(administrations[administrations["drug_class"] == "ivig"])
    is_after = [
        any(course["start_day"] < day <= course["seen_until_day"] for course in given.get(patient_id, ()))
        for patient_id, day in zip(samples["patient_id"].tolist(), samples["day"].tolist(), strict=True)
    ]
    return pd.Series(is_after, index=samples.index, dtype=bool)


def blocks_cytokines(administrations: pd.DataFrame) -> pd.Series:
    """Tell which courses are of an antibody against a cytokine or its receptor, or of a similar blocker."""
    named = administrations["drug"].str.casefold().str.startswith(CYTOKINE_BLOCKERS).fillna(False).astype(bool)
    return named | (administrations["drug_class"] == "anticytokine")
