"""Neurotoxicity after cell therapy (ICANS): bedside checks to ASTCT grades."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from caseseries.derive.safety.grades import select_after_infusion, summarize_observations

CONSCIOUSNESS = {
    "alert": 0,
    "awakens_spontaneously": 1,
    "awakens_to_voice": 2,
    "awakens_to_touch": 3,
    "unarousable": 4,
}
SEIZURE = {"none": 0, "brief": 3, "prolonged": 4}
MOTOR = {"none": 0, "deep_focal_weakness": 4}
OEDEMA = {"none": 0, "focal": 3, "diffuse": 4}
BY_CODE = {"consciousness": CONSCIOUSNESS, "seizure": SEIZURE, "motor": MOTOR, "oedema": OEDEMA}
"""Grade of each code of the codebook by domain."""

DOMAINS = ("score", *BY_CODE)
ICE_GRADES = ((10, 0), (7, 1), (3, 2), (0, 3))
"""ICE from which each grade holds; grade 4 is an ICE of 0 in a patient who cannot be aroused."""

CAPD_DELIRIUM = 9
UNREAD = {"ICE": "CAPD where ICE is asked for, not read", "CAPD": "ICE where CAPD is asked for, not read"}
"""What is said of the score that the age does not call for, by the one that it calls for."""

WORST_BY_FINDINGS = 4
OBSERVATIONS = {
    "patient_id": "str",
    "day": "Int64",
    "hour": "float64",
    "instrument": "str",
    **dict.fromkeys(DOMAINS, "Int64"),
    "grade": "Int64",
    "finding": "str",
    "is_complete": "boolean",
    "is_set_aside": "boolean",
    "note": "str",
}


def derive_icans(
    neuro_checks: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    infusions: pd.DataFrame,
    adverse_events: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the worst ASTCT grade of neurotoxicity of each patient, with onset and duration.

    Parameters
    ----------
    neuro_checks, patients, infusions, adverse_events
        Raw tables; each may be empty. Recorded events are read only for a fatal one. What was observed on day 0 before
        the hour of the infusion is left out.
    design
        The options ``icans_*``.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades, toxicity ``ICANS``. Where CAPD is graded, ``decided_on`` also gives its value before
        the infusion.

    References
    ----------
    Lee 2019, Biol Blood Marrow Transplant 25:625 (ASTCT).
    """
    grades = summarize_observations(
        grade_icans_observations(
            select_after_infusion(neuro_checks, infusions=infusions), patients=patients, design=design
        ),
        toxicity="ICANS",
        category="icans",
        patients=patients,
        infusions=infusions,
        adverse_events=adverse_events,
        watch_days=design["icans_watch_days"],
    )
    before = neuro_checks[(neuro_checks["day"] < 0).fillna(False) & neuro_checks["capd_score"].notna()]
    capd = before.sort_values("day", kind="stable").groupby("patient_id")["capd_score"].last()
    words = "; CAPD " + grades["patient_id"].map(capd).astype("str") + " before the infusion"
    has_both = grades["patient_id"].isin(capd.index) & grades["decided_on"].str.contains("CAPD").fillna(False)
    grades["decided_on"] = grades["decided_on"] + words.where(has_both, "")
    return grades


