"""Autoantibodies: each result as a multiple of the laboratory's upper limit, and which are the first and the last."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import is_above
from caseseries.derive.shared.results import derive_daily_results
from caseseries.derive.treatment.administrations import is_after_immunoglobulin

AUTOANTIBODIES = {
    "patient_id": "str",
    "test": "str",
    "day": "Int64",
    "value": "float64",
    "operator": "str",
    "unit": "str",
    "upper_limit": "float64",
    "ratio": "float64",
    "is_positive": "boolean",
    "is_baseline": "boolean",
    "is_last": "boolean",
    "is_after_immunoglobulin": "boolean",
}

NAMED = frozenset({"ANA", "DSDNA"})
PREFIX = "ANTI_"


def derive_autoantibodies(
    labs: pd.DataFrame, *, medications: pd.DataFrame, administrations: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive the course of every autoantibody.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The raw table, values in the unit of the codebook. Autoantibodies are ANA, DSDNA and every test ``ANTI_...``.
    medications : DataFrame, one row per course of a drug
        Lymphodepletion, before which the baseline lies.
    administrations : DataFrame, one row per patient and course
        As ``derive_administrations`` gives it.
    design
        ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient, test and day with a result
        ``ratio``, value / ``upper_limit``; ``is_positive``, above the upper limit, missing where the laboratory gives
        none or a limit of the assay leaves it open; ``is_baseline``, the last result before treatment; ``is_last``,
        the last one after the infusion; ``is_after_immunoglobulin``, the sample holds antibodies of donors.
    """
    own = labs[labs["test"].isin(NAMED) | labs["test"].str.startswith(PREFIX)]
    units = dict(zip(own["test"], own["unit"], strict=True))
    parts = [derive_daily_results(own, test=test).assign(test=test, unit=units[test]) for test in sorted(units)]
    if not parts:
        return pd.DataFrame(columns=list(AUTOANTIBODIES)).astype(AUTOANTIBODIES)
    rows = pd.concat(parts, ignore_index=True)
    baselines = find_lab_baselines(rows, medications=medications, rule=design["lab_baseline_rule"])
    after = rows[rows["day"] > 0].sort_values("day", kind="stable")
    last = after.drop_duplicates(["patient_id", "test"], keep="last")
    rows = rows.assign(
        ratio=rows["value"] / rows["upper_limit"],
        is_positive=is_above(rows["value"], rows["upper_limit"], operators=rows["operator"]),
        is_baseline=rows.index.isin(baselines.index),
        is_last=rows.index.isin(last.index),
        is_after_immunoglobulin=is_after_immunoglobulin(rows, administrations),
    )
    rows = rows.reindex(columns=list(AUTOANTIBODIES)).astype(AUTOANTIBODIES)
    return rows.sort_values(["patient_id", "test", "day"], kind="stable").reset_index(drop=True)
