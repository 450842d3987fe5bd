"""The page of Extended Data Figure 3: courses of antibodies, infections, and under them the doses of immunoglobulin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits.drawing.course_grid import AXIS_MM, MARGIN_MM, CourseGrid, free_lowest_line, write_title
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import LOG, Measure
from caseseries.exhibits.drawing.normal_range import NormalRange, draw_normal_range
from caseseries.exhibits.drawing.panels import LINE_GREY, draw_courses, set_months, write_n
from caseseries.exhibits.drawing.patient_bars import LEAST_ROW_MM, bars_height, name_room
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    new_figure,
)
from caseseries.exhibits.immunity.infection_rates import KINDS, draw_rates

MOST_COLUMNS, KEY_GAP_MM, STRIP_HEAD_MM = 4, 1.6, 4.6


@dataclass(frozen=True)
class Panels:
    """What the data set holds of each panel of the figure."""

    look: Look
    courses: list[tuple[Measure, pd.DataFrame]]
    ranges: dict[str, NormalRange | None]
    given: pd.DataFrame
    rates: pd.DataFrame
    first_month: float
    last_month: float

    @property
    def letters(self) -> dict[str, str]:
        """Letter by panel, in the order of the page."""
        names = [measure.code for measure, _ in self.courses]
        names += ["infections"] if len(self.rates) else []
        names += ["given"] if len(self.given) else []
        return {name: chr(ord("a") + place) for place, name in enumerate(names)}


def draw_page(panels: Panels) -> Figure:
    """Draw a grid of courses with the infections as its last panel, and a strip of doses under it."""
    n_cells = len(panels.courses) + (len(panels.rates) > 0)
    n_columns = max(1, min(MOST_COLUMNS, n_cells))
    n_rows = -(-n_cells // n_columns)
    has_mixed_column = len(panels.rates) > 0 and n_cells > n_columns
    grid = CourseGrid(
        n_columns, height_mm=32.0, right_mm=3.6 if n_columns > 2 else 5.0, between_mm=10.4 if has_mixed_column else 6.0
    )
    strip = bars_height(panels.given["patient_id"].nunique())
    keys = place_keys(_key_groups(panels), width_mm=DOUBLE_COLUMN_MM - 1)
    below = grid.bottom(n_rows) + (STRIP_HEAD_MM + strip + AXIS_MM if strip else 0) + KEY_GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM)
    ends = {"first": panels.first_month, "last": panels.last_month}
    for place, (measure, course) in enumerate(panels.courses):
        row, column = divmod(place, n_columns)
        axes = grid.add(figure, row=row, column=column, letter=panels.letters[measure.code])
        draw_courses(axes, course, measure, panels.look)
        if measure.scale == LOG:
            free_lowest_line(axes, measure.lines)
        draw_normal_range(axes, panels.ranges.get(measure.code))
        # The last panel of a column may be one without the axis of months.
        set_months(axes, **ends, start=panels.look.start, label=place + n_columns >= len(panels.courses))
    if len(panels.rates):
        row, column = divmod(len(panels.courses), n_columns)
        draw_rates(grid.add(figure, row=row, column=column, letter=panels.letters["infections"]), panels.rates)
    if strip:
        _draw_doses(figure, panels, grid, top=grid.bottom(n_rows) + STRIP_HEAD_MM, height=strip)
    draw_keys(figure, keys, left=0.5, top=below, width=DOUBLE_COLUMN_MM - 1)
    return figure


def _key_groups(panels: Panels) -> list[list[Key]]:
    drawn = {name for _, course in panels.courses for name in course["patient_id"]} | set(panels.given["patient_id"])
    kinds = [
        Key(f"{words} infections", fill, marker, size_pt=3.2, edge_pt=0.5) for words, marker, fill, _ in KINDS.values()
    ]
    groups = (panels.look.key_entries(drawn), kinds if len(panels.rates) else [])
    return [group for group in groups if group]


def _draw_doses(figure: Figure, panels: Panels, grid: CourseGrid, *, top: float, height: float) -> None:
    """Draw a row per patient who had immunoglobulin, with a tick per dose or a line for a course of days."""
    left = max(grid.left(0), name_room(panels.given, panels.look))
    width = DOUBLE_COLUMN_MM - left - grid.right_mm
    axes = add_panel(
        figure, left=left, top=top, width=width, height=height, letter=panels.letters["given"],
        letter_left=MARGIN_MM,
    )  # fmt: skip
    set_months(axes, first=panels.first_month, last=panels.last_month, start=panels.look.start)
    write_title(axes, "Immunoglobulin given")
    write_n(axes, panels.given)
    if not panels.look.is_single:
        _draw_monthly_counts(axes, panels)
        return
    order = [name for name in panels.look.order if name in set(panels.given["patient_id"])]
    rows = {name: row for row, name in enumerate(order)}
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    row_mm = height / len(rows)
    for dose in panels.given.itertuples():
        colour, row = panels.look.colour(dose.patient_id), rows[dose.patient_id]
        first, last = (day / DAYS_PER_MONTH for day in (dose.start_day, dose.end_day))
        if first >= panels.first_month:
            axes.vlines(first, row + 0.12, row + 0.88, color=colour, linewidth=min(1.0, row_mm), zorder=3)
        if last > first:
            axes.hlines(
                row + 0.5, max(first, panels.first_month), min(last, panels.last_month), color=colour, linewidth=0.5
            )
    if row_mm >= LEAST_ROW_MM:
        low, high = axes.get_xlim()
        for name, row in rows.items():
            axes.text(
                low - (high - low) * 1.0 / width, row + 0.5, name, ha="right", va="center_baseline", fontsize=SMALL_PT,
                clip_on=False,
            )  # fmt: skip


def _draw_monthly_counts(axes: Axes, panels: Panels) -> None:
    """Draw how many patients had a dose in each month."""
    months = np.floor(panels.given["start_day"].astype("float64") / DAYS_PER_MONTH)
    had = panels.given.assign(month=months)[["patient_id", "month"]].drop_duplicates()
    counts = had[had["month"].between(panels.first_month, panels.last_month - 1)].groupby("month").size()
    axes.bar(counts.index + 0.5, counts, width=0.85, color=LINE_GREY, edgecolor="none")
    axes.set_ylabel("Patients (n)")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
