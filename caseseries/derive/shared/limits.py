"""Comparisons of results with a limit: yes, no, or not decided, for measured results and for those beyond a limit."""

from __future__ import annotations

import numpy as np
import pandas as pd

TOLERANCE = 1e-9
"""Two numbers nearer than this are the same, so that 0.1 + 0.2 is 0.3."""


def is_below(
    values: pd.Series, limits: pd.Series | float, *, operators: pd.Series | None = None, or_equal: bool = False
) -> pd.Series:
    """Tell which results lie below a limit.

    Parameters
    ----------
    values
        Results; for one beyond a limit of the assay, that limit.
    limits
        The limit, or one per result, in the unit of ``values``.
    operators
        ``=`` measured, ``<`` the result is below ``values``, ``>`` it is above; a missing one, or none at all, is
        ``=``.
    or_equal
        Whether a result on the limit counts as well.

    Returns
    -------
    Series of boolean, rows as in ``values``
        Missing where the result or the limit is missing, or where the result lies beyond a limit of the assay that
        leaves the answer open.
    """
    value = _numbers(values)
    limit = np.broadcast_to(_numbers(limits) if isinstance(limits, pd.Series) else float(limits), value.shape)
    operator = np.full(value.shape, "=") if operators is None else operators.fillna("=").to_numpy(dtype=object)
    is_under, is_over = operator == "<", operator == ">"
    reach = TOLERANCE if or_equal else -TOLERANCE
    answer = np.where(is_under, True, (value < limit + reach) & ~is_over)
    is_open = is_under & (value > limit + TOLERANCE) | is_over & (value < limit - TOLERANCE)
    is_unknown = is_open | np.isnan(value) | np.isnan(limit)
    return pd.Series(pd.arrays.BooleanArray(answer, is_unknown), index=values.index)


def _numbers(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype="float64", na_value=np.nan)


def is_above(
    values: pd.Series, limits: pd.Series | float, *, operators: pd.Series | None = None, or_equal: bool = False
) -> pd.Series:
    """Tell which results lie above a limit; everything else as in ``is_below``."""
    return ~is_below(values, limits, operators=operators, or_equal=not or_equal)


def all_of(*answers: pd.Series) -> pd.Series:
    """Tell where every answer is yes: one no settles it, and without a no one open answer leaves it open."""
    result = answers[0].astype("boolean")
    for answer in answers[1:]:
        result = result & answer.astype("boolean")
    return result


def any_of(*answers: pd.Series) -> pd.Series:
    """Tell where at least one answer is yes: one yes settles it, and without a yes one open answer leaves it open."""
    result = answers[0].astype("boolean")
    for answer in answers[1:]:
        result = result | answer.astype("boolean")
    return result
