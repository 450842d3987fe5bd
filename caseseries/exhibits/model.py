"""What an exhibit is before it is a file: a table of text cells, or a figure with the numbers drawn in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd
from matplotlib.figure import Figure

KINDS = ("row", "detail", "section")


@dataclass(frozen=True)
class Row:
    """One row of a table: its label and a text per further column.

    ``kind`` is row, detail (indented under the row before it) or section (a heading; it has no cells).
    """

    label: str
    cells: tuple[str, ...] = ()
    kind: str = "row"


@dataclass(frozen=True)
class DisplayTable:
    """A table as it will be printed; ``columns`` includes that of the labels.

    Raises
    ------
    ValueError
        If a row has more or fewer cells than the table has columns.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = field(default=())
    caption: str = ""

    def __post_init__(self):
        for row in self.rows:
            if row.kind not in KINDS:
                raise ValueError(f"kind of row must be one of {', '.join(KINDS)}, not {row.kind!r}")
            if row.kind != "section" and len(row.cells) != len(self.columns) - 1:
                raise ValueError(f"row {row.label!r} must have {len(self.columns) - 1} cells, not {len(row.cells)}")

    def with_footnotes(self, *footnotes: str) -> DisplayTable:
        """Give the same table with further footnotes."""
        return replace(self, footnotes=self.footnotes + tuple(filter(None, footnotes)))

    def frame(self) -> pd.DataFrame:
        """Give the cells as a frame in which each row stands alone: section and parent are repeated beside it."""
        records, section, parent = [], "", ""
        for row in self.rows:
            if row.kind == "section":
                section = row.label
                continue
            parent = row.label if row.kind == "row" else parent
            label = f"{parent}: {row.label}" if row.kind == "detail" else row.label
            records.append((section, label, *row.cells))
        frame = pd.DataFrame.from_records(records, columns=["section", *_distinct(self.columns)])
        return frame if any(row.kind == "section" for row in self.rows) else frame.drop(columns="section")

    def to_html(self, *, exhibit=None, about=None, provenance=None) -> str:
        """Write the table as one HTML element, with its caption and notes; a page carries no record of its parts."""
        from caseseries.exhibits.forms.html import table_element

        return table_element(self, exhibit=exhibit, about=about)


def _distinct(columns: tuple[str, ...]) -> list[str]:
    first = columns[0] or "item"
    return [first if first != "section" else "item", *columns[1:]]


@dataclass(frozen=True)
class Drawing:
    """A drawn figure and what a reader needs beside it.

    ``plotted`` holds per panel the numbers that were drawn, units in the headers; ``alt_text`` describes the figure
    to one who cannot see it; ``legend`` is the text under it. Both say what is shown, never what it means.
    """

    figure: Figure
    plotted: dict[str, pd.DataFrame]
    alt_text: str
    legend: str

    def to_html(self, *, exhibit=None, about=None, provenance=None) -> str:
        """Write the figure as one HTML element: picture (with the record, if given), alternative text, legend."""
        from caseseries.exhibits.forms.html import figure_element

        return figure_element(self, exhibit=exhibit, about=about, provenance=provenance)
