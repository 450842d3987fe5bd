"""A grid of equal panels in columns across the page, each a course over days or months."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caseseries.exhibits.drawing.measures import Line
from caseseries.exhibits.drawing.style import DOUBLE_COLUMN_MM, add_panel

MARGIN_MM, TICKS_MM, AXIS_MM = 0.3, 11.0, 6.8


@dataclass(frozen=True)
class CourseGrid:
    """Columns and rows of equal panels; lengths in millimetres from the upper left corner of the page.

    ``right_mm`` is the room for words at the right of a panel, ``between_mm`` that between rows whose x axis is named
    only below.
    """

    n_columns: int
    height_mm: float = 30.0
    top_mm: float = 4.4
    right_mm: float = 5.0
    between_mm: float = 6.0

    @property
    def pitch(self) -> float:
        """From the left of one column to that of the next."""
        return (DOUBLE_COLUMN_MM - MARGIN_MM) / self.n_columns

    @property
    def width(self) -> float:
        """Width of a panel."""
        return self.pitch - TICKS_MM - self.right_mm

    def left(self, column: int) -> float:
        """Left end of the axes of a column."""
        return MARGIN_MM + column * self.pitch + TICKS_MM

    def top(self, row: int) -> float:
        """Upper end of the axes of a row."""
        return self.top_mm + row * (self.height_mm + self.between_mm)

    def bottom(self, n_rows: int) -> float:
        """End of so many rows, with the name of the x axis."""
        return self.top(n_rows - 1) + self.height_mm + AXIS_MM if n_rows else self.top_mm

    def add(self, figure: Figure, *, row: int, column: int, letter: str, indent: float = 0.0) -> Axes:
        """Add a panel at a place of the grid; ``indent`` leaves further room at its left."""
        return add_panel(
            figure, left=self.left(column) + indent, top=self.top(row), width=self.width - indent,
            height=self.height_mm, letter=letter, letter_left=MARGIN_MM + column * self.pitch,
        )  # fmt: skip


def free_lowest_line(axes: Axes, lines: tuple[Line, ...]) -> None:
    """Lower the foot of a log axis on which a reference line would lie."""
    bottom, top = axes.get_ylim()
    if lines and bottom > 0 and min(line.value for line in lines) <= bottom * 1.01:
        axes.set_ylim(bottom / 2, top)


def write_title(axes: Axes, words: str) -> None:
    """Write what a panel without a y axis shows, above its left end."""
    axes.text(0, 1.01, words, transform=axes.transAxes, ha="left", va="bottom", clip_on=False)
