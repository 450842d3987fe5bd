"""Text cells to typed columns that keep the codebook: types first, then a pandera schema made from the codebook."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from caseseries.errors import Found, Problem
from caseseries.records.cells import DTYPES, Refusal, name_nearest, read_cell
from caseseries.records.codebook import Codebook, Column, read_codebook
from caseseries.records.decode import clip, plain

if TYPE_CHECKING:
    import pandera.pandas as pa


@dataclass(frozen=True, eq=False)
class Table:
    """One table on its way through the check; all frames have the row number of a spreadsheet as index.

    ``text`` holds the cells as they stand, without white space around them; ``typed`` the same cells as values (one
    that cannot be read is missing); ``sound`` only the values that keep all rules of their own column. All have
    the codebook's columns; ``columns`` are those that the file has. ``partial`` names the patients of rows that
    could not be read; ``is_whole`` is false where the file could not be read to its end.
    """

    name: str
    columns: tuple[str, ...]
    text: pd.DataFrame
    typed: pd.DataFrame
    sound: pd.DataFrame
    partial: frozenset[str] = frozenset()
    is_whole: bool = True

    def is_empty(self, column: str) -> pd.Series:
        """Mark the rows where nothing stands in a column, not even something that cannot be read."""
        return self.text[column] == ""

    def problem(
        self, rule: str, rows: pd.Index, *, must: str, fix: str, values: Iterable[str], severity: str = "error"
    ) -> Problem:
        """Make the problem of the rows that break a rule; ``values`` tells what stands in each."""
        words = [
            column.code
            for column in read_codebook().tables[self.name].values()
            if column.is_key and column.required == "cell" and column.type in ("text", "test", "instrument", "item")
        ]
        who = [", ".join(plain(cell, 40) for cell in row if cell) for row in self.text.loc[rows, words].to_numpy()]
        found = tuple(Found(int(row), name, value) for row, name, value in zip(rows, who, values, strict=True))
        return Problem(f"{self.name}.csv", rule, must, found, len(self.text), plain(fix, 400), severity)

    def quote(self, rows: pd.Index, columns: Iterable[str]) -> list[str]:
        """Tell what stands in some columns of some rows: the bare text of one, names and texts of several."""
        columns = list(columns)
        if len(columns) == 1:
            return [repr(clip(cell)) if cell else "empty" for cell in self.text.loc[rows, columns[0]]]
        return [
            ", ".join(f"{code} {plain(cell) or 'empty'}" for code, cell in zip(columns, row, strict=True))
            for row in self.text.loc[rows, columns].to_numpy()
        ]


def type_cells(name: str, cells: pd.DataFrame, codebook: Codebook) -> tuple[Table, list[Problem]]:
    """Turn the text cells of a table into values of their columns' types.

    Each distinct text of a column is read once, so that the work grows with what differs, not with the rows.
    """
    text, typed, spaced, refused = {}, {}, {}, []
    for code, column in codebook.tables[name].items():
        dtype = DTYPES.get(column.type, "str")
        given = cells[code].to_numpy() if code in cells else np.full(len(cells), "", dtype=object)
        places, distinct = pd.factorize(given)
        stripped = np.array([cell.strip() for cell in distinct], dtype=object)
        values = [read_cell(cell, column) if cell else None for cell in stripped]
        kinds = np.array([value.kind if isinstance(value, Refusal) else "" for value in values], dtype=object)
        for kind in dict.fromkeys(filter(None, kinds)):
            first = values[list(kinds).index(kind)]
            refused.append((code, first, cells.index[(kinds == kind)[places]]))
        if (is_spaced := stripped != distinct).any():
            spaced[code] = cells.index[is_spaced[places]]
        values = [None if kind else value for kind, value in zip(kinds, values, strict=True)]
        text[code] = stripped[places]
        typed[code] = pd.Series(values, dtype=dtype).array.take(places)
    text, typed = pd.DataFrame(text, cells.index, dtype=object), pd.DataFrame(typed, cells.index)
    table = Table(name, tuple(cells.columns), text, typed, typed)
    problems = [
        table.problem(
            f"{code}-white-space",
            rows,
            must=f"{code} must not begin or end with white space",
            fix=f"remove the white space, as in {cells[code][rows[0]].strip()!r}",
            values=[repr(clip(cell)) for cell in cells.loc[rows, code]],
        )
        for code, rows in spaced.items()
    ]
    problems += [
        table.problem(f"{code}-{why.kind}", rows, must=why.must, fix=why.fix, values=table.quote(rows, [code]))
        for code, why, rows in refused
    ]
    return table, problems


def _known_values(column: Column, codebook: Codebook) -> dict[str, str] | None:
    match column.type:
        case "code" | "codes":
            return column.values  # noqa: PD011 - not a DataFrame
        case "test":
            return {code: test.label for code, test in codebook.tests.items()}
        case "instrument":
            return {code: instrument.label for code, instrument in codebook.instruments.items()}
    return None


def split_codes(cell: str) -> list[str]:
    """Split a cell that holds several codes."""
    return [code.strip() for code in cell.split(";")]


def _holds_known(known: frozenset[str], cell: str) -> bool:
    return known.issuperset(split_codes(cell))


@lru_cache
def build_schema(table: str, present: tuple[str, ...]) -> pa.DataFrameSchema:
    """Make the pandera schema of the columns that a table has: cells to fill, ranges and known codes.

    Columns of which the codebook asks nothing but their type are left out: ``type_cells`` has seen to that.
    """
    import pandera.pandas as pa  # takes half a second, which commands without data need not wait for

    codebook = read_codebook()
    columns = {}
    for code in present:
        column, checks = codebook.tables[table][code], []
        known = _known_values(column, codebook)
        if column.minimum is not None:
            checks.append(pa.Check.in_range(column.minimum, column.maximum, error="out-of-range"))
        if known is not None and column.type == "codes":
            checks.append(pa.Check(partial(_holds_known, frozenset(known)), element_wise=True, error="unknown"))
        elif known is not None:
            checks.append(pa.Check.isin(list(known), error="unknown"))
        if checks or column.required == "cell":
            columns[code] = pa.Column(checks=checks, nullable=column.required != "cell")
    return pa.DataFrameSchema(columns)


def _name_codes(text: str, known: dict[str, str]) -> str:
    parts = [part.strip() for part in re.split(r"[|,/+&]", text)]
    if len(parts) > 1 and known.keys() >= set(parts):
        return f"write {'; '.join(parts)!r} for {text!r}"
    return name_nearest(text, known)


def _explain(check: str, column: Column, cells: list[str], codebook: Codebook) -> tuple[str, str, str]:
    """Give the name, the sentence and the fix of a schema's rule."""
    code = column.code
    if check == "not_nullable":
        return f"{code}-empty", f"{code} must be filled in every row", f"fill in {code}, or delete the row"
    if check == "out-of-range":
        low, high, unit = f"{column.minimum:,.10g}", f"{column.maximum:,.10g}", column.unit
        unit = "" if unit in code or unit == "ratio" else f" {unit}"
        fix = "compare with the source; if it is right, widen the range in data/codebook.csv"
        return f"{code}-out-of-range", f"{code} must be from {low} to {high}{unit}", fix
    known = _known_values(column, codebook)
    parts = dict.fromkeys(part for cell in cells for part in (split_codes(cell) if column.type == "codes" else [cell]))
    unknown = [part for part in parts if part not in known]
    fix = "; ".join(_name_codes(part, known) for part in unknown[:3])
    what = "codes" if column.type == "codes" else "a code"
    joint = ", separated by semicolons" if column.type == "codes" else ""
    return f"{code}-unknown", f"{code} must be {what} that the codebook lists{joint}", fix


