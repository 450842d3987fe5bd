"""The text of one file to a table of text cells, with every fault of its rows and its header."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from caseseries.errors import Found, Problem, suggest_names
from caseseries.records.codebook import Column
from caseseries.records.decode import EXPORT, decode_text, file_problem, plain, read_bytes

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class TextTable:
    """The cells of one file as text, with the white space around them.

    ``cells`` has the columns of the file that the codebook knows and one line per whole row; its index is the row
    number of a spreadsheet. ``partial`` holds the patients of rows that are too short or too long. ``n_rows``
    counts both. ``is_whole`` is false where reading had to stop before the end.
    """

    cells: pd.DataFrame
    partial: frozenset[str]
    n_rows: int
    is_whole: bool


def _split_rows(text: str, delimiter: str, file: str) -> tuple[list[list[str]], list[Problem]]:
    rows: list[list[str]] = []
    try:
        # newline="" keeps line breaks inside quotation marks: one record is one row of a spreadsheet.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
    except csv.Error as error:
        number = len(rows) + 1
        if "field larger" in str(error):
            must = f"cells must not be longer than {csv.field_size_limit():,} characters"
            found, fix = f"row {number}", f"look in row {number} for a quotation mark that is not closed"
            return rows, [file_problem(file, "cell-too-long", must, found, fix)]
        must = "quotation marks must enclose whole cells and be closed"
        fix = f"close the quotation mark that row {number} opens, or double the marks inside its cells"
        return rows, [file_problem(file, "quotation-mark", must, f"row {number}: {error}", fix)]
    return rows, []


def _find_delimiter(text: str, columns: dict[str, Column]) -> str:
    header = text.partition("\n")[0]

    def count_known(delimiter: str) -> int:
        return sum(cell.strip(' "\r') in columns for cell in header.split(delimiter))

    return max(DELIMITERS, key=count_known)


def _check_header(header: list[str], columns: dict[str, Column], file: str) -> list[Problem]:
    problems = []
    spaced = [repr(cell) for cell in header if cell != cell.strip()]
    if spaced:
        must = "names of columns must not begin or end with white space"
        fix = "remove the white space from the header"
        problems.append(file_problem(file, "header-white-space", must, ", ".join(spaced), fix))
    names = [cell.strip() for cell in header]
    twice = [name for name in dict.fromkeys(names) if name in columns and names.count(name) > 1]
    if twice:
        fix = f"keep one column {twice[0]} and delete or rename the other"
        must = "each column must stand once in the header"
        problems.append(file_problem(file, "column-twice", must, f"{', '.join(twice)} more than once", fix))
    absent = [code for code in columns if code not in names]
    unknown = {
        f"{name!r} (column {i})" if name else f"column {i} without a name": name
        for i, name in enumerate(names, 1)
        if name not in columns
    }
    needed = [code for code in absent if columns[code].required]
    if needed:
        near = {code: suggest_names(code, unknown.values(), n=1) for code in needed}
        fixes = [f"rename {names[0]!r} to {code!r}" for code, names in near.items() if names]
        rest = [code for code, names in near.items() if not names]
        if rest:
            empty = all(columns[code].required == "column" for code in rest)
            fixes.append(f"add {', '.join(rest)}" + (" with empty cells where nothing is known" if empty else ""))
        must = f"must have the column{'s' if len(needed) > 1 else ''} {', '.join(needed)}"
        found = f"a header with {plain(', '.join(names), 200)}"
        problems.append(file_problem(file, "column-missing", must, found, "; ".join(fixes)))
    if unknown:
        near = {name: suggest_names(name, absent, n=1) for name in list(unknown.values())[:20] if name}
        asked = [f"did you mean {codes[0]!r} by {name!r}?" for name, codes in near.items() if codes]
        fix = " ".join([*asked, "otherwise delete it: it is not read"] if asked else ["delete it: it is not read"])
        must = "columns must be ones that the codebook knows"
        found = plain(", ".join(unknown), 200)
        problems.append(file_problem(file, "column-unknown", must, found, fix, severity="warning"))
    return problems


def _check_rows(filled: dict[int, list[str]], blank: list[int], width: int, delimiter: str, file: str) -> list[Problem]:
    problems = []
    if blank:
        found = tuple(Found(i, "", "") for i in blank)
        must, fix = "rows must not be blank", "delete the blank rows; they are skipped"
        problems.append(Problem(file, "row-blank", must, found, len(filled) + len(blank), fix, "warning"))
    ragged = [Found(i, plain(row[0]), f"{len(row)} cells") for i, row in filled.items() if len(row) != width]
    if ragged:
        must = f"each row must have as many cells as the header, which has {width}"
        fix = f"put cells that contain {DELIMITERS[delimiter]} in quotation marks, and add what is cut off"
        problems.append(Problem(file, "row-length", must, tuple(ragged), len(filled), fix))
    return problems


def _patients_of(rows: list[list[str]], names: list[str]) -> frozenset[str]:
    if "patient_id" not in names:
        return frozenset()
    at = names.index("patient_id")
    return frozenset(row[at].strip() for row in rows if len(row) > at)


def read_text_table(path: Path, columns: dict[str, Column]) -> tuple[TextTable | None, list[Problem]]:
    """Read one CSV file as text.

    Returns
    -------
    TextTable or None, list of Problem
        None if not even the header can be read.
    """
    file = path.name
    raw, problems = read_bytes(path)
    if raw is None:
        return None, problems
    text, found = decode_text(raw, file)
    problems += found
    if text is None:
        return None, problems
    if not text.strip():
        fix = "write at least the header, or delete the file if the data set has no such table"
        return None, [*problems, file_problem(file, "file-empty", "must not be empty", "nothing", fix)]
    delimiter = _find_delimiter(text, columns)
    if delimiter != ",":
        must, found = "must be separated by commas", DELIMITERS[delimiter]
        problems.append(file_problem(file, "delimiter", must, found, EXPORT))
    rows, found = _split_rows(text, delimiter, file)
    problems += found
    is_whole = not found
    if is_whole and not text.endswith(("\n", "\r")):
        must = "must end with a line break, or it may have been cut off"
        found = f"the end {text[-20:]!r}"
        fix = "compare the last row with the source; if it is complete, add a line break"
        problems.append(file_problem(file, "file-cut-off", must, found, fix))
    header = rows[0] if rows else []
    names = [cell.strip() for cell in header]
    if not set(names) & set(columns):
        must = "the first row must name the columns"
        found = f"the first row {plain(', '.join(header), 200)!r}"
        fix = f"begin the file with the row {','.join(c.code for c in columns.values() if c.required)}"
        return None, [*problems, file_problem(file, "header", must, found, fix)]
    problems += _check_header(header, columns, file)
    filled = {i: row for i, row in enumerate(rows[1:], 2) if any(map(str.strip, row))}
    blank = [i for i in range(2, len(rows) + 1) if i not in filled]
    problems += _check_rows(filled, blank, len(header), delimiter, file)
    whole = {i: row for i, row in filled.items() if len(row) == len(header)}
    partial = [row for row in filled.values() if len(row) != len(header)]
    # Of two columns of one name nobody can tell which is meant: neither is read.
    at = [names.index(name) for name in columns if names.count(name) == 1]
    cells = pd.DataFrame(list(whole.values()), whole, range(len(header)), dtype=object).iloc[:, at]
    cells.columns = [names[i] for i in at]
    return TextTable(cells, _patients_of(partial, names), len(filled), is_whole), problems
