"""Hand-made assessments and results of single patients, and what the derivations make of them."""

import pandas as pd
from cohorts import patient, raw_tables

from caseseries.derive.myositis import derive_inactive_disease
from caseseries.derive.myositis.improvement import derive_improvement
from caseseries.derive.sclerosis import derive_sclerosis_activity, derive_skin_fall
from caseseries.derive.sclerosis.lung import derive_lung_change
from caseseries.derive.sclerosis.response import derive_sclerosis_response
from caseseries.derive.shared.measured import derive_measures
from caseseries.design import Design

PLACES = {
    "CMAS": ("CMAS", "TOTAL"),
    "MMT8": ("MMT8", "TOTAL"),
    "MRSS": ("MRSS", "TOTAL"),
    "CHAQ": ("CHAQ", "TOTAL"),
    "PGA": ("GLOBAL", "PHYSICIAN"),
    "PATIENT_GLOBAL": ("GLOBAL", "PATIENT"),
    "EXTRAMUSCULAR_GLOBAL": ("GLOBAL", "EXTRAMUSCULAR"),
    "FVC_PCT": ("LUNG", "FVC_PCT"),
    "DLCO_PCT": ("LUNG", "DLCO_PCT"),
    "FVC_L": ("LUNG", "FVC_L"),
    "SKIN_WORSE": ("EUSTAR", "SKIN_WORSE"),
    "DIGITAL_ULCER": ("EUSTAR", "DIGITAL_ULCER"),
    "FRICTION_RUB": ("EUSTAR", "FRICTION_RUB"),
}
LYMPHODEPLETION_DAY = -5


def assess(day, *, who="P1", **scores):
    """One row of assessments per score given, in the order of the arguments."""
    return [
        {"patient_id": who, "day": day, "instrument": PLACES[name][0], "item": PLACES[name][1], "score": score}
        for name, score in scores.items()
    ]


def item(day, instrument, code, score, *, who="P1"):
    return {"patient_id": who, "day": day, "instrument": instrument, "item": code, "score": score}


def result(day, test, value, *, operator="=", upper_limit=None, who="P1"):
    return {
        "patient_id": who, "day": day, "test": test, "value": value, "operator": operator, "upper_limit": upper_limit,
    }  # fmt: skip


def event(term, start_day, *, end_day=None, treatment=None, who="P1"):
    return {
        "patient_id": who, "term": term, "start_day": start_day, "end_day": end_day, "treatment": treatment,
        "category": "other", "grade": 3,
    }  # fmt: skip


HEADACHE = event("Headache", 3)


def given(**scores):
    """The scores that are there at all."""
    return {name: score for name, score in scores.items() if score is not None}


def tables_of(assessments, labs=(), *, disease="JDM", organs=None, events=(HEADACHE,), lymphodepletion=True):
    """Raw tables in which every patient of the assessments has one disease and, mostly, lymphodepletion on day -5."""
    names = sorted({row["patient_id"] for row in [*assessments, *labs]} | {"P1"})
    drug = {"drug": "fludarabine", "drug_class": "lymphodepletion", "purpose": "lymphodepletion"}
    drugs = [{"patient_id": name, "start_day": LYMPHODEPLETION_DAY, "end_day": -3} | drug for name in names]
    return raw_tables(
        patients=[patient(name, disease=disease, organs=organs) for name in names],
        assessments=list(assessments),
        labs=list(labs),
        adverse_events=list(events),
        medications=drugs if lymphodepletion else [],
    )


def derive_states(tables, **options):
    """Inactive disease, and the measures under it."""
    measures = derive_measures(tables["assessments"])
    states = derive_inactive_disease(measures, tables=tables, design=Design(options))
    return pd.concat([measures, states], ignore_index=True)


def derive_total(tables, **options):
    """The total improvement score with its parts and category."""
    return derive_improvement(derive_measures(tables["assessments"]), tables=tables, design=Design(options))


def derive_skin(tables, **options):
    """Every score of skin and activity of sclerosis, and the measures under them."""
    measures, design = derive_measures(tables["assessments"]), Design(options)
    activity = derive_sclerosis_activity(measures, tables=tables, design=design)
    fall = derive_skin_fall(measures, medications=tables["medications"], design=design)
    return pd.concat([measures, activity, fall], ignore_index=True)


def derive_lung(tables, **options):
    """Every score of the lungs."""
    measures = derive_measures(tables["assessments"])
    return derive_lung_change(measures, medications=tables["medications"], design=Design(options))


def derive_response(tables, **options):
    """Every response of sclerosis."""
    return derive_sclerosis_response(derive_measures(tables["assessments"]), tables=tables, design=Design(options))


def row_of(scores, measure, day, *, who="P1"):
    own = scores[(scores["measure"] == measure) & (scores["day"] == day) & (scores["patient_id"] == who)]
    assert len(own) == 1, f"{len(own)} rows of {measure} on day {day}"
    return own.iloc[0]


def value_of(scores, measure, day, *, who="P1"):
    """The value, None if it is missing."""
    value = row_of(scores, measure, day, who=who)["value"]
    return None if pd.isna(value) else value


def values_of(scores, measure, day):
    """The value of every patient, None if it is missing."""
    own = scores[(scores["measure"] == measure) & (scores["day"] == day)]
    assert own["patient_id"].is_unique
    return {who: None if pd.isna(value) else value for who, value in zip(own["patient_id"], own["value"], strict=True)}
