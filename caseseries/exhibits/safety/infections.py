"""Infections for Table 3: number by window, and incidence in patient-days with its exact interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.safety.infections import EVERY
from caseseries.estimate.proportions import estimate_incidence
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column
from caseseries.exhibits.model import Row

MANY_DAYS = 10_000
"""From this exposure on a rate has a further decimal."""


def infection_note(design: Mapping) -> str:
    """Explain the rows of infections."""
    return (
        "Infections: number; where several patients stand together, number in patient-days, and rate per 100 "
        "patient-days (exact 95% Poisson confidence interval). Windows count by the first day; severe is grade "
        f"{design['infection_severe_grade']} or more."
    )


def list_infection_rows(
    columns: list[Column], patients: pd.DataFrame, infections: pd.DataFrame, rates: pd.DataFrame
) -> list[Row]:
    """List the rows of infections: each window, all of them, and the severe ones.

    Parameters
    ----------
    columns
        Who stands in which column.
    patients : DataFrame, one row per patient
        ``last_contact_day`` ends the exposure; patients without it are left out, as in the rates.
    infections : DataFrame, one row per infection
        As ``derive_infections`` gives it.
    rates : DataFrame, one row per window and class of pathogen
        As ``count_infections`` gives it; empty if no events are recorded, and then there are no rows.
    """
    windows = rates[rates["pathogen_class"] == EVERY].drop_duplicates("window")
    ends = patients.set_index("patient_id")["last_contact_day"].dropna()
    own = infections[infections["patient_id"].isin(ends.index)]
    if windows.empty or own.empty:
        return []
    severe = own[own["is_severe"].fillna(False).astype(bool)]
    rows = []
    for window in windows.itertuples():
        is_all = window.window == EVERY
        label = "Infections" if is_all else f"days {_window_words(window.window)}"
        counted = own if is_all else own[own["window"] == window.window]
        cells = tuple(_cell(column, counted, ends, window) for column in columns)
        rows.append(Row(label, cells, kind="row" if is_all else "detail"))
    whole = next(row for row in rows if row.kind == "row")
    every = next(window for window in windows.itertuples() if window.window == EVERY)
    last = Row("severe", tuple(_cell(column, severe, ends, every) for column in columns), kind="detail")
    return [whole, *(row for row in rows if row is not whole), last]


def _window_words(window: str) -> str:
    return f"from {int(window[1:]) + 1}" if window.startswith(">") else window.replace("-", " to ")


def count_patient_days(ends: pd.Series, *, first: int, last: int | None) -> int:
    """Count the days of follow-up, from day 0 to the last contact of each patient, that lie in a window."""
    within = ends if pd.isna(last) else ends.clip(upper=last)
    return int((within - first + 1).clip(lower=0).sum())


def _cell(column: Column, counted: pd.DataFrame, ends: pd.Series, window) -> str:
    n_events = len(column.pick(counted))
    days = count_patient_days(
        ends[ends.index.isin(column.patient_ids)], first=int(window.first_day), last=window.last_day
    )
    if days == 0:
        return fmt.NOT_RECORDED
    if column.is_single:
        return fmt.number(n_events)
    found = estimate_incidence(n_events, days)
    decimals = 2 if days < MANY_DAYS else 3
    rate, low, high = (fmt.number(value, decimals) for value in (found.estimate, found.ci_low, found.ci_high))
    return f"{n_events:,} in {days:,} days; {rate} ({low} to {high})"
