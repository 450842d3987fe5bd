"""Extended Data Fig. 7: the headline results under every definition that was tried, one line per definition."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import lead_out
from caseseries.exhibits.drawing.panels import LINE_GREY
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    LABEL_PT,
    MAX_HEIGHT_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    add_text,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.exhibits.outcomes.sensitivity_results import HEADLINES, MEDIAN, PROPORTION, RANGE, Headline
from caseseries.precision import magnitude

AS_BUILT = "As built"
"""Group of the run that changes nothing."""

SAME, OTHER = "#8A8A8A", "#000000"
"""Colours of a result that is that of the run as built, and of one that is not."""

ROW_MM, GROUP_GAP_MM, HEAD_MM, FOOT_MM, EDGE_MM = 4.2, 1.4, 10.5, 8.0, 0.5
BETWEEN_MM, COUNT_MM = 1.6, 4.6
WIDEST_MM = 26.0
NOT_REACHED = "NR"


def plot_sensitivity(runs: pd.DataFrame) -> Drawing | None:
    """Plot each headline result with its interval, a line per run.

    Parameters
    ----------
    runs : DataFrame, one row per run and headline result
        As ``describe_run`` gives it, in the order of the runs; the first run changes nothing.

    Returns
    -------
    Drawing or None
        ``plotted`` has a panel per headline result; None where nothing can be estimated. A result that no run can
        estimate is left out.
    """
    estimable = runs[runs["n_patients"] > 0]
    shown = [headline for code, headline in HEADLINES.items() if (estimable["headline"] == code).any()]
    if not shown:
        return None
    labels = runs[["group", "label"]].drop_duplicates(ignore_index=True)
    marked = mark_differences(runs)
    with journal_style():
        figure = _draw(marked, labels, shown)
    return Drawing(
        figure=figure,
        plotted={headline.name: _plotted(marked[marked["headline"] == headline.code], headline) for headline in shown},
        alt_text=_describe(marked, labels, shown),
        legend=_explain(marked, labels, shown),
    )


def mark_differences(runs: pd.DataFrame) -> pd.DataFrame:
    """Tell which results differ from those of the first run, in the estimate, a limit or the number of patients.

    Returns
    -------
    DataFrame, rows as given
        With ``is_other``.
    """
    compared = ["estimate", "ci_low", "ci_high", "n_events", "n_patients"]
    first = runs.drop_duplicates("headline").set_index("headline")[compared].astype("float64")
    own = runs[compared].astype("float64").to_numpy()
    built = first.loc[runs["headline"]].to_numpy()
    return runs.assign(is_other=~np.isclose(own, built, rtol=1e-9, atol=0, equal_nan=True).all(axis=1))


def table_sensitivity(runs: pd.DataFrame) -> DisplayTable:
    """Make the table of the headline results, a row per run; results that differ from those as built have a mark."""
    marked = mark_differences(runs)
    rows, group = [], None
    for (own_group, label), own in marked.groupby(["group", "label"], sort=False):
        if own_group != group:
            rows.append(Row(own_group, kind="section"))
            group = own_group
        cells = own.set_index("headline").loc[list(HEADLINES)]
        rows.append(Row(label, tuple(_cell(row) for row in cells.itertuples())))
    names = [f"{headline.name} ({headline.unit})" for headline in HEADLINES.values()]
    return DisplayTable(
        ("Definition", *names),
        tuple(rows),
        (
            "Each row changes one definition; * marks what differs from the row as built. In brackets: range of "
            "follow-up, otherwise 95% interval. NR, not reached; NE, not estimable.",
        ),
    )


def _cell(row) -> str:
    headline = HEADLINES[row.Index]
    mark = "*" if row.is_other else ""
    if pd.isna(row.estimate):
        return (NOT_REACHED if headline.kind == MEDIAN and row.n_patients else fmt.NOT_ESTIMABLE) + mark
    scale, decimals = (100, 0) if headline.kind == PROPORTION else (1, 0 if headline.kind == MEDIAN else 1)
    low, high = (
        NOT_REACHED if pd.isna(limit) else fmt.number(scale * limit, decimals) for limit in (row.ci_low, row.ci_high)
    )
    count = _count(row, headline)
    lead = f"{count}; " if count else ""
    return f"{lead}{fmt.number(scale * row.estimate, decimals)} ({low} to {high}){mark}"


def _count(row, headline: Headline) -> str:
    n_patients = int(row.n_patients)
    if headline.kind == RANGE:
        return str(n_patients)
    n_events = int(row.n_events)
    return f"{n_events}/{n_patients}" if headline.kind in (PROPORTION, MEDIAN) else str(n_events)


def _draw(runs: pd.DataFrame, labels: pd.DataFrame, shown: list[Headline]) -> Figure:
    gaps = (labels["group"] != labels["group"].shift()).cumsum() - 1
    free = MAX_HEIGHT_MM - HEAD_MM - FOOT_MM - NOTE_STRIP_MM - GROUP_GAP_MM * float(gaps.max())
    row_mm = min(ROW_MM, free / len(labels))
    places = (labels.index + 0.5) * row_mm + gaps * GROUP_GAP_MM
    height = len(labels) * row_mm + float(gaps.max()) * GROUP_GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=HEAD_MM + height + FOOT_MM + NOTE_STRIP_MM)
    groups_mm = max(map(text_width_mm, labels["group"])) + 2.0
    left = EDGE_MM + groups_mm + max(map(text_width_mm, labels["label"])) + 3.0
    for group, label, place, is_new in zip(
        labels["group"], labels["label"], places, labels["group"] != labels["group"].shift(), strict=True
    ):
        if is_new:
            add_text(figure, group, left=EDGE_MM, top=HEAD_MM + place, va="center_baseline")
        add_text(figure, label, left=EDGE_MM + groups_mm, top=HEAD_MM + place, va="center_baseline")
    counts_mm = {headline.code: _counts_mm(runs[runs["headline"] == headline.code], headline) for headline in shown}
    room = DOUBLE_COLUMN_MM - EDGE_MM - 1.0 - left - math.fsum(counts_mm.values()) - BETWEEN_MM * (len(shown) - 1)
    width = min(room / len(shown), WIDEST_MM)
    for number, headline in enumerate(shown):
        axes = add_panel(figure, left=left, top=HEAD_MM, width=width, height=height)
        # The letters stand above the names of the panels.
        add_text(figure, "abcdefghij"[number], left=left, top=0.4, va="top", fontsize=LABEL_PT, fontweight="bold")
        own = runs[runs["headline"] == headline.code].assign(place=places.to_numpy())
        _draw_panel(axes, own, headline, height=height, counts=counts_mm[headline.code] / width)
        left += width + counts_mm[headline.code] + BETWEEN_MM
    return figure


def _counts_mm(own: pd.DataFrame, headline: Headline) -> float:
    return max(text_width_mm(_count(row, headline), size_pt=SMALL_PT) for row in own.itertuples()) + 1.6


def _draw_panel(axes: Axes, own: pd.DataFrame, headline: Headline, *, height: float, counts: float) -> None:
    scale = 100 if headline.kind == PROPORTION else 1
    drawn = own.assign(**{name: scale * own[name] for name in ("estimate", "ci_low", "ci_high")})
    low, high, ticks = _choose_ends(drawn, headline)
    axes.set(xlim=(low, high), ylim=(height, 0))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(ticks, [fmt.number(tick) if tick == int(tick) else fmt.significant(tick) for tick in ticks])
    built = drawn["estimate"].iloc[0]
    if pd.notna(built):
        axes.axvline(built, color=LINE_GREY, linewidth=0.4, linestyle=(0, (4, 2)), zorder=1)
    for row in drawn.itertuples():
        colour = OTHER if row.is_other else SAME
        is_first = row.Index == drawn.index[0]
        if pd.notna(row.estimate):
            _draw_interval(axes, row, colour=OTHER if is_first else colour, low=low, high=high)
            axes.plot(
                row.estimate, row.place, marker="D" if is_first else "o", markersize=2.8,
                color=OTHER if is_first else colour, zorder=4, clip_on=False,
            )  # fmt: skip
        else:
            words = NOT_REACHED if headline.kind == MEDIAN and row.n_patients else fmt.NOT_ESTIMABLE
            axes.text((low + high) / 2, row.place, words, ha="center", va="center_baseline", fontsize=SMALL_PT)
        axes.text(
            1 + counts, row.place, _count(row, headline), transform=axes.get_yaxis_transform(), ha="right",
            va="center_baseline", fontsize=SMALL_PT, color=OTHER, clip_on=False,
        )  # fmt: skip
    axes.set_xlabel(_break(headline.unit, axes))
    axes.text(
        0.5, 1 + 1.2 / height, _break(headline.name, axes), transform=axes.transAxes, ha="center", va="bottom",
        clip_on=False,
    )  # fmt: skip


def _draw_interval(axes: Axes, row, *, colour: str, low: float, high: float) -> None:
    ends = [low if pd.isna(row.ci_low) else row.ci_low, high if pd.isna(row.ci_high) else row.ci_high]
    if pd.isna(row.ci_low) and pd.isna(row.ci_high):
        return
    axes.plot(ends, [row.place, row.place], color=colour, linewidth=0.75, zorder=3, solid_capstyle="butt")
    if pd.isna(row.ci_high):
        axes.plot(high, row.place, marker=">", markersize=2.2, color=colour, zorder=3, clip_on=False)


def _choose_ends(drawn: pd.DataFrame, headline: Headline) -> tuple[float, float, list[float]]:
    if headline.kind == PROPORTION:
        return 0.0, 100.0, [0, 50, 100]
    highest = float(drawn[["estimate", "ci_low", "ci_high"]].max(axis=None, skipna=True))
    if math.isnan(highest) or highest <= 0:
        return 0.0, 1.0, [0, 1]
    power = 10 ** magnitude(highest)
    top = next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= highest)
    # Room beyond the last tick for an interval without an upper limit.
    has_open = headline.kind == MEDIAN and drawn["ci_high"].isna().any()
    return 0.0, top * (1.15 if has_open else 1.0), [0, top / 2, top]


def _break(words: str, axes: Axes) -> str:
    """Set words in lines no wider than a panel with its counts."""
    width = axes.get_position().width * DOUBLE_COLUMN_MM + COUNT_MM
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width_mm(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _describe(runs: pd.DataFrame, labels: pd.DataFrame, shown: list[Headline]) -> str:
    parts = [f"Estimates with intervals for {fmt.count_of(len(labels), 'set')} of definitions, one line each."]
    for headline in shown:
        own = runs[runs["headline"] == headline.code]
        scale = 100 if headline.kind == PROPORTION else 1
        known = scale * own["estimate"].dropna()
        built = own["estimate"].iloc[0]
        word = NOT_REACHED if pd.isna(built) else fmt.significant(scale * float(built))
        span = f", over all {fmt.significant(float(known.min()))} to {fmt.significant(float(known.max()))}"
        n_other = int(own["is_other"].sum())
        parts.append(
            f"{headline.name} ({headline.unit}): as built {word}{span if len(known) else ''}; "
            f"{fmt.count_of(n_other, 'definition')} with another result."
        )
    return " ".join(parts)


def _explain(runs: pd.DataFrame, labels: pd.DataFrame, shown: list[Headline]) -> str:
    letters = "; ".join(
        f"{letter}, {lead_out(headline.name)}" for letter, headline in zip("abcdefghij", shown, strict=False)
    )
    n = int(runs["n_patients"].max())
    return (
        f"n = {fmt.count_of(n, 'patient')}, {fmt.count_of(len(labels), 'set')} of definitions; each line changes one "
        f"definition. {letters}. Diamond and dashed line, as built; black, another result than as built; grey, the "
        "same. Lines, 95% intervals (Clopper-Pearson for proportions, log-log for the median of B cell return, Garwood "
        "for rates, unless the definition says otherwise); for follow-up, the range. Numbers beside the lines: "
        "patients with the event and patients assessed; for follow-up, patients; for infections, events. Arrow, no "
        "upper limit; NR, not reached; NE, not estimable."
    )


def _plotted(own: pd.DataFrame, headline: Headline) -> pd.DataFrame:
    unit = "proportion" if headline.kind == PROPORTION else headline.unit
    return pd.DataFrame(
        {
            "definition": own["group"],
            "choice": own["label"],
            f"estimate ({unit})": own["estimate"],
            f"lower limit ({unit})": own["ci_low"],
            f"upper limit ({unit})": own["ci_high"],
            "events (n)": own["n_events"],
            "patients (n)": own["n_patients"],
            "method": own["method"],
            "differs from as built": own["is_other"].map({True: "yes", False: "no"}).astype("str"),
        }
    ).reset_index(drop=True)
