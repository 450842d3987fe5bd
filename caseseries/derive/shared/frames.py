"""Rows and typed tables: the way in and out of pandas for derivations that go through a table row by row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd


def list_rows(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> list[dict]:
    """List the rows of a frame as records, with the columns that are named or else all of them."""
    names = list(frame.columns if columns is None else columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]


def list_groups(
    frame: pd.DataFrame, columns: Sequence[str] | None = None, *, by: str = "patient_id"
) -> dict[Hashable, list[dict]]:
    """List the rows of a frame as records by the value of one column, in the order in which they stand."""
    groups: dict[Hashable, list[dict]] = {}
    for key, row in zip(frame[by].tolist(), list_rows(frame, columns), strict=True):
        groups.setdefault(key, []).append(row)
    return groups


def as_numbers(values: pd.Series) -> np.ndarray:
    """Give numbers as an array of floats, missing ones as nan."""
    return values.to_numpy(dtype="float64", na_value=np.nan)


def as_typed(
    rows: pd.DataFrame | Iterable[Mapping], types: Mapping[str, str], *, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Give rows the columns and types of a table, and its order.

    Parameters
    ----------
    rows
        A frame or records; a column that they lack becomes missing, one that the table does not have is dropped.
    types
        Type of each column in order.
    by
        Columns by which rows are sorted, missing values last; rows alike in them keep their order.

    Returns
    -------
    DataFrame
        Numbered from 0; without rows it still has every column.
    """
    if isinstance(rows, pd.DataFrame):
        n_rows, found = len(rows), {name: rows[name] for name in types if name in rows}
    else:
        records = list(rows)
        n_rows, found = len(records), {name: [record.get(name) for record in records] for name in types}
    nothing = [None] * n_rows
    typed = {name: _as_array(found.get(name, nothing), _DTYPES[kind]) for name, kind in types.items()}
    if by:
        order = find_order([typed[name] for name in by])
        typed = {name: values.take(order) for name, values in typed.items()}
    return pd.DataFrame(typed, index=pd.RangeIndex(n_rows), copy=False)


_DTYPES = {name: pd.api.types.pandas_dtype(name) for name in ("Int64", "float64", "boolean", "bool")} | {
    # Made here when nothing may have said yet how text is kept.
    "str": pd.StringDtype("python", na_value=np.nan)
}


def _as_array(values: pd.Series | list, dtype: object) -> np.ndarray | pd.api.extensions.ExtensionArray:
    if isinstance(values, pd.Series):
        return (values if values.dtype == dtype else values.astype(dtype)).values  # noqa: PD011 (not a copy)
    if dtype == "float64":
        return np.array([np.nan if value is None or value is pd.NA else value for value in values], dtype=dtype)
    return np.array(values, dtype=bool) if dtype == "bool" else pd.array(values, dtype=dtype)


def find_order(keys: Sequence[pd.Series | np.ndarray | pd.api.extensions.ExtensionArray]) -> np.ndarray:
    """Find the order that sorts rows by one key after the other, missing values last; rows alike keep their order."""
    return np.lexsort([_rank(key.array if isinstance(key, pd.Series) else key) for key in reversed(keys)])


def _rank(key: np.ndarray | pd.api.extensions.ExtensionArray) -> np.ndarray:
    if isinstance(key, np.ndarray) and key.dtype.kind in "biuf":
        return np.where(np.isnan(key), np.inf, key)
    if pd.api.types.is_numeric_dtype(key.dtype):
        return key.to_numpy(dtype="float64", na_value=np.inf)
    codes, words = pd.factorize(key)
    ranks = np.full(len(words) + 1, len(words))
    ranks[np.argsort(np.asarray(words, dtype=object), kind="stable")] = np.arange(len(words))
    return ranks[codes]
