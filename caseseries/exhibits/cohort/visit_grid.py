"""Supplement S1 as a figure: which visits took place, by patient, or by number of patients where there are many."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from caseseries.exhibits import format as fmt
from caseseries.exhibits.cohort.data_quality import order_of_visits
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
    shorten,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing

STATUS = {
    "done": ("Done", "#3C6E97"),
    "missed": ("Missed", "#E69F00"),
    "no_record": ("Due, no record", "#FFFFFF"),
    "not_due": ("Not due at last contact", "#E4E4E4"),
}
SIGNS = {"missed": " (×)", "no_record": " (•)"}
"""Marks beside the colour, for those who do not see colours."""

MOST_ROWS = 55
"""More patients than this are counted, not shown one by one."""

ROW_MM, CELL_MM, BARS_MM, GAP_MM, MARGIN_MM, AXIS_MM = 3.4, 30.0, 45.0, 2.0, 0.5, 6.0
TALLEST_ROWS_MM = 125.0
NAME_MM = 30.0
"""Longest name of a visit that is drawn whole; the table of plotted numbers has them all whole."""


def plot_visits(visits: pd.DataFrame, patients: pd.DataFrame) -> Drawing:
    """Plot which planned visits were done, missed, without a record, or not yet due.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        As ``derive_visits`` gives it; unscheduled visits are left out.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders the rows.

    Returns
    -------
    Drawing
        A cell per patient and visit, or a stacked bar per visit beyond ``MOST_ROWS`` patients. ``plotted`` has the
        panel ``visits``, with one row per cell or per bar segment.
    """
    planned = visits[visits["status"].isin(STATUS)].drop_duplicates(["patient_id", "visit"])
    names = order_of_visits(visits)
    is_grid = len(patients) <= MOST_ROWS
    with journal_style():
        keys = place_keys([_keys(planned, is_grid=is_grid)], width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
        draw = _draw_grid if is_grid else _draw_bars
        figure, below = draw(planned, patients, names, keys_height(keys))
        draw_keys(figure, keys, left=MARGIN_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    counts = planned["status"].value_counts()
    told = "; ".join(f"{words}: {counts[name]:,}" for name, (words, _) in STATUS.items() if name in counts)
    people = fmt.count_of(len(patients), "patient")
    what = (
        "Grid of visits, a row per patient and a column per visit" if is_grid else "Stacked bars of visits, a bar each"
    )
    return Drawing(
        figure=figure,
        plotted={"visits": _plotted_cells(planned, patients, names) if is_grid else _plotted_bars(planned, names)},
        alt_text=f"{what}: {people}, {fmt.count_of(len(names), 'planned visit')}. Visits by status: {told}.",
        legend=f"n = {people}; planned visits by status at last contact.",
    )


def _keys(planned: pd.DataFrame, *, is_grid: bool) -> list[Key]:
    present = set(planned["status"])
    signs = SIGNS if is_grid else {}
    return [Key(words + signs.get(name, ""), colour) for name, (words, colour) in STATUS.items() if name in present]


def _name_heights(names: list[str], cell_mm: float) -> tuple[float, bool]:
    """Tell how much room the names of visits need, and whether they must be turned to fit."""
    widest = max(text_width_mm(shorten(name, NAME_MM)) for name in names)
    return (widest + 1.5, True) if widest > cell_mm - 1 else (3.5, False)


def _draw_grid(planned: pd.DataFrame, patients: pd.DataFrame, names: list[str], keys_mm: float):
    order = order_of_patients(patients)
    row_mm = min(ROW_MM, TALLEST_ROWS_MM / len(order))
    size = SMALL_PT if row_mm < ROW_MM else None
    left = 2 * MARGIN_MM + max(text_width_mm(name) for name in order) + 1.0
    cell_mm = min(CELL_MM, (DOUBLE_COLUMN_MM - left - MARGIN_MM) / len(names))
    head, is_turned = _name_heights(names, cell_mm)
    rows_mm = row_mm * len(order)
    below = head + rows_mm + GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_mm + NOTE_STRIP_MM + 1)
    axes = add_panel(figure, left=left, top=head, width=cell_mm * len(names), height=rows_mm)
    axes.set_axis_off()
    axes.set(xlim=(0, len(names)), ylim=(len(order), 0))
    places = {name: column for column, name in enumerate(names)}
    lines = {patient_id: row for row, patient_id in enumerate(order)}
    for status, own in planned.groupby("status"):
        spots = [(places[row.visit], lines[row.patient_id]) for row in own.itertuples()]
        boxes = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for x, y in spots]
        cells = PolyCollection(boxes, facecolors=STATUS[status][1], edgecolors="white", linewidths=0.6)
        axes.add_collection(cells, autolim=False)
        if status in SIGNS:
            axes.plot(
                [x + 0.5 for x, _ in spots], [y + 0.5 for _, y in spots], linestyle="none", color="black",
                marker="x" if status == "missed" else ".", markersize=row_mm * 0.5 * POINTS_PER_MM, markeredgewidth=0.5,
            )  # fmt: skip
    for patient_id, row in lines.items():
        axes.text(-0.8 / cell_mm, row + 0.5, patient_id, ha="right", va="center_baseline", fontsize=size, clip_on=False)
    _name_visits(axes, names, is_turned=is_turned, gap=0.6 / row_mm)
    return figure, below


def _name_visits(axes: Axes, names: list[str], *, is_turned: bool, gap: float) -> None:
    for column, name in enumerate(names):
        axes.text(
            column + 0.5, -gap, shorten(name, NAME_MM), ha="center", va="bottom",
            rotation=90 if is_turned else 0, clip_on=False,
        )  # fmt: skip


def _draw_bars(planned: pd.DataFrame, patients: pd.DataFrame, names: list[str], keys_mm: float):
    left, top = 9.0, 2.5
    cell_mm = (DOUBLE_COLUMN_MM - left - 2 * MARGIN_MM) / len(names)
    foot, is_turned = _name_heights(names, cell_mm)
    below = top + BARS_MM + foot + AXIS_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_mm + NOTE_STRIP_MM + 1)
    axes = add_panel(figure, left=left, top=top, width=cell_mm * len(names), height=BARS_MM)
    bottom = pd.Series(0, index=names)
    for status, (_, colour) in STATUS.items():
        heights = planned[planned["status"] == status].groupby("visit").size().reindex(names, fill_value=0)
        axes.bar(range(len(names)), heights, bottom=bottom, color=colour, edgecolor="black", linewidth=0.25, width=0.8)
        bottom += heights
    axes.set(xlim=(-0.6, len(names) - 0.4), ylim=(0, len(patients) * 1.02), ylabel="Patients (n)", xlabel="Visit")
    axes.set_xticks(range(len(names)), [shorten(name, NAME_MM) for name in names], rotation=90 if is_turned else 0)
    return figure, below


def _plotted_cells(planned: pd.DataFrame, patients: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    order = {patient_id: row for row, patient_id in enumerate(order_of_patients(patients))}
    place = {name: column for column, name in enumerate(names)}
    frame = planned.assign(_row=planned["patient_id"].map(order), _column=planned["visit"].map(place))
    frame = frame.sort_values(["_row", "_column"])
    return pd.DataFrame(
        {
            "patient_id": frame["patient_id"],
            "visit": frame["visit"],
            "planned (days)": frame["planned_day"],
            "actual (days)": frame["actual_day"],
            "status": frame["status"].map({name: words for name, (words, _) in STATUS.items()}).astype("str"),
        }
    ).reset_index(drop=True)


def _plotted_bars(planned: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    counts = planned.groupby(["visit", "status"]).size()
    rows = [
        {"visit": name, "status": words, "patients (n)": int(counts.get((name, status), 0))}
        for name in names
        for status, (words, _) in STATUS.items()
        if status in set(planned["status"])
    ]
    return pd.DataFrame(rows)
