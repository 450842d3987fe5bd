"""Remission at each visit by the criterion of the patient's disease: scores to yes, no or not decided."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.sclerosis.worsening import derive_organ_worsening
from caseseries.derive.shared.frames import as_typed, find_order, list_groups
from caseseries.derive.shared.limits import all_of, is_below
from caseseries.derive.shared.windows import find_nearest_record
from caseseries.derive.treatment.medication import FREE_STATES

DISEASE_STATES = {
    "patient_id": "str",
    "day": "Int64",
    "criterion": "str",
    "is_in_remission": "boolean",
    "decided_on": "str",
}
NONE_AGREED = "none_agreed"


def choose_criteria(patients: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Choose the criterion of remission of each patient.

    Returns
    -------
    Series of str, indexed by patient
        Missing for a disease that has none here.
    """
    options = {name: design[f"remission_criterion_{name}"] for name in ("sle", "jdm", "ssc")}
    chosen = patients.set_index("patient_id")["disease"].str.casefold().map(options)
    return chosen.astype("str")


def derive_disease_states(
    scores: pd.DataFrame, *, tables: Mapping[str, pd.DataFrame], treatment: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive at each visit after the infusion whether the patient is in remission.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        Of all subjects, with ``baseline_value`` and ``change``.
    tables : mapping of raw tables
        ``patients``, ``medications``, ``adverse_events``.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        ``remission_criterion_...``; for sclerosis also those of skin and lungs.

    Returns
    -------
    DataFrame, one row per patient and visit
        ``criterion``; ``is_in_remission``, missing where the data do not decide; ``decided_on``.

    Notes
    -----
    Sclerosis, by ``no_progression``: the skin score has not risen by the relevant amount, FVC and DLCO do not show
    progression, no organ has newly failed, and no immunosuppression is taken. Its days are those with a skin score.
    Lungs that were not measured near the visit are not held against the patient, and ``decided_on`` says so.
    """
    criteria = choose_criteria(tables["patients"], design=design)
    after = scores[(scores["day"] > 0).fillna(False)]
    after = after.assign(criterion=after["patient_id"].map(criteria))
    by_score = after[after["measure"] == after["criterion"]]
    by_score = by_score.assign(is_in_remission=by_score["value"].astype("Float64") > 0.5)
    by_course = _judge_sclerosis(
        after[(after["criterion"] == "no_progression") & (after["measure"] == "MRSS")],
        scores,
        tables=tables,
        treatment=treatment,
        design=design,
    )
    frame = pd.concat([as_typed(part, DISEASE_STATES) for part in (by_score, by_course)])
    return as_typed(frame, DISEASE_STATES, by=("patient_id", "day"))


def _judge_sclerosis(
    visits: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    tables: Mapping[str, pd.DataFrame],
    treatment: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    if visits.empty:
        return visits
    visits = visits.reset_index(drop=True)
    rise = visits["change"]
    by_points = is_below(rise, design["skin_fall_points"])
    by_share = is_below(100 * rise / visits["baseline_value"], design["skin_fall_percent"])
    skin = by_points | by_share
    window = design["lung_function_window_days"]
    lung = find_nearest_record(
        visits,
        scores[scores["measure"] == "LUNG_PROGRESSION_RELATIVE"],
        first_offset_days=-window,
        last_offset_days=window,
    )["value"]
    worsening = derive_organ_worsening(
        visits.assign(last_day=visits["day"]),
        scores,
        adverse_events=tables["adverse_events"],
        patients=tables["patients"],
        medications=tables["medications"],
        design=design,
    )
    state = find_states(visits, treatment=treatment)
    is_free = state.isin(FREE_STATES["immunosuppression_free"]).astype("boolean")
    answer = all_of(
        skin,
        (lung.fillna(0) < 0.5).astype("boolean"),
        ~worsening["is_worse"],
        is_free.mask(state.isna() | (state == "indeterminate")),
    )
    words = [
        f"MRSS {old:g} to {new:g}; lungs {'not measured' if pd.isna(own) else 'progressed' if own else 'stable'}; "
        f"{reason or 'no organ worse'}; {'treatment not known' if pd.isna(drugs) else drugs}"
        for old, new, own, reason, drugs in zip(
            visits["baseline_value"], visits["value"], lung, worsening["reason"], state, strict=True
        )
    ]
    return visits.assign(is_in_remission=answer, decided_on=words)


def find_states(days: pd.DataFrame, *, treatment: pd.DataFrame) -> pd.Series:
    """Find the state of treatment on each day of interest; missing where there is no record of treatment."""
    drugs = list_groups(treatment, ["start_day", "end_day", "state"])
    states = [
        next((row["state"] for row in drugs.get(patient_id, []) if row["start_day"] <= day <= row["end_day"]), None)
        for patient_id, day in zip(days["patient_id"].tolist(), days["day"].tolist(), strict=True)
    ]
    return pd.Series(states, index=days.index, dtype="str")


def list_by_patient(frame: pd.DataFrame, *, by: str) -> dict[str, list[dict]]:
    """List the rows of each patient as records, in the order of a column; a missing value becomes None."""
    in_order = frame.take(find_order([frame["patient_id"], frame[by]]))
    groups = list_groups(in_order)
    return {
        patient_id: [{name: None if pd.isna(value) else value for name, value in row.items()} for row in own]
        for patient_id, own in groups.items()
    }
