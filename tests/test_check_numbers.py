"""How the check tells what is wrong with cells that hold numbers."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "a whole number is a word",
        [swap("labs.csv", "P3,365", "P3,last")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): 'last'
  fix: write a number with digits and a decimal point.
""",
    ),
    (
        "a day has a fraction",
        [swap("labs.csv", "P3,365", "P3,36.5")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): '36.5'
  fix: round it to a whole number.
""",
    ),
    (
        "a day has a superfluous decimal point",
        [swap("labs.csv", "P3,365", "P3,365.0")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): '365.0'
  fix: write 365.
""",
    ),
    (
        "a day has a decimal comma",
        [swap("labs.csv", "P3,365", 'P3,"36,5"')],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 7 (P3, CRP): '36,5'
  fix: write 36.5, rounded to a whole number.
""",
    ),
    (
        "a number has a decimal comma",
        [swap("labs.csv", "12.5", '"12,5"')],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 5 (P2, IL6): '12,5'
  fix: write 12.5.
""",
    ),
    (
        "a number has a comma that may separate thousands",
        [swap("labs.csv", "120.5", '"1,205"')],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 2 (P1, UPCR): '1,205'
  fix: write 1205, or 1.205 if the comma is a decimal one.
""",
    ),
    (
        "a number has spaces between thousands",
        [swap("infusions.csv", "P1,CD19-CAR,0,1000000", "P1,CD19-CAR,0,1 000 000")],
        """\
infusions.csv: dose_cells_per_kg must be a number.
  1 of 4 rows breaks this: row 2 (P1): '1 000 000'
  fix: write 1000000.
""",
    ),
    (
        "a number has German separators",
        [swap("labs.csv", "120.5", '"1.205,5"')],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 2 (P1, UPCR): '1.205,5'
  fix: write 1205.5.
""",
    ),
    (
        "a number has a percent sign",
        [swap("infusions.csv", "95,42", "95%,42")],
        """\
infusions.csv: viability_percent must be a number.
  1 of 4 rows breaks this: row 2 (P1): '95%'
  fix: write the number alone: 95.
""",
    ),
    (
        "a number has its unit",
        [swap("patients.csv", ",48,", ",48 kg,")],
        """\
patients.csv: weight_kg must be a number.
  1 of 3 rows breaks this: row 2 (P1): '48 kg'
  fix: write the number alone: 48; the column is in kg.
""",
    ),
    (
        "a laboratory value has its unit",
        [swap("labs.csv", "12.5", "12.5 pg/mL")],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 5 (P2, IL6): '12.5 pg/mL'
  fix: write the number alone: 12.5; its unit belongs in the column unit.
""",
    ),
    (
        "a laboratory value has its sign",
        [swap("labs.csv", "CD19,1,<", "CD19,<1,<")],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 4 (P1, CD19): '<1'
  fix: write the sign into operator and the number into value.
""",
    ),
    (
        "a number has a sign where no column takes it",
        [swap("patients.csv", ",48,", ",>48,")],
        """\
patients.csv: weight_kg must be a number.
  1 of 3 rows breaks this: row 2 (P1): '>48'
  fix: write a number without a sign, or leave the cell empty.
""",
    ),
    (
        "a number has a typographic minus sign",
        [swap("labs.csv", "P1,-7", "P1,−7")],
        """\
labs.csv: day must be a whole number of days from the infusion.
  1 of 6 rows breaks this: row 2 (P1, UPCR): '−7'
  fix: write the minus sign as a hyphen: -7.
""",
    ),
    (
        "a number is infinite",
        [swap("labs.csv", "12.5", "inf")],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 5 (P2, IL6): 'inf'
  fix: give the number itself.
""",
    ),
    (
        "a number is too large for a computer",
        [swap("labs.csv", "12.5", "1e999")],
        """\
labs.csv: value must be a number.
  1 of 6 rows breaks this: row 5 (P2, IL6): '1e999'
  fix: compare with the source; no such number can be stored.
""",
    ),
    (
        "a number is NaN",
        [swap("labs.csv", "12.5", "NaN")],
        """\
labs.csv: value must hold a value, not a placeholder.
  1 of 6 rows breaks this: row 5 (P2, IL6): 'NaN'
  fix: give the value; the cell must be filled.
""",
    ),
    (
        "a whole number has more digits than a computer counts",
        [swap("infusions.csv", "2.1,1,", "2.1," + 30 * "9" + ",")],
        """\
infusions.csv: bags must be a whole number.
  1 of 4 rows breaks this: row 2 (P1): '999999999999999999999999999999'
  fix: compare with the source; no such number can be stored.
""",
    ),
    (
        "a whole number has thousands of digits",
        [swap("infusions.csv", "2.1,1,", "2.1," + 5000 * "9" + ",")],
        """\
infusions.csv: bags must be a whole number.
  1 of 4 rows breaks this: row 2 (P1): '9999999999999999999999999999999999999999999999999999999999999999999999999999999…'
  fix: compare with the source; no such number can be stored.
""",
    ),
    (
        "a number is written in Arabic-Indic digits",
        [swap("patients.csv", ",48,", ",٤٨,")],
        """\
patients.csv: weight_kg must be a number.
  1 of 3 rows breaks this: row 2 (P1): '٤٨'
  fix: write a number with digits and a decimal point, or leave the cell empty.
""",
    ),
    (
        "a number is written with an underscore",
        [swap("patients.csv", ",48,", ",4_8,")],
        """\
patients.csv: weight_kg must be a number.
  1 of 3 rows breaks this: row 2 (P1): '4_8'
  fix: write a number with digits and a decimal point, or leave the cell empty.
""",
    ),
    (
        "a number is written in hexadecimal digits",
        [swap("patients.csv", ",48,", ",0x30,")],
        """\
patients.csv: weight_kg must be a number.
  1 of 3 rows breaks this: row 2 (P1): '0x30'
  fix: write a number with digits and a decimal point, or leave the cell empty.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
