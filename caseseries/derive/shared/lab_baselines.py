"""The last result of each test before treatment."""

from __future__ import annotations

import pandas as pd

from caseseries.derive.shared.windows import find_last_baseline_day


def find_lab_baselines(labs: pd.DataFrame, *, medications: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Find the result that is the baseline of each patient and test.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The raw table, or a part of it.
    medications : DataFrame, one row per course of a drug
        Lymphodepletion, before which the baseline lies.
    rule
        A value of the option ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient and test that has a baseline
        The row of ``labs``, with its index. Of several on the last day the latest hour counts, without hours the
        highest value, as in ``derive_daily_results``.
    """
    own = labs[labs["value"].notna()]
    last_day = find_last_baseline_day(own["patient_id"], medications=medications, rule=rule)
    before = own[(own["day"] <= last_day).fillna(False).astype(bool)]
    # A sample of unknown hour stands before those of known ones; limits and signs keep the order of rows out of it.
    order = [name for name in ("day", "hour", "value", "operator", "upper_limit", "lower_limit") if name in before]
    in_order = before.sort_values(order, kind="stable", na_position="first")
    return in_order.drop_duplicates(["patient_id", "test"], keep="last")
