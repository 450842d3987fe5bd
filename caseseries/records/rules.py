"""Rules that one row of a table must keep, each a small function from a table to the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from caseseries.records.schema import Table, Tables

Broken = Callable[[Table, Tables], pd.Series]
Fix = Callable[[pd.DataFrame, Tables], str]


@dataclass(frozen=True)
class Rule:
    """A rule of one table.

    ``find_broken`` takes the table and all tables by name, and marks the rows that break the rule; a value that is
    missing or broke a rule of its column breaks no other. ``shows`` are the columns that the rule compares and the
    report quotes; where the file lacks one that it must have, the rule is not asked. ``fix`` is a sentence, or a
    function that makes one from the text of the rows that break the rule, and all tables.
    """

    table: str
    name: str
    shows: tuple[str, ...]
    must: str
    fix: str | Fix
    find_broken: Broken
    severity: str = "error"


RULES: list[Rule] = []


def rule(
    tables: Iterable[str], name: str, shows: Iterable[str], must: str, fix: str | Fix, severity: str = "error"
) -> Callable[[Broken], Broken]:
    """Register the decorated function as a rule of each of the tables."""

    def register(find_broken: Broken) -> Broken:
        RULES.extend(Rule(table, name, tuple(shows), must, fix, find_broken, severity) for table in tables)
        return find_broken

    return register


COURSES = ("medications", "adverse_events")


@rule(
    COURSES,
    "end-before-start",
    ("start_day", "end_day"),
    must="end_day must not be before start_day",
    fix="correct the day that is wrong",
)
def _end_before_start(table, tables):
    return table.sound["end_day"] < table.sound["start_day"]


@rule(
    COURSES,
    "ongoing-with-end",
    ("ongoing", "end_day"),
    must="a row that is ongoing must not have an end_day",
    fix="empty end_day, or write no into ongoing",
)
def _ongoing_with_end(table, tables):
    return table.sound["ongoing"] & ~table.is_empty("end_day")


@rule(
    COURSES,
    "ended-without-end",
    ("ongoing", "end_day"),
    must="a row that is not ongoing must have an end_day, or nobody can tell how long it lasted",
    fix="give end_day if it is known",
    severity="warning",
)
def _ended_without_end(table, tables):
    return ~table.sound["ongoing"] & table.is_empty("end_day")


@rule(
    ["medications"],
    "dose-without-unit",
    ("daily_dose", "dose_unit"),
    must="a daily_dose must have its dose_unit",
    fix="fill in dose_unit, such as mg or mg/kg",
)
def _dose_without_unit(table, tables):
    return ~table.is_empty("daily_dose") & table.is_empty("dose_unit")


@rule(
    ["visits"],
    "taken-without-day",
    ("status", "actual_day"),
    must="a visit that is done or unscheduled must have an actual_day",
    fix="give the day on which it took place, or write missed into status",
)
def _taken_without_day(table, tables):
    return table.sound["status"].isin(["done", "unscheduled"]) & table.is_empty("actual_day")


@rule(
    ["visits"],
    "missed-with-day",
    ("status", "actual_day"),
    must="a visit that was missed must not have an actual_day",
    fix="empty actual_day, or write done into status",
)
def _missed_with_day(table, tables):
    return (table.sound["status"] == "missed") & ~table.is_empty("actual_day")


@rule(
    ["visits"],
    "planned-without-day",
    ("status", "planned_day"),
    must="a visit that is done or missed must have a planned_day",
    fix="give the day by plan, or write unscheduled into status",
)
def _planned_without_day(table, tables):
    return table.sound["status"].isin(["done", "missed"]) & table.is_empty("planned_day")


@rule(
    ["visits"],
    "unscheduled-with-plan",
    ("status", "planned_day"),
    must="an unscheduled visit must not have a planned_day",
    fix="empty planned_day, or write done into status",
)
def _unscheduled_with_plan(table, tables):
    return (table.sound["status"] == "unscheduled") & ~table.is_empty("planned_day")


@rule(
    ["infusions"],
    "release-before-apheresis",
    ("apheresis_day", "release_day"),
    must="release_day must not be before apheresis_day",
    fix="correct the day that is wrong",
)
def _release_before_apheresis(table, tables):
    return table.sound["release_day"] < table.sound["apheresis_day"]


@rule(
    ["infusions"],
    "infusion-before-apheresis",
    ("apheresis_day", "day"),
    must="day must not be before apheresis_day",
    fix="correct the day that is wrong; days before the infusion are negative",
)
def _infusion_before_apheresis(table, tables):
    return table.sound["day"] < table.sound["apheresis_day"]


@rule(
    ["infusions"],
    "infusion-before-release",
    ("release_day", "day"),
    must="day must not be before release_day",
    fix="correct the day that is wrong; days before the infusion are negative",
)
def _infusion_before_release(table, tables):
    return table.sound["day"] < table.sound["release_day"]


@rule(
    ["patients"],
    "death-before-contact",
    ("last_contact_day", "death_day"),
    must="death_day must not be before last_contact_day",
    fix="correct the day that is wrong; last_contact_day is the last day known to be alive",
)
def _death_before_contact(table, tables):
    return table.sound["death_day"] < table.sound["last_contact_day"]
