"""Persistence of CAR T cells: whether they were quantifiable around the visits of months 3, 6 and 12."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.shared.scores import YES_NO
from caseseries.derive.shared.windows import find_nearest_record

PERSISTENCE_VISITS = ("M3", "M6", "M12")


def derive_persistence(samples: pd.DataFrame, *, design: Mapping) -> Iterator[dict]:
    """Derive whether the sample nearest to each visit was quantifiable.

    Parameters
    ----------
    samples : DataFrame, one row per sample of one analyte
        ``patient_id``, ``day``, ``conc`` (zero where below the limit of quantification).
    design
        Target and half width of the visits.

    Yields
    ------
    dict, one per patient and visit of ``PERSISTENCE_VISITS``
        ``patient_id``; ``parameter`` (``DETECTABLE_M3`` ...); ``value`` 1 or 0, missing without a sample in the
        window; ``unit``; ``flag``.
    """
    patient_ids = samples["patient_id"].drop_duplicates()
    for visit in PERSISTENCE_VISITS:
        target = design[f"visit_{visit.casefold()}_target_day"]
        half_width = design[f"visit_{visit.casefold()}_half_width_days"]
        targets = pd.DataFrame({"patient_id": patient_ids, "day": target})
        nearest = find_nearest_record(
            targets, samples, first_offset_days=-half_width, last_offset_days=half_width, value="conc"
        )
        for patient_id, conc in zip(patient_ids, nearest["conc"], strict=True):
            is_missing = pd.isna(conc)
            yield {
                "patient_id": patient_id,
                "parameter": f"DETECTABLE_{visit}",
                "value": None if is_missing else float(conc > 0),
                "unit": YES_NO,
                "flag": [f"no sample within {half_width} days of day {target}"] if is_missing else [],
            }
