"""The page of Figure 2: which panels there are, where each stands, and drawing them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from caseseries.estimate import Survival
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import measure_of
from caseseries.exhibits.drawing.normal_range import NormalRange, draw_normal_range
from caseseries.exhibits.drawing.panels import draw_courses, set_months
from caseseries.exhibits.drawing.patient_bars import bars_height, name_room
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    MAX_HEIGHT_MM,
    NOTE_STRIP_MM,
    add_panel,
    add_text,
    new_figure,
)
from caseseries.exhibits.drawing.survival_panel import AT_RISK_MM, draw_at_risk, draw_survival, ending_month
from caseseries.exhibits.kinetics.aplasia import draw_aplasia
from caseseries.exhibits.kinetics.dots import SCALE_MM, Dots, draw_dots
from caseseries.exhibits.kinetics.expansion import Place, draw_expansion, quantification_lines

ANALYTES = {"CART_BLOOD": "CAR T cells, flow cytometry", "CART_DNA": "CAR transgene, PCR"}
MONTHS_BEFORE = 1.0

HEAD_MM, AXIS_MM, GAP_MM, TITLE_MM, KEY_GAP_MM = 4.4, 6.6, 2.5, 3.4, 1.6
LEFT_MM, WORDS_MM, COLUMN_MM, LETTER_MM = 12.0, 6.5, DOUBLE_COLUMN_MM / 2, 0.3
TALLEST_MM, DOTS_MM, STRIP_GAP_MM = 37.0, 28.0, 1.8


@dataclass(frozen=True)
class Panels:
    """What the data set holds of each panel of the figure; a panel without data is not drawn."""

    look: Look
    expansions: dict[str, pd.DataFrame]
    b_cells: pd.DataFrame
    limits: NormalRange | None
    marker: str
    aplasia: pd.DataFrame
    survival: Survival
    dots: dict[str, list[Dots]]
    last_month: float

    @property
    def has_return(self) -> bool:
        """Whether there is a curve of return."""
        return self.survival.n_patients > 0

    @property
    def letters(self) -> dict[str, str]:
        """Letter by panel, in the order of the page."""
        names = [*self.expansions]
        names += [self.marker] if len(self.b_cells) else []
        names += ["return"] if self.has_return else []
        names += ["dots"] if self.dots else []
        return dict(zip(names, "abcdef", strict=False))


def draw_page(panels: Panels, *, last_day: int) -> Figure:
    """Draw the panels in rows: expansion, B cells and their return, parameters; then the key of the patients."""
    keys = place_keys([panels.look.key_entries(_drawn_patients(panels))], width_mm=DOUBLE_COLUMN_MM - 2 * LETTER_MM)
    strip = bars_height(len(panels.aplasia)) if len(panels.aplasia) else 0
    has_b_cells = len(panels.b_cells) > 0 or panels.has_return
    fixed = keys_height(keys) + KEY_GAP_MM + NOTE_STRIP_MM
    fixed += HEAD_MM + AXIS_MM if panels.expansions else 0
    below = (strip + STRIP_GAP_MM if strip else 0) + AXIS_MM + (AT_RISK_MM if panels.has_return else 0)
    fixed += GAP_MM + HEAD_MM + below if has_b_cells else 0
    fixed += GAP_MM + TITLE_MM + DOTS_MM if panels.dots else 0
    n_rows = max(1, bool(panels.expansions) + has_b_cells)
    height = min(TALLEST_MM, (MAX_HEIGHT_MM - fixed) / n_rows)
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=fixed + height * (bool(panels.expansions) + has_b_cells))
    top = 0.0
    if panels.expansions:
        _draw_expansions(figure, panels, top=top + HEAD_MM, height=height, last_day=last_day)
        top += HEAD_MM + height + AXIS_MM
    if has_b_cells:
        _draw_b_cells(figure, panels, top=top + GAP_MM + HEAD_MM, height=height, strip=strip)
        top += GAP_MM + HEAD_MM + height + below
    if panels.dots:
        _draw_all_dots(figure, panels, top=top + GAP_MM)
        top += GAP_MM + TITLE_MM + DOTS_MM
    draw_keys(figure, keys, left=LETTER_MM, top=top + KEY_GAP_MM, width=DOUBLE_COLUMN_MM - 2 * LETTER_MM)
    return figure


def _drawn_patients(panels: Panels) -> set[str]:
    frames = [*panels.expansions.values(), panels.b_cells, panels.aplasia]
    frames += [dots.rows for own in panels.dots.values() for dots in own]
    return {name for frame in frames for name in frame["patient_id"]}


def _columns(n: int) -> list[tuple[float, float]]:
    """Give left end and width of the axes of one or two panels beside each other."""
    if n == 1:
        return [(LEFT_MM, DOUBLE_COLUMN_MM - LEFT_MM - WORDS_MM)]
    return [(LEFT_MM + number * COLUMN_MM, COLUMN_MM - LEFT_MM - WORDS_MM) for number in range(2)]


def _draw_expansions(figure: Figure, panels: Panels, *, top: float, height: float, last_day: int) -> None:
    columns = _columns(len(panels.expansions))
    for (code, course), (left, width) in zip(panels.expansions.items(), columns, strict=True):
        draw_expansion(
            figure,
            course,
            measure_of(code, lines=quantification_lines(course)),
            panels.look,
            place=Place(left, top, width, height, panels.letters[code], left - LEFT_MM + LETTER_MM),
            last_day=last_day,
            last_month=panels.last_month,
        )


def _draw_b_cells(figure: Figure, panels: Panels, *, top: float, height: float, strip: float) -> None:
    columns = _columns((len(panels.b_cells) > 0) + panels.has_return)
    if len(panels.b_cells):
        left, width = columns.pop(0)
        further = max(0.0, name_room(panels.aplasia, panels.look) - left) if strip else 0.0
        left, width = left + further, width - further
        course = panels.b_cells
        axes = add_panel(
            figure, left=left, top=top, width=width, height=height, letter=panels.letters[panels.marker],
            letter_left=LETTER_MM,
        )  # fmt: skip
        draw_courses(axes, course, measure_of(panels.marker, lines=quantification_lines(course)), panels.look)
        draw_normal_range(axes, panels.limits)
        set_months(axes, first=-MONTHS_BEFORE, last=panels.last_month, start=panels.look.start, label=not strip)
        if strip:
            bars = add_panel(figure, left=left, top=top + height + STRIP_GAP_MM, width=width, height=strip)
            set_months(bars, first=-MONTHS_BEFORE, last=panels.last_month, start=panels.look.start)
            draw_aplasia(bars, panels.aplasia, panels.look, height_mm=strip, width_mm=width)
    if panels.has_return:
        left, width = columns.pop(0)
        whole = height + (STRIP_GAP_MM + strip if strip else 0)
        _draw_return(figure, panels, left=left, top=top, width=width, height=whole)


def _draw_return(figure: Figure, panels: Panels, *, left: float, top: float, width: float, height: float) -> None:
    axes = add_panel(
        figure, left=left, top=top, width=width, height=height, letter=panels.letters["return"],
        letter_left=left - LEFT_MM + LETTER_MM,
    )  # fmt: skip
    draw_survival(axes, panels.survival, label="Without return of B cells (%)")
    last = ending_month(panels.survival, last_month=panels.last_month)
    set_months(axes, first=0, last=last, start=panels.look.start)
    ticks = [float(tick) for tick in axes.get_xticks()]
    below = add_panel(figure, left=left, top=top + height + AXIS_MM, width=width, height=AT_RISK_MM)
    below.set_xlim(axes.get_xlim())
    name_left = -3.0 * last / width
    draw_at_risk(below, panels.survival, months=ticks, label_left=name_left)


def _draw_all_dots(figure: Figure, panels: Panels, *, top: float) -> None:
    n_dots = sum(len(own) for own in panels.dots.values())
    pitch = (DOUBLE_COLUMN_MM - LETTER_MM) / max(n_dots, 4)
    left = 0.0
    for number, (analyte, own) in enumerate(panels.dots.items()):
        add_text(figure, ANALYTES[analyte], left=left + SCALE_MM, top=top, ha="left", va="top")
        letter = "" if number else panels.letters["dots"]
        draw_dots(figure, own, panels.look, left=left, top=top + TITLE_MM, pitch=pitch, height=DOTS_MM, letter=letter)
        left += pitch * len(own)
