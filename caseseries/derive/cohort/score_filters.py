"""The filters of disease activity: who has a value of each measure at baseline, at each visit, and later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.cohort.flow_filters import Filter, collect_patients, list_parts, list_patients
from caseseries.derive.shared.windows import BASELINE
from caseseries.design.visits import VISITS

DISEASE_OF_MEASURE = {
    "SLEDAI_2K": "SLE",
    "CSLEDAI_2K": "SLE",
    "PGA_SLE": "SLE",
    "DORIS": "SLE",
    "CCR": "SLE",
    "CCR_0": "SLE",
    "LLDAS": "SLE",
    "CLLDAS": "SLE",
    "MSRI_4": "SLE",
    "CMAS": "JDM",
    "MMT8": "JDM",
    "CID_PRINTO": "JDM",
    "CID_REVISED": "JDM",
    "TIS_JDM": "JDM",
    "TIS_CATEGORY": "JDM",
    "MRSS": "SSc",
    "MRSS_RELEVANT_FALL": "SSc",
    "EUSTAR_2017": "SSc",
    "EUSTAR_2017_ACTIVE": "SSc",
    "CRISS_2016": "SSc",
    "RCRISS_20": "SSc",
}
"""Disease for which a measure is made; a patient with another one is left out first, and with that reason."""

LOWER_IS_ABNORMAL = {
    "EGFR_U25": "crr_egfr_normal_ml_per_min_per_1_73_m2",
    "FVC_PCT": "criss_fvc_limit_percent",
    "CMAS": "inactive_cmas_limit",
    "MMT8": "inactive_mmt8_limit",
}
HIGHER_IS_ABNORMAL = {"UPCR": "sledai_upcr_limit_mg_per_g"}
"""Measures of an organ and the option that holds the limit beyond which a baseline is abnormal."""


def list_score_filters(
    scores: pd.DataFrame, patients: pd.DataFrame, everyone: frozenset, *, design: Mapping
) -> Iterator[Filter]:
    """List the filters of every measure of disease activity, and the one of organs that were abnormal at baseline."""
    diseases = {name.casefold(): ids for name, ids in list_parts(patients, "disease").items()}
    known = scores["value"].notna()
    later, at_visit = (
        collect_patients(scores, ("measure",), known & (scores["day"] > 0)),
        collect_patients(scores, ("visit", "measure"), known),
    )
    for measure, held in collect_patients(scores, ("measure",)).items():
        table, before, after, recorded = f"scores:{measure}", everyone, "", held & everyone
        if measure in DISEASE_OF_MEASURE:
            disease = DISEASE_OF_MEASURE[measure]
            meant = diseases.get(disease.casefold(), frozenset()) | recorded
            yield Filter(table, f"disease {disease}", before, meant, "another disease, not recorded")
            before, after = meant, f"disease {disease}"
        yield Filter(table, "recorded", before, recorded, "never recorded", after, "always")
        kept = later.get(measure, frozenset())
        yield Filter(
            table, "value after the infusion", recorded, kept, "no value after the infusion", "recorded", "always"
        )
        first = at_visit.get(f"{BASELINE}:{measure}", frozenset())
        pairs = "no such pair of values"
        yield Filter(table, "baseline and later value", recorded, first & kept, pairs, "recorded")
        for visit in (BASELINE, *VISITS):
            kept = at_visit.get(f"{visit}:{measure}", frozenset())
            yield Filter(table, f"{visit} value", recorded, kept, "no value at the visit", "recorded", "always")
            if visit != BASELINE and kept:
                yield Filter(table, f"baseline and {visit} value", recorded, kept & first, pairs, "recorded")
    abnormal = _find_abnormal_organs(scores, design=design)
    kept = list_patients(abnormal, (abnormal["day"] > 0) & abnormal["value"].notna())
    rule = "organ measure abnormal at baseline and known later"
    yield Filter("scores", rule, everyone, kept, "none abnormal at baseline, or none known later")


def _find_abnormal_organs(scores: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    limits = {name: design[option] for name, option in (LOWER_IS_ABNORMAL | HIGHER_IS_ABNORMAL).items()}
    limit = scores["measure"].map(limits).astype("float64")
    is_low = (scores["baseline_value"] < limit) & scores["measure"].isin(LOWER_IS_ABNORMAL)
    is_high = (scores["baseline_value"] > limit) & scores["measure"].isin(HIGHER_IS_ABNORMAL)
    return scores[is_low | is_high]
