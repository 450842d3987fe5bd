"""One patient over time: drugs, events, visits, counts and scores, cut from the derived tables for the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.derive.shared.shape import DRUG_CLASSES
from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits.drawing.courses import course_of
from caseseries.exhibits.drawing.measures import SCORED, Measure, measure_of
from caseseries.exhibits.treatment.months import cut_treatment, trace_doses

COUNTS = ("ANC", "CD19", "CART_BLOOD", "CART_DNA")
SCORES = {
    "SLE": ("SLEDAI_2K", "UPCR", "EGFR_U25", "EGFR_CKDEPI_2021"),
    "JDM": ("CMAS", "MMT8", "PGA"),
    "SSc": ("MRSS", "FVC_PCT", "DLCO_PCT"),
}
MOST_DRUGS, MOST_EVENTS, MOST_COUNTS, MOST_SCORES = 12, 12, 3, 3


@dataclass(frozen=True)
class PatientCourse:
    """What the timeline of one patient draws; every frame may be empty, times are in months.

    ``drugs``: drug, drug_class, start, end; ``doses`` as ``trace_doses`` gives it; ``events``: term, grade, start, end,
    the worst ones, and ``n_events`` of them all; ``visits``: visit, months, status; ``courses``: a measure and its
    values each, counts before scores.
    """

    patient_id: str
    first_month: float
    last_month: float
    drugs: pd.DataFrame
    doses: pd.DataFrame
    events: pd.DataFrame
    n_events: int
    visits: pd.DataFrame
    courses: list[tuple[Measure, pd.DataFrame]]


def trace_patient(tables: Mapping[str, pd.DataFrame], *, patient_id: str, months_before: float) -> PatientCourse:
    """Cut one patient's course from the derived tables.

    Parameters
    ----------
    tables : mapping of DataFrame
        Derived tables by name: ``patients``, ``treatment``, ``events``, ``visits``, ``scores`` and ``results``.
    patient_id
        Whose course.
    months_before
        Months before the infusion that are shown where anything was recorded then.
    """
    own = {name: frame[frame["patient_id"] == patient_id] for name, frame in tables.items() if "patient_id" in frame}
    treatment = cut_treatment(own["treatment"], months_before=months_before)
    drugs, events, visits = list_drugs(treatment), _list_events(own["events"]), _list_visits(own["visits"])
    courses = _list_courses(own, disease=own["patients"]["disease"].iloc[0], first=-months_before)
    starts = [*drugs["start"], *events["start"], *(float(course["months"].min()) for _, course in courses), 0.0]
    contact = own["patients"]["last_contact_day"].iloc[0]
    ends = [*drugs["end"], *events["end"], *(float(course["months"].max()) for _, course in courses)]
    last = float(contact) / DAYS_PER_MONTH if pd.notna(contact) else max(ends, default=3.0)
    return PatientCourse(
        patient_id=patient_id,
        first_month=max(float(np.floor(min(starts))), -float(months_before)),
        last_month=max(3.0, float(np.ceil(last / 3 - 1e-9) * 3)),
        drugs=drugs,
        doses=trace_doses(treatment, patients=own["patients"]),
        events=_choose_worst(events),
        n_events=len(events),
        visits=visits,
        courses=courses,
    )


def list_drugs(treatment: pd.DataFrame) -> pd.DataFrame:
    """List the unbroken courses of each drug of one patient.

    Parameters
    ----------
    treatment : DataFrame, one row per interval without a change of drugs
        Of one patient, as ``cut_treatment`` gives it.

    Returns
    -------
    DataFrame, one row per course, drugs by class and first day
        ``drug``, ``drug_class``, ``start``, ``end`` (months).
    """
    rows = []
    for drug_class in DRUG_CLASSES:
        for row in treatment[treatment[drug_class].notna()].itertuples():
            rows += [
                (drug, drug_class, float(row.start_day), float(row.end_day) + 1)
                for drug in getattr(row, drug_class).split("; ")
            ]
    frame = pd.DataFrame(rows, columns=["drug", "drug_class", "start", "end"])
    frame = frame.sort_values(["drug", "start"], kind="stable")
    is_new = (frame["drug"] != frame["drug"].shift()) | (frame["start"] > frame["end"].shift())
    runs = frame.groupby(is_new.cumsum()).agg(
        drug=("drug", "first"), drug_class=("drug_class", "first"), start=("start", "min"), end=("end", "max")
    )
    rank = runs["drug_class"].map({name: number for number, name in enumerate(DRUG_CLASSES)})
    begin = runs.groupby("drug")["start"].transform("min")
    runs = runs.assign(rank=rank, begin=begin).sort_values(["rank", "begin", "drug", "start"])
    runs = runs.assign(start=runs["start"] / DAYS_PER_MONTH, end=runs["end"] / DAYS_PER_MONTH)
    return runs[["drug", "drug_class", "start", "end"]].reset_index(drop=True)


def _list_events(events: pd.DataFrame) -> pd.DataFrame:
    known = events[events["start_day"].notna()]
    start = known["start_day"].astype("float64")
    end = known["end_day"].astype("float64").fillna(start) + 1
    return pd.DataFrame(
        {"term": known["term"], "grade": known["grade"], "start": start / DAYS_PER_MONTH, "end": end / DAYS_PER_MONTH}
    ).reset_index(drop=True)


def _choose_worst(events: pd.DataFrame) -> pd.DataFrame:
    """Keep as many events as have room, the worst ones, in the order of their start."""
    ranked = events.sort_values(["grade", "start"], ascending=[False, True], na_position="last", kind="stable")
    return ranked.head(MOST_EVENTS).sort_values("start", kind="stable", ignore_index=True)


def _list_visits(visits: pd.DataFrame) -> pd.DataFrame:
    day = visits["actual_day"].fillna(visits["planned_day"])
    frame = pd.DataFrame(
        {"visit": visits["visit"], "months": day.astype("float64") / DAYS_PER_MONTH, "status": visits["status"]}
    )
    return frame[frame["status"].isin(("done", "missed"))].sort_values("months", ignore_index=True)


def _list_courses(own: Mapping[str, pd.DataFrame], *, disease: str, first: float) -> list[tuple[Measure, pd.DataFrame]]:
    wanted = SCORES.get(disease, tuple(SCORED))
    chosen = []
    for codes, table, most in ((COUNTS, own["results"], MOST_COUNTS), (wanted, own["scores"], MOST_SCORES)):
        found = [(measure_of(code), course_of(table, code)) for code in codes]
        shown = [(measure, course[course["months"] >= first]) for measure, course in found]
        chosen += [(measure, course) for measure, course in shown if len(course)][:most]
    return chosen