def grade_icans_observations(neuro_checks: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Grade every check from the infusion on.

    Parameters
    ----------
    neuro_checks : DataFrame, one row per observation
        The raw table.
    patients : DataFrame, one row per patient
        ``age_years`` at infusion and ``developmental_delay`` decide between ICE and CAPD.
    design
        The options ``icans_*``.

    Returns
    -------
    DataFrame, one row per check in which something was recorded
        ``instrument`` (ICE, CAPD, or missing where the age is not known); the grade of each domain (``score`` for
        ICE or CAPD), missing if not recorded; ``grade``, the worst of them; ``finding`` in words; ``is_complete``,
        false if a domain that could raise the grade was not recorded, or nobody said whether a CAPD of 1-8 is suspect;
        ``is_set_aside``, true for findings after the window that nobody suspected to be neurotoxicity; ``note``, what
        a reader must know of it.

    Notes
    -----
    ICE: 7-9 grade 1, 3-6 grade 2, 0-2 grade 3, and 0 or not to be done in a patient who cannot be aroused grade 4.
    CAPD: 1-8 grade 1 if neurotoxicity is suspected (else 0, since well children score as much), 9 or more grade 3,
    too ill for it grade 4. The score that the age does not call for is not read. Tremor, headache and haemorrhage
    do not enter.
    """
    facts = patients.set_index("patient_id")
    own = neuro_checks[(neuro_checks["day"] >= 0).fillna(False) & neuro_checks["patient_id"].isin(facts.index)]
    age = own["patient_id"].map(facts["age_years"]).astype("float64")
    delay = _optional(facts, "developmental_delay").fillna(False)
    has_delay = own["patient_id"].map(delay).astype("bool")
    instrument = pd.Series("ICE", index=own.index).where(age >= design["icans_ice_from_age_years"], "CAPD")
    instrument = instrument.mask(age.isna()).mask(has_delay, "CAPD")

    suspected = own["suspected"].astype("boolean")
    unable = _optional(own, "unable_to_perform").fillna(False)
    unarousable = own["consciousness"] == "unarousable"
    ice = _grade_ice(own["ice_score"].mask(unable, 0), unarousable=unarousable)
    capd = _grade_capd(own["capd_score"], suspected=suspected, unable=unable)
    domains = pd.DataFrame({"score": capd.mask(instrument == "ICE", ice).mask(instrument.isna())})
    for name, codes in BY_CODE.items():
        domains[name] = own[name].map(codes).astype("Int64")

    is_late = ~suspected.fillna(False) & (own["day"] > design["icans_window_days"])
    is_denied = ~suspected.fillna(True) & (design["icans_suspicion_rule"] == "every_finding")
    worst = domains.max(axis=1)
    counted = worst.mask((is_late | is_denied).astype(bool) & worst.notna(), 0)
    is_unread = domains["score"].isna() & own["ice_score"].mask(instrument == "ICE", own["capd_score"]).notna()
    is_open = own["capd_score"].between(1, CAPD_DELIRIUM - 1) & suspected.isna() & (instrument == "CAPD") & (worst < 1)
    note = instrument.map(UNREAD).where(is_unread)
    note = note.mask(is_open.fillna(False).astype(bool), f"CAPD 1-{CAPD_DELIRIUM - 1}, nobody said whether suspect")
    is_known = domains.notna().all(axis=1) & ~is_open.fillna(False)
    frame = own[["patient_id", "day", "hour"]].assign(
        instrument=instrument,
        **domains,
        grade=counted,
        finding=_findings(own, instrument, unable).where(counted >= 1),
        is_complete=is_known | (counted == WORST_BY_FINDINGS) | (counted < worst),
        is_set_aside=(is_late & (worst >= 1)).fillna(False),
        note=note,
    )
    frame = frame.loc[worst.notna(), list(OBSERVATIONS)].astype(OBSERVATIONS)
    return frame.sort_values(["patient_id", "day", "hour", "finding"], kind="stable").reset_index(drop=True)


def _optional(frame: pd.DataFrame, column: str) -> pd.Series:
    return (frame[column] if column in frame else pd.Series(pd.NA, index=frame.index)).astype("boolean")


def _grade_ice(score: pd.Series, *, unarousable: pd.Series) -> pd.Series:
    value = score.astype("float64")
    conditions = [unarousable.to_numpy() & (value == 0).to_numpy()] + [(value >= limit) for limit, _ in ICE_GRADES]
    grades = np.select(conditions, [WORST_BY_FINDINGS, *(grade for _, grade in ICE_GRADES)], default=-1)
    return pd.Series(grades, index=score.index, dtype="Int64").mask(grades < 0)


def _grade_capd(score: pd.Series, *, suspected: pd.Series, unable: pd.Series) -> pd.Series:
    value = score.astype("Int64")
    grade = ((value >= 1) & suspected.fillna(False)).astype("Int64").mask(value >= CAPD_DELIRIUM, 3)
    return grade.mask(value.isna()).mask(unable, WORST_BY_FINDINGS)


def _findings(own: pd.DataFrame, instrument: pd.Series, unable: pd.Series) -> pd.Series:
    score = own["capd_score"].mask(instrument == "ICE", own["ice_score"]).astype("str")
    words = (instrument.astype("str") + " " + score).mask(score.isna()).mask(unable, instrument + " not to be done")
    text = words.fillna("")
    for name in BY_CODE:
        is_finding = own[name].notna() & ~own[name].isin(["none", "alert"])
        label = own[name].fillna("").str.replace("_", " ")
        label = label if name == "consciousness" else name + " " + label
        text = text.str.cat(label.where(is_finding, "").where(~is_finding, ", " + label))
    return text.str.removeprefix(", ")
