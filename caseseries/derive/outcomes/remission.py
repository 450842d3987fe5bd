"""Remission at the last visit, and remission that is sustained without drugs: states at visits to one row a patient."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.outcomes.calendar import list_planned_visits
from caseseries.derive.outcomes.disease_states import NONE_AGREED, choose_criteria, list_by_patient
from caseseries.derive.outcomes.sustained import Planned, Visits, find_free_days, find_unassessed, judge_sustained
from caseseries.design.visits import VISITS

REMISSION = {
    "patient_id": "str",
    "remission_criterion": "str",
    "last_assessed_day": "Int64",
    "is_in_remission_at_last_visit": "boolean",
    "sustained_remission_status": "str",
    "remission_start_day": "Int64",
    "remission_end_day": "Int64",
    "remission_duration_days": "Int64",
    "n_visits_in_remission": "Int64",
    "decided_on": "str",
}
"""Type of each column in order; the start, the end (the last visit in remission), the duration between them and the
number of visits are those of the remission that lasts until the last visit, sustained or not yet."""


def derive_remission(
    states: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], treatment: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive remission at the last visit and sustained drug-free remission.

    Parameters
    ----------
    states : DataFrame, one row per patient and visit after the infusion
        As ``derive_disease_states`` gives it.
    tables : mapping of raw tables
        ``patients`` (``last_contact_day``); ``visits`` tells which visits were planned.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        ``remission_...``, ``sustained_...``, ``last_visit_rule``, ``visit_assessment_tolerance_days`` and the calendar.

    Returns
    -------
    DataFrame, one row per patient
        See ``REMISSION``; ``sustained_remission_status`` is sustained, not yet, no, or not assessable.

    Notes
    -----
    Sustained: in remission at every assessed visit from the first one of the remission to the last, free of drugs
    (``remission_freedom``) all that time, at least two visits at least six months apart. Not yet: the same, but fewer
    or nearer. No: not in remission, or treated, at the last assessed visit or again later. Not assessable: no decided
    visit, treatment not known, or a gap. A visit at which the data do not decide is not an assessed one.

    A gap is more than ``sustained_max_gap_days`` between two assessed visits, or from the last one to the last
    contact, with a planned visit in it at which the state was not assessed. Planned visits are those of the raw
    table, and after the last of them, or without any, those of the calendar. Yearly visits that were all held leave
    no gap, however far apart.

    Where no criterion is agreed for a disease, its patients are not in remission; a disease that is none of the three
    has no row of facts.
    """
    patients = tables["patients"]
    criteria = choose_criteria(patients, design=design)
    own_states = list_by_patient(states, by="day")
    own_treatment = list_by_patient(treatment, by="start_day")
    own_visits = list_by_patient(tables["visits"], by="planned_day")
    calendar = list_planned_visits(design).to_dict("records")
    rows = []
    for patient_id, last_contact in zip(patients["patient_id"], patients["last_contact_day"], strict=True):
        criterion = criteria[patient_id]
        row = {"patient_id": patient_id, "remission_criterion": criterion}
        if pd.isna(criterion) or criterion == NONE_AGREED:
            rows.append(row | _without_criterion(criterion))
            continue
        planned = _list_planned(own_visits.get(patient_id, []), calendar, design=design)
        own, drugs = own_states.get(patient_id, []), own_treatment.get(patient_id, [])
        rows.append(row | _judge(own, drugs, planned, last_contact, criterion=criterion, design=design))
    frame = pd.DataFrame.from_records(rows, columns=list(REMISSION)).astype(REMISSION)
    return frame.sort_values("patient_id", kind="stable").reset_index(drop=True)


def _without_criterion(criterion: str) -> dict:
    if pd.isna(criterion):
        return {"sustained_remission_status": "not assessable", "decided_on": "no criterion for this disease"}
    return {
        "is_in_remission_at_last_visit": False,
        "sustained_remission_status": "no",
        "decided_on": "no agreed criterion: counted as not in remission",
    }


def _list_planned(own: list[dict], calendar: list[dict], *, design: Mapping) -> list[Planned]:
    """List the planned visits of one patient: those recorded, and the later ones of the calendar."""
    planned = []
    for row in own:
        if row["status"] != "unscheduled" and row["planned_day"] is not None and row["planned_day"] > 0:
            has_window = row["visit"] in VISITS
            code = f"visit_{row['visit'].casefold()}_half_width_days" if has_window else "calendar_half_width_days"
            planned.append(Planned(row["planned_day"], design[code], row["actual_day"]))
    last = max((visit.day for visit in planned), default=0)
    later = [row for row in calendar if row["target_day"] > last]
    return planned + [Planned(row["target_day"], row["last_day"] - row["target_day"], None) for row in later]


def _judge(
    own: list[dict], drugs: list[dict], planned: list[Planned], last_contact: int, *, criterion: str, design: Mapping
) -> dict:
    decided = [row for row in own if row["is_in_remission"] is not None]
    if not own or (not decided and design["last_visit_rule"] == "last_decided"):
        return {"sustained_remission_status": "not assessable", "decided_on": "not assessed after the infusion"}
    last = (own if design["last_visit_rule"] == "last_visit" else decided)[-1]
    facts = {"last_assessed_day": last["day"], "is_in_remission_at_last_visit": last["is_in_remission"]}
    if not decided:
        return facts | {"sustained_remission_status": "not assessable", "decided_on": f"no visit decides {criterion}"}
    days = [row["day"] for row in decided]
    visits = Visits(
        days,
        [row["is_in_remission"] for row in decided],
        find_unassessed(planned, days, tolerance=design["visit_assessment_tolerance_days"]),
        find_free_days(drugs, freedom=design["remission_freedom"]),
        None if pd.isna(last_contact) else int(last_contact),
    )
    return facts | judge_sustained(visits, drugs, criterion=criterion, design=design)
