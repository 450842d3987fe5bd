"""Instruments that are recorded item by item: rows of assessments to a grid of items, and to totals."""

from __future__ import annotations

import pandas as pd

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
    index = pd.MultiIndex.from_frame(own[["patient_id", "day"]].drop_duplicates()).sort_values()
    scored = own.pivot_table(index=["patient_id", "day"], columns="item", values="score", aggfunc="max")
    items = [item for item in read_codebook().instruments[instrument].items if item != TOTAL]
    return scored.reindex(index=index, columns=[*items, TOTAL]).astype("float64")


def compute_totals(assessments: pd.DataFrame, *, instrument: str, measure: str | None = None) -> pd.DataFrame:
    """Compute the total of an instrument whose items add up.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        The raw table.
    instrument
        Code of the instrument, such as ``CMAS``, ``MMT8`` or ``MRSS``.
    measure
        Name of the measure in the result; the code of the instrument if not given.

    Returns
    -------
    DataFrame, one row per patient and day on which the instrument was used
        The table of scores. ``complete``: every item was scored, or no item was and the assessor gave a total.
        ``partial``: some items are missing, and so is the value, since a sum of the others would be too low.
        ``indeterminate``: neither an item nor a total was scored.
    """
    grid = derive_item_grid(assessments, instrument=instrument)
    unit = read_codebook().instruments[instrument].unit
    items, recorded = grid.drop(columns=TOTAL), grid[TOTAL]
    rows = []
    for (patient_id, day), scores in items.iterrows():
        rows.append(
            {"patient_id": patient_id, "day": day, "measure": measure or instrument, "unit": unit}
            | _total(scores, recorded[patient_id, day])
        )
    return as_scores(rows)


def _total(scores: pd.Series, recorded: float) -> dict:
    missing = list(scores.index[scores.isna()])
    if len(missing) == len(scores) and pd.notna(recorded):
        return {"value": recorded, "status": "complete", "decided_on": "total as recorded, without items"}
    if missing:
        status = "indeterminate" if len(missing) == len(scores) else "partial"
        words = f"{len(scores) - len(missing)} of {len(scores)} items scored"
        return {"status": status, "missing_items": "; ".join(missing), "decided_on": words}
    total = scores.sum()
    words = f"sum of {len(scores)} items"
    if pd.notna(recorded) and abs(total - recorded) > TOLERANCE:
        words += f"; the recorded total is {recorded:g}"
    return {"value": total, "status": "complete", "decided_on": words}
