"""Immunosuppression of up to twelve patients: a block of months by class of drug for each, its dose under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import LINE_MM, Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.paired import draw_pairs
from caseseries.exhibits.drawing.panels import set_months
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    MAX_HEIGHT_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    add_text,
    disease_colours,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.treatment.months import CLASS_COLOURS, CLASS_WORDS, GIVEN, POSSIBLE

RECORDED = "#ECECEC"
"""Ground of the months in which treatment is known."""

ROUND_DOSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20)
"""Doses in mg/kg/day of which the largest that is reached bears a tick."""

ROW_MM, DOSE_MM, GAP_MM = 2.1, 6.0, 1.8
TOP_MM, AXIS_MM, EDGE_MM, STRIP_MM, TICKS_MM = 4.5, 8.5, 0.5, 1.4, 9.6
SIDE_MM, BETWEEN_MM = 33.0, 13.0
PAIRS_MM = (24.0, 42.0)
"""Lowest and greatest height of the panel of pairs, between which it follows that of the blocks."""


@dataclass(frozen=True)
class Block:
    """The place of one patient: top in millimetres, classes with a row each, and whether treatment was recorded."""

    patient_id: str
    top: float
    classes: tuple[str, ...]
    row_mm: float
    dose_mm: float

    @property
    def rows_mm(self) -> float:
        """Height of the rows; a patient without any has room for the words that say so."""
        return self.row_mm * max(len(self.classes), 1)

    @property
    def height(self) -> float:
        """Height of rows and dose."""
        return self.rows_mm + (self.dose_mm if self.classes else 0)


def draw_rows(
    months: pd.DataFrame,
    doses: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    look: Look,
    classes: Sequence[str],
    span: tuple[float, float],
    start: str,
) -> Figure:
    """Draw a block for each patient in the order of the cohort, and beside them the numbers of drugs."""
    blocks = _stack(months, look, classes)
    bottom = blocks[-1].top + blocks[-1].height
    keys = place_keys([look.key_entries()] if len(counts) else [], width_mm=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    side = [Key(CLASS_WORDS[name], CLASS_COLOURS[name]) for name in classes]
    pairs_mm = min(max(bottom - TOP_MM, PAIRS_MM[0]), PAIRS_MM[1])
    below = max(bottom + AXIS_MM, TOP_MM + pairs_mm + AXIS_MM + LINE_MM * (len(side) + 1))
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM + 1)
    left = EDGE_MM + _names_mm(look) + STRIP_MM + TICKS_MM
    width = DOUBLE_COLUMN_MM - left - SIDE_MM - BETWEEN_MM - EDGE_MM - 1
    highest = max(float(doses["dose"].max()), 0.01) if len(doses) else 0.01
    for number, block in enumerate(blocks):
        place = {"left": left, "width": width}
        letter = {"letter": "a"} if number == 0 else {}
        axes = add_panel(figure, top=block.top, height=block.rows_mm, **place, **letter)
        is_last = number == len(blocks) - 1
        _draw_block(axes, months[months["patient_id"] == block.patient_id], block, span, start=start if is_last else "")
        own = doses[doses["patient_id"] == block.patient_id]
        if block.classes:
            strip = add_panel(figure, top=block.top + block.rows_mm, height=block.dose_mm, **place)
            draw_dose(strip, own, highest, span, start=start if is_last else "")
        if number == 0:
            axes.text(
                0, 1 + 0.6 / block.rows_mm, start.capitalize(), transform=axes.get_xaxis_transform(), ha="center",
                va="bottom", fontsize=SMALL_PT, clip_on=False,
            )  # fmt: skip
    _label_blocks(figure, blocks, look)
    _name_dose(figure, blocks, left=left - TICKS_MM + 2.6)
    beside = DOUBLE_COLUMN_MM - SIDE_MM - EDGE_MM - 1
    if len(counts):
        axes = add_panel(
            figure, left=beside + 5, top=TOP_MM, width=SIDE_MM - 6, height=pairs_mm, letter="b",
            letter_left=beside - 4.5,
        )  # fmt: skip
        draw_number_of_drugs(axes, counts, look)
    placed = place_keys([[key] for key in side], width_mm=SIDE_MM + 4)
    draw_keys(figure, placed, left=beside - 3, top=TOP_MM + pairs_mm + AXIS_MM, width=SIDE_MM + 4)
    draw_keys(figure, keys, left=EDGE_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    return figure


def _name_dose(figure: Figure, blocks: Sequence[Block], *, left: float) -> None:
    """Name the dose once beside all blocks, in as many lines as their height asks for."""
    middle, height = (blocks[0].top + blocks[-1].top + blocks[-1].height) / 2, blocks[-1].top + blocks[-1].height
    words = "Prednisone equivalent (mg/kg/day)"
    if text_width_mm(words) > height - blocks[0].top:
        words = "Prednisone\n(mg/kg/day)"
    add_text(
        figure, words, left=left, top=middle, rotation=90, ha="center", va="center", multialignment="center",
        fontsize=SMALL_PT)  # fmt: skip


def draw_number_of_drugs(axes: Axes, counts: pd.DataFrame, look: Look) -> None:
    """Draw the number of drugs before the infusion and at the last contact."""
    pairs = counts.rename(columns={"last": "after"})
    draw_pairs(axes, pairs, look, words=("Before", "At last\ncontact"), dodge=True)
    highest = int(max(counts["before"].max(), counts["last"].max(), 1))
    axes.set_ylim(-0.03 * highest, highest * 1.03)
    step = -(-highest // 8)
    axes.set_yticks(range(0, highest + 1, step))
    axes.set_ylabel("Drugs for the disease (n)")


def _names_mm(look: Look) -> float:
    return max(text_width_mm(name) for name in look.order) + 2.0


def _stack(months: pd.DataFrame, look: Look, classes: Sequence[str]) -> list[Block]:
    """Stack the blocks; rows and doses get lower until all of them stand on the page."""
    held = {name: set(own["drug_class"]) for name, own in months.groupby("patient_id")}
    own = {name: tuple(entry for entry in classes if entry in held.get(name, ())) for name in look.order}
    n_keys = keys_height(place_keys([look.key_entries()], width_mm=DOUBLE_COLUMN_MM - 2 * EDGE_MM))
    room = MAX_HEIGHT_MM - TOP_MM - AXIS_MM - NOTE_STRIP_MM - 1 - n_keys - GAP_MM * (len(own) - 1)
    n_rows = sum(max(len(entry), 1) for entry in own.values())
    n_doses = sum(bool(entry) for entry in own.values())
    scale = min(1.0, room / (n_rows * ROW_MM + n_doses * DOSE_MM))
    blocks, top = [], TOP_MM
    for name, entry in own.items():
        blocks.append(Block(name, top, entry, ROW_MM * scale, DOSE_MM * scale))
        top += blocks[-1].height + GAP_MM
    return blocks


def _draw_block(axes: Axes, months: pd.DataFrame, block: Block, span: tuple[float, float], *, start: str) -> None:
    axes.set(xlim=span, ylim=(max(len(block.classes), 1), 0))
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
    axes.axvline(0, color="black", linewidth=0.5, zorder=4)
    if not block.classes:
        axes.text(0.1, 0.5, "treatment not recorded", va="center", fontsize=SMALL_PT)
        if start:
            axes.spines["bottom"].set_visible(True)
            axes.tick_params(bottom=True, labelbottom=True)
            set_months(axes, first=span[0], last=span[1], start=start)
        return
    rows = {name: number for number, name in enumerate(block.classes)}
    for status, own in _join_months(months).groupby("status"):
        boxes = [_box(row.first, row.last, rows[row.drug_class]) for row in own.itertuples()]
        colours = [CLASS_COLOURS[name] for name in own["drug_class"]]
        faces = colours if status == GIVEN else "white" if status == POSSIBLE else RECORDED
        edges = colours if status == POSSIBLE else "none"
        axes.add_collection(PolyCollection(boxes, facecolors=faces, edgecolors=edges, linewidths=0.3), autolim=False)
    axes.vlines(range(int(span[0]), int(span[1])), 0, len(rows), color="white", linewidth=0.4, zorder=2)


def _join_months(months: pd.DataFrame) -> pd.DataFrame:
    """Join neighbouring months of a class in one status: first month and the one after the last."""
    ordered = months.sort_values(["drug_class", "month"])
    is_new = (
        (ordered["drug_class"] != ordered["drug_class"].shift())
        | (ordered["status"] != ordered["status"].shift())
        | (ordered["month"] != ordered["month"].shift() + 1)
    )
    runs = ordered.groupby(is_new.cumsum()).agg(
        drug_class=("drug_class", "first"), status=("status", "first"), first=("month", "min"), last=("month", "max")
    )
    return runs.assign(last=runs["last"] + 1)


def _box(first: int, last: int, row: int) -> list[tuple[float, float]]:
    top, bottom = row + 0.06, row + 0.94
    return [(first, top), (last, top), (last, bottom), (first, bottom)]


def draw_dose(axes: Axes, doses: pd.DataFrame, highest: float, span: tuple[float, float], *, start: str) -> None:
    """Draw the dose of one patient over time, thinner where it rests on the weight of day 0, with its pulses.

    ``start`` names day 0 under the axis; an axis without that name has no labels.
    """
    for width, mask in ((0.75, ~doses["is_by_infusion_weight"]), (0.3, doses["is_by_infusion_weight"])):
        for x, y in _steps(doses[mask]):
            axes.plot(x, y, color=CLASS_COLOURS["glucocorticoid"], linewidth=width, solid_capstyle="butt", zorder=3)
    pulses = doses[(doses["pulse_mg"] > 0) & (doses["start_day"] / DAYS_PER_MONTH >= span[0])]
    axes.plot(
        pulses["start_day"] / DAYS_PER_MONTH, np.full(len(pulses), highest), linestyle="none", marker="v",
        markersize=2.2, markerfacecolor="black", markeredgecolor="none", zorder=4, clip_on=False,
    )  # fmt: skip
    axes.set_ylim(-0.08 * highest, highest * 1.2)
    tick = max([step for step in ROUND_DOSES if step <= highest], default=highest)
    axes.set_yticks([0, tick], ["0", fmt.significant(tick, 2)], fontsize=SMALL_PT)
    axes.tick_params(axis="y", pad=1)
    set_months(axes, first=span[0], last=span[1], label=bool(start), start=start)
    if not start:
        axes.tick_params(bottom=False)


def _steps(doses: pd.DataFrame) -> Iterator[tuple[list[float], list[float]]]:
    """Give the runs of doses without a gap as corners of steps, in months."""
    is_new = doses["start_day"] != doses["end_day"].shift()
    for _, run in doses.groupby(is_new.cumsum()):
        x = (run[["start_day", "end_day"]] / DAYS_PER_MONTH).to_numpy().ravel().tolist()
        yield x, run["dose"].repeat(2).tolist()


def _label_blocks(figure: Figure, blocks: Sequence[Block], look: Look) -> None:
    colours = disease_colours(look.diseases.values())
    strip = EDGE_MM + _names_mm(look)
    for block in blocks:
        add_text(figure, block.patient_id, left=EDGE_MM, top=block.top + block.rows_mm / 2, va="center_baseline")
        bar = add_panel(figure, left=strip, top=block.top, width=STRIP_MM * 0.6, height=block.height)
        bar.set_facecolor(colours[look.diseases[block.patient_id]])
        bar.set(xticks=[], yticks=[])
        bar.spines[:].set_visible(False)
    for disease in dict.fromkeys(look.diseases[name] for name in look.order):
        own = [block for block in blocks if look.diseases[block.patient_id] == disease]
        add_text(
            figure, disease, left=EDGE_MM, top=own[0].top + own[0].rows_mm / 2 + LINE_MM, va="center_baseline",
            fontsize=SMALL_PT, fontstyle="italic",
        )  # fmt: skip
