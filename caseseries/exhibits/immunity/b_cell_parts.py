"""Shares of B cells without counting any cell twice: measured subsets to the parts of a whole."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

TESTS = ("B_NAIVE", "B_MEMORY", "B_SWITCHED", "PLASMABLAST")
SLACK_PERCENT = 1.0
"""Percentage points by which parts may exceed their whole: each is rounded on its own."""


@dataclass(frozen=True)
class Part:
    """One part of a bar: its column, words and colour."""

    name: str
    words: str
    colour: str


PARTS = (
    Part("naive", "Naive", "#A6CBE3"),
    Part("memory_unswitched", "Memory, not class-switched", "#3F7FB1"),
    Part("memory", "Memory", "#2C659A"),
    Part("switched", "Memory, class-switched", "#123A5E"),
    Part("plasmablast", "Plasmablasts", "#D98032"),
    Part("other", "Other B cells", "#E6E6E6"),
)
"""Parts from the foot of a bar; memory as one part stands where class-switched cells were not told apart."""


def parts_of(results: pd.DataFrame) -> pd.DataFrame:
    """Split each sample into parts that add up to all B cells.

    Parameters
    ----------
    results : DataFrame, one row per patient, test and day
        The tests of ``TESTS``, in % of B cells. Class-switched cells are among the memory cells.

    Returns
    -------
    DataFrame, one row per patient and day with a subset
        A column per part of ``PARTS`` in % of B cells, missing where it was not measured; ``other`` is what is left to
        100. ``is_consistent``: naive and memory cells were measured, the class-switched are no more than the memory
        cells, and all are no more than 100%.

    Notes
    -----
    A result below the limit of its assay counts as 0, since the limit would be cells that were not seen.
    """
    own = results[results["test"].isin(TESTS)]
    value = own["value"].mask(own["operator"].eq("<"), 0.0)
    wide = own.assign(value=value).pivot_table(
        index=["patient_id", "day"], columns="test", values="value", aggfunc="last"
    )
    wide = wide.reindex(columns=list(TESTS)).rename_axis(columns=None).reset_index()
    naive, memory, switched, plasmablast = (wide[test].astype("float64") for test in TESTS)
    unswitched = memory - switched
    total = naive + memory + plasmablast.fillna(0)
    is_whole = naive.notna() & memory.notna() & (total <= 100 + SLACK_PERCENT)
    return pd.DataFrame(
        {
            "patient_id": wide["patient_id"],
            "day": wide["day"].astype("float64"),
            "naive": naive,
            "memory_unswitched": unswitched.clip(lower=0),
            "memory": memory.where(switched.isna()),
            "switched": switched,
            "plasmablast": plasmablast,
            "other": (100 - total).clip(lower=0),
            "is_consistent": is_whole & ~(unswitched < -SLACK_PERCENT),
        }
    )
