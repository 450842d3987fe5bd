"""Flow of patients: from enrolment over infusion and disease to the visits and the last contact, with every reason."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import DISEASE_NAMES, disease_rank
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    TEXT_PT,
    add_panel,
    disease_colours,
    journal_style,
    new_figure,
    shorten,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing

COHORT = "cohort"
MOST_COLUMNS = 4
"""More diseases than this do not fit beside each other; those with the fewest patients are then counted together."""

STEPS = {
    "evaluable": "Evaluable",
    "seen at M3": "Visit M3",
    "seen at M6": "Visit M6",
    "seen at M12": "Visit M12",
    "alive at last contact": "Alive at last contact",
}
TOP = {"enrolled": "Enrolled", "infused": "Infused"}
WIDEST_MM, COLUMN_GAP_MM, ARROW_MM, EDGE_MM = 56.0, 4.0, 4.5, 1.5
LINE_MM, SMALL_LINE_MM, PAD_MM = 3.0, 2.5, 1.4
MOST_LINES = 6
"""A name or reason that needs more lines than this is cut; the number of patients never is."""
INK, SOFT = "#111111", "#555555"


@dataclass(frozen=True)
class Box:
    """Patients at one step: its words, how many, and how many were left out on the way for which reason."""

    name: str
    n: int
    left_out: tuple[tuple[str, int], ...] = ()

    def lines(self, *, width_mm: float) -> list[tuple[str, float]]:
        """Give the lines of the box with their size in points, broken to a width."""
        room = MOST_LINES * (width_mm - 2 * PAD_MM)
        texts = [(f"{shorten(self.name, room)}: n = {fmt.number(self.n)}", TEXT_PT)]
        for reason, n in self.left_out:
            texts.append((f"left out {fmt.number(n)}: {shorten(reason, room, size_pt=SMALL_PT)}", SMALL_PT))
        return [(line, size) for text, size in texts for line in _break(text, size, width_mm)]


def plot_flow(ledger: pd.DataFrame, patients: pd.DataFrame) -> Drawing:
    """Plot the flow of patients.

    Parameters
    ----------
    ledger : DataFrame, one row per filter
        As ``derive_ledger`` gives it; its rows of the cohort are drawn.
    patients : DataFrame, one row per patient
        Names the diseases.

    Returns
    -------
    Drawing
        ``plotted`` has one row per box.
    """
    own = ledger[ledger["table"] == COHORT].set_index("rule")
    top = [Box(words, *_counted(own, [rule])) for rule, words in TOP.items() if rule in own.index]
    columns = {name: _column(own, diseases) for name, diseases in _choose_columns(own, patients).items()}
    with journal_style():
        width = _column_width(len(columns))
        rows = [[box] for box in top] + [list(row) for row in zip(*columns.values(), strict=True)]
        heights = [max((_height(box, width) for box in row), default=0.0) for row in rows]
        height = math.fsum(heights) + ARROW_MM * (len(rows) - 1) + 2 * EDGE_MM
        figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=height + NOTE_STRIP_MM)
        axes = add_panel(figure, left=0, top=0, width=DOUBLE_COLUMN_MM, height=height)
        axes.set(xlim=(0, DOUBLE_COLUMN_MM), ylim=(height, 0))
        axes.set_axis_off()
        _draw(axes, rows, heights, width=width, colours=_colours(columns, patients), n_top=len(top))
    return Drawing(
        figure=figure,
        plotted={"flow": _plotted(top, columns)},
        alt_text=_describe(top, columns),
        legend=_explain(columns),
    )


def _choose_columns(own: pd.DataFrame, patients: pd.DataFrame) -> dict[str, list[str]]:
    sizes = patients["disease"].value_counts()
    names = [name for name in sorted(sizes.index, key=disease_rank) if name in own.index]
    if len(names) <= MOST_COLUMNS:
        return {name: [name] for name in names}
    largest = sorted(names, key=lambda name: (-sizes[name], disease_rank(name)))[: MOST_COLUMNS - 1]
    rest = [name for name in names if name not in largest]
    return {name: [name] for name in names if name in largest} | {f"Other diseases ({len(rest)})": rest}


def _column(own: pd.DataFrame, diseases: Sequence[str]) -> list[Box]:
    words = diseases[0] if len(diseases) == 1 else f"Other diseases ({len(diseases)})"
    first = Box(words, int(own.loc[list(diseases), "n_out"].sum()))
    asked = {rule: label for rule, label in STEPS.items() if f"{diseases[0]}, {rule}" in own.index}
    steps = [Box(label, *_counted(own, [f"{name}, {rule}" for name in diseases])) for rule, label in asked.items()]
    return [first, *steps]


def _counted(own: pd.DataFrame, rules: Sequence[str]) -> tuple[int, tuple[tuple[str, int], ...]]:
    rows = own.loc[list(rules)]
    counts: dict[str, int] = {}
    for row in rows[rows["reason"].notna()].itertuples():
        parts = re.findall(r"([^;()]+) \(([^)]*)\)", row.reason)
        found = {why.strip(): len(ids.split(", ")) for why, ids in parts} or {row.reason: row.n_in - row.n_out}
        for why, n in found.items():
            counts[why] = counts.get(why, 0) + int(n)
    return int(rows["n_out"].sum()), tuple(sorted(counts.items()))


def _column_width(n_columns: int) -> float:
    room = (DOUBLE_COLUMN_MM - 2 * EDGE_MM - COLUMN_GAP_MM * (max(n_columns, 1) - 1)) / max(n_columns, 1)
    return min(room, WIDEST_MM)


def _break(text: str, size: float, width_mm: float) -> list[str]:
    room = width_mm - 2 * PAD_MM
    for letters in range(len(text), 8, -1):
        lines = textwrap.wrap(text, letters)
        if max(text_width_mm(line, size_pt=size) for line in lines) <= room:
            return lines
    return textwrap.wrap(text, 8)


def _height(box: Box, width: float) -> float:
    lines_mm = [LINE_MM if size == TEXT_PT else SMALL_LINE_MM for _, size in box.lines(width_mm=width)]
    return 2 * PAD_MM + math.fsum(lines_mm)


def _colours(columns: dict[str, list[Box]], patients: pd.DataFrame) -> list[str]:
    by_disease = disease_colours(patients["disease"].dropna())
    return [by_disease.get(name, SOFT) for name in columns]


def _draw(
    axes: Axes, rows: list[list[Box]], heights: list[float], *, width: float, colours: list[str], n_top: int
) -> None:
    n_columns = len(rows[-1])
    span = n_columns * width + (n_columns - 1) * COLUMN_GAP_MM
    start = (DOUBLE_COLUMN_MM - span) / 2 + width / 2
    centres = [start + number * (width + COLUMN_GAP_MM) for number in range(n_columns)]
    y = EDGE_MM
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        places = centres if number >= n_top else [DOUBLE_COLUMN_MM / 2]
        for position, (box, x) in enumerate(zip(row, places, strict=True)):
            edge = colours[position] if number >= n_top else INK
            _draw_box(axes, box, x=x, y=y, width=width, height=height, edge=edge)
            if number:
                above = DOUBLE_COLUMN_MM / 2 if number == n_top else x
                _draw_arrow(axes, above, x, top=y - ARROW_MM, bottom=y)
        y += height + ARROW_MM


def _draw_box(axes: Axes, box: Box, *, x: float, y: float, width: float, height: float, edge: str) -> None:
    corner = (x - width / 2, y)
    axes.add_patch(Rectangle(corner, width, height, facecolor="white", edgecolor=edge, linewidth=0.75))
    line_y = y + PAD_MM + (height - _height(box, width)) / 2
    for text, size in box.lines(width_mm=width):
        step = LINE_MM if size == TEXT_PT else SMALL_LINE_MM
        colour = INK if size == TEXT_PT else SOFT
        axes.text(x, line_y + step / 2, text, fontsize=size, ha="center", va="center_baseline", color=colour)
        line_y += step


def _draw_arrow(axes: Axes, above: float, below: float, *, top: float, bottom: float) -> None:
    """Draw an arrow down, by way of a level line where the boxes do not stand under each other."""
    middle = (top + bottom) / 2
    if above != below:
        axes.plot([above, above, below], [top, middle, middle], color=INK, linewidth=0.5, solid_joinstyle="miter")
        top = middle
    arrow = FancyArrowPatch(
        (below, top),
        (below, bottom),
        arrowstyle="-|>",
        mutation_scale=4,
        linewidth=0.5,
        color=INK,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)


def _plotted(top: list[Box], columns: dict[str, list[Box]]) -> pd.DataFrame:
    entries = [("all", box) for box in top] + [(name, box) for name, boxes in columns.items() for box in boxes]
    return pd.DataFrame(
        {
            "disease": [name for name, _ in entries],
            "step": [box.name for _, box in entries],
            "patients (n)": [box.n for _, box in entries],
            "left out (n)": [sum(n for _, n in box.left_out) for _, box in entries],
            "reasons": ["; ".join(f"{why}: {n}" for why, n in box.left_out) for _, box in entries],
        }
    )


def _describe(top: list[Box], columns: dict[str, list[Box]]) -> str:
    parts = ["Flow of patients. " + "; ".join(_words(box) for box in top) + "."]
    parts += [f"{boxes[0].name}: " + "; ".join(_words(box) for box in boxes[1:]) + "." for boxes in columns.values()]
    return " ".join(parts)


def _words(box: Box) -> str:
    left_out = ", ".join(f"{n} left out, {why}" for why, n in box.left_out)
    return f"{box.name} n = {fmt.number(box.n)}" + (f" ({left_out})" if left_out else "")


def _explain(columns: dict[str, list[Box]]) -> str:
    names = [f"{code}, {DISEASE_NAMES[code]}" for code in columns if code in DISEASE_NAMES]
    steps = {box.name for boxes in columns.values() for box in boxes}
    has_evaluable = STEPS["evaluable"] in steps
    words = (
        "Evaluable patients have an assessment of disease activity after the infusion; visits are counted among them. "
        if has_evaluable
        else "Visits are counted among the patients with the disease. "
    )
    words += "Numbers and reasons are those of the ledger of filters (data/derived/ledger.csv). "
    return words + ("; ".join(names) + "." if names else "")
