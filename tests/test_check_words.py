"""How the check tells what is wrong with cells that hold words, and with ranges and codes."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import add, swap, swap_all, write_files

from caseseries.records import list_problems

CASES = [
    (
        "a boolean is TRUE",
        [swap_all("neuro_checks.csv", ",yes", ",TRUE")],
        """\
neuro_checks.csv: suspected must be yes or no.
  1 of 2 rows breaks this: row 2 (P1): 'TRUE'
  fix: write yes for 'TRUE'.
""",
    ),
    (
        "a boolean is 0",
        [swap_all("neuro_checks.csv", ",no\n", ",0\n")],
        """\
neuro_checks.csv: suspected must be yes or no.
  1 of 2 rows breaks this: row 3 (P2): '0'
  fix: write no for '0'.
""",
    ),
    (
        "a boolean is unknown",
        [swap("neuro_checks.csv", "none,none,none,yes", "none,none,none,unknown")],
        """\
neuro_checks.csv: suspected must not hold a placeholder for what is missing.
  1 of 2 rows breaks this: row 2 (P1): 'unknown'
  fix: leave the cell empty.
""",
    ),
    (
        "a boolean is a word",
        [swap("neuro_checks.csv", "none,none,none,yes", "none,none,none,maybe")],
        """\
neuro_checks.csv: suspected must be yes or no.
  1 of 2 rows breaks this: row 2 (P1): 'maybe'
  fix: write yes or no, or leave the cell empty.
""",
    ),
    (
        "white space surrounds cells",
        [swap("patients.csv", "P1,SLE", "P1 ,SLE"), swap("labs.csv", "12.5", " 12.5")],
        """\
patients.csv: patient_id must not begin or end with white space.
  1 of 3 rows breaks this: row 2 (P1): 'P1 '
  fix: remove the white space, as in 'P1'.
labs.csv: value must not begin or end with white space.
  1 of 6 rows breaks this: row 5 (P2, IL6): ' 12.5'
  fix: remove the white space, as in '12.5'.
""",
    ),
    (
        "a no-break space follows a cell",
        [swap("patients.csv", "Genoa", "Genoa ")],
        """\
patients.csv: centre must not begin or end with white space.
  1 of 3 rows breaks this: row 4 (P3): 'Genoa\\xa0'
  fix: remove the white space, as in 'Genoa'.
""",
    ),
    (
        "a letter was lost",
        [swap("patients.csv", "Genoa", "G�noa")],
        """\
patients.csv: centre must not contain control characters or lost letters.
  1 of 3 rows breaks this: row 4 (P3): 'G�noa'
  fix: write the cell again as it stands in the source.
""",
    ),
    (
        "a control character stands in a text",
        [swap("patients.csv", "Genoa", "Gen\x1boa")],
        """\
patients.csv: centre must not contain control characters or lost letters.
  1 of 3 rows breaks this: row 4 (P3): 'Gen\\x1boa'
  fix: write the cell again as it stands in the source.
""",
    ),
    (
        "a cell that must be filled is empty",
        [swap("patients.csv", "P3,SSc,female", "P3,SSc,")],
        """\
patients.csv: sex must be filled in every row.
  1 of 3 rows breaks this: row 4 (P3): empty
  fix: fill in sex, or delete the row.
""",
    ),
    (
        "a patient has no identifier",
        [swap("labs.csv", "P3,365", ",365")],
        """\
labs.csv: patient_id must be filled in every row.
  1 of 6 rows breaks this: row 7 (CRP): empty
  fix: fill in patient_id, or delete the row.
""",
    ),
    (
        "an age is out of range",
        [swap("patients.csv", "14.5", "145")],
        """\
patients.csv: age_years must be from 0 to 110.
  1 of 3 rows breaks this: row 2 (P1): '145'
  fix: compare with the source; if it is right, widen the range in data/codebook.csv.
""",
    ),
    (
        "a day is out of range",
        [swap("labs.csv", "P1,-7", "P1,-7000")],
        """\
labs.csv: day must be from -3,650 to 6,000.
  1 of 6 rows breaks this: row 2 (P1, UPCR): '-7000'
  fix: compare with the source; if it is right, widen the range in data/codebook.csv.
""",
    ),
    (
        "a dose is out of range",
        [swap("infusions.csv", "P1,CD19-CAR,0,1000000", "P1,CD19-CAR,0,1")],
        """\
infusions.csv: dose_cells_per_kg must be from 1,000 to 1,000,000,000 cells/kg.
  1 of 4 rows breaks this: row 2 (P1): '1'
  fix: compare with the source; if it is right, widen the range in data/codebook.csv.
""",
    ),
    (
        "a grade is out of range",
        [swap("adverse_events.csv", "crs,2", "crs,6")],
        """\
