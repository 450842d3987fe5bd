"""Estimate times to events: follow-up times in, Kaplan-Meier steps, medians and limits out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from caseseries.estimate.inputs import (
    check_choice,
    check_level,
    check_same_patients,
    compute_flags,
    compute_numbers,
)

TOLERANCE = 1e-9
"""Distance from 0.5 within which a curve counts as being at 0.5: products of floats miss it by about 1e-16."""

LIMITS = {
    "plain": lambda survival, spread: (survival - survival * spread, survival + survival * spread),
    "log": lambda survival, spread: (survival * np.exp(-spread), survival * np.exp(spread)),
    "log-log": lambda survival, spread: (
        survival ** np.exp(-spread / np.log(survival)),
        survival ** np.exp(spread / np.log(survival)),
    ),
}
"""Limits from the survival and z times the standard error of its logarithm, by the scale they are symmetric on."""


@dataclass(frozen=True)
class SurvivalAt:
    """Survival at one time; None where nobody was followed that long."""

    time_days: float
    n_at_risk: int
    survival: float | None
    std_error: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, eq=False)
class Survival:
    """Kaplan-Meier estimate.

    ``table`` has one row per day on which follow-up of a patient ended, in order: ``time_days``,
    ``n_at_risk`` (just before), ``n_events``, ``n_censored``, ``survival``, ``std_error`` (Greenwood),
    ``ci_low``, ``ci_high``. ``median`` and its limits are in days; None where the curve, or the limit, never
    comes down to 0.5.
    """

    n_patients: int
    n_events: int
    median: float | None
    median_low: float | None
    median_high: float | None
    level: float
    ci: str
    method: str
    reason: str
    table: pd.DataFrame

    def at(self, time_days: float) -> SurvivalAt:
        """Read the curve at one time; beyond the last follow-up nothing is known and every estimate is None."""
        (time,) = compute_numbers([time_days], name="time_days", lowest=0, may_be_missing=False).tolist()
        steps = self.table
        before, until = (
            steps["time_days"].searchsorted(time),
            steps["time_days"].searchsorted(time, side="right"),
        )
        if before == len(steps):
            return SurvivalAt(time, 0, None, None, None, None)
        n_at_risk = int(steps["n_at_risk"].iloc[before])
        if until == 0:
            return SurvivalAt(time, n_at_risk, 1.0, 0.0, None, None)
        step = steps[["survival", "std_error", "ci_low", "ci_high"]].iloc[until - 1]
        return SurvivalAt(time, n_at_risk, *(None if np.isnan(value) else float(value) for value in step))


@dataclass(frozen=True)
class FollowUp:
    """Median follow-up in days (None where every patient died), with the range of the observed times."""

    median: float | None
    minimum: float | None
    maximum: float | None
    n_patients: int
    n_deaths: int
    method: str
    reason: str


def estimate_survival(time_days: Sequence, is_event: Sequence, *, ci: str = "log-log", level: float = 0.95) -> Survival:
    """Estimate the proportion of patients still without an event over time.

    Parameters
    ----------
    time_days
        Days from the start of observation to the event, or to the end of observation; one per patient.
    is_event
        True where the event happened, False where observation ended before; one per patient.
    ci
        Scale on which limits are symmetric: ``log-log``, ``log`` (which R takes unless told) or ``plain``.
    level
        Confidence level, between 0 and 1.

    Raises
    ------
    UsageError
        If a time is missing, negative or infinite, an event is anything but True or False, or the columns
        differ in length or row labels.

    Notes
    -----
    An event on the day another patient is censored comes first. Limits are given while the survival lies
    between 0 and 1: before the first event and after the last patient's event the estimate has no spread to
    take them from. The median is the first time the curve is below 0.5; when the curve runs level at 0.5, it
    is the middle of that piece; and when it stays at 0.5 until the end, the start of the piece, since its
    other end was not seen. The limits of the median are read off the limits of the curve by the same rule
    (Brookmeyer and Crowley).

    References
    ----------
    Kaplan and Meier 1958, J Am Stat Assoc 53:457. Brookmeyer and Crowley 1982, Biometrics 38:29. Kalbfleisch
    and Prentice 1980, The Statistical Analysis of Failure Time Data (log-log limits).
    """
    check_level(level)
    check_choice("ci", ci, LIMITS)
    check_same_patients("time_days", time_days, "is_event", is_event)
    times = compute_numbers(time_days, name="time_days", lowest=0, may_be_missing=False)
    events = compute_flags(is_event, name="is_event")
    table = _table(times, events, ci=ci, z=-float(ndtri((1 - level) / 2)))
    days, survival, low, high = (table[name].to_numpy() for name in ("time_days", "survival", "ci_low", "ci_high"))
    median = _first_half(days, survival)
    return Survival(
        n_patients=len(times),
        n_events=int(events.sum()),
        median=median,
        median_low=_first_half(days, low),
        median_high=_first_half(days, high),
        level=level,
        ci=ci,
        method=f"Kaplan-Meier, Greenwood, {ci} limits",
        reason=("" if median is not None else "the curve stays above 0.5") if len(times) else "no patients",
        table=table,
    )


def estimate_follow_up(time_days: Sequence, is_death: Sequence) -> FollowUp:
    """Estimate the median follow-up by the reverse Kaplan-Meier method.

    Parameters
    ----------
    time_days
        Days from the infusion to death or last contact; one per patient.
    is_death
        True where follow-up ended by death; one per patient.

    Raises
    ------
    UsageError
        As ``estimate_survival``.

    Notes
    -----
    A death cuts short a follow-up that would have gone on, so it censors; the end of follow-up is the event.
    Without deaths this is the plain median. The range is that of the times as observed, deaths included.

    References
    ----------
    Schemper and Smith 1996, Control Clin Trials 17:343.
    """
    check_same_patients("time_days", time_days, "is_death", is_death)
    is_end = ~compute_flags(is_death, name="is_death")
    curve = estimate_survival(time_days, is_end)
    times = curve.table["time_days"]
    return FollowUp(
        median=curve.median,
        minimum=float(times.min()) if len(times) else None,
        maximum=float(times.max()) if len(times) else None,
        n_patients=curve.n_patients,
        n_deaths=curve.n_patients - curve.n_events,
        method="reverse Kaplan-Meier",
        reason=curve.reason,
    )


def _table(times: np.ndarray, events: np.ndarray, *, ci: str, z: float) -> pd.DataFrame:
    days, day_of_patient = np.unique(times, return_inverse=True)
    n_leaving = np.bincount(day_of_patient)
    n_events = np.bincount(day_of_patient[events], minlength=len(days))
    n_at_risk = n_leaving[::-1].cumsum()[::-1]
    n_left = n_at_risk - n_events
    survival = np.cumprod(n_left / n_at_risk)
    is_open = n_left > 0
    # the variance of log S; it has no value once nobody is left without the event
    increments = np.divide(n_events, n_at_risk * n_left, out=np.full(len(days), np.nan), where=is_open)
    log_error = np.sqrt(np.cumsum(increments))
    inside = np.where((survival > 0) & (survival < 1), survival, np.nan)
    ci_low, ci_high = LIMITS[ci](inside, z * log_error)
    return pd.DataFrame(
        {
            "time_days": days,
            "n_at_risk": n_at_risk,
            "n_events": n_events,
            "n_censored": n_leaving - n_events,
            "survival": survival,
            "std_error": survival * log_error,
            "ci_low": np.maximum(ci_low, 0),
            "ci_high": np.minimum(ci_high, 1),
        }
    )


def _first_half(days: np.ndarray, curve: np.ndarray) -> float | None:
    """Give the time at which a falling curve passes 0.5; the middle where it rests there."""
    reached = days[curve <= 0.5 + TOLERANCE]
    passed = days[curve < 0.5 - TOLERANCE]
    if not len(reached):
        return None
    start = float(reached[0])
    return (start + float(passed[0])) / 2 if len(passed) else start
