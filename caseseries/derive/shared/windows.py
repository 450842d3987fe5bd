"""Time around the infusion: records near a day, the baseline before treatment, the windows of the visits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.design.visits import VISITS

LAB_MEASURES = ("UPCR", "EGFR_U25", "EGFR_U25_CYSC", "EGFR_SCHWARTZ", "EGFR_CKDEPI_2021")
"""Measures that come from one laboratory sample; all others are assessments of activity."""

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
    wanted = targets[["patient_id", "day"]].rename(columns={"day": "target_day"}).rename_axis("target").reset_index()
    pairs = wanted.merge(records, on="patient_id")
    pairs["offset_days"] = pairs["day"].astype("Int64") - pairs["target_day"].astype("Int64")
    is_inside = pairs["offset_days"].between(first_offset_days, last_offset_days).fillna(False)
    return pairs[is_inside.astype(bool)].drop(columns="target_day")


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
    pairs = find_records_within(
        targets,
        records[records[value].notna()],
        first_offset_days=first_offset_days,
        last_offset_days=last_offset_days,
    )
    order = pairs.assign(distance=pairs["offset_days"].abs()).sort_values(
        ["target", "distance", "offset_days", value], ascending=[True, True, False, False], kind="stable"
    )
    nearest = order.drop_duplicates("target").set_index("target").drop(columns="distance")
    return nearest.reindex(targets.index).rename_axis(targets.index.name)


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
    is_given = (medications["purpose"] == "lymphodepletion") & (medications["start_day"] <= 0).fillna(False)
    return medications[is_given].groupby("patient_id")["start_day"].min().astype("Int64")


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
    start = patient_id.map(find_lymphodepletion_start(medications)).astype("Int64")
    last = {
        "on_or_before_lymphodepletion": start,
        "before_lymphodepletion": start - 1,
        "before_infusion": start.mask(start.notna()),
    }[rule]
    return last.fillna(-1)


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
    is_lab = scores["measure"].isin(LAB_MEASURES)
    limits = {
        rule: find_last_baseline_day(
            scores["patient_id"], medications=medications, rule=design[rule + "_baseline_rule"]
        )
        for rule in ("lab", "activity")
    }
    last = limits["activity"].mask(is_lab, limits["lab"])
    is_usable = scores["value"].notna() & (is_lab | (scores["status"] == "complete"))
    usable = scores[is_usable & (scores["day"] <= last).fillna(False)]
    latest = usable.sort_values("day", kind="stable").drop_duplicates(["patient_id", "measure"], keep="last")
    return latest[["patient_id", "measure", "day", "value"]].rename(
        columns={"day": "baseline_day", "value": "baseline_value"}
    )


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
    frame = scores.merge(baselines, on=["patient_id", "measure"], how="left")
    is_after = (frame["day"] >= frame["baseline_day"]).fillna(False).astype(bool)
    is_baseline = (frame["day"] == frame["baseline_day"]).fillna(False).astype(bool)
    frame["change"] = (frame["value"] - frame["baseline_value"]).where(is_after)
    frame["visit"] = name_visits(frame, design=design).mask(is_baseline, BASELINE)
    return frame.drop(columns="baseline_day").astype({"baseline_value": "float64", "change": "float64"})


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
    distance = pd.Series(distances[np.arange(len(records)), own], index=records.index)
    visit = pd.Series(np.array(list(VISITS), dtype=object)[own], index=records.index, dtype="str")
    ranked = pd.DataFrame(
        {
            "patient_id": records["patient_id"],
            "measure": records["measure"],
            "visit": visit,
            "is_empty": records["value"].isna(),
            "distance": distance,
            "earliness": -records["day"].astype("float64"),
        }
    )[np.isfinite(distance)]
    ranked = ranked.sort_values(["is_empty", "distance", "earliness"], kind="stable")
    chosen = ranked.drop_duplicates(["patient_id", "measure", "visit"]).index
    return visit.where(records.index.isin(chosen))