adverse_events.csv: grade must be from 1 to 5.
  1 of 3 rows breaks this: row 2 (P1, Cytokine release syndrome): '6'
  fix: compare with the source; if it is right, widen the range in data/codebook.csv.
""",
    ),
    (
        "a code has another case",
        [
            swap(
                "medications.csv",
                "P1,prednisone,glucocorticoid,disease,oral",
                "P1,prednisone,glucocorticoid,disease,Oral",
            )
        ],
        """\
medications.csv: route must be a code that the codebook lists.
  1 of 4 rows breaks this: row 2 (P1, prednisone): 'Oral'
  fix: write 'oral' for 'Oral'.
""",
    ),
    (
        "a code is written as its label",
        [swap("vital_signs.csv", "none", "Room air")],
        """\
vital_signs.csv: oxygen_device must be a code that the codebook lists.
  1 of 2 rows breaks this: row 2 (P1): 'Room air'
  fix: write 'none' for 'Room air'.
""",
    ),
    (
        "a code is misspelt",
        [swap("vital_signs.csv", "nasal_cannula", "nasal-canula")],
        """\
vital_signs.csv: oxygen_device must be a code that the codebook lists.
  1 of 2 rows breaks this: row 3 (P1): 'nasal-canula'
  fix: write 'nasal_cannula' for 'nasal-canula'.
""",
    ),
    (
        "a code is a whole page",
        [swap("vital_signs.csv", "none", 500 * "page " + "x")],
        """\
vital_signs.csv: oxygen_device must be a code that the codebook lists.
  1 of 2 rows breaks this: row 2 (P1): 'page page page page page page page page page page page page page page page page…'
  fix: use one of none, nasal_cannula, blow_by, high_flow_cannula, facemask, non_rebreather, venturi, cpap, bipap, ventilator for 'page page page page page page page page…'.
""",
    ),
    (
        "a code is like no other",
        [swap("infusions.csv", "-14,-1,fresh", "-14,-1,thaw")],
        """\
infusions.csv: fresh_or_frozen must be a code that the codebook lists.
  1 of 4 rows breaks this: row 3 (P2): 'thaw'
  fix: use one of fresh, frozen for 'thaw'.
""",
    ),
    (
        "one code of several is not known",
        [swap("patients.csv", "kidney; skin", "kidneys; skin")],
        """\
patients.csv: organs must be codes that the codebook lists, separated by semicolons.
  1 of 3 rows breaks this: row 2 (P1): 'kidneys; skin'
  fix: write 'kidney' for 'kidneys'.
""",
    ),
    (
        "codes are separated by a bar",
        [swap("vital_signs.csv", "norepinephrine; vasopressin", "norepinephrine|vasopressin")],
        """\
vital_signs.csv: vasopressors must be codes that the codebook lists, separated by semicolons.
  1 of 2 rows breaks this: row 3 (P1): 'norepinephrine|vasopressin'
  fix: write 'norepinephrine; vasopressin' for 'norepinephrine|vasopressin'.
""",
    ),
    (
        "a test is not known",
        [swap("labs.csv", "CREAT", "CREA")],
        """\
labs.csv: test must be a code that the codebook lists.
  1 of 6 rows breaks this: row 3 (P1, CREA): 'CREA'
  fix: write 'CREAT' for 'CREA'.
""",
    ),
    (
        "an instrument is not known",
        [swap("assessments.csv", "PGA_SLE", "PGA")],
        """\
assessments.csv: instrument must be a code that the codebook lists.
  1 of 8 rows breaks this: row 4 (P1, PGA, TOTAL): 'PGA'
  fix: write 'PGA_SLE' for 'PGA'.
""",
    ),
    (
        "six rows break one rule, and five are shown",
        [swap_all("labs.csv", ",=,", ",==,"), add("labs.csv", "P3,100,,CRP,3,==,mg/L,,5,serum,")],
        """\
labs.csv: operator must be a code that the codebook lists.
  6 of 7 rows break this: row 2 (P1, UPCR): '=='; row 3 (P1, CREAT): '=='; row 5 (P2, IL6): '=='; row 6 (P2, HGB): '=='; row 7 (P3, CRP): '=='; and 1 more
  fix: write '=' for '=='.
""",
    ),
    (
        "one cell breaks no second rule",
        [swap("medications.csv", "-700,-1,no", "-700,soon,no"), swap("labs.csv", "P3,365,,CRP,3", "P3,365,,CRPP,3000")],
        """\
medications.csv: end_day must be a whole number of days from the infusion.
  1 of 4 rows breaks this: row 2 (P1, prednisone): 'soon'
  fix: write a number with digits and a decimal point, or leave the cell empty.
labs.csv: test must be a code that the codebook lists.
  1 of 6 rows breaks this: row 7 (P3, CRPP): 'CRPP'
  fix: write 'CRP' for 'CRPP'.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
