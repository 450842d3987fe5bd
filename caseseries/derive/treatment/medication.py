"""What each patient took and when: courses of drugs to intervals without a change, and the day drug-free life began."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.shared.body import compute_weights_kg
from caseseries.derive.shared.shape import DRUG_CLASSES, as_table
from caseseries.derive.treatment.counted import is_counted
from caseseries.derive.treatment.glucocorticoid import LOCAL_ROUTES, compute_prednisone_mg, is_pulse, read_factors

IMMUNOSUPPRESSIVE_CLASSES = tuple(
    name for name in DRUG_CLASSES if name not in ("glucocorticoid", "antimalarial", "ivig", "study_drug")
)

STATES = (
    "on_study_drug",
    "on_glucocorticoid",
    "on_immunosuppression",
    "on_other_treatment",
    "drug_free",
    "off_study_drug",
    "indeterminate",
)
"""States of treatment. ``on_immunosuppression`` is without a glucocorticoid; ``on_other_treatment`` is an antimalarial
or immunoglobulin for the disease and nothing stronger, that is free of immunosuppression but not drug-free."""

FREE_STATES = {
    "glucocorticoid_free": frozenset({"on_immunosuppression", "on_other_treatment", "drug_free"}),
    "immunosuppression_free": frozenset({"on_other_treatment", "drug_free"}),
    "drug_free": frozenset({"drug_free"}),
}
"""States in which a patient is free, by what of."""


def derive_treatment(
    medications: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive the drugs, the dose as prednisone and the state of treatment over time.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug
        The raw table.
    patients : DataFrame, one row per patient
        ``last_contact_day`` ends the last interval; ``weight_kg`` is the weight of day 0.
    assessments : DataFrame, one row per item of an instrument
        Item ``WEIGHT_KG`` of instrument ``BODY`` gives the weight at other times; may be empty.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient and interval without a change of drugs
        ``start_day`` and ``end_day`` (both included) from the first recorded course to the last contact; ``state``
        (one of ``STATES``); ``prednisone_mg_per_day`` and ``prednisone_mg_per_kg_per_day``, the maintenance dose;
        ``pulse_prednisone_mg_per_day``; per class the drugs given, joined by "; "; ``not_counted``, glucocorticoids
        of another purpose. A patient without a course has no row: no record is not the same as no drug.

    Notes
    -----
    A course lasts from its first to its last day, or to the last contact where it is ongoing. A course without a
    last day that is not ongoing may have ended on any day, one without a first day may have begun on any: such days
    are ``indeterminate`` unless the drugs that are known settle the state, and the dose is missing if the drug is a
    glucocorticoid. Single administrations of a drug at most ``administration_gap_days`` apart form one course.
    Topical and other local glucocorticoids are left out; ``is_counted`` says which purposes and doses treat.
    Drugs of classes not in ``DRUG_CLASSES`` (antifibrotics, vasodilators) are no immunosuppression. The weight is the
    nearest within 90 days.
    """
    courses = _clean_courses(medications, patients=patients, assessments=assessments, design=design)
    courses = _join_administrations(courses, gap_days=design["administration_gap_days"])
    intervals = _cut_intervals(courses, patients=patients)
    intervals["weight_kg"] = compute_weights_kg(intervals, patients=patients, assessments=assessments)
    given = intervals.merge(courses.drop(columns=["start_day", "end_day"]), on="patient_id")
    given = given[(given["low"] <= given["start_day"]) & (given["high"] >= given["start_day"])]
    for column, values in _sum_doses(given, design=design).items():
        intervals[column] = values.reindex(intervals["interval"], fill_value=0.0).to_numpy()
    intervals["prednisone_mg_per_kg_per_day"] = intervals["prednisone_mg_per_day"] / intervals["weight_kg"]
    for column, values in _list_drugs(given).items():
        intervals[column] = intervals["interval"].map(values)
    trial = set(courses.loc[courses["drug_class"] == "study_drug", "patient_id"])
    intervals["state"] = _name_states(intervals, given, trial=trial, design=design)
    return as_table(intervals, "treatment")


