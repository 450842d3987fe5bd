"""Hand-made courses of blood tests, and the derived tables that the figures of blood read of them."""

from functools import cache

import pandas as pd
from cohorts import cohort, course, event, patient, raw_tables

from caseseries.derive.cohort.patients import derive_patients
from caseseries.derive.kinetics import derive_kinetics
from caseseries.derive.kinetics.b_cells import derive_b_cell_times
from caseseries.derive.safety.cytopenia import derive_icaht
from caseseries.derive.safety.grades import as_grades
from caseseries.derive.safety.infections import count_infections
from caseseries.derive.shared.results import derive_results
from caseseries.derive.treatment.administrations import derive_administrations
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design

UNITS = {
    "CART_BLOOD": "cells/uL", "CART_DNA": "copies/ug", "CD19": "cells/uL", "FERRITIN": "ug/L", "CRP": "mg/L",
    "IL6": "pg/mL", "FIBRINOGEN": "g/L", "ANC": "10^9/L", "PLT": "10^9/L", "HGB": "g/L", "LYM": "10^9/L",
    "IGG": "g/L", "IGA": "g/L", "IGM": "g/L", "TETANUS_IGG": "IU/mL", "MEASLES_IGG": "IU/mL",
    "B_NAIVE": "% of B cells", "B_MEMORY": "% of B cells", "B_SWITCHED": "% of B cells", "PLASMABLAST": "% of B cells",
}  # fmt: skip
PATTERN = {
    "CART_BLOOD": {0: "<0.5", 5: 4, 10: 120, 14: 60, 21: 20, 30: 6, 60: 1.5, 150: "<0.5", 365: "<0.5"},
    "CART_DNA": {0: "<50", 5: 500, 10: 30000, 14: 9000, 21: 3000, 30: 900, 60: 200, 150: 90, 365: "<50"},
    "CD19": {-8: 200, 0: 90, 7: "<1", 28: "<1", 60: "<1", 120: 4, 150: 20, 200: 150, 365: 300},
    "FERRITIN": {-8: 80, 3: 200, 8: 1800, 14: 500, 28: 110},
    "CRP": {-8: 4, 3: 30, 8: 90, 14: 8, 28: "<1"},
    "IL6": {-8: "<2", 3: 20, 8: 150, 14: 9, 28: "<2"},
    "FIBRINOGEN": {-8: 3.1, 8: 4.9, 28: 2.8},
    "ANC": {-8: 4.0, 0: 1.2, 5: 0.3, 8: 0.09, 12: 0.8, 20: 2.5, 30: 2.0, 45: 1.2, 60: 1.4, 90: 3.0},
    "PLT": {-8: 250, 5: 90, 10: 40, 20: 120, 30: 180, 60: 210, 90: 240},
    "HGB": {-8: 110, 10: 78, 30: 95, 90: 115},
    "LYM": {-8: 1.4, 3: 0.08, 14: 0.5, 30: 0.7, 90: 1.1},
    "IGG": {-8: 11, 28: 8, 91: 5.2, 150: 6.9, 365: 8.4},
    "IGA": {-8: 1.4, 91: 0.7, 365: 1.0},
    "IGM": {-8: 0.9, 91: 0.1, 365: 0.5},
    "TETANUS_IGG": {-8: 2.1, 91: 1.5, 365: 1.1},
    "MEASLES_IGG": {-8: 1.2, 91: 0.4, 365: 0.15},
    "B_NAIVE": {-8: 50, 150: 91, 365: 80},
    "B_MEMORY": {-8: 40, 150: 5, 365: 14},
    "B_SWITCHED": {-8: 18, 150: 2, 365: 6},
    "PLASMABLAST": {-8: 7, 150: 1, 365: 1},
}  # fmt: skip
"""Results of every patient by test and day, before they are scaled."""

IVIG = course("P1", "immunoglobulin", "ivig", 100, 100, purpose="replacement", dose=0.4, dose_unit="g/kg")

SHARES = ("B_NAIVE", "B_MEMORY", "B_SWITCHED", "PLASMABLAST")
LIMITS = {"CD19": (110, 570), "FERRITIN": (15, 150), "CRP": (None, 5), "IGG": (6.3, 13), "TETANUS_IGG": (0.1, None)}


def lab_rows(patient_id, test, values, *, scale=1.0):
    """One result per day; a text such as "<1" is a result below a limit."""
    low, high = LIMITS.get(test, (None, None))
    rows = []
    for day, value in values.items():
        is_below = isinstance(value, str)
        rows.append({
            "patient_id": patient_id, "day": day, "test": test, "unit": UNITS[test],
            "operator": "<" if is_below else "=", "value": float(value[1:]) if is_below else value * scale,
            "lower_limit": low, "upper_limit": high,
        })  # fmt: skip
    return rows


def derive_blood(options=None, **rows):
    """Derive what the figures of blood read, from raw rows."""
    return derive_raw(raw_tables(**rows), options)


def derive_raw(raw, options=None):
    design = Design(options or {})
    who, labs, events = raw["patients"], raw["labs"], raw["adverse_events"]
    treatment = derive_treatment(raw["medications"], patients=who, assessments=raw["assessments"], design=design)
    crs = [
        {"patient_id": row.patient_id, "toxicity": "CRS", "grade": row.grade, "onset_day": row.start_day,
         "end_day": row.end_day, "status": "graded"}
        for row in events[events["category"] == "crs"].itertuples()
    ]  # fmt: skip
    crs += [
        {"patient_id": name, "toxicity": "CRS", "grade": 0, "status": "graded"}
        for name in who["patient_id"]
        if name not in set(events.loc[events["category"] == "crs", "patient_id"])
    ]
    icaht = derive_icaht(labs, patients=who, infusions=raw["infusions"], medications=raw["medications"], design=design)
    return {
        "patients": derive_patients(raw, treatment=treatment, design=design),
        "results": derive_results(labs, raw["vital_signs"]),
        "kinetics": derive_kinetics(labs, patients=who, infusions=raw["infusions"], design=design),
        "time_to_event": derive_b_cell_times(labs, patients=who, design=design),
        "grades": as_grades(pd.concat([as_grades(crs), icaht])),
        "administrations": derive_administrations(raw["medications"], patients=who, design=design),
        "infection_rates": count_infections(events, patients=who, design=design),
    }


