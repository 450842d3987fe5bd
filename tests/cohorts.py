"""Hand-made raw tables for tests: typed as the reader types them, short enough to count by eye."""

from functools import cache

import pandas as pd

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import About, Dataset

TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
SYNTHETIC = About("An invented cohort", "synthetic", "drawn by hand", "CC0-1.0", "nobody", "none")
PATIENTS = About("A case series", "patient", "a hospital", "none", "nobody", "none")


def raw_tables(**rows):
    """Give all nine raw tables, those not named empty; each is a list of dicts, missing columns stay empty."""
    empty = empty_tables()
    return {name: typed(name, rows[name]) if rows.get(name) else empty[name].copy() for name in empty}


@cache
def empty_tables():
    """Make the tables without rows once: most tests need most of them, and to make one takes milliseconds."""
    return {name: typed(name, []) for name in read_codebook().tables}


def typed(name, rows):
    columns = read_codebook().tables[name]
    frame = pd.DataFrame.from_records(rows, columns=list(columns))
    return frame.astype({code: TYPES.get(column.type, "str") for code, column in columns.items()})


def patient(patient_id, *, disease="SLE", last_contact_day=365, **facts):
    base = {"sex": "female", "age_years": 12.0, "centre": "A", "disease_duration_years": 3.0, "weight_kg": 40.0}
    return {"patient_id": patient_id, "disease": disease, "last_contact_day": last_contact_day} | base | facts


def course(patient_id, drug, drug_class, start_day, end_day=None, *, purpose="disease", dose=1.0, **facts):
    base = {"route": "oral", "dose_unit": "mg", "ongoing": False}
    return {
        "patient_id": patient_id, "drug": drug, "drug_class": drug_class, "purpose": purpose,
        "start_day": start_day, "end_day": end_day, "daily_dose": dose,
    } | base | facts  # fmt: skip


def cd19(patient_id, counts):
    """One CD19 result per day and count; a text such as "<1" is a result below a limit."""
    rows = []
    for day, count in counts.items():
        operator, value = (count[0], float(count[1:])) if isinstance(count, str) else ("=", float(count))
        rows.append({
            "patient_id": patient_id, "day": day, "test": "CD19", "value": value, "operator": operator,
            "unit": "cells/uL",
        })  # fmt: skip
    return rows


def event(patient_id, category, start_day, end_day=None, *, grade=1, **facts):
    base = {"term": category.upper(), "serious": False, "related": True, "ongoing": False}
    return {
        "patient_id": patient_id, "category": category, "grade": grade, "start_day": start_day, "end_day": end_day,
    } | base | facts  # fmt: skip


def cohort(n, *, about=SYNTHETIC, groups=None):
    """Make a patterned data set of any size: every disease, drug and toxicity comes round in turn."""
    rows = {name: [] for name in read_codebook().tables}
    width = len(str(n))
    for number in range(1, n + 1):
        _add_patient(rows, f"SYN-{number:0{width}d}", number, groups)
    tables = raw_tables(**rows)
    return Dataset("cohort", about, tables, tuple(name for name, frame in tables.items() if len(frame)))


def derived(dataset, **options):
    return derive_tables(dataset, design=Design(options))


@cache
def derived_cohort(n):
    """Derive the tables of a patterned data set once for all tests that only read them."""
    return derived(cohort(n))


def _add_patient(rows, name, number, groups):
    disease = ("SLE", "SLE", "JDM", "SLE", "JDM", "SSc", "SLE", "JDM")[number % 8]
    contact = 274 + (number * 67) % 457
    group = groups[number % len(groups)] if groups else None
    rows["patients"].append(
        patient(
            name, disease=disease, last_contact_day=contact, group=group,
            sex="male" if number % 8 == 3 else "female", age_years=5.0 + number % 13, weight_kg=20.0 + number % 40,
            centre="Rome" if number % 3 else "Erlangen", disease_duration_years=1.0 + number % 5,
            organs="kidney; skin" if disease == "SLE" else "skin; muscle",
            death_day=contact if number % 40 == 39 else None,
        )
    )  # fmt: skip
    rows["infusions"].append({
        "patient_id": name, "product": "zorpo-cel", "day": 0, "dose_cells_per_kg": 1e6,
        "viability_percent": 85.0 + number % 10, "transduction_percent": 30.0 + number % 30, "cd4_cd8_ratio": 1.5,
        "vector_copy_number": 2.1, "bags": 2 + number % 3, "apheresis_day": -30 - number % 20, "release_day": -8,
        "fresh_or_frozen": "frozen" if number % 2 else "fresh",
    })  # fmt: skip
    stop = (number * 13) % 70
    lymphodepletion = {"purpose": "lymphodepletion", "route": "intravenous", "dose_unit": "mg/m2"}
    rows["medications"] += [
        course(name, "prednisone", "glucocorticoid", -700, -61, dose=20),
        course(name, "prednisone", "glucocorticoid", -60, stop, dose=8),
        course(name, "mycophenolate mofetil", "csdmard", -400, -14, dose=1000),
        course(name, "hydroxychloroquine", "antimalarial", -800, stop + 20 * (number % 4), dose=200),
        course(name, "fludarabine", "lymphodepletion", -5, -3, dose=25, **lymphodepletion),
        course(name, "cyclophosphamide", "lymphodepletion", -4, -3, dose=500, **lymphodepletion),
    ]
    if number % 3 == 0:
        rows["medications"] += [
            course(name, "immunoglobulin", "ivig", day, day, purpose="replacement", dose=0.4, dose_unit="g/kg",
                   route="intravenous") for day in range(40, contact, 30)
        ]  # fmt: skip
    back = 80 + (number * 11) % 90
    rows["labs"] += cd19(name, {0: 150 + number, 7: "<1", 28: "<1", back - 20: "<1", back: 12, back + 30: 60, 250: 150})
    rows["adverse_events"] += [event(name, "crs", 2 + number % 5, 6 + number % 5)] if number % 4 else []
    rows["adverse_events"] += [event(name, "icans", 6, 7)] if number % 8 == 1 else []
    rows["adverse_events"] += [event(name, "licats", 10 + number % 4, 21)] if number % 4 < 3 else []
    rows["adverse_events"] += [event(name, "infection", 60 + 9 * number % 100, 70 + 9 * number % 100, grade=2)]
    rows["adverse_events"] += [event(name, "cytopenia", 35, 60, term="Neutropenia")] if number % 4 == 2 else []
    rows["adverse_events"] += [event(name, "other", 9, 12, serious=True)] if number % 10 == 7 else []
    for label, day in {"M1": 28, "M3": 91, "M6": 183, "M9": 274, "M12": 365, "M18": 548, "M24": 730}.items():
        if day <= contact:
            missed = (number + day) % 17 == 0
            rows["visits"].append({
                "patient_id": name, "visit": label, "planned_day": day,
                "actual_day": None if missed else day + number % 3, "status": "missed" if missed else "done",
            })  # fmt: skip