def _clean_courses(
    medications: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    is_glucocorticoid = medications["drug_class"] == "glucocorticoid"
    is_local = medications["route"].isin(LOCAL_ROUTES)
    treats = is_counted(medications, patients=patients, assessments=assessments, design=design)
    kept = medications["drug_class"].isin(DRUG_CLASSES) & ~(is_glucocorticoid & is_local)
    kept &= is_glucocorticoid | treats
    last_contact = medications["patient_id"].map(patients.set_index("patient_id")["last_contact_day"])
    last_contact = last_contact.astype("Int64")
    frame = medications.assign(
        is_counted=treats,
        is_sure=(medications["end_day"].notna() | medications["ongoing"].fillna(False))
        & medications["start_day"].notna(),
        low=medications["start_day"],
        high=medications["end_day"].fillna(last_contact),
        last_contact_day=last_contact,
    )
    return frame[kept & last_contact.notna() & (medications["start_day"] <= last_contact).fillna(True)]


def _join_administrations(courses: pd.DataFrame, *, gap_days: int) -> pd.DataFrame:
    """Stretch each single administration to the day before the next one of the same drug, if that is near."""
    by = ["patient_id", "drug", "purpose"]
    courses = courses.sort_values([*by, "low"], kind="stable")
    following = courses.groupby(by)["low"].shift(-1)
    # A pulse of a glucocorticoid treats its own day only.
    is_near = (following - courses["low"] <= gap_days) & (courses["drug_class"] != "glucocorticoid")
    stretch = (courses["low"] == courses["end_day"]) & is_near
    return courses.assign(high=courses["high"].mask(stretch.fillna(False), following - 1))


def _cut_intervals(courses: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Cut each patient's time wherever a course begins or has ended; a course without a first day begins with it."""
    bounds = courses.groupby("patient_id").agg(
        first=("low", "min"), first_end=("high", "min"), end=("last_contact_day", "max")
    )
    first = bounds["first"].fillna(bounds["first_end"]).clip(upper=0)
    bounds["first"] = first.where(first < bounds["end"], bounds["end"])
    courses["low"] = courses["low"].fillna(courses["patient_id"].map(bounds["first"]).astype("Int64"))
    edges = pd.concat(
        [
            courses[["patient_id", "low"]].rename(columns={"low": "start_day"}),
            courses[["patient_id"]].assign(start_day=courses["high"] + 1),
            bounds["first"].rename("start_day").reset_index(),
        ]
    )
    edges = edges.drop_duplicates().sort_values(["patient_id", "start_day"]).merge(bounds, on="patient_id")
    edges = edges[(edges["start_day"] >= edges["first"]) & (edges["start_day"] <= edges["end"])]
    following = edges.groupby("patient_id")["start_day"].shift(-1)
    edges = edges.assign(end_day=(following - 1).fillna(edges["end"]), interval=range(len(edges)))
    return edges[["interval", "patient_id", "start_day", "end_day"]].reset_index(drop=True)


def _sum_doses(given: pd.DataFrame, *, design: Mapping) -> dict[str, pd.Series]:
    taken = given[(given["drug_class"] == "glucocorticoid") & given["is_counted"]]
    weight = taken["weight_kg"]
    dose = compute_prednisone_mg(
        taken["drug"], taken["daily_dose"], taken["dose_unit"], weight_kg=weight, per_mg=read_factors(design)
    )
    pulse = is_pulse(dose, taken["route"], weight_kg=weight, design=design)
    # A day that may or may not have had its dose makes the sum unknown, as does a dose that was not recorded.
    dose = dose.where(taken["is_sure"].astype(bool), np.nan)

    def add(part: pd.Series) -> pd.Series:
        return part.groupby(taken["interval"]).agg(lambda doses: doses.sum(skipna=False))

    return {"prednisone_mg_per_day": add(dose[~pulse]), "pulse_prednisone_mg_per_day": add(dose[pulse])}


def _list_drugs(given: pd.DataFrame) -> dict[str, pd.Series]:
    def join(names: pd.Series) -> str:
        return "; ".join(sorted(set(names)))

    counted, other = given[given["is_counted"]], given[~given["is_counted"]]
    lists = {
        name: counted[counted["drug_class"] == name].groupby("interval")["drug"].agg(join) for name in DRUG_CLASSES
    }
    purposes = other["drug"] + " (" + other["purpose"] + ")"
    return lists | {"not_counted": purposes.groupby(other["interval"]).agg(join)}


def _name_states(intervals: pd.DataFrame, given: pd.DataFrame, *, trial: set[str], design: Mapping) -> list[str]:
    ignored = ["antimalarial"] if design["antimalarial_rule"] == "is_ignored" else []
    counted = given[given["is_counted"] & ~given["drug_class"].isin(ignored)]
    possible = counted.groupby("interval")["drug_class"].agg(set).to_dict()
    known = counted[counted["is_sure"].astype(bool)].groupby("interval")["drug_class"].agg(set).to_dict()
    states = []
    for interval, patient_id in zip(intervals["interval"], intervals["patient_id"], strict=True):
        sure = _name_state(known.get(interval, set()), patient_id in trial)
        perhaps = _name_state(possible.get(interval, set()), patient_id in trial)
        states.append(sure if sure == perhaps else "indeterminate")
    return states


def _name_state(classes: set[str], has_study_drug: bool) -> str:
    if "study_drug" in classes:
        return "on_study_drug"
    if has_study_drug:
        return "off_study_drug"
    if "glucocorticoid" in classes:
        return "on_glucocorticoid"
    if classes & set(IMMUNOSUPPRESSIVE_CLASSES):
        return "on_immunosuppression"
    return "on_other_treatment" if classes else "drug_free"


def derive_drug_free(treatment: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Derive since when a patient has been free of glucocorticoids, of immunosuppression and of drugs.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    patients : DataFrame, one row per patient
        Names the patients.

    Returns
    -------
    DataFrame, one row per patient
        ``last_glucocorticoid_day``; ``glucocorticoid_free_start_day``, ``immunosuppression_free_start_day`` and
        ``drug_free_start_day``, the first day of the unbroken time up to the last contact in which the patient was
        in no stronger state; missing if that is not so at the last contact. ``state_at_last_contact``.

    Notes
    -----
    Each is the day after the last dose: a patient who begins again has a later one. Time in an indeterminate state
    does not count as free.
    """
    weaker = {f"{name}_start_day": states for name, states in FREE_STATES.items()}
    last = treatment.sort_values("start_day").groupby("patient_id")[["end_day", "state"]].last()
    on_glucocorticoid = treatment[treatment["glucocorticoid"].notna()]
    facts = {
        "state_at_last_contact": last["state"],
        "last_glucocorticoid_day": on_glucocorticoid.groupby("patient_id")["end_day"].max(),
    }
    first = treatment.groupby("patient_id")["start_day"].min()
    for name, states in weaker.items():
        # Intervals leave no gap, so the free time begins where the last other interval ends.
        stronger = treatment[~treatment["state"].isin(states)].groupby("patient_id")["end_day"].max()
        start = (stronger + 1).reindex(first.index).fillna(first)
        facts[name] = start.where(start <= last["end_day"])
    frame = pd.DataFrame(facts).reindex(patients["patient_id"]).rename_axis("patient_id").reset_index()
    return frame.astype({"patient_id": "str"} | dict.fromkeys(["last_glucocorticoid_day", *weaker], "Int64"))
