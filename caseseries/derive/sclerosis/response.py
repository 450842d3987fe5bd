"""Response of systemic sclerosis: the composite response index of 2016 and its revision of 2021."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.sclerosis.worsening import derive_organ_worsening
from caseseries.derive.shared.components import (
    at_least,
    collect_records,
    find_baselines,
    find_components,
    join_words,
    list_visits,
    mark_follow_up,
    name_open,
    select_patients,
    tell_status,
)
from caseseries.derive.shared.limits import all_of, is_above
from caseseries.derive.shared.scores import YES_NO, as_scores

INTERCEPT = -5.54
COEFFICIENTS = {"MRSS": -0.81, "FVC_PCT": 0.21, "PATIENT_GLOBAL": -0.40, "PGA": -0.44, "CHAQ": -3.41}
"""Logistic weights of the changes from baseline; the CHAQ stands where the index for adults has the HAQ-DI."""

N_NEEDED = 3
N_MAY_WORSEN = {"off": len(COEFFICIENTS), "at_most_one": 1, "none": 0}


def derive_sclerosis_response(
    measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping
) -> pd.DataFrame:
    """Derive the probability of improvement and the response by the revised index, at each visit after the baseline.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them; the keys of ``COEFFICIENTS`` are read.
    tables : mapping of raw tables
        ``assessments``, which tell the days on which a response is asked for; ``adverse_events``: without any row in
        the whole data set no organ event can be excluded, and what rests on that is partial; ``patients``
        (``disease``, ``organs``) and ``medications``, which give the first day of lymphodepletion.
    design
        The options ``criss_...``, ``rcriss_...``, ``sclerosis_window_days``, ``lung_function_window_days``.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores. ``CRISS_2016``: probability of improvement, 0 after organ worsening.
        ``CRISS_2016_IMPROVED``: whether it reaches ``criss_improved_probability``. ``RCRISS_20`` (or another number,
        that of ``rcriss_improvement_percent``): response by the revised index. Days: those with a skin score or
        physician global after the last day that could be a baseline.

    Notes
    -----
    Revised: no organ worsening, and at least three of the five items improved relative to their baseline, FVC by a
    limit of its own. An item that was 0 at baseline has no relative improvement: it does not count as improved, and
    is named among ``missing_items``. The index of 2016 was made for one year of early diffuse disease in adults; in
    children it is mostly near 0 or 1 and serves to describe.

    References
    ----------
    Khanna 2016, Arthritis Rheumatol 68:299, and Arthritis Care Res 68:167 (PMC4818571, table 4; the copy read had
    lost its minus signs, which are from memory). Khanna 2021, Ann Rheum Dis 80:641.
    """
    assessments, medications = tables["assessments"], tables["medications"]
    visits = list_visits(
        assessments,
        patients=select_patients(tables["patients"], assessments, disease="SSc", instruments=("MRSS", "EUSTAR")),
        items=(("MRSS", None), ("GLOBAL", "PHYSICIAN")),
        medications=medications,
        design=design,
    )
    visits = visits[visits["is_follow_up"]]
    records = collect_records(measures[measures["measure"].isin(COEFFICIENTS)])
    records = mark_follow_up(records, medications=medications, design=design)
    windows = dict.fromkeys(COEFFICIENTS, design["sclerosis_window_days"])
    found = find_components(visits, records, windows_days=windows | {"FVC_PCT": design["lung_function_window_days"]})
    worsening = derive_organ_worsening(
        visits.assign(last_day=visits["day"].combine(found["FVC_PCT"]["day"], _later)),
        measures,
        adverse_events=tables["adverse_events"],
        patients=tables["patients"],
        medications=medications,
        design=design,
    )
    before = find_baselines(visits, records, measures=tuple(COEFFICIENTS), medications=medications, design=design)
    after = {name: found[name]["value"].astype("float64") for name in COEFFICIENTS}
    visits = worsening.assign(unrecorded="" if len(tables["adverse_events"]) else "adverse_events")
    frames = [*_index_of_2016(visits, before, after, design), _revised_index(visits, before, after, design)]
    return as_scores(pd.concat(frames))


def _index_of_2016(
    visits: pd.DataFrame, before: pd.DataFrame, after: Mapping[str, pd.Series], design: Mapping
) -> list[pd.DataFrame]:
    change = {name: after[name] - before[name] for name in COEFFICIENTS}
    z = INTERCEPT + sum(weight * change[name] for name, weight in COEFFICIENTS.items())
    by_change, is_worse = 1 / (1 + np.exp(-z)), visits["is_worse"]
    probability = by_change.where(is_worse.notna()).mask(is_worse.fillna(False).astype(bool), 0.0)
    improved = all_of(~is_worse, is_above(by_change, design["criss_improved_probability"], or_equal=True))
    shown = [[_number(value, f"{name} {{:+g}}") for value in change[name]] for name in COEFFICIENTS]
    changes = join_words(shown, index=visits.index, by=", ", after="change of ")
    rows = visits.assign(
        missing_items=_name_missing(change, visits),
        decided_on=join_words(
            [visits["reason"], changes, [_number(value, "z {:.3f}") for value in z]], index=visits.index
        ),
    )
    return [
        rows.assign(
            measure=measure, value=value.astype("Float64"), unit=unit, status=tell_status(value, rows["missing_items"])
        )
        for measure, value, unit in (
            ("CRISS_2016", probability, "probability"),
            ("CRISS_2016_IMPROVED", improved, YES_NO),
        )
    ]


def _revised_index(
    visits: pd.DataFrame, before: pd.DataFrame, after: Mapping[str, pd.Series], design: Mapping
) -> pd.DataFrame:
    share, improved, worse = {}, {}, {}
    for name, weight in COEFFICIENTS.items():
        better = (after[name] - before[name]) * np.sign(weight)
        from_zero = before[name] <= 0
        share[name] = 100 * better / before[name].mask(from_zero)
        limit = design["rcriss_fvc_improvement_percent" if name == "FVC_PCT" else "rcriss_improvement_percent"]
        improved[name] = is_above(share[name], limit, or_equal=True).mask(from_zero, False)
        worse[name] = is_above(-share[name], limit, or_equal=True).mask(from_zero, is_above(-better, 0))
    state = all_of(
        ~visits["is_worse"],
        at_least(list(improved.values()), N_NEEDED),
        ~at_least(list(worse.values()), N_MAY_WORSEN[design["rcriss_worsening_rule"]] + 1),
    )
    shown = [[_number(value, f"{name} {{:+.1f}}%") for value in share[name]] for name in COEFFICIENTS]
    zeros = [[f"{name} 0 at baseline" if value <= 0 else "" for value in before[name]] for name in COEFFICIENTS]
    n_improved = sum(answer.fillna(False).astype("int64") for answer in improved.values())
    counted = [f"{n} of {len(COEFFICIENTS)} improved" for n in n_improved]
    shares = join_words(shown, index=visits.index, by=", ", after="better by ")
    missing = _name_missing(share, visits)
    return visits.assign(
        measure=f"RCRISS_{design['rcriss_improvement_percent']:g}",
        value=state.astype("Float64"),
        unit=YES_NO,
        status=tell_status(state, missing),
        missing_items=missing,
        decided_on=join_words([visits["reason"], shares, *zeros, counted], index=visits.index),
    )


def _name_missing(parts: Mapping[str, pd.Series], visits: pd.DataFrame) -> pd.Series:
    return join_words([name_open(parts), visits["unrecorded"]], index=visits.index)


def _number(value: float, form: str) -> str:
    return "" if pd.isna(value) else form.format(value)


def _later(day: int, other: int) -> int:
    return day if pd.isna(other) else max(day, other)
