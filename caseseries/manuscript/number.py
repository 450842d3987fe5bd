"""One number of the text: what it is, how it is printed, and the rows of which derived table it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from caseseries.errors import ExhibitError

NUMBERS = {
    "key": "str",
    "label": "str",
    "value": "float64",
    "text": "str",
    "unit": "str",
    "n": "Int64",
    "denominator": "str",
    "method": "str",
    "exhibit": "str",
    "table": "str",
    "rows": "str",
    "reason": "str",
}
"""Type of each column in order."""

NOT_ASSESSABLE = "not assessable"
"""Printed where the data set holds nothing that a number could be made from; ``NE`` where an estimate has no value."""


@dataclass(frozen=True)
class Number:
    """One number of the text.

    Parameters
    ----------
    key
        Dotted words that never change, such as ``crs.any.n``.
    label
        What it is, in words.
    value, text, unit
        Unrounded; as printed; its unit. ``value`` is None where there is none, and ``reason`` says why.
    n, denominator
        Patients it was made from, and the line of the ledger that lets them in: ``grades:CRS, grade known``.
    method
        The estimator.
    exhibit
        Id of the exhibit that shows the number or the data behind it.
    table, rows
        Derived table, and the expression that selects its rows (see ``Source.words``).
    reason
        Why there is no value.
    """

    key: str
    label: str
    value: float | None
    text: str
    unit: str
    n: int | None
    denominator: str
    method: str
    exhibit: str
    table: str
    rows: str
    reason: str = ""


def as_numbers(numbers: Iterable[Number]) -> pd.DataFrame:
    """Give numbers as a table, one row per key.

    Raises
    ------
    ExhibitError
        If a key stands twice, or is the beginning of another one, so that a text could not tell them apart.
    """
    frame = pd.DataFrame.from_records([asdict(number) for number in numbers], columns=list(NUMBERS)).astype(NUMBERS)
    keys = frame["key"].tolist()
    branches = {key.rsplit(".", depth)[0] for key in keys for depth in range(1, key.count(".") + 1)}
    clashes = sorted({key for key in keys if keys.count(key) > 1} | (branches & set(keys)))
    if clashes:
        raise ExhibitError(f"each number must have a key of its own; these clash: {', '.join(clashes)}.")
    return frame
