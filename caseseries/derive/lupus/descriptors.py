"""Which of the 24 descriptors of SLEDAI-2K were present at each visit: findings in a window, with their cause."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.labs import LAB_DESCRIPTORS, OTHER_SOURCES, derive_lab_findings, is_under_treatment
from caseseries.derive.shared.items import TOTAL, derive_item_grid
from caseseries.derive.shared.windows import find_records_within

WEIGHTS = {
    "SEIZURE": 8,
    "PSYCHOSIS": 8,
    "OBS": 8,
    "VISUAL": 8,
    "CRANIAL": 8,
    "HEADACHE": 8,
    "CVA": 8,
    "VASCULITIS": 8,
    "ARTHRITIS": 4,
    "MYOSITIS": 4,
    "CASTS": 4,
    "HEMATURIA": 4,
    "PROTEINURIA": 4,
    "PYURIA": 4,
    "RASH": 2,
    "ALOPECIA": 2,
    "MUCOSAL": 2,
    "PLEURISY": 2,
    "PERICARDITIS": 2,
    "LOWCOMP": 2,
    "DSDNA": 2,
    "FEVER": 1,
    "THROMBOPENIA": 1,
    "LEUKOPENIA": 1,
}
"""Points of each descriptor, 105 in all (Gladman 2002, J Rheumatol 29:288)."""

TREATMENT_DESCRIPTORS = ("ALOPECIA", "MUCOSAL", "FEVER", "THROMBOPENIA", "LEUKOPENIA")
"""Descriptors that lymphodepletion and the cells themselves bring about."""

BY_TREATMENT = "put down to treatment"


def derive_descriptors(
    assessments: pd.DataFrame,
    *,
    labs: pd.DataFrame,
    medications: pd.DataFrame,
    infusions: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive which SLEDAI-2K descriptors were present at each visit.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        Items of ``SLEDAI2K``, 1 present or 0 absent; ``attributable`` to lupus, missing where not asked.
    labs : DataFrame, one row per result
        See ``derive_lab_findings``.
    medications, infusions
        See ``is_under_treatment``.
    design
        The options that begin with ``sledai``, and ``treatment_findings_last_day``.

    Returns
    -------
    DataFrame, one row per patient, visit and descriptor
        A visit is a day with any row of ``SLEDAI2K``. ``is_present``, missing where not known; ``remark``, what a
        reader must know of how it was settled; ``recorded_total`` of the visit where no descriptor was recorded.

    Notes
    -----
    Present: recorded as present and not put down to another cause on any day of the window that ends with the
    visit. Absent: recorded as absent, or as due to another cause, at the visit itself; an absence is not carried
    forward, and a cause that was named explains no result of a later day. Else the seven descriptors of
    ``LAB_DESCRIPTORS`` follow the laboratory, fever and arthritis the temperature and the count of joints.
    ``TREATMENT_DESCRIPTORS`` are not attributable from the first day of a lymphodepletion to a set day after its
    infusion unless the investigator says that they are. Where nothing but a total was recorded at a visit, a total of 0
    means that every descriptor is absent.
    """
    grid = derive_item_grid(assessments, instrument="SLEDAI2K")
    visits = grid.index.to_frame(index=False)
    has_items = grid.drop(columns=TOTAL).notna().any(axis=1)
    frame = visits.assign(recorded_total=grid[TOTAL].mask(has_items).to_numpy()).rename_axis("visit").reset_index()
    frame = frame.merge(pd.Series(list(WEIGHTS), name="descriptor"), how="cross")
    treatment = {"medications": medications, "infusions": infusions}
    items = _gather_items(assessments, visits=visits, treatment=treatment, design=design)
    findings = derive_lab_findings(labs, visits=visits, **treatment, design=design)
    frame = frame.merge(items, on=["visit", "descriptor"], how="left")
    frame = frame.merge(findings, on=["visit", "descriptor"], how="left")
    return _settle(frame, rule=design["sledai_lab_descriptors"])


