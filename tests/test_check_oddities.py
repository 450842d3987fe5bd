"""How the check lets known oddities pass, and only those."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import accept, encode, swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "an oddity is accepted with its reason",
        [swap("labs.csv", "P3,365", "P3,366"), accept("labs.csv", "day-after-last-contact", 1)],
        """\
warning: labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  accepted: so it was in the source
""",
    ),
    (
        "two of one rule are accepted",
        [swap("labs.csv", "12.5", "1e6"), swap("labs.csv", "11.2", "1e6"), accept("labs.csv", "value-out-of-range", 2)],
        """\
warning: labs.csv: value must be in the plausible range of its test.
  2 of 6 rows break this: row 5 (P2, IL6): value 1e6, unit pg/mL; row 6 (P2, HGB): value 1e6, unit g/dL
  accepted: so it was in the source
""",
    ),
    (
        "there are more rows than are accepted",
        [swap("labs.csv", "12.5", "1e6"), swap("labs.csv", "11.2", "1e6"), accept("labs.csv", "value-out-of-range", 1)],
        """\
labs.csv: value must be in the plausible range of its test.
  2 of 6 rows break this: row 5 (P2, IL6): value 1e6, unit pg/mL; row 6 (P2, HGB): value 1e6, unit g/dL
  fix: compare value and unit with the source; plausible is IL6 from 0 to 500,000 pg/mL, HGB from 1 to 26 g/dL; dataset.toml accepts n = 1, not 2.
""",
    ),
    (
        "there are fewer rows than are accepted",
        [swap("labs.csv", "P3,365", "P3,366"), accept("labs.csv", "day-after-last-contact", 2)],
        """\
labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  fix: the last day of P3 is 365: correct day, or that day in patients.csv; dataset.toml accepts n = 2, not 1.
""",
    ),
    (
        "an oddity is no longer there",
        [accept("labs.csv", "day-after-last-contact", 1)],
        """\
dataset.toml: an [[oddity]] must be one that the data have.
  found: labs.csv day-after-last-contact
  fix: delete the entry, or correct its file and rule.
""",
    ),
    (
        "the rule of an oddity is misspelt",
        [swap("labs.csv", "P3,365", "P3,366"), accept("labs.csv", "day-after-contact", 1)],
        """\
dataset.toml: an [[oddity]] must be one that the data have.
  found: labs.csv day-after-contact (did you mean day-after-last-contact?)
  fix: delete the entry, or correct its file and rule.
labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  fix: the last day of P3 is 365: correct day, or that day in patients.csv.
""",
    ),
    (
        "a fault of a whole file cannot be accepted",
        [encode("labs.csv", "utf-16"), accept("labs.csv", "encoding", 1)],
        """\
labs.csv: must be encoded as UTF-8.
  found: the byte-order mark of UTF-16
  fix: save the file again and choose the encoding UTF-8; dataset.toml can accept single rows, but not this.
""",
    ),
    (
        "a warning may be accepted as well",
        [swap("medications.csv", "60,60,no", "60,,no"), accept("medications.csv", "ended-without-end", 1)],
        """\
warning: medications.csv: a row that is not ongoing must have an end_day, or nobody can tell how long it lasted.
  1 of 4 rows breaks this: row 4 (P2, immunoglobulin): ongoing no, end_day empty
  accepted: so it was in the source
""",
    ),
    (
        "an oddity has no reason",
        [swap("labs.csv", "P3,365", "P3,366"), accept("labs.csv", "day-after-last-contact", 1, " ")],
        """\
dataset.toml: each [[oddity]] must have file, rule and reason as text and n as a number of rows from 1.
  found: {'file': 'labs.csv', 'rule': 'day-after-last-contact', 'n': 1, 'reason': ' '}
  fix: write all four keys, and no others; file and rule are those that the check reports.
labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  fix: the last day of P3 is 365: correct day, or that day in patients.csv.
""",
    ),
    (
        "an oddity has no rows",
        [accept("labs.csv", "day-after-last-contact", 0)],
        """\
dataset.toml: each [[oddity]] must have file, rule and reason as text and n as a number of rows from 1.
  found: {'file': 'labs.csv', 'rule': 'day-after-last-contact', 'n': 0, 'reason': 'so it…
  fix: write all four keys, and no others; file and rule are those that the check reports.
""",
    ),
    (
        "an oddity stands twice",
        [accept("labs.csv", "duplicate", 1), accept("labs.csv", "duplicate", 1)],
        """\
dataset.toml: each oddity must stand once.
  found: labs.csv duplicate
  fix: keep one entry with the number of all rows.
""",
    ),
    (
        "the oddities are not a list of tables",
        [swap("dataset.toml", "notes = [", 'oddity = "labs.csv"\nnotes = [')],
        """\
dataset.toml: each [[oddity]] must have file, rule and reason as text and n as a number of rows from 1.
  found: labs.csv
  fix: write all four keys, and no others; file and rule are those that the check reports.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
