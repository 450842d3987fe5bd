"""Systemic sclerosis at each visit: relevant fall of the skin score, the activity index of EUSTAR, and response."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.sclerosis.response import derive_sclerosis_response
from caseseries.derive.shared.components import (
    collect_records,
    find_baselines,
    find_components,
    join_words,
    list_visits,
    mark_follow_up,
    name_open,
    select_patients,
    tell_status,
    write_values,
)
from caseseries.derive.shared.items import derive_item_grid
from caseseries.derive.shared.limits import all_of, is_above, is_below
from caseseries.derive.shared.scores import YES_NO, as_scores

SKIN = "MRSS"
FINDINGS = ("SKIN_WORSE", "DIGITAL_ULCER", "FRICTION_RUB")
WEIGHTS = {
    "SKIN_WORSE": 1.5,
    "DIGITAL_ULCER": 1.5,
    "MRSS": 1.5,
    "FRICTION_RUB": 2.25,
    "CRP": 2.25,
    "DLCO_PCT": 1.0,
}
"""Points of each finding of the index, 10 in all (Valentini 2017, Ann Rheum Dis 76:270)."""

MRSS_ABOVE, CRP_ABOVE_MG_PER_L, DLCO_BELOW_PERCENT = 18, 10, 70
MODIFIED_PER_MRSS_POINT = 0.084
"""Points of the modified index per point of a skin score that is not above ``MRSS_ABOVE``."""


def derive_sclerosis(measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping) -> pd.DataFrame:
    """Derive everything of sclerosis that rests on several measures or visits: skin, activity and response.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them.
    tables : mapping of raw tables
        ``patients``, ``medications``, ``labs``, ``assessments`` and ``adverse_events`` are read; each may be empty.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores as ``derive_skin_fall``, ``derive_sclerosis_activity`` and ``derive_sclerosis_response``
        give it.
    """
    skin = derive_skin_fall(measures, medications=tables["medications"], design=design)
    activity = derive_sclerosis_activity(measures, tables=tables, design=design)
    return as_scores(pd.concat([skin, activity, derive_sclerosis_response(measures, tables=tables, design=design)]))


def derive_skin_fall(measures: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive whether the skin score has fallen by a clinically relevant amount.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them: ``MRSS`` (0-51).
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        ``skin_fall_points`` and ``skin_fall_percent``, both of which must be reached.

    Returns
    -------
    DataFrame, one row per patient and day with a skin score after the baseline
        ``MRSS_RELEVANT_FALL`` in the table of scores, 1 yes, 0 no.
    """
    records = mark_follow_up(measures[measures["measure"] == SKIN], medications=medications, design=design)
    visits = records[records["is_follow_up"]]
    before = find_baselines(visits, records, measures=(SKIN,), medications=medications, design=design)[SKIN]
    fall = before - visits["value"]
    state = all_of(
        is_above(fall, design["skin_fall_points"], or_equal=True),
        # A baseline of 0 cannot fall by any share, and does not fall by the points either.
        is_above(100 * fall / before, design["skin_fall_percent"], or_equal=True),
    )
    missing = name_open({"baseline": before, SKIN: visits["value"]})
    words = [f"{SKIN} {old:g} to {new:g}" for old, new in zip(before, visits["value"], strict=True)]
    return as_scores(
        visits.assign(
            measure="MRSS_RELEVANT_FALL",
            value=state.astype("Float64"),
            unit=YES_NO,
            status=tell_status(state, missing),
            missing_items=missing,
            decided_on=pd.Series(words, index=visits.index, dtype="str").str.replace("nan", "unknown"),
        )
    )


