"""Panels of Figure 2 that show CAR T cells in blood: the first weeks in days, then months, on one y axis."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits.drawing.courses import Look, drawn_values
from caseseries.exhibits.drawing.measures import Line, Measure
from caseseries.exhibits.drawing.panels import draw_courses, set_days, set_months, set_scale
from caseseries.exhibits.drawing.style import add_panel

BETWEEN_MM = 2.0
DAYS_SHARE = 0.54
"""Of the width of the two parts that of the days."""


@dataclass(frozen=True)
class Place:
    """Where a panel stands, in millimetres from the upper left corner of the page, and its letter."""

    left: float
    top: float
    width: float
    height: float
    letter: str
    letter_left: float


def quantification_lines(course: pd.DataFrame) -> tuple[Line, ...]:
    """Give a line for each lower limit of quantification that a result lies below; the highest bears the words."""
    limits = sorted(course.loc[course["is_below"], "value"].unique())
    return tuple(Line(float(limit), "LLOQ" if limit == limits[-1] else "") for limit in limits)


def draw_expansion(
    figure: Figure,
    course: pd.DataFrame,
    measure: Measure,
    look: Look,
    *,
    place: Place,
    last_day: int,
    last_month: float,
) -> None:
    """Draw the course in two parts that share the y axis; a part without a result is left out.

    Parameters
    ----------
    figure
        The page.
    course : DataFrame
        As ``course_of`` gives it, from day 0 on.
    measure, look
        As in ``draw_courses``.
    place
        Room of both parts.
    last_day, last_month
        Last day of the first part, and end of the second.
    """
    is_early = course["day"] <= last_day
    parts = [name for name, own in (("days", is_early), ("months", ~is_early)) if own.any()]
    days_mm = (place.width - BETWEEN_MM) * DAYS_SHARE
    widths = {"days": days_mm, "months": place.width - BETWEEN_MM - days_mm} if len(parts) == 2 else {}
    left = place.left
    for number, part in enumerate(parts):
        width = widths.get(part, place.width)
        axes = add_panel(
            figure, left=left, top=place.top, width=width, height=place.height,
            letter="" if number else place.letter, letter_left=place.letter_left,
        )  # fmt: skip
        is_last = number == len(parts) - 1
        drawn = measure if is_last else measure.with_lines(*(Line(line.value, "") for line in measure.lines))
        own = course[is_early if part == "days" else ~is_early]
        draw_courses(axes, own, drawn, look, by="day" if part == "days" else "months", beyond=course)
        set_scale(axes, measure, drawn_values(course))
        if part == "days":
            set_days(axes, first=0, last=last_day, start=look.start)
        else:
            set_months(axes, first=last_day / DAYS_PER_MONTH, last=last_month, start=look.start)
        if number:
            axes.set_ylabel("")
            axes.spines["left"].set_visible(False)
            axes.tick_params(left=False, labelleft=False)
        left += width + BETWEEN_MM
