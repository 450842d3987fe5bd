"""Time around the infusion: records near a day, the baseline before treatment, the windows of the visits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import as_numbers, list_rows
from caseseries.design.visits import VISITS

LAB_MEASURES = ("UPCR", "PROTEIN_24H_PER_M2", "EGFR_U25", "EGFR_U25_CYSC", "EGFR_SCHWARTZ", "EGFR_CKDEPI_2021")
"""Measures that come from one laboratory sample; all others are assessments of activity."""

DAY_BEFORE_INFUSION = -1

BASELINE = "baseline"
"""Visit of the record that is the baseline."""


def find_records_within(
    targets: pd.DataFrame, records: pd.DataFrame, *, first_offset_days: int, last_offset_days: int
) -> pd.DataFrame:
    """Find the records of the same patient that lie in a window around each day of interest.

    Parameters
    ----------
    targets : DataFrame, one row per patient and day of interest
        ``patient_id`` and ``day``; the index names the row.
    records : DataFrame, one row per record
        ``patient_id``, ``day`` and whatever else is wanted.
    first_offset_days, last_offset_days
        First and last day of the window, counted from the day of interest; both belong to it.

    Returns
    -------
    DataFrame, one row per target and record in its window
        The columns of ``records``; ``target``, the index of the target; ``offset_days``, day of the record minus
        day of interest.
    """
    target, record, offset = pair_within(
        targets, records, first_offset_days=first_offset_days, last_offset_days=last_offset_days
    )
    pairs = records.take(record).reset_index(drop=True)
    return pairs.assign(target=targets.index.to_numpy()[target], offset_days=pd.array(offset, dtype="Int64"))


def pair_within(
    targets: pd.DataFrame, records: pd.DataFrame, *, first_offset_days: int, last_offset_days: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair days of interest with the records in a window around each, as ``find_records_within`` does.

    Returns
    -------
    three arrays of whole numbers, one element per pair, in order of the targets and then of the records
        Position of the target, position of the record, day of the record minus day of interest.
    """
    own_records: dict[str, list[int]] = {}
    for place, patient_id in enumerate(records["patient_id"].tolist()):
        own_records.setdefault(patient_id, []).append(place)
    places = {patient_id: np.array(own) for patient_id, own in own_records.items()}
    record_days, target_days = as_numbers(records["day"]), as_numbers(targets["day"])
    parts = [np.empty((3, 0))]
    for number, patient_id in enumerate(targets["patient_id"].tolist()):
        own = places.get(patient_id)
        if own is not None:
            offset = record_days[own] - target_days[number]
            is_inside = (offset >= first_offset_days) & (offset <= last_offset_days)
            parts.append(np.stack([np.full(is_inside.sum(), number), own[is_inside], offset[is_inside]]))
    target, record, offset = np.concatenate(parts, axis=1).astype("int64")
    return target, record, offset


def find_nearest_record(
    targets: pd.DataFrame, records: pd.DataFrame, *, first_offset_days: int, last_offset_days: int, value: str = "value"
) -> pd.DataFrame:
    """Find for each day of interest the nearest record of the same patient that lies in a window around it.

    Parameters
    ----------
    targets, records, first_offset_days, last_offset_days
        As in ``find_records_within``.
    value
        Column of ``records`` that must be filled for a record to count.

    Returns
    -------
    DataFrame, rows and index as in ``targets``
        The columns of ``records`` and ``offset_days``; missing where the window holds none. Of two at the same
        distance the later counts, of two on one day the one with the higher value.
    """
    known = records[records[value].notna()]
    target, record, offset = pair_within(
        targets, known, first_offset_days=first_offset_days, last_offset_days=last_offset_days
    )
    order = np.lexsort([-as_numbers(known[value])[record], -offset, np.abs(offset), target])
    found, first = np.unique(target[order], return_index=True)
    chosen = order[first]
    nearest = known.take(record[chosen]).set_axis(targets.index[found])
    return nearest.assign(offset_days=pd.array(offset[chosen], dtype="Int64")).reindex(targets.index)


def find_lymphodepletion_start(medications: pd.DataFrame) -> pd.Series:
    """Find the first day of lymphodepletion before the first infusion.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug
        The raw table.

    Returns
    -------
    Series of whole days, one per patient who had a lymphodepletion, indexed by patient
    """
    return pd.Series(_list_lymphodepletion_starts(medications), dtype="Int64")


def _list_lymphodepletion_starts(medications: pd.DataFrame) -> dict[str, int]:
    starts: dict[str, int] = {}
    for patient_id, purpose, day in zip(
        *(medications[name].tolist() for name in ("patient_id", "purpose", "start_day")), strict=True
    ):
        if purpose == "lymphodepletion" and day is not pd.NA and day <= 0:
            starts[patient_id] = min(day, starts.get(patient_id, day))
    return starts


