"""The page of Extended Data Figure 4: two rows of stacked bars over each other, and the courses of the subsets."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.course_grid import AXIS_MM, CourseGrid
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import measure_of
from caseseries.exhibits.drawing.panels import draw_courses, set_months
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.immunity.b_cell_parts import PARTS

HEAD_MM, BAR_ROW_MM, DAY_MM, NAME_MM, LEFT_MM, KEY_GAP_MM = 4.4, 24.0, 4.2, 3.4, 11.3, 1.6
WIDEST_MM, BAR_SHARE = 21.0, 0.72
"""Widest column of a patient, and the share of it that the bar takes where columns have names."""


@dataclass(frozen=True)
class Panels:
    """What the data set holds of the figure; ``bars`` has a row per patient and sample with its parts."""

    look: Look
    bars: pd.DataFrame
    n_contradictory: int
    courses: dict[str, pd.DataFrame]
    first_month: float
    last_month: float

    @property
    def letters(self) -> dict[str, str]:
        """Letter by panel, in the order of the page."""
        names = (["bars"] if len(self.bars) else []) + list(self.courses)
        return dict(zip(names, "abcde", strict=False))


def draw_page(panels: Panels, *, words: dict[str, str]) -> Figure:
    """Draw bars above and courses below.

    Parameters
    ----------
    panels
        What is drawn.
    words
        Name of each row of bars by its code in ``bars.when``.
    """
    shown = [part for part in PARTS if len(panels.bars) and panels.bars[part.name].notna().any()]
    part_keys = [Key(part.words, part.colour) for part in shown]
    patient_keys = panels.look.key_entries({name for own in panels.courses.values() for name in own["patient_id"]})
    width = DOUBLE_COLUMN_MM - 1
    above, below = (place_keys([group] if group else [], width_mm=width) for group in (part_keys, patient_keys))
    names = _lay_out_names(panels)
    bars_mm = HEAD_MM + len(words) * (BAR_ROW_MM + DAY_MM) + names.height + keys_height(above) + 1 if shown else 0
    grid = CourseGrid(max(1, len(panels.courses)), height_mm=32.0, top_mm=bars_mm + HEAD_MM, right_mm=3.4)
    courses_mm = HEAD_MM + grid.height_mm + AXIS_MM + KEY_GAP_MM + keys_height(below) if panels.courses else 0
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=bars_mm + courses_mm + NOTE_STRIP_MM)
    if shown:
        _draw_bars(figure, panels, words, names)
        draw_keys(figure, above, left=0.5, top=bars_mm - keys_height(above) - 1, width=width)
    for column, (code, course) in enumerate(panels.courses.items()):
        axes = grid.add(figure, row=0, column=column, letter=panels.letters[code])
        draw_courses(axes, course, measure_of(code), panels.look)
        set_months(axes, first=panels.first_month, last=panels.last_month, start=panels.look.start)
        axes.set_ylabel(measure_of(code).label.replace(" (", "\n("), linespacing=1.1)
    if panels.courses:
        draw_keys(figure, below, left=0.5, top=grid.bottom(1) + KEY_GAP_MM, width=width)
    return figure


@dataclass(frozen=True)
class _Names:
    """Patients with a bar, width of all their columns, and how their names stand under them."""

    order: tuple[str, ...]
    width: float
    height: float
    is_turned: bool


def _lay_out_names(panels: Panels) -> _Names:
    order = tuple(name for name in panels.look.order if name in set(panels.bars["patient_id"]))
    room = DOUBLE_COLUMN_MM - LEFT_MM - 1
    if not panels.look.is_single or not order:
        return _Names(order, room, NAME_MM, is_turned=False)
    width = min(room, WIDEST_MM * len(order))
    widest = max(text_width_mm(name) for name in order)
    is_turned = widest > width / len(order) - 1
    return _Names(order, width, widest + 1 if is_turned else NAME_MM, is_turned)


def _draw_bars(figure: Figure, panels: Panels, words: dict[str, str], names: _Names) -> None:
    order, width, has_names = names.order, names.width, panels.look.is_single
    for number, (when, label) in enumerate(words.items()):
        axes = add_panel(
            figure, left=LEFT_MM, top=HEAD_MM + number * (BAR_ROW_MM + DAY_MM), width=width, height=BAR_ROW_MM,
            letter="" if number else panels.letters["bars"],
        )  # fmt: skip
        own = panels.bars[panels.bars["when"] == when]
        axes.set(xlim=(0, len(order)), ylim=(0, 100), yticks=[0, 50, 100], xticks=[])
        axes.set_ylabel(f"{label}, n = {len(own)}\n(% of B cells)", linespacing=1.1)
        axes.spines["bottom"].set_visible(False)
        _stack(axes, own, order, share=BAR_SHARE if has_names else 1.0)
        if has_names:
            days = own.set_index("patient_id")["day"]
            for place, name in enumerate(order):
                text = f"day {fmt.number(float(days[name]))}" if name in days.index else fmt.NOT_RECORDED
                axes.text(place + 0.5, -2, text, ha="center", va="top", fontsize=SMALL_PT, clip_on=False)
    if has_names:
        for place, name in enumerate(order):
            axes.text(
                place + 0.5, -16, name, ha="center", va="top", rotation=90 if names.is_turned else 0, clip_on=False
            )
    else:
        _name_diseases(axes, [panels.look.diseases[name] for name in order], width_mm=width)


def _name_diseases(axes: Axes, diseases: list[str], *, width_mm: float) -> None:
    """Write each disease under its patients, where there is room, with a line as long as they stand."""
    for name in dict.fromkeys(diseases):
        first, n = diseases.index(name), diseases.count(name)
        axes.plot([first + 0.2, first + n - 0.2], [-6, -6], color="black", linewidth=0.5, clip_on=False)
        if n / len(diseases) * width_mm > text_width_mm(name) + 1:
            axes.text(first + n / 2, -9, name, ha="center", va="top", clip_on=False)


def _stack(axes: Axes, own: pd.DataFrame, order: tuple[str, ...], *, share: float) -> None:
    places = {name: place for place, name in enumerate(order)}
    bottom = pd.Series(0.0, index=own.index)
    for part in PARTS:
        height = own[part.name].fillna(0.0)
        if not (height > 0).any():
            continue
        left = own["patient_id"].map(places) + (1 - share) / 2
        boxes = [
            [(x, low), (x + share, low), (x + share, low + high), (x, low + high)]
            for x, low, high in zip(left, bottom, height, strict=True)
        ]
        axes.add_collection(
            PolyCollection(boxes, facecolors=part.colour, edgecolors="white", linewidths=0.25 if share < 1 else 0),
            autolim=False,
        )
        bottom += height
