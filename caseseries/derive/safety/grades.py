"""The form of the table of grades, and the way from single bedside observations to one grade per patient."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import itemgetter

import pandas as pd

from caseseries.derive.shared.frames import as_typed, list_groups, list_rows

GRADES = {
    "patient_id": "str",
    "toxicity": "str",
    "grade": "Int64",
    "onset_day": "Int64",
    "end_day": "Int64",
    "duration_days": "Int64",
    "status": "str",
    "decided_on": "str",
}
"""Type of each column in order. ``grade`` is 0 to 5 or missing. ``status`` is graded, partial (something that could
change the grade was not recorded; mostly it is a least grade) or not assessable (the grade is missing). ``decided_on``
holds the findings that settled the grade. Onset and end are those of every finding of grade 1 or more."""

FATAL = 5
NO_INFUSION = "no infusion of cells is recorded"


def as_grades(rows: pd.DataFrame | Iterable[Mapping]) -> pd.DataFrame:
    """Give rows the columns, the types and the order of the table of grades.

    Parameters
    ----------
    rows
        A frame or records; a column that they lack becomes missing, one that the table does not have is dropped.
        ``duration_days`` is counted here, both ends included.

    Returns
    -------
    DataFrame, one row per patient and toxicity
        Sorted by toxicity and patient, numbered from 0; without rows it still has every column.
    """
    frame = as_typed(rows, GRADES, by=("toxicity", "patient_id"))
    frame["duration_days"] = frame["end_day"] - frame["onset_day"] + 1
    return frame


def not_assessable(patient_id: str, toxicity: str, reason: str) -> dict:
    """Give the row of a patient whose data do not tell the grade, and the reason."""
    return {"patient_id": patient_id, "toxicity": toxicity, "status": "not assessable", "decided_on": reason}


def grade_recorded(
    patient_id: str, toxicity: str, event: dict | None, *, has_events: bool, candidates: list[str]
) -> dict:
    """Give the row of a toxicity that only an investigator can confirm.

    Parameters
    ----------
    event
        What ``find_recorded_events`` found of the patient; None without a recorded event.
    has_events
        Whether the data set records events at all; where it does, no event means that there was none.
    candidates
        Findings in words that look like the toxicity and that no recorded event covers.
    """
    unconfirmed = f"not confirmed: {'; '.join(candidates)}" if candidates else ""
    if event is None and not has_events:
        return not_assessable(patient_id, toxicity, unconfirmed or "no events are recorded in this data set")
    row = {"patient_id": patient_id, "toxicity": toxicity}
    if event is None:
        status, words = ("partial" if candidates else "graded"), ["no event recorded", unconfirmed]
        return row | {"grade": 0, "status": status, "decided_on": "; ".join(filter(None, words))}
    has_grade = pd.notna(event["grade"])
    could_be_worse = has_grade and event["has_ungraded"] and event["grade"] < FATAL
    words = ["as recorded" if has_grade else "recorded without a grade"]
    words += ["another one has no grade"] if could_be_worse else []
    words.append(unconfirmed)
    status = "partial" if could_be_worse else "graded" if has_grade else "not assessable"
    return row | event | {"status": status, "decided_on": "; ".join(filter(None, words))}


def find_recorded_events(adverse_events: pd.DataFrame, *, category: str) -> dict[str, dict]:
    """Find what the investigators recorded after the infusion in one category of events.

    Parameters
    ----------
    adverse_events : DataFrame, one row per event
        The raw table.
    category
        Category of the codebook.

    Returns
    -------
    dict
        Per patient with an event: ``grade``, ``onset_day`` and ``end_day`` of the worst, of several the first, of
        several of one day the longest; the grade is missing if none was graded. ``has_ungraded``: one was not.
    """
    own = adverse_events[(adverse_events["category"] == category).to_numpy(dtype=bool)]
    recorded: dict[str, list[dict]] = {}
    for event in list_rows(own, ["patient_id", "grade", "start_day", "end_day"]):
        if pd.isna(event["start_day"]) or event["start_day"] >= 0:
            recorded.setdefault(event["patient_id"], []).append(event)
    worst = {patient_id: min(events, key=_worst_first) for patient_id, events in recorded.items()}
    return {
        patient_id: {
            "grade": event["grade"],
            "onset_day": event["start_day"],
            "end_day": event["end_day"],
            "has_ungraded": any(pd.isna(other["grade"]) for other in recorded[patient_id]),
        }
        for patient_id, event in worst.items()
    }


def _worst_first(event: dict) -> tuple[float, float, float]:
    grade, start, end = event["grade"], event["start_day"], event["end_day"]
    return (
        math.inf if pd.isna(grade) else -grade,
        math.inf if pd.isna(start) else start,
        # Without a last day an event has not ended.
        -math.inf if pd.isna(end) else -end,
    )


def select_after_infusion(observations: pd.DataFrame, *, infusions: pd.DataFrame) -> pd.DataFrame:
    """Select what was observed from the first infusion on: not what day 0 showed at an earlier hour.

    Parameters
    ----------
    observations : DataFrame, one row per observation
        ``patient_id``, ``day``, ``hour``; without an hour one of day 0 stays.
    infusions : DataFrame, one row per infusion
        ``hour``, where it is known.
    """
    infused = observations["patient_id"].map(_infusion_hours(infusions)).astype("float64")
    is_before = (observations["hour"].astype("float64") < infused) & (observations["day"] == 0).fillna(False)
    return observations[~is_before.astype(bool)]


def summarize_observations(
    observations: pd.DataFrame,
    *,
    toxicity: str,
    category: str,
    patients: pd.DataFrame,
    infusions: pd.DataFrame,
    adverse_events: pd.DataFrame,
    watch_days: int,
) -> pd.DataFrame:
    """Summarize graded bedside observations to one grade per patient.

    Parameters
    ----------
    observations : DataFrame, one row per patient, day and hour
        ``grade``; ``finding``, the findings in words; ``is_complete``, false if something that could raise the
        grade was not recorded; ``is_set_aside``, true for findings that do not count for want of attribution; where
        there is one, ``note``, what a reader must know of an observation.
    toxicity, category
        Name of the toxicity and category of its recorded events.
    patients, infusions, adverse_events
        Raw tables.
    watch_days
        An observation is expected on each day from 1 to this one, or to the last contact before it.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades.

    Notes
    -----
    The grade is the worst of all observations, the onset the first and the end the last of grade 1 or more. It is 5 if
    a fatal event of the category is recorded. Status partial: a day to be watched has no observation, or one of the
    observations that carry the grade is not complete. Without any observation the grade is missing, whatever the
    investigator recorded, since that is what it is to be compared with.
    """
    by_patient = list_groups(observations)
    recorded = find_recorded_events(adverse_events, category=category)
    infused = _infusion_hours(infusions)
    rows = []
    for patient in patients.itertuples():
        own, event = by_patient.get(patient.patient_id), recorded.get(patient.patient_id)
        is_fatal = event is not None and pd.notna(event["grade"]) and event["grade"] == FATAL
        if patient.patient_id not in infused and not is_fatal:
            rows.append(not_assessable(patient.patient_id, toxicity, NO_INFUSION))
        elif own is None and not is_fatal:
            reason = "no observation is recorded after the infusion"
            rows.append(not_assessable(patient.patient_id, toxicity, reason + _recorded_words(event)))
        else:
            row = {"patient_id": patient.patient_id, "toxicity": toxicity, "grade": 0, "status": "partial"}
            last = min(watch_days, patient.last_contact_day if pd.notna(patient.last_contact_day) else watch_days)
            row |= _worst(own, last_day=last, infusion_hour=infused.get(patient.patient_id)) if own is not None else {}
            rows.append(row | (_fatal(row, event, patient.death_day) if is_fatal else {}))
    return as_grades(rows)


def _infusion_hours(infusions: pd.DataFrame) -> dict[str, float]:
    first = infusions.sort_values("day").drop_duplicates("patient_id").set_index("patient_id")
    hours = first["hour"] if "hour" in first else pd.Series(float("nan"), index=first.index)
    return hours.astype("float64").to_dict()


def _recorded_words(event: dict | None) -> str:
    if event is None or pd.isna(event["grade"]):
        return ""
    return f"; the investigator recorded grade {event['grade']}"


def _worst(own: list[dict], *, last_day: int, infusion_hour: float | None) -> dict:
    expected = set(range(1, last_day + 1))
    n_seen = len(expected & {row["day"] for row in own})
    affected = [row for row in own if row["grade"] >= 1]
    words = [f"observed on {n_seen} of {len(expected)} days"]
    is_complete = n_seen == len(expected) and all(row["is_complete"] for row in own)
    n_set_aside = sum(row["is_set_aside"] for row in own)
    if n_set_aside:
        words.append(f"{n_set_aside} findings do not count for want of attribution")
    notes = Counter(row["note"] for row in own if pd.notna(row.get("note", pd.NA)))
    words += [f"{note} ({n} times)" for note, n in sorted(notes.items())]
    if not affected:
        words = ["no finding", *words]
        return {"grade": 0, "status": "graded" if is_complete else "partial", "decided_on": "; ".join(words)}
    worst, first = max(affected, key=itemgetter("grade")), affected[0]
    return {
        "grade": worst["grade"],
        "onset_day": first["day"],
        "end_day": max(row["day"] for row in affected),
        "status": "graded" if is_complete else "partial",
        "decided_on": "; ".join([f"{worst['finding']} on day {worst['day']}", _onset(first, infusion_hour), *words]),
    }


def _onset(first: dict, infusion_hour: float | None) -> str:
    if pd.isna(first["hour"]):
        return f"onset day {first['day']}"
    if infusion_hour is None or pd.isna(infusion_hour):
        return f"onset day {first['day']} at hour {first['hour']:g}"
    return f"onset {24 * first['day'] + first['hour'] - infusion_hour:g} h after the infusion"


def _fatal(row: dict, event: dict, death_day: int) -> dict:
    end = event["end_day"] if pd.notna(event["end_day"]) else death_day
    onset = row.get("onset_day", event["onset_day"])
    return {
        "grade": FATAL,
        "onset_day": onset,
        "end_day": end,
        "status": "graded",
        "decided_on": "fatal event recorded",
    }
