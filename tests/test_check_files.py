"""How the check tells what is wrong with the files of a folder."""

from __future__ import annotations

import pytest
from broken import VALID, encode, keep_rows, leave_out, move, put, swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "a table was cut off between two rows",
        [swap("labs.csv", "P3,365,,CRP,3,=,mg/L,,5,serum,\n", "")],
        """\
labs.csv: must have the number of rows that dataset.toml tells, 6.
  found: 5 rows
  fix: find out which rows were lost or added; if the file is right, write labs = 5.
""",
    ),
    (
        "a table has a row more than it was to have",
        [swap("visits.csv", "P2,M1,28,30,done", "P2,M1,28,30,done\nP2,M3,90,,missed")],
        """\
visits.csv: must have the number of rows that dataset.toml tells, 5.
  found: 6 rows
  fix: find out which rows were lost or added; if the file is right, write visits = 6.
""",
    ),
    (
        "a table that dataset.toml tells is not there",
        [lambda files: files.pop("visits.csv")],
        """\
visits.csv: must be there, as dataset.toml tells.
  found: no such file
  fix: add the file, or delete visits from [rows].
""",
    ),
    (
        "patients.csv is not there",
        [leave_out("patients.csv")],
        """\
patients.csv: must be in the folder of the data set.
  found: no such file
  fix: add the table with one row per patient.
""",
    ),
    (
        "a table has another case",
        [move("labs.csv", "Labs.CSV")],
        """\
labs.csv: must be there, as dataset.toml tells.
  found: no such file
  fix: add the file, or delete labs from [rows].
Labs.CSV: must be dataset.toml or a table that the codebook knows.
  found: another name
  fix: rename it to labs.csv.
""",
    ),
    (
        "a table is misspelt",
        [move("medications.csv", "medication.csv")],
        """\
medications.csv: must be there, as dataset.toml tells.
  found: no such file
  fix: add the file, or delete medications from [rows].
medication.csv: must be dataset.toml or a table that the codebook knows.
  found: another name
  fix: rename it to medications.csv.
""",
    ),
    (
        "a table is a workbook",
        [move("visits.csv", "visits.xlsx"), keep_rows("visits.csv", None)],
        """\
visits.xlsx: must be dataset.toml or a table that the codebook knows.
  found: another name
  fix: export it as visits.csv.
""",
    ),
    (
        "the folder holds a copy of a table",
        [put("labs (1).csv", VALID["labs.csv"])],
        """\
warning: labs (1).csv: must be dataset.toml or a table that the codebook knows.
  found: another name
  fix: move it out of the folder; it is not read.
""",
    ),
    (
        "a table is saved as Windows-1252",
        [swap("patients.csv", "Genoa", "Zürich"), encode("patients.csv", "cp1252")],
        """\
patients.csv: must be encoded as UTF-8.
  found: byte 0xFC in line 4, which is 'ü' in Windows-1252
  fix: save the file again and choose the encoding UTF-8.
""",
    ),
    (
        "a table is saved as UTF-16",
        [encode("labs.csv", "utf-16")],
        """\
labs.csv: must be encoded as UTF-8.
  found: the byte-order mark of UTF-16
  fix: save the file again and choose the encoding UTF-8.
""",
    ),
    (
        "a table begins with a byte-order mark",
        [encode("labs.csv", "utf-8-sig")],
        """\
warning: labs.csv: must be UTF-8 without a byte-order mark.
  found: a byte-order mark, which is skipped
  fix: save the file as UTF-8 without BOM.
""",
    ),
    (
        "a table holds a NUL byte",
        [swap("visits.csv", "M3", "M\0")],
        """\
visits.csv: must be a text file.
  found: a NUL byte after 68 bytes
  fix: export the table again as CSV, encoded as UTF-8 and separated by commas.
""",
    ),
    (
        "a table is an Excel workbook under another name",
        [put("visits.csv", b"PK\x03\x04\x14\x00\x06\x00")],
        """\
visits.csv: must be a text file.
  found: an Excel workbook or another archive
  fix: export the table again as CSV, encoded as UTF-8 and separated by commas.
""",
    ),
    (
        "a table has no byte",
        [put("visits.csv", b"")],
        """\
visits.csv: must not be empty.
  found: nothing
  fix: write at least the header, or delete the file if the data set has no such table.
""",
    ),
    (
        "patients.csv has only a header",
        [
            put("patients.csv", VALID["patients.csv"].splitlines()[0] + "\n"),
            keep_rows("patients.csv", 0),
            *[leave_out(n) for n in VALID if n.endswith(".csv") and n != "patients.csv"],
        ],
        """\
patients.csv: must have at least one row.
  found: only the header
  fix: add one row per patient.
""",
    ),
    (
        "a table is separated by semicolons",
        [put("visits.csv", VALID["visits.csv"].replace(",", ";"))],
        """\
visits.csv: must be separated by commas.
  found: semicolons
  fix: export the table again as CSV, encoded as UTF-8 and separated by commas.
""",
    ),
    (
        "a table is separated by tabs",
        [put("visits.csv", VALID["visits.csv"].replace(",", "\t"))],
        """\
visits.csv: must be separated by commas.
  found: tabs
  fix: export the table again as CSV, encoded as UTF-8 and separated by commas.
""",
    ),
    (
        "semicolons come with decimal commas",
        [put("infusions.csv", VALID["infusions.csv"].replace(",", ";").replace(".", ","))],
        """\
infusions.csv: cd4_cd8_ratio must be a number.
  2 of 4 rows break this: row 2 (P1): '1,5'; row 3 (P2): '1,1'
  fix: write 1.5.
infusions.csv: must be separated by commas.
  found: semicolons
  fix: export the table again as CSV, encoded as UTF-8 and separated by commas.
infusions.csv: vector_copy_number must be a number.
  1 of 4 rows breaks this: row 2 (P1): '2,1'
  fix: write 2.1.
""",
    ),
    (
        "the last line break is missing",
        [put("visits.csv", VALID["visits.csv"][:-3])],
        """\
visits.csv: must end with a line break, or it may have been cut off.
  found: the end 'duled\\nP2,M1,28,30,do'
  fix: compare the last row with the source; if it is complete, add a line break.
visits.csv: status must be a code that the codebook lists.
  1 of 5 rows breaks this: row 6 (P2, M1): 'do'
  fix: write 'done' for 'do'.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
