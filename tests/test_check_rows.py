"""How the check tells what is wrong with a row whose cells disagree."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "a course ends before it starts",
        [swap("medications.csv", "-700,-1,no", "-1,-700,no")],
        """\
medications.csv: end_day must not be before start_day.
  1 of 4 rows breaks this: row 2 (P1, prednisone): start_day -1, end_day -700
  fix: correct the day that is wrong.
""",
    ),
    (
        "an event ends before it starts",
        [swap("adverse_events.csv", "5,20,no", "20,5,no")],
        """\
adverse_events.csv: end_day must not be before start_day.
  1 of 3 rows breaks this: row 3 (P1, Neutropenia): start_day 20, end_day 5
  fix: correct the day that is wrong.
""",
    ),
    (
        "a course is ongoing and has an end",
        [swap("medications.csv", "-90,,yes", "-90,300,yes")],
        """\
medications.csv: a row that is ongoing must not have an end_day.
  1 of 4 rows breaks this: row 5 (P3, nintedanib): ongoing yes, end_day 300
  fix: empty end_day, or write no into ongoing.
""",
    ),
    (
        "an event has ended, nobody knows when",
        [swap("adverse_events.csv", "5,20,no", "5,,no")],
        """\
warning: adverse_events.csv: a row that is not ongoing must have an end_day, or nobody can tell how long it lasted.
  1 of 3 rows breaks this: row 3 (P1, Neutropenia): ongoing no, end_day empty
  fix: give end_day if it is known.
""",
    ),
    (
        "a course has ended, nobody knows when",
        [swap("medications.csv", "60,60,no", "60,,no")],
        """\
warning: medications.csv: a row that is not ongoing must have an end_day, or nobody can tell how long it lasted.
  1 of 4 rows breaks this: row 4 (P2, immunoglobulin): ongoing no, end_day empty
  fix: give end_day if it is known.
""",
    ),
    (
        "a dose has no unit",
        [swap("medications.csv", "20,mg,", "20,,")],
        """\
medications.csv: a daily_dose must have its dose_unit.
  1 of 4 rows breaks this: row 2 (P1, prednisone): daily_dose 20, dose_unit empty
  fix: fill in dose_unit, such as mg or mg/kg.
""",
    ),
    (
        "a visit is done without a day",
        [swap("visits.csv", "90,95,done", "90,,done")],
        """\
visits.csv: a visit that is done or unscheduled must have an actual_day.
  1 of 5 rows breaks this: row 3 (P1, M3): status done, actual_day empty
  fix: give the day on which it took place, or write missed into status.
""",
    ),
    (
        "an unscheduled visit has no day",
        [swap("visits.csv", ",,101", ",,")],
        """\
visits.csv: a visit that is done or unscheduled must have an actual_day.
  1 of 5 rows breaks this: row 5 (P1, Fever): status unscheduled, actual_day empty
  fix: give the day on which it took place, or write missed into status.
""",
    ),
    (
        "a visit is missed and has a day",
        [swap("visits.csv", "180,,missed", "180,181,missed")],
        """\
visits.csv: a visit that was missed must not have an actual_day.
  1 of 5 rows breaks this: row 4 (P1, M6): status missed, actual_day 181
  fix: empty actual_day, or write done into status.
""",
    ),
    (
        "a visit is done that was never planned",
        [swap("visits.csv", "90,95,done", ",95,done")],
        """\
visits.csv: a visit that is done or missed must have a planned_day.
  1 of 5 rows breaks this: row 3 (P1, M3): status done, planned_day empty
  fix: give the day by plan, or write unscheduled into status.
""",
    ),
    (
        "an unscheduled visit was planned",
        [swap("visits.csv", ",,101", ",100,101")],
        """\
visits.csv: an unscheduled visit must not have a planned_day.
  1 of 5 rows breaks this: row 5 (P1, Fever): status unscheduled, planned_day 100
  fix: empty planned_day, or write done into status.
