"""Extended data: outcomes of this series beside those of published ones, with exact intervals, and no comparison."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import DISEASE_NAMES
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.style import (
    DISEASE_COLOURS,
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    add_panel,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing
from caseseries.exhibits.outcomes.published_series import SECTIONS, summarize_series
from caseseries.exhibits.proportions import METHOD_NAMES

ALL_COLOUR = "#333333"
COLOURS = DISEASE_COLOURS | {"IIM": DISEASE_COLOURS["JDM"], "all": ALL_COLOUR}
DISEASE_WORDS = {"all": "all diseases"}
IIM = "idiopathic inflammatory myopathy"
OWN_IS_DRAWN = (
    "This series is synthetic: a simulator drew it to meet totals of Becilli 2026, and it is not independent of them."
)
CERTAINTY_WORDS = {
    "press": "read in a statement to the press",
    "secondary": "read on a page about the paper",
    "memory": "from memory, not yet found in print",
}

ROW_MM, HEAD_MM, AXIS_MM, MARGIN_MM, GAP_MM = 3.7, 4.5, 7.5, 0.5, 2.5
TALLEST_MM = 166.0
SHARE_MM, CI_MM = 11.0, 17.0


def plot_published(
    published: pd.DataFrame,
    visit_outcomes: pd.DataFrame,
    *,
    is_synthetic: bool,
    visits: Sequence[str] = ("M3", "M6"),
    method: str = "clopper-pearson",
) -> Drawing:
    """Plot the outcomes of published series and of this one as proportions with exact intervals.

    Parameters
    ----------
    published, visit_outcomes, is_synthetic, visits, method
        As for ``summarize_series``.

    Returns
    -------
    Drawing
        A row per series, disease, outcome and time. The legend names the sources, the series without a count, and says
        that definitions differ and that nothing is tested. ``plotted`` has the panel ``published``.
    """
    rows = summarize_series(published, visit_outcomes, visits=visits, is_synthetic=is_synthetic, method=method)
    with journal_style():
        figure = _draw(rows)
    n_own = int(rows["is_own"].sum())
    low, high = fmt.number(100 * rows["estimate"].min()), fmt.number(100 * rows["estimate"].max())
    n_series = rows.loc[~rows["is_own"], "series"].nunique()
    own_words = "drawn by a simulator" if is_synthetic else "of this data set"
    return Drawing(
        figure=figure,
        plotted={"published": _plotted(rows)},
        alt_text=f"Forest plot of {fmt.count_of(len(rows), 'proportion')} of patients with 95% intervals: "
        f"{len(rows) - n_own} from {n_series} published series, {n_own} {own_words}; "
        f"proportions from {low}% to {high}%.",
        legend=_legend(rows, published, method=method, is_synthetic=is_synthetic),
    )


def _legend(rows: pd.DataFrame, published: pd.DataFrame, *, method: str, is_synthetic: bool) -> str:
    shown = rows[~rows["is_own"]]
    sources = list(dict.fromkeys(shown["source"]))
    unsure = [
        f"Counts {CERTAINTY_WORDS[certainty]}: "
        + ", ".join(f"{row.series} ({DISEASE_WORDS.get(row.disease, row.disease)})" for row in own.itertuples())
        for certainty, own in shown[shown["certainty"].isin(CERTAINTY_WORDS)].groupby("certainty", sort=False)
    ]
    without = published[published["n_events"].isna()]
    uncounted = [
        f"{series} ({', '.join(own['n_patients'].astype('str') + ' ' + own['disease'])}; {own['source'].iloc[0]})"
        for series, own in without.groupby("series")
    ]
    used = set(rows["disease"]) | set(without["disease"])
    sentences = (
        f"n/N, patients with the outcome / patients assessed; lines, {METHOD_NAMES[method]} 95% confidence intervals; "
        "diamonds, this series.",
        OWN_IS_DRAWN if is_synthetic else "",
        "Definitions, patients, products and times of assessment differ between series; no comparison was tested.",
        f"Not drawn, because the number of patients with the outcome was not available: {'; '.join(uncounted)}."
        if uncounted
        else "",
        f"{'. '.join(unsure)}." if unsure else "",
        "; ".join(f"{code}, {name}" for code, name in (DISEASE_NAMES | {"IIM": IIM}).items() if code in used) + ".",
        f"Sources: {'; '.join(sources)}." if sources else "",
    )
    return " ".join(filter(None, sentences))


def _draw(rows: pd.DataFrame):
    sections = [name for name in SECTIONS if (rows["kind"] == name).any()]
    n_lines = len(rows) + len(sections)
    own_name = rows.loc[rows["is_own"], "series"]
    entries = [
        Key("Published series", ALL_COLOUR, "o", edge=ALL_COLOUR, size_pt=3.4),
        Key("".join(own_name[:1]), "white", "D", edge=ALL_COLOUR, edge_pt=0.75, size_pt=3.4),
    ]
    entries = [entry for entry, has in zip(entries, (~rows["is_own"], rows["is_own"]), strict=True) if has.any()]
    keys = place_keys([entries], width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    row_mm = min(ROW_MM, (TALLEST_MM - HEAD_MM - AXIS_MM - keys_height(keys) - NOTE_STRIP_MM) / n_lines)
    high = row_mm * n_lines
    figure = new_figure(
        width_mm=DOUBLE_COLUMN_MM, height_mm=HEAD_MM + high + AXIS_MM + keys_height(keys) + NOTE_STRIP_MM + 1
    )
    texts = {
        "Series": rows["series"],
        "Disease": rows["disease"].replace(DISEASE_WORDS),
        "Outcome": rows["outcome"],
        "Assessed at": rows["time"],
    }
    lefts, left = {}, MARGIN_MM
    for head, column in texts.items():
        lefts[head] = left
        left += max(text_width_mm(head, bold=True), *(text_width_mm(text) for text in column)) + GAP_MM
    width = DOUBLE_COLUMN_MM - left - GAP_MM - SHARE_MM - CI_MM - MARGIN_MM
    axes = add_panel(figure, left=left, top=HEAD_MM, width=width, height=high)
    lefts["n/N"] = left + width + GAP_MM
    lefts["95% CI, %"] = lefts["n/N"] + SHARE_MM

    def at(head: str) -> float:
        return (lefts[head] - left) / width

    def write(line: float, head: str, text: str, **options) -> None:
        axes.text(
            at(head), line, text, transform=axes.get_yaxis_transform(), va="center_baseline", clip_on=False, **options
        )

    for head in lefts:
        write(-0.65, head, head, fontweight="bold")
    line = 0
    for section in sections:
        write(line + 0.5, "Series", SECTIONS[section], fontweight="bold")
        line += 1
        for row in rows[rows["kind"] == section].itertuples():
            for head, column in texts.items():
                write(line + 0.5, head, column.loc[row.Index])
            write(line + 0.5, "n/N", f"{row.n_events}/{row.n_patients}")
            write(line + 0.5, "95% CI, %", fmt.percent_ci(row.ci_low, row.ci_high))
            _draw_interval(axes, row, line + 0.5)
            line += 1
    axes.set(xlim=(0, 100), ylim=(n_lines, 0), xlabel="Patients with the outcome (%)")
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    draw_keys(figure, keys, left=MARGIN_MM, top=HEAD_MM + high + AXIS_MM, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    return figure


def _draw_interval(axes: Axes, row, line: float) -> None:
    colour = COLOURS[row.disease]
    axes.plot([100 * row.ci_low, 100 * row.ci_high], [line, line], color=colour, linewidth=0.75, clip_on=False)
    axes.plot(
        [100 * row.estimate], [line], marker="D" if row.is_own else "o", markersize=3.4, linestyle="none",
        markerfacecolor="white" if row.is_own else colour, markeredgecolor=colour, markeredgewidth=0.75, clip_on=False,
        zorder=3,
    )  # fmt: skip


def _plotted(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "section": rows["kind"].map(SECTIONS).astype("str"),
            "series": rows["series"],
            "disease": rows["disease"],
            "outcome": rows["outcome"],
            "assessed at": rows["time"],
            "with the outcome (patients)": rows["n_events"].astype("Int64"),
            "assessed (patients)": rows["n_patients"].astype("Int64"),
            "proportion (%)": 100 * rows["estimate"],
            "95% CI, lower (%)": 100 * rows["ci_low"],
            "95% CI, upper (%)": 100 * rows["ci_high"],
            "source": rows["source"],
        }
    )
