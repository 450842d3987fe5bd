"""What each patient's headline facts are by each definition: raw tables in, one row per definition and fact out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.all_scores import derive_scores
from caseseries.derive.cohort.data_cut import select_until
from caseseries.derive.kinetics.b_cell_samples import select_until_next_depletion
from caseseries.derive.kinetics.b_cells import derive_b_cell_times
from caseseries.derive.outcomes import derive_outcomes
from caseseries.derive.outcomes.disease_states import choose_criteria
from caseseries.derive.outcomes.visit_outcomes import LAST
from caseseries.derive.shared.frames import as_typed
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import DAYS_PER_MONTH, OPTIONS
from caseseries.design.b_cells import UNDETECTABLE_LIMITS_PER_UL

BY_DEFINITION = {
    "patient_id": "str",
    "definition": "str",
    "choice": "str",
    "fact": "str",
    "time_days": "Int64",
    "is_met": "boolean",
}
"""Type of each column in order. ``definition`` is aplasia (``choice``: the limit), remission (``choice``: the
criterion of the patient's disease) or none; ``fact`` an endpoint of the table of times, with its time, or an outcome at
the last visit, without one. What cannot be assessed has no row."""

AT_LAST_VISIT = ("REMISSION", "DRUG_FREE_REMISSION", "SUSTAINED_REMISSION")
TIMED = "time:"
"""Stands before the name of a fact that is a time from the infusion."""

CONTACT = f"{TIMED}CONTACT"
"""Time to the last contact; met by death."""


def derive_at_cut(tables: Mapping[str, pd.DataFrame], *, cut: str, months: float, design: Mapping) -> pd.DataFrame:
    """Derive the headline facts by definition, with so many months of follow-up.

    Parameters
    ----------
    tables
        All raw tables.
    cut
        Name of the cut-off.
    months
        Months of follow-up of 365.25 / 12 days; 0 for all.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient, definition, choice and fact
        ``cut`` and ``months`` before the columns of ``BY_DEFINITION``.
    """
    known = select_until(tables, last_day=int(months * DAYS_PER_MONTH)) if months else tables
    found = derive_by_definition(known, design=design)
    found.insert(0, "cut", pd.Series(cut, index=found.index, dtype="str"))
    found.insert(1, "months", months)
    return found


def derive_by_definition(tables: Mapping[str, pd.DataFrame], *, design: Mapping) -> pd.DataFrame:
    """Derive the headline facts of each patient by every definition of aplasia, return and remission.

    Parameters
    ----------
    tables
        All raw tables, as they are or cut at a day.
    design
        The options of the run; those of the definitions that vary are replaced in turn.

    Returns
    -------
    DataFrame, one row per patient, definition, choice and fact
        See ``BY_DEFINITION``.

    Notes
    -----
    Rules of return need no runs of their own: the table of times has all of them. The criterion of one disease moves
    no fact of a patient with another, so that criteria of several diseases are changed in the same run.
    """
    patients, labs = tables["patients"], tables["labs"]
    treatment = derive_treatment(
        tables["medications"], patients=patients, assessments=tables["assessments"], design=design
    )
    scores = derive_scores(tables, treatment=treatment, design=design)
    watched = select_until_next_depletion(
        labs, medications=tables["medications"], infusions=tables["infusions"], design=design
    )
    parts = [_find_contact(patients)]
    for limit in list_aplasia_limits(design):
        own = {**design, "b_cell_undetectable_below_per_ul": limit}
        times = derive_b_cell_times(watched, patients=patients, design=own)
        times = times[times["endpoint"].str.startswith("B_CELL_")]
        parts.append(_as_times(times).assign(definition="aplasia", choice=name_limit(limit)))
    for criteria in _list_criteria(design):
        own = {**design, **criteria}
        found = _find_outcomes(tables, scores=scores, treatment=treatment, design=own)
        chosen = found["patient_id"].map(choose_criteria(patients, design=own)).fillna("")
        parts.append(found.assign(choice=chosen.where(found["definition"] == "remission", "")))
    frame = pd.concat([as_typed(part, BY_DEFINITION) for part in parts], ignore_index=True)
    frame = frame[frame["is_met"].notna()].drop_duplicates(["patient_id", "definition", "choice", "fact"])
    return as_typed(frame, BY_DEFINITION, by=("definition", "choice", "fact", "patient_id"))


def list_aplasia_limits(design: Mapping) -> list[float]:
    """List the counts below which B cells may be said to be undetectable: those of the literature and the design's."""
    return sorted({*UNDETECTABLE_LIMITS_PER_UL, design["b_cell_undetectable_below_per_ul"]})


def name_limit(limit: float) -> str:
    """Name the choice of a limit of aplasia."""
    return f"below_{limit:g}_per_ul"


def _list_criteria(design: Mapping) -> Iterator[dict[str, str]]:
    """Give sets of criteria in which each criterion of each disease comes up at least once."""
    names = [f"remission_criterion_{disease}" for disease in ("sle", "jdm", "ssc")]
    choices = [(design[name], *(other for other in OPTIONS[name].allowed if other != design[name])) for name in names]
    for place in range(max(map(len, choices))):
        yield {name: own[min(place, len(own) - 1)] for name, own in zip(names, choices, strict=True)}


def _find_contact(patients: pd.DataFrame) -> pd.DataFrame:
    known = patients[patients["last_contact_day"].notna()]
    facts = {"fact": CONTACT, "time_days": known["last_contact_day"], "is_met": known["death_day"].notna()}
    return known[["patient_id"]].assign(definition="none", choice="", **facts)


def _as_times(times: pd.DataFrame) -> pd.DataFrame:
    return times.assign(fact=TIMED + times["endpoint"], is_met=times["is_event"])


def _find_outcomes(
    tables: Mapping[str, pd.DataFrame], *, scores: pd.DataFrame, treatment: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    found = derive_outcomes(tables, scores=scores, treatment=treatment, design=design)
    times, visits = found["outcome_times"], found["visit_outcomes"]
    last = visits[visits["visit"] == LAST].assign(definition="remission")
    last["fact"] = last["outcome"]
    flares = found["patient_outcomes"][["patient_id", "flare_count"]]
    return pd.concat(
        [
            last[last["fact"].isin(AT_LAST_VISIT)],
            last[last["fact"] == "DRUG_FREE"].assign(definition="none"),
            _as_times(times[times["endpoint"] == "DRUG_FREE_REMISSION"]).assign(definition="remission"),
            flares.assign(definition="remission", fact="FLARE", is_met=flares["flare_count"] > 0),
        ]
    )
