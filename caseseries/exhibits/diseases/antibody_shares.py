"""Shares of patients with a positive antibody, before treatment and at the last visit: a pair of points each."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from caseseries.estimate.proportions import estimate_proportion
from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.antibody_pairs import BEFORE, LAST
from caseseries.exhibits.drawing.keys import LINE_MM, Key, draw_keys, place_keys
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    new_figure,
    text_width_mm,
)

MARGIN_MM, TOP_MM, ROW_MM, AXIS_MM, COUNT_MM = 0.5, 5.0, 5.0, 8.0, 22.0
TALLEST_MM = 140.0
COLOUR = "#1F3A52"
FACES = {BEFORE: "white", LAST: COLOUR}


def share_positive(answers: pd.DataFrame) -> pd.DataFrame:
    """Estimate the share of positive patients at both times.

    Parameters
    ----------
    answers : DataFrame, one row per patient and test
        ``place``, ``antibody``, and one boolean column per time.

    Returns
    -------
    DataFrame, one row per antibody and time
        ``n_positive``, ``n``, ``estimate``, ``ci_low``, ``ci_high`` (exact, 95%).
    """
    rows = []
    for (place, name), own in answers.groupby(["place", "antibody"]):
        for when in (BEFORE, LAST):
            n_positive, n = int(own[when].sum()), len(own)
            found = estimate_proportion(n_positive, n)
            rows.append(
                {
                    "place": place, "antibody": name, "when": when, "n_positive": n_positive, "n": n,
                    "estimate": found.estimate, "ci_low": found.ci_low, "ci_high": found.ci_high,
                }
            )  # fmt: skip
    columns = ["place", "antibody", "when", "n_positive", "n", "estimate", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns)


def plotted_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Give the shares as plotted."""
    return shares.drop(columns="place").rename(
        columns={"n_positive": "positive (n)", "n": "patients with both values (n)", "estimate": "positive (share)"}
    )


def draw_shares(shares: pd.DataFrame) -> Figure:
    """Draw a row per antibody: open points before treatment, filled ones at the last visit, counts at the right."""
    names = list(dict.fromkeys(shares["antibody"]))
    left = MARGIN_MM + max(text_width_mm(name) for name in names) + 2.0
    width = DOUBLE_COLUMN_MM - left - 2 * COUNT_MM - 3.0
    row_mm = min(ROW_MM, TALLEST_MM / len(names))
    below = TOP_MM + row_mm * len(names) + AXIS_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + LINE_MM + NOTE_STRIP_MM + 1)
    axes = add_panel(figure, left=left, top=TOP_MM, width=width, height=row_mm * len(names))
    for column, (when, face) in enumerate(FACES.items()):
        own = shares[shares["when"] == when].set_index("antibody").reindex(names)
        rows = [row + (0.34 if column == 0 else 0.66) for row in range(len(names))]
        low, high = 100 * own["ci_low"], 100 * own["ci_high"]
        axes.hlines(rows, low, high, color=COLOUR, linewidth=0.5, linestyle="-" if column else (0, (3, 1.5)))
        axes.plot(
            100 * own["estimate"], rows, linestyle="none", marker="o", markersize=3.4, markerfacecolor=face,
            markeredgecolor=COLOUR, markeredgewidth=0.6, clip_on=False, zorder=3,
        )  # fmt: skip
        middle = 1 + (3.0 + COUNT_MM * (column + 0.5)) / width
        axes.text(
            middle, 1.01, when.capitalize(), transform=axes.transAxes, ha="center", va="bottom", fontsize=SMALL_PT
        )
        for row, (n_positive, n) in enumerate(zip(own["n_positive"], own["n"], strict=True)):
            words = fmt.n_percent(int(n_positive), int(n))
            axes.text(
                middle, row + 0.5, words, transform=axes.get_yaxis_transform(), ha="center", va="center",
                fontsize=SMALL_PT,
            )  # fmt: skip
    axes.set(xlim=(0, 100), ylim=(len(names), 0), xlabel="Positive (% of patients with both values)")
    axes.set_yticks([row + 0.5 for row in range(len(names))], names)
    axes.tick_params(axis="y", length=0)
    keys = [Key(when.capitalize(), face, "o", edge=COLOUR, edge_pt=0.6) for when, face in FACES.items()]
    width = DOUBLE_COLUMN_MM - 2 * MARGIN_MM
    draw_keys(figure, place_keys([keys], width_mm=width), left=MARGIN_MM, top=below, width=width)
    return figure
