"""Outcomes at the visits that a table shows: met, not met, not assessable or not yet due, one row per patient each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.outcomes.bounds import compute_most
from caseseries.derive.outcomes.disease_states import NONE_AGREED, choose_criteria, find_states
from caseseries.derive.shared.limits import all_of
from caseseries.derive.shared.windows import name_visits
from caseseries.derive.treatment.medication import FREE_STATES

VISIT_OUTCOMES = {
    "patient_id": "str",
    "outcome": "str",
    "visit": "str",
    "day": "Int64",
    "status": "str",
    "is_met": "boolean",
    "reason": "str",
}
"""Type of each column in order. ``status`` is assessed, not assessable (``is_met`` is missing) or not due: there is no
assessment, and follow-up ends before the window of the visit does. ``day`` is that of the assessment."""

OUTCOME_VISITS = ("M3", "M6", "M12")
LAST = "last"
"""The last assessment of each patient, whenever it was."""

ALL = ""
OUTCOMES = (
    ("REMISSION", ALL, "REMISSION", 1),
    ("DRUG_FREE_REMISSION", ALL, "DRUG_FREE_REMISSION", 1),
    ("SUSTAINED_REMISSION", ALL, "SUSTAINED_REMISSION", 1),
    ("DRUG_FREE", ALL, "DRUG_FREE", 1),
    ("DORIS", "SLE", "DORIS", 1),
    ("LLDAS", "SLE", "LLDAS", 1),
    ("CCR", "SLE", "CCR", 1),
    ("CCR_0", "SLE", "CCR_0", 1),
    ("CLLDAS", "SLE", "CLLDAS", 1),
    ("RENAL_COMPLETE", "SLE", "RENAL_RESPONSE", 2),
    ("RENAL_ANY", "SLE", "RENAL_RESPONSE", 1),
    ("CID_REVISED", "JDM", "CID_REVISED", 1),
    ("CID_PRINTO", "JDM", "CID_PRINTO", 1),
    ("TIS_MINIMAL", "JDM", "TIS_CATEGORY", 1),
    ("TIS_MODERATE", "JDM", "TIS_CATEGORY", 2),
    ("TIS_MAJOR", "JDM", "TIS_CATEGORY", 3),
    ("CRISS_2016", "SSc", "CRISS_2016_IMPROVED", 1),
    ("RCRISS_20", "SSc", "RCRISS_20", 1),
)
"""Each outcome with its disease (all, or one), the measure that tells it, and the least value at which it is met."""

OF_THOSE_WITH_RECORDS = ("RENAL_RESPONSE",)
"""Measures asked only of patients who have any: a kidney that was never ill cannot respond."""

SUSTAINED = {"sustained": 1.0, "not yet": 0.0, "no": 0.0}


def derive_visit_outcomes(
    scores: pd.DataFrame,
    *,
    states: pd.DataFrame,
    remission: pd.DataFrame,
    treatment: pd.DataFrame,
    patients: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive whether each patient meets each outcome of the disease at the visits and at the last assessment.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        Of all subjects, with ``visit``.
    states : DataFrame, one row per patient and visit after the infusion
        As ``derive_disease_states`` gives it.
    remission : DataFrame, one row per patient
        As ``derive_remission`` gives it.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    patients : DataFrame, one row per patient
        The raw table.
    design
        The windows of the visits, ``remission_criterion_...``, ``last_visit_rule`` and ``tis_thresholds``.

    Returns
    -------
    DataFrame, one row per patient, outcome of ``OUTCOMES`` and visit
        See ``VISIT_OUTCOMES``. Outcomes of a disease have rows of its patients only; sustained remission is asked at
        the last assessment alone.

    Notes
    -----
    Where no criterion of remission is agreed for a disease, its patients are not in remission whenever they were seen.
    Freedom from drugs is that on the target day of the visit, and on the last day of follow-up. Nothing is carried
    forward. A score that lacks parts is not assessable where they decide whether it reaches the outcome.
    """
    patients = patients.sort_values("patient_id", kind="stable", ignore_index=True)
    criteria = choose_criteria(patients, design=design)
    who = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "of": patients["disease"].str.casefold(),
            "end": patients[["last_contact_day", "death_day"]].min(axis=1).astype("Int64"),
            "has_criterion": patients["patient_id"].map(criteria).notna(),
        }
    )
    visits = _list_windows(design)
    seen = scores[(scores["day"] > 0).fillna(False).astype(bool)]
    words = seen["decided_on"].fillna("lacks " + seen["missing_items"])
    seen = seen.assign(decided_on=words, most=compute_most(seen, design=design))
    records = pd.concat(
        [
            part.reindex(columns=["patient_id", "measure", "visit", "day", "value", "most", "decided_on"])
            for part in (
                _pick_visits(seen, design=design),
                _pick_visits(_judge_remission(states, treatment=treatment, design=design), design=design),
                _without_criterion(seen, criteria=criteria, design=design),
                _find_freedom(who, visits, treatment=treatment),
                _read_sustained(remission),
            )
        ],
        ignore_index=True,
    )
    asked = _ask(who, visits, has_record=records)
    rows = asked.merge(records, on=["patient_id", "measure", "visit"], how="left", validate="many_to_one")
    return _decide(rows)


def _list_windows(design: Mapping) -> pd.DataFrame:
    rows = [{"visit": LAST, "target_day": pd.NA, "first_day": pd.NA, "last_day": pd.NA}]
    for visit in OUTCOME_VISITS:
        code = f"visit_{visit.casefold()}"
        target, half = design[f"{code}_target_day"], design[f"{code}_half_width_days"]
        rows.insert(-1, {"visit": visit, "target_day": target, "first_day": target - half, "last_day": target + half})
    return pd.DataFrame(rows).astype({"visit": "str"} | dict.fromkeys(["target_day", "first_day", "last_day"], "Int64"))


