"""Dermatomyositis at each visit: whether it is clinically inactive, and with how much it has improved."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.myositis.improvement import derive_improvement
from caseseries.derive.shared.components import (
    at_least,
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
from caseseries.derive.shared.limits import all_of, is_above, is_below
from caseseries.derive.shared.scores import YES_NO, as_scores

CRITERIA = ("CK", "CMAS", "MMT8", "PGA")
MUSCLE = ("CK", "CMAS", "MMT8")
N_NEEDED = 3
"""Criteria of the four that must be met."""


def derive_myositis(measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping) -> pd.DataFrame:
    """Derive everything of myositis that rests on several measures: inactive disease, and improvement.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them.
    tables : mapping of raw tables
        ``patients``, ``medications``, ``labs`` and ``assessments`` are read; each may be empty.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores as ``derive_inactive_disease`` and ``derive_improvement`` give it.
    """
    states = derive_inactive_disease(measures, tables=tables, design=design)
    return as_scores(pd.concat([states, derive_improvement(measures, tables=tables, design=design)]))


def derive_inactive_disease(
    measures: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], design: Mapping
) -> pd.DataFrame:
    """Derive whether juvenile dermatomyositis is clinically inactive, by the first criteria and by their revision.

    Parameters
    ----------
    measures : DataFrame, one row per patient, day and measure
        As ``derive_measures`` gives them: ``CMAS`` (0-52), ``MMT8`` (one side, 0-80), ``PGA`` (0-10 cm).
    tables : mapping of raw tables
        ``labs`` (CK in U/L), ``assessments``, which also tell the days on which the state is asked for,
        ``patients`` (``disease``) and ``medications``, which give the first day of lymphodepletion.
    design
        The options ``inactive_...`` and ``myositis_window_days``.

    Returns
    -------
    DataFrame, one row per patient, day and measure (``CID_PRINTO``, ``CID_REVISED``)
        The table of scores; 1 inactive, 0 not. Days: those with a CMAS, MMT8 or physician global, of patients with
        JDM or in whom muscle was ever examined so.

    Notes
    -----
    PRINTO: at least three of CK, CMAS, MMT8 and physician global meet their limit. Revised: the physician global
    does, and at least two (``inactive_revised_muscle_criteria``) of the other three. A missing part leaves the answer
    open only if it could change it. The limit of CK is the same for every laboratory; its upper limit of normal plays
    no part.

    References
    ----------
    Lazarevic 2013, Ann Rheum Dis 72:686 (first criteria). Almeida 2014, Pediatr Rheumatol 12(S1):P88, and 2015,
    Arthritis Rheumatol 67:2495 (revision; its wording from memory).
    """
    assessments, medications = tables["assessments"], tables["medications"]
    visits = list_visits(
        assessments,
        patients=select_patients(tables["patients"], assessments, disease="JDM", instruments=("CMAS", "MMT8")),
        items=(("CMAS", None), ("MMT8", None), ("GLOBAL", "PHYSICIAN")),
        medications=medications,
        design=design,
    )
    records = mark_follow_up(
        collect_records(measures, tables["labs"], tests=("CK",)), medications=medications, design=design
    )
    found = find_components(visits, records, windows_days=dict.fromkeys(CRITERIA, design["myositis_window_days"]))
    is_met = {
        "CK": is_below(
            found["CK"]["value"],
            design["inactive_ck_limit_u_per_l"],
            operators=found["CK"]["operator"],
            or_equal=True,
        ),
        "CMAS": is_above(found["CMAS"]["value"], design["inactive_cmas_limit"], or_equal=True),
        "MMT8": is_above(found["MMT8"]["value"], design["inactive_mmt8_limit"], or_equal=True),
        "PGA": is_below(found["PGA"]["value"], design["inactive_physician_global_limit_cm"], or_equal=True),
    }
    n_muscle = design["inactive_revised_muscle_criteria"]
    states = {
        "CID_PRINTO": at_least([is_met[name] for name in CRITERIA], N_NEEDED),
        "CID_REVISED": all_of(is_met["PGA"], at_least([is_met[name] for name in MUSCLE], n_muscle)),
    }
    missing, words = name_open(is_met), _describe(found, is_met)
    frames = [
        visits.assign(
            measure=measure,
            value=state.astype("Float64"),
            unit=YES_NO,
            status=tell_status(state, missing),
            missing_items=missing,
            decided_on=words,
        )
        for measure, state in states.items()
    ]
    return as_scores(pd.concat(frames))


def _describe(found: Mapping[str, pd.DataFrame], is_met: Mapping[str, pd.Series]) -> pd.Series:
    """Say of each visit which criteria are met, which not, and which are open, with their values."""
    index = is_met["PGA"].index
    shown = {name: [f"{name} {value}".strip() for value in write_values(found[name])] for name in CRITERIA}
    kinds = {name: is_met[name].map({True: "met", False: "not met"}).fillna("open") for name in CRITERIA}
    groups = []
    for kind in ("met", "not met", "open"):
        words = [
            [text if own == kind else "" for text, own in zip(shown[name], kinds[name], strict=True)]
            for name in CRITERIA
        ]
        groups.append(join_words(words, index=index, by=", ", after=f"{kind}: "))
    return join_words(groups, index=index)
