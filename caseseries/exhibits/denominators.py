"""Denominators of an exhibit, held against the ledger: a number of patients that no filter leaves stops the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd
from matplotlib.text import Text

from caseseries.errors import Found, Problem
from caseseries.exhibits.forms.provenance import NAME
from caseseries.exhibits.model import DisplayTable, Drawing
from caseseries.paths import DERIVED

SHARE = re.compile(r"(?<![\w.,/-])(\d[\d,]*)/(\d[\d,]*)(?![\d.,]*[/\w])")
"""Patients with a finding / patients: 7/8, but not 1/2/3, 1.5/2 or mg/8h."""

COUNT = re.compile(r"\bn = (\d[\d,]*)(?: (\w+))?")
OTHER_THINGS = (
    "samples", "sample", "results", "result", "visits", "visit", "events", "event", "infections", "infection",
    "administrations", "doses", "courses", "tests", "days",
)  # fmt: skip
"""Words behind ``n = 12`` that say that no patients are counted."""

COHORT = "cohort"
DRAWN = "drawing"
"""Where the words stand that are drawn in a figure."""
FIX = (
    "let derive/cohort/filters.py register the filter that leaves so many patients, where the table is filtered, "
    "or count the patients again"
)


@dataclass(frozen=True)
class Stated:
    """One denominator of an exhibit.

    Parameters
    ----------
    place
        Where it stands: row and column, legend, or key of a number.
    words
        The text that holds it.
    n
        Patients.
    line
        The line of the ledger that it names (``grades:CRS, grade known``); empty where any line of the tables behind
        the exhibit will do.
    """

    place: str
    words: str
    n: int
    line: str = ""


def list_denominators(made: DisplayTable | Drawing) -> Iterator[Stated]:
    """List the denominators of an exhibit: k/N and n = N in the cells and notes of a table, or the legend of a figure.

    Inside a drawing only n = N is read: k/N there may count visits. What stands beside a panel as its own n is held
    against the points of that panel, whose window of days the ledger does not know.
    """
    plotted = _count_plotted(made) if isinstance(made, Drawing) else frozenset()
    texts = _texts_of_table(made) if isinstance(made, DisplayTable) else _texts_of_drawing(made)
    for place, text in texts:
        for share in SHARE.finditer(text) if place != DRAWN else ():
            yield Stated(place, share.group(0), _whole(share.group(2)))
        for count in COUNT.finditer(text):
            n = _whole(count.group(1))
            if count.group(2) not in OTHER_THINGS and not (place == DRAWN and n in plotted):
                yield Stated(place, count.group(0), n)


def _count_plotted(drawing: Drawing) -> frozenset[int]:
    return frozenset(int(frame["patient_id"].nunique()) for frame in drawing.plotted.values() if "patient_id" in frame)


def _whole(digits: str) -> int:
    return int(digits.replace(",", ""))


def _texts_of_table(table: DisplayTable) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        yield "heading", column
    for row in table.rows:
        yield f"row {row.label!r}", row.label
        for column, cell in zip(table.columns[1:], row.cells, strict=False):
            yield f"row {row.label!r}, column {column!r}", cell
    for note in table.footnotes:
        yield "note", note


def _texts_of_drawing(drawing: Drawing) -> Iterator[tuple[str, str]]:
    yield "legend", drawing.legend
    yield "alternative text", drawing.alt_text
    yield from ((DRAWN, text.get_text()) for text in drawing.figure.findobj(Text) if text.get_visible())


def name_tables(files: Iterable[str]) -> set[str]:
    """Name the derived tables among the files that an exhibit was made from."""
    return {PurePosixPath(file).stem for file in files if _is_table(file)}


def _is_table(file: str) -> bool:
    return PurePosixPath(file).parent == PurePosixPath(DERIVED)


def find_counts(values: Iterable) -> set[int]:
    """Give the patients that frames from outside the data set state themselves, such as those of published series."""
    frames = [value for value in values if isinstance(value, pd.DataFrame)]
    frames = [frame for frame in frames if not any(map(_is_table, frame.attrs.get(NAME, {})))]
    return {int(n) for frame in frames if "n_patients" in frame for n in frame["n_patients"].dropna()}


def check_denominators(
    ledger: pd.DataFrame,
    stated: Iterable[Stated],
    *,
    exhibit: str,
    tables: Iterable[str],
    elsewhere: Iterable[int] = (),
) -> list[Problem]:
    """Check that every denominator is a number of patients that a filter of the ledger leaves.

    Parameters
    ----------
    ledger : DataFrame, one row per filter
        As ``derive_ledger`` gives it.
    stated
        As ``list_denominators`` gives it. One that names its line must have the number of that very line; another one
        that of any filter of the cohort or of the tables behind the exhibit.
    exhibit
        Its id, for the message.
    tables
        The derived tables that the exhibit was made from.
    elsewhere
        Patients of other series that the exhibit shows, which no ledger of this one can hold.

    Returns
    -------
    list of Problem
        At most one, which holds every denominator that is not in the ledger.
    """
    behind = {COHORT, *tables}
    own = ledger[ledger["table"].str.partition(":")[0].isin(behind)] if len(ledger) else ledger
    allowed = set(own["n_out"]) | set(own["n_in"]) | set(elsewhere)
    lines = dict(zip(ledger["table"] + ", " + ledger["rule"], ledger["n_out"], strict=True))
    found = []
    for entry in stated:
        if entry.line:
            known = lines.get(entry.line)
            if entry.n != (known or 0):
                says = "has no such line" if known is None else f"has {known}"
                found.append(f"{entry.place}: {entry.words} of {entry.n}; the ledger {says} ({entry.line})")
        elif entry.n not in allowed and entry.n:
            numbers = ", ".join(map(str, sorted(allowed)))
            found.append(f"{entry.place}: {entry.words!r}; the ledger has {numbers} for {', '.join(sorted(behind))}")
    if not found:
        return []
    must = "every denominator must be a number of patients that the ledger accounts for"
    return [
        Problem(
            file=exhibit,
            rule="denominator",
            must=must,
            found=tuple(Found(None, "", text) for text in dict.fromkeys(found)),
            n_rows=None,
            fix=FIX,
        )
    ]
