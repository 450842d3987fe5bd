"""Courses over time: who is drawn how, which values a figure shows, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import MOST_PATIENT_COLUMNS, disease_rank, order_of_patients
from caseseries.exhibits.drawing.keys import Key
from caseseries.exhibits.drawing.measures import Measure
from caseseries.exhibits.drawing.style import PatientStyle, disease_colours, patient_styles

MOST_SINGLE_PATIENTS = MOST_PATIENT_COLUMNS
"""More patients than this are drawn in the colour of their disease, with a median line, and without a key each."""

MARKER_PT, DOT_PT = 3.2, 1.6


@dataclass(frozen=True)
class Look:
    """Who is drawn how in all figures: colours and markers are settled by the whole cohort, not by one panel.

    ``order`` holds patients by disease and follow-up; ``is_single`` says that each patient has an own marker;
    ``start`` says what day 0 is.
    """

    order: tuple[str, ...]
    diseases: dict[str, str]
    styles: dict[str, PatientStyle]
    is_single: bool
    start: str

    def key_entries(self, patient_ids: Sequence[str] | None = None) -> list[Key]:
        """Give the entries of the key for some patients: one per patient, or one per disease where there are many."""
        shown = [name for name in self.order if patient_ids is None or name in set(patient_ids)]
        if self.is_single:
            return [
                Key(name, self.styles[name].colour, self.styles[name].marker, size_pt=MARKER_PT + 0.6) for name in shown
            ]
        colours = disease_colours(self.diseases.values())
        present = sorted({self.diseases[name] for name in shown}, key=disease_rank)
        return [Key(name, colours[name], "o", edge=colours[name], size_pt=MARKER_PT) for name in present]

    def colour(self, patient_id: str) -> str:
        """Give the colour of a patient's line."""
        if self.is_single:
            return self.styles[patient_id].colour
        return disease_colours(self.diseases.values())[self.diseases[patient_id]]


def look_of(patients: pd.DataFrame) -> Look:
    """Settle who is drawn how from the table of all patients."""
    return Look(
        order=tuple(order_of_patients(patients)),
        diseases=dict(zip(patients["patient_id"], patients["disease"], strict=True)),
        styles=patient_styles(patients["patient_id"]),
        is_single=len(patients) <= MOST_SINGLE_PATIENTS,
        start=start_word(patients),
    )


def start_word(patients: pd.DataFrame) -> str:
    """Say what day 0 is."""
    return "infusion" if patients["product"].notna().any() else "start of treatment"


def course_of(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    """Pick the course of one measure from derived scores or results.

    Parameters
    ----------
    frame : DataFrame
        derived/scores.csv (column ``measure``) or derived/results.csv (column ``test``).
    code
        The measure or the test.

    Returns
    -------
    DataFrame, one row per patient and day with a value
        ``patient_id``, ``day``, ``months``, ``value``, ``is_below`` (below the limit of quantification, which is the
        value then), ``unit``. Values beyond an upper limit are drawn at it.
    """
    own = frame[(frame["measure" if "measure" in frame else "test"] == code) & frame["value"].notna()]
    is_below = own["operator"].eq("<") if "operator" in own else pd.Series(False, index=own.index)
    return pd.DataFrame(
        {
            "patient_id": own["patient_id"],
            "day": own["day"].astype("float64"),
            "months": own["day"].astype("float64") / DAYS_PER_MONTH,
            "value": own["value"],
            "is_below": is_below.astype(bool),
            "unit": own["unit"],
        }
    ).sort_values(["patient_id", "day"], ignore_index=True)


def drawn_values(course: pd.DataFrame) -> pd.Series:
    """Give the height at which each value is drawn: half of the limit for what lies below it."""
    return course["value"].where(~course["is_below"], course["value"] / 2)


def last_month(patients: pd.DataFrame) -> float:
    """Give the end of the month axis for a cohort: its longest follow-up, at least three months, whole quarters."""
    longest = patients["last_contact_day"].max()
    months = float(longest) / DAYS_PER_MONTH if pd.notna(longest) else 3.0
    return max(3.0, float(np.ceil(months / 3 - 1e-9) * 3))


def plotted_course(course: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Give the numbers of one panel as plotted, units in the headers."""
    unit = fmt.unit(measure.unit)
    return pd.DataFrame(
        {
            "patient_id": course["patient_id"],
            "time (days)": course["day"],
            "time (months)": course["months"],
            f"{measure.name} ({unit})": course["value"],
            "below limit of quantification": course["is_below"].map({True: "yes", False: "no"}),
        }
    ).reset_index(drop=True)


def describe_course(course: pd.DataFrame, measure: Measure) -> str:
    """Say in one sentence what a panel shows: the measure, patients, values and their range."""
    n = fmt.count_of(course["patient_id"].nunique(), "patient")
    low, high = fmt.significant(float(course["value"].min())), fmt.significant(float(course["value"].max()))
    span = low if low == high else f"{low} to {high}"
    below = int(course["is_below"].sum())
    tail = f", {below} below the limit of quantification" if below else ""
    return f"{measure.label}: {n}, {fmt.count_of(len(course), 'value')}, range {span}{tail}."


def describe_change(course: pd.DataFrame, measure: Measure) -> str:
    """Say the medians of the last value up to the infusion and of the last value after it, for the same patients."""
    before = course[course["day"] <= 0].groupby("patient_id")["value"].last()
    after = course[course["day"] > 0].groupby("patient_id")["value"].last()
    both = before.index.intersection(after.index)
    if both.empty:
        return ""
    first, last = (fmt.significant(float(part[both].median())) for part in (before, after))
    what = "value" if len(both) == 1 else "median"
    return f"{measure.name}, {what} before infusion {first}, at the last visit {last} (n = {len(both)})."
