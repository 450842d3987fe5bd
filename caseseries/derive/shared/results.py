"""Laboratory results, one per patient, test and day."""

from __future__ import annotations

import pandas as pd

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
    known = labs[labs["value"].notna()]
    known = known.assign(operator=known["operator"].fillna("="), hour=known.get("hour", float("nan")))
    keys = ["patient_id", "test", "day"]
    last = known.sort_values([*keys, "hour", "value"], na_position="first", kind="stable").drop_duplicates(
        keys, keep="last"
    )
    warmest = vital_signs.dropna(subset="temperature_c").groupby(["patient_id", "day"], as_index=False)[
        "temperature_c"
    ].max()  # fmt: skip
    warmest = warmest.rename(columns={"temperature_c": "value"})
    warmest = warmest.assign(test=TEMPERATURE, operator="=", unit=TEMPERATURE_UNIT)
    both = pd.concat([part.reindex(columns=list(RESULTS)).astype(RESULTS) for part in (last, warmest)])
    return both.sort_values(keys, kind="stable").reset_index(drop=True)


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
    own = labs[(labs["test"] == test) & labs["value"].notna()]
    own = own.assign(operator=own["operator"].fillna("="))
    if "hour" not in own:
        own = own.assign(hour=float("nan"))
    own = own.sort_values(["patient_id", "day", "hour", "value"], na_position="first", kind="stable")
    last = own.drop_duplicates(["patient_id", "day"], keep="last")
    return last.reindex(columns=list(RESULT_COLUMNS)).astype(RESULT_COLUMNS).reset_index(drop=True)


def result_text(value: float, operator: str, unit: str) -> str:
    """Write a result with its unit, and with its sign if it lies beyond a limit."""
    sign = "" if operator == "=" else operator
    return f"{sign}{value:g} {unit}"
