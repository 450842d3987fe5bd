"""A data cut: the raw tables as they would have stood had follow-up of every patient ended on one day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

DATED_BY = {
    "infusions": "day",
    "medications": "start_day",
    "labs": "day",
    "assessments": "day",
    "vital_signs": "day",
    "neuro_checks": "day",
    "adverse_events": "start_day",
}
"""Column that dates a row, by table; a row without a day stays."""


def select_until(tables: Mapping[str, pd.DataFrame], *, last_day: int) -> dict[str, pd.DataFrame]:
    """Select what was known on one day after the infusion of each patient.

    Parameters
    ----------
    tables
        All raw tables.
    last_day
        Last day of follow-up, counted from the infusion.

    Returns
    -------
    dict of DataFrame
        Without later rows. Courses of drugs and events that went on are ongoing, without a last day; a planned visit
        that was held later was not held yet; contact ends with the day, and a later death is not known.

    Notes
    -----
    A result that is read together with a later one (a confirmation, the nearest of two samples) is judged as it would
    have been then. That is why the cut is made here and not on derived times.
    """
    until = {
        name: frame[~_is_after(frame[DATED_BY[name]], last_day)] for name, frame in tables.items() if name in DATED_BY
    }
    for name in ("medications", "adverse_events"):
        goes_on = _is_after(until[name]["end_day"], last_day)
        until[name] = until[name].assign(
            end_day=until[name]["end_day"].mask(goes_on), ongoing=until[name]["ongoing"].mask(goes_on, True)
        )
    visits = tables["visits"]
    # A visit without a planned day was unscheduled: nobody knew of it before it was held.
    visits = visits[~_is_after(visits["planned_day"].fillna(visits["actual_day"]), last_day)]
    held_later = _is_after(visits["actual_day"], last_day)
    until["visits"] = visits.assign(actual_day=visits["actual_day"].mask(held_later))
    patients = tables["patients"]
    last_contact, death = patients["last_contact_day"], patients["death_day"]
    until["patients"] = patients.assign(
        last_contact_day=last_contact.clip(upper=last_day), death_day=death.mask(_is_after(death, last_day))
    )
    return {name: until[name] for name in tables}


def _is_after(days: pd.Series, last_day: int) -> pd.Series:
    return (days > last_day).fillna(False).astype(bool)
