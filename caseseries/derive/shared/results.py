"""Laboratory results, one per patient, test and day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import as_numbers, as_typed, list_rows

RESULT_COLUMNS = {
    "patient_id": "str",
    "day": "Int64",
    "value": "float64",
    "operator": "str",
    "lower_limit": "float64",
    "upper_limit": "float64",
}

RESULTS = {
    "patient_id": "str",
    "test": "str",
    "day": "Int64",
    "value": "float64",
    "operator": "str",
    "unit": "str",
    "lower_limit": "float64",
    "upper_limit": "float64",
}

TEMPERATURE, TEMPERATURE_UNIT = "TEMPERATURE", "degrees C"


def derive_results(labs: pd.DataFrame, vital_signs: pd.DataFrame) -> pd.DataFrame:
    """Derive the results that figures show: every laboratory test, and the highest temperature, of each day.

    Parameters
    ----------
    labs, vital_signs : DataFrame
        The raw tables, values in the units of the codebook.

    Returns
    -------
    DataFrame, one row per patient, test and day
        ``value`` in ``unit``; ``operator`` (=, <, >); ``lower_limit`` and ``upper_limit`` of the laboratory. The test
        of temperature is ``TEMPERATURE``. Of several samples of a day the last counts, as in ``derive_daily_results``.
    """
    last = _take_last(labs[labs["value"].notna()], keys=("patient_id", "test", "day"))
    warmest: dict[tuple[str, int], dict] = {}
    for row in list_rows(vital_signs[vital_signs["temperature_c"].notna()], ["patient_id", "day", "temperature_c"]):
        day, value = (row["patient_id"], row["day"]), row["temperature_c"]
        known = warmest.setdefault(day, row | {"test": TEMPERATURE, "operator": "=", "unit": TEMPERATURE_UNIT})
        known["value"] = max(value, known.get("value", value))
    both = pd.concat([as_typed(part, RESULTS) for part in (last, warmest.values())])
    return as_typed(both, RESULTS, by=("patient_id", "test", "day"))


def derive_daily_results(labs: pd.DataFrame, *, test: str) -> pd.DataFrame:
    """Derive the result of a test that counts on each day: the last sample of the day.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The raw table, values in the unit of the codebook.
    test
        Code of the test.

    Returns
    -------
    DataFrame, one row per patient and day with a result
        ``value``; ``operator`` (=, <, >), ``=`` where none was given; ``lower_limit``, ``upper_limit``. Of several
        samples without an hour, or at the same hour, the highest result counts.
    """
    is_own = (labs["test"] == test).to_numpy(dtype=bool) & labs["value"].notna().to_numpy()
    own = pd.DataFrame({name: labs[name].array[is_own] for name in (*RESULT_COLUMNS, "hour") if name in labs})
    return as_typed(_take_last(own, keys=("patient_id", "day")), RESULT_COLUMNS)


def _take_last(results: pd.DataFrame, *, keys: tuple[str, ...]) -> pd.DataFrame:
    """Take of the results that share their keys the one of the latest hour, without hours the highest; sorted.

    Of equal values one above a limit of the assay is the highest and one below it the lowest (the signs sort so), and
    one with limits of normal goes before one without: the order of rows must not choose.
    """
    hours, upper, lower = (
        np.nan_to_num(as_numbers(results[name]), nan=-1) if name in results else np.full(len(results), -1.0)
        for name in ("hour", "upper_limit", "lower_limit")
    )
    signs = results["operator"].fillna("=").tolist()
    samples = zip(
        *(hours.tolist(), results["value"].tolist(), signs, upper.tolist(), lower.tolist()),
        range(len(results)),
        strict=True,
    )
    last: dict[tuple, tuple] = {}
    for key, sample in zip(zip(*(results[name].tolist() for name in keys), strict=True), samples, strict=True):
        last[key] = max(sample, last.get(key, sample))
    taken = results.take([last[key][-1] for key in sorted(last)])
    return taken.assign(operator=taken["operator"].fillna("="))


def result_text(value: float, operator: str, unit: str) -> str:
    """Write a result with its unit, and with its sign if it lies beyond a limit."""
    sign = "" if operator == "=" else operator
    return f"{sign}{value:g} {unit}"
