"""Refuse, before any arithmetic, what an estimator cannot use: column to array, or UsageError."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from caseseries.errors import UsageError, describe_unknown


def check_level(level: float) -> None:
    """Refuse a confidence level that is not a proportion between 0 and 1."""
    if not _is_number(level) or not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, such as 0.95; found {level!r}.")


def check_choice(what: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not one of the known ones."""
    known = list(known)
    if name not in known:
        raise UsageError(describe_unknown(what, name, known))


def check_count(name: str, count: int, *, lowest: int = 0, highest: int | None = None) -> None:
    """Refuse a count that is not a whole number from the lowest to the highest possible one."""
    limit = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"
    is_whole = isinstance(count, Integral) and not isinstance(count, bool)
    if not is_whole or count < lowest or (highest is not None and count > highest):
        raise UsageError(f"{name} must be a whole number {limit}; found {_shown(count)}.")


def check_same_patients(first_name: str, first: Sequence, second_name: str, second: Sequence) -> None:
    """Refuse two columns that do not belong row by row to the same patients.

    Columns of pandas carry their rows' labels: where these differ, pairing by position would mix up patients.
    """
    for name, values in ((first_name, first), (second_name, second)):
        if not isinstance(values, Iterable):
            raise UsageError(f"{name} must be a column of values; found {_shown(values)}.")
    if len(first) != len(second):
        raise UsageError(
            f"{first_name} and {second_name} must have the same length; found {len(first)} and {len(second)}."
        )
    are_labelled = isinstance(first, pd.Series) and isinstance(second, pd.Series)
    if are_labelled and not first.index.equals(second.index):
        raise UsageError(
            f"{first_name} and {second_name} must have the same row labels in the same order; "
            f"found {list(first.index[:3])} and {list(second.index[:3])} at the start."
        )


def compute_numbers(
    values: Sequence, *, name: str, lowest: float = -math.inf, may_be_missing: bool = True
) -> np.ndarray:
    """Turn a column into floats, a missing value into NaN.

    Raises
    ------
    UsageError
        If a value is text, a boolean, infinite or below ``lowest``, or is missing where none may be.
    """
    if not isinstance(values, Iterable):
        raise UsageError(f"{name} must be a column of numbers; found {_shown(values)}.")
    numbers = [math.nan if _is_missing(value) else value for value in values]
    floor = "" if lowest == -math.inf else f" of {lowest:g} or more"
    bad = [value for value in numbers if not _is_number(value) or math.isinf(value) or value < lowest]
    if bad:
        raise UsageError(f"{name} must hold finite numbers{floor}; {_found(bad, numbers)}.")
    array = np.array(numbers, dtype=float)
    n_missing = int(np.isnan(array).sum())
    if n_missing and not may_be_missing:
        raise UsageError(f"{name} must not be missing; found {n_missing} missing of {len(array)}.")
    return array


def compute_flags(values: Sequence, *, name: str) -> np.ndarray:
    """Turn a column into booleans; refuse anything else.

    The numbers 0 and 1 are refused as well: half of all data sets code a censored patient as 1.
    """
    flags = list(values)
    bad = [value for value in flags if not isinstance(value, (bool, np.bool_))]
    if bad:
        raise UsageError(f"{name} must be True or False for every patient; {_found(bad, flags)}.")
    return np.array(flags, dtype=bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and pd.isna(value)


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _found(bad: Sequence, values: Sequence) -> str:
    return f"found {_shown(bad[0])}" + (f" and {len(bad) - 1} more of {len(values)}" if len(bad) > 1 else "")
