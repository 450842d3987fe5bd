"""Figure 2: expansion of CAR T cells, depletion and return of B cells."""

from __future__ import annotations

import pandas as pd

from caseseries.estimate import estimate_survival
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import course_of, describe_course, last_month, look_of, plotted_course
from caseseries.exhibits.drawing.measures import measure_of
from caseseries.exhibits.drawing.normal_range import explain_normal_ranges, normal_range_of
from caseseries.exhibits.drawing.style import journal_style
from caseseries.exhibits.drawing.survival_panel import describe_median, plotted_survival
from caseseries.exhibits.kinetics.aplasia import aplasia_of, describe_aplasia, describe_rule, plotted_aplasia
from caseseries.exhibits.kinetics.dots import describe_dots, dots_of, plotted_dots
from caseseries.exhibits.kinetics.page import ANALYTES, MONTHS_BEFORE, Panels, draw_page
from caseseries.exhibits.model import Drawing


def plot_kinetics(
    patients: pd.DataFrame,
    results: pd.DataFrame,
    kinetics: pd.DataFrame,
    time_to_event: pd.DataFrame,
    *,
    return_rule: str = "two_samples_10_per_ul",
    marker: str = "CD19",
    survival_ci: str = "log-log",
    last_day: int = 28,
) -> Drawing:
    """Plot CAR T cells and B cells in blood.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it; ``CART_BLOOD``, ``CART_DNA`` and the marker are drawn.
    kinetics : DataFrame, one row per patient, analyte and parameter
        As ``derive_kinetics`` gives it.
    time_to_event : DataFrame, one row per patient and endpoint
        Times of depletion and return of B cells by every rule.
    return_rule
        The rule of return, one of ``RETURN_RULES``.
    marker
        Test that stands for B cells, CD19 or CD20.
    survival_ci
        Scale of the limits of the curve, as in ``estimate_survival``.
    last_day
        Last day of the panels in days.

    Returns
    -------
    Drawing
        ``plotted`` has a frame per panel that is drawn: CAR T cells, transgene, B cells, aplasia, return, parameters.
    """
    panels = _find(patients, results, kinetics, time_to_event, rule=return_rule, marker=marker, ci=survival_ci)
    with journal_style():
        figure = draw_page(panels, last_day=last_day)
    return Drawing(
        figure=figure,
        plotted=_plotted(panels),
        alt_text=_describe(panels, rule=return_rule),
        legend=_explain(panels, rule=return_rule, last_day=last_day),
    )


def _find(patients, results, kinetics, time_to_event, *, rule: str, marker: str, ci: str) -> Panels:
    last = last_month(patients)
    results, times, kinetics = (
        frame[frame["patient_id"].isin(patients["patient_id"])] for frame in (results, time_to_event, kinetics)
    )
    courses = {code: course_of(results, code) for code in (*ANALYTES, marker)}
    courses = {code: own[own["months"] <= last] for code, own in courses.items()}
    b_cells = courses[marker][courses[marker]["months"] >= -MONTHS_BEFORE]
    back = times[times["endpoint"] == f"B_CELL_RETURN:{rule}"]
    expansions = {code: courses[code][courses[code]["day"] >= 0] for code in ANALYTES}
    return Panels(
        look=look_of(patients),
        expansions={code: own for code, own in expansions.items() if len(own)},
        b_cells=b_cells,
        limits=normal_range_of(results[results["patient_id"].isin(b_cells["patient_id"])], marker),
        marker=marker,
        aplasia=aplasia_of(times, rule=rule, last_month=last),
        survival=estimate_survival(back["time_days"].to_numpy(), back["is_event"].to_numpy(), ci=ci),
        dots={code: own for code in ANALYTES if (own := dots_of(kinetics, code))},
        last_month=last,
    )


