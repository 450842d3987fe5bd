"""Exhibits to files: every form that a journal, a reader or a program asks for, written whole, with stable bytes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from caseseries.errors import ExhibitError
from caseseries.exhibits.drawing.style import size_mm
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.html import table_page
from caseseries.exhibits.forms.made_csv import made_csv
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.render import check_letters, render_figure
from caseseries.exhibits.forms.word import document_bytes
from caseseries.exhibits.forms.workbook import workbook_bytes
from caseseries.exhibits.model import DisplayTable, Drawing
from caseseries.paths import FIGURES, TABLES, safe_name
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

SOURCE_DATA = "source_data"


def write_figure(
    drawing: Drawing, *, exhibit: Exhibit, about: About, out: Path, provenance: Provenance | None = None
) -> list[Path]:
    """Write a figure as PDF, SVG and PNG (450 dpi), and the plotted numbers as CSV and XLSX.

    With ``provenance`` every file but the CSV carries that record.

    Returns
    -------
    list of Path
        ``figures/<id>.pdf``, ``.svg``, ``.png``, ``.csv`` and ``figures/source_data/<id>.xlsx`` under ``out``.

    Raises
    ------
    ExhibitError
        If the figure is not as wide as its exhibit is planned, or a letter is missing from the typeface.
    """
    width, _ = size_mm(drawing.figure)
    if abs(width - exhibit.width_mm) > 0.01:
        raise ExhibitError(f"{exhibit.id}: must be {exhibit.width_mm:g} mm wide, not {width:g}; see exhibits.toml.")
    check_letters(drawing.figure, name=exhibit.id)
    folder = Path(out) / FIGURES
    contents = {
        folder / f"{exhibit.id}.{form}": render_figure(
            drawing, exhibit=exhibit, about=about, format=form, provenance=provenance
        )
        for form in ("pdf", "svg", "png")
    }
    contents[folder / f"{exhibit.id}.csv"] = made_csv(_stack_panels(drawing.plotted), about=about)
    book = workbook_bytes(drawing.plotted, exhibit=exhibit, about=about, provenance=provenance)
    contents[folder / SOURCE_DATA / f"{exhibit.id}.xlsx"] = book
    return [write_bytes(content, path) for path, content in contents.items()]


def write_part(
    drawing: Drawing, *, exhibit: Exhibit, about: About, out: Path, part: str, provenance: Provenance | None = None
) -> list[Path]:
    """Write a figure that has a part for each of many names, such as the patients, as PDF.

    Returns
    -------
    list of Path
        ``figures/<id>/<part>.pdf`` under ``out``; a name that no file can have is made safe.
    """
    check_letters(drawing.figure, name=exhibit.id)
    content = render_figure(drawing, exhibit=exhibit, about=about, format="pdf", provenance=provenance)
    return [write_bytes(content, Path(out) / FIGURES / exhibit.id / f"{safe_name(part)}.pdf")]


def write_table(
    table: DisplayTable, *, exhibit: Exhibit, about: About, out: Path, provenance: Provenance | None = None
) -> list[Path]:
    """Write a table as CSV, as an HTML page and as a Word document.

    With ``provenance`` every file but the CSV carries that record.

    Returns
    -------
    list of Path
        ``tables/<id>.csv``, ``.html`` and ``.docx`` under ``out``.
    """
    folder = Path(out) / TABLES
    contents = {
        folder / f"{exhibit.id}.csv": made_csv(table.frame(), about=about),
        folder / f"{exhibit.id}.html": table_page(table, exhibit=exhibit, about=about, provenance=provenance),
        folder / f"{exhibit.id}.docx": document_bytes(table, exhibit=exhibit, about=about, provenance=provenance),
    }
    return [write_bytes(content, path) for path, content in contents.items()]


def _stack_panels(plotted: dict[str, pd.DataFrame]) -> pd.DataFrame:
    if len(plotted) == 1:
        return next(iter(plotted.values()))
    # A whole number must stay one where another panel lacks its column.
    parts = [frame.astype(dict.fromkeys(frame.select_dtypes("int64").columns, "Int64")) for frame in plotted.values()]
    for panel, part in zip(plotted, parts, strict=True):
        part.insert(0, "panel", panel)
    return pd.concat(parts, ignore_index=True)
