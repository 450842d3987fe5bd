"""The data contract: what data/codebook.csv says of raw and derived tables, columns, tests, instruments and items."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from caseseries.paths import CODEBOOK


@dataclass(frozen=True)
class Column:
    """One column of a raw or a derived table.

    ``type`` is text, code, codes (several codes separated by semicolons), integer, number, boolean (yes or no),
    test, unit, instrument or item. ``required`` is ``cell`` (every cell must be filled), ``column`` (the column must
    be there, a cell may be empty) or empty (the column may be left out; of a derived table, a cell may be empty).
    ``values`` maps each code to its label, ``units`` those codes that have one to their unit.
    """

    table: str
    code: str
    label: str
    type: str
    unit: str
    minimum: float | None
    maximum: float | None
    required: str
    is_key: bool
    cdisc: str
    values: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Test:
    """One laboratory test: its unit, the factor from each accepted unit to it, and what is plausible."""

    __test__ = False  # not a test case of pytest

    code: str
    label: str
    unit: str
    factors: dict[str, Fraction]
    minimum: float | None
    maximum: float | None
    lloq: float | None
    cdisc: str


@dataclass(frozen=True)
class Item:
    """One item of an instrument with the range of its score."""

    instrument: str
    code: str
    label: str
    type: str
    unit: str
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Instrument:
    """One instrument: its items in order and the range of its total (None where items do not add up)."""

    code: str
    label: str
    unit: str
    minimum: float | None
    maximum: float | None
    items: dict[str, Item]


@dataclass(frozen=True)
class Codebook:
    """All of the data contract; every mapping keeps the order of the file.

    ``tables`` and ``grains`` are the raw tables, ``derived`` and ``derived_grains`` those that follow from them; the
    same name may stand in both.
    """

    tables: dict[str, dict[str, Column]] = field(default_factory=dict)
    grains: dict[str, str] = field(default_factory=dict)
    tests: dict[str, Test] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    derived: dict[str, dict[str, Column]] = field(default_factory=dict)
    derived_grains: dict[str, str] = field(default_factory=dict)

    def columns(self, table: str) -> list[str]:
        """Give the names of a raw table's columns in order."""
        return list(self.tables[table])

    def key(self, table: str) -> list[str]:
        """Give the columns that together name one row of a raw table."""
        return [column.code for column in self.tables[table].values() if column.is_key]


def _number(text: str) -> float | None:
    return float(text) if text else None


def _factors(unit: str, conversions: str) -> dict[str, Fraction]:
    factors = {unit: Fraction(1)}
    for part in filter(None, (piece.strip() for piece in conversions.split(";"))):
        name, _, factor = part.rpartition("=")
        factors[name.strip()] = Fraction(factor) if "/" not in factor else _ratio(factor)
    return factors


def _ratio(text: str) -> Fraction:
    above, below = text.split("/")
    return Fraction(above) / Fraction(below)


@lru_cache
def read_codebook(path: Path = CODEBOOK) -> Codebook:
    """Read the codebook.

    Returns
    -------
    Codebook
        Tables, tests and instruments in the order of the file.

    Raises
    ------
    ValueError, KeyError
        If the file breaks its own form; a test keeps the shipped one whole.
    """
    book = Codebook()
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] not in _ADD:
                raise ValueError(f"codebook.csv: kind {row['kind']!r} is not known")
            _ADD[row["kind"]](book, row)
    return book


def _add_table(book: Codebook, row: dict) -> None:
    book.tables[row["code"]] = {}
    book.grains[row["code"]] = row["label"]


def _add_column(book: Codebook, row: dict) -> None:
    book.tables[row["table"]][row["code"]] = _column(row)


def _add_value(book: Codebook, row: dict) -> None:
    book.tables[row["table"]][row["parent"]].values[row["code"]] = row["label"]


def _add_derived(book: Codebook, row: dict) -> None:
    """Add a row of a derived table: a code has a parent, a column has a type, the table itself has neither."""
    if row["parent"]:
        column = book.derived[row["table"]][row["parent"]]
        column.values[row["code"]] = row["label"]
        column.units.update({row["code"]: row["unit"]} if row["unit"] else {})
    elif row["type"]:
        column = book.derived[row["table"]][row["code"]] = _column(row)
        column.values.update(_find_values(book, row["source"]))
    else:
        book.derived[row["code"]] = {}
        book.derived_grains[row["code"]] = row["label"]


def _find_values(book: Codebook, source: str) -> dict[str, str]:
    """Find the codes of the column that a derived one takes them from: as table.column, or as derived table.column."""
    if not source.startswith("as "):
        return {}
    table, _, column = source.removeprefix("as ").removeprefix("derived ").partition(".")
    tables = book.derived if source.startswith("as derived ") else book.tables
    return tables[table][column].values


def _column(row: dict) -> Column:
    return Column(
        table=row["table"],
        code=row["code"],
        label=row["label"],
        type=row["type"],
        unit=row["unit"],
        minimum=_number(row["minimum"]),
        maximum=_number(row["maximum"]),
        required=row["required"],
        is_key=row["key"] == "yes",
        cdisc=row["cdisc"],
    )


def _add_test(book: Codebook, row: dict) -> None:
    book.tests[row["code"]] = Test(
        code=row["code"],
        label=row["label"],
        unit=row["unit"],
        factors=_factors(row["unit"], row["conversions"]),
        minimum=_number(row["minimum"]),
        maximum=_number(row["maximum"]),
        lloq=_number(row["lloq"]),
        cdisc=row["cdisc"],
    )


def _add_instrument(book: Codebook, row: dict) -> None:
    book.instruments[row["code"]] = Instrument(
        code=row["code"],
        label=row["label"],
        unit=row["unit"],
        minimum=_number(row["minimum"]),
        maximum=_number(row["maximum"]),
        items={},
    )


def _add_item(book: Codebook, row: dict) -> None:
    book.instruments[row["parent"]].items[row["code"]] = Item(
        instrument=row["parent"],
        code=row["code"],
        label=row["label"],
        type=row["type"],
        unit=row["unit"],
        minimum=float(row["minimum"]),
        maximum=float(row["maximum"]),
    )


_ADD = {
    "table": _add_table,
    "column": _add_column,
    "value": _add_value,
    "test": _add_test,
    "instrument": _add_instrument,
    "item": _add_item,
    "derived": _add_derived,
}
"""How a row of each kind enters the codebook."""
