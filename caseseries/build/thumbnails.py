"""Exhibits in small, for the page that leads to all: a figure as a picture of few colours, a table as its skeleton."""

from __future__ import annotations

import io
from collections.abc import Sequence

from caseseries.build.contents import measure_table

WIDTH, HEIGHT = 320, 200
"""Size of a thumbnail in pixels; the picture of a figure keeps the figure's height."""
COLOURS = 24
MOST_ROWS, MOST_LETTERS = 18, 26


def shrink_picture(png: bytes) -> bytes:
    """Give a PNG as one that is small enough to stand in a page many times over."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), reducing_gap=2.0)
    small = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    made = io.BytesIO()
    small.save(made, "PNG", optimize=True)
    return made.getvalue()


def sketch_page(content: bytes) -> bytes:
    """Give the skeleton of the first table of a page."""
    return sketch_table(measure_table(content)).encode("ascii")


def sketch_table(rows: Sequence[Sequence[int]]) -> str:
    """Give the skeleton of a table as SVG: a bar for each cell.

    Parameters
    ----------
    rows
        Letters in each cell, row by row.
    """
    shown = [[min(cell, MOST_LETTERS) for cell in row] for row in rows[:MOST_ROWS]]
    n_columns = max((len(row) for row in shown), default=0)
    widest = [max((row[at] for row in shown if at < len(row)), default=0) + 2 for at in range(n_columns)]
    scale = (WIDTH - 24) / max(1, sum(widest))
    starts = [12 + scale * sum(widest[:at]) for at in range(n_columns)]
    step = (HEIGHT - 24) / MOST_ROWS
    bars = [
        f'<rect x="{starts[at]:.1f}" y="{12 + step * line:.1f}" width="{scale * cell:.1f}" height="{step * 0.45:.1f}"/>'
        for line, row in enumerate(shown)
        for at, cell in enumerate(row)
        if cell
    ]
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">{"".join(bars)}</svg>'
