"""The CSV files that are made: a first line that says when data are synthetic, and no cell that a spreadsheet runs."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from caseseries.derive import DERIVED
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.note import data_note
from caseseries.precision import written
from caseseries.records.dataset import About

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CONTROL_STARTS = ("\t", "\r", "\n")


def starts_formula(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula, also once it has taken blanks off its beginning.

    A plain number such as -3.5 is none.
    """
    if not (text.startswith(CONTROL_STARTS) or text.lstrip().startswith(FORMULA_STARTS)):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def made_csv(frame: pd.DataFrame, *, about: About | None) -> bytes:
    """Give a frame as CSV: UTF-8, LF, numbers as ``precision.written`` has them.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which ``read_made_csv`` takes
    away; numbers are never touched, so negative ones stay numbers. A carriage return becomes a line feed.
    """
    safe = frame.copy()
    safe.columns = [_guard(column) for column in frame.columns]
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            safe.isetitem(position, column.map(_guard, na_action="ignore"))
    text = io.StringIO()
    note = data_note(about)
    if note:
        text.write(f"# {note}\n")
    safe.to_csv(text, index=False, lineterminator="\n", float_format=written)
    return text.getvalue().encode("utf-8")


def _guard(value):
    if not isinstance(value, str):
        return value
    # A bare carriage return ends a row for some readers, and the writer does not quote it.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if starts_formula(text) or _looks_guarded(text) else text


def _looks_guarded(text: str) -> bool:
    return text.startswith("'") and starts_formula(text[1:].lstrip("'"))


def _unguard(value):
    return value[1:] if isinstance(value, str) and _looks_guarded(value) else value


def write_made_csv(frame: pd.DataFrame, path: Path, *, about: About | None) -> Path:
    """Write a made table; return its path."""
    return write_bytes(made_csv(frame, about=about), path)


def read_made_csv(path: Path) -> pd.DataFrame:
    """Read a made table, without the line that says that the data are synthetic.

    Returns
    -------
    DataFrame
        With the types of the derived table where the file bears the name of one; otherwise numbers as numbers and
        everything else as text. Only an empty cell is missing.
    """
    path = Path(path)
    raw = path.read_text(encoding="utf-8")
    if raw.startswith("# "):
        raw = raw.partition("\n")[2]
    types = DERIVED.get(path.stem)
    frame = pd.read_csv(io.StringIO(raw), dtype=types, keep_default_na=False, na_values=[""])
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            frame.isetitem(position, column.map(_unguard, na_action="ignore").astype("str"))
    return frame.rename(columns=_unguard)
