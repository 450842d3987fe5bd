"""Instruments that are recorded item by item: rows of assessments to a grid of items, and to totals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import as_numbers
from caseseries.derive.shared.limits import TOLERANCE
from caseseries.derive.shared.scores import as_scores
from caseseries.records.codebook import read_codebook

TOTAL = "TOTAL"
"""Item that holds a total given by the assessor."""


def derive_item_grid(assessments: pd.DataFrame, *, instrument: str) -> pd.DataFrame:
    """Derive the scores of one instrument side by side.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        The raw table.
    instrument
        Code of the instrument.

    Returns
    -------
    DataFrame, one row per patient and day on which the instrument was used, which are its index
        A column per item in the order of the codebook and a last one ``TOTAL``; missing where an item has no score.

    Notes
    -----
    Where an item stands twice on a day, the higher score counts.
    """
    own = assessments[assessments["instrument"] == instrument]
    days = list(zip(own["patient_id"].tolist(), own["day"].tolist(), strict=True))
    first: dict[tuple, int] = {}
    for place, day in enumerate(days):
        first.setdefault(day, place)
    items = [item for item in read_codebook().instruments[instrument].items if item != TOTAL] + [TOTAL]
    rows, columns = ({key: place for place, key in enumerate(keys)} for keys in (sorted(first), items))
    grid = np.full((len(rows), len(items)), np.nan)
    for day, item, score in zip(days, own["item"].tolist(), as_numbers(own["score"]), strict=True):
        if item in columns:
            grid[rows[day], columns[item]] = np.fmax(grid[rows[day], columns[item]], score)
    index = pd.MultiIndex.from_frame(own[["patient_id", "day"]].take([first[day] for day in rows]))
    return pd.DataFrame(grid, index=index, columns=pd.Index(items, name="item"))


def compute_totals(
    assessments: pd.DataFrame,
    *,
    instrument: str,
    measure: str | None = None,
    items: Sequence[str] | None = None,
    total: str = TOTAL,
) -> pd.DataFrame:
    """Compute the total of an instrument whose items add up.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        The raw table.
    instrument
        Code of the instrument, such as ``CMAS``, ``MMT8`` or ``MRSS``.
    measure
        Name of the measure in the result; the code of the instrument if not given.
    items
        Codes of the items that add up; every item of the instrument if not given.
    total
        Item that holds the total given by the assessor.

    Returns
    -------
    DataFrame, one row per patient and day on which the instrument was used
        The table of scores. ``complete``: every item was scored, or no item was and the assessor gave a total.
        ``partial``: some items are missing, and so is the value, since a sum of the others would be too low.
        ``indeterminate``: neither an item nor a total was scored.
    """
    grid = derive_item_grid(assessments, instrument=instrument)
    unit = read_codebook().instruments[instrument].unit
    scored = grid[[item for item in grid.columns if item != total] if items is None else list(items)]
    place = {"measure": measure or instrument, "unit": unit}
    return as_scores(
        {"patient_id": patient_id, "day": day} | place | _total(dict(zip(scored, scores, strict=True)), recorded)
        for (patient_id, day), scores, recorded in zip(scored.index, scored.to_numpy(), grid[total], strict=True)
    )


def _total(scores: dict[str, float], recorded: float) -> dict:
    missing = [item for item, score in scores.items() if np.isnan(score)]
    if len(missing) == len(scores) and pd.notna(recorded):
        return {"value": recorded, "status": "complete", "decided_on": "total as recorded, without items"}
    if missing:
        status = "indeterminate" if len(missing) == len(scores) else "partial"
        words = f"{len(scores) - len(missing)} of {len(scores)} items scored"
        return {"status": status, "missing_items": "; ".join(missing), "decided_on": words}
    total = sum(scores.values())
    words = f"sum of {len(scores)} items"
    if pd.notna(recorded) and abs(total - recorded) > TOLERANCE:
        words += f"; the recorded total is {recorded:g}"
    return {"value": total, "status": "complete", "decided_on": words}
