"""The 2016 ACR/EULAR total improvement score of myositis: core measures before and after to points and a category."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.myositis.core_measures import CATEGORIES, CORE, MUSCLE, CoreMeasure, find_category
from caseseries.derive.shared.components import (
    collect_records,
    find_components,
    join_words,
    list_visits,
    mark_follow_up,
    name_open,
    select_patients,
    tell_status,
    write_values,
)
from caseseries.derive.shared.frames import list_groups
from caseseries.derive.shared.scores import as_scores
from caseseries.derive.shared.windows import find_baseline

NEEDED = ("TIS_PHYSICIAN", "TIS_MUSCLE")
ENZYMES = ("CK", "ALDOLASE", "LDH", "AST", "ALT")


def derive_improvement(measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping) -> pd.DataFrame:
    """Derive the total improvement score, its six parts and its category at each visit after the baseline.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them.
    tables : mapping of raw tables
        ``labs`` (CK, aldolase, LDH, AST and ALT, each with the ``upper_limit`` of its laboratory), ``assessments``,
        which also tell the days on which the score is asked for, ``patients`` (``disease``) and ``medications``,
        which give the first day of lymphodepletion.
    design
        ``myositis_window_days``, the options ``tis_...`` and ``activity_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient, day and measure (the keys of ``CORE``, ``TIS_JDM`` and ``TIS_CATEGORY``)
        The table of scores, in points. ``TIS_CATEGORY`` is the position in ``CATEGORIES``. Days: those with a CMAS,
        MMT8 or physician global after the last day that could be a baseline.

    Notes
    -----
    Improvement is the change in % of the range of the measure, never of its baseline. A part without a value before
    or after has no points of its own and adds none to the total, which is then partial: at least this much. Without
    the physician global, the muscle measure and ``tis_min_other_measures`` others there is no total. The enzyme is
    the one that was the highest multiple of its upper limit at baseline, and stays the same; results without a limit
    cannot be compared, and are named. A result beyond a limit
    of the assay counts only if every value it may stand for gives the same points.

    References
    ----------
    Rider 2017, Ann Rheum Dis 76:782 (PMC5577002, table 3). The ranges of the enzymes are from memory of the adult
    calculator; ``decided_on`` of the category says where they could change it.
    """
    core = CORE | {"TIS_MUSCLE": MUSCLE[design["tis_muscle_measure"]]}
    assessments, medications = tables["assessments"], tables["medications"]
    visits = list_visits(
        assessments,
        patients=select_patients(tables["patients"], assessments, disease="JDM", instruments=("CMAS", "MMT8")),
        items=(("CMAS", None), ("MMT8", None), ("GLOBAL", "PHYSICIAN")),
        medications=medications,
        design=design,
    )
    visits = visits[visits["is_follow_up"]]
    records = collect_records(measures, tables["labs"], tests=ENZYMES)
    records = mark_follow_up(_choose_enzyme(records, medications, design), medications=medications, design=design)
    baselines = find_baseline(records, medications=medications, design=design).merge(
        records.rename(columns={"day": "baseline_day"}), on=["patient_id", "measure", "baseline_day"]
    )
    found = find_components(
        visits,
        records,
        windows_days={part.measure: design["myositis_window_days"] for part in core.values()},
    )
    points, words = {}, {}
    for name, part in core.items():
        own = baselines[baselines["measure"] == part.measure].set_index("patient_id")
        before = own.reindex(visits["patient_id"]).set_axis(visits.index)
        points[name], words[name] = _score_part(part, before, found[part.measure], design)
    unread = _name_unread(tables["labs"])
    words["TIS_ENZYME"] += pd.Series([unread.get(name, "") for name in visits["patient_id"]], visits.index, dtype="str")
    return _as_table(visits, core, points, words, design)


def _name_unread(labs: pd.DataFrame) -> dict[str, str]:
    """Name each patient's enzymes of which results have no upper limit."""
    is_unread = labs["test"].isin(ENZYMES) & labs["value"].notna() & ~(labs["upper_limit"] > 0).fillna(False)
    own = list_groups(labs[is_unread.astype(bool)], ["patient_id", "test"])
    names = {patient_id: {row["test"] for row in rows} for patient_id, rows in own.items()}
    return {name: f"; without upper limit: {', '.join(sorted(tests))}" for name, tests in names.items()}