def _pick_visits(records: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Pick the records that count for a visit, and the last of each patient and measure."""
    known = records if design["last_visit_rule"] == "last_visit" else records[records["value"].notna()]
    last = known.sort_values("day", kind="stable").drop_duplicates(["patient_id", "measure"], keep="last")
    return pd.concat([records[records["visit"].isin(OUTCOME_VISITS)], last.assign(visit=LAST)])


def _judge_remission(states: pd.DataFrame, *, treatment: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Put remission, and remission without drugs, into the form of scores."""
    state = find_states(states, treatment=treatment)
    is_free = state.isin(FREE_STATES["drug_free"]).astype("boolean").mask(state.isna() | (state == "indeterminate"))
    drugs = state.fillna("treatment not known").str.replace("_", " ")
    parts = []
    for measure, answer, words in (
        ("REMISSION", states["is_in_remission"], states["decided_on"]),
        ("DRUG_FREE_REMISSION", all_of(states["is_in_remission"], is_free), states["decided_on"] + "; " + drugs),
    ):
        part = states[["patient_id", "day"]].assign(
            measure=measure, value=answer.astype("Float64").astype("float64"), decided_on=words
        )
        parts.append(part.assign(visit=name_visits(part, design=design)))
    return pd.concat(parts, ignore_index=True)


def _without_criterion(seen: pd.DataFrame, *, criteria: pd.Series, design: Mapping) -> pd.DataFrame:
    """Count patients whose disease has no agreed remission as not in it on the days on which they were seen."""
    days = seen[seen["patient_id"].map(criteria) == NONE_AGREED].drop_duplicates(["patient_id", "day"])
    parts = [
        days[["patient_id", "day"]].assign(measure=measure, value=0.0, decided_on="no criterion is agreed")
        for measure in ("REMISSION", "DRUG_FREE_REMISSION")
    ]
    own = pd.concat(parts, ignore_index=True)
    return _pick_visits(own.assign(visit=name_visits(own, design=design)), design=design)


def _find_freedom(who: pd.DataFrame, visits: pd.DataFrame, *, treatment: pd.DataFrame) -> pd.DataFrame:
    days = who.merge(visits, how="cross")
    days["day"] = days["target_day"].mask(days["visit"] == LAST, days["end"])
    days = days[(days["day"] <= days["end"]).fillna(False).astype(bool)]
    state = find_states(days, treatment=treatment)
    value = state.isin(FREE_STATES["drug_free"]).astype("float64").mask(state.isna() | (state == "indeterminate"))
    words = state.fillna("treatment not known").str.replace("_", " ")
    return days.assign(measure="DRUG_FREE", value=value, decided_on=words)


def _read_sustained(remission: pd.DataFrame) -> pd.DataFrame:
    return remission.assign(
        measure="SUSTAINED_REMISSION",
        visit=LAST,
        day=remission["last_assessed_day"],
        value=remission["sustained_remission_status"].map(SUSTAINED).astype("float64"),
        decided_on=remission["sustained_remission_status"] + ": " + remission["decided_on"],
    )


def _ask(who: pd.DataFrame, visits: pd.DataFrame, *, has_record: pd.DataFrame) -> pd.DataFrame:
    outcomes = pd.DataFrame(OUTCOMES, columns=["outcome", "disease", "measure", "least"])
    asked = who.merge(outcomes, how="cross").merge(visits, how="cross")
    is_own = (asked["disease"] == ALL) | (asked["disease"].str.casefold() == asked["of"])
    is_remission = asked["outcome"].isin(["REMISSION", "DRUG_FREE_REMISSION", "SUSTAINED_REMISSION"])
    recorded = pd.MultiIndex.from_frame(has_record[["patient_id", "measure"]])
    is_recorded = pd.MultiIndex.from_frame(asked[["patient_id", "measure"]]).isin(recorded)
    is_last_only = (asked["outcome"] == "SUSTAINED_REMISSION") & (asked["visit"] != LAST)
    keeps = (
        is_own
        & (asked["has_criterion"] | ~is_remission)
        & (is_recorded | ~asked["measure"].isin(OF_THOSE_WITH_RECORDS))
        & ~is_last_only
    )
    return asked[keeps]


def _decide(rows: pd.DataFrame) -> pd.DataFrame:
    is_met = rows["value"] > rows["least"] - 0.5
    is_known = is_met | (rows["most"].fillna(rows["value"]) < rows["least"] - 0.5)
    is_recorded = rows["day"].notna() | rows["decided_on"].notna()
    is_over = (rows["last_day"] <= rows["end"]).fillna(False).astype(bool) | (rows["visit"] == LAST)
    status = pd.Series("not assessable", index=rows.index).mask(is_known, "assessed")
    status = status.mask(~is_recorded & ~is_over, "not due")
    window = "no assessment on days " + rows["first_day"].astype("str") + " to " + rows["last_day"].astype("str")
    reason = rows["decided_on"].fillna(window.mask(rows["visit"] == LAST, "no assessment after the infusion"))
    reason = reason.mask(status == "not due", "follow-up ends before the window does")
    frame = rows.assign(
        status=status,
        is_met=is_met.astype("boolean").where(is_known),
        reason=reason,
    )
    return frame[list(VISIT_OUTCOMES)].astype(VISIT_OUTCOMES).reset_index(drop=True)
