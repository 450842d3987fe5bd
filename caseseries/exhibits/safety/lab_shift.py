"""Extended data: CTCAE grade of each laboratory test at baseline against the worst one after it."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import Look, look_of
from caseseries.exhibits.drawing.keys import draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    POINTS_PER_MM,
    SMALL_PT,
    add_panel,
    add_text,
    journal_style,
    new_figure,
)
from caseseries.exhibits.model import Drawing

NAMES = {
    "HGB": "Anaemia",
    "WBC": "Leukocytes low",
    "ANC": "Neutrophils low",
    "LYM": "Lymphocytes low",
    "CD4": "CD4+ T cells low",
    "PLT": "Platelets low",
    "FIBRINOGEN": "Fibrinogen low",
    "ALT": "ALT high",
    "AST": "AST high",
    "GGT": "GGT high",
    "ALP": "ALP high",
    "BILI": "Bilirubin high",
    "CK": "Creatine kinase high",
    "CREAT": "Creatinine high",
    "ALB": "Albumin low",
    "SODIUM_LOW": "Sodium low",
    "SODIUM_HIGH": "Sodium high",
    "K_LOW": "Potassium low",
    "K_HIGH": "Potassium high",
}
"""Toxicities in the order of the page: blood, clotting, liver, muscle, kidney, salts."""

NOTHING = "No laboratory toxicity could be graded in any patient of this data set."
LEVELS = ("0", "1", "2", "3", "4")
UNKNOWN = "?"
MARGIN_MM, LEFT_MM, TITLE_MM, FOOT_MM, GAP_MM, KEYS_GAP_MM = 0.5, 7.0, 4.4, 3.6, 3.2, 1.5
PER_ROW = 5
MOST_CELL_MM = 6.0
TALLEST_MM = 152.0
MOST_MARKER_PT = 3.6
SAME, LINE = "#E9E9E9", "#B4B4B4"
DEEPEST = 0.75


def plot_lab_shift(patient_lab_shifts: pd.DataFrame, patients: pd.DataFrame) -> Drawing:
    """Plot the shift from the grade at baseline to the worst grade after it, a small table per toxicity.

    Parameters
    ----------
    patient_lab_shifts : DataFrame, one row per patient and toxicity
        As ``derive_lab_shifts`` gives it.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders and marks the patients.

    Returns
    -------
    Drawing
        Rows are grades at baseline, columns worst grades. A marker is a patient; where there are more patients than
        have a marker, a cell holds their number. ``plotted`` has the panel ``lab_shift``, one row per marker or cell.
        Without any graded toxicity the page says so.
    """
    look = look_of(patients)
    names = [name for name in NAMES if (patient_lab_shifts["toxicity"] == name).any()]
    shifts = patient_lab_shifts[patient_lab_shifts["toxicity"].isin(names)]
    shifts = shifts.assign(
        baseline=_level(shifts["baseline_grade"]),
        worst=_level(shifts["worst_grade"]),
        place=shifts["patient_id"].map({name: place for place, name in enumerate(look.order)}),
    ).sort_values("place", kind="stable")
    if not names:
        return _say_nothing()
    with journal_style():
        figure = _draw(shifts, names, look)
    n = shifts["patient_id"].nunique()
    shown = "a marker is a patient" if look.is_single else "numbers are patients, and darker cells hold more"
    same = "grey" if look.is_single else "framed"
    unknown = " ?, not known." if _has_unknown(shifts) else ""
    n_worse = (shifts["worst_grade"] > shifts["baseline_grade"]).fillna(False).groupby(shifts["toxicity"]).sum()
    worse = "; ".join(f"{NAMES[name]} {int(n_worse[name])}" for name in names if n_worse.get(name, 0))
    people = fmt.count_of(n, "patient")
    rows = "Rows, grade at baseline; columns, worst grade after it (CTCAE 5.0, laboratory limits only)"
    return Drawing(
        figure=figure,
        plotted={"lab_shift": _plotted(shifts, names, is_single=look.is_single)},
        alt_text=f"{fmt.count_of(len(names), 'small table')} of grades from 0 to 4, one per laboratory toxicity: "
        f"{people}. Patients whose worst grade is above that at baseline: {worse or 'none'}.",
        legend=f"n = {people}, fewer where a test was not done; {shown}. {rows}; {same}, no change.{unknown}",
    )


def _say_nothing() -> Drawing:
    with journal_style():
        figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=TITLE_MM + FOOT_MM + NOTE_STRIP_MM)
        add_text(figure, NOTHING, left=MARGIN_MM, top=TITLE_MM / 2, va="top")
    return Drawing(
        figure=figure, plotted={"none": pd.DataFrame(columns=["patient_id"])}, alt_text=NOTHING, legend=NOTHING
    )


def _level(grades: pd.Series) -> pd.Series:
    return grades.astype("Int64").astype("str").fillna(UNKNOWN)


def _has_unknown(shifts: pd.DataFrame) -> bool:
    return bool(((shifts["baseline"] == UNKNOWN) | (shifts["worst"] == UNKNOWN)).any())


def _draw(shifts: pd.DataFrame, names: list[str], look: Look):
    levels = [*LEVELS, UNKNOWN] if _has_unknown(shifts) else list(LEVELS)
    n_rows = math.ceil(len(names) / PER_ROW)
    room = (DOUBLE_COLUMN_MM - 2 * MARGIN_MM - LEFT_MM) / PER_ROW - GAP_MM
    keys = place_keys([look.key_entries()], width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM) if look.is_single else []
    below = (KEYS_GAP_MM + keys_height(keys) if keys else 0) + NOTE_STRIP_MM + FOOT_MM
    high = (TALLEST_MM - below) / n_rows - TITLE_MM - GAP_MM
    cell = min(MOST_CELL_MM, room / len(levels), high / len(levels))
    side = cell * len(levels)
    step = TITLE_MM + side + GAP_MM
    height = n_rows * step + below
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=height)
    for number, name in enumerate(names):
        row, column = divmod(number, PER_ROW)
        left, top = MARGIN_MM + LEFT_MM + column * (room + GAP_MM), row * step + TITLE_MM
        axes = add_panel(figure, left=left, top=top, width=side, height=side)
        own = shifts[shifts["toxicity"] == name]
        _draw_table(axes, own, levels, look, cell_mm=cell)
        axes.set_title(f"{NAMES[name]} (n = {len(own)})", loc="left", pad=2, clip_on=False)
        axes.set_ylabel("Baseline grade" if column == 0 else "")
        is_lowest = number + PER_ROW >= len(names)
        axes.set_xlabel("Worst grade" if is_lowest else "")
    if keys:
        top = n_rows * step + FOOT_MM + KEYS_GAP_MM
        draw_keys(figure, keys, left=MARGIN_MM, top=top, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    return figure


def _draw_table(axes: Axes, own: pd.DataFrame, levels: list[str], look: Look, *, cell_mm: float) -> None:
    n = len(levels)
    axes.set(xlim=(0, n), ylim=(n, 0))
    same = [(place, place) for place, level in enumerate(levels) if level != UNKNOWN]
    cells = {
        (levels.index(worst), levels.index(baseline)): list(part["patient_id"])
        for (baseline, worst), part in own.groupby(["baseline", "worst"])
    }
    shades = dict.fromkeys(same, SAME if look.is_single else "white")
    if not look.is_single:
        most = max(map(len, cells.values()))
        shades |= {spot: str(1 - DEEPEST * len(names) / most) for spot, names in cells.items()}
    spots = [(column, row) for row in range(n) for column in range(n)]
    _draw_boxes(axes, spots, [shades.get(spot, "white") for spot in spots], edge=LINE, width_pt=0.25)
    if not look.is_single:
        _draw_boxes(axes, same, ["none"] * len(same), edge="black", width_pt=0.6)
    for (column, row), names in cells.items():
        if look.is_single:
            _draw_markers(axes, names, look, row=row, column=column, cell_mm=cell_mm)
        else:
            axes.text(
                column + 0.5, row + 0.5, f"{len(names)}", ha="center", va="center_baseline", fontsize=SMALL_PT,
                color="white" if len(names) / most > 0.6 else "black",
            )  # fmt: skip
    axes.set_xticks([place + 0.5 for place in range(n)], levels, fontsize=SMALL_PT)
    axes.set_yticks([place + 0.5 for place in range(n)], levels, fontsize=SMALL_PT)
    axes.tick_params(length=0, pad=1)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_boxes(axes: Axes, spots: list[tuple], faces: list[str], *, edge: str, width_pt: float) -> None:
    boxes = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for x, y in spots]
    drawn = PolyCollection(boxes, facecolors=faces, edgecolors=edge, linewidths=width_pt, zorder=1, clip_on=False)
    axes.add_collection(drawn, autolim=False)


def _draw_markers(axes: Axes, names: list[str], look: Look, *, row: int, column: int, cell_mm: float) -> None:
    """Set the markers of one cell on a grid just fine enough for all of them."""
    per_line = math.ceil(math.sqrt(len(names)))
    n_lines = math.ceil(len(names) / per_line)
    size = min(MOST_MARKER_PT, 0.62 * cell_mm * POINTS_PER_MM / max(per_line, 2))
    for number, name in enumerate(names):
        line, place = divmod(number, per_line)
        style = look.styles[name]
        axes.plot(
            [column + (place + 0.5) / per_line], [row + (line + 0.5) / n_lines], marker=style.marker, markersize=size,
            markerfacecolor=style.colour, markeredgecolor="white", markeredgewidth=0.2, linestyle="none", zorder=3,
        )  # fmt: skip


def _plotted(shifts: pd.DataFrame, names: list[str], *, is_single: bool) -> pd.DataFrame:
    order = shifts["toxicity"].map({name: place for place, name in enumerate(names)})
    frame = shifts.assign(_order=order, toxicity=shifts["toxicity"].map(NAMES).astype("str"))
    columns = {
        "toxicity": "toxicity",
        "baseline_grade": "baseline (CTCAE grade)",
        "worst_grade": "worst after baseline (CTCAE grade)",
    }
    if is_single:
        frame = frame.sort_values(["_order", "place"], kind="stable").rename(columns=columns)
        return frame[["patient_id", *columns.values()]].reset_index(drop=True)
    keys = ["_order", "toxicity", "baseline_grade", "worst_grade"]
    counts = frame.groupby(keys, dropna=False).size().rename("patients (n)").reset_index()
    return counts.drop(columns="_order").rename(columns=columns)
