"""The figure of one disease: a grid of courses and drug-free time, and under it strips of states by visit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.data import DiseasePlan, Found, find_panels
from caseseries.exhibits.drawing import drug_free
from caseseries.exhibits.drawing.courses import (
    MARKER_PT,
    Look,
    describe_change,
    describe_course,
    last_month,
    look_of,
    plotted_course,
)
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import LOG, Measure
from caseseries.exhibits.drawing.nothing import say_nothing
from caseseries.exhibits.drawing.panels import draw_courses, set_months
from caseseries.exhibits.drawing.state_strips import (
    COLUMNS,
    describe_cells,
    draw_strip,
    keys_of,
    plotted_cells,
    strip_height,
)
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    STATE_COLOURS,
    add_panel,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing

LEAST_COLUMNS, MOST_COLUMNS = 2, 4
MARGIN_MM, TOP_MM, PANEL_MM, BETWEEN_MM, MONTHS_AXIS_MM = 0.5, 4.2, 33.0, 5.6, 7.6
STRIP_TITLE_MM, VISITS_AXIS_MM = 5.6, 8.0
TICKS_MM, LABEL_LINE_MM, RIGHT_MM = 7.9, 2.4, 5.0

FREE_TIME = "drug-free time"


@dataclass(frozen=True)
class Grid:
    """Columns and rows of equal panels; places in millimetres from the upper left corner of the page."""

    n_panels: int
    n_columns: int
    label_lines: int

    @property
    def pitch(self) -> float:
        """From the left of a column to that of the next."""
        return (DOUBLE_COLUMN_MM - 2 * MARGIN_MM) / self.n_columns

    @property
    def before(self) -> float:
        """Room for ticks and label at the left of a panel."""
        return TICKS_MM + LABEL_LINE_MM * self.label_lines

    @property
    def width(self) -> float:
        """Width of a panel."""
        return self.pitch - self.before - RIGHT_MM

    @property
    def bottom(self) -> float:
        """End of the grid, with the axis of time."""
        n_rows = math.ceil(self.n_panels / self.n_columns)
        return TOP_MM + n_rows * PANEL_MM + (n_rows - 1) * BETWEEN_MM + MONTHS_AXIS_MM if n_rows else 0.0

    def left(self, column: int) -> float:
        """Left edge of the panels of a column."""
        return MARGIN_MM + column * self.pitch + self.before

    def add(self, figure: Figure, place: int, letter: str) -> tuple[Axes, bool]:
        """Add a panel, and tell whether no other stands under it."""
        row, column = divmod(place, self.n_columns)
        axes = add_panel(
            figure, left=self.left(column), top=TOP_MM + row * (PANEL_MM + BETWEEN_MM), width=self.width,
            height=PANEL_MM, letter=letter, letter_left=MARGIN_MM + column * self.pitch,
        )  # fmt: skip
        return axes, place + self.n_columns >= self.n_panels


def plot_disease(
    patients: pd.DataFrame, scores: pd.DataFrame, results: pd.DataFrame, treatment: pd.DataFrame, *, plan: DiseasePlan
) -> Drawing:
    """Plot what a plan says of the patients with one disease.

    Parameters
    ----------
    patients, scores, results, treatment : DataFrame
        Derived tables of all patients; colours and markers are those of the whole cohort.
    plan
        Courses, states, ringed visits.

    Returns
    -------
    Drawing
        ``plotted`` has one frame per panel, named by its letter and content. Without any value the page says so in
        one sentence and has no panel.
    """
    own = plan.patients_of(patients, scores)
    look = look_of(patients)
    found = find_panels(own, scores, results, treatment, plan=plan)
    if not found.courses and not found.strips:
        return say_nothing(f"No value of {plan.disease} in this data set can be drawn.")
    with journal_style():
        figure, letters = _draw(found, own, look, plan)
    return _describe(figure, found, letters, own, look, plan)


def _lay_out(found: Found) -> Grid:
    n_panels = len(found.courses) + (not found.free_time.empty)
    n_rows = math.ceil(n_panels / MOST_COLUMNS)
    n_columns = max(LEAST_COLUMNS, math.ceil(n_panels / n_rows) if n_rows else 0, min(len(found.strips), MOST_COLUMNS))
    lines = 1 + any(text_width_mm(measure.label) > PANEL_MM for measure, _ in found.courses)
    return Grid(n_panels, n_columns, lines)


def _draw(found: Found, own: pd.DataFrame, look: Look, plan: DiseasePlan) -> tuple[Figure, list[str]]:
    grid = _lay_out(found)
    ids = [name for name in look.order if name in set(own["patient_id"])]
    n_strip_rows = math.ceil(len(found.strips) / grid.n_columns)
    strip_mm = strip_height(len(ids), is_single=look.is_single)
    pitch = STRIP_TITLE_MM + strip_mm + VISITS_AXIS_MM
    keys = place_keys(_keys(found, look, ids, plan), width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    below = grid.bottom + n_strip_rows * pitch + 0.8
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM + 1)
    letters = [chr(ord("a") + place) for place in range(grid.n_panels + len(found.strips))]
    _draw_grid(figure, grid, found, plan, own, look, letters)
    columns = [name for name in COLUMNS if any((cells["visit"] == name).any() for _, cells in found.strips)]
    for place, (state, cells) in enumerate(found.strips):
        row, column = divmod(place, grid.n_columns)
        axes = add_panel(
            figure, left=grid.left(column), top=grid.bottom + row * pitch + STRIP_TITLE_MM, width=grid.width,
            height=strip_mm, letter=letters[grid.n_panels + place], letter_left=MARGIN_MM + column * grid.pitch,
        )  # fmt: skip
        draw_strip(axes, cells, state, look, columns=columns, ids=ids)
    draw_keys(figure, keys, left=MARGIN_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    return figure, letters


def _draw_grid(
    figure: Figure, grid: Grid, found: Found, plan: DiseasePlan, own: pd.DataFrame, look: Look, letters: list[str]
) -> None:
    months = [course["months"].min() for _, course in found.courses]
    months += list(found.free_time.loc[found.free_time["state"] == drug_free.DRUG_FREE, "start_months"])
    last = max([last_month(own), *(course["months"].max() for _, course in found.courses)])
    ends = {"first": min([0.0, *months]) - 0.04 * last, "last": last * 1.01}
    for place, (measure, course) in enumerate(found.courses):
        axes, is_lowest = grid.add(figure, place, letters[place])
        draw_courses(axes, course, measure, look)
        if text_width_mm(measure.label) > PANEL_MM:
            axes.set_ylabel(measure.label.replace(" (", "\n("))
        _keep_top_free(axes, measure, course)
        if look.is_single and plan.ring and measure.code == plan.ring.measure:
            axes.plot(
                found.rings["months"], found.rings["value"], linestyle="none", marker="o", markersize=MARKER_PT + 2.4,
                markerfacecolor="none", markeredgecolor="black", markeredgewidth=0.5, zorder=4, clip_on=False,
            )  # fmt: skip
        set_months(axes, **ends, start=look.start, label=is_lowest)
    if len(found.free_time):
        axes, is_lowest = grid.add(figure, grid.n_panels - 1, letters[grid.n_panels - 1])
        drug_free.draw_free_time(axes, found.free_time, look, last=last)
        set_months(axes, **ends, start=look.start, label=is_lowest)


def _keep_top_free(axes: Axes, measure: Measure, course: pd.DataFrame) -> None:
    """Leave room for markers of the best value of a scale, which would lie on the n above the panel."""
    low, high = axes.get_ylim()
    if measure.scale != LOG and course["value"].max() > high - 0.04 * (high - low):
        axes.set_ylim(low, high + 0.05 * (high - low))


def _keys(found: Found, look: Look, ids: Sequence[str], plan: DiseasePlan) -> list[list[Key]]:
    marks = []
    if look.is_single and len(found.rings):
        marks.append(Key(plan.ring.words, "none", "o", edge_pt=0.5, size_pt=MARKER_PT + 2.4))
    whys = (
        ("below the limit of quantification (drawn at half of it)", "is_below"),
        ("score with missing items", "is_partial"),
    )
    open_words = [words for words, name in whys if any(course[name].any() for _, course in found.courses)]
    if open_words:
        marks.append(Key(f"Open marker: {', or '.join(open_words)}", "white", "o", edge_pt=0.5))
    if look.is_single and len(found.free_time):
        marks.append(Key("Drug-free", STATE_COLOURS[drug_free.DRUG_FREE]))
    groups = (look.key_entries(ids), marks, *keys_of(found.strips, is_single=look.is_single))
    return [group for group in groups if group]


def _describe(figure, found: Found, letters, own: pd.DataFrame, look: Look, plan: DiseasePlan) -> Drawing:
    panels = [describe_course(course, measure) for measure, course in found.courses]
    changes = [describe_change(course, measure) for measure, course in found.courses]
    plotted = {measure.name: _plotted(course, measure) for measure, course in found.courses}
    if len(found.free_time):
        panels.append(drug_free.describe_free_time(found.free_time))
        plotted[FREE_TIME] = drug_free.plotted_free_time(found.free_time)
    panels += [describe_cells(cells, state) for state, cells in found.strips]
    plotted |= {state.words: plotted_cells(cells, state) for state, cells in found.strips}
    told = [f"{letter}, {words}" for letter, words in zip(letters, panels, strict=True)]
    n = fmt.count_of(len(own), "patient")
    how = [
        "" if look.is_single else "Black lines: medians of periods with at least 5 patients.",
        f"Rings: {plan.ring.words[0].lower()}{plan.ring.words[1:]}." if look.is_single and len(found.rings) else "",
    ]
    return Drawing(
        figure=figure,
        plotted={f"{letter} {name}": frame for letter, (name, frame) in zip(letters, plotted.items(), strict=True)},
        alt_text=" ".join(
            filter(None, [f"Courses of {n} with {plan.disease} over months from infusion.", *told, *changes])
        ),
        legend=" ".join(filter(None, [f"n = {n} with {plan.disease}.", *told, *how, *found.notes, plan.terms])),
    )


def _plotted(course: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    frame = plotted_course(course, measure)
    if course["is_partial"].any():
        frame["items missing"] = course["is_partial"].map({True: "yes", False: "no"}).to_numpy()
    return frame
