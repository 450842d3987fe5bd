"""How the check tells what is wrong with headers and with the form of rows."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import VALID, keep_rows, put, swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "a table has no header",
        [put("visits.csv", VALID["visits.csv"].partition("\n")[2])],
        """\
visits.csv: the first row must name the columns.
  found: the first row 'P1, M1, 28, 28, done'
  fix: begin the file with the row patient_id,visit,planned_day,actual_day,status.
""",
    ),
    (
        "a title stands above the header",
        [put("visits.csv", "Visits of the study\n" + VALID["visits.csv"])],
        """\
visits.csv: the first row must name the columns.
  found: the first row 'Visits of the study'
  fix: begin the file with the row patient_id,visit,planned_day,actual_day,status.
""",
    ),
    (
        "a column is missing",
        [
            swap("patients.csv", ",death_day\n", "\n"),
            swap("patients.csv", ",400,\n", ",400\n"),
            swap("patients.csv", ",199,200\n", ",199\n"),
            swap("patients.csv", ",365,\n", ",365\n"),
        ],
        """\
patients.csv: must have the column death_day.
  found: a header with patient_id, disease, sex, age_years, centre, disease_duration_years, weight_kg, organs, developmental_delay, last_contact_day
  fix: add death_day with empty cells where nothing is known.
""",
    ),
    (
        "a column is misspelt",
        [swap("labs.csv", "upper_limit", "uper_limit")],
        """\
labs.csv: must have the column upper_limit.
  found: a header with patient_id, day, hour, test, value, operator, unit, lower_limit, uper_limit, specimen, method
  fix: rename 'uper_limit' to 'upper_limit'.
warning: labs.csv: columns must be ones that the codebook knows.
  found: 'uper_limit' (column 9)
  fix: did you mean 'upper_limit' by 'uper_limit'? otherwise delete it: it is not read.
""",
    ),
    (
        "an optional column is misspelt",
        [swap("labs.csv", "hour", "hours")],
        """\
warning: labs.csv: columns must be ones that the codebook knows.
  found: 'hours' (column 3)
  fix: did you mean 'hour' by 'hours'? otherwise delete it: it is not read.
""",
    ),
    (
        "a column stands twice",
        [swap("visits.csv", "planned_day", "actual_day")],
        """\
visits.csv: must have the column planned_day.
  found: a header with patient_id, visit, actual_day, actual_day, status
  fix: add planned_day with empty cells where nothing is known.
visits.csv: each column must stand once in the header.
  found: actual_day more than once
  fix: keep one column actual_day and delete or rename the other.
""",
    ),
    (
        "a column is not known",
        [
            put("visits.csv", "patient_id,visit,planned_day,actual_day,status,blood\nP1,M1,28,28,done,x\n"),
            keep_rows("visits.csv", 1),
        ],
        """\
warning: visits.csv: columns must be ones that the codebook knows.
  found: 'blood' (column 6)
  fix: delete it: it is not read.
""",
    ),
    (
        "each row ends with a surplus comma",
        [put("visits.csv", VALID["visits.csv"].replace("\n", ",\n"))],
        """\
warning: visits.csv: columns must be ones that the codebook knows.
  found: column 6 without a name
  fix: delete it: it is not read.
""",
    ),
    (
        "the header has white space",
        [swap("visits.csv", ",visit,", ", visit,")],
        """\
visits.csv: names of columns must not begin or end with white space.
  found: ' visit'
  fix: remove the white space from the header.
""",
    ),
    (
        "a row is cut off",
        [swap("labs.csv", "P3,365,,CRP,3,=,mg/L,,5,serum,\n", "P3,365,,CR\n")],
        """\
labs.csv: each row must have as many cells as the header, which has 11.
  1 of 6 rows breaks this: row 7 (P3): 4 cells
  fix: put cells that contain commas in quotation marks, and add what is cut off.
""",
    ),
    (
        "a comma in a cell is not in quotation marks",
        [swap("adverse_events.csv", '"immunoglobulin, monthly"', "immunoglobulin, monthly")],
        """\
adverse_events.csv: each row must have as many cells as the header, which has 10.
  1 of 3 rows breaks this: row 4 (P3): 11 cells
  fix: put cells that contain commas in quotation marks, and add what is cut off.
""",
    ),
    (
        "a patient's row is too long, and nothing else is said of the patient",
        [swap("patients.csv", "Rome,3.2", "Rome, Italy,3.2")],
        """\
patients.csv: each row must have as many cells as the header, which has 11.
  1 of 3 rows breaks this: row 2 (P1): 12 cells
  fix: put cells that contain commas in quotation marks, and add what is cut off.
""",
    ),
    (
        "a quotation mark is not closed",
        [swap("adverse_events.csv", 'monthly"', "monthly")],
        """\
adverse_events.csv: quotation marks must enclose whole cells and be closed.
  found: row 4: unexpected end of data
  fix: close the quotation mark that row 4 opens, or double the marks inside its cells.
""",
    ),
    (
        "a quotation mark hides patients, and nothing is said of their rows elsewhere",
        [swap("patients.csv", "P2,JDM", 'P2,"JDM')],
        """\
patients.csv: quotation marks must enclose whole cells and be closed.
  found: row 3: unexpected end of data
  fix: close the quotation mark that row 3 opens, or double the marks inside its cells.
""",
    ),
    (
        "text follows a closing quotation mark",
        [swap("adverse_events.csv", 'monthly"', 'monthly" or so')],
        """\
adverse_events.csv: quotation marks must enclose whole cells and be closed.
  found: row 4: ',' expected after '"'
  fix: close the quotation mark that row 4 opens, or double the marks inside its cells.
""",
    ),
    (
        "a cell is longer than any reader takes",
        [swap("adverse_events.csv", "tocilizumab", 140_000 * "x")],
        """\
adverse_events.csv: cells must not be longer than 131,072 characters.
  found: row 2
  fix: look in row 2 for a quotation mark that is not closed.
""",
    ),
    (
        "blank rows stand between rows",
        [swap("visits.csv", "P1,M3", "\n,,,,\nP1,M3")],
        """\
warning: visits.csv: rows must not be blank.
  2 of 7 rows break this: row 3; row 4
  fix: delete the blank rows; they are skipped.
""",
    ),
    (
        "the row number counts blank rows and quoted line breaks as a spreadsheet does",
        [
            swap("adverse_events.csv", "tocilizumab", '"tocilizumab\n8 mg/kg"'),
            swap("adverse_events.csv", "P3,", "\nP4,"),
        ],
        """\
adverse_events.csv: patient_id must be one of patients.csv.
  1 of 3 rows breaks this: row 5 (P4, Hypogammaglobulinaemia): 'P4'
  fix: correct the identifier, or add the patient to patients.csv.
warning: adverse_events.csv: rows must not be blank.
  1 of 4 rows breaks this: row 4
  fix: delete the blank rows; they are skipped.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
