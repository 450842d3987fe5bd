"""Extended Data Figure 2: blood counts of the first hundred days, and the grades of cytopenia that follow from them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.course_grid import CourseGrid, free_lowest_line
from caseseries.exhibits.drawing.courses import Look, course_of, describe_course, look_of, plotted_course
from caseseries.exhibits.drawing.grade_tiles import (
    NOT_ASSESSABLE,
    OUTLINE,
    describe_grades,
    draw_grade_bars,
    draw_tiles,
    grade_keys,
    plotted_grades,
)
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import LINEAR, Line, Measure, measure_of
from caseseries.exhibits.drawing.normal_range import draw_normal_range, explain_normal_ranges, normal_range_of
from caseseries.exhibits.drawing.panels import LINE_GREY, draw_courses
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    NOTE_STRIP_MM,
    SMALL_PT,
    add_panel,
    add_text,
    journal_style,
    new_figure,
    text_width_mm,
)
from caseseries.exhibits.model import Drawing

LINES = {
    "ANC": (Line(0.5, "500/µL"), Line(0.1, "100/µL")),
    "PLT": (Line(50, "50"), Line(20, "20")),
    "HGB": (Line(80, "80"),),
    "LYM": (Line(0.2, "200/µL"),),
}
"""Limits of early ICAHT and T-ICAHT; of grade 3 anaemia and grade 4 lymphopenia in the CTCAE."""

TOXICITIES = {
    "ICAHT_EARLY": "ICAHT\nearly",
    "ICAHT_LATE": "ICAHT\nlate",
    "T_ICAHT_EARLY": "T-ICAHT\nearly",
    "T_ICAHT_LATE": "T-ICAHT\nlate",
}
NEUTROPHILS, GCSF = "ANC", "gcsf"
FACTOR_FOOT = 0.1
"""Share of the height of the panel of neutrophils that bars of G-CSF take at its foot."""

BEFORE_DAYS, TICK_DAYS = 10, 30
PANEL_MM, ROW_MM, BAR_MM, KEY_GAP_MM, HEAD_MM = 38.0, 4.6, 7.0, 1.6, 6.4


def plot_cytopenia(
    patients: pd.DataFrame,
    results: pd.DataFrame,
    grades: pd.DataFrame,
    administrations: pd.DataFrame,
    *,
    early_last_day: int = 30,
    late_last_day: int = 100,
) -> Drawing:
    """Plot blood counts and grades of cytopenia after cell therapy.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it; the tests of ``LINES`` are drawn as far as they were done.
    grades : DataFrame, one row per patient and toxicity
        Those of ``TOXICITIES``.
    administrations : DataFrame, one row per patient and course
        As ``derive_administrations`` gives it; courses of G-CSF are drawn under the neutrophils.
    early_last_day, late_last_day
        Last days of the early and of the late period, as the grades were derived with.

    Returns
    -------
    Drawing
        ``plotted`` has a frame per test, ``grades``, and ``G-CSF`` if it was given.
    """
    look = look_of(patients)
    own = results[results["patient_id"].isin(patients["patient_id"])]
    shown = own[own["day"].between(-BEFORE_DAYS, late_last_day)]
    courses = {code: course_of(shown, code) for code in LINES}
    courses = {code: course for code, course in courses.items() if len(course)}
    tiles = grades[grades["toxicity"].isin(TOXICITIES) & grades["patient_id"].isin(patients["patient_id"])]
    words = {code: name for code, name in TOXICITIES.items() if (tiles["toxicity"] == code).any()}
    ranges = {code: normal_range_of(shown, code) for code in courses}
    factors = _find_factors(administrations, last_day=late_last_day) if NEUTROPHILS in courses else None
    with journal_style():
        figure = _draw(look, courses, ranges, tiles, words, (early_last_day, late_last_day))
        if factors is not None and look.is_single:
            _draw_factors(figure.axes[list(courses).index(NEUTROPHILS)], factors, look)
    plotted = {measure_of(code).name: plotted_course(course, measure_of(code)) for code, course in courses.items()}
    if words:
        plotted["grades"] = plotted_grades(tiles, toxicities=TOXICITIES)
    if factors is not None:
        plotted["G-CSF"] = factors.rename(columns={"start_day": "first day (days)", "end_day": "last day (days)"})
    said = " ".join(describe_course(course, measure_of(code)) for code, course in courses.items())
    return Drawing(
        figure=figure,
        plotted=plotted,
        alt_text=f"Blood counts from day {fmt.number(-BEFORE_DAYS)} to day {late_last_day}, one line per patient. "
        f"{said} Grades of cytopenia. {describe_grades(tiles, toxicities=words)}".strip(),
        legend=" ".join(
            [*_explain(look, courses, ranges, tiles, words, early_last_day), *_explain_factors(factors, look)]
        ),
    )


def _measure(code: str) -> Measure:
    found = measure_of(code, lines=LINES[code])
    return replace(found, low=None) if found.scale == LINEAR else found


def _draw(look: Look, courses, ranges, tiles: pd.DataFrame, words: dict[str, str], days: tuple[int, int]):
    n_columns = min(2, len(courses)) + bool(words) if courses else 2
    grid = CourseGrid(n_columns, height_mm=PANEL_MM, right_mm=8.0)
    n_wide = n_columns - bool(words)
    n_rows = -(-len(courses) // n_wide) if courses else 0
    n_patients = tiles["patient_id"].nunique()
    tiles_mm = (n_patients * ROW_MM if look.is_single else len(words) * BAR_MM) if words else 0
    drawn = {name for frame in (*courses.values(), tiles) for name in frame["patient_id"]}
    levels = grade_keys(tiles["grade"]) if words else []
    if tiles["grade"].isna().any():
        levels.append(Key(f"{NOT_ASSESSABLE} (hatched)", "white", edge=OUTLINE))
    groups = [look.key_entries(drawn), levels]
    keys = place_keys([group for group in groups if group], width_mm=DOUBLE_COLUMN_MM - 1)
    axis_mm = 0.0 if look.is_single else 7.0
    below = max(grid.bottom(n_rows), grid.top_mm + HEAD_MM + tiles_mm + axis_mm if words else 0) + KEY_GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM)
    for place, (code, course) in enumerate(courses.items()):
        row, column = divmod(place, n_wide)
        axes = grid.add(figure, row=row, column=column, letter="abcd"[place])
        draw_courses(axes, course, _measure(code), look, by="day")
        free_lowest_line(axes, LINES[code])
        draw_normal_range(axes, ranges[code])
        _set_periods(axes, days, start=look.start, has_label=place + n_wide >= len(courses))
    if words:
        _draw_grades(figure, grid, tiles, look, words, letter="abcde"[len(courses)], height=tiles_mm)
    draw_keys(figure, keys, left=0.5, top=below, width=DOUBLE_COLUMN_MM - 1)
    return figure


def _set_periods(axes: Axes, days: tuple[int, int], *, start: str, has_label: bool) -> None:
    """Set the axis of days, with a line at the infusion and one between the early and the late period."""
    early, late = days
    ticks = list(range(0, late + 1, TICK_DAYS))
    axes.set_xlim(-BEFORE_DAYS, late)
    axes.set_xticks(ticks, [fmt.number(tick) for tick in ticks] if has_label else [""] * len(ticks))
    axes.axvline(0, color="black", linewidth=0.5, zorder=1.5)
    axes.axvline(early + 0.5, color=LINE_GREY, linewidth=0.5, linestyle=(0, (1, 1.5)), zorder=1.5)
    if has_label:
        axes.set_xlabel(f"Time from {start} (days)")


def _draw_grades(figure, grid: CourseGrid, tiles, look: Look, words: dict[str, str], *, letter: str, height: float):
    column, names = grid.n_columns - 1, [name for name in look.order if name in set(tiles["patient_id"])]
    widest = max(text_width_mm(name) for name in names) if look.is_single else 8.0
    left = max(grid.left(column), grid.left(column) - 9.0 + widest)
    width = min(grid.left(column) + grid.width + 6.0, DOUBLE_COLUMN_MM - 2.5) - left
    axes = add_panel(
        figure, left=left, top=grid.top_mm + HEAD_MM, width=min(width, 11.0 * len(words)) if look.is_single else width,
        height=height,
    )  # fmt: skip
    add_text(figure, letter, left=grid.left(column) - 10.7, top=grid.top_mm - 3.2, ha="left", va="top", fontsize=8,
             fontweight="bold")  # fmt: skip
    if look.is_single:
        draw_tiles(axes, tiles, look, toxicities=words)
    else:
        draw_grade_bars(axes, tiles, toxicities=words)


def _explain(look: Look, courses, ranges, tiles: pd.DataFrame, words: dict[str, str], early_last_day: int) -> list[str]:
    said = ["; ".join(f"{letter}, {_panel_words(code)}" for code, letter in zip(courses, "abcd", strict=False)) + "."]
    said.append(explain_normal_ranges(list(ranges.values())))
    said.append(f"Dotted, end of the early period, day {early_last_day}.")
    if words:
        cells = "one row per patient, the grade written" if look.is_single else "patients by grade"
        said.append(
            f"{'abcde'[len(courses)]}, neutropenia (ICAHT) and thrombocytopenia (T-ICAHT) after cell therapy, early "
            f"and late: {cells}."
        )
        is_partial = (tiles["status"] == "partial").any()
        said.append("≥, days without a count leave a higher grade open." if is_partial else "")
        n_open = int(tiles["grade"].isna().sum())
        said.append(f"Hatched, not assessable ({n_open} of {len(tiles)} grades)." if n_open else "")
    if any(course["is_below"].any() for course in courses.values()):
        said.append("Open markers, below the limit of quantification, drawn at half of it.")
    if not look.is_single:
        said.append("Colour of lines, disease; thick line, median of periods with at least five patients.")
    said.append(f"n = {fmt.count_of(len(look.order), 'patient')}.")
    lacking = [measure_of(code).name for code in LINES if code not in courses]
    said.append(f"Not in this data set: {'; '.join(lacking)}." if lacking else "")
    return list(filter(None, said))


def _explain_factors(factors: pd.DataFrame | None, look: Look) -> list[str]:
    if factors is None:
        return []
    who = fmt.count_of(factors["patient_id"].nunique(), "patient")
    return [f"Bars at the foot of the neutrophils, G-CSF ({who})." if look.is_single else f"G-CSF was given to {who}."]


def _find_factors(administrations: pd.DataFrame, *, last_day: int) -> pd.DataFrame | None:
    """Find the courses of G-CSF in the days that are drawn; one whose end is not known ends on its first day."""
    given = administrations[administrations["drug_class"] == GCSF]
    given = given.assign(end_day=given["end_day"].fillna(given["start_day"]))
    given = given[(given["end_day"] >= -BEFORE_DAYS) & (given["start_day"] <= last_day)]
    columns = ["patient_id", "drug", "start_day", "end_day"]
    return given[columns].sort_values(["patient_id", "start_day"], ignore_index=True) if len(given) else None


def _draw_factors(axes: Axes, factors: pd.DataFrame, look: Look) -> None:
    """Draw a bar per course in the colour of the patient, one lane per patient, below the lowest line of the panel."""
    treated = [name for name in look.order if name in set(factors["patient_id"])]
    lanes = {name: FACTOR_FOOT * (place + 0.5) / len(treated) for place, name in enumerate(treated)}
    for course in factors.itertuples():
        axes.plot(
            [course.start_day - 0.5, course.end_day + 0.5], [lanes[course.patient_id]] * 2,
            transform=axes.get_xaxis_transform(), color=look.colour(course.patient_id), linewidth=1.4,
            solid_capstyle="butt", zorder=3,
        )  # fmt: skip
    last = min(float(factors["end_day"].max()) + 2, axes.get_xlim()[1] - 15)
    axes.text(last, FACTOR_FOOT / 2, "G-CSF", transform=axes.get_xaxis_transform(), ha="left", va="center",
              fontsize=SMALL_PT)  # fmt: skip


def _panel_words(code: str) -> str:
    limits = fmt.listing([line.words for line in LINES[code]])
    unit = "" if "/" in limits else f" {fmt.unit(measure_of(code).unit)}"
    return f"{measure_of(code).name} (dashed, {limits}{unit})"
