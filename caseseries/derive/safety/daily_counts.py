"""Blood counts of single days: the lowest of each day, short gaps filled, and runs of days below a limit."""

from __future__ import annotations

import numpy as np
import pandas as pd

BEYOND = 1e-6
"""How far inside its limit a result lies that is given as beyond it."""


def find_daily_lowest(labs: pd.DataFrame, *, test: str, first_day: int, last_day: int) -> dict[str, pd.DataFrame]:
    """Find the lowest count of each day, as it may be at most and at least.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The raw table.
    test
        Code of the test.
    first_day, last_day
        The period; both days belong to it.

    Returns
    -------
    dict
        Per patient with a count in the period a frame with one row per day that has one, indexed by day:
        ``at_most`` and ``at_least``, which differ for a result beyond a limit of the assay (``<``: from 0 up to the
        limit; ``>``: from the limit up without end).
    """
    own = labs[(labs["test"] == test) & labs["value"].notna() & labs["day"].between(first_day, last_day)]
    value, operator = own["value"].astype("float64"), own["operator"].fillna("=")
    bounds = own.assign(
        day=own["day"].astype(int),
        at_most=value.mask(operator == "<", value - BEYOND).mask(operator == ">", np.inf),
        at_least=value.mask(operator == "<", 0.0).mask(operator == ">", value + BEYOND),
    )
    lowest = bounds.groupby(["patient_id", "day"])[["at_most", "at_least"]].min()
    return {patient_id: days.droplevel("patient_id") for patient_id, days in lowest.groupby(level="patient_id")}


def fill_short_gaps(values: np.ndarray, *, longest: int) -> np.ndarray:
    """Fill runs of days without a value, if they are short enough.

    Parameters
    ----------
    values
        One per day, missing (nan) without one.
    longest
        Days of the longest run that is filled.

    Returns
    -------
    array of float
        Days between two values lie on the line between them; before the first and after the last value the nearest
        one is carried. Longer runs stay missing.

    References
    ----------
    ``na.approx(x, maxgap, rule = 2)`` of the R package zoo.
    """
    is_known = ~np.isnan(values)
    if not is_known.any():
        return values.copy()
    days = np.arange(len(values))
    known, known_values = days[is_known], values[is_known]
    after = np.searchsorted(known, days).clip(max=len(known) - 1)
    before = np.searchsorted(known, days, side="right").clip(min=1) - 1
    low, high = known_values[before], known_values[after]
    share = (days - known[before]) / np.maximum(known[after] - known[before], 1)
    # An unbounded neighbour (a result above the limit of the assay) leaves no line; the day is then unbounded too.
    with np.errstate(invalid="ignore"):
        line = np.where(np.isinf(low) | np.isinf(high), np.maximum(low, high), low + share * (high - low))
    filled = np.where(is_known, values, line)
    for start, end in find_runs(~is_known):
        if end - start + 1 > longest:
            filled[start : end + 1] = np.nan
    return filled


def find_runs(is_low: np.ndarray, *, joined_days: int = 0) -> list[tuple[int, int]]:
    """Find runs of days, joining those that only a short recovery parts.

    Parameters
    ----------
    is_low
        One per day.
    joined_days
        Days of the longest recovery that does not end a run.

    Returns
    -------
    list of tuple
        First and last position of each run; both belong to it, and so do the days of a recovery inside.
    """
    runs: list[tuple[int, int]] = []
    for day in np.flatnonzero(is_low).tolist():
        if runs and day - runs[-1][1] - 1 <= joined_days:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def count_longest_run(is_low: np.ndarray, *, joined_days: int = 0) -> int:
    """Count the days of the longest run, 0 if there is none."""
    return max((end - start + 1 for start, end in find_runs(is_low, joined_days=joined_days)), default=0)
