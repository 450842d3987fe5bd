"""The timeline of one patient: drugs, dose, events, visits, counts and scores on one axis of months."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import drawn_values, start_word
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import Measure
from caseseries.exhibits.drawing.panels import LINE_GREY, raised, set_months, set_scale
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    MAX_HEIGHT_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    PatientStyle,
    add_panel,
    add_text,
    journal_style,
    new_figure,
    patient_styles,
    shorten,
)
from caseseries.exhibits.model import Drawing
from caseseries.exhibits.patient.course import MOST_DRUGS, PatientCourse, trace_patient
from caseseries.exhibits.treatment.months import CLASS_COLOURS, CLASS_WORDS
from caseseries.exhibits.treatment.rows import draw_dose

GRADE_COLOURS = {1: "#F6D5C3", 2: "#EBA487", 3: "#CF5F45", 4: "#9A2A22", 5: "#000000"}
NO_GRADE = "#FFFFFF"

LEFT_MM, RIGHT_MM, TOP_MM, AXIS_MM, EDGE_MM = 40.0, 8.0, 4.0, 8.5, 0.5
ROW_MM, DOSE_MM, VISITS_MM, GAP_MM = 2.3, 8.0, 3.2, 2.2
COURSE_MM = (9.0, 15.0)
"""Lowest and greatest height of a panel of values."""

SHORTEST_MM = 0.8
"""Least width of the bar of an event, so that its grade can be seen."""

TICK_MM = 2.6
"""Height that one label of a y axis needs."""


def plot_timeline(tables: Mapping[str, pd.DataFrame], *, patient_id: str, months_before: float = 12) -> Drawing | None:
    """Plot the course of one patient.

    Parameters
    ----------
    tables : mapping of DataFrame
        Derived tables by name; see ``trace_patient``.
    patient_id
        Whose course.
    months_before
        Months before the infusion that are shown where anything was recorded then.

    Returns
    -------
    Drawing or None
        ``plotted`` has the panels drugs, dose, events, visits and one per measure, as far as there is something; None
        where there is nothing.
    """
    course = trace_patient(tables, patient_id=patient_id, months_before=months_before)
    if not _plotted(course):
        return None
    style = patient_styles(tables["patients"]["patient_id"])[patient_id]
    with journal_style():
        figure = _draw(course, style, start=start_word(tables["patients"]))
    return Drawing(figure=figure, plotted=_plotted(course), alt_text=_describe(course), legend=_explain(course))


def _draw(course: PatientCourse, style: PatientStyle, *, start: str) -> Figure:
    rows = _list_rows(course)
    keys = place_keys(_list_keys(course, rows), width_mm=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    fixed = [len(rows) * ROW_MM, DOSE_MM * bool(len(course.doses)), len(course.events) * ROW_MM]
    fixed += [VISITS_MM * bool(len(course.visits))]
    n_gaps = sum(height > 0 for height in fixed) + len(course.courses) - 1
    around = TOP_MM + AXIS_MM + keys_height(keys) + NOTE_STRIP_MM + 1
    free = MAX_HEIGHT_MM - around - math.fsum(fixed) - GAP_MM * max(n_gaps, 0)
    course_mm = min(max(free / max(len(course.courses), 1), COURSE_MM[0]), COURSE_MM[1])
    height = around + math.fsum(fixed) + course_mm * len(course.courses) + GAP_MM * max(n_gaps, 0)
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=max(height, around + 10))
    heights = [height for height in (*fixed, *[course_mm] * len(course.courses)) if height > 0]
    panels, top = [], TOP_MM
    for own in heights:
        panels.append(add_panel(figure, left=LEFT_MM, top=top, width=_width(), height=own))
        top += own + GAP_MM
    below = top - GAP_MM + AXIS_MM
    free_panels = iter(panels)
    if rows:
        _draw_drugs(next(free_panels), course, rows)
    if len(course.doses):
        axes = next(free_panels)
        draw_dose(axes, course.doses, max(float(course.doses["dose"].max()), 0.01), _span(course), start="")
        _name(axes, "Prednisone equivalent", "mg/kg/day")
    if len(course.events):
        shortest = SHORTEST_MM * (course.last_month - course.first_month) / _width()
        _draw_events(next(free_panels), course.events, shortest=shortest)
    if len(course.visits):
        _draw_visits(next(free_panels), course.visits)
    for measure, values in course.courses:
        _draw_course(next(free_panels), values, measure, style, height=course_mm)
    for axes in panels:
        is_last = axes is panels[-1]
        set_months(axes, first=course.first_month, last=course.last_month, label=is_last, start=start)
        axes.tick_params(bottom=is_last)
        axes.spines["bottom"].set_visible(is_last or axes.get_yticks().size > 0)
    day_0 = LEFT_MM - _width() * course.first_month / (course.last_month - course.first_month)
    words, top = start.capitalize(), TOP_MM - 0.6
    add_text(figure, words, left=day_0, top=top, ha="center", va="bottom", fontsize=SMALL_PT)
    draw_keys(figure, keys, left=EDGE_MM, top=below, width=DOUBLE_COLUMN_MM - 2 * EDGE_MM)
    return figure


def _width() -> float:
    return DOUBLE_COLUMN_MM - LEFT_MM - RIGHT_MM


def _span(course: PatientCourse) -> tuple[float, float]:
    return course.first_month, course.last_month


def _list_rows(course: PatientCourse) -> list[str]:
    """List the rows of the drugs: one per drug, or one per class where there are too many."""
    by = "drug" if course.drugs["drug"].nunique() <= MOST_DRUGS else "drug_class"
    return list(dict.fromkeys(course.drugs[by]))


def _list_keys(course: PatientCourse, rows: list[str]) -> list[list[Key]]:
    classes = list(dict.fromkeys(course.drugs["drug_class"]))
    drugs = [Key(CLASS_WORDS[name], CLASS_COLOURS[name]) for name in classes]
    grades = [
        Key(f"Grade {grade}", GRADE_COLOURS[grade]) for grade in sorted(set(course.events["grade"].dropna()) - {0})
    ]
    if course.events["grade"].isna().any():
        grades.append(Key("No grade recorded", NO_GRADE))
    visits = [
        Key(f"Visit {status}", face, marker)
        for status, (marker, face) in VISIT_MARKS.items()
        if (course.visits["status"] == status).any()
    ]
    return [group for group in (drugs if rows else [], grades + visits) if group]


def _draw_drugs(axes: Axes, course: PatientCourse, rows: list[str]) -> None:
    is_by_drug = course.drugs["drug"].isin(rows).all()
    lines = {name: number for number, name in enumerate(rows)}
    for row in course.drugs.itertuples():
        line = lines[row.drug if is_by_drug else row.drug_class]
        axes.broken_barh(
            [(row.start, row.end - row.start)], (line + 0.12, 0.76), facecolors=CLASS_COLOURS[row.drug_class],
            edgecolors="black", linewidth=0.15,
        )  # fmt: skip
    _set_rows(axes, rows if is_by_drug else [CLASS_WORDS[name] for name in rows])


def _draw_events(axes: Axes, events: pd.DataFrame, *, shortest: float) -> None:
    for line, row in enumerate(events.itertuples()):
        colour = GRADE_COLOURS.get(row.grade, NO_GRADE) if pd.notna(row.grade) else NO_GRADE
        axes.broken_barh(
            [(row.start, max(row.end - row.start, shortest))], (line + 0.12, 0.76), facecolors=colour,
            edgecolors="black", linewidth=0.25, zorder=3,
        )  # fmt: skip
    _set_rows(axes, events["term"].tolist())


VISIT_MARKS = {"done": ("o", "#000000"), "missed": ("X", "#FFFFFF")}


def _draw_visits(axes: Axes, visits: pd.DataFrame) -> None:
    for status, own in visits.groupby("status"):
        marker, face = VISIT_MARKS[status]
        axes.plot(
            own["months"], [0.5] * len(own), linestyle="none", marker=marker, markersize=3, markerfacecolor=face,
            markeredgecolor="black", markeredgewidth=0.4, clip_on=False, zorder=3,
        )  # fmt: skip
    _set_rows(axes, ["Visits"])


def _set_rows(axes: Axes, names: list[str]) -> None:
    axes.set_ylim(len(names), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for line, name in enumerate(names):
        axes.annotate(
            shorten(name, LEFT_MM - 2, size_pt=SMALL_PT), (0, line + 0.5), (-3, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="center_baseline", fontsize=SMALL_PT, annotation_clip=False, clip_on=False,
        )  # fmt: skip


def _draw_course(axes: Axes, values: pd.DataFrame, measure: Measure, style: PatientStyle, *, height: float) -> None:
    heights = drawn_values(values)
    set_scale(axes, measure, heights)
    axes.set_ylabel("")
    _thin_ticks(axes, most=max(2, int(height // TICK_MM)))
    for line in measure.lines:
        axes.axhline(line.value, color=LINE_GREY, linewidth=0.4, linestyle=(0, (4, 2)), zorder=1)
    axes.plot(values["months"], heights, color=style.colour, linewidth=0.6, zorder=3)
    for chosen, face in ((~values["is_below"], style.colour), (values["is_below"], "white")):
        if chosen.any():
            axes.plot(
                values.loc[chosen, "months"], heights[chosen], linestyle="none", marker=style.marker, markersize=2.2,
                markerfacecolor=face, markeredgecolor=style.colour, markeredgewidth=0.4, zorder=4, clip_on=False,
            )  # fmt: skip
    _name(axes, measure.name, raised(fmt.unit(measure.unit)))


def _thin_ticks(axes: Axes, *, most: int) -> None:
    """Leave no more labels on a y axis than have room, the lowest among them."""
    low, high = sorted(axes.get_ylim())
    ticks = [tick for tick in axes.get_yticks() if low - 1e-9 <= tick <= high + 1e-9]
    labels = {tick: label.get_text() for tick, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    step = -(-len(ticks) // most)
    kept = ticks[::step]
    words = [labels[tick] or fmt.significant(float(tick)) for tick in kept]
    axes.set_yticks(kept, words, fontsize=SMALL_PT)


def _name(axes: Axes, name: str, unit: str) -> None:
    axes.text(
        -LEFT_MM / _width() + 0.5 / _width(), 0.5, f"{name}\n({unit})" if unit else name, transform=axes.transAxes,
        ha="left", va="center", fontsize=SMALL_PT, clip_on=False,
    )  # fmt: skip


def _describe(course: PatientCourse) -> str:
    what = [
        fmt.count_of(course.drugs["drug"].nunique(), "drug"),
        fmt.count_of(course.n_events, "adverse event"),
        fmt.count_of(len(course.visits), "visit"),
    ]
    parts = [
        f"Timeline of {course.patient_id} from month {fmt.number(course.first_month)} to "
        f"{fmt.number(course.last_month)}: {fmt.listing(what)}."
    ]
    for measure, values in course.courses:
        span = fmt.span(values["value"], 2)
        parts.append(f"{measure.label}: {fmt.count_of(len(values), 'value')}, {span}.")
    return " ".join(parts)


def _explain(course: PatientCourse) -> str:
    parts = [
        "Bars, courses of drugs for the disease by class, and adverse events by grade; the line under the drugs is the "
        "maintenance dose of glucocorticoids as prednisone, thin where it rests on the weight of day 0. The bar of "
        f"an event is at least {fmt.number(SHORTEST_MM, 1)} mm long."
    ]
    if course.n_events > len(course.events):
        parts.append(f"The {len(course.events)} worst of {course.n_events} events are drawn.")
    if any(values["is_below"].any() for _, values in course.courses):
        parts.append("Open markers, below the limit of quantification, at half of it.")
    return " ".join([*parts, "Dashed lines, limits in use."])


def _plotted(course: PatientCourse) -> dict[str, pd.DataFrame]:
    times = {"start": "start (months)", "end": "end (months)", "months": "time (months)", "value": "value"}
    frames = {
        "drugs": course.drugs,
        "dose": course.doses,
        "events": course.events,
        "visits": course.visits,
        **{measure.label: values[["months", "value", "is_below"]] for measure, values in course.courses},
    }
    return {name: frame.rename(columns=times) for name, frame in frames.items() if len(frame)}
