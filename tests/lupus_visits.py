"""Hand-made patients with lupus: visits, results and drugs of each, and what the derivations make of all at once."""

from dataclasses import dataclass, field

import pandas as pd
from cohorts import course, patient, raw_tables

from caseseries.derive.kidney import derive_kidney
from caseseries.derive.lupus import derive_lupus
from caseseries.derive.lupus.descriptors import derive_descriptors
from caseseries.derive.lupus.index import derive_lupus_index, summarize_activity
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design
from caseseries.records.codebook import read_codebook

DESCRIPTORS = list(read_codebook().instruments["SLEDAI2K"].items)
LYMPHODEPLETION_DAY = -5


@dataclass(frozen=True)
class Scene:
    """What was recorded of one patient; ``drugs`` come on top of a lymphodepletion that begins on day -5."""

    assessments: list = field(default_factory=list)
    labs: list = field(default_factory=list)
    drugs: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    is_lymphodepleted: bool = True


def item(day, instrument, code, score, *, attributable=None):
    return {"day": day, "instrument": instrument, "item": code, "score": score, "attributable": attributable}


def sledai(day, present="", *, due="", not_due="", blank=""):
    """All 24 descriptors: those named are present, by what the investigator said of their cause; blank ones lack."""
    causes = dict.fromkeys(present.split()) | dict.fromkeys(due.split(), True) | dict.fromkeys(not_due.split(), False)
    return [
        item(day, "SLEDAI2K", code, int(code in causes), attributable=causes.get(code))
        for code in DESCRIPTORS
        if code not in blank.split()
    ]


def pga(day, score):
    return [item(day, "PGA_SLE", "TOTAL", score)]


def height(day, cm):
    return [item(day, "BODY", "HEIGHT_CM", cm)]


def weight(day, kg):
    return [item(day, "BODY", "WEIGHT_KG", kg)]


def result(day, test, value, *, low=None, high=None, hour=None):
    """One result; a text such as "<5" is a result below a limit."""
    operator, value = (value[0], float(value[1:])) if isinstance(value, str) else ("=", float(value))
    return {
        "day": day, "hour": hour, "test": test, "value": value, "operator": operator, "lower_limit": low,
        "upper_limit": high,
    }  # fmt: skip


def prednisone(mg, start_day, end_day, **facts):
    return course("", "prednisone", "glucocorticoid", start_day, end_day, dose=mg, **facts)


def lymphodepletion(start_day=LYMPHODEPLETION_DAY):
    return course("", "fludarabine", "lymphodepletion", start_day, -3, purpose="lymphodepletion", dose_unit="mg/m2")


def tables_of(scenes):
    """Raw tables of all patients, each by the name of its scene."""
    rows = {"patients": [], "assessments": [], "labs": [], "medications": []}
    for name, scene in scenes.items():
        given = [lymphodepletion()] if scene.is_lymphodepleted else []
        rows["patients"].append(patient(name, last_contact_day=1000, **scene.facts))
        rows["assessments"] += [row | {"patient_id": name} for row in scene.assessments]
        rows["labs"] += [row | {"patient_id": name} for row in scene.labs]
        rows["medications"] += [row | {"patient_id": name} for row in [*given, *scene.drugs]]
    return raw_tables(**rows)


def derive_index(scenes, **options):
    """SLEDAI-2K, its clinical part and its band."""
    tables = tables_of(scenes)
    raw = {
        "labs": tables["labs"],
        "medications": tables["medications"],
        "infusions": tables["infusions"],
        "design": Design(options),
    }
    return derive_lupus_index(summarize_activity(derive_descriptors(tables["assessments"], **raw)))


def derive_all(scenes, **options):
    """Every score of lupus."""
    tables, design = tables_of(scenes), Design(options)
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=design
    )
    return derive_lupus(tables, treatment=treatment, design=design)


def derive_measures(scenes, **options):
    """Proteinuria, filtration rates, renal response and targets."""
    return derive_kidney(tables_of(scenes), design=Design(options))


def derive_response(scenes, **options):
    """Renal response."""
    scores = derive_measures(scenes, **options)
    return scores[scores["measure"].str.startswith("RENAL_RESPONSE")].reset_index(drop=True)


def row_of(scores, name, measure, day):
    own = scores[(scores["patient_id"] == name) & (scores["measure"] == measure) & (scores["day"] == day)]
    assert len(own) == 1, f"{len(own)} rows of {measure} on day {day} of {name}"
    return own.iloc[0]


def value_of(scores, name, measure, day):
    """The value, None if it is missing."""
    value = row_of(scores, name, measure, day)["value"]
    return None if pd.isna(value) else value
