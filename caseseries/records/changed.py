"""A copy of a data set in which one row is another, to see what hangs on it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

from caseseries.errors import UsageError, describe_unknown
from caseseries.paths import BY_HAND, ROOT
from caseseries.records.describe import hash_dataset

CHANGED = BY_HAND / "changed_data"


def write_changed(data: str | Path, change: Mapping) -> Path:
    """Write a copy of a data set with cells of one row changed.

    Parameters
    ----------
    data
        Folder of the raw tables; a relative path starts at the project's folder.
    change
        ``table``; ``row`` as a spreadsheet counts, where the header is row 1; and by the name of their columns the
        cells to put there.

    Returns
    -------
    Path
        The copy, ``out/by_hand/changed_data``; the data themselves where no change is given.

    Raises
    ------
    UsageError
        If table or row is not given, or there is no such table, row or column.
    """
    source = ROOT / data
    if not change:
        return source
    cells = dict(change)
    table, row = cells.pop("table", None), cells.pop("row", None)
    if table is None or row is None:
        raise UsageError(f"change must give table and row, and cells by their column; it gives {', '.join(change)}.")
    names = list(hash_dataset(source))
    if f"{table}.csv" not in names:
        raise UsageError(describe_unknown("table", table, [name.removesuffix(".csv") for name in names[1:]]))
    with (source / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for column in cells:
        if column not in header:
            raise UsageError(describe_unknown("column", column, header))
    if row not in range(2, len(rows) + 2):
        raise UsageError(f"row must be one of {table}.csv, 2 to {len(rows) + 1}, not {row!r}.")
    changed = rows[row - 2]
    for column, cell in cells.items():
        changed[header.index(column)] = str(cell)
    dest = ROOT / CHANGED
    shutil.rmtree(dest, ignore_errors=True)
    dest.mkdir(parents=True)
    for name in names:
        shutil.copyfile(source / name, dest / name)
    with (dest / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return dest
