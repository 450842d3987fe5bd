"""States that a patient is in or not: a list of criteria, each met, not met or not known, to rows of scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.shared.limits import all_of
from caseseries.derive.shared.scores import YES_NO, as_scores


@dataclass(frozen=True)
class Criterion:
    """One criterion at each visit.

    ``answer`` is boolean, missing where not known; ``words`` tells what was found; ``lacks`` names what must be known
    for an answer.
    """

    answer: pd.Series
    words: list[str]
    lacks: list[str]


def derive_states(visits: pd.DataFrame, *, states: Mapping[str, list[Criterion]]) -> pd.DataFrame:
    """Derive states that each ask for all of their criteria.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        ``patient_id`` and ``day``.
    states
        Criteria by name of the state; rows as in ``visits``.

    Returns
    -------
    DataFrame, one row per patient, visit and state
        The table of scores: 1 if every criterion is met, 0 if one is not, else ``indeterminate`` with what it lacks.
        ``decided_on`` gives each criterion, and which of them are not met or not known.
    """
    rows = []
    for measure, criteria in states.items():
        answer = list(all_of(*(criterion.answer for criterion in criteria)))
        met = zip(*(criterion.answer for criterion in criteria), strict=True)
        words = zip(*(criterion.words for criterion in criteria), strict=True)
        lacks = zip(*(criterion.lacks for criterion in criteria), strict=True)
        rows += [
            {"patient_id": patient_id, "day": day, "measure": measure, "unit": YES_NO} | _decide(*facts)
            for patient_id, day, *facts in zip(
                visits["patient_id"], visits["day"], answer, met, words, lacks, strict=True
            )
        ]
    return as_scores(rows)


def _decide(answer: bool, met: tuple, words: tuple[str, ...], lacks: tuple[str, ...]) -> dict:
    is_open = pd.isna(answer)
    missing = [lack for lack, one in zip(lacks, met, strict=True) if is_open and pd.isna(one)]
    return {
        "value": None if is_open else float(answer),
        "status": "indeterminate" if is_open else "complete",
        "missing_items": "; ".join(filter(None, missing)),
        "decided_on": "; ".join(word + _verdict(one) for word, one in zip(words, met, strict=True)),
    }


def _verdict(is_met: bool) -> str:
    if pd.isna(is_met):
        return " (not known)"
    return "" if is_met else " (not met)"
