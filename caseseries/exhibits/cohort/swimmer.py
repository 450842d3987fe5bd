"""Figure 1: the course of each patient, one bar from the months before treatment to the last contact."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.cohort.swimmer_rows import LEFT_MM, RIGHT_MM, STRIP_MM, Layout, lay_out_rows
from caseseries.exhibits.cohort.swimmer_words import (
    ALIVE,
    MARK_STYLES,
    STATE_WORDS,
    describe_swimmer,
    explain_swimmer,
    mark_style,
    mark_words,
    plotted_marks,
    plotted_segments,
)
from caseseries.exhibits.drawing.courses import start_word
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    POINTS_PER_MM,
    SMALL_PT,
    STATE_COLOURS,
    add_panel,
    journal_style,
    new_figure,
)
from caseseries.exhibits.drawing.treatment_states import merge_states
from caseseries.exhibits.model import Drawing

TOP_MM, AXIS_MM, GAP_MM = 3.5, 8.5, 1.5
ALIVE_PT = 2.5


def plot_swimmer(
    patients: pd.DataFrame, treatment: pd.DataFrame, milestones: pd.DataFrame, *, months_before: float = 12
) -> Drawing:
    """Plot the course of each patient.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders the bars by group or disease and follow-up.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it; its states colour the bars.
    milestones : DataFrame, one row per patient, day and mark
        As ``derive_milestones`` gives it. Where bars are too thin for all marks, serious events, return of B cells
        and deaths are left.
    months_before
        Months before day 0 that are shown where treatment was recorded then.

    Returns
    -------
    Drawing
        ``plotted`` has the panels ``treatment`` (one row per bar segment) and ``marks``.
    """
    segments = merge_states(treatment, patients=patients, months_before=months_before)
    first_month = min(0, math.floor(segments["start_months"].min()))
    layout = lay_out_rows(patients, milestones, first_month=first_month)
    with journal_style():
        keys = place_keys(_keys(segments, layout), width_mm=DOUBLE_COLUMN_MM - 2 * LEFT_MM)
        below = TOP_MM + layout.height_mm + AXIS_MM
        figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + GAP_MM + NOTE_STRIP_MM)
        width = DOUBLE_COLUMN_MM - layout.left_mm - RIGHT_MM
        axes = add_panel(figure, left=layout.left_mm, top=TOP_MM, width=width, height=layout.height_mm)
        _set_axes(axes, layout, patients)
        _draw_segments(axes, segments, layout)
        _draw_marks(axes, layout)
        _draw_ends(axes, patients, layout)
        _label_rows(axes, layout)
        draw_keys(figure, keys, left=LEFT_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * LEFT_MM)
    return Drawing(
        figure=figure,
        plotted={"treatment": plotted_segments(segments, patients), "marks": plotted_marks(layout)},
        alt_text=describe_swimmer(patients, segments, layout),
        legend=explain_swimmer(patients, layout),
    )


def _keys(segments: pd.DataFrame, layout: Layout) -> list[list[Key]]:
    present = set(segments["state"])
    states = [Key(words, STATE_COLOURS[name]) for name, words in STATE_WORDS.items() if name in present]
    shown = []
    for name in MARK_STYLES:
        if (layout.marks["shown_as"] == name).any():
            style = mark_style(name, layout)
            size = max(layout.mark_mm, 1.2) * POINTS_PER_MM * style.scale
            words = mark_words(name, layout)
            shown.append(Key(words, style.fill, style.marker, edge_pt=style.edge, size_pt=size))
    if layout.has_labels:
        shown.append(Key(ALIVE.words, ALIVE.fill, ALIVE.marker, size_pt=ALIVE_PT))
    return [group for group in (states, shown) if group]


def _set_axes(axes: Axes, layout: Layout, patients: pd.DataFrame) -> None:
    axes.set_xlim(layout.first_month, layout.last_month)
    axes.set_ylim(layout.height_mm, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60) if (layout.last_month - layout.first_month) / step <= 14)
    lowest = -(-layout.first_month // step) * step
    ticks = [lowest + step * number for number in range(int((layout.last_month - lowest) // step) + 1)]
    axes.set_xticks(ticks, [fmt.number(tick) for tick in ticks])
    axes.set_xlabel(f"Time from {start_word(patients)} (months)")
    axes.axvline(0, color="black", linewidth=0.5, zorder=3)
    axes.text(0, -0.5, start_word(patients).capitalize(), ha="center", va="bottom", fontsize=SMALL_PT, clip_on=False)
    axes.text(layout.last_month, -0.5, f"n = {len(patients)}", ha="right", va="bottom", clip_on=False)


def _draw_segments(axes: Axes, segments: pd.DataFrame, layout: Layout) -> None:
    width = 0.25 if layout.has_labels else 0.0
    for state, own in segments.groupby("state"):
        boxes = []
        for row in own.itertuples():
            top, bottom = layout.bar(row.patient_id)
            boxes.append(
                [(row.start_months, top), (row.end_months, top), (row.end_months, bottom), (row.start_months, bottom)]
            )
        # White bars would be lost without an outline.
        edge = max(width, 0.15) if state == "indeterminate" else width
        bars = PolyCollection(boxes, facecolors=STATE_COLOURS[state], edgecolors="black", linewidths=edge, zorder=2)
        axes.add_collection(bars, autolim=False)


def _draw_marks(axes: Axes, layout: Layout) -> None:
    for name, own in layout.marks.groupby("shown_as"):
        style = mark_style(name, layout)
        axes.plot(
            own["months"].to_numpy(dtype="float64"),
            own["place_mm"].to_numpy(dtype="float64"),
            linestyle="none",
            marker=style.marker,
            markersize=layout.mark_mm * POINTS_PER_MM * style.scale,
            markerfacecolor=style.fill,
            markeredgecolor="black",
            markeredgewidth=style.edge,
            zorder=4,
            clip_on=False,
        )


def _draw_ends(axes: Axes, patients: pd.DataFrame, layout: Layout) -> None:
    if not layout.has_labels:
        return
    alive = patients[~patients["is_dead"].astype(bool)]
    middle = [math.fsum(layout.bar(patient_id)) / 2 for patient_id in alive["patient_id"]]
    ends = alive["last_contact_day"].to_numpy(dtype="float64") / DAYS_PER_MONTH + layout.months_per_mm * 1.1
    axes.plot(ends, middle, linestyle="none", marker=ALIVE.marker, markersize=ALIVE_PT, color=ALIVE.fill, clip_on=False)


def _label_rows(axes: Axes, layout: Layout) -> None:
    per_mm = layout.months_per_mm
    for block in layout.blocks:
        strip = layout.first_month - per_mm * layout.strip_right_mm
        axes.add_collection(
            PolyCollection(
                [[(strip - per_mm * STRIP_MM, block.top_mm), (strip, block.top_mm), (strip, block.bottom_mm),
                  (strip - per_mm * STRIP_MM, block.bottom_mm)]],
                facecolors=block.colour, edgecolors="none", clip_on=False,
            ),
            autolim=False,
        )  # fmt: skip
        left = layout.first_month - per_mm * (layout.left_mm - LEFT_MM)
        axes.text(left, (block.top_mm + block.bottom_mm) / 2, block.words, ha="left", va="center", clip_on=False)
    if layout.has_labels:
        for patient_id in layout.rows:
            middle = math.fsum(layout.bar(patient_id)) / 2
            axes.text(
                layout.first_month - per_mm * 1.0, middle, patient_id, ha="right", va="center_baseline",
                fontsize=layout.label_pt, clip_on=False,
            )  # fmt: skip