def _gather_items(
    assessments: pd.DataFrame, *, visits: pd.DataFrame, treatment: Mapping[str, pd.DataFrame], design: Mapping
) -> pd.DataFrame:
    """Sum up, per visit and descriptor, what was recorded in the window of the visit."""
    own = assessments[(assessments["instrument"] == "SLEDAI2K") & assessments["score"].notna()]
    own = own.rename(columns={"item": "descriptor"})
    is_found = own["score"] > 0
    is_excused = own["descriptor"].isin(TREATMENT_DESCRIPTORS) & own["attributable"].isna()
    is_excused &= is_under_treatment(own, **treatment, design=design)
    is_denied = ~own["attributable"].fillna(True).astype(bool)
    records = own[["patient_id", "day", "descriptor"]].assign(
        is_found=is_found,
        is_excused=is_found & is_excused,
        is_denied=is_found & is_denied,
        is_affirmed=is_found & own["attributable"].fillna(False).astype(bool),
        is_evidence=is_found & ~is_denied & ~is_excused,
        denied_day=own["day"].where(is_found & is_denied),
    )
    pairs = find_records_within(visits, records, first_offset_days=1 - design["sledai_window_days"], last_offset_days=0)
    pairs["is_here"] = (pairs["offset_days"] == 0).astype(bool)
    flags = ["is_found", "is_excused", "is_denied", "is_affirmed", "is_evidence", "is_here"]
    groups = pairs.groupby(["target", "descriptor"])
    gathered = groups[flags].any().assign(last_denied_day=groups["denied_day"].max()).reset_index()
    return gathered.rename(columns={"target": "visit"})


def _settle(frame: pd.DataFrame, *, rule: str) -> pd.DataFrame:
    """Decide each descriptor from what was recorded and what the laboratory showed, and say how where it matters."""
    recorded = {
        name: frame[f"is_{name}"].fillna(False).astype(bool)
        for name in ("found", "excused", "denied", "affirmed", "evidence", "here")
    }
    shown, counted = frame["is_shown"].astype("boolean"), frame["is_counted"].astype("boolean")
    is_denied = recorded["denied"] & ~recorded["evidence"]
    # What was measured after the investigator spoke is a finding of its own.
    is_explained = is_denied & (frame["last_denied_day"] >= frame["last_shown_day"]).fillna(False).astype(bool)
    from_items = recorded["evidence"].astype("boolean").mask(~recorded["evidence"] & ~recorded["here"])
    from_labs = counted.mask(shown.fillna(False) & is_explained, False).mask(
        shown.fillna(False) & recorded["affirmed"], True
    )
    # A result that does not decide is no finding to put down to the treatment, where lupus was named as the cause.
    from_labs = from_labs.mask(shown.isna() & recorded["affirmed"])
    is_lab = frame["descriptor"].isin(LAB_DESCRIPTORS)
    is_present = {
        "items": from_items,
        "items_then_labs": from_items.fillna(from_labs),
        "labs": from_labs.where(is_lab, from_items),
    }[rule]

    is_absent = ~is_present.fillna(True)
    is_compared = (rule != "items") & (recorded["found"] | recorded["here"]) & shown.notna()
    remark = pd.Series("", index=frame.index)
    source = "by " + frame["descriptor"].map(OTHER_SOURCES).fillna("laboratory")
    remark = remark.mask(from_items.isna() & is_present.fillna(False), source)
    remark = remark.mask(is_compared & recorded["found"] & ~shown.fillna(True), "recorded, not shown " + source)
    remark = remark.mask(is_compared & ~recorded["found"] & shown.fillna(False), "shown " + source + ", not recorded")
    remark = remark.mask(is_absent & (recorded["excused"] | shown.fillna(False) & ~counted.fillna(True)), BY_TREATMENT)
    remark = remark.mask(is_absent & is_denied, "not attributable")

    # A visit of which only the total is known has no descriptors, save that a total of 0 leaves none present.
    has_total = frame["recorded_total"].notna()
    is_present = is_present.mask(has_total).mask(has_total & (frame["recorded_total"] == 0), False)
    return frame[["patient_id", "day", "recorded_total", "descriptor"]].assign(
        is_present=is_present, remark=remark.mask(has_total, "")
    )