def find_last_baseline_day(patient_id: pd.Series, *, medications: pd.DataFrame, rule: str) -> pd.Series:
    """Find the last day on which a record can be a patient's baseline.

    Parameters
    ----------
    patient_id
        One per row.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    rule
        A value of the options ``activity_baseline_rule`` and ``lab_baseline_rule``.

    Returns
    -------
    Series of whole days, rows as in ``patient_id``
        The day before the infusion where no lymphodepletion is recorded.
    """
    days_later = {"on_or_before_lymphodepletion": 0, "before_lymphodepletion": -1}.get(rule)
    starts = {} if days_later is None else _list_lymphodepletion_starts(medications)
    last = {patient: start + days_later for patient, start in starts.items()}
    days = [last.get(patient, DAY_BEFORE_INFUSION) for patient in patient_id.tolist()]
    return pd.Series(pd.array(days, dtype="Int64"), index=patient_id.index)


def find_baseline(scores: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Find the record that is the baseline of each patient and measure.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        ``value`` and ``status``.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        ``activity_baseline_rule`` and ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient and measure that has a baseline
        ``baseline_day``, ``baseline_value``.

    Notes
    -----
    Disease activity: the last complete record on or before the first day of lymphodepletion, because the days until
    the infusion are no longer those of the untreated disease. Measures of one laboratory sample (``LAB_MEASURES``):
    the last value before that day.
    """
    limits = {
        kind: find_last_baseline_day(
            scores["patient_id"], medications=medications, rule=design[f"{kind}_baseline_rule"]
        )
        for kind in ("lab", "activity")
    }
    is_lab = scores["measure"].isin(LAB_MEASURES).to_numpy()
    last = np.where(is_lab, as_numbers(limits["lab"]), as_numbers(limits["activity"]))
    is_usable = scores["value"].notna().to_numpy() & (is_lab | (scores["status"] == "complete").to_numpy(dtype=bool))
    days = as_numbers(scores["day"])
    usable = np.flatnonzero(is_usable & (days <= last))
    in_order = scores[["patient_id", "measure", "day", "value"]].take(usable[np.argsort(days[usable], kind="stable")])
    latest = in_order.drop_duplicates(["patient_id", "measure"], keep="last")
    return latest.rename(columns={"day": "baseline_day", "value": "baseline_value"})


def add_baseline_and_visit(scores: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Add to each record the baseline of its measure, the change from it, and the visit for which it counts.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        Of any subject.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        The windows of the visits and the rules of the baseline.

    Returns
    -------
    DataFrame, rows as in ``scores``
        With ``baseline_value``; ``change``, value minus baseline from the day of the baseline on; ``visit``, the
        visit for which the record counts, ``baseline``, or missing.
    """
    baselines = find_baseline(scores, medications=medications, design=design)
    by_measure = {
        (row["patient_id"], row["measure"]): (row["baseline_day"], row["baseline_value"])
        for row in list_rows(baselines)
    }
    nothing = (np.nan, np.nan)
    keys = zip(scores["patient_id"].tolist(), scores["measure"].tolist(), strict=True)
    own = np.array([by_measure.get(key, nothing) for key in keys], dtype="float64").reshape(-1, 2)
    baseline_day, baseline_value = own.T
    day = as_numbers(scores["day"])
    change = np.where(day >= baseline_day, as_numbers(scores["value"]) - baseline_value, np.nan)
    visit = name_visits(scores, design=design).mask(day == baseline_day, BASELINE)
    return scores.assign(baseline_value=baseline_value, change=change, visit=visit).reset_index(drop=True)


def name_visits(records: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Name the visit for which each record counts.

    Parameters
    ----------
    records : DataFrame, one row per patient, day and measure
        ``patient_id``, ``measure``, ``day``, ``value``.
    design
        Target and half width of each visit.

    Returns
    -------
    Series of str, rows as in ``records``
        Missing for a record outside all windows, and for those that another record of the same window outdoes.

    Notes
    -----
    A record belongs to the window whose target is nearest. One record per patient, measure and window counts: one
    with a value before one without, then the nearest to the target, of two as near the later.
    """
    targets = np.array([design[f"visit_{visit.casefold()}_target_day"] for visit in VISITS])
    half_widths = np.array([design[f"visit_{visit.casefold()}_half_width_days"] for visit in VISITS])
    offsets = records["day"].to_numpy(dtype="float64")[:, None] - targets
    distances = np.where(np.abs(offsets) <= half_widths, np.abs(offsets), np.inf)
    # Of two windows at the same distance the earlier target wins here: it is the one that the record comes after.
    own = distances.argmin(axis=1) if len(records) else np.empty(0, dtype=int)
    distance = distances[np.arange(len(records)), own]
    visit = pd.Series(np.array(list(VISITS), dtype=object)[own], index=records.index, dtype="str")
    ranked = pd.DataFrame({"patient_id": records["patient_id"], "measure": records["measure"], "visit": visit})
    order = np.lexsort([-as_numbers(records["day"]), distance, records["value"].isna()])
    order = order[np.isfinite(distance[order])]
    chosen = order[~ranked.take(order).duplicated().to_numpy()]
    is_chosen = np.zeros(len(records), dtype=bool)
    is_chosen[chosen] = True
    return visit.where(is_chosen)