def _plotted(panels: Panels) -> dict[str, pd.DataFrame]:
    names = {"CART_BLOOD": "CAR T cells", "CART_DNA": "transgene"}
    frames = {names[code]: plotted_course(own, measure_of(code)) for code, own in panels.expansions.items()}
    if len(panels.b_cells):
        frames["B cells"] = plotted_course(panels.b_cells, measure_of(panels.marker))
    if len(panels.aplasia):
        frames["aplasia"] = plotted_aplasia(panels.aplasia)
    if panels.has_return:
        frames["return"] = plotted_survival(panels.survival)
    if panels.dots:
        frames["parameters"] = plotted_dots([dots for own in panels.dots.values() for dots in own])
    return frames


def _describe(panels: Panels, *, rule: str) -> str:
    n_patients = fmt.count_of(len(panels.look.order), "patient")
    words = [f"Courses of CAR T cells and B cells in blood, one line per patient; {n_patients} in the cohort."]
    words += [describe_course(own, measure_of(code)) for code, own in panels.expansions.items()]
    words += [describe_course(panels.b_cells, measure_of(panels.marker))] if len(panels.b_cells) else []
    if panels.has_return:
        words.append(f"Kaplan-Meier curve of return, {describe_rule(rule)}: {describe_median(panels.survival)}.")
    for analyte, own in panels.dots.items():
        words.append(f"{ANALYTES[analyte]}: {'; '.join(describe_dots(dots) for dots in own)}.")
    return " ".join(words)


def _explain(panels: Panels, *, rule: str, last_day: int) -> str:
    letters, words = panels.letters, []
    for code, course in panels.expansions.items():
        words.append(f"{letters[code]}, {ANALYTES[code]}, by day to day {last_day}, then by month{_below(course)}.")
    if len(panels.b_cells):
        words.append(f"{letters[panels.marker]}, {measure_of(panels.marker).name}{_below(panels.b_cells)}.")
        words.append(explain_normal_ranges([panels.limits]))
    if len(panels.aplasia):
        words.append(
            f"Bars, B cells {describe_aplasia(rule)} (aplasia) up to the last sample without return; lighter, up to "
            f"the next sample; tick, return ({describe_rule(rule)}); arrow, no return by the last sample."
        )
    if panels.has_return:
        words.append(
            f"{letters['return']}, Kaplan-Meier estimate from infusion with {panels.survival.ci} 95% limits; ticks, "
            f"patients without return at their last sample. Return in {describe_median(panels.survival)}."
        )
    if panels.dots:
        words.append(_explain_dots(panels))
    if not panels.look.is_single:
        words.append("Colour, disease; thick line, median of periods with at least five patients.")
    words.append(f"n = {fmt.count_of(len(panels.look.order), 'patient')}.")
    words.append(_explain_lack(panels))
    return " ".join(filter(None, words))


def _below(course: pd.DataFrame) -> str:
    limits = sorted(course.loc[course["is_below"], "value"].unique())
    if not limits:
        return ""
    unit = fmt.unit(course["unit"].iloc[0])
    values = fmt.listing([fmt.significant(float(limit)) for limit in limits])
    return (
        f"; dashed, lower limit of quantification (LLOQ, {values} {unit}); open markers, results below it, drawn at "
        "half of it"
    )


def _explain_dots(panels: Panels) -> str:
    every = [dots for own in panels.dots.values() for dots in own]
    words = f"{panels.letters['dots']}, parameters of the courses; line, median"
    if any(dots.n_still_there for dots in every):
        words += (
            "; arrow, still quantifiable in the last sample, for which the median of the last detection is that of "
            "Kaplan-Meier"
        )
    return f"{words}."


def _explain_lack(panels: Panels) -> str:
    lacking = [ANALYTES[code] for code in ANALYTES if code not in panels.expansions]
    lacking += [] if len(panels.b_cells) else [measure_of(panels.marker).name]
    lacking += [] if panels.has_return else ["return of B cells, since no depletion was observed"]
    return f"Not in this data set: {'; '.join(lacking)}." if lacking else ""
