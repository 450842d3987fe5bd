"""Cytokine release syndrome: bedside observations to ASTCT grades."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter

import pandas as pd

from caseseries.derive.safety.bedside_findings import (
    HIGH_FLOW,
    Reading,
    compute_systolic_limits,
    grade_readings,
)
from caseseries.derive.safety.grades import select_after_infusion, summarize_observations
from caseseries.derive.shared.event_windows import find_event_spans, is_within

SUPPRESSIVE_CLASSES = {"glucocorticoid", "jak_inhibitor"}
"""Classes that hide fever in the doses that treat a reaction, but not in those that treat a disease."""

REACTION_PURPOSES = {"crs", "icans"}
ANTIPYRETICS = {
    "paracetamol",
    "acetaminophen",
    "ibuprofen",
    "metamizole",
    "dipyrone",
    "naproxen",
    "diclofenac",
    "ketoprofen",
    "indometacin",
    "indomethacin",
    "acetylsalicylic acid",
    "aspirin",
    "propacetamol",
}
WORST_BY_FINDINGS = 4
OBSERVATIONS = {
    "patient_id": "str",
    "day": "Int64",
    "hour": "float64",
    "fever": "boolean",
    "hypotension": "Int64",
    "hypoxia": "Int64",
    "grade": "Int64",
    "finding": "str",
    "is_complete": "boolean",
    "is_set_aside": "boolean",
}


def derive_crs(
    vital_signs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    infusions: pd.DataFrame,
    medications: pd.DataFrame,
    adverse_events: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the worst ASTCT grade of cytokine release syndrome of each patient, with onset and duration.

    Parameters
    ----------
    vital_signs, patients, infusions, medications, adverse_events
        Raw tables; each may be empty. Recorded events are read for a fatal one, and for infections that explain fever.
        What was observed on day 0 before the hour of the infusion is left out.
    design
        The options ``crs_*``.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades, toxicity ``CRS``.

    References
    ----------
    Lee 2019, Biol Blood Marrow Transplant 25:625 (ASTCT).
    """
    return summarize_observations(
        grade_crs_observations(
            select_after_infusion(vital_signs, infusions=infusions),
            patients=patients,
            medications=medications,
            adverse_events=adverse_events,
            design=design,
        ),
        toxicity="CRS",
        category="crs",
        patients=patients,
        infusions=infusions,
        adverse_events=adverse_events,
        watch_days=design["crs_watch_days"],
    )