def _choose_enzyme(records: pd.DataFrame, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Keep of each patient's enzymes the most abnormal at baseline, as measure ``ENZYME`` in multiples of its limit."""
    enzymes = records[records["measure"].isin(ENZYMES) & (records["upper_limit"] > 0)].copy()
    enzymes["value"] = enzymes["value"] / enzymes["upper_limit"]
    baselines = find_baseline(enzymes, medications=medications, design=design)
    baselines["order"] = baselines["measure"].map(ENZYMES.index)
    highest = baselines.sort_values(["baseline_value", "order"], ascending=[False, True], kind="stable")
    chosen = highest.drop_duplicates("patient_id")[["patient_id", "measure"]]
    enzymes = enzymes.merge(chosen, on=["patient_id", "measure"])
    others = records[~records["measure"].isin(ENZYMES)]
    return pd.concat([others.assign(test=""), enzymes.assign(test=enzymes["measure"], measure="ENZYME")])


def _score_part(
    part: CoreMeasure, before: pd.DataFrame, after: pd.DataFrame, design: Mapping
) -> tuple[pd.Series, pd.Series]:
    """Give the points of one core measure at each visit, missing if not known, and the words that say why."""
    scale = pd.Series(part.range, index=before.index)
    if part.measure == "ENZYME":
        ranges = {test: design[f"tis_{test.casefold()}_range_x_uln"] for test in ENZYMES}
        scale = before["test"].map(ranges).astype("float64")
    old_low, old_high = _bounds(before)
    new_low, new_high = _bounds(after)
    if part.more_is_better:
        least, most = new_low - old_high, new_high - old_low
    else:
        least, most = old_low - new_high, old_high - new_low
    least, most = 100 * least / scale, 100 * most / scale
    points = part.compute_points(least)
    points = points.where(points == part.compute_points(most))

    return points, pd.Series(
        [
            _describe_part(part, *row)
            for row in zip(
                write_values(before, spec=".4g"),
                write_values(after, spec=".4g"),
                before["test"],
                least,
                most,
                scale,
                strict=True,
            )
        ],
        index=before.index,
        dtype="str",
    )


def _describe_part(part: CoreMeasure, old: str, new: str, test: str, least: float, most: float, scale: float) -> str:
    if not old or not new:
        lacking = [word for word, value in (("baseline", old), ("visit", new)) if not value]
        return f"no {part.measure} at {' and '.join(lacking)}"
    change = f"{least:.4g}%" if least == most else f"{least:.4g} to {most:.4g}%"
    return f"{test or part.measure} {old} to {new} {part.unit}: {change} of the range {scale:g}"


def _bounds(records: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give the lowest and the highest value that a record may stand for."""
    value = records["value"].astype("float64")
    return value.mask(records["operator"] == "<", 0.0), value.mask(records["operator"] == ">", np.inf)


def _as_table(
    visits: pd.DataFrame,
    core: Mapping[str, CoreMeasure],
    points: Mapping[str, pd.Series],
    words: Mapping[str, pd.Series],
    design: Mapping,
) -> pd.DataFrame:
    grid = pd.DataFrame(dict(points), index=visits.index)
    known = grid.notna()
    others = known.drop(columns=list(NEEDED)).sum(axis=1)
    has_total = known[list(NEEDED)].all(axis=1) & (others >= design["tis_min_other_measures"])
    total = grid.sum(axis=1).where(has_total)
    missing = name_open({core[name].measure: points[name] for name in core})
    summands = [
        ["" if pd.isna(value) else f"{name.removeprefix('TIS_').lower()} {value:g}" for value in points[name]]
        for name in core
    ]
    summed = join_words(summands, index=grid.index, by=" + ")
    rows = visits[["patient_id", "day"]].assign(unit="points")
    frames = [
        rows.assign(
            measure=name,
            value=grid[name],
            status=tell_status(grid[name], pd.Series("", index=rows.index)),
            missing_items=grid[name].isna().map({True: core[name].measure, False: ""}),
            decided_on=words[name],
        )
        for name in core
    ]
    status = tell_status(total, missing)
    frames += [
        rows.assign(measure="TIS_JDM", value=total, status=status, missing_items=missing, decided_on=summed),
        _categories(rows, core, grid, total, design).assign(status=status, missing_items=missing),
    ]
    return as_scores(pd.concat(frames))


def _categories(
    rows: pd.DataFrame, core: Mapping[str, CoreMeasure], grid: pd.DataFrame, total: pd.Series, design: Mapping
) -> pd.DataFrame:
    kind = design["tis_thresholds"]

    def name(points: float) -> str:
        return CATEGORIES[find_category(points, thresholds=kind)]

    def describe(points: float, lacking: float, enzyme: float) -> str:
        if pd.isna(points):
            return ""
        text = f"{points:g} points: {name(points)} ({kind})"
        if name(points + lacking) != name(points):
            text += f"; with what is missing at most {name(points + lacking)}"
        least, most = name(points - enzyme), name(points - enzyme + max(core["TIS_ENZYME"].points))
        if pd.notna(enzyme) and least != most:
            text += f"; depends on the range of the enzyme: {least} to {most}"
        return text

    lacking = sum(grid[part].isna() * max(core[part].points) for part in core)
    words = [describe(*row) for row in zip(total, lacking, grid["TIS_ENZYME"], strict=True)]
    code = total.map(lambda points: find_category(points, thresholds=kind), na_action="ignore")
    return rows.assign(measure="TIS_CATEGORY", value=code, unit="category", decided_on=words)
