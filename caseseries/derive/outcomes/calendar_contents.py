"""What was examined at each visit of long-term follow-up: vector, competent virus, growth, vaccine titres."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import list_rows

CONTENTS = dict.fromkeys(
    ("has_rcl_test", "has_vector_test", "has_growth", "has_vaccine_titre", "has_new_malignancy"), "boolean"
)
"""Type of each column in order."""

RCL_TESTS, VECTOR_TESTS = ("RCL",), ("CART_DNA", "CART_BLOOD")
VACCINE_SUFFIX = "_IGG"
GROWTH = ("HEIGHT_CM", "WEIGHT_KG")
NEOPLASMS = "neoplasms"


def derive_calendar_contents(calendar: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Derive what was examined at each planned visit, and whether a malignancy was recorded since the one before.

    Parameters
    ----------
    calendar : DataFrame, one row per patient and planned visit
        As ``derive_calendar`` gives it.
    tables : mapping of raw tables
        ``labs``, ``assessments`` (height and weight), ``adverse_events`` (``body_system``).

    Returns
    -------
    DataFrame, rows and index as in ``calendar``
        The columns of ``CONTENTS``: whether a result lies in the window of the visit, or on the day of a visit outside
        it; height and weight are both needed. ``has_new_malignancy``: an event of the body system of neoplasms began
        after the window of the visit before and by the end of this one. Missing for a visit that is not due yet; the
        malignancy also where the data set records no event at all.

    Notes
    -----
    Growth as z scores, puberty and fertility are not assessable: the raw tables hold neither the tables of reference
    that z scores need nor any stage of puberty, and nothing stands in for them.

    References
    ----------
    FDA 2020, Long term follow-up after administration of human gene therapy products, FDA-2018-D-2173.
    """
    labs, assessments, events = tables["labs"], tables["assessments"], tables["adverse_events"]
    is_vaccine = labs["test"].str.endswith(VACCINE_SUFFIX).fillna(False).astype(bool)
    body = assessments[(assessments["instrument"] == "BODY") & assessments["score"].notna()]
    measured = labs[labs["value"].notna()]
    found = {
        "has_rcl_test": _is_within(calendar, measured[measured["test"].isin(RCL_TESTS)]),
        "has_vector_test": _is_within(calendar, measured[measured["test"].isin(VECTOR_TESTS)]),
        "has_growth": _is_within(calendar, body[body["item"] == GROWTH[0]])
        & _is_within(calendar, body[body["item"] == GROWTH[1]]),
        "has_vaccine_titre": _is_within(calendar, labs[is_vaccine & labs["value"].notna()]),
        "has_new_malignancy": _has_malignancy(calendar, events),
    }
    frame = pd.DataFrame(found, index=calendar.index).astype(CONTENTS)
    return frame.mask(calendar["status"] == "not due")


def _is_within(calendar: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    days: dict[str, set[int]] = {}
    for patient_id, day in zip(records["patient_id"].tolist(), records["day"].tolist(), strict=True):
        days.setdefault(patient_id, set()).update([] if pd.isna(day) else [day])
    is_within = []
    for visit in list_rows(calendar, ["patient_id", "first_day", "last_day", "actual_day"]):
        own, actual = days.get(visit["patient_id"], set()), visit["actual_day"]
        is_inside = any(visit["first_day"] <= day <= visit["last_day"] for day in own)
        is_within.append(is_inside or (not pd.isna(actual) and actual in own))
    return pd.Series(is_within, index=calendar.index, dtype=bool)


def _has_malignancy(calendar: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    if events.empty:
        return pd.Series(pd.NA, index=calendar.index, dtype="boolean")
    is_neoplasm = events["body_system"].str.casefold().str.startswith(NEOPLASMS).fillna(False).astype(bool)
    began = events.loc[is_neoplasm, ["patient_id", "start_day"]].rename(columns={"start_day": "day"})
    before = calendar.groupby("patient_id")["last_day"].shift().fillna(0)
    return _is_within(calendar.assign(first_day=before + 1, actual_day=calendar["last_day"]), began)
