"""SV and the plan in TV to visits: done, missed and unscheduled."""

from __future__ import annotations

import pandas as pd

from caseseries.records.sdtm.clock import Clock, compute_days, compute_offset
from caseseries.records.sdtm.domains import Domain
from caseseries.records.sdtm.ledger import Ledger

CONDITION = r"(?i)^\s*(?:if|when)\b"


def derive_visits(
    sv: Domain, tv: Domain, clock: Clock, ledger: Ledger, *, arms: pd.Series, followed_until: pd.Series
) -> pd.DataFrame:
    """Turn SV into visits and add those of the plan that did not take place.

    A visit of TV was due if its planned day is not after the day until which the participant was followed: the first of
    end of participation, last contact and death. Visits that TV plans for a condition (``If ...``) or without a day are
    never due. A visit without a day by plan is unscheduled.

    Parameters
    ----------
    arms
        Planned arm code by participant; TV may plan by arm.
    followed_until
        Last day on which a planned visit was due, by participant.

    Returns
    -------
    DataFrame, one row per visit
    """
    name = sv.text("VISIT").fillna("Visit " + sv.text("VISITNUM"))
    start = compute_days(sv, clock, ledger, date="SVSTDTC", study_day="SVSTDY")
    planned = compute_offset(sv.number("VISITDY"))
    no_place = (sv.code("SVOCCUR") == "N").fillna(False)
    ledger.drop(sv, name.isna(), what="VISIT", reason="visit without a name")
    unscheduled = sv.text("SVUPDES").notna() | name.str.upper().str.startswith("UNSCHED").fillna(False)
    unscheduled |= planned.isna() & ~no_place
    status = unscheduled.map({True: "unscheduled", False: "done"}).mask(no_place, "missed")
    undated = name.notna() & start["day"].isna() & ~no_place
    ledger.drop(sv, undated, what=name, reason="visit without a complete date")
    done = name.notna() & ~undated
    ledger.book(sv, done, what="visits")
    visits = pd.DataFrame(
        {
            "patient_id": sv.patients(),
            "visit": name,
            "planned_day": planned.mask(unscheduled),
            "actual_day": start["day"].mask(no_place),
            "status": status,
        }
    )[done]
    due = _list_due(tv, ledger, arms=arms, followed_until=followed_until)
    keys = pd.MultiIndex.from_frame(due[["patient_id", "visit"]])
    due = due[~keys.isin(pd.MultiIndex.from_frame(visits[["patient_id", "visit"]]))]
    visits = pd.concat([visits, due], ignore_index=True)
    visits["order"] = visits["actual_day"].fillna(visits["planned_day"])
    return visits.sort_values(["patient_id", "order", "visit"], ignore_index=True).drop(columns="order")


def _list_due(tv: Domain, ledger: Ledger, *, arms: pd.Series, followed_until: pd.Series) -> pd.DataFrame:
    day = compute_offset(tv.number("VISITDY"))
    conditional = tv.text("TVSTRL").str.contains(CONDITION, regex=True).fillna(False)
    ledger.drop(tv, conditional | day.isna(), what="TVSTRL", reason="planned for a condition or without a day")
    plan = ~conditional & day.notna()
    ledger.book(tv, plan, what="visits (plan)")
    planned = pd.DataFrame(
        {
            "visit": tv.text("VISIT"),
            "planned_day": day,
            "arm": tv.text("ARMCD"),
        }
    )[plan].drop_duplicates()
    people = pd.DataFrame({"patient_id": arms.index, "own_arm": arms.to_numpy()})
    people["until"] = followed_until.reindex(people["patient_id"]).to_numpy()
    due = people.merge(planned, how="cross")
    due = due[(due["arm"].isna() | (due["arm"] == due["own_arm"])) & (due["planned_day"] <= due["until"]).fillna(False)]
    return due.assign(status="missed", actual_day=pd.NA)[["patient_id", "visit", "planned_day", "actual_day", "status"]]


def derive_followed_until(ds: Domain, clock: Clock, *, last_contact: pd.Series, death: pd.Series) -> pd.Series:
    """Give the day until which planned visits were due: the first of end in DS, last contact and death."""
    part = ds.part((ds.code("DSCAT") == "DISPOSITION EVENT").fillna(False))
    # The dates of DS were accounted for with the patients.
    day = compute_days(part, clock, Ledger(), date="DSSTDTC", study_day="DSSTDY")["day"]
    left = day.groupby(part.patients()).max().reindex(last_contact.index)
    return pd.concat([left, last_contact, death], axis=1).astype("Float64").min(axis=1).astype("Int64")
