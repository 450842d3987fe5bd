"""Panels of courses over time: axes, points, lines, reference lines, and bars of states under them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import DOT_PT, MARKER_PT, Look, drawn_values
from caseseries.exhibits.drawing.measures import LOG, Measure
from caseseries.exhibits.drawing.style import SMALL_PT
from caseseries.precision import magnitude, settle

LINE_GREY = "#5A5A5A"


def draw_courses(
    axes: Axes,
    course: pd.DataFrame,
    measure: Measure,
    look: Look,
    *,
    by: str = "months",
    lines: bool = True,
    beyond: pd.DataFrame | None = None,
) -> None:
    """Draw one line per patient with every point; open markers are values below the limit of quantification.

    Parameters
    ----------
    axes
        Empty axes; the limits of x are set before or after by ``set_months`` or ``set_days``.
    course : DataFrame
        As ``course_of`` gives it, cut to the time that is shown. A column ``is_open`` tells which markers are open
        instead of ``is_below``.
    measure
        Scale, ends and reference lines.
    look
        Colours and markers of the cohort.
    by
        Column of the x axis: months or day.
    lines
        Whether the points of a patient are joined.
    beyond : DataFrame
        The course without the cut, if lines are to run on to the edges of the panel.
    """
    height = drawn_values(course)
    joined = course if beyond is None else beyond
    joined = joined.assign(height=drawn_values(joined))
    set_scale(axes, measure, height)
    for line in measure.lines:
        axes.axhline(line.value, color=LINE_GREY, linewidth=0.4, linestyle=(0, (4, 2)), zorder=1)
        axes.annotate(
            line.words, (1, line.value), (1.5, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="left", va="center", fontsize=SMALL_PT, color=LINE_GREY, annotation_clip=True, clip_on=False,
        )  # fmt: skip
    if look.is_single:
        _draw_single(axes, course, height, look, by=by, joined=joined if lines else joined[:0])
    else:
        _draw_many(axes, course, height, look, by=by, joined=joined)
    write_n(axes, course)


def write_n(axes: Axes, course: pd.DataFrame) -> None:
    """Write the number of patients drawn above the right end of a panel."""
    n = course["patient_id"].nunique()
    axes.text(1, 1.01, f"n = {n}", transform=axes.transAxes, ha="right", va="bottom", fontsize=SMALL_PT, clip_on=False)


def _is_open(course: pd.DataFrame) -> pd.Series:
    return course["is_open"] if "is_open" in course else course["is_below"]


def _draw_single(
    axes: Axes, course: pd.DataFrame, height: pd.Series, look: Look, *, by: str, joined: pd.DataFrame
) -> None:
    for place, name in enumerate(look.order):
        mask = course["patient_id"] == name
        if not mask.any():
            continue
        style, x, y = look.styles[name], course.loc[mask, by], height[mask]
        # Later patients lie above earlier ones with both their line and their markers.
        level = 3 + place / 100
        own = joined[joined["patient_id"] == name]
        if len(own):
            axes.plot(own[by], own["height"], color=style.colour, linewidth=0.75, zorder=level)
        below = _is_open(course)[mask]
        for chosen, face in ((~below, style.colour), (below, "white")):
            if chosen.any():
                axes.plot(
                    x[chosen], y[chosen], linestyle="none", marker=style.marker, markersize=MARKER_PT,
                    markerfacecolor=face, markeredgecolor=style.colour if face == "white" else "white",
                    markeredgewidth=0.5 if face == "white" else 0.25, zorder=level + 0.005, clip_on=False,
                )  # fmt: skip


def _draw_many(
    axes: Axes, course: pd.DataFrame, height: pd.Series, look: Look, *, by: str, joined: pd.DataFrame
) -> None:
    drawn = course.assign(height=height, disease=course["patient_id"].map(look.diseases), is_open=_is_open(course))
    for _, own in drawn.groupby("disease"):
        colour = look.colour(own["patient_id"].iloc[0])
        drawn_on = joined[joined["patient_id"].isin(own["patient_id"])]
        points = drawn_on[[by, "height"]].to_numpy()
        paths = [points[rows] for rows in drawn_on.groupby("patient_id").indices.values() if len(rows) > 1]
        axes.add_collection(LineCollection(paths, colors=colour, linewidths=0.3, alpha=0.35, zorder=2), autolim=False)
        for below, face in ((False, colour), (True, "white")):
            chosen = own[own["is_open"] == below]
            axes.plot(
                chosen[by], chosen["height"], linestyle="none", marker="o", markersize=DOT_PT, alpha=0.5,
                markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.2, zorder=3,
            )  # fmt: skip
    middle = median_course(drawn, by=by)
    if len(middle) > 1:
        axes.plot(middle[by], middle["height"], color="black", linewidth=1.0, zorder=5)


def median_course(drawn: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Give the median of the drawn heights in periods with at least five patients.

    Periods are those of the visits: weeks in the first month, months in the first half year, quarters up to two
    years, then years. Each patient counts once in a period, with the last value.
    """
    days = drawn[by] * (DAYS_PER_MONTH if by == "months" else 1)
    edges = [
        -3650,
        0.5,
        *np.arange(7, 29, 7),
        *(np.arange(2, 7) * DAYS_PER_MONTH),
        *(np.arange(9, 25, 3) * DAYS_PER_MONTH),
    ]
    edges += list(np.arange(3, 16) * 365.25)
    period = pd.cut(days, edges, labels=False)
    last = drawn.assign(period=period).dropna(subset="period").sort_values(by)
    last = last.drop_duplicates(["patient_id", "period"], keep="last")
    middle = last.groupby("period").agg(n=("patient_id", "size"), height=("height", "median"), **{by: (by, "median")})
    return middle[middle["n"] >= 5].reset_index(drop=True)


