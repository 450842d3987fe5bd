"""Heat map of autoantibodies: a row per patient, a column per antibody, two halves of a cell for before and last."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.antibody_pairs import BEFORE, LAST
from caseseries.exhibits.drawing.courses import MARKER_PT, Look
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.panels import LINE_GREY
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    new_figure,
    shorten,
    text_width_mm,
)

NEGATIVE, OPEN = "#E4EBF1", "#D6D6D6"
CLASSES = ((3, "1–3×", "#FBD7AE"), (10, "3–10×", "#EC8A47"), (float("inf"), ">10×", "#8F2D04"))
"""Upper end, words and fill of the classes of positive values, in multiples of the upper limit."""

MARGIN_MM, BLOCK_GAP_MM, KEYS_GAP_MM = 0.5, 1.6, 2.0
WIDEST_CELL_MM, HIGHEST_ROW_MM, TALLEST_MM, DISEASE_MM = 15.0, 4.4, 112.0, 25.0
LEAST_HALF_MM, LEAST_ROW_MM = 4.2, 2.2
"""A smaller half of a cell cannot hold its number."""


@dataclass(frozen=True)
class Place:
    """Top of each patient's row in millimetres, the height of rows, and the middle of each block of one disease."""

    tops: dict[str, float]
    row_mm: float
    blocks: tuple[tuple[str, float], ...]
    height_mm: float


def draw_map(pairs: pd.DataFrame, look: Look) -> Figure:
    """Draw the heat map of the patients who have a value.

    Parameters
    ----------
    pairs : DataFrame
        As ``pair_values`` gives it.
    look
        Order, diseases and markers of the cohort.
    """
    ids = [name for name in look.order if name in set(pairs["patient_id"])]
    names = list(dict.fromkeys(pairs["antibody"]))
    place = _place_rows(ids, look)
    head = max(text_width_mm(name) for name in names) + 1.5
    block_mm = max(text_width_mm(name) for name, _ in place.blocks) + 1.5
    name_mm = max(text_width_mm(name, size_pt=SMALL_PT) for name in ids) + (3.2 if look.is_single else 1.0)
    left = MARGIN_MM + block_mm + name_mm + 1.0
    cell_mm = min(WIDEST_CELL_MM, (DOUBLE_COLUMN_MM - left - MARGIN_MM) / len(names))
    keys = place_keys(_keys(pairs), width_mm=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    below = head + place.height_mm + KEYS_GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM + 1)
    axes = add_panel(figure, left=left, top=head, width=cell_mm * len(names), height=place.height_mm)
    axes.set_axis_off()
    axes.set(xlim=(0, cell_mm * len(names)), ylim=(place.height_mm, 0))
    _name_rows(axes, ids, look, place, name_mm)
    for column, name in enumerate(names):
        middle = (column + 0.5) * cell_mm
        axes.text(middle, -0.8, name, rotation=90, ha="center", va="bottom", clip_on=False)
    _draw_halves(axes, pairs, names, place, cell_mm)
    draw_keys(figure, keys, left=MARGIN_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * MARGIN_MM)
    return figure


def _place_rows(ids: list[str], look: Look) -> Place:
    members = [(disease, list(own)) for disease, own in groupby(ids, key=look.diseases.get)]
    gaps = BLOCK_GAP_MM * (len(members) - 1)
    row_mm = min(HIGHEST_ROW_MM, (TALLEST_MM - gaps) / len(ids))
    tops, blocks, top = {}, [], 0.0
    for disease, own in members:
        blocks.append((shorten(disease, DISEASE_MM), top + len(own) * row_mm / 2))
        tops |= {name: top + row * row_mm for row, name in enumerate(own)}
        top += len(own) * row_mm + BLOCK_GAP_MM
    return Place(tops, row_mm, tuple(blocks), top - BLOCK_GAP_MM)


