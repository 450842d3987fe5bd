"""Composites of several measures: which days they are asked on, which records they rest on, how open parts count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from caseseries.derive.shared.frames import as_numbers
from caseseries.derive.shared.results import derive_daily_results
from caseseries.derive.shared.windows import find_baseline, find_last_baseline_day, pair_within

DAY = ["patient_id", "day"]
USED = [*DAY, "instrument", "item"]
RECORDS = ["patient_id", "day", "measure", "value", "operator", "upper_limit", "status"]


def select_patients(
    patients: pd.DataFrame, assessments: pd.DataFrame, *, disease: str, instruments: Sequence[str]
) -> set[str]:
    """Select the patients who have a disease, or in whom an instrument made for that disease was used."""
    has_disease = patients["disease"].str.casefold() == disease.casefold()
    examined = assessments["instrument"].isin(instruments)
    return set(patients.loc[has_disease, "patient_id"]) | set(assessments.loc[examined, "patient_id"])


def collect_records(
    measures: pd.DataFrame, labs: pd.DataFrame | None = None, *, tests: Sequence[str] = ()
) -> pd.DataFrame:
    """Collect measures and laboratory results in one long table of components.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them.
    labs : DataFrame, one row per result
        The raw table, where results are wanted as well.
    tests
        The tests that are wanted; their code becomes the measure.

    Returns
    -------
    DataFrame, one row per patient, day and measure that has a value
        The columns of ``RECORDS``.
    """
    results = [derive_daily_results(labs, test=test).assign(measure=test, status="complete") for test in tests]
    frames = [measures[measures["value"].notna()].assign(operator="="), *results]
    return pd.concat([frame.reindex(columns=RECORDS) for frame in frames], ignore_index=True)


def list_visits(
    assessments: pd.DataFrame,
    *,
    patients: Iterable[str],
    items: Sequence[tuple[str, str | None]],
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """List the days on which a composite is asked for: those on which one of its own items was recorded.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        The raw table.
    patients
        The patients to whom the composite applies.
    items
        Instrument and item; None stands for any item of the instrument.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        ``activity_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient and day, sorted
        ``is_follow_up``: after the last day that could be the baseline of disease activity.
    """
    own = assessments[assessments["instrument"].isin([instrument for instrument, _ in items])]
    patients = set(patients)
    places = {
        (patient_id, day): place
        for place, (patient_id, day, *used) in enumerate(zip(*(own[name].tolist() for name in USED), strict=True))
        if patient_id in patients and not {tuple(used), (used[0], None)}.isdisjoint(items)
    }
    days = own[DAY].take([places[day] for day in sorted(places)]).reset_index(drop=True)
    return mark_follow_up(days, medications=medications, design=design)


def mark_follow_up(records: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Add ``is_follow_up``: whether a record lies after the last day that could be a baseline of activity."""
    last = find_last_baseline_day(records["patient_id"], medications=medications, rule=design["activity_baseline_rule"])
    return records.assign(is_follow_up=(records["day"] > last).astype(bool))


def find_baselines(
    visits: pd.DataFrame,
    records: pd.DataFrame,
    *,
    measures: Sequence[str],
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Find for each visit the patient's baselines, by the rule of disease activity.

    Returns
    -------
    DataFrame, rows as in ``visits``
        A column per measure; missing where the patient has no baseline of it.
    """
    found = find_baseline(records[records["measure"].isin(measures)], medications=medications, design=design)
    keys = zip(found["patient_id"].tolist(), found["measure"].tolist(), strict=True)
    own = dict(zip(keys, as_numbers(found["baseline_value"]), strict=True))
    patients = visits["patient_id"].tolist()
    grid = {measure: [own.get((patient, measure), np.nan) for patient in patients] for measure in measures}
    return pd.DataFrame(grid, index=visits.index, dtype="float64")


def find_components(
    visits: pd.DataFrame, records: pd.DataFrame, *, windows_days: Mapping[str, int]
) -> dict[str, pd.DataFrame]:
    """Find the record of each component that belongs to a visit.

    Parameters
    ----------
    visits : DataFrame, one row per patient and day
        With ``is_follow_up``.
    records : DataFrame, one row per patient, day and measure
        As ``collect_records`` gives them, with ``is_follow_up``.
    windows_days
        Per component the days by which its record may lie off the visit, to either side.

    Returns
    -------
    dict of DataFrame, rows as in ``visits``
        Per component the nearest record in its window, of two as near the later; missing where there is none. A
        record from before treatment never stands for a visit after it, nor the other way round.
    """
    widest = max(windows_days.values())
    wanted = records[records["measure"].isin(windows_days)]
    visit, record, offset = pair_within(visits, wanted, first_offset_days=-widest, last_offset_days=widest)
    distance, measure = np.abs(offset), wanted["measure"].to_numpy(dtype=object)[record]
    is_near = distance <= np.array([windows_days[name] for name in measure], dtype="int64")
    is_same_side = wanted["is_follow_up"].to_numpy()[record] == visits["is_follow_up"].to_numpy()[visit]
    order = np.lexsort([-offset, distance])
    order = order[(is_near & is_same_side)[order]]
    found = {}
    for name in windows_days:
        own = order[measure[order] == name]
        own = own[np.unique(visit[own], return_index=True)[1]]
        found[name] = wanted.take(record[own]).set_axis(visits.index[visit[own]]).reindex(visits.index)
    return found


def at_least(answers: Sequence[pd.Series], n: int) -> pd.Series:
    """Tell where at least n answers are yes: open ones leave it open only where they could make the difference."""
    n_yes = sum(answer.fillna(False).astype("int64") for answer in answers)
    n_open = sum(answer.isna().astype("int64") for answer in answers)
    return (n_yes >= n).astype("boolean").mask((n_yes < n) & (n_yes + n_open >= n))


def write_values(records: pd.DataFrame, *, spec: str = "g") -> list[str]:
    """Write the value of each record, with the operator of a result beyond a limit; empty where it is missing."""
    signs = records["operator"].replace("=", "")
    pairs = zip(records["value"], signs, strict=True)
    return ["" if pd.isna(value) else f"{sign}{value:{spec}}" for value, sign in pairs]


def join_words(columns: Iterable[Iterable[str]], *, index: pd.Index, by: str = "; ", after: str = "") -> pd.Series:
    """Join the words of each row that are not empty; ``after`` stands before them where there are any."""
    rows = [by.join(word for word in row if word) for row in zip(*columns, strict=True)]
    return pd.Series([after + row if row else "" for row in rows], index=index, dtype="str")


def name_open(answers: Mapping[str, pd.Series]) -> pd.Series:
    """Name for each row the parts whose answer or value is missing."""
    names = [[name if is_open else "" for is_open in answer.isna()] for name, answer in answers.items()]
    return join_words(names, index=next(iter(answers.values())).index)


def tell_status(value: pd.Series, missing_items: pd.Series) -> pd.Series:
    """Give the status of a composite: indeterminate without a value, partial if a part is missing, else complete."""
    rows = zip(value.isna(), missing_items, strict=True)
    words = ["indeterminate" if is_open else "partial" if missing else "complete" for is_open, missing in rows]
    return pd.Series(words, index=value.index, dtype="str")
