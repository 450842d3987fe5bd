"""Organ worsening that rules a response of systemic sclerosis out: events and falls of FVC to yes, no or open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.derive.shared.components import find_baselines, mark_follow_up
from caseseries.derive.shared.limits import TOLERANCE, any_of


@dataclass(frozen=True)
class OrganEvent:
    """Words in the term of an adverse event that tell of a failing organ.

    ``is_specific``: the words name the very condition of the criteria; ``needs_treatment``: it counts only if it had
    to be treated. Words that are not specific, or an event without a treatment that needs one, leave the case open.
    """

    words: str
    is_specific: bool = True
    needs_treatment: bool = False


ORGAN_EVENTS = (
    OrganEvent("renal crisis"),
    OrganEvent("left ventricular failure", needs_treatment=True),
    OrganEvent("left ventricular systolic dysfunction", needs_treatment=True),
    OrganEvent("pulmonary arterial hypertension", needs_treatment=True),
    OrganEvent("left ventricular dysfunction", is_specific=False),
    OrganEvent("ejection fraction decreased", is_specific=False),
    OrganEvent("heart failure", is_specific=False),
    OrganEvent("cardiac failure", is_specific=False),
    OrganEvent("pulmonary hypertension", is_specific=False),
)
"""Terms looked for, in any case of letters, after Khanna 2016, Arthritis Care Res 68:167, table 4.

The criteria ask for an ejection fraction of at most 45%, and for pressures from a right heart catheter; the raw
tables hold neither, so the investigator's diagnosis stands for them."""

LUNG_DISEASE_WORDS = ("interstitial lung disease", "pulmonary fibrosis", "interstitial pneumonia")