def check_columns(table: Table, codebook: Codebook) -> tuple[Table, list[Problem]]:
    """Hold a typed table against the schema of its codebook; what breaks a rule is missing in ``sound`` afterwards."""
    import pandera.errors

    if table.typed.empty:
        return table, []
    try:
        build_schema(table.name, table.columns).validate(table.typed, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases[["column", "check", "index"]]
    else:
        return table, []
    sound, problems = table.sound.copy(), []
    for (code, check), rows in cases.groupby(["column", "check"], sort=False)["index"]:
        rows = pd.Index(rows.astype("int64")).sort_values()
        if check == "not_nullable":
            rows = rows[(table.text.loc[rows, code] == "").to_numpy()]
            if rows.empty:
                continue
        sound.loc[rows, code] = pd.NA
        cells = list(dict.fromkeys(table.text.loc[rows, code]))
        column = codebook.tables[table.name][code]
        rule, must, fix = _explain(check, column, cells, codebook)
        problems.append(table.problem(rule, rows, must=must, fix=fix, values=table.quote(rows, [code])))
    return replace(table, sound=sound), problems


class Tables(dict[str, Table]):
    """The tables of a folder by name."""

    @cached_property
    def last_days(self) -> pd.Series:
        """Day of death or, without one, of last contact by patient; empty without patients."""
        if "patients" not in self:
            return pd.Series(dtype="Int64")
        patients = self["patients"].sound.dropna(subset="patient_id").drop_duplicates("patient_id")
        last = patients["death_day"].fillna(patients["last_contact_day"])
        return last.set_axis(patients["patient_id"])
