"""The data contract: what data/codebook.csv says of every table, column, test, instrument and item."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from caseseries.paths import CODEBOOK


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    ``type`` is text, code, codes (several codes separated by semicolons), integer, number, boolean (yes or no),
    test, unit, instrument or item. ``required`` is ``cell`` (every cell must be filled), ``column`` (the column must
    be there, a cell may be empty) or empty (the column may be left out). ``values`` maps each code to its label.
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
    values: dict[str, str]


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
    """All of the data contract; every mapping keeps the order of the file."""

    tables: dict[str, dict[str, Column]]
    grains: dict[str, str]
    tests: dict[str, Test]
    instruments: dict[str, Instrument]

    def columns(self, table: str) -> list[str]:
        """Give the names of a table's columns in order."""
        return list(self.tables[table])

    def key(self, table: str) -> list[str]:
        """Give the columns that together name one row of a table."""
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
    tables: dict[str, dict[str, Column]] = {}
    grains: dict[str, str] = {}
    tests: dict[str, Test] = {}
    instruments: dict[str, Instrument] = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        low, high = _number(row["minimum"]), _number(row["maximum"])
        match row["kind"]:
            case "table":
                tables[row["code"]] = {}
                grains[row["code"]] = row["label"]
            case "column":
                tables[row["table"]][row["code"]] = Column(
                    table=row["table"],
                    code=row["code"],
                    label=row["label"],
                    type=row["type"],
                    unit=row["unit"],
                    minimum=low,
                    maximum=high,
                    required=row["required"],
                    is_key=row["key"] == "yes",
                    cdisc=row["cdisc"],
                    values={},
                )
            case "value":
                tables[row["table"]][row["parent"]].values[row["code"]] = row["label"]
            case "test":
                tests[row["code"]] = Test(
                    code=row["code"],
                    label=row["label"],
                    unit=row["unit"],
                    factors=_factors(row["unit"], row["conversions"]),
                    minimum=low,
                    maximum=high,
                    lloq=_number(row["lloq"]),
                    cdisc=row["cdisc"],
                )
            case "instrument":
                instruments[row["code"]] = Instrument(
                    code=row["code"],
                    label=row["label"],
                    unit=row["unit"],
                    minimum=low,
                    maximum=high,
                    items={},
                )
            case "item":
                instruments[row["parent"]].items[row["code"]] = Item(
                    instrument=row["parent"],
                    code=row["code"],
                    label=row["label"],
                    type=row["type"],
                    unit=row["unit"],
                    minimum=float(row["minimum"]),
                    maximum=float(row["maximum"]),
                )
            case kind:
                raise ValueError(f"codebook.csv: kind {kind!r} is not known")
    return Codebook(tables=tables, grains=grains, tests=tests, instruments=instruments)
