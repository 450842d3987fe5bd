"""Where a printed number comes from, in the words and with the links that all forms of the text share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.manuscript.text import Text
from caseseries.paths import DERIVED, SUPPLEMENTS
from caseseries.plan import Exhibit, Plan
from caseseries.precision import written

TITLE = "Where the numbers come from"
HOW_TO_READ = (
    "Each number of the text leads to its line here: the value without rounding, the patients it was made from and the "
    "line of the ledger that lets them in, the method, the exhibit, and the rows of a table in data/derived. Rows are "
    "selected step by step, as caseseries.manuscript.source tells."
)
UNITS_IN_WORDS = ("share", "")


@dataclass(frozen=True)
class Origin:
    """One line: the place of a number in the list, its names, and everything about it in words."""

    place: int
    key: str
    label: str
    text: str
    value: str
    made_from: str
    method: str
    exhibit: Exhibit | None
    page: str
    table: str
    rows: str


def list_origins(text: Text) -> Iterator[Origin]:
    """List the numbers of a text in the order in which they are met."""
    for place, number in enumerate(text.numbers.to_dict("records"), start=1):
        exhibit = text.plan.exhibit(number["exhibit"]) if number["exhibit"] else None
        yield Origin(
            place=place,
            key=number["key"],
            label=number["label"],
            text=number["text"],
            value=describe_value(number),
            made_from=describe_patients(number),
            method=number["method"],
            exhibit=exhibit,
            page=find_page(exhibit, plan=text.plan),
            table=(DERIVED / f"{number['table']}.csv").as_posix() if number["rows"] else "",
            rows=number["rows"] or "no rows: a choice of method",
        )


def describe_value(number: dict) -> str:
    """Write a value without rounding and with its unit, or why there is none."""
    if pd.isna(number["value"]):
        return number["reason"]
    unit = "" if number["unit"] in UNITS_IN_WORDS else f" {number['unit']}"
    return f"{written(number['value'])}{unit}"


def describe_patients(number: dict) -> str:
    """Write how many patients a number was made from, and by which line of the ledger."""
    if pd.isna(number["n"]):
        return ""
    return f"n = {fmt.number(int(number['n']))} ({number['denominator']})"


def find_page(exhibit: Exhibit | None, *, plan: Plan) -> str:
    """Find the supplement that shows an exhibit, as a path in the folder of everything made; empty without one."""
    if exhibit is None:
        return ""
    pages = [page for page in plan.exhibits if page.kind == "supplement" and page.notebook == exhibit.notebook]
    return (SUPPLEMENTS / f"{pages[0].id}.html").as_posix() if pages else ""


def table_numbers(numbers: pd.DataFrame, *, plan: Plan) -> DisplayTable:
    """Make the table of all numbers, one row per key, a section per first word."""
    rows: list[Row] = []
    section = ""
    for number in numbers.to_dict("records"):
        word = number["key"].partition(".")[0]
        if word != section:
            section = word
            rows.append(Row(section, kind="section"))
        exhibit = plan.exhibit(number["exhibit"]).label if number["exhibit"] else ""
        source = f"{number['table']}: {number['rows']}" if number["rows"] else ""
        cells = (
            number["label"], number["text"], describe_value(number), describe_patients(number), number["method"],
            exhibit, source,
        )  # fmt: skip
        rows.append(Row(number["key"], cells))
    columns = ("Key", "What it is", "As printed", "Value", "Patients", "Method", "Exhibit", "Rows")
    return DisplayTable(columns, tuple(rows), (HOW_TO_READ,))