def grade_crs_observations(
    vital_signs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    medications: pd.DataFrame,
    adverse_events: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Grade every bedside observation from the infusion on.

    Parameters
    ----------
    vital_signs : DataFrame, one row per observation
        Rows of one patient, day and hour are one observation. ``attributable`` false takes a row out of account.
    patients : DataFrame, one row per patient
        ``age_years`` decides the limit of systolic pressure.
    medications : DataFrame, one row per course of a drug
        Antipyretics, anticytokine drugs, and glucocorticoids given for the reaction.
    adverse_events : DataFrame, one row per event
        Infections and recorded cytokine release.
    design
        The options ``crs_*``.

    Returns
    -------
    DataFrame, one row per patient, day and hour with a temperature, or with a finding
        ``fever``; grades of ``hypotension`` and ``hypoxia``, missing if not recorded; ``grade``; ``finding`` in
        words; ``is_complete``, false if pressure or oxygen of a day that counts is nowhere recorded, or the flow of a
        cannula, and of a finding without a temperature of which nobody can say that it does not count;
        ``is_set_aside``, true for fever that does not count because nobody attributed it and it came after the window
        or during a recorded infection.

    Notes
    -----
    There is no grade before the first fever. From it on hypotension and hypoxia count on a day with fever, be it before
    or after them, and, once an
    antipyretic or anticytokine drug was given, without fever as long as the last finding is not long ago
    (``crs_fever_waiver_hours``). The grade is the worst of fever (1), hypotension (2 without, 3 with one, 4 with
    several vasopressors, vasopressin not being a second one) and hypoxia (2 low-flow oxygen, 3 more, 4 positive
    pressure). Intubation only for the airway is no hypoxia. Organ toxicity does not enter.

    A row that is not attributed either way counts, unless the window is over, or an infection but no cytokine release
    is recorded for that day.
    """
    ages = patients.set_index("patient_id")["age_years"].astype("float64")
    own = vital_signs[(vital_signs["day"] >= 0).fillna(False) & vital_signs["patient_id"].isin(ages.index)]
    own = own.assign(hour=own["hour"].astype("float64")).sort_values(["patient_id", "day", "hour"], kind="stable")
    courses = dict(iter(_fever_treatments(medications).groupby("patient_id")))
    explains = design["crs_infection_rule"] == "infection_explains"
    infections = find_event_spans(adverse_events, category="infection") if explains else {}
    reactions = find_event_spans(adverse_events, category="crs")
    rows = []
    for patient_id, same_patient in groupby(own.to_dict("records"), key=itemgetter("patient_id")):
        limits, records = compute_systolic_limits(ages[patient_id], design=design), list(same_patient)
        infected, reacting = infections.get(patient_id, []), reactions.get(patient_id, [])
        days = {record["day"] for record in records}
        explained = {day for day in days if is_within(day, infected) and not is_within(day, reacting)}
        readings = grade_readings(records, limits=limits, infection_days=explained, design=design)
        rows += _grade_course(patient_id, readings, courses.get(patient_id), design=design)
    return pd.DataFrame.from_records(rows, columns=list(OBSERVATIONS)).astype(OBSERVATIONS)


def _fever_treatments(medications: pd.DataFrame) -> pd.DataFrame:
    is_antipyretic = medications["drug"].str.casefold().isin(ANTIPYRETICS)
    is_anticytokine = medications["drug_class"] == "anticytokine"
    is_suppressive = medications["drug_class"].isin(SUPPRESSIVE_CLASSES)
    is_for_reaction = medications["purpose"].isin(REACTION_PURPOSES)
    return medications[is_antipyretic | is_anticytokine | (is_suppressive & is_for_reaction)]


def _grade_course(
    patient_id: str, readings: list[Reading], courses: pd.DataFrame | None, *, design: Mapping
) -> Iterator[dict]:
    """Grade the readings of one patient in their order: what counts depends on what came before."""
    known = {name: {r.day for r in readings if getattr(r, name) is not None} for name in ("hypotension", "hypoxia")}
    onset = next((reading for reading in readings if reading.fever), None)
    treated_from = _first_treated_day(courses, onset and onset.day)
    febrile_days = {reading.day for reading in readings if reading.fever}
    last_time = -math.inf
    for reading in readings:
        has_begun = onset is not None and reading.time_hours >= onset.time_hours
        is_of_febrile_day = design["crs_fever_scope"] == "same_day" and has_begun and reading.day in febrile_days
        is_waived = reading.day >= treated_from and reading.time_hours - last_time <= design["crs_fever_waiver_hours"]
        counts = bool(reading.fever or is_of_febrile_day or is_waived)
        found = max(reading.hypotension or 0, reading.hypoxia or 0)
        grade = max(int(reading.fever or 0), found) if counts else 0
        # Without a temperature nobody can say that the finding does not count.
        is_open = has_begun and reading.fever is None and found > 0 and not counts
        last_time = reading.time_hours if grade else last_time
        if reading.fever is None and not grade and not is_open:
            continue
        is_known = reading.day in known["hypotension"] and reading.day in known["hypoxia"]
        is_known &= not (reading.lacks_flow and grade < HIGH_FLOW)
        yield {
            "patient_id": patient_id,
            "day": reading.day,
            "hour": reading.hour,
            "fever": reading.fever,
            "hypotension": reading.hypotension,
            "hypoxia": reading.hypoxia,
            "grade": grade,
            "finding": ", ".join(sorted(set(reading.words))) if grade else None,
            "is_complete": not is_open and (not counts or is_known or grade == WORST_BY_FINDINGS),
            "is_set_aside": reading.is_set_aside,
        }


def _first_treated_day(courses: pd.DataFrame | None, onset: int | None) -> float:
    """Give the first day from the onset on with a drug that lowers fever; never if there is none."""
    if courses is None or onset is None:
        return math.inf
    last = courses["end_day"].mask(courses["ongoing"].fillna(False).astype(bool), 10**6).fillna(courses["start_day"])
    # Of a course without a first day only its last one is sure.
    starts = courses["start_day"].fillna(last)[(last >= onset).fillna(False)].clip(lower=onset)
    return starts.min() if len(starts) else math.inf
