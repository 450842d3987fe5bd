"""Describe one column of numbers: numbers in, mean, spread, quantiles and geometric mean out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from caseseries.errors import UsageError
from caseseries.estimate.inputs import check_count, check_level, compute_numbers

QUANTILE_TYPES = {
    1: "inverted_cdf",
    2: "averaged_inverted_cdf",
    3: "closest_observation",
    4: "interpolated_inverted_cdf",
    5: "hazen",
    6: "weibull",
    7: "linear",
    8: "median_unbiased",
    9: "normal_unbiased",
}
"""Hyndman and Fan's number of each rule for a quantile, and numpy's name of it."""


@dataclass(frozen=True)
class Summary:
    """Description of one column; ``sd`` is None for a single value, everything but the counts for none."""

    n: int
    n_missing: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    method: str


@dataclass(frozen=True)
class GeometricMean:
    """Geometric mean with its interval; ``cv_percent`` is the geometric coefficient of variation."""

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    level: float
    cv_percent: float | None
    n: int
    n_missing: int
    method: str
    reason: str


def summarize(values: Sequence, *, quantile_type: int = 7) -> Summary:
    """Summarize a column by mean, standard deviation, median, quartiles and range.

    Parameters
    ----------
    values
        Numbers; missing ones are left out and counted.
    quantile_type
        Rule for the quartiles, 1 to 9 as Hyndman and Fan number them. Type 7 is R's and numpy's own, type 6
        that of SPSS and Prism.

    Raises
    ------
    UsageError
        If a value is not a finite number, or there is no such rule.

    Notes
    -----
    The median is the middle value, or the mean of the two middle ones, whatever the rule for the quartiles.
    The standard deviation has n - 1 below the fraction.

    References
    ----------
    Hyndman and Fan 1996, Am Stat 50:361.
    """
    check_count("quantile_type", quantile_type, lowest=1, highest=9)
    numbers = compute_numbers(values, name="values")
    known = numbers[~np.isnan(numbers)]
    n = len(known)
    method = f"quantile type {quantile_type}"
    if n == 0:
        return Summary(0, len(numbers), None, None, None, None, None, None, None, method)
    # the sum does not depend on the order of the rows once they are sorted
    known = np.sort(known)
    q1, q3 = np.quantile(known, [0.25, 0.75], method=QUANTILE_TYPES[quantile_type])
    return Summary(
        n=n,
        n_missing=len(numbers) - n,
        mean=float(known.mean()),
        sd=float(known.std(ddof=1)) if n > 1 else None,
        median=float(np.median(known)),
        q1=float(q1),
        q3=float(q3),
        minimum=float(known[0]),
        maximum=float(known[-1]),
        method=method,
    )


def estimate_geometric_mean(values: Sequence, *, level: float = 0.95) -> GeometricMean:
    """Estimate the geometric mean and the geometric coefficient of variation of a kinetic measure.

    Parameters
    ----------
    values
        Numbers above 0; missing ones are left out and counted. A value below the limit of quantification
        must have been replaced, or left out, before.
    level
        Confidence level, between 0 and 1.

    Raises
    ------
    UsageError
        If a value is not a finite number above 0.

    Notes
    -----
    Mean and Student's t interval of the logarithms, taken back; CV% = 100 sqrt(exp(s^2) - 1), where s is the
    standard deviation of the natural logarithms. One value has no spread, and so neither CV nor interval.

    References
    ----------
    Kirkwood 1979, Biometrics 35:908.
    """
    check_level(level)
    numbers = compute_numbers(values, name="values")
    known = np.sort(numbers[~np.isnan(numbers)])
    n, method = len(known), "geometric mean, t interval of the logarithms"
    if n and known[0] <= 0:
        raise UsageError(f"values of a geometric mean must be above 0; found {float(known[0])!r}.")
    n_missing = len(numbers) - n
    if n == 0:
        return GeometricMean(None, None, None, level, None, 0, n_missing, method, "no values")
    logs = np.log(known)
    centre = float(logs.mean())
    if n == 1:
        return GeometricMean(float(known[0]), None, None, level, None, 1, n_missing, method, "one value has no spread")
    spread = float(logs.std(ddof=1))
    half_width = float(stdtrit(n - 1, (1 + level) / 2)) * spread / math.sqrt(n)
    return GeometricMean(
        estimate=math.exp(centre),
        ci_low=math.exp(centre - half_width),
        ci_high=math.exp(centre + half_width),
        level=level,
        cv_percent=100 * math.sqrt(math.expm1(spread**2)),
        n=n,
        n_missing=n_missing,
        method=method,
        reason="",
    )