""",
    ),
    (
        "a product is released before apheresis",
        [swap("infusions.csv", "-14,-1,fresh", "-1,-14,fresh")],
        """\
infusions.csv: release_day must not be before apheresis_day.
  1 of 4 rows breaks this: row 3 (P2): apheresis_day -1, release_day -14
  fix: correct the day that is wrong.
""",
    ),
    (
        "apheresis follows the infusion and nobody knows of the release",
        [swap("infusions.csv", "-14,-1,fresh", "14,,fresh")],
        """\
infusions.csv: day must not be before apheresis_day.
  1 of 4 rows breaks this: row 3 (P2): apheresis_day 14, day 0
  fix: correct the day that is wrong; days before the infusion are negative.
""",
    ),
    (
        "a product is released after it was given",
        [swap("infusions.csv", "-14,-1,fresh", "-14,1,fresh")],
        """\
infusions.csv: day must not be before release_day.
  1 of 4 rows breaks this: row 3 (P2): release_day 1, day 0
  fix: correct the day that is wrong; days before the infusion are negative.
""",
    ),
    (
        "death is before the last contact",
        [swap("patients.csv", "199,200", "200,199")],
        """\
patients.csv: death_day must not be before last_contact_day.
  1 of 3 rows breaks this: row 3 (P2): last_contact_day 200, death_day 199
  fix: correct the day that is wrong; last_contact_day is the last day known to be alive.
""",
    ),
    (
        "a unit belongs to no test",
        [swap("labs.csv", "12.5,=,pg/mL", "12.5,=,pg")],
        """\
labs.csv: unit must be one that the codebook lists for the test.
  1 of 6 rows breaks this: row 5 (P2, IL6): test IL6, unit pg
  fix: give IL6 in pg/mL, or in ng/L, which the package converts; or add the unit to data/codebook.csv with its factor.
""",
    ),
    (
        "a unit belongs to another test, and two units may be meant",
        [swap("labs.csv", "53,=,umol/L", "53,=,g/L")],
        """\
labs.csv: unit must be one that the codebook lists for the test.
  1 of 6 rows breaks this: row 3 (P1, CREAT): test CREAT, unit g/L
  fix: give CREAT in mg/dL, or in umol/L or mmol/L, which the package converts; or add the unit to data/codebook.csv with its factor.
""",
    ),
    (
        "a unit has another case",
        [swap("labs.csv", "11.2,=,g/dL", "11.2,=,g/dl")],
        """\
labs.csv: unit must be one that the codebook lists for the test.
  1 of 6 rows breaks this: row 6 (P2, HGB): test HGB, unit g/dl
  fix: write 'g/dL' for 'g/dl'; or add the unit to data/codebook.csv with its factor.
""",
    ),
    (
        "a value is implausible in its unit",
        [swap("labs.csv", "11.2,=,g/dL", "112,=,g/dL")],
        """\
labs.csv: value must be in the plausible range of its test.
  1 of 6 rows breaks this: row 6 (P2, HGB): value 112, unit g/dL
  fix: compare value and unit with the source; plausible is HGB from 1 to 26 g/dL; HGB 112 would be plausible in g/L.
""",
    ),
    (
        "a value is implausible though its unit is not the codebook's",
        [swap("labs.csv", "53,=,umol/L", "5300,=,umol/L")],
        """\
labs.csv: value must be in the plausible range of its test.
  1 of 6 rows breaks this: row 3 (P1, CREAT): value 5300, unit umol/L
  fix: compare value and unit with the source; plausible is CREAT from 4.421 to 2,652.6 umol/L.
""",
    ),
    (
        "the limits of normal are exchanged",
        [swap("labs.csv", "35,75", "75,35")],
        """\
labs.csv: lower_limit must not be above upper_limit.
  1 of 6 rows breaks this: row 3 (P1, CREAT): lower_limit 75, upper_limit 35
  fix: exchange the two limits.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
