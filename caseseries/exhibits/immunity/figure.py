"""Extended Data Figure 3: immunoglobulins and vaccine titres, replacement, and infections."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from caseseries.derive.treatment.administrations import is_after_immunoglobulin
from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import course_of, describe_course, last_month, look_of, plotted_course
from caseseries.exhibits.drawing.measures import LOG, Line, Measure, measure_of
from caseseries.exhibits.drawing.normal_range import explain_normal_ranges, normal_range_of
from caseseries.exhibits.drawing.style import journal_style
from caseseries.exhibits.immunity.infection_rates import describe_rates, plotted_rates, rates_of
from caseseries.exhibits.immunity.page import Panels, draw_page
from caseseries.exhibits.model import Drawing

IMMUNOGLOBULINS = {
    "IGG": (Line(7, "7"), Line(4, "4")),
    "IGA": (),
    "IGM": (),
}
"""Lines are usual limits of low and of severely low IgG."""

VACCINES = (
    "TETANUS_IGG",
    "DIPHTHERIA_IGG",
    "MEASLES_IGG",
    "VARICELLA_IGG",
    "RUBELLA_IGG",
    "MUMPS_IGG",
    "HBS_IGG",
    "PNEUMO_IGG",
)
MONTHS_BEFORE = 3.0


@dataclass(frozen=True)
class _Shown:
    """One course with how it is drawn."""

    measure: Measure
    course: pd.DataFrame


def plot_immunity(
    patients: pd.DataFrame,
    results: pd.DataFrame,
    administrations: pd.DataFrame,
    infection_rates: pd.DataFrame,
    *,
    ivig_days: int = 90,
) -> Drawing:
    """Plot antibodies over time, and infections by window.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it; immunoglobulins and vaccine titres are drawn as far as they were measured.
    administrations : DataFrame, one row per patient and course
        As ``derive_administrations`` gives it: immunoglobulin, and until when a sample shows it.
    infection_rates : DataFrame, one row per window and class of pathogen
        As ``count_infections`` gives it.
    ivig_days
        Days that a sample shows immunoglobulin, as ``administrations`` were derived with; for the words only.

    Returns
    -------
    Drawing
        ``plotted`` has a frame per test, ``immunoglobulin given`` and ``infections``.
    """
    look, last = look_of(patients), last_month(patients)
    own = results[results["patient_id"].isin(patients["patient_id"])]
    months = own["day"].astype("float64") / DAYS_PER_MONTH
    own = own[(months >= -MONTHS_BEFORE) & (months <= last)]
    shown = [found for code in (*IMMUNOGLOBULINS, *VACCINES) if (found := _find(own, code, administrations))]
    given = administrations[
        (administrations["drug_class"] == "ivig")
        & administrations["patient_id"].isin(patients["patient_id"])
        & (administrations["end_day"] >= -MONTHS_BEFORE * DAYS_PER_MONTH)
    ].reset_index(drop=True)
    panels = Panels(
        look=look,
        courses=[(found.measure, found.course) for found in shown],
        ranges={code: normal_range_of(own, code) for code in IMMUNOGLOBULINS},
        given=given,
        rates=rates_of(infection_rates),
        first_month=-MONTHS_BEFORE,
        last_month=last,
    )
    with journal_style():
        figure = draw_page(panels)
    return Drawing(
        figure=figure, plotted=_plotted(panels), alt_text=_describe(panels), legend=_explain(panels, ivig_days)
    )


def _find(results: pd.DataFrame, code: str, administrations: pd.DataFrame) -> _Shown | None:
    course = course_of(results, code)
    if course.empty:
        return None
    course = course.assign(is_after_ivig=is_after_immunoglobulin(course, administrations))
    course["is_open"] = course["is_after_ivig"] | course["is_below"]
    if code in IMMUNOGLOBULINS:
        return _Shown(measure_of(code, lines=IMMUNOGLOBULINS[code]), course)
    limits = sorted(results.loc[results["test"] == code, "lower_limit"].dropna().unique())
    lines = tuple(Line(float(limit), fmt.significant(float(limit))) for limit in limits[:1])
    return _Shown(replace(measure_of(code, lines=lines), scale=LOG, low=None), course)


def _plotted(panels: Panels) -> dict[str, pd.DataFrame]:
    frames = {
        measure.name: plotted_course(course, measure).assign(
            **{"after immunoglobulin": course["is_after_ivig"].map({True: "yes", False: "no"}).to_numpy()}
        )
        for measure, course in panels.courses
    }
    if len(panels.given):
        frames["immunoglobulin given"] = pd.DataFrame(
            {
                "patient_id": panels.given["patient_id"],
                "purpose": panels.given["purpose"],
                "first day (days)": panels.given["start_day"],
                "last day (days)": panels.given["end_day"],
            }
        )
    return frames | ({"infections": plotted_rates(panels.rates)} if len(panels.rates) else {})


def _describe(panels: Panels) -> str:
    words = ["Courses of antibodies over months, one line per patient."]
    words += [describe_course(course, measure) for measure, course in panels.courses]
    words.append(_count_given(panels))
    words.append(f"Infections per 100 patient-days: {describe_rates(panels.rates)}." if len(panels.rates) else "")
    return " ".join(filter(None, words))


def _count_given(panels: Panels) -> str:
    after = panels.given[panels.given["start_day"] >= 0]
    if panels.given.empty:
        return "No immunoglobulin is recorded in this time."
    n = after["patient_id"].nunique()
    return f"Immunoglobulin after the infusion: {fmt.count_of(len(after), 'dose')} in {fmt.count_of(n, 'patient')}."


def _explain(panels: Panels, ivig_days: int) -> str:
    letters, words = panels.letters, []
    words.append("; ".join(f"{letters[measure.code]}, {measure.name}" for measure, _ in panels.courses) + ".")
    shown = {measure.code for measure, _ in panels.courses}
    words.append(explain_normal_ranges([panels.ranges[code] for code in IMMUNOGLOBULINS if code in shown]))
    dashed = ["IgG 7 and 4 g/L"] if "IGG" in shown else []
    dashed += (
        ["lower limit of the laboratory for titres"]
        if any(measure.lines for measure, _ in panels.courses if measure.code in VACCINES)
        else []
    )
    words.append(f"Dashed, {'; '.join(dashed)}." if dashed else "")
    words.append(_explain_open(panels, ivig_days))
    if len(panels.rates):
        words.append(
            f"{letters['infections']}, infections by the day they began, per 100 patient-days with exact 95% Poisson "
            "limits; the number of infections is written."
        )
    if len(panels.given):
        what = "a tick per dose" if panels.look.is_single else "patients with a dose in each month"
        words.append(f"{letters['given']}, immunoglobulin, {what}. {_count_given(panels)}")
    if not panels.look.is_single:
        words.append("Colour, disease; thick line, median of periods with at least five patients.")
    words.append(f"n = {fmt.count_of(len(panels.look.order), 'patient')}.")
    lacking = [] if shown & set(IMMUNOGLOBULINS) else ["immunoglobulins"]
    lacking += [] if shown & set(VACCINES) else ["vaccine titres"]
    lacking += [] if len(panels.rates) else ["infections"]
    words.append(f"Not in this data set: {'; '.join(lacking)}." if lacking else "")
    return " ".join(filter(None, words))


def _explain_open(panels: Panels, ivig_days: int) -> str:
    after = any(course["is_after_ivig"].any() for _, course in panels.courses)
    below = any(course["is_below"].any() for _, course in panels.courses)
    what = [f"within {ivig_days} days after immunoglobulin"] if after else []
    what += ["below the limit of quantification, drawn at half of it"] if below else []
    return f"Open markers, {' or '.join(what)}." if what else ""
