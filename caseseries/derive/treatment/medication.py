"""What each patient took and when: courses of drugs to intervals without a change, and the day drug-free life began."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, takewhile, zip_longest
from operator import itemgetter

import numpy as np
import pandas as pd

from caseseries.derive.shared.body import compute_weights_kg, find_weight_changes, list_weights
from caseseries.derive.shared.frames import as_typed, find_order, list_groups, list_rows
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
    DataFrame, one row per patient and interval without a change of drugs, or of the weight under a glucocorticoid
        ``start_day`` and ``end_day`` (both included) from the first recorded course to the last contact; ``state``
        (one of ``STATES``); ``prednisone_mg_per_day`` and ``prednisone_mg_per_kg_per_day``, the maintenance dose;
        ``pulse_prednisone_mg_per_day``; per class the drugs given, joined by "; "; ``not_counted``, glucocorticoids
        of another purpose. A patient without a course has no row: no record is not the same as no drug.

    Notes
    -----
    A course lasts from its first to its last day, or to the last contact where it is ongoing. A course without a
    last day that is not ongoing may have ended on any day after its first, one without a first day may have begun on
    any before its last: such days are ``indeterminate`` unless the drugs that are known settle the state, and the
    dose is missing if the drug is a glucocorticoid. Single administrations of a drug at most
    ``administration_gap_days`` apart form one course. Topical and other local glucocorticoids are left out;
    ``is_counted`` says which purposes and doses treat. Drugs of classes not in ``DRUG_CLASSES`` (antifibrotics,
    vasodilators) are no immunosuppression. The weight is the nearest within ``weight_window_days`` on each day: a
    child on one dose for years grows.
    """
    courses = _clean_courses(medications, patients=patients, assessments=assessments, design=design)
    courses = _join_administrations(courses, gap_days=design["administration_gap_days"])
    courses = _split_unsure(courses)
    weights = list_weights(patients=patients, assessments=assessments)
    window_days = design["weight_window_days"]
    changes = {name: find_weight_changes(own, window_days=window_days) for name, own in weights.items()}
    courses, intervals = _cut_intervals(courses, changes)
    first_days = intervals.assign(end_day=intervals["start_day"])
    intervals["weight_kg"] = compute_weights_kg(first_days, patients=patients, assessments=assessments, design=design)
    given = _pair_with_courses(intervals, courses)
    trial = set(courses.loc[courses["drug_class"] == "study_drug", "patient_id"])
    doses = _sum_doses(given, intervals, design=design)
    dose = doses["prednisone_mg_per_day"]
    described = intervals.assign(
        **doses,
        **_list_drugs(given, n_intervals=len(intervals)),
        prednisone_mg_per_kg_per_day=np.where(dose == 0, 0.0, dose / intervals["weight_kg"]),
        state=_name_states(intervals, given, trial=trial, design=design),
    )
    return as_table(described, "treatment")


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
    # Of several that begin on one day the shortest is last, so that it reaches to the next day and not to its own.
    courses = courses.take(find_order([*(courses[name] for name in (*by, "low")), -courses["end_day"]]))
    rows = list_rows(courses, [*by, "drug_class", "low", "end_day", "high"])
    for row, following in pairwise(rows):
        is_same = all(row[name] == following[name] for name in by)
        is_known = not any(pd.isna(day) for day in (row["low"], row["end_day"], following["low"]))
        # A pulse of a glucocorticoid treats its own day only.
        if is_same and is_known and row["drug_class"] != "glucocorticoid" and row["low"] == row["end_day"]:
            is_near = following["low"] - row["low"] <= gap_days
            row["high"] = following["low"] - 1 if is_near else row["high"]
    return courses.assign(high=pd.array([row["high"] for row in rows], dtype="Int64"))


def _split_unsure(courses: pd.DataFrame) -> pd.DataFrame:
    """Part a course of which one end is not known in the day that is sure, its other end, and the days that may be."""
    is_unsure = ~courses["is_sure"].astype(bool)
    is_ended = courses["end_day"].notna() | courses["ongoing"].fillna(False).astype(bool)
    begun = courses[is_unsure & courses["start_day"].notna()]
    ended = courses[is_unsure & courses["start_day"].isna() & is_ended]
    parts = [
        courses.drop(index=[*begun.index, *ended.index]),
        begun.assign(high=begun["low"], is_sure=True),
        begun.assign(low=begun["low"] + 1)[begun["low"] < begun["high"]],
        ended.assign(low=ended["high"], is_sure=True),
        ended.assign(high=ended["high"] - 1),
    ]
    return pd.concat(parts, ignore_index=True)