def _name_rows(axes: Axes, ids: list[str], look: Look, place: Place, name_mm: float) -> None:
    for name in ids:
        middle = place.tops[name] + place.row_mm / 2
        words = -2.9 if look.is_single else -0.8
        axes.text(words, middle, name, ha="right", va="center_baseline", fontsize=SMALL_PT, clip_on=False)
        if look.is_single:
            style = look.styles[name]
            axes.plot(
                [-1.5], [middle], marker=style.marker, color=style.colour, markersize=MARKER_PT, markeredgewidth=0,
                linestyle="none", clip_on=False,
            )  # fmt: skip
    for disease, middle in place.blocks:
        axes.text(-name_mm - 1.2, middle, disease, ha="right", va="center_baseline", clip_on=False)


def _draw_halves(axes: Axes, pairs: pd.DataFrame, names: list[str], place: Place, cell_mm: float) -> None:
    half = cell_mm / 2
    inset, room = 0.25, 0.2
    boxes, fills = [], []
    frames = [
        [(x + inset, y + room), (x + cell_mm - inset, y + room), (x + cell_mm - inset, y + place.row_mm - room),
         (x + inset, y + place.row_mm - room)]
        for x in (column * cell_mm for column in range(len(names))) for y in place.tops.values()
    ]  # fmt: skip
    axes.add_collection(PolyCollection(frames, facecolors="white", edgecolors="#C9C9C9", linewidths=0.3))
    has_numbers = half >= LEAST_HALF_MM and place.row_mm >= LEAST_ROW_MM
    lefts = {name: column * cell_mm for column, name in enumerate(names)}
    for row in pairs.itertuples():
        x = lefts[row.antibody] + (inset if row.when == BEFORE else half)
        y, width = place.tops[row.patient_id] + room, half - inset
        high = place.row_mm - 2 * room
        boxes.append([(x, y), (x + width, y), (x + width, y + high), (x, y + high)])
        fills.append(fill_of(row.is_positive, row.ratio))
        if has_numbers:
            axes.text(
                x + width / 2, y + high / 2, text_of(row.is_positive, row.ratio, row.operator), ha="center",
                va="center_baseline", fontsize=SMALL_PT, color="white" if fills[-1] == CLASSES[-1][2] else "black",
            )  # fmt: skip
    axes.add_collection(PolyCollection(boxes, facecolors=fills, edgecolors=LINE_GREY, linewidths=0.3))
    below = pairs[pairs["operator"] == "<"]
    axes.plot(
        [lefts[row.antibody] + (half if row.when == BEFORE else cell_mm - inset) - 0.7 for row in below.itertuples()],
        [place.tops[row.patient_id] + place.row_mm - room - 0.6 for row in below.itertuples()],
        linestyle="none", marker="o", markersize=1.5, markerfacecolor="white", markeredgecolor="black",
        markeredgewidth=0.35,
    )  # fmt: skip


def fill_of(is_positive: bool, ratio: float) -> str:
    """Give the fill of a value: not above the upper limit, not known, or its class of multiples."""
    if pd.isna(is_positive):
        return OPEN
    if not is_positive:
        return NEGATIVE
    return next(colour for end, _, colour in CLASSES if ratio <= end + 1e-9)


def text_of(is_positive: bool, ratio: float, operator: str) -> str:
    """Write a value in its half of a cell: neg, a multiple of the upper limit, or a question mark."""
    if pd.isna(is_positive):
        return "?"
    return f"{'>' if operator == '>' else ''}{fmt.significant(ratio, 2)}" if is_positive else "neg"


def _keys(pairs: pd.DataFrame) -> list[list[Key]]:
    fills = [fill_of(row.is_positive, row.ratio) for row in pairs.itertuples()]
    known = [Key("Negative", NEGATIVE), *(Key(f"{words} upper limit", colour) for _, words, colour in CLASSES)]
    known += [Key("Not assessable (?)", OPEN)]
    shown = [key for key in known if key.colour in fills] + [Key("Not measured", "white", edge="#C9C9C9")]
    is_below = (pairs["operator"] == "<").any()
    marks = [Key("Below the limit of quantification", "white", "o", size_pt=2.2)] if is_below else []
    halves = Key(f"Left half, {BEFORE}; right half, {LAST}", "black", "|", edge_pt=0.5, size_pt=5)
    return [shown, [*marks, halves]]
