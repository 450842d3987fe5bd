"""Extended Data Fig. 6: function of kidney, lung, muscle and skin at baseline and at the last visit."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caseseries.estimate import PairedChange
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import lead_out
from caseseries.exhibits.drawing.courses import Look, look_of
from caseseries.exhibits.drawing.keys import draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.paired import draw_pairs
from caseseries.exhibits.drawing.panels import LINE_GREY, set_scale
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    add_text,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing
from caseseries.exhibits.outcomes.organ_pairs import OrganPanel, pair_organs

N_COLUMNS = 4
COLUMN_MM, WIDTH_MM, LEFT_MM, EDGE_MM = 45.6, 29.0, 12.0, 0.5
TOP_MM, HEIGHT_MM, TICKS_MM, WORDS_MM, GAP_MM = 7.0, 32.0, 4.2, 5.0, 2.5


def plot_organs(patients: pd.DataFrame, scores: pd.DataFrame, results: pd.DataFrame) -> Drawing | None:
    """Plot the function of organs at baseline and at the last visit, a panel per measure.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        derived/patients.csv.
    scores : DataFrame, one row per patient, day and measure
        derived/scores.csv.
    results : DataFrame, one row per patient, test and day
        derived/results.csv; the creatine kinase is read.

    Returns
    -------
    Drawing or None
        ``plotted`` has a panel per measure; None where no patient has a measure of any organ at both times.
    """
    panels, look = pair_organs(patients, scores, results), look_of(patients)
    if not panels:
        return None
    shown = {patient_id for panel in panels for patient_id in panel.pairs["patient_id"]}
    with journal_style():
        figure = _draw(panels, look, shown)
    return Drawing(
        figure=figure,
        plotted={panel.measure.name: _plotted(panel) for panel in panels},
        alt_text=" ".join(["Values at baseline and at the last visit, joined by patient.", *map(_describe, panels)]),
        legend=_explain(panels, n=len(shown)),
    )


def _draw(panels: list[OrganPanel], look: Look, shown: set[str]) -> Figure:
    keys = place_keys([look.key_entries(list(shown))], width_mm=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    row_mm = TOP_MM + HEIGHT_MM + TICKS_MM + WORDS_MM + GAP_MM
    n_rows = -(-len(panels) // N_COLUMNS)
    below = n_rows * row_mm
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM + 1)
    for number, panel in enumerate(panels):
        row, column = divmod(number, N_COLUMNS)
        left, top = COLUMN_MM * column + LEFT_MM, row * row_mm + TOP_MM
        axes = add_panel(
            figure, left=left, top=top, width=WIDTH_MM, height=HEIGHT_MM, letter="abcdefghij"[number],
            letter_left=COLUMN_MM * column + EDGE_MM,
        )  # fmt: skip
        add_text(figure, panel.organ, left=left, top=top - 1.0, va="bottom")
        _draw_panel(axes, panel, look)
        words = change_words(panel.change, unit="").replace("; ", "\n", 1)
        if words:
            add_text(
                figure, f"Change {words}", left=left + WIDTH_MM / 2, top=top + HEIGHT_MM + TICKS_MM, ha="center",
                va="top", fontsize=SMALL_PT,
            )  # fmt: skip
    draw_keys(figure, keys, left=EDGE_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    return figure


def _draw_panel(axes: Axes, panel: OrganPanel, look: Look) -> None:
    pairs = panel.pairs
    drawn = pairs.assign(
        before=pairs["before"].where(~pairs["is_before_below"], pairs["before"] / 2),
        after=pairs["after"].where(~pairs["is_after_below"], pairs["after"] / 2),
    )
    for line in panel.measure.lines:
        axes.axhline(line.value, color=LINE_GREY, linewidth=0.4, linestyle=(0, (4, 2)), zorder=1)
        axes.annotate(
            line.words, (1, line.value), (1.5, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="left", va="center", fontsize=SMALL_PT, color=LINE_GREY, annotation_clip=True, clip_on=False,
        )  # fmt: skip
    draw_pairs(axes, drawn, look, words=("Baseline", "Last visit"))
    set_scale(axes, panel.measure, pd.concat([drawn["before"], drawn["after"]]))
    if text_width_mm(panel.measure.label) > HEIGHT_MM:
        axes.set_ylabel(panel.measure.label.replace(" (", "\n(", 1))


def change_words(change: PairedChange, *, unit: str) -> str:
    """Write the change and its test: −3.1 points (−6 to 2; 96.1% CI); P = 0.20. Empty where neither can be had."""
    if change.ci_low is None:
        return ""
    estimate, low, high = (fmt.significant(value) for value in (change.estimate, change.ci_low, change.ci_high))
    level = fmt.number(100 * change.level, 1)
    interval = f"{estimate}{unit and ' '}{unit} ({low} to {high}, {level}% CI)"
    if change.p_value is None:
        return interval
    p = fmt.p_value(change.p_value)
    return f"{interval}; P {p if p.startswith('<') else f'= {p}'}"


def _describe(panel: OrganPanel) -> str:
    n = len(panel.pairs)
    before, after = (fmt.significant(float(panel.pairs[name].median())) for name in ("before", "after"))
    words = change_words(panel.change, unit="")
    tail = f", change {words}" if words else ""
    what = "value" if n == 1 else "median"
    people = fmt.count_of(n, "patient")
    return f"{panel.organ}, {lead_out(panel.measure.name)}: {people}, {what} {before} and {after}{tail}."


def _explain(panels: list[OrganPanel], *, n: int) -> str:
    measures = [
        f"{letter}, {lead_out(panel.measure.name)}" for letter, panel in zip("abcdefghij", panels, strict=False)
    ]
    absent = [organ.lower() for organ in ("Kidney", "Lung", "Muscle", "Skin") if organ not in {p.organ for p in panels}]
    parts = [
        f"n = {fmt.count_of(n, 'patient')} with a value at baseline, before treatment began, and at a later visit; n "
        f"of each panel above it. {'; '.join(measures)}. Dashed lines, limits in use."
    ]
    tested = [panel for panel in panels if panel.change.ci_low is not None]
    if tested:
        parts.append(
            "Change from baseline where there are six or more pairs: Hodges-Lehmann estimate with exact interval at "
            "the level it achieves; P, exact Wilcoxon signed-rank test, two-sided, not adjusted."
        )
    else:
        parts.append("No measure has the six pairs that an exact test needs; none is tested.")
    if any((panel.pairs["is_before_below"] | panel.pairs["is_after_below"]).any() for panel in panels):
        parts.append("Open markers, below the limit of quantification, at half of it.")
    if absent:
        parts.append(f"No pair of values for {fmt.listing(absent)}.")
    return " ".join(parts)


def _plotted(panel: OrganPanel) -> pd.DataFrame:
    unit = fmt.unit(panel.measure.unit)
    pairs, change = panel.pairs, panel.change
    return pd.DataFrame(
        {
            "organ": panel.organ,
            "measure": panel.measure.name,
            "patient_id": pairs["patient_id"],
            f"baseline ({unit})": pairs["before"],
            f"last visit ({unit})": pairs["after"],
            "last visit (days)": pairs["after_day"],
            f"change, Hodges-Lehmann ({unit})": change.estimate,
            f"lower limit ({unit})": change.ci_low,
            f"upper limit ({unit})": change.ci_high,
            "level (proportion)": change.level,
            "P": change.p_value,
        }
    )
