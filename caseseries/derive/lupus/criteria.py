"""Criteria of low activity and remission in lupus that rest on descriptors: how much, where, and whether new."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.descriptors import WEIGHTS
from caseseries.derive.shared.states import Criterion
from caseseries.derive.shared.windows import find_records_within

MAJOR_ORGANS = (
    *("SEIZURE", "PSYCHOSIS", "OBS", "VISUAL", "CRANIAL", "HEADACHE", "CVA", "VASCULITIS"),
    *("CASTS", "HEMATURIA", "PROTEINURIA", "PYURIA", "PLEURISY", "PERICARDITIS", "FEVER"),
)
"""Descriptors of the organs that must be quiet in low activity: nerves, vessels, kidney, serosa, and fever."""

OTHER_FEATURES = ("HAEMOLYTIC_ANAEMIA", "GASTROINTESTINAL")
"""Items of ``LUPUS_FEATURES``, which SLEDAI-2K does not hold."""


def judge_index(activity: pd.DataFrame, *, limit: float) -> Criterion:
    """Judge whether an index is at most a limit, knowing the least and the most that it can be.

    Parameters
    ----------
    activity : DataFrame, one row per patient and visit
        One measure of what ``summarize_activity`` gives.
    limit
        In points.
    """
    answer = (activity["high"] <= limit).astype("boolean")
    name = activity["measure"].map({"SLEDAI_2K": "SLEDAI-2K", "CSLEDAI_2K": "cSLEDAI-2K"})
    spans = [span_text(low, high) for low, high in zip(activity["low"], activity["high"], strict=True)]
    is_open = (activity["low"] <= limit) & (activity["high"] > limit)
    return Criterion(answer.mask(is_open), list(name + " " + spans), list(activity["missing"]))


def span_text(low: float, high: float) -> str:
    """Write the points of an index, or the least and the most that they can be."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def derive_descriptor_grid(visits: pd.DataFrame, *, descriptors: pd.DataFrame) -> pd.DataFrame:
    """Derive the descriptors of each visit side by side.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        ``patient_id`` and ``day``.
    descriptors : DataFrame, one row per patient, visit and descriptor
        As ``derive_descriptors`` gives it.

    Returns
    -------
    DataFrame, rows and index as in ``visits``
        A boolean column per descriptor, missing where it is not known.
    """
    own = descriptors.assign(code=descriptors["is_present"].astype("float64"))
    grid = own.pivot_table(index=["patient_id", "day"], columns="descriptor", values="code", dropna=False)
    grid = grid.reindex(index=pd.MultiIndex.from_frame(visits[["patient_id", "day"]]), columns=list(WEIGHTS))
    return grid.set_axis(visits.index).astype("boolean")


def judge_major_organs(grid: pd.DataFrame) -> Criterion:
    """Judge from the descriptors of each visit whether those of the major organs are absent."""
    return _absent(grid[list(MAJOR_ORGANS)], found="activity of a major organ", nothing="no major organ")


def judge_new_features(grid: pd.DataFrame, *, visits: pd.DataFrame) -> Criterion:
    """Judge whether no descriptor is present that was absent at the visit before; not known at a first visit.

    Parameters
    ----------
    grid : DataFrame, one row per visit
        As ``derive_descriptor_grid`` gives it.
    visits : DataFrame, rows as in ``grid``
        ``patient_id`` and ``day``, in this order.
    """
    before = grid.astype("float64").groupby(visits["patient_id"]).shift().astype("boolean")
    is_first = ~visits["patient_id"].duplicated()
    judged = _absent(grid & ~before, found="new", nothing="no new feature")
    words = ["no visit before" if first else own for first, own in zip(is_first, judged.words, strict=True)]
    lacks = ["an earlier visit" if first else own for first, own in zip(is_first, judged.lacks, strict=True)]
    return Criterion(judged.answer.mask(is_first), words, lacks)


def judge_other_features(visits: pd.DataFrame, *, assessments: pd.DataFrame, design: Mapping) -> Criterion:
    """Judge whether there is neither haemolytic anaemia nor gastrointestinal activity of lupus.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        ``patient_id`` and ``day``.
    assessments : DataFrame, one row per item of an instrument
        Items of ``LUPUS_FEATURES``, 1 present or 0 absent; ``attributable`` to lupus.
    design
        ``lldas_unrecorded_features``, ``sledai_window_days``.
    """
    own = assessments[(assessments["instrument"] == "LUPUS_FEATURES") & assessments["score"].notna()]
    is_due = own["attributable"].fillna(True).astype(bool)
    records = own[["patient_id", "day", "item"]].assign(is_found=(own["score"] > 0) & is_due)
    pairs = find_records_within(visits, records, first_offset_days=1 - design["sledai_window_days"], last_offset_days=0)
    pairs = pairs[pairs["is_found"] | (pairs["offset_days"] == 0)].astype({"is_found": "float64"})
    grid = pairs.pivot_table(index="target", columns="item", values="is_found", aggfunc="max")
    grid = grid.reindex(index=visits.index, columns=list(OTHER_FEATURES)).astype("boolean")
    judged = _absent(grid, found="activity", nothing="no other feature")
    if design["lldas_unrecorded_features"] == "not_known":
        return judged
    is_open = judged.answer.isna()
    words = ["other features not recorded" if is_it else own for is_it, own in zip(is_open, judged.words, strict=True)]
    return Criterion(judged.answer.fillna(True), words, judged.lacks)


def _absent(grid: pd.DataFrame, *, found: str, nothing: str) -> Criterion:
    """Judge whether every column of a grid is no, and name those that are yes or not known."""
    names = grid.columns.to_numpy()
    is_present, is_missing = grid.fillna(False).to_numpy(dtype=bool), grid.isna().to_numpy()
    is_open = is_missing.any(axis=1) & ~is_present.any(axis=1)
    answer = pd.Series(~is_present.any(axis=1), index=grid.index).astype("boolean").mask(is_open)
    words = [f"{found}: {', '.join(names[row])}" if row.any() else nothing for row in is_present]
    return Criterion(answer, words, ["; ".join(names[row]) for row in is_missing])
