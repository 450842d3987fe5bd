"""Lung function after the baseline: relative change and progression, in any disease."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.components import find_baselines, find_components, mark_follow_up, name_open, tell_status
from caseseries.derive.shared.limits import all_of, any_of, is_above
from caseseries.derive.shared.scores import YES_NO, as_scores

LUNG = ("FVC_PCT", "DLCO_PCT")
CHANGES = {"FVC_PCT": "FVC_RELATIVE_CHANGE", "DLCO_PCT": "DLCO_RELATIVE_CHANGE"}


def derive_lung_change(measures: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive change and progression of lung function at each measurement after the baseline.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them: ``FVC_PCT`` and ``DLCO_PCT`` in % of predicted.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        ``lung_function_window_days`` and the options ``lung_progression_...``.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores. ``FVC_RELATIVE_CHANGE`` and ``DLCO_RELATIVE_CHANGE``: (value - baseline) / baseline, in %.
        ``LUNG_PROGRESSION_RELATIVE`` and ``LUNG_PROGRESSION_POINTS``: 1 if lung disease progressed, with falls
        counted relative to baseline or in points of % predicted; days with an FVC.

    Notes
    -----
    Progression: FVC fell by the first limit, or by the second while DLCO fell by the third. The limits were proposed
    for relative falls; 82 to 75% of predicted is a fall of 7 points and of 8.5% relative. Litres are not compared,
    since a child's grow.

    References
    ----------
    Khanna 2015, J Rheumatol 42:2168 (OMERACT).
    """
    records = measures[measures["measure"].isin(LUNG)].assign(operator="=")
    records = mark_follow_up(records, medications=medications, design=design)
    changes = []
    for measure, name in CHANGES.items():
        visits = records[(records["measure"] == measure) & records["is_follow_up"]]
        before = find_baselines(visits, records, measures=LUNG, medications=medications, design=design)[measure]
        changes.append(_relative_change(visits, before, name))
    visits = records[(records["measure"] == "FVC_PCT") & records["is_follow_up"]]
    return as_scores(pd.concat([*changes, *_progression(visits, records, medications, design)]))


def _relative_change(visits: pd.DataFrame, before: pd.Series, name: str) -> pd.DataFrame:
    rows = visits.assign(measure=name, unit="%", before=before)[before.notna()]
    rows["decided_on"] = [f"{old:g} to {new:g}" for old, new in zip(rows["before"], rows["value"], strict=True)]
    return as_scores(rows.assign(value=100 * (rows["value"] - rows["before"]) / rows["before"], status="complete"))


def _progression(
    visits: pd.DataFrame, records: pd.DataFrame, medications: pd.DataFrame, design: Mapping
) -> list[pd.DataFrame]:
    days = visits[["patient_id", "day", "is_follow_up"]]
    window = design["lung_function_window_days"]
    found = find_components(days, records, windows_days={"FVC_PCT": 0, "DLCO_PCT": window})
    falls: dict[str, dict[str, pd.Series]] = {"RELATIVE": {}, "POINTS": {}}
    before = find_baselines(days, records, measures=LUNG, medications=medications, design=design)
    for measure in LUNG:
        points = before[measure] - found[measure]["value"].astype("float64")
        falls["POINTS"][measure], falls["RELATIVE"][measure] = points, 100 * points / before[measure]
    frames = []
    for kind, fall in falls.items():
        fvc, dlco = fall["FVC_PCT"], fall["DLCO_PCT"]
        state = any_of(
            is_above(fvc, design["lung_progression_fvc"], or_equal=True),
            all_of(
                is_above(fvc, design["lung_progression_fvc_with_dlco"], or_equal=True),
                is_above(dlco, design["lung_progression_dlco"], or_equal=True),
            ),
        )
        missing = name_open(fall)
        words = [f"fall of FVC {low:.4g}, of DLCO {other:.4g}" for low, other in zip(fvc, dlco, strict=True)]
        frames.append(
            days.assign(
                measure=f"LUNG_PROGRESSION_{kind}",
                value=state.astype("Float64"),
                unit=YES_NO,
                status=tell_status(state, missing),
                missing_items=missing,
                decided_on=pd.Series(words, index=days.index, dtype="str").str.replace("nan", "unknown"),
            )
        )
    return frames
