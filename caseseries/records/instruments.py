"""What the codebook says of the item in each row of assessments."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from caseseries.records.codebook import Instrument, read_codebook

TOTAL = "TOTAL"


def is_additive(instrument: Instrument) -> bool:
    """Whether the total of an instrument is the plain sum of its items."""
    return sum(item.maximum for item in instrument.items.values()) == instrument.maximum


@lru_cache
def list_items() -> pd.DataFrame:
    """List the items of all instruments, and the total of those that have one.

    Returns
    -------
    DataFrame, one row per instrument and item, which are its index
        ``minimum``, ``maximum``; ``type`` (integer where only whole points are given).
    """
    rows = {}
    for instrument in read_codebook().instruments.values():
        types = {item.type for item in instrument.items.values()}
        if instrument.maximum is not None:
            kind = "integer" if types == {"integer"} else "number"
            rows[instrument.code, TOTAL] = (instrument.minimum, instrument.maximum, kind)
        for item in instrument.items.values():
            rows[instrument.code, item.code] = (item.minimum, item.maximum, item.type)
    index = pd.MultiIndex.from_tuples(rows, names=["instrument", "item"])
    return pd.DataFrame(list(rows.values()), index, ["minimum", "maximum", "type"])


def find_items(assessments: pd.DataFrame) -> pd.DataFrame:
    """Look up range and type of each row's item; missing where the codebook has no such item.

    Returns
    -------
    DataFrame, one row per row of ``assessments``
        ``minimum``, ``maximum``, ``type``.
    """
    wanted = pd.MultiIndex.from_frame(assessments[["instrument", "item"]])
    return list_items().reindex(wanted).set_axis(assessments.index)
