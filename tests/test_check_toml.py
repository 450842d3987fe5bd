"""How the check tells what is wrong with dataset.toml."""

from __future__ import annotations

import pytest
from broken import VALID, keep_rows, put, swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "the folder has no dataset.toml",
        [lambda files: files.pop("dataset.toml")],
        """\
dataset.toml: must be in the folder of the data set.
  found: no such file
  fix: write dataset.toml with title, kind, source, licence, contact, data_cut, such as kind = "patient".
""",
    ),
    (
        "dataset.toml is not TOML",
        [swap("dataset.toml", 'kind = "patient"', "kind = patient")],
        """\
dataset.toml: must be TOML.
  found: Invalid value (at line 2, column 8)
  fix: put texts in quotation marks, one key = value in a line.
""",
    ),
    (
        "dataset.toml is nested deeper than anybody reads",
        [put("dataset.toml", "a = " + 5000 * "[" + 5000 * "]")],
        """\
dataset.toml: must be TOML.
  found: values nested too deeply
  fix: put texts in quotation marks, one key = value in a line.
""",
    ),
    (
        "dataset.toml is encoded in Latin letters of one byte",
        [put("dataset.toml", VALID["dataset.toml"].replace("by hand", "für uns").encode("cp1252"))],
        """\
dataset.toml: must be encoded as UTF-8.
  found: byte 0xFC in line 3, which is 'ü' in Windows-1252
  fix: save the file again and choose the encoding UTF-8.
""",
    ),
    (
        "dataset.toml tells neither licence nor contact",
        [swap("dataset.toml", 'licence = "CC0-1.0"\ncontact = "nobody@example.org"\n', "")],
        """\
dataset.toml: must tell title, kind, source, licence, contact, data_cut.
  found: no licence, contact
  fix: add licence = "...", contact = "...".
""",
    ),
    (
        "the date of the data cut is not text",
        [swap("dataset.toml", '"2024-06-30"', "2024-06-30")],
        """\
dataset.toml: data_cut must be text.
  found: data_cut = 2024-06-30
  fix: put the value in quotation marks.
""",
    ),
    (
        "the title is empty",
        [swap("dataset.toml", "Three invented patients", " ")],
        """\
dataset.toml: title must not be empty.
  found: title = ''
  fix: write the title of the data set.
""",
    ),
    (
        "the kind is not known",
        [swap("dataset.toml", '"patient"', '"patients"')],
        """\
dataset.toml: kind must be one of synthetic, patient, trial.
  found: 'patients'
  fix: write 'patient'.
""",
    ),
    (
        "the notes are one text",
        [swap("dataset.toml", '["None of them lived."]', '"None of them lived."')],
        """\
dataset.toml: notes must be a list of texts.
  found: None of them lived.
  fix: write notes = ["..."].
""",
    ),
    (
        "dataset.toml has a key that is not known",
        [swap("dataset.toml", 'licence = "CC0-1.0"', 'licence = "CC0-1.0"\nnote = "x"')],
        """\
warning: dataset.toml: keys must be among title, kind, source, licence, contact, data_cut, notes, rows, oddity.
  found: note
  fix: did you mean notes by note? otherwise delete it: it is not read.
""",
    ),
    (
        "dataset.toml does not tell the rows",
        [put("dataset.toml", VALID["dataset.toml"].partition("[rows]")[0])],
        """\
warning: dataset.toml: must tell the rows of each table, or a table that was cut off cannot be noticed.
  found: no [rows]
  fix: add [rows] with a line such as patients = 8 for each table.
""",
    ),
    (
        "dataset.toml tells rows as text",
        [keep_rows("labs.csv", '"6"')],
        """\
dataset.toml: [rows] must give a whole number for each table.
  found: {'patients': 3, 'infusions': 4, 'medications': 4, 'labs': '6', 'assessments': 8…
  fix: write a line such as patients = 8.
""",
    ),
    (
        "dataset.toml has a number that nobody can write",
        [keep_rows("labs.csv", "0x" + 5000 * "f")],
        """\
dataset.toml: [rows] must give a whole number for each table.
  found: a value too long to show
  fix: write a line such as patients = 8.
""",
    ),
    (
        "dataset.toml has keys within keys without end",
        [put("dataset.toml", VALID["dataset.toml"].replace('kind = "patient"', "kind" + 2000 * ".a" + " = 1"))],
        """\
dataset.toml: kind must be text.
  found: kind = a value too long to show
  fix: put the value in quotation marks.
""",
    ),
    (
        "dataset.toml tells the rows of no known table",
        [swap("dataset.toml", "visits = 5", "visit = 5")],
        """\
dataset.toml: [rows] must name tables that the codebook knows.
  found: visit
  fix: write visits for visit.
""",
    ),
    (
        "dataset.toml does not tell the rows of one table",
        [keep_rows("visits.csv", None)],
        """\
visits.csv: must be named under [rows] in dataset.toml.
  found: 5 rows
  fix: add visits = 5 there.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
