"""Numbers of disease activity: indices, organ measures and states at baseline, at the visits and at the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caseseries.derive.outcomes.visit_outcomes import LAST, OUTCOME_VISITS
from caseseries.manuscript.cohort import DISEASES
from caseseries.manuscript.families import About, estimate_share, summarize_middle
from caseseries.manuscript.number import Number
from caseseries.manuscript.source import Source, Tables

MEASURES = {
    "lupus": {
        "sledai": ("SLEDAI_2K", "SLEDAI-2K", "points", 0),
        "csledai": ("CSLEDAI_2K", "Clinical SLEDAI-2K", "points", 0),
        "upcr": ("UPCR", "Urine protein-to-creatinine ratio", "mg/g", 0),
        "egfr": ("EGFR_U25", "eGFR (U25)", "mL/min/1.73 m²", 0),
    },
    "myositis": {
        "cmas": ("CMAS", "CMAS", "points", 0),
        "mmt": ("MMT8", "MMT8", "points", 0),
        "pga": ("PGA", "Physician global assessment", "cm", 1),
        "tis": ("TIS_JDM", "Total improvement score", "points", 1),
    },
    "sclerosis": {
        "mrss": ("MRSS", "Modified Rodnan skin score", "points", 0),
        "fvc": ("FVC_PCT", "FVC", "% of predicted", 0),
        "dlco": ("DLCO_PCT", "DLCO", "% of predicted", 0),
        "eustar": ("EUSTAR_2017", "Revised EUSTAR activity index", "points", 1),
    },
}
"""Measure, words, unit and decimals by the second word of the keys."""

WITHOUT_BASELINE = ("tis",)
"""Scores of improvement, which begin after the baseline."""

STATES = {
    "remission": {
        "any": ("REMISSION", "Remission by the criterion of the disease"),
        "drug_free": ("DRUG_FREE_REMISSION", "Remission without drugs for the disease"),
    },
    "drug_free": {"any": ("DRUG_FREE", "Without drugs for the disease")},
    "lupus": {
        "doris": ("DORIS", "DORIS remission"),
        "lldas": ("LLDAS", "Lupus low disease activity state"),
        "ccr": ("CCR", "Childhood clinical remission"),
        "ccr_off": ("CCR_0", "Childhood clinical remission off glucocorticoid"),
        "clldas": ("CLLDAS", "Childhood lupus low disease activity state"),
        "renal": ("RENAL_COMPLETE", "Complete renal response"),
    },
    "myositis": {
        "inactive": ("CID_REVISED", "Clinically inactive disease, revised criteria"),
        "inactive_printo": ("CID_PRINTO", "Clinically inactive disease, PRINTO criteria"),
        "minimal": ("TIS_MINIMAL", "At least minimal improvement"),
        "moderate": ("TIS_MODERATE", "At least moderate improvement"),
        "major": ("TIS_MAJOR", "Major improvement"),
    },
    "sclerosis": {
        "criss": ("CRISS_2016", "Improved by ACR CRISS"),
        "rcriss": ("RCRISS_20", "Improved by revised CRISS"),
    },
}
"""Outcome and words by the first and second word of the keys."""


def estimate_activity(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Summarize each index at baseline, at months 3, 6 and 12, and last."""
    for disease, code in DISEASES.items():
        for name, (measure, label, unit, decimals) in MEASURES[disease].items():
            own = tables.where("scores", f"measure == '{measure}'", f"patients of patients: disease == '{code}'")
            for visit, rows in _visits(own, has_baseline=name not in WITHOUT_BASELINE):
                rule = "value after the infusion" if visit == LAST else f"{visit} value"
                line = f"scores:{measure}, {rule}, {code}"
                about = About(f"{disease}.{name}.{visit.casefold()}", f"{label}, {visit}", disease, line)
                yield from summarize_middle(about, rows.known("value"), "value", unit=unit, decimals=decimals)


def _visits(own: Source, *, has_baseline: bool) -> Iterator[tuple[str, Source]]:
    if has_baseline:
        yield "baseline", own.step("visit == 'baseline'")
    for visit in OUTCOME_VISITS:
        yield visit, own.step(f"visit == '{visit}'")
    yield LAST, own.step("day > 0 and value.notna()").last()


def estimate_states(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate the share of patients in each state at months 3, 6 and 12 and last."""
    for first, states in STATES.items():
        for second, (outcome, label) in states.items():
            for visit in (*OUTCOME_VISITS, LAST):
                base = tables.where(
                    "visit_outcomes", f"outcome == '{outcome}' and visit == '{visit}'", "status == 'assessed'"
                )
                line = f"visit_outcomes:{outcome}, assessed at {visit}"
                about = About(f"{first}.{second}.{visit.casefold()}", f"{label}, {visit}", "outcomes", line)
                yield from estimate_share(about, base.step("is_met"), base)


def estimate_organs(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate how many patients with an abnormal organ measure at baseline had a better value of it at last."""
    limits = {
        "EGFR_U25": design["crr_egfr_normal_ml_per_min_per_1_73_m2"],
        "FVC_PCT": design["criss_fvc_limit_percent"],
        "CMAS": design["inactive_cmas_limit"],
        "MMT8": design["inactive_mmt8_limit"],
    }
    parts = [f"(measure == 'UPCR' and baseline_value > {design['sledai_upcr_limit_mg_per_g']:g})"]
    parts += [f"(measure == '{measure}' and baseline_value < {limit:g})" for measure, limit in limits.items()]
    last = tables.where("scores", " or ".join(parts), "day > 0 and value.notna()").last("measure")
    better = last.step("(measure == 'UPCR' and change < 0) or (measure != 'UPCR' and change > 0)")
    label = "An organ measure abnormal at baseline (UPCR, eGFR, FVC, CMAS, MMT8) was better at last"
    about = About("organs.improved", label, "organs", "scores, organ measure abnormal at baseline and known later")
    yield from estimate_share(about, better, last)
