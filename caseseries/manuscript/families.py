"""Families of numbers that one sentence prints together: a share with its interval, a middle with its range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from caseseries.estimate import (
    estimate_incidence,
    estimate_paired_change,
    estimate_proportion,
    estimate_survival,
    summarize,
)
from caseseries.exhibits import format as fmt
from caseseries.manuscript.number import NOT_ASSESSABLE, Number
from caseseries.manuscript.source import Source


@dataclass(frozen=True)
class About:
    """What the numbers of a family share: the beginning of their keys and labels, exhibit, and line of the ledger."""

    key: str
    label: str
    exhibit: str
    denominator: str

    def number(
        self, name: str, value: float | None, text: str, *, source: Source, n: int | None, method: str = "",
        unit: str = "", label: str = "", reason: str = "",
    ) -> Number:  # fmt: skip
        """Make one number of the family; without a value and without a text of its own it is not assessable."""
        is_missing = value is None or (isinstance(value, float) and math.isnan(value))
        if is_missing and n == 0:
            text, reason = NOT_ASSESSABLE, reason or f"no patient with data ({self.denominator})"
        return Number(
            key=f"{self.key}.{name}",
            label=f"{self.label}: {label}" if label else self.label,
            value=None if is_missing else float(value),
            text=text,
            unit=unit,
            n=n,
            denominator=self.denominator,
            method=method,
            exhibit=self.exhibit,
            table=source.table,
            rows=source.words or "all rows",
            reason=reason if is_missing else "",
        )


def count_things(about: About, name: str, value: float, *, source: Source, n: int, unit: str = "") -> Number:
    """Give one count; nothing can be counted in nobody."""
    known = None if n == 0 else value
    return about.number(name, known, fmt.number(known), source=source, n=n, unit=unit, method="count")


def estimate_share(about: About, hit: Source, base: Source) -> Iterator[Number]:
    """Estimate a share of patients: ``n``, ``ratio``, ``ci_low``, ``ci_high``.

    Parameters
    ----------
    hit
        The rows of patients who have what is asked for.
    base
        The rows of patients who could have it.
    """
    n, k = base.n, hit.n
    found = estimate_proportion(k, n)
    yield about.number("n", k if n else None, fmt.number(k), source=hit, n=n, unit="patients", method="count")
    yield about.number(
        "ratio", found.estimate, fmt.n_percent(k, n), source=hit, n=n, unit="share", method="share", label="share"
    )
    for name, side, limit in (("ci_low", "lower", found.ci_low), ("ci_high", "upper", found.ci_high)):
        text = fmt.NOT_ESTIMABLE if limit is None else fmt.number(100 * limit) + "%"
        method = f"{found.method}, {fmt.number(100 * found.level)}%, two-sided"
        yield about.number(name, limit, text, source=hit, n=n, unit="share", method=method, label=f"{side} limit")


def summarize_middle(
    about: About, source: Source, column: str, *, unit: str, decimals: int = 0, scale: float = 1.0
) -> Iterator[Number]:
    """Summarize one value per patient: ``n``, ``median``, ``min``, ``max``.

    Parameters
    ----------
    column
        Its missing values are left out.
    decimals
        Decimals to print; none where all values are whole.
    scale
        Divisor of the values before they are summarized, such as days per month.
    """
    known = source.known(column)
    values = known.rows[column].astype("float64") / scale
    found = summarize(values)
    digits = 0 if scale == 1 and (values == values.round()).all() else decimals
    yield about.number(
        "n", known.n or None, fmt.number(known.n), source=known, n=known.n, unit="patients", method="count",
        label="patients with a value",
    )  # fmt: skip
    texts = (fmt.median(values, digits), fmt.number(found.minimum, digits), fmt.number(found.maximum, digits))
    for name, value, text in zip(
        ("median", "min", "max"), (found.median, found.minimum, found.maximum), texts, strict=True
    ):
        method = "median" if name == "median" else f"{name}imum"
        yield about.number(name, value, text, source=known, n=known.n, unit=unit, method=method, label=method)


def estimate_time(
    about: About, source: Source, *, unit: str = "days", decimals: int = 0, scale: float = 1.0
) -> Iterator[Number]:
    """Estimate the median time to an event: ``median``, ``ci_low``, ``ci_high``."""
    rows = source.rows
    found = estimate_survival(rows["time_days"].astype("float64"), rows["is_event"].astype(bool))
    values = {"median": found.median, "ci_low": found.median_low, "ci_high": found.median_high}
    labels = {"median": "median time", "ci_low": "lower limit of the median", "ci_high": "upper limit of the median"}
    for name, days in values.items():
        value = None if days is None else days / scale
        reason = found.reason or "the limit of the curve stays above one half"
        digits = decimals if value is None or scale != 1 or value == round(value) else 1
        text = fmt.number(value, digits)
        yield about.number(
            name,
            value,
            text,
            source=source,
            n=source.n,
            unit=unit,
            method=found.method,
            label=labels[name],
            reason=reason,
        )


def estimate_rate(about: About, source: Source, *, n: int) -> Iterator[Number]:
    """Estimate events per 100 patient-days: ``events``, ``days``, ``rate``, ``ci_low``, ``ci_high``."""
    events, days = int(source.rows["n_infections"].sum()), float(source.rows["exposure_days"].sum())
    found = estimate_incidence(events, days)
    is_known = n > 0
    yield about.number(
        "events",
        events if is_known else None,
        fmt.number(events),
        source=source,
        n=n,
        method="count",
        unit="events",
        label="number",
    )
    yield about.number(
        "days",
        days if is_known else None,
        fmt.number(days),
        source=source,
        n=n,
        method="sum",
        unit="patient-days",
        label="time at risk",
    )
    for name, value in (("rate", found.estimate), ("ci_low", found.ci_low), ("ci_high", found.ci_high)):
        method = (
            f"{found.method}, {fmt.number(100 * found.level)}%, exact Poisson" if name != "rate" else "events / time"
        )
        yield about.number(
            name, value, fmt.number(value, 2), source=source, n=n, unit="per 100 patient-days", method=method,
            label={"rate": "rate", "ci_low": "lower limit of the rate", "ci_high": "upper limit of the rate"}[name],
            reason=found.reason,
        )  # fmt: skip


def estimate_change(
    about: About, source: Source, before: pd.Series, after: pd.Series, *, unit: str
) -> Iterator[Number]:
    """Estimate a fall within patients: ``fall``, ``ci_low``, ``ci_high``, ``level``, ``p``.

    Parameters
    ----------
    before, after
        One value per patient, indexed alike.
    """
    found = estimate_paired_change(before, after)
    values = {
        "fall": (found.estimate, fmt.number(found.estimate, 1), unit, "Hodges-Lehmann, before minus after"),
        "ci_low": (found.ci_low, fmt.number(found.ci_low, 1), unit, "exact interval of the Walsh averages"),
        "ci_high": (found.ci_high, fmt.number(found.ci_high, 1), unit, "exact interval of the Walsh averages"),
        "level": (
            found.level,
            fmt.number(None if found.level is None else 100 * found.level, 1) + "%",
            "share",
            "level that the interval achieves",
        ),
        "p": (found.p_value, fmt.p_value(found.p_value), "", "exact signed-rank test, two-sided"),
    }
    for name, (value, text, own_unit, method) in values.items():
        yield about.number(
            name,
            value,
            text if value is not None else fmt.NOT_ESTIMABLE,
            source=source,
            n=found.n_pairs,
            unit=own_unit,
            method=method,
            label=method,
            reason=found.reason,
        )
