"""Long-term follow-up after gene-modified cells: visits planned for years, and which are done, missed or still due."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import as_typed, list_rows
from caseseries.design import DAYS_PER_MONTH
from caseseries.design.calendar import SCHEDULES_MONTHS
from caseseries.design.visits import VISITS

CALENDAR = {
    "patient_id": "str",
    "visit": "str",
    "target_day": "Int64",
    "first_day": "Int64",
    "last_day": "Int64",
    "status": "str",
    "actual_day": "Int64",
    "deviation_days": "Int64",
    "is_expected": "boolean",
}
"""Type of each column in order. ``first_day`` and ``last_day`` bound the window, both included."""

STATUSES = ("done", "missed", "due", "not due")
"""Done; missed, the window is over; due, the window is open; not due, it has not begun."""


def list_planned_visits(design: Mapping) -> pd.DataFrame:
    """List the visits of the schedule.

    Parameters
    ----------
    design
        ``calendar_schedule``; windows of the visits, ``calendar_half_width_days`` for those that have none.

    Returns
    -------
    DataFrame, one row per visit, in order
        ``visit`` (M and the month), ``target_day``, ``first_day``, ``last_day``.
    """
    rows = []
    for months in SCHEDULES_MONTHS[design["calendar_schedule"]]:
        visit, code = f"M{months}", f"visit_m{months}"
        has_window = visit in VISITS
        target = design[f"{code}_target_day"] if has_window else round(months * DAYS_PER_MONTH)
        half_width = design[f"{code}_half_width_days"] if has_window else design["calendar_half_width_days"]
        rows.append(
            {"visit": visit, "target_day": target, "first_day": target - half_width, "last_day": target + half_width}
        )
    return pd.DataFrame(rows).astype({"visit": "str"} | dict.fromkeys(["target_day", "first_day", "last_day"], "Int64"))


def derive_calendar(patients: pd.DataFrame, *, visits: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive for each patient and planned visit whether it was done or missed, is due, or has yet to come.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        ``last_contact_day`` and ``death_day``; follow-up ends with the first of them.
    visits : DataFrame, one row per visit
        The raw table; ``actual_day`` dates a visit, whatever its name.
    design
        The schedule and the windows.

    Returns
    -------
    DataFrame, one row per patient and planned visit
        ``status`` (one of ``STATUSES``); ``actual_day`` and ``deviation_days`` from the target of the visit that
        counts; ``is_expected``: done, or with a window that is over by the end of follow-up.

    Notes
    -----
    A visit is done by the visit in its window that lies nearest to its target, of two as near the later; failing
    that, by one recorded under its name outside the window, which its deviation shows. No visit stands for two.
    A patient whose end of follow-up is unknown has no missing visit, only those that were done.

    References
    ----------
    FDA 2020, Long term follow-up after administration of human gene therapy products, FDA-2018-D-2173.
    """
    planned = list_planned_visits(design)
    every = patients[["patient_id", "last_contact_day", "death_day"]].merge(planned, how="cross")
    every["end"] = every[["last_contact_day", "death_day"]].min(axis=1).astype("Int64")
    seen = visits.loc[visits["actual_day"].notna(), ["patient_id", "visit", "actual_day"]]
    done = _match_visits(every, seen)
    every = every.merge(done, on=["patient_id", "visit"], how="left", validate="one_to_one")
    is_done = every["actual_day"].notna()
    is_over = (every["last_day"] <= every["end"]).fillna(False).astype(bool)
    is_open = (every["first_day"] <= every["end"]).fillna(False).astype(bool)
    every["status"] = np.select([is_done, is_over, is_open], STATUSES[:3], default=STATUSES[3])
    every["deviation_days"] = every["actual_day"] - every["target_day"]
    every["is_expected"] = is_done | is_over
    frame = every.reindex(columns=list(CALENDAR)).astype(CALENDAR)
    return frame.sort_values(["patient_id", "target_day"], kind="stable").reset_index(drop=True)


def _match_visits(every: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Give each planned visit the day on which it was done; a day serves one visit only."""
    pairs = every.merge(seen.rename(columns={"visit": "name"}), on="patient_id")
    is_inside = (pairs["actual_day"] >= pairs["first_day"]) & (pairs["actual_day"] <= pairs["last_day"])
    is_named = (pairs["name"].str.casefold() == pairs["visit"].str.casefold()).fillna(False).astype(bool)
    pairs = pairs.assign(
        is_outside=~is_inside.astype(bool),
        distance=(pairs["actual_day"] - pairs["target_day"]).abs(),
        earliness=-pairs["actual_day"],
    )
    pairs = pairs[is_inside.astype(bool) | is_named]
    pairs = pairs.sort_values(["is_outside", "distance", "earliness"], kind="stable")
    done: dict[tuple[str, str], int] = {}
    used: set[tuple[str, int]] = set()
    for row in list_rows(pairs, ["patient_id", "visit", "actual_day"]):
        planned, day = (row["patient_id"], row["visit"]), (row["patient_id"], row["actual_day"])
        # A day that another visit does not need is free for the one whose name it bears.
        if planned not in done and day not in used:
            done[planned] = row["actual_day"]
            used.add(day)
    rows = [{"patient_id": who, "visit": visit, "actual_day": day} for (who, visit), day in done.items()]
    return as_typed(rows, {"patient_id": "str", "visit": "str", "actual_day": "Int64"})


def summarize_calendar(calendar: pd.DataFrame) -> pd.DataFrame:
    """Count per planned visit the patients for whom it was expected, done, missed, is due, or has yet to come.

    Returns
    -------
    DataFrame, one row per planned visit, in order
        ``n_expected``, ``n_done``, ``n_missed``, ``n_due``, ``n_not_due``.
    """
    counts = pd.crosstab([calendar["target_day"], calendar["visit"]], calendar["status"])
    counts = counts.reindex(columns=list(STATUSES), fill_value=0).rename(columns=lambda name: _count_name(name))
    expected = calendar.groupby(["target_day", "visit"])["is_expected"].sum().rename("n_expected")
    frame = pd.concat([expected, counts], axis=1).reset_index().drop(columns="target_day")
    return frame.astype({name: "Int64" for name in frame.columns if name != "visit"})


def _count_name(status: str) -> str:
    return "n_" + status.replace(" ", "_")
