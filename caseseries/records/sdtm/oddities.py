"""Oddities that trial exports are known to have, each with the reason why the data may keep it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from caseseries.errors import Problem
from caseseries.records.dataset import About, Oddity

# (file, rule of the check): reason. Whatever is not listed here fails the check of the import.
KNOWN = {
    ("adverse_events.csv", "duplicate"): "an event is recorded again when its severity, outcome or end changes",
    ("adverse_events.csv", "ongoing-with-end"): "the outcome is not resolved though an end is recorded; both are kept",
    ("assessments.csv", "duplicate"): "two visits are recorded on one day, each with its own assessment",
    ("labs.csv", "duplicate"): "two samples, or two analyses of one, are recorded at the same time",
    ("medications.csv", "duplicate"): "two courses of a drug began on the same day or on days that are not known",
    ("vital_signs.csv", "duplicate"): "two visits are recorded on one day, each with its own readings",
    ("visits.csv", "out-of-order"): "a visit is recorded under the name of a later one",
} | {
    (f"{table}.csv", f"{day}-after-last-contact"): "dated after death, as data were collected or retrieved then"
    for table, day in (
        ("adverse_events", "start_day"),
        ("adverse_events", "end_day"),
        ("assessments", "day"),
        ("labs", "day"),
        ("medications", "start_day"),
        ("medications", "end_day"),
        ("visits", "actual_day"),
        ("vital_signs", "day"),
    )
}


def declare_oddities(about: About, problems: Iterable[Problem]) -> About:
    """Declare those errors of the check that are known oddities of exports; leave all others to fail."""
    found = tuple(
        Oddity(file=problem.file, rule=problem.rule, n=len(problem.found), reason=KNOWN[problem.file, problem.rule])
        for problem in problems
        if problem.severity == "error" and (problem.file, problem.rule) in KNOWN
    )
    return replace(about, oddities=found)
