"""What the figure of one disease shows, and what of it the data hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import course_of
from caseseries.exhibits.drawing.drug_free import NAME, free_time_of
from caseseries.exhibits.drawing.measures import SCORED, Line, Measure, measure_of
from caseseries.exhibits.drawing.state_strips import State, cells_of

MONTHS_BEFORE = 3.0
"""Values from this many months before the infusion on are drawn."""

LIMITS = {"lower_limit": ("LLN", "lower limit of normal"), "upper_limit": ("ULN", "upper limit of normal")}


@dataclass(frozen=True)
class Curve:
    """A panel of courses.

    The first of ``codes`` that has values is drawn; ``lines`` replace those of the measure; ``limit`` is the column of
    derived/results.csv whose limit of the laboratory is drawn as a line. ``from_zero`` keeps the lower end that the
    measure has; without it the axis ends near the lowest value.
    """

    codes: tuple[str, ...]
    lines: tuple[Line, ...] | None = None
    limit: str = ""
    from_zero: bool = True


@dataclass(frozen=True)
class Ring:
    """Visits that are ringed in the panel of a measure: those in a state."""

    measure: str
    state: str
    words: str


@dataclass(frozen=True)
class DiseasePlan:
    """What the figure of a disease shows.

    Patients are those with the disease or with a value of ``anchors``; ``terms`` explains short names and states.
    """

    disease: str
    anchors: tuple[str, ...]
    curves: tuple[Curve, ...]
    states: tuple[State, ...]
    ring: Ring | None = None
    terms: str = ""

    def patients_of(self, patients: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        """Pick the rows of the patients whom the figure shows."""
        anchored = scores.loc[scores["measure"].isin(self.anchors) & scores["value"].notna(), "patient_id"]
        return patients[(patients["disease"] == self.disease) | patients["patient_id"].isin(anchored)]


@dataclass(frozen=True)
class Found:
    """What of a plan the data hold.

    ``courses`` are measures with their values, ``rings`` the ringed ones, ``free_time`` the states of treatment,
    ``strips`` states with their cells; ``notes`` are sentences on the values and on panels without any.
    """

    courses: tuple[tuple[Measure, pd.DataFrame], ...]
    rings: pd.DataFrame
    free_time: pd.DataFrame
    strips: tuple[tuple[State, pd.DataFrame], ...]
    notes: tuple[str, ...]


def find_panels(
    own: pd.DataFrame, scores: pd.DataFrame, results: pd.DataFrame, treatment: pd.DataFrame, *, plan: DiseasePlan
) -> Found:
    """Find what of a plan the data of some patients hold.

    Parameters
    ----------
    own : DataFrame, one row per patient
        The rows of derived/patients.csv whom the figure shows.
    scores, results, treatment : DataFrame
        Derived tables of all patients.
    plan
        The panels asked for.
    """
    ids = set(own["patient_id"])
    scores, results = (frame[frame["patient_id"].isin(ids)] for frame in (scores, results))
    courses, absent, n_early = [], [], 0
    for curve in plan.curves:
        measure, course = _choose_course(curve, scores, results)
        shown = course[course["months"] >= -MONTHS_BEFORE]
        n_early += len(course) - len(shown)
        if shown.empty:
            absent.append(measure.name)
        else:
            courses.append((measure, shown.reset_index(drop=True)))
    strips = [(state, cells_of(scores, state, patient_ids=ids)) for state in plan.states]
    known = tuple((state, cells) for state, cells in strips if cells["value"].notna().any())
    absent += [state.words for state, cells in strips if cells["value"].isna().all()]
    free_time = free_time_of(treatment, own, months_before=MONTHS_BEFORE)
    absent += [NAME] if free_time.empty else []
    early = f"Not drawn: {fmt.count_of(n_early, 'value')} from more than {MONTHS_BEFORE:g} months before infusion."
    notes = (
        *(_limit_note(plan, courses, column) for column in LIMITS),
        _partial_note(courses),
        _axis_note(plan, courses),
        early if n_early else "",
        f"Not in this data set: {fmt.listing(absent)}." if absent else "",
    )
    return Found(
        courses=tuple(courses),
        rings=_find_rings(plan.ring, scores, courses),
        free_time=free_time,
        strips=known,
        notes=tuple(note for note in notes if note),
    )


def _choose_course(curve: Curve, scores: pd.DataFrame, results: pd.DataFrame) -> tuple[Measure, pd.DataFrame]:
    courses = {code: _mark_open(course_of(scores if code in SCORED else results, code), scores, code)
               for code in curve.codes}  # fmt: skip
    code = next((code for code, course in courses.items() if len(course)), curve.codes[0])
    measure = measure_of(code, lines=curve.lines)
    if curve.limit:
        measure = measure.with_lines(*_limit_lines(results.loc[results["test"] == code, curve.limit], curve.limit))
    return measure if curve.from_zero else replace(measure, low=None), courses[code]


def _mark_open(course: pd.DataFrame, scores: pd.DataFrame, code: str) -> pd.DataFrame:
    """Add ``is_partial``, a score that lacks items, and ``is_open``, a marker that is drawn open."""
    partial = scores[(scores["measure"] == code) & (scores["status"] == "partial")]
    visits = pd.MultiIndex.from_arrays([partial["patient_id"], partial["day"].astype("float64")])
    is_partial = pd.MultiIndex.from_frame(course[["patient_id", "day"]]).isin(visits)
    return course.assign(is_partial=is_partial, is_open=course["is_below"] | is_partial)


def _limit_lines(limits: pd.Series, column: str) -> tuple[Line, ...]:
    """Give the limit of the laboratory as a line; of several the lowest, without words, and the highest."""
    values = sorted(set(limits.dropna()))
    ends = values if len(values) < 2 else (values[0], values[-1])
    return tuple(Line(value, LIMITS[column][0] if value == values[-1] else "") for value in ends)


def _find_rings(ring: Ring | None, scores: pd.DataFrame, courses: Sequence[tuple[Measure, pd.DataFrame]]):
    course = next((course for measure, course in courses if ring and measure.code == ring.measure), None)
    if course is None:
        return pd.DataFrame(columns=["patient_id", "day", "months", "value"])
    met = scores[(scores["measure"] == ring.state) & (scores["value"] == 1)]
    visits = pd.MultiIndex.from_arrays([met["patient_id"], met["day"].astype("float64")])
    is_met = pd.MultiIndex.from_frame(course[["patient_id", "day"]]).isin(visits)
    return course.loc[is_met, ["patient_id", "day", "months", "value"]].reset_index(drop=True)


def _limit_note(plan: DiseasePlan, courses: Sequence[tuple[Measure, pd.DataFrame]], column: str) -> str:
    """Say which limits of the laboratory are drawn."""
    codes = {code for curve in plan.curves if curve.limit == column for code in curve.codes}
    drawn = [measure for measure, _ in courses if measure.code in codes and measure.lines]
    if not drawn:
        return ""
    short, words = LIMITS[column]
    told = [
        f"{measure.name} {' to '.join(fmt.significant(line.value) for line in measure.lines)} {fmt.unit(measure.unit)}"
        for measure in drawn
    ]
    return f"{short}, {words} of the laboratory: {fmt.listing(told)}."


def _partial_note(courses: Sequence[tuple[Measure, pd.DataFrame]]) -> str:
    """Say how many drawn values rest on incomplete items."""
    counts = {measure.name: int(course["is_partial"].sum()) for measure, course in courses}
    told = [f"{name} {n}" for name, n in counts.items() if n]
    return f"Values that rest on incomplete items: {fmt.listing(told)}." if told else ""


def _axis_note(plan: DiseasePlan, courses: Sequence[tuple[Measure, pd.DataFrame]]) -> str:
    """Say which axes do not begin at zero."""
    codes = {code for curve in plan.curves if not curve.from_zero for code in curve.codes}
    told = [measure.name for measure, _ in courses if measure.code in codes]
    return f"Not from zero: the axis of {fmt.listing(told)}." if told else ""
