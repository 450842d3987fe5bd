"""How the check tells what is wrong with what stands for a missing value, and with dates."""

from __future__ import annotations

import pytest
from broken import swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "NA stands for a missing number",
        [swap("labs.csv", "35,75", "NA,n/a")],
        """\
labs.csv: lower_limit must not hold a placeholder for what is missing.
  1 of 6 rows breaks this: row 3 (P1, CREAT): 'NA'
  fix: leave the cell empty.
labs.csv: upper_limit must not hold a placeholder for what is missing.
  1 of 6 rows breaks this: row 3 (P1, CREAT): 'n/a'
  fix: leave the cell empty.
""",
    ),
    (
        "a dash stands for a missing number",
        [swap("patients.csv", "JDM,male,9,Rome,,", "JDM,male,9,Rome,-,")],
        """\
patients.csv: disease_duration_years must not hold a placeholder for what is missing.
  1 of 3 rows breaks this: row 3 (P2): '-'
  fix: leave the cell empty.
""",
    ),
    (
        "NA stands in a cell that must be filled",
        [swap("labs.csv", "12.5", "NA")],
        """\
labs.csv: value must hold a value, not a placeholder.
  1 of 6 rows breaks this: row 5 (P2, IL6): 'NA'
  fix: give the value; the cell must be filled.
""",
    ),
    (
        "NA stands for a code",
        [swap("labs.csv", "35,75,serum", "35,75,NA")],
        """\
labs.csv: specimen must not hold a placeholder for what is missing.
  1 of 6 rows breaks this: row 3 (P1, CREAT): 'NA'
  fix: leave the cell empty.
""",
    ),
    (
        "NA stands for a patient",
        [swap("visits.csv", "P2,M1", "NA,M1")],
        """\
visits.csv: patient_id must hold a value, not a placeholder.
  1 of 5 rows breaks this: row 6 (NA, M1): 'NA'
  fix: give the value; the cell must be filled.
""",
    ),
    (
        "999 stands for a missing number",
        [swap("patients.csv", "27.5", "999")],
        """\
patients.csv: weight_kg must not hold a placeholder for what is missing.
  1 of 3 rows breaks this: row 3 (P2): '999'
  fix: leave the cell empty.
""",
    ),
    (
        "9999 stands for a missing day",
        [swap("adverse_events.csv", "5,20", "5,9999")],
        """\
adverse_events.csv: end_day must not hold a placeholder for what is missing.
  1 of 3 rows breaks this: row 3 (P1, Neutropenia): '9999'
  fix: leave the cell empty.
""",
    ),
    (
        "999 stands where it is a plausible number and 9999 where it is not",
        [swap("labs.csv", "CRP,3", "CRP,999"), swap("labs.csv", "HGB,11.2", "HGB,9999")],
        """\
labs.csv: value must be in the plausible range of its test.
  1 of 6 rows breaks this: row 6 (P2, HGB): value 9999, unit g/dL
  fix: compare value and unit with the source; plausible is HGB from 1 to 26 g/dL.
""",
    ),
    (
        "a spreadsheet left an error",
        [swap("patients.csv", ",48,", ",#DIV/0!,")],
        """\
patients.csv: weight_kg must not hold a placeholder for what is missing.
  1 of 3 rows breaks this: row 2 (P1): '#DIV/0!'
  fix: leave the cell empty.
""",
    ),
    (
        "Excel wrote a date as a number of days",
        [swap("labs.csv", "P3,365", "P3,45123")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): '45123'
  fix: count days from the infusion, which is day 0; Excel writes dates as such numbers.
""",
    ),
    (
        "a day is a date",
        [swap("labs.csv", "P3,365", "P3,2024-03-01")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): '2024-03-01'
  fix: count days from the infusion, which is day 0; no date may stand in a data set.
""",
    ),
    (
        "a day is a date as in Germany and another as in America",
        [swap("labs.csv", "P3,365", "P3,1.3.2024"), swap("labs.csv", "P1,-7", "P1,03/21/2024")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  2 of 6 rows break this: row 2 (P1, UPCR): '03/21/2024'; row 7 (P3, CRP): '1.3.2024'
  fix: count days from the infusion, which is day 0; no date may stand in a data set.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