def derive_sclerosis_activity(
    measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping
) -> pd.DataFrame:
    """Derive the revised EUSTAR activity index of systemic sclerosis, and whether the disease is active.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them: ``MRSS`` and ``DLCO_PCT`` (% of predicted).
    tables : mapping of raw tables
        ``labs`` (CRP in mg/L), ``assessments`` (instrument ``EUSTAR``; they also tell the days on which the index is
        asked for), ``patients`` (``disease``) and ``medications``, which give the first day of lymphodepletion.
    design
        ``sclerosis_window_days``, ``lung_function_window_days``, ``eustar_active_limit``.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores. ``EUSTAR_2017`` (0-10), without a value as long as a finding is missing;
        ``EUSTAR_2017_ACTIVE``, which is settled as soon as no missing finding could change it;
        ``EUSTAR_2017_MODIFIED``, in which a lower skin score counts by degrees. Days: those with a skin score or one
        of the findings.

    Notes
    -----
    ``WEIGHTS`` gives the points; the skin counts above 18, CRP above 10 mg/L, DLCO below 70% of predicted.

    References
    ----------
    Valentini 2017, Ann Rheum Dis 76:270; the modified index after bindevevssykdommer.no.
    """
    assessments, medications = tables["assessments"], tables["medications"]
    visits = list_visits(
        assessments,
        patients=select_patients(tables["patients"], assessments, disease="SSc", instruments=(SKIN, "EUSTAR")),
        items=((SKIN, None), ("EUSTAR", None)),
        medications=medications,
        design=design,
    )
    findings = derive_item_grid(assessments, instrument="EUSTAR")[list(FINDINGS)]
    findings = findings.melt(var_name="measure", ignore_index=False).reset_index()
    records = collect_records(pd.concat([measures, findings]), tables["labs"], tests=("CRP",))
    windows = dict.fromkeys(WEIGHTS, design["sclerosis_window_days"])
    found = find_components(
        visits,
        mark_follow_up(records, medications=medications, design=design),
        windows_days=windows | {"DLCO_PCT": design["lung_function_window_days"]},
    )
    values = {name: found[name]["value"].astype("float64") for name in WEIGHTS}
    is_there = {name: is_above(values[name], 0.5) for name in FINDINGS} | {
        SKIN: is_above(values[SKIN], MRSS_ABOVE),
        "CRP": is_above(values["CRP"], CRP_ABOVE_MG_PER_L, operators=found["CRP"]["operator"]),
        "DLCO_PCT": is_below(values["DLCO_PCT"], DLCO_BELOW_PERCENT),
    }
    least = sum(weight * is_there[name].fillna(False).astype("float64") for name, weight in WEIGHTS.items())
    most = sum(weight * is_there[name].fillna(True).astype("float64") for name, weight in WEIGHTS.items())
    missing = name_open({name: is_there[name] for name in WEIGHTS})
    by_degrees = (MODIFIED_PER_MRSS_POINT * values[SKIN]).where(~is_there[SKIN].fillna(True).astype(bool), 0)
    total = least.where(missing == "")
    limit = design["eustar_active_limit"]
    is_sure, is_possible = is_above(least, limit, or_equal=True), is_above(most, limit, or_equal=True)
    active = is_sure.mask(~is_sure & is_possible)
    words = _describe(found, least, most)
    # A total of some findings is partial, not indeterminate: as with items, it is only the sum that is missing.
    status = pd.Series("complete", index=visits.index).mask(missing != "", "partial")
    rows = visits.assign(missing_items=missing, decided_on=words)
    return as_scores(
        pd.concat(
            [
                rows.assign(measure="EUSTAR_2017", value=total, unit="points", status=status),
                rows.assign(measure="EUSTAR_2017_MODIFIED", value=total + by_degrees, unit="points", status=status),
                rows.assign(
                    measure="EUSTAR_2017_ACTIVE",
                    value=active.astype("Float64"),
                    unit=YES_NO,
                    status=tell_status(active, missing),
                ),
            ]
        )
    )


def _describe(found: Mapping[str, pd.DataFrame], least: pd.Series, most: pd.Series) -> pd.Series:
    """Say of each visit what was found, and between which totals the index lies while something is missing."""
    shown = [[f"{name} {value}" if value else "" for value in write_values(found[name])] for name in WEIGHTS]
    reach = ["" if low == high else f"{low:g} to {high:g} points" for low, high in zip(least, most, strict=True)]
    return join_words([join_words(shown, index=least.index, by=", "), reach], index=least.index)
