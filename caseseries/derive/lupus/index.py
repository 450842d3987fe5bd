"""Lupus activity: descriptors of each visit to SLEDAI-2K, its clinical part and its band."""

from __future__ import annotations

import pandas as pd

from caseseries.derive.lupus.descriptors import WEIGHTS
from caseseries.derive.shared.scores import as_scores

SEROLOGY = ("LOWCOMP", "DSDNA")
"""Descriptors that the clinical index leaves out; the other 22 add up to 101."""

INDICES = {
    "SLEDAI_2K": tuple(WEIGHTS),
    "CSLEDAI_2K": tuple(name for name in WEIGHTS if name not in SEROLOGY),
}
"""Descriptors of each index."""

BANDS = ((0, "none"), (4, "low"), (10, "moderate"), (105, "high"))
"""Highest SLEDAI-2K of each band of activity; the place in the list is the value of the measure."""

UNIT = "points"

ACTIVITY = {
    "patient_id": "str",
    "day": "Int64",
    "measure": "str",
    "low": "float64",
    "high": "float64",
    "missing": "str",
    "findings": "str",
    "recorded_total": "float64",
}


def summarize_activity(descriptors: pd.DataFrame) -> pd.DataFrame:
    """Summarize the descriptors of each visit as the least and the most that each index can be.

    Parameters
    ----------
    descriptors : DataFrame, one row per patient, visit and descriptor
        As ``derive_descriptors`` gives it.

    Returns
    -------
    DataFrame, one row per patient, visit and measure of ``INDICES``
        ``low``, the points of the descriptors that are present; ``high``, the same with all that are not known;
        ``missing`` names these; ``findings`` tells what was present and how it was settled; ``recorded_total``.

    Notes
    -----
    Of a visit with nothing but a recorded total, SLEDAI-2K is that total; its clinical part is at most that, and at
    least that without the points of both serological descriptors.
    """
    rows = []
    for (patient_id, day), own in descriptors.groupby(["patient_id", "day"], sort=False):
        states = {name: (is_present, remark) for name, is_present, remark in _columns(own)}
        total = own["recorded_total"].iloc[0]
        for measure, names in INDICES.items():
            row = _sum_up({name: states[name] for name in names})
            if pd.notna(total):
                unseen = sum(points for name, points in WEIGHTS.items() if name not in names)
                row |= {"low": max(total - unseen, 0), "high": total}
                row["findings"] = f"total {total:g} as recorded, without descriptors"
            rows.append(row | {"patient_id": patient_id, "day": day, "measure": measure, "recorded_total": total})
    return pd.DataFrame.from_records(rows, columns=list(ACTIVITY)).astype(ACTIVITY)


def _columns(own: pd.DataFrame) -> zip:
    return zip(own["descriptor"], own["is_present"], own["remark"], strict=True)


def _sum_up(states: dict[str, tuple]) -> dict:
    missing = [name for name, (is_present, _) in states.items() if pd.isna(is_present)]
    present = [name for name, (is_present, _) in states.items() if name not in missing and is_present]
    words = [f"{name} {WEIGHTS[name]}" for name in present] or ["no descriptor present"]
    words += [f"{name} {remark}" for name, (_, remark) in states.items() if remark]
    low = sum(WEIGHTS[name] for name in present)
    high = low + sum(WEIGHTS[name] for name in missing)
    return {"low": low, "high": high, "missing": "; ".join(missing), "findings": "; ".join(words)}


def derive_lupus_index(activity: pd.DataFrame) -> pd.DataFrame:
    """Derive SLEDAI-2K, its clinical part without serology, and the band of activity.

    Parameters
    ----------
    activity : DataFrame, one row per patient, visit and index
        As ``summarize_activity`` gives it.

    Returns
    -------
    DataFrame, one row per patient, visit and measure
        The table of scores with ``SLEDAI_2K``, ``CSLEDAI_2K`` (points) and ``SLEDAI_BAND`` (0 none, 1 low, 2
        moderate, 3 high). An index with missing descriptors is ``partial`` and the sum of what is known; the band
        is then given only if the missing ones could not change it.
    """
    rows = []
    for visit in activity.to_dict("records"):
        place = {"patient_id": visit["patient_id"], "day": visit["day"], "missing_items": visit["missing"]}
        rows.append(place | _score(visit))
        if visit["measure"] == "SLEDAI_2K":
            rows.append(place | _score_band(visit))
    return as_scores(rows)


def _score(visit: dict) -> dict:
    row = {"measure": visit["measure"], "unit": UNIT, "decided_on": visit["findings"]}
    n_missing = len(visit["missing"].split("; ")) if visit["missing"] else 0
    if visit["low"] == visit["high"]:
        return row | {"value": visit["low"], "status": "complete", "missing_items": ""}
    if pd.notna(visit["recorded_total"]) or n_missing == len(INDICES[visit["measure"]]):
        return row | {"status": "indeterminate"}
    return row | {"value": visit["low"], "status": "partial"}


def _score_band(visit: dict) -> dict:
    row = {"measure": "SLEDAI_BAND", "unit": "category"}
    low, high = (_place_in_bands(visit[end]) for end in ("low", "high"))
    if low == high:
        words = f"{BANDS[low][1]}: SLEDAI-2K {visit['low']:g}"
        return row | {"value": low, "status": "complete", "missing_items": "", "decided_on": words}
    return row | {"status": "indeterminate", "decided_on": f"SLEDAI-2K {visit['low']:g} to {visit['high']:g}"}


def _place_in_bands(points: float) -> int:
    return next(place for place, (highest, _) in enumerate(BANDS) if points <= highest)
