"""Extended data: the calendar of long-term follow-up, what was done, missed and is due, and what was examined."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import order_of_patients
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    POINTS_PER_MM,
    SMALL_PT,
    add_panel,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing

STATUS = {
    "done": ("Done", "#3C6E97"),
    "missed": ("Missed", "#E69F00"),
    "due": ("Due, window open", "#FFFFFF"),
    "not due": ("Not due yet", "#E4E4E4"),
    "after death": ("After death", "#FFFFFF"),
}
"""Words and colour of each status; those that are white have a mark or no frame, and missed visits a cross."""

MARKS = {"missed": "x", "due": "."}
SIGNS = {"missed": " (×)", "due": " (•)"}
EXAMINED = {
    "has_rcl_test": "Replication-competent virus tested",
    "has_vector_test": "Vector or CAR T cells measured",
    "has_growth": "Height and weight",
    "has_vaccine_titre": "Vaccine titre",
    "has_new_malignancy": "New malignancy recorded",
}
MOST_ROWS = 55
"""More patients than this are counted, not shown one by one."""

ROW_MM, MOST_CELL_MM, BARS_MM, TALLEST_ROWS_MM = 3.6, 12.0, 42.0, 100.0
MARGIN_MM, HEAD_MM, GAP_MM, COUNT_MM = 0.5, 8.0, 6.0, 13.0
BARS_LEFT_MM = 9.0
DEVIATION_FROM_MM = 3.0
"""Rows lower than this hold no number of days."""


def plot_calendar(calendar: pd.DataFrame, patients: pd.DataFrame) -> Drawing:
    """Plot the planned visits of long-term follow-up by status, and what was examined at them.

    Parameters
    ----------
    calendar : DataFrame, one row per patient and planned visit
        As ``derive_calendar`` gives it, with the columns of ``derive_calendar_contents``.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders the rows, and ``death_day`` ends the plan of a patient.

    Returns
    -------
    Drawing
        Panel ``a``: a cell per patient and visit, with the days from the target in the done ones, or a stacked bar per
        visit beyond ``MOST_ROWS`` patients. Panel ``b``: numbers of expected visits that were done, and at which each
        examination is on record.
    """
    visits = calendar.sort_values("target_day", kind="stable").drop_duplicates("visit")["visit"].tolist()
    death = calendar["patient_id"].map(patients.set_index("patient_id")["death_day"])
    is_after = ((calendar["status"] == "not due") & (calendar["first_day"] > death)).fillna(False).astype(bool)
    cells = calendar.assign(status=calendar["status"].mask(is_after, "after death"))
    order = order_of_patients(patients)
    counts = _count_examined(cells, visits)
    is_grid = len(order) <= MOST_ROWS
    with journal_style():
        figure = _draw(cells, order, visits, counts, is_grid=is_grid)
    told = cells["status"].value_counts()
    words = {name: text for name, (text, _) in STATUS.items()}
    totals = "; ".join(f"{words[name]}: {told[name]:,}" for name in STATUS if name in told)
    expected = cells[cells["is_expected"].fillna(False)]
    share = f"{int((expected['status'] == 'done').sum()):,} of {fmt.count_of(len(expected), 'expected visit')} done"
    people = fmt.count_of(len(order), "patient")
    span = f"{visits[0].removeprefix('M')} to {fmt.count_of(int(visits[-1].removeprefix('M')), 'month')}"
    shape = "grid, a row per patient" if is_grid else "stacked bars of patients"
    shown = "Numbers in done visits are days from the target" if is_grid and _has_room(order) else ""
    return Drawing(
        figure=figure,
        plotted={
            "a": _plotted_cells(cells, order, visits, words) if is_grid else _plotted_bars(cells, visits, words),
            "b": counts,
        },
        alt_text=f"Calendar of follow-up at {span}, {shape} and a column per visit: {people}. {totals}; {share}.",
        legend=". ".join(
            filter(
                None,
                [
                    f"a, planned visits by status at last contact; n = {people}",
                    shown,
                    "No colour, after death" if is_after.any() else "",
                    "A visit is expected once it was done or its window is over: " + share,
                    "b, expected visits that were done, and at which the examination is on record "
                    "(recorded / expected); malignancies since the visit before",
                    "Growth as z scores, puberty and fertility: not assessable, the data hold none of what they need",
                ],
            )
        )
        + ".",
    )


def _visit_words(visit: str) -> str:
    months = int(visit.removeprefix("M"))
    return f"{months} mo" if months <= 24 or months % 12 else f"{months // 12} y"


def _has_room(order: list[str]) -> bool:
    return min(ROW_MM, TALLEST_ROWS_MM / len(order)) >= DEVIATION_FROM_MM


def _count_examined(cells: pd.DataFrame, visits: list[str]) -> pd.DataFrame:
    """Count per visit how often it was expected and done, and how often each examination is on record."""
    expected = cells[cells["is_expected"].fillna(False)]
    by_visit = expected.groupby("visit")
    frame = pd.DataFrame(
        {
            "visit": visits,
            "expected (patients)": by_visit.size().reindex(visits, fill_value=0).to_numpy(),
            "Visit done": expected[expected["status"] == "done"]
            .groupby("visit")
            .size()
            .reindex(visits, fill_value=0)
            .to_numpy(),
        }
    )
    for column, words in EXAMINED.items():
        if column in expected and expected[column].notna().any():
            frame[words] = by_visit[column].sum().reindex(visits, fill_value=0).astype(int).to_numpy()
    return frame


def _draw(cells: pd.DataFrame, order: list[str], visits: list[str], counts: pd.DataFrame, *, is_grid: bool):
    lines = [name for name in counts.columns if name not in ("visit", "expected (patients)")]
    labels = [*(order if is_grid else []), *lines]
    left = 2 * MARGIN_MM + max(text_width_mm(name) for name in labels) + 1.0
    cell = min(MOST_CELL_MM, (DOUBLE_COLUMN_MM - left - COUNT_MM - MARGIN_MM) / len(visits))
    row = min(ROW_MM, TALLEST_ROWS_MM / len(order)) if is_grid else 0
    high = row * len(order) if is_grid else BARS_MM
    present = [name for name in STATUS if (cells["status"] == name).any() and name != "after death"]
    entries = [Key(STATUS[name][0] + (SIGNS.get(name, "") if is_grid else ""), STATUS[name][1]) for name in present]
    keys = place_keys([entries], width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    second = HEAD_MM + high + GAP_MM
    below = second + ROW_MM * len(lines) + 2.0
    height = below + keys_height(keys) + NOTE_STRIP_MM + 1
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=height)
    width = cell * len(visits)
    axes = add_panel(figure, left=left, top=HEAD_MM, width=width, height=high, letter="a")
    if is_grid:
        _draw_grid(axes, cells, order, visits, row_mm=row, cell_mm=cell)
    else:
        _draw_bars(axes, cells, visits, n=len(order))
    for place, visit in enumerate(visits):
        axes.text(
            (place + 0.5) / len(visits), 1 + 0.8 / high, _visit_words(visit), transform=axes.transAxes,
            ha="center", va="bottom", clip_on=False,
        )  # fmt: skip
    axes.text(0, 1 + 3.6 / high, "Time from infusion", transform=axes.transAxes, ha="left", va="bottom", clip_on=False)
    lower = add_panel(figure, left=left, top=second, width=width, height=ROW_MM * len(lines), letter="b")
    _draw_counts(lower, counts, lines, visits, cell_mm=cell)
    draw_keys(figure, keys, left=MARGIN_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    return figure


def _draw_grid(
    axes: Axes, cells: pd.DataFrame, order: list[str], visits: list[str], *, row_mm: float, cell_mm: float
) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, len(visits)), ylim=(len(order), 0))
    places = {name: place for place, name in enumerate(visits)}
    lines = {name: line for line, name in enumerate(order)}
    for status, own in cells[cells["status"] != "after death"].groupby("status"):
        spots = [(places[row.visit], lines[row.patient_id]) for row in own.itertuples()]
        boxes = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for x, y in spots]
        edge = "#9A9A9A" if status == "due" else "white"
        frame = PolyCollection(boxes, facecolors=STATUS[status][1], edgecolors=edge, linewidths=0.6)
        axes.add_collection(frame, autolim=False)
        if status in MARKS:
            axes.plot(
                [x + 0.5 for x, _ in spots], [y + 0.5 for _, y in spots], linestyle="none", color="black",
                marker=MARKS[status], markersize=row_mm * 0.5 * POINTS_PER_MM, markeredgewidth=0.5,
            )  # fmt: skip
    size = SMALL_PT if row_mm < ROW_MM else None
    shared = {"va": "center_baseline", "clip_on": False}
    if row_mm >= DEVIATION_FROM_MM:
        for row in cells[cells["status"] == "done"].itertuples():
            axes.text(
                places[row.visit] + 0.5, lines[row.patient_id] + 0.5, _signed(row.deviation_days), ha="center",
                fontsize=SMALL_PT, color="white", **shared,
            )  # fmt: skip
    expected = cells[cells["is_expected"].fillna(False)]
    for name, line in lines.items():
        own = expected[expected["patient_id"] == name]
        axes.text(-0.8 / cell_mm, line + 0.5, name, ha="right", fontsize=size, **shared)
        share = f"{int((own['status'] == 'done').sum())}/{len(own)}"
        axes.text(len(visits) + 1.0 / cell_mm, line + 0.5, share, ha="left", fontsize=size, **shared)
    axes.text(len(visits) + 1.0 / cell_mm, -0.8 / row_mm, "Done/exp.", ha="left", va="bottom", clip_on=False)


def _signed(days: int) -> str:
    return "0" if days == 0 else ("+" if days > 0 else "") + fmt.number(float(days))


def _draw_bars(axes: Axes, cells: pd.DataFrame, visits: list[str], *, n: int) -> None:
    bottom = pd.Series(0, index=visits)
    for status, (_, colour) in STATUS.items():
        heights = cells[cells["status"] == status].groupby("visit").size().reindex(visits, fill_value=0)
        if status != "after death" and heights.any():
            axes.bar(
                [place + 0.5 for place in range(len(visits))], heights, bottom=bottom, color=colour,
                edgecolor="black", linewidth=0.25, width=0.8,
            )  # fmt: skip
            bottom += heights
    axes.set(xlim=(0, len(visits)), ylim=(0, n * 1.02), ylabel="Patients (n)")
    axes.set_xticks([])


def _draw_counts(axes: Axes, counts: pd.DataFrame, lines: list[str], visits: list[str], *, cell_mm: float) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, len(visits)), ylim=(len(lines), 0))
    expected = counts["expected (patients)"]
    for line, name in enumerate(lines):
        axes.text(-0.8 / cell_mm, line + 0.5, name, ha="right", va="center_baseline", clip_on=False)
        for place, (found, of) in enumerate(zip(counts[name], expected, strict=True)):
            text = f"{found}/{of}" if of else fmt.NOT_RECORDED
            axes.text(place + 0.5, line + 0.5, text, ha="center", va="center_baseline", fontsize=SMALL_PT)
    axes.axhline(0, color="black", linewidth=0.5, clip_on=False)


def _plotted_cells(cells: pd.DataFrame, order: list[str], visits: list[str], words: dict[str, str]) -> pd.DataFrame:
    row = cells["patient_id"].map({name: place for place, name in enumerate(order)})
    column = cells["visit"].map({name: place for place, name in enumerate(visits)})
    frame = cells.assign(_row=row, _column=column).sort_values(["_row", "_column"])
    return pd.DataFrame(
        {
            "patient_id": frame["patient_id"],
            "visit": frame["visit"],
            "target (days)": frame["target_day"],
            "actual (days)": frame["actual_day"],
            "from target (days)": frame["deviation_days"],
            "status": frame["status"].map(words).astype("str"),
        }
    ).reset_index(drop=True)


def _plotted_bars(cells: pd.DataFrame, visits: list[str], words: dict[str, str]) -> pd.DataFrame:
    counts = cells.groupby(["visit", "status"]).size()
    present = [name for name in STATUS if (cells["status"] == name).any()]
    rows = [
        {"visit": visit, "status": words[status], "patients (n)": int(counts.get((visit, status), 0))}
        for visit in visits
        for status in present
    ]
    return pd.DataFrame(rows)
