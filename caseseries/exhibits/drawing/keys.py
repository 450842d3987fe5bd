"""The key of a figure, set like text: swatches and markers with their words, in lines as wide as the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from caseseries.exhibits.drawing.style import TEXT_PT, add_panel, text_width_mm

LINE_MM = 3.4
SWATCH_MM = (4.0, 1.8)
AFTER_SYMBOL_MM = 1.2
BETWEEN_MM = 4.0


@dataclass(frozen=True)
class Key:
    """One entry: a swatch of a colour, or a marker; its outline has a colour ``edge`` and a width ``edge_pt``."""

    label: str
    colour: str
    marker: str = ""
    edge: str = "black"
    edge_pt: float = 0.35
    size_pt: float = 4.0

    @property
    def symbol_mm(self) -> float:
        """Width that the symbol takes."""
        return 2.4 if self.marker else SWATCH_MM[0]

    @property
    def width_mm(self) -> float:
        """Width of symbol and words."""
        return self.symbol_mm + AFTER_SYMBOL_MM + text_width_mm(self.label)


@dataclass(frozen=True)
class Placed:
    """A key with its place in millimetres from the left, and its line."""

    key: Key
    left: float
    line: int


def place_keys(groups: Sequence[Sequence[Key]], *, width_mm: float) -> list[Placed]:
    """Set keys in lines no longer than a width; each group begins a line."""
    placed, line = [], -1
    for group in groups:
        left = width_mm + 1
        for key in group:
            if left + key.width_mm > width_mm:
                line, left = line + 1, 0.0
            placed.append(Placed(key, left, line))
            left += key.width_mm + BETWEEN_MM
    return placed


def keys_height(placed: Sequence[Placed]) -> float:
    """Give the height in millimetres that placed keys take."""
    return LINE_MM * (1 + max((entry.line for entry in placed), default=-1))


def draw_keys(figure: Figure, placed: Sequence[Placed], *, left: float, top: float, width: float) -> None:
    """Draw keys at a place in millimetres from the upper left corner."""
    height = keys_height(placed)
    if not placed:
        return
    axes = add_panel(figure, left=left, top=top, width=width, height=height)
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    for entry in placed:
        key, middle = entry.key, (entry.line + 0.5) * LINE_MM
        if key.marker:
            axes.plot(
                [entry.left + key.symbol_mm / 2], [middle], marker=key.marker, markersize=key.size_pt, linestyle="none",
                markerfacecolor=key.colour, markeredgecolor=key.edge, markeredgewidth=key.edge_pt, clip_on=False,
            )  # fmt: skip
        else:
            wide, high = SWATCH_MM
            corner = (entry.left, middle - high / 2)
            axes.add_patch(
                Rectangle(corner, wide, high, facecolor=key.colour, edgecolor=key.edge, linewidth=key.edge_pt)
            )
        words = entry.left + key.symbol_mm + AFTER_SYMBOL_MM
        axes.text(words, middle, key.label, va="center_baseline", fontsize=TEXT_PT)
