"""Laboratory results of one test, one per patient and day."""

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
