"""Extended Data Figure 1: inflammation in the first weeks, with the days of cytokine release under it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from caseseries.derive.treatment.administrations import blocks_cytokines
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.course_grid import TICKS_MM, CourseGrid, write_title
from caseseries.exhibits.drawing.courses import Look, course_of, describe_course, look_of, plotted_course
from caseseries.exhibits.drawing.grade_tiles import GRADE_COLOURS, OUTLINE, describe_grades, grade_keys, plotted_grades
from caseseries.exhibits.drawing.keys import Key, draw_keys, keys_height, place_keys
from caseseries.exhibits.drawing.measures import measure_of
from caseseries.exhibits.drawing.normal_range import draw_normal_range, explain_normal_ranges, normal_range_of
from caseseries.exhibits.drawing.panels import LINE_GREY, draw_courses, set_days, write_n
from caseseries.exhibits.drawing.patient_bars import NAME_GAP_MM, name_room
from caseseries.exhibits.drawing.style import DOUBLE_COLUMN_MM, NOTE_STRIP_MM, SMALL_PT, journal_style, new_figure
from caseseries.exhibits.model import Drawing

TESTS = ("FERRITIN", "CRP", "IL6", "TEMPERATURE", "FIBRINOGEN")
CRS = {"CRS": "Cytokine release syndrome"}
N_COLUMNS, KEY_GAP_MM = 3, 1.6
LAST_COUNTED_DAY = 60
MARKS = {
    "blocker": ("Drug against a cytokine", "v", "black"),
    "glucocorticoid": ("Glucocorticoid against cytokine release or neurotoxicity", "s", "white"),
}
"""Words, marker and fill of drugs on the days of cytokine release."""


def plot_cytokines(
    patients: pd.DataFrame,
    results: pd.DataFrame,
    grades: pd.DataFrame,
    administrations: pd.DataFrame,
    *,
    first_day: int = -10,
    last_day: int = 28,
) -> Drawing:
    """Plot inflammation around the infusion.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it; ``TESTS`` are drawn as far as they were done.
    grades : DataFrame, one row per patient and toxicity
        Onset, end and grade of ``CRS``.
    administrations : DataFrame, one row per patient and course
        As ``derive_administrations`` gives it.
    first_day, last_day
        Ends of the axis of days.

    Returns
    -------
    Drawing
        ``plotted`` has a frame per test, and ``cytokine release`` and ``drugs`` where there are any.
    """
    look = look_of(patients)
    shown = results[results["day"].between(first_day, last_day) & results["patient_id"].isin(patients["patient_id"])]
    courses = {code: course_of(shown, code) for code in TESTS}
    courses = {code: course for code, course in courses.items() if len(course)}
    crs = grades[(grades["toxicity"] == "CRS") & grades["patient_id"].isin(patients["patient_id"])]
    # Many patients without an event would leave the panel of counts empty.
    drawn = crs if look.is_single or (crs["grade"] > 0).any() else crs[:0]
    given = _drugs(administrations, crs, first_day=first_day, last_day=last_day)
    ranges = [normal_range_of(shown, code) for code in courses]
    with journal_style():
        figure = _draw(look, courses, dict(zip(courses, ranges, strict=True)), drawn, given, (first_day, last_day))
    plotted = {measure_of(code).name: plotted_course(course, measure_of(code)) for code, course in courses.items()}
    if len(crs):
        plotted["cytokine release"] = plotted_grades(crs, toxicities=CRS)
    if len(given):
        plotted["drugs"] = given.rename(columns={"start_day": "first day (days)"})[
            ["patient_id", "drug", "first day (days)"]
        ]
    said = " ".join(describe_course(course, measure_of(code)) for code, course in courses.items())
    return Drawing(
        figure=figure,
        plotted=plotted,
        alt_text=f"Courses from day {fmt.number(first_day)} to day {last_day}, one line per patient. {said} "
        f"{describe_grades(crs, toxicities=CRS)}".strip(),
        legend=_explain(look, courses, ranges, crs, given, has_panel=len(drawn) > 0),
    )


def _drugs(administrations: pd.DataFrame, crs: pd.DataFrame, *, first_day: int, last_day: int) -> pd.DataFrame:
    own = administrations[administrations["start_day"].between(max(first_day, 0), last_day)]
    own = own[own["patient_id"].isin(crs["patient_id"])]
    is_blocker = blocks_cytokines(own)
    is_steroid = own["drug_class"].eq("glucocorticoid").fillna(False).astype(bool) & ~is_blocker
    mark = pd.Series("", index=own.index).mask(is_blocker, "blocker").mask(is_steroid, "glucocorticoid")
    return own.assign(mark=mark)[is_blocker | is_steroid].reset_index(drop=True)


def _draw(look: Look, courses, ranges, crs: pd.DataFrame, given: pd.DataFrame, days: tuple[int, int]):
    n_panels = len(courses) + (len(crs) > 0)
    grid = CourseGrid(max(1, min(N_COLUMNS, n_panels)), height_mm=38.0, right_mm=4.0)
    n_rows = -(-n_panels // grid.n_columns)
    marks = [
        Key(words, fill, marker, size_pt=3.0)
        for name, (words, marker, fill) in MARKS.items()
        if look.is_single and (given["mark"] == name).any()
    ]
    drawn = {name for frame in (*courses.values(), crs) for name in frame["patient_id"]}
    groups = [look.key_entries(drawn), [*grade_keys(crs.loc[crs["grade"] > 0, "grade"]), *marks]]
    keys = place_keys([group for group in groups if group], width_mm=DOUBLE_COLUMN_MM - 1)
    below = grid.bottom(n_rows) + KEY_GAP_MM
    figure = new_figure(width_mm=DOUBLE_COLUMN_MM, height_mm=below + keys_height(keys) + NOTE_STRIP_MM)
    for place, (code, course) in enumerate(courses.items()):
        row, column = divmod(place, grid.n_columns)
        axes = grid.add(figure, row=row, column=column, letter="abcdef"[place])
        draw_courses(axes, course, measure_of(code), look, by="day")
        draw_normal_range(axes, ranges[code])
        set_days(axes, first=days[0], last=days[1], start=look.start, label=place + grid.n_columns >= n_panels)
    if len(crs):
        row, column = divmod(len(courses), grid.n_columns)
        indent = max(0.0, name_room(crs, look) - TICKS_MM)
        axes = grid.add(figure, row=row, column=column, letter="abcdef"[len(courses)], indent=indent)
        set_days(axes, first=days[0], last=days[1], start=look.start)
        if look.is_single:
            _draw_release(axes, crs, given, look, width_mm=grid.width - indent)
        else:
            _draw_daily_counts(axes, crs)
        write_title(axes, "Cytokine release syndrome")
        write_n(axes, crs)
    draw_keys(figure, keys, left=0.5, top=below, width=DOUBLE_COLUMN_MM - 1)
    return figure


def _draw_daily_counts(axes: Axes, crs: pd.DataFrame) -> None:
    """Draw how many patients had cytokine release on each day, by their worst grade."""
    bottom = pd.Series(0, index=range(LAST_COUNTED_DAY + 1))
    for grade, own in crs[(crs["grade"] > 0) & crs["onset_day"].notna()].groupby("grade"):
        ends = own["end_day"].fillna(own["onset_day"])
        counts = pd.Series([int(((own["onset_day"] <= day) & (ends >= day)).sum()) for day in bottom.index])
        axes.bar(
            counts.index, counts, bottom=bottom, width=0.9, color=GRADE_COLOURS[int(grade)], edgecolor=OUTLINE,
            linewidth=0.3,
        )  # fmt: skip
        bottom += counts
    axes.set_ylabel("Patients on the day (n)")
    axes.set_ylim(0, max(1.0, bottom.max() * 1.05))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _draw_release(axes: Axes, crs: pd.DataFrame, given: pd.DataFrame, look: Look, *, width_mm: float) -> None:
    order = [name for name in look.order if name in set(crs["patient_id"])]
    rows = {name: row for row, name in enumerate(order)}
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    low, high = axes.get_xlim()
    for event in crs[crs["onset_day"].notna() & (crs["grade"] > 0)].itertuples():
        last = event.onset_day if pd.isna(event.end_day) else event.end_day
        axes.broken_barh(
            [(event.onset_day - 0.5, last - event.onset_day + 1)], (rows[event.patient_id] + 0.12, 0.76),
            facecolors=GRADE_COLOURS[int(event.grade)], edgecolors=OUTLINE, linewidth=0.35, zorder=2,
        )  # fmt: skip
    gap = (high - low) * NAME_GAP_MM / width_mm
    for name, row in rows.items():
        axes.text(
            low - gap, row + 0.5, name, ha="right", va="center_baseline", fontsize=SMALL_PT, clip_on=False
        )  # fmt: skip
    for event in crs[~(crs["grade"] > 0).fillna(False)].itertuples():
        words = "not assessable" if pd.isna(event.grade) else "none"
        axes.text(
            0.8, rows[event.patient_id] + 0.5, words, va="center_baseline", fontsize=SMALL_PT, color=LINE_GREY
        )  # fmt: skip
    for number in range(1, len(rows)):
        axes.axhline(number, color="#E0E0E0", linewidth=0.3, zorder=1)
    for name, (_, marker, fill) in MARKS.items():
        own = given[given["mark"] == name]
        middle = [rows[patient_id] + 0.5 for patient_id in own["patient_id"]]
        axes.plot(
            own["start_day"].astype("float64"), middle, linestyle="none", marker=marker, markersize=2.8,
            markerfacecolor=fill, markeredgecolor="black", markeredgewidth=0.4, zorder=4,
        )  # fmt: skip


def _explain(look: Look, courses, ranges, crs: pd.DataFrame, given: pd.DataFrame, *, has_panel: bool) -> str:
    letters = dict(zip(courses, "abcdef", strict=False))
    words = ["; ".join(f"{letter}, {measure_of(code).name}" for code, letter in letters.items()) + "."]
    words.append(explain_normal_ranges(ranges))
    if any(course["is_below"].any() for course in courses.values()):
        words.append("Open markers, below the limit of quantification, drawn at half of it.")
    if len(crs):
        n_open = int(crs["grade"].isna().sum())
        what = "bars, its days by grade" if look.is_single else "patients on each day, by worst grade"
        if not (crs["grade"] > 0).any():
            what = "no patient had it" if n_open < len(crs) else "not known"
        letter = f"{'abcdef'[len(courses)]}, cytokine" if has_panel else "Cytokine"
        words.append(f"{letter} release syndrome: {what}.")
        words.append(f"Not assessable in {fmt.count_of(n_open, 'patient')}." if n_open else "")
    blocked = given.loc[given["mark"] == "blocker", "patient_id"].nunique()
    words.append(f"Drugs against cytokines were given to {fmt.count_of(blocked, 'patient')}." if blocked else "")
    if not look.is_single:
        words.append("Colour, disease; thick line, median of periods with at least five patients.")
    words.append(f"n = {fmt.count_of(len(look.order), 'patient')}.")
    lacking = [measure_of(code).name for code in TESTS if code not in courses]
    words.append(f"Not in this data set: {'; '.join(lacking)}." if lacking else "")
    return " ".join(filter(None, words))