@cache
def blood_cohort(n):
    """Derive a patterned cohort of any size: the same courses for all, scaled by the patient.

    A large one repeats a smaller one under further names, which is quicker than to derive it.
    """
    if n > 60:
        found = blood_cohort(30)
        again = [f"-{number}" for number in range(n // 30)]
        return {name: _repeat(frame, again) for name, frame in found.items()}
    raw = dict(cohort(n).tables)
    names = raw["patients"]["patient_id"]
    scales = pd.Series([0.6 + 0.1 * (place % 9) for place in range(n)], index=names)
    one = pd.DataFrame([row for test, values in PATTERN.items() for row in lab_rows("", test, values)])
    labs = pd.concat([one.assign(patient_id=name) for name in names], ignore_index=True)
    factor = labs["patient_id"].map(scales).where(~labs["test"].isin(SHARES) & (labs["operator"] == "="), 1.0)
    labs["value"] *= factor
    raw["labs"] = labs.reindex(columns=raw["labs"].columns).astype(raw["labs"].dtypes.to_dict())
    raw["labs"] = raw["labs"][raw["labs"]["day"] <= raw["labs"]["patient_id"].map(_contacts(raw))]
    days = [-8, 0, 4, 7, 10, 28]
    warm = [36.6, 36.8, 38.4, 39.2, 37.0, 36.5]
    vitals = pd.DataFrame(
        [
            {"patient_id": name, "day": day, "hour": 8.0, "temperature_c": value}
            for name in names
            for day, value in zip(days, warm, strict=True)
        ]
    )
    columns = raw["vital_signs"].columns
    raw["vital_signs"] = vitals.reindex(columns=columns).astype(raw["vital_signs"].dtypes.to_dict())
    extra = [course(name, "tocilizumab", "anticytokine", 7, 7, purpose="crs") for name in names[::3]]
    raw["medications"] = pd.concat([raw["medications"], raw_tables(medications=extra)["medications"]])
    return derive_raw(raw)


def _repeat(frame, again):
    if "patient_id" not in frame:
        return frame
    parts = [frame.assign(patient_id=(frame["patient_id"] + suffix).astype("str")) for suffix in again]
    return pd.concat(parts, ignore_index=True)


def _contacts(raw):
    return raw["patients"].set_index("patient_id")["last_contact_day"]


def one_patient(tests=tuple(PATTERN), *, name="P1", events=(), medications=(), **changed):
    """Derive one patient with the patterned courses, some of them changed or left out."""
    values = {test: changed.get(test, PATTERN[test]) for test in tests}
    return derive_blood(
        patients=[patient(name)],
        infusions=[{"patient_id": name, "day": 0, "product": "zorpo-cel", "dose_cells_per_kg": 1e6}],
        labs=[row for test, own in values.items() for row in lab_rows(name, test, own)],
        adverse_events=list(events) or [event(name, "other", 400, 401)],
        medications=list(medications),
    )


@cache
def long_names():
    names = [f"CENTRE_{number:02d}_LONG" for number in range(12)]
    labs = [row for name in names for test, values in PATTERN.items() for row in lab_rows(name, test, values)]
    return derive_blood(
        patients=[patient(name) for name in names],
        infusions=[{"patient_id": name, "day": 0, "product": "cells"} for name in names],
        labs=labs,
        adverse_events=[event(name, "crs", 1, 9, grade=place % 5) for place, name in enumerate(names)],
        medications=[
            {**IVIG, "patient_id": name, "start_day": day, "end_day": day} for name in names for day in (-30, 50)
        ],
    )


@cache
def sparse():
    """One result of each kind, no infection, and grades that cannot be told."""
    tests = ("CRP", "PLT", "IGM", "B_NAIVE")
    return derive_blood(patients=[patient("P1")], labs=[r for test in tests for r in lab_rows("P1", test, {5: 30})])


COHORTS = {
    **{f"{n} patients": lambda n=n: blood_cohort(n) for n in (1, 8, 40, 300)},
    "twelve patients with long names": long_names,
    "one result of each kind": sparse,
}


def check_words(drawing):
    """Fail unless alternative text and legend name the patients and hold no gap, and every panel has its numbers."""
    for text in (drawing.alt_text, drawing.legend):
        assert "patient" in text
        assert not {"nan", "NE", "<NA>", "None"} & set(text.replace(";", " ").replace(".", " ").split())
    assert all(len(frame) for frame in drawing.plotted.values())


def returning(**days):
    """Patients by name whose B cells were gone on day 7 and back in two samples from a day on, None for never."""
    labs = []
    for name, day in days.items():
        last = (180 if name == "C1" else 270) if day is None else day + 20
        values = {7: "<1", last: "<1"} if day is None else {7: "<1", day - 10: "<1", day: 15, last: 30}
        labs += lab_rows(name, "CD19", values)
    return derive_blood(patients=[patient(name) for name in days], labs=labs)


# The worked example of the curve: six returns and two patients who leave before.
EIGHT = returning(E1=60, E2=88, E3=92, E4=110, E5=125, E6=150, C1=None, C2=None)
