"""A hand-made cohort for the numbers of the text: six patients, each there for a stated reason, countable by eye."""

from functools import cache

from cohorts import PATIENTS, cd19, course, event, patient, raw_tables
from scored import assess

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.manuscript import estimate_numbers
from caseseries.records.dataset import Dataset

PEOPLE = (
    patient("P1", age_years=5.0, last_contact_day=300, disease="JDM"),  # fever, B cells back, disease inactive
    patient("P2", age_years=9.5, last_contact_day=400, disease="JDM", sex="male"),  # fever treated with tocilizumab
    patient("P3", age_years=11.0, last_contact_day=500, disease="SLE"),  # never febrile, steroid until day 50
    patient("P4", age_years=14.0, last_contact_day=600, disease="SSc"),  # B cells not back, still on steroid
    patient("P5", age_years=17.0, last_contact_day=200, death_day=200, disease="SLE"),  # died
    patient("P6", age_years=12.0, last_contact_day=100, disease="JDM"),  # never infused
)
INFUSED = ("P1", "P2", "P3", "P4", "P5")
DOSES = {"P1": 20.0, "P2": 10.0, "P3": 8.0, "P4": 6.0, "P5": 4.0, "P6": 2.0}
STOPS = {"P1": -10, "P2": 20, "P3": 50, "P4": None, "P5": 30, "P6": -20}
FEVERS = {"P1": {3: 38.6, 4: 38.2}, "P2": {6: 39.0, 7: 38.4, 8: 38.3}}
CELLS = {
    "P1": {3: 10, 7: 100, 10: 200, 14: 60, 28: 8, 91: 2, 183: "<0.5"},
    "P2": {3: 5, 7: 80, 10: 50, 14: 20, 28: 4, 91: "<0.5", 183: "<0.5"},
    "P3": {3: 20, 7: 400, 10: 300, 14: 90, 28: 9, 91: 3, 183: 1},
}
B_CELLS = {
    "P1": {0: 120, 5: 30, 7: "<1", 60: "<1", 90: 15, 120: 40},
    "P2": {0: 100, 7: "<1", 60: "<1", 90: "<1", 150: 20, 180: 80},
    "P3": {0: 90, 10: "<1", 60: "<1", 200: 30, 260: 90},
    "P4": {0: 80, 7: "<1", 200: "<1", 400: "<1"},
}
MUSCLE = {
    "P1": {-9: 20, 91: 40, 183: 50, 290: 52},
    "P2": {-9: 30, 91: 36, 365: 48},
}
INFECTION_DAYS = {"P1": [10, 100], "P2": [40], "P4": [300, 310]}
SEVERE = ("P4", 310)


@cache
def raw_rows():
    """Give the rows of every raw table as dicts."""
    lymphodepletion = {"purpose": "lymphodepletion", "route": "intravenous", "dose_unit": "mg/m2"}
    drugs = [
        row
        for who in DOSES
        for row in (
            course(who, "prednisone", "glucocorticoid", -300, STOPS[who], dose=DOSES[who], ongoing=STOPS[who] is None),
            course(who, "mycophenolate mofetil", "csdmard", -200, -20, dose=1000),
        )
    ]
    drugs += [course(who, "fludarabine", "lymphodepletion", -5, -3, dose=25, **lymphodepletion) for who in INFUSED]
    drugs += [course("P2", "immunoglobulin", "ivig", day, day, purpose="replacement", dose=0.4, dose_unit="g/kg")
              for day in (60, 90)]  # fmt: skip
    warm = {(who, day): degrees for who, days in FEVERS.items() for day, degrees in days.items()}
    vitals = [
        {"patient_id": who, "day": day, "hour": 8, "temperature_c": warm.get((who, day), 36.8), "oxygen_device": "none",
         "systolic_bp_mmhg": 110, "attributable": True}
        for who in INFUSED
        for day in range(1, 15)
    ]  # fmt: skip
    labs = [
        {"patient_id": who, "day": day, "test": "CART_BLOOD", "unit": "cells/uL",
         "operator": count[0] if isinstance(count, str) else "=",
         "value": float(count[1:]) if isinstance(count, str) else float(count)}
        for who, counts in CELLS.items()
        for day, count in counts.items()
    ]  # fmt: skip
    labs += [row for who, counts in B_CELLS.items() for row in cd19(who, counts)]
    events = [event("P2", "crs", 6, 8, treatment="paracetamol; tocilizumab"), event("P1", "crs", 3, 4)]
    events += [
        event(who, "infection", day, day + 4, grade=3 if (who, day) == SEVERE else 1)
        for who, days in INFECTION_DAYS.items()
        for day in days
    ]
    return {
        "patients": list(PEOPLE),
        "infusions": [
            {"patient_id": who, "product": "zorpo-cel", "day": 0, "dose_cells_per_kg": 1e6 * number,
             "apheresis_day": -20 - number, "release_day": -6, "bags": 2,
             "fresh_or_frozen": "fresh" if number < 4 else "frozen"}
            for number, who in enumerate(INFUSED, start=1)
        ],
        "medications": drugs,
        "vital_signs": vitals,
        "labs": labs,
        "adverse_events": events,
        "assessments": [
            row for who, days in MUSCLE.items() for day, cmas in days.items() for row in assess(day, who=who, CMAS=cmas)
        ],
        "visits": [
            {"patient_id": who, "visit": visit, "planned_day": day, "actual_day": None if missed else day + 2,
             "status": "missed" if missed else "done"}
            for who, visit, day, missed in (
                ("P1", "M3", 91, False), ("P1", "M6", 183, False), ("P2", "M3", 91, True), ("P2", "M12", 365, False),
                ("P3", "M3", 91, False),
            )
        ],
    }  # fmt: skip


@cache
def derived_tables():
    """Derive the tables of the cohort."""
    tables = raw_tables(**raw_rows())
    held = tuple(name for name, frame in tables.items() if len(frame))
    return derive_tables(Dataset("numbered", PATIENTS, tables, held), design=Design())


@cache
def all_numbers():
    """Estimate the numbers of the cohort."""
    return estimate_numbers(derived_tables(), design=Design())


def number(key):
    """Give the row of one number."""
    return all_numbers().set_index("key").loc[key]


def value(key):
    """Give the value of one number, None without one."""
    found = number(key)["value"]
    return None if found != found else found
