"""Measures that stand in the assessments as they are, or as sums of items: strength, skin, globals, lungs."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from caseseries.derive.shared.items import compute_totals, derive_item_grid
from caseseries.derive.shared.scores import as_scores
from caseseries.records.codebook import read_codebook

SUMMED = ("CMAS", "MMT8", "MRSS")
"""Instruments whose items add up; the code of the instrument is the measure."""

REPORTED = {
    "PGA": ("GLOBAL", "PHYSICIAN"),
    "PATIENT_GLOBAL": ("GLOBAL", "PATIENT"),
    "EXTRAMUSCULAR_GLOBAL": ("GLOBAL", "EXTRAMUSCULAR"),
    "PGA_SLE": ("PGA_SLE", "TOTAL"),
    "CHAQ": ("CHAQ", "TOTAL"),
    "FVC_PCT": ("LUNG", "FVC_PCT"),
    "FVC_L": ("LUNG", "FVC_L"),
    "DLCO_PCT": ("LUNG", "DLCO_PCT"),
}
"""Measures that are one item: instrument and item. ``PGA`` is the physician global of 0-10 cm, ``PGA_SLE`` that of
lupus, 0-3 points."""


def derive_measures(assessments: pd.DataFrame) -> pd.DataFrame:
    """Derive every measure of muscle, skin, function, globals and lungs that needs no other data.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        The raw table.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores with the measures of ``SUMMED`` and ``REPORTED``. A total is missing, with status partial,
        as long as one item is; a reported measure has no row on a day without a value.
    """
    totals = [compute_totals(assessments, instrument=instrument) for instrument in SUMMED]
    return as_scores(pd.concat([*totals, as_scores(_reported(assessments))]))


def _reported(assessments: pd.DataFrame) -> Iterator[dict]:
    instruments = {instrument for instrument, _ in REPORTED.values()}
    grids = {instrument: derive_item_grid(assessments, instrument=instrument) for instrument in instruments}
    for measure, (instrument, item) in REPORTED.items():
        values = grids[instrument][item].dropna()
        unit = read_codebook().instruments[instrument].items[item].unit
        for (patient_id, day), value in zip(values.index, values, strict=True):
            row = {"patient_id": patient_id, "day": day, "measure": measure, "value": value}
            yield row | {"unit": unit, "status": "complete"}
