"""Numbers to text for people: the only module that rounds.

Halves round away from zero, as a reader does with pencil and paper; a minus is the typographic one, so that a cell
is never taken for a formula; what cannot be estimated is NE, what was not recorded is an en dash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from caseseries.design import DAYS_PER_MONTH
from caseseries.precision import known_part, magnitude, settle

NOT_ESTIMABLE = "NE"
NOT_RECORDED = "–"
MINUS = "−"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

PERCENT_FROM_N = 5
"""Below this number of patients a percentage says more than the data know."""

DECIMAL_FROM_N = 100
"""From this number of patients on a percentage has one decimal."""


def _is_missing(value) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def number(value: float | None, decimals: int = 0) -> str:
    """Write a number with a fixed count of decimals; NE if it is missing or not finite."""
    if _is_missing(value) or not math.isfinite(value):
        return NOT_ESTIMABLE
    # The decimal is rounded, not the binary value, and not its last bits: 2.675 becomes 2.68 on every processor.
    quantum = Decimal(1).scaleb(-decimals)
    rounded = Decimal(known_part(value)).quantize(quantum, rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    return MINUS + text if rounded < 0 else text


def significant(value: float | None, digits: int = 3) -> str:
    """Write a number with about so many significant digits, and no more decimals than they need."""
    if _is_missing(value) or not math.isfinite(value):
        return NOT_ESTIMABLE
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - magnitude(value))
    text = number(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def power_of_ten(value: float | None) -> str:
    """Write a large number such as a dose of cells: 1.0 × 10⁶."""
    if _is_missing(value) or value <= 0:
        return NOT_RECORDED
    exponent = magnitude(value)
    return f"{number(value / 10**exponent, 1)} × 10{str(exponent).translate(SUPERSCRIPTS)}"


def recorded(value, decimals: int = 0) -> str:
    """Write a recorded number, or an en dash where nothing was recorded."""
    return NOT_RECORDED if _is_missing(value) else number(float(value), decimals)


def day(value) -> str:
    """Write a day since infusion, or an en dash."""
    return recorded(value)


def months(days: float | None) -> str:
    """Write days as months (365.25 / 12 days each) with one decimal."""
    return NOT_RECORDED if _is_missing(days) else number(float(days) / DAYS_PER_MONTH, 1)


def percent(share: float | None, *, n: int) -> str:
    """Write a share of n patients as a percentage; nothing below 5 patients, a decimal only from 100 on."""
    if _is_missing(share) or n < PERCENT_FROM_N:
        return ""
    return number(100 * share, 1 if n >= DECIMAL_FROM_N else 0) + "%"


def n_percent(n_events: int, n: int) -> str:
    """Write patients with an event, all patients and the percentage: 7/8 (88%)."""
    if n == 0:
        return NOT_ESTIMABLE
    share = percent(n_events / n, n=n)
    return f"{n_events:,}/{n:,}" + (f" ({share})" if share else "")


def percent_ci(ci_low: float | None, ci_high: float | None, *, n: int = PERCENT_FROM_N) -> str:
    """Write the interval of a share in per cent: 35 to 97."""
    if _is_missing(ci_low) or _is_missing(ci_high):
        return NOT_ESTIMABLE
    decimals = 1 if n >= DECIMAL_FROM_N else 0
    return f"{number(100 * ci_low, decimals)} to {number(100 * ci_high, decimals)}"


def median_range(values: Iterable[float], decimals: int = 0) -> str:
    """Write median and range: 16.5 (9.0 to 24.0); only the value itself where there is one.

    A median halfway between two values that are exact keeps the decimal that says so: 4.5 (2 to 6).
    """
    known = _known(values)
    if known.empty:
        return NOT_RECORDED
    if len(known) == 1:
        return number(known.iloc[0], decimals)
    low, high = number(float(known.min()), decimals), number(float(known.max()), decimals)
    return f"{median(known, decimals)} ({low} to {high})"


def median(values: Iterable[float], decimals: int = 0) -> str:
    """Write the median alone, as ``median_range`` does."""
    known = _known(values)
    if known.empty:
        return NOT_ESTIMABLE
    middle = float(known.median())
    is_exact = np.allclose(known, known.round(decimals), rtol=0, atol=1e-9)
    is_between = is_exact and abs(middle - round(middle, decimals)) > 1e-9
    return number(middle, decimals + is_between)


def span(values: Iterable[float], decimals: int = 0) -> str:
    """Write the smallest and the largest value: 9.0 to 24.0."""
    known = _known(values)
    if known.empty:
        return NOT_RECORDED
    low, high = number(float(known.min()), decimals), number(float(known.max()), decimals)
    return low if low == high else f"{low} to {high}"


def mean_sd(values: Iterable[float], decimals: int = 0) -> str:
    """Write mean and standard deviation (n - 1): 75.2 (8.6); NE below two values."""
    known = _known(values)
    if known.empty:
        return NOT_RECORDED
    sd = float(known.std(ddof=1)) if len(known) > 1 else None
    return f"{number(float(known.mean()), decimals)} ({number(sd, decimals)})"


def p_value(p: float | None) -> str:
    """Write a P value: three decimals below 0.1, two above, and < 0.001."""
    if _is_missing(p):
        return NOT_ESTIMABLE
    p = settle(p)
    if p < 0.001:
        return "< 0.001"
    return number(p, 3 if p < 0.0995 else 2)


def count_of(n: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: 1 patient, 8 patients."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listing(words: Iterable[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _known(values: Iterable[float]) -> pd.Series:
    return pd.Series(values).dropna().astype("float64")


def unit(code: str) -> str:
    """Write a unit as print does: mg/m², cells/µL."""
    whole = {"mg/m2": "mg/m²", "degrees C": "°C"}
    return whole.get(code, code).replace("uL", "µL").replace("ug", "µg").replace("10^9", "10⁹")