def derive_organ_worsening(
    visits: pd.DataFrame,
    measures: pd.DataFrame,
    *,
    adverse_events: pd.DataFrame,
    patients: pd.DataFrame,
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive whether kidney, heart, pulmonary vessels or lungs have newly failed between baseline and each visit.

    Parameters
    ----------
    visits : DataFrame, one row per patient and day after the baseline
        ``last_day``: that day, or a later one on which the lung function was measured that counts for the visit.
    measures : DataFrame, one row per patient, day and measure
        ``FVC_PCT``, % of predicted.
    adverse_events : DataFrame, one row per event
        ``term``, ``start_day``, ``end_day``, ``treatment``; ``ORGAN_EVENTS`` says what is looked for.
    patients : DataFrame, one row per patient
        ``organs`` tells of a lung that is known to be involved.
    medications : DataFrame, one row per course of a drug
        Gives the first day of lymphodepletion.
    design
        The options ``criss_fvc_...``.

    Returns
    -------
    DataFrame, rows as in ``visits``
        ``is_worse``: yes, no, or missing where a finding leaves it open; ``reason``, that finding.

    Notes
    -----
    An event counts if it began after the last day that could be a baseline, and no later than ``last_day``. A fall of
    FVC counts if it reaches the limits, if the lung is known to be involved, and if another FVC in the time of
    confirmation, before or after, shows it too. A fall that was not measured again, or in a patient of whom no lung
    disease is known, leaves the case open.
    """
    findings = pd.concat(
        [
            _find_events(adverse_events, medications, design),
            _find_falls(measures, adverse_events, patients, medications, design),
        ]
    )
    by_patient = dict(list(findings.groupby("patient_id")))
    answers, reasons = [], []
    for patient_id, day in zip(visits["patient_id"], visits["last_day"], strict=True):
        own = by_patient.get(patient_id, findings.iloc[:0])
        # An event whose first day is unknown may have begun before the visit or after it.
        own = own[(own["day"] <= day).fillna(True).astype(bool)]
        certain = own[own["is_certain"]]
        answers.append(True if len(certain) else (pd.NA if len(own) else False))
        reasons.append("; ".join((certain if len(certain) else own)["reason"]))
    return visits.assign(is_worse=pd.array(answers, dtype="boolean"), reason=pd.array(reasons, dtype="str"))


def _find_events(adverse_events: pd.DataFrame, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    rows = []
    for event in adverse_events.itertuples():
        term = str(event.term).casefold()
        kinds = [kind for kind in ORGAN_EVENTS if kind.words in term]
        if kinds:
            is_treated = pd.notna(event.treatment) and str(event.treatment).strip() != ""
            is_certain = any(kind.is_specific and (is_treated or not kind.needs_treatment) for kind in kinds)
            rows.append(
                {
                    "patient_id": event.patient_id,
                    "day": event.start_day,
                    "end_day": event.end_day,
                    "is_certain": is_certain and pd.notna(event.start_day),
                    "reason": f"{event.term}, "
                    + ("first day unknown" if pd.isna(event.start_day) else f"day {event.start_day}")
                    + ("" if is_certain else ", not proven to be what the criteria ask for"),
                }
            )
    columns = {"patient_id": "str", "day": "Int64", "end_day": "Int64", "is_certain": "bool", "reason": "str"}
    found = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    when = found.assign(day=found["day"].fillna(found["end_day"]).fillna(np.iinfo("int32").max))
    is_new = mark_follow_up(when, medications=medications, design=design)["is_follow_up"]
    return found[is_new].sort_values(["patient_id", "day", "reason"], kind="stable").drop(columns="end_day")


def _find_falls(
    measures: pd.DataFrame,
    adverse_events: pd.DataFrame,
    patients: pd.DataFrame,
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    fvc = measures[(measures["measure"] == "FVC_PCT") & measures["value"].notna()]
    fvc = mark_follow_up(fvc, medications=medications, design=design)
    after = fvc[fvc["is_follow_up"]]
    before = find_baselines(after, fvc, measures=("FVC_PCT",), medications=medications, design=design)["FVC_PCT"]
    fall = 100 * (before - after["value"]) / before
    has_fallen = (fall >= design["criss_fvc_fall_percent"] - TOLERANCE) & (
        after["value"] < design["criss_fvc_limit_percent"] - TOLERANCE
    )
    after = after.assign(before=before, has_fallen=has_fallen)
    with_lung_disease = _find_lung_disease(patients, adverse_events)
    rows = []
    for patient_id, own in after.groupby("patient_id"):
        for record in own[own["has_fallen"]].itertuples():
            distance = (own["day"] - record.day).abs()
            others = own.loc[(distance > 0) & (distance <= design["criss_fvc_confirmation_days"]), "has_fallen"]
            is_confirmed = design["criss_fvc_rule"] == "single" or others.any()
            if is_confirmed or others.empty:
                doubts = {
                    "not measured again": not is_confirmed,
                    "no lung disease known": patient_id not in with_lung_disease,
                }
                reason = f"FVC {record.before:g} to {record.value:g}% on day {record.day}"
                rows.append(
                    {
                        "patient_id": patient_id,
                        "day": record.day,
                        "is_certain": not any(doubts.values()),
                        "reason": ", ".join([reason, *(doubt for doubt, is_there in doubts.items() if is_there)]),
                    }
                )
    columns = {"patient_id": "str", "day": "Int64", "is_certain": "bool", "reason": "str"}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _find_lung_disease(patients: pd.DataFrame, adverse_events: pd.DataFrame) -> set[str]:
    """Find the patients whose lung is among their organs, or of whom an adverse event tells of lung disease."""
    has_lung = (
        patients["organs"]
        .str.split(";")
        .map(lambda organs: "lung" in [organ.strip() for organ in organs], na_action="ignore")
    )
    terms = adverse_events["term"].str.casefold()
    is_told = any_of(*(terms.str.contains(words, regex=False) for words in LUNG_DISEASE_WORDS))
    return set(patients.loc[has_lung.eq(True), "patient_id"]) | set(
        adverse_events.loc[is_told.eq(True).fillna(False), "patient_id"]
    )
