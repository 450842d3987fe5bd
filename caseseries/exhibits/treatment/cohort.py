"""Immunosuppression of more than twelve patients: shares on each class of drug, doses, and numbers of drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.panels import set_months, write_n
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    new_figure,
)
from caseseries.exhibits.treatment.months import CLASS_COLOURS, CLASS_WORDS
from caseseries.exhibits.treatment.rows import draw_number_of_drugs

LEFT_MM, TOP_MM, PANEL_MM, AXIS_MM, RISK_MM, EDGE_MM = 13.0, 4.5, 44.0, 8.5, 4.0, 0.5
SIDE_MM, BETWEEN_MM = 33.0, 14.0
FEWEST_FOR_MEDIAN = 5


def draw_cohort(
    shares: pd.DataFrame,
    doses: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    look: Look,
    span: tuple[float, float],
    start: str,
) -> Figure:
    """Draw shares of patients by month, the dose over time, and the numbers of drugs."""
    width = DOUBLE_COLUMN_MM - LEFT_MM - BETWEEN_MM - SIDE_MM - 2
    classes = [Key(CLASS_WORDS[name], CLASS_COLOURS[name]) for name in dict.fromkeys(shares["drug_class"])]
    keys = place_keys([classes, look.key_entries()], width_mm=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    second = TOP_MM + PANEL_MM + AXIS_MM + RISK_MM + 4
    below = second + PANEL_MM + AXIS_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM + 1)
    place = {"left": LEFT_MM, "width": width, "height": PANEL_MM}
    _draw_shares(add_panel(figure, top=TOP_MM, letter="a", **place), shares, span, start=start)
    _draw_doses(add_panel(figure, top=second, letter="b", **place), doses, look, span, start=start)
    beside = LEFT_MM + width + BETWEEN_MM
    if len(counts):
        axes = add_panel(
            figure, left=beside, top=TOP_MM, width=SIDE_MM, height=PANEL_MM, letter="c", letter_left=beside - 10
        )
        draw_number_of_drugs(axes, counts, look)
    draw_keys(figure, keys, left=EDGE_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    return figure


def _draw_shares(axes: Axes, shares: pd.DataFrame, span: tuple[float, float], *, start: str) -> None:
    for name, own in shares.groupby("drug_class", sort=False):
        axes.step(own["month"] + 0.5, 100 * own["share"], where="mid", color=CLASS_COLOURS[name], linewidth=0.9)
    axes.set_ylim(0, 102)
    axes.set_ylabel("Patients on drug (%)")
    set_months(axes, first=span[0], last=span[1], start=start)
    known = shares.drop_duplicates("month").set_index("month")["n_patients"]
    low = -(AXIS_MM + RISK_MM / 2) / PANEL_MM
    axes.annotate(
        "n", (0, low), (-14, 0), xycoords=axes.transAxes, textcoords="offset points", ha="right", va="center",
        fontsize=SMALL_PT, annotation_clip=False, clip_on=False,
    )  # fmt: skip
    for month in [tick for tick in axes.get_xticks() if tick in known.index]:
        axes.text(
            month, low, str(known[month]), transform=axes.get_xaxis_transform(), ha="center", va="center",
            fontsize=SMALL_PT, clip_on=False,
        )  # fmt: skip


def _draw_doses(axes: Axes, doses: pd.DataFrame, look: Look, span: tuple[float, float], *, start: str) -> None:
    shown = doses.assign(start=doses["start_day"] / DAYS_PER_MONTH, end=doses["end_day"] / DAYS_PER_MONTH)
    for name, own in shown.groupby("patient_id"):
        ends = [[(row.start, row.dose), (row.end, row.dose)] for row in own.itertuples()]
        ends += [
            [(first.end, first.dose), (second.start, second.dose)]
            for first, second in zip(own.itertuples(), own.iloc[1:].itertuples(), strict=False)
            if first.end == second.start
        ]
        axes.add_collection(
            LineCollection(ends, colors=look.colour(name), linewidths=0.3, alpha=0.35, zorder=2), autolim=False
        )
    middle = median_dose(doses)
    axes.step(middle["month"], middle["dose"], where="post", color="black", linewidth=1.0, zorder=5)
    highest = max(float(doses["dose"].max()), 0.01) if len(doses) else 0.01
    axes.set_ylim(-0.02 * highest, highest * 1.04)
    axes.set_ylabel("Prednisone equivalent (mg/kg/day)")
    set_months(axes, first=span[0], last=span[1], start=start)
    write_n(axes, doses)


def median_dose(doses: pd.DataFrame) -> pd.DataFrame:
    """Give the median dose on the first day of each month for which at least five patients have one.

    Returns
    -------
    DataFrame, one row per month
        ``month``, ``n``, ``dose`` (mg/kg/day).
    """
    first, last = (np.floor(doses[column] / DAYS_PER_MONTH) for column in ("start_day", "end_day"))
    rows = []
    for month in range(int(first.min()), int(last.max()) + 1) if len(doses) else ():
        day = month * DAYS_PER_MONTH
        own = doses.loc[(doses["start_day"] <= day) & (doses["end_day"] > day), "dose"]
        rows.append((month, len(own), own.median()))
    frame = pd.DataFrame(rows, columns=["month", "n", "dose"])
    return frame[frame["n"] >= FEWEST_FOR_MEDIAN].reset_index(drop=True)