def set_scale(axes: Axes, measure: Measure, heights: pd.Series) -> None:
    """Set the y axis of a measure: its label, its ends, and a band at the foot of a log axis for zeros."""
    axes.set_ylabel(raised(measure.label))
    known = [*heights, *(value for value in (measure.low, measure.high) if value is not None)]
    known += [line.value for line in measure.lines]
    low, high = min(known), max(known)
    if measure.scale != LOG:
        room = (high - low or abs(high) or 1) * 0.06
        bottom = measure.low if measure.low is not None and low >= measure.low else low - room
        top = measure.high if measure.high is not None and high <= measure.high else high + room
        axes.set_ylim(bottom - (0.02 * (top - bottom) if measure.low is not None else 0), top)
        return
    positive = [value for value in known if value > 0] or [1.0]
    first = magnitude(min(positive))
    highest = settle(max(positive) * 1.05)
    last = max(magnitude(highest) + (highest > 10.0 ** magnitude(highest)), first + 1)
    if low <= 0:
        # Zeros stand in a band of their own under the lowest decade.
        axes.set_yscale("symlog", linthresh=10.0**first, linscale=0.35)
        axes.set_ylim(-(10.0**first) * 0.15, 10.0**last)
    else:
        axes.set_yscale("log")
        axes.set_ylim(10.0**first, 10.0**last)
    step = 1 + (last - first) // 6
    decades = [10.0**power for power in range(first, last + 1, step)]
    ticks = [0.0, *decades] if low <= 0 else decades
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.set_yticks(ticks, [_tick_text(tick) for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _tick_text(value: float) -> str:
    if value == 0 or 0.01 <= value < 99999:
        return fmt.significant(value)
    return raised(f"10{str(magnitude(value)).translate(fmt.SUPERSCRIPTS)}")


def raised(text: str) -> str:
    """Set raised digits as mathtext: the typeface has no more of them than 1 to 3."""
    plain = {raised: digit for digit, raised in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}

    def set_digits(match: re.Match) -> str:
        return f"$^{{{''.join(plain[letter] for letter in match.group())}}}$"

    return re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*[⁻⁰⁴⁵⁶⁷⁸⁹][⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*", set_digits, text)


def set_months(axes: Axes, *, first: float, last: float, start: str, label: bool = True) -> None:
    """Set an x axis in months since infusion, or what else day 0 is, with a line at it."""
    step = next(step for step in (1, 3, 6, 12, 24, 36, 60) if (last - max(first, 0)) / step <= 9)
    ticks = np.arange(np.ceil(min(first, 0) / step) * step, last + 1e-9, step)
    # A tick before the first month would widen the axis.
    ticks = ticks[ticks >= first]
    axes.set_xlim(first, last)
    axes.set_xticks(ticks, [fmt.number(float(tick)) for tick in ticks] if label else [""] * len(ticks))
    if label:
        axes.set_xlabel(f"Time from {start} (months)")
    _mark_start(axes)


def set_days(axes: Axes, *, first: float, last: float, start: str, label: bool = True) -> None:
    """Set an x axis in days since infusion, or what else day 0 is, with a line at it."""
    ticks = np.arange(0, last + 1e-9, 7)
    axes.set_xlim(first, last)
    axes.set_xticks(ticks, [fmt.number(float(tick)) for tick in ticks] if label else [""] * len(ticks))
    if label:
        axes.set_xlabel(f"Time from {start} (days)")
    _mark_start(axes)


def _mark_start(axes: Axes) -> None:
    if axes.get_xlim()[0] <= 0:
        axes.axvline(0, color="black", linewidth=0.5, zorder=1.5)


def draw_ribbons(
    axes: Axes, intervals: pd.DataFrame, look: Look, *, patient_ids: Sequence[str], colour: str, name: str
) -> None:
    """Draw one thin bar per patient and interval, in the order of the cohort, such as aplasia or drug-free time.

    Parameters
    ----------
    axes
        A strip as wide as the panel that it belongs to; the limits of x are set by the caller.
    intervals : DataFrame, one row per patient and interval
        ``patient_id``, ``start``, ``end`` in the unit of the x axis.
    patient_ids
        Patients with a line of their own, whether they have an interval or not.
    colour, name
        Fill of the bars, and the words at their left.
    """
    rows = {name: place for place, name in enumerate(n for n in look.order if n in set(patient_ids))}
    for row in intervals.itertuples():
        place = rows[row.patient_id]
        edge = look.colour(row.patient_id)
        axes.broken_barh(
            [(row.start, row.end - row.start)], (place + 0.15, 0.7), facecolors=colour, edgecolors=edge, linewidth=0.4
        )
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=SMALL_PT)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
