"""The figure of a data set that holds what a figure needs, but no value of it that could be drawn."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits.drawing.style import DOUBLE_COLUMN_MM, add_text, journal_style, new_figure
from caseseries.exhibits.model import Drawing


def say_nothing(words: str) -> Drawing:
    """Make a page of one sentence, without any axes."""
    with journal_style():
        figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=12)
        add_text(figure, words, left=1.5, top=3, va="top")
    return Drawing(figure=figure, plotted={"none": pd.DataFrame(columns=["patient_id"])}, alt_text=words, legend=words)
