"""Two values per patient, joined: before and after, side by side in one panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from caseseries.exhibits.drawing.courses import DOT_PT, MARKER_PT, Look
from caseseries.exhibits.drawing.style import SMALL_PT

DODGE = 0.16
"""Half of the width over which patients with the same values are spread, in units of the distance of the columns."""


def draw_pairs(axes: Axes, pairs: pd.DataFrame, look: Look, *, words: tuple[str, str], dodge: bool = False) -> None:
    """Draw one line per patient from the value before to the value after.

    Parameters
    ----------
    axes
        Empty axes; the y axis is set by the caller.
    pairs : DataFrame, one row per patient
        ``patient_id``, ``before``, ``after``, as drawn; ``is_before_below`` and ``is_after_below``, where there are
        such columns, tell values below the limit of quantification, whose markers are open.
    look
        Colours and markers of the cohort.
    words
        What stands under the two columns.
    dodge
        Whether patients stand beside each other, for counts of which many are the same.
    """
    place = {name: number for number, name in enumerate(look.order)}
    ordered = pairs.assign(place=pairs["patient_id"].map(place)).sort_values("place", ignore_index=True)
    offsets = np.linspace(-DODGE, DODGE, len(ordered)) if dodge and len(ordered) > 1 else np.zeros(len(ordered))
    if look.is_single:
        for row, offset in zip(ordered.itertuples(), offsets, strict=True):
            style, level = look.styles[row.patient_id], 3 + row.place / 100
            axes.plot(
                [offset, 1 + offset], [row.before, row.after], color=style.colour, linewidth=0.75, zorder=level,
                clip_on=False,
            )  # fmt: skip
            for at, height, is_open in _ends(row):
                axes.plot(
                    at + offset, height, marker=style.marker, markersize=MARKER_PT, zorder=level + 0.005, clip_on=False,
                    markerfacecolor="white" if is_open else style.colour,
                    markeredgecolor=style.colour if is_open else "white", markeredgewidth=0.5 if is_open else 0.25,
                )  # fmt: skip
    else:
        _draw_many(axes, ordered, offsets, look)
    axes.set_xlim(-0.35, 1.35)
    axes.set_xticks([0, 1], words)
    axes.text(
        1, 1.03, f"n = {len(pairs)}", transform=axes.transAxes, ha="right", va="bottom", fontsize=SMALL_PT,
        clip_on=False,
    )  # fmt: skip


def _ends(row) -> list[tuple[int, float, bool]]:
    return [
        (0, row.before, bool(getattr(row, "is_before_below", False))),
        (1, row.after, bool(getattr(row, "is_after_below", False))),
    ]


def _draw_many(axes: Axes, ordered: pd.DataFrame, offsets: np.ndarray, look: Look) -> None:
    drawn = ordered.assign(offset=offsets, colour=ordered["patient_id"].map(look.colour))
    for colour, own in drawn.groupby("colour", sort=False):
        ends = [[(row.offset, row.before), (1 + row.offset, row.after)] for row in own.itertuples()]
        axes.add_collection(LineCollection(ends, colors=colour, linewidths=0.3, alpha=0.35, zorder=2), autolim=False)
        dots = [(at + row.offset, height, is_open) for row in own.itertuples() for at, height, is_open in _ends(row)]
        for face, wanted in ((colour, False), ("white", True)):
            chosen = [(x, y) for x, y, is_open in dots if is_open == wanted]
            if chosen:
                axes.plot(
                    *zip(*chosen, strict=True), linestyle="none", marker="o", markersize=DOT_PT, alpha=0.5,
                    markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.2, zorder=3,
                )  # fmt: skip
    middle = [drawn["before"].median(), drawn["after"].median()]
    axes.plot([0, 1], middle, color="black", linewidth=1.0, zorder=5)