def _cut_intervals(courses: pd.DataFrame, weight_changes: Mapping[str, list[int]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut each patient's time wherever a course begins or has ended; a course without a first day begins with it.

    A glucocorticoid is a dose per kg: while it is given, time is cut where another weight counts as well.

    Returns
    -------
    DataFrame, DataFrame
        The courses, each with a first day ``low``; the intervals, sorted and numbered from 0.
    """
    firsts, intervals = {}, []
    columns = ["low", "high", "last_contact_day", "drug_class"]
    for patient_id, own in sorted(list_groups(courses, columns).items()):
        end = own[0]["last_contact_day"]
        lows = [row["low"] for row in own if not pd.isna(row["low"])]
        first = firsts[patient_id] = min(min(lows, default=min(row["high"] for row in own)), 0, end)
        edges = {first, *lows, *(row["high"] + 1 for row in own)}
        dosed = [
            (first if pd.isna(row["low"]) else row["low"], row["high"])
            for row in own
            if row["drug_class"] == "glucocorticoid"
        ]
        edges |= {day for day in weight_changes.get(patient_id, ()) if any(low < day <= high for low, high in dosed)}
        starts = [day for day in sorted(edges) if first <= day <= end]
        for start, following in zip_longest(starts, starts[1:]):
            last = end if following is None else following - 1
            intervals.append({"patient_id": patient_id, "start_day": start, "end_day": last})
    lows = courses["low"].fillna(courses["patient_id"].map(firsts).astype("Int64"))
    types = {"patient_id": "str", "start_day": "Int64", "end_day": "Int64"}
    return courses.assign(low=lows), as_typed(intervals, types)


def _pair_with_courses(intervals: pd.DataFrame, courses: pd.DataFrame) -> pd.DataFrame:
    """Put beside each course, once for every interval of its time, the number and the weight of the interval."""
    places = list_groups(courses.assign(place=range(len(courses))), ["place", "low", "high"])
    pairs = [
        (interval, course["place"])
        for interval, row in enumerate(list_rows(intervals, ["patient_id", "start_day"]))
        for course in places[row["patient_id"]]
        if course["low"] <= row["start_day"] <= course["high"]
    ]
    own_intervals, own_courses = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    weights = intervals["weight_kg"].to_numpy()[own_intervals] if pairs else []
    return courses.take(own_courses).assign(interval=own_intervals, weight_kg=weights).reset_index(drop=True)


def _sum_doses(given: pd.DataFrame, intervals: pd.DataFrame, *, design: Mapping) -> dict[str, np.ndarray]:
    taken = given[(given["drug_class"] == "glucocorticoid") & given["is_counted"]]
    weight = taken["weight_kg"].astype("float64")
    dose = compute_prednisone_mg(
        taken["drug"], taken["daily_dose"], taken["dose_unit"], weight_kg=weight, per_mg=read_factors(design)
    )
    pulse = is_pulse(dose, taken["route"], weight_kg=weight, design=design)
    # A day that may or may not have had its dose makes the sum unknown, as does a dose that was not recorded.
    dose = dose.where(taken["is_sure"].astype(bool), np.nan)
    sums = {"prednisone_mg_per_day": np.zeros(len(intervals)), "pulse_prednisone_mg_per_day": np.zeros(len(intervals))}
    for interval, own_dose, own_pulse in zip(taken["interval"], dose, pulse, strict=True):
        sums["pulse_prednisone_mg_per_day" if own_pulse else "prednisone_mg_per_day"][interval] += own_dose
    return sums


def _list_drugs(given: pd.DataFrame, *, n_intervals: int) -> dict[str, list[str | None]]:
    names: dict[str, list[set[str]]] = {
        column: [set() for _ in range(n_intervals)] for column in (*DRUG_CLASSES, "not_counted")
    }
    for row in list_rows(given, ["interval", "drug", "drug_class", "purpose", "is_counted"]):
        if row["is_counted"]:
            names[row["drug_class"]][row["interval"]].add(row["drug"])
        else:
            names["not_counted"][row["interval"]].add(f"{row['drug']} ({row['purpose']})")
    return {column: ["; ".join(sorted(own)) or None for own in by_row] for column, by_row in names.items()}


def _name_states(intervals: pd.DataFrame, given: pd.DataFrame, *, trial: set[str], design: Mapping) -> list[str]:
    ignored = {"antimalarial"} if design["antimalarial_rule"] == "is_ignored" else set()
    possible: list[set[str]] = [set() for _ in range(len(intervals))]
    known: list[set[str]] = [set() for _ in range(len(intervals))]
    for row in list_rows(given, ["interval", "drug_class", "is_counted", "is_sure"]):
        if row["is_counted"] and row["drug_class"] not in ignored:
            possible[row["interval"]].add(row["drug_class"])
            known[row["interval"]].update([row["drug_class"]] if row["is_sure"] else [])
    states = []
    for interval, patient_id in enumerate(intervals["patient_id"].tolist()):
        sure = _name_state(known[interval], patient_id in trial)
        perhaps = _name_state(possible[interval], patient_id in trial)
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
    drugs = list_groups(treatment, ["start_day", "end_day", "state", "glucocorticoid"])
    rows = []
    for patient_id in patients["patient_id"].tolist():
        own = sorted(drugs.get(patient_id, []), key=itemgetter("start_day"))
        row = {"patient_id": patient_id}
        if own:
            on_glucocorticoid = [interval["end_day"] for interval in own if not pd.isna(interval["glucocorticoid"])]
            row["state_at_last_contact"] = own[-1]["state"]
            row["last_glucocorticoid_day"] = max(on_glucocorticoid, default=None)
        for name, states in FREE_STATES.items():
            # Intervals leave no gap, so the free time begins where the last other interval ends.
            free = list(takewhile(lambda interval, states=states: interval["state"] in states, reversed(own)))
            row[f"{name}_start_day"] = free[-1]["start_day"] if free else None
        rows.append(row)
    days = dict.fromkeys(["last_glucocorticoid_day", *(f"{name}_start_day" for name in FREE_STATES)], "Int64")
    return as_typed(rows, {"patient_id": "str", "state_at_last_contact": "str"} | days)
