"""The headline results of a data set under one set of definitions: derived tables in, one row per result out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.outcomes.visit_outcomes import LAST
from caseseries.design import DAYS_PER_MONTH
from caseseries.errors import UsageError, describe_unknown
from caseseries.estimate import (
    Incidence,
    Proportion,
    Survival,
    estimate_follow_up,
    estimate_incidence,
    estimate_proportion,
    estimate_survival,
    summarize,
)

PROPORTION, MEDIAN, RATE, RANGE = "proportion", "median", "rate", "range"


@dataclass(frozen=True)
class Headline:
    """One result: its name, its unit, and what its interval is."""

    code: str
    name: str
    unit: str
    kind: str


HEADLINES = {
    headline.code: headline
    for headline in (
        Headline("FOLLOW_UP", "Follow-up", "months", RANGE),
        Headline("B_CELL_RETURN", "B cell return", "days", MEDIAN),
        Headline("REMISSION", "Remission at the last visit", "% of patients", PROPORTION),
        Headline("SUSTAINED_REMISSION", "Sustained remission", "% of patients", PROPORTION),
        Headline("FLARE", "Any flare", "% of patients", PROPORTION),
        Headline("CRS", "Any cytokine release", "% of patients", PROPORTION),
        Headline("ICAHT_EARLY", "Early ICAHT, grade 3 or 4", "% of patients", PROPORTION),
        Headline("INFECTIONS", "Early infections", "per 100 patient-days", RATE),
    )
}
"""The headline results in the order in which they are shown."""

FOLLOW_UP_RULES = ("reverse_kaplan_meier", "last_contact", "last_visit")
"""How follow-up is measured: reverse Kaplan-Meier, or the plain median of the time to last contact, or to the last
visit that was held."""

SEVERE_ICAHT = 3

RESULTS = {
    "headline": "str",
    "estimate": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n_events": "Int64",
    "n_patients": "Int64",
    "method": "str",
    "reason": "str",
}
"""Type of each column in order. Proportions are 0 to 1, B cell return in days, follow-up in months, with its range as
limits, infections per 100 patient-days; what cannot be estimated is missing and ``reason`` says why."""


def estimate_headlines(
    tables: Mapping[str, pd.DataFrame],
    *,
    interval: str = "clopper-pearson",
    survival_limits: str = "log-log",
    follow_up: str = "reverse_kaplan_meier",
) -> pd.DataFrame:
    """Estimate the headline results.

    Parameters
    ----------
    tables
        Derived tables by name: ``patients``, ``visits``, ``time_to_event``, ``visit_outcomes``, ``grades`` and
        ``infection_rates``.
    interval
        Interval of a proportion: ``clopper-pearson`` or ``wilson``.
    survival_limits
        Scale of the limits of a survival curve: ``log-log``, ``log`` or ``plain``.
    follow_up
        One of ``FOLLOW_UP_RULES``.

    Returns
    -------
    DataFrame, one row per headline result
        See ``RESULTS``. Patients who cannot be assessed are in no denominator.
    """
    patients, outcomes, grades = tables["patients"], tables["visit_outcomes"], tables["grades"]
    last = outcomes[(outcomes["visit"] == LAST) & outcomes["is_met"].notna()]
    flares = patients["flare_count"].dropna()
    icaht = grades.loc[grades["toxicity"] == "ICAHT_EARLY", "grade"].dropna()
    crs = grades.loc[grades["toxicity"] == "CRS", "grade"].dropna()
    found = {
        "FOLLOW_UP": _follow_up(patients, tables["visits"], rule=follow_up),
        "B_CELL_RETURN": _b_cell_return(tables["time_to_event"], limits=survival_limits),
        "REMISSION": _share(last.loc[last["outcome"] == "REMISSION", "is_met"], interval),
        "SUSTAINED_REMISSION": _share(last.loc[last["outcome"] == "SUSTAINED_REMISSION", "is_met"], interval),
        "FLARE": _share(flares > 0, interval),
        "CRS": _share(crs > 0, interval),
        "ICAHT_EARLY": _share(icaht >= SEVERE_ICAHT, interval),
        "INFECTIONS": _infections(tables["infection_rates"]),
    }
    return pd.DataFrame([{"headline": code} | found[code] for code in HEADLINES]).astype(RESULTS)


def _follow_up(patients: pd.DataFrame, visits: pd.DataFrame, *, rule: str) -> dict:
    known = patients[patients["last_contact_day"].notna()]
    if rule == "reverse_kaplan_meier":
        times = estimate_follow_up(known["last_contact_day"].astype("int64"), known["is_dead"].astype(bool))
        found = (times.median, times.minimum, times.maximum, times.n_patients)
        method = times.method
    elif rule == "last_contact":
        found, method = _median_range(known["last_contact_day"]), "median of observed times"
    elif rule == "last_visit":
        held = visits[visits["actual_day"] > 0]
        found, method = _median_range(held.groupby("patient_id")["actual_day"].max()), "median of observed times"
    else:
        raise UsageError(describe_unknown("measure of follow-up", rule, FOLLOW_UP_RULES))
    months = [None if value is None else value / DAYS_PER_MONTH for value in found[:3]]
    reason = "" if months[0] is not None else "no time is known"
    return dict(zip(("estimate", "ci_low", "ci_high"), months, strict=True)) | {
        "n_events": None, "n_patients": found[3], "method": method, "reason": reason,
    }  # fmt: skip


def _median_range(days: pd.Series) -> tuple:
    described = summarize(days.astype("float64"))
    return described.median, described.minimum, described.maximum, described.n


def _b_cell_return(times: pd.DataFrame, *, limits: str) -> dict:
    own = times[times["endpoint"] == "b_cell_return"]
    curve: Survival = estimate_survival(own["time_days"].astype("int64"), own["is_event"].astype(bool), ci=limits)
    return {
        "estimate": curve.median,
        "ci_low": curve.median_low,
        "ci_high": curve.median_high,
        "n_events": curve.n_events,
        "n_patients": curve.n_patients,
        "method": curve.method,
        "reason": curve.reason,
    }


def _share(is_met: pd.Series, interval: str) -> dict:
    found: Proportion = estimate_proportion(int(is_met.sum()), len(is_met), method=interval)
    return {
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "n_events": found.n_events,
        "n_patients": found.n_patients,
        "method": found.method,
        "reason": found.reason,
    }


def _infections(rates: pd.DataFrame) -> dict:
    """Estimate the rate in the first window after the infusion."""
    own = rates[(rates["pathogen_class"] == "all") & (rates["window"] != "all")].sort_values("first_day").head(1)
    own = own[own["n_infections"].notna()]
    n_events, days = own["n_infections"].sum(), own["exposure_days"].sum()
    found: Incidence = estimate_incidence(int(n_events), float(days))
    return {
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "n_events": found.n_events,
        "n_patients": int(own["n_patients"].sum()),
        "method": found.method,
        "reason": found.reason,
    }


def describe_run(tables: Mapping[str, pd.DataFrame], *, group: str, label: str, **methods: str) -> pd.DataFrame:
    """Estimate the headline results of one run, with the words that tell it from others.

    Parameters
    ----------
    tables
        Derived tables by name.
    group, label
        What the run changes, such as B cell return, and to what.
    **methods
        ``interval``, ``survival_limits`` and ``follow_up``.

    Returns
    -------
    DataFrame, one row per headline result
        ``group`` and ``label`` before the columns of ``estimate_headlines``.
    """
    found = estimate_headlines(tables, **methods)
    found.insert(0, "group", pd.Series(group, index=found.index, dtype="str"))
    found.insert(1, "label", pd.Series(label, index=found.index, dtype="str"))
    return found
