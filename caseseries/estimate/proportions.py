"""Estimate proportions of patients and rates of events: counts in, exact intervals out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv, gammainccinv, gammaincinv, ndtri

from caseseries.estimate.inputs import check_choice, check_count, check_level, compute_numbers

PER_DAYS = 100


@dataclass(frozen=True)
class Proportion:
    """Proportion of patients with an event, 0 to 1; None, with the reason, where there are no patients."""

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    level: float
    method: str
    n_events: int
    n_patients: int
    reason: str


@dataclass(frozen=True)
class Incidence:
    """Events per 100 patient-days; None, with the reason, where nobody was observed."""

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    level: float
    method: str
    n_events: int
    patient_days: float
    reason: str


def estimate_proportion(
    n_events: int, n_patients: int, *, method: str = "clopper-pearson", level: float = 0.95
) -> Proportion:
    """Estimate the proportion of patients with an event.

    Parameters
    ----------
    n_events, n_patients
        Patients with the event, and all patients who could have had it.
    method
        ``clopper-pearson`` (exact: covers at least at its level whatever the truth) or ``wilson`` (the score
        interval: shorter, covers at about its level on average).
    level
        Confidence level of the two-sided interval, between 0 and 1.

    Raises
    ------
    UsageError
        If a count is not a whole number, there are more events than patients, or there is no such method.

    Notes
    -----
    There is no Wald interval: its width is 0 when all patients respond.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404. Wilson 1927, J Am Stat Assoc 22:209.
    """
    check_level(level)
    check_choice("method", method, LOWER_LIMITS)
    check_count("n_patients", n_patients)
    check_count("n_events", n_events, highest=n_patients)
    n_events, n_patients = int(n_events), int(n_patients)
    if n_patients == 0:
        return Proportion(None, None, None, level, method, n_events, n_patients, "no patients")
    lower_limit, tail = LOWER_LIMITS[method], (1 - level) / 2
    return Proportion(
        estimate=n_events / n_patients,
        ci_low=lower_limit(n_events, n_patients, tail),
        # the upper limit is the lower limit of the patients without the event, counted from 1
        ci_high=1 - lower_limit(n_patients - n_events, n_patients, tail),
        level=level,
        method=method,
        n_events=n_events,
        n_patients=n_patients,
        reason="",
    )


def estimate_incidence(n_events: int, patient_days: float, *, level: float = 0.95) -> Incidence:
    """Estimate a rate of events per 100 patient-days.

    Parameters
    ----------
    n_events
        All events; a patient may have several.
    patient_days
        Days of observation, summed over the patients.
    level
        Confidence level of the two-sided interval, between 0 and 1.

    Raises
    ------
    UsageError
        If the count is not a whole number or the time is negative or missing.

    Notes
    -----
    The exact Poisson interval supposes that events occur independently. Events that come in clusters within a
    patient make it too short.

    References
    ----------
    Garwood 1936, Biometrika 28:437.
    """
    check_level(level)
    check_count("n_events", n_events)
    (days,) = compute_numbers([patient_days], name="patient_days", lowest=0, may_be_missing=False).tolist()
    n_events, method = int(n_events), "garwood"
    if days == 0:
        return Incidence(None, None, None, level, method, n_events, days, "no patient-days")
    tail, scale = (1 - level) / 2, PER_DAYS / days
    return Incidence(
        estimate=n_events * scale,
        ci_low=float(gammaincinv(n_events, tail)) * scale if n_events else 0.0,
        ci_high=float(gammainccinv(n_events + 1, tail)) * scale,
        level=level,
        method=method,
        n_events=n_events,
        patient_days=days,
        reason="",
    )


def _clopper_pearson_low(k: int, n: int, tail: float) -> float:
    # scipy.stats.binomtest searches for this root; the beta quantile is its closed form
    return float(betaincinv(k, n - k + 1, tail)) if k else 0.0


def _wilson_low(k: int, n: int, tail: float) -> float:
    z = -float(ndtri(tail))
    return (k + z**2 / 2 - z * math.sqrt(k * (n - k) / n + z**2 / 4)) / (n + z**2)


LOWER_LIMITS = {"clopper-pearson": _clopper_pearson_low, "wilson": _wilson_low}
