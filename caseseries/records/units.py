"""Laboratory values to the unit that the codebook gives for their test."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import pandas as pd

from caseseries.records.codebook import read_codebook


@lru_cache
def list_units() -> pd.DataFrame:
    """List the units of all tests.

    Returns
    -------
    DataFrame, one row per test and accepted unit, which are its index
        ``factor`` (exact, to the unit of the test); ``standard`` (that unit); ``minimum`` and ``maximum`` (what is
        plausible, in the accepted unit).
    """
    rows = {
        (test.code, unit): (factor, test.unit, *(float(Fraction(x) / factor) for x in (test.minimum, test.maximum)))
        for test in read_codebook().tests.values()
        for unit, factor in test.factors.items()
    }
    index = pd.MultiIndex.from_tuples(rows, names=["test", "unit"])
    return pd.DataFrame(list(rows.values()), index, ["factor", "standard", "minimum", "maximum"])


def _find_places(labs: pd.DataFrame) -> np.ndarray:
    return list_units().index.get_indexer(pd.MultiIndex.from_frame(labs[["test", "unit"]]))


def find_units(labs: pd.DataFrame) -> pd.DataFrame:
    """Look up each row's unit among those of its test; missing where the codebook does not list it.

    Returns
    -------
    DataFrame, one row per row of ``labs``
        The columns of ``list_units``.
    """
    pairs = pd.MultiIndex.from_frame(labs[["test", "unit"]])
    return list_units().reindex(pairs).set_axis(labs.index)


def _convert(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    converted = np.where(places >= 0, values, np.nan)
    for place in np.unique(places[places >= 0]):
        factor = list_units()["factor"].iloc[place]
        rows = np.flatnonzero((places == place) & ~np.isnan(values))
        if factor != 1 and len(rows):
            distinct, again = np.unique(values[rows], return_inverse=True)
            # repr gives the decimal that stands in the file, so that 0.7 in g/dL is 7 g/L and not its neighbour.
            converted[rows] = np.array([float(Fraction(repr(float(x))) * factor) for x in distinct])[again]
    return converted


def convert_labs(labs: pd.DataFrame) -> pd.DataFrame:
    """Convert results and limits of normal into the unit of their test.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Typed table ``labs`` as reported.

    Returns
    -------
    DataFrame, one row per result
        ``value``, ``lower_limit``, ``upper_limit`` in ``unit``, the unit of the test; ``reported_value`` and
        ``reported_unit`` as they stood. Where the unit is not one of the test's, the converted values are missing.
    """
    places = _find_places(labs)
    numbers = {name: _convert(labs[name].to_numpy(float), places) for name in ("value", "lower_limit", "upper_limit")}
    standard = list_units()["standard"].to_numpy()[places] if len(places) else labs["unit"]
    return labs.assign(
        **numbers,
        unit=pd.Series(np.where(places >= 0, standard, labs["unit"]), labs.index, dtype="str"),
        reported_value=labs["value"],
        reported_unit=labs["unit"],
    )
