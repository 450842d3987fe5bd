"""Treatment before the infusion: glucocorticoids with their tapers and pulses, and the drugs that had failed."""

from __future__ import annotations

import numpy as np

from caseseries.simulate.doses import rounded_dose, tablet_dose
from caseseries.simulate.patients import Patient
from caseseries.simulate.rows import course
from caseseries.simulate.streams import bounded_normal, happens

# drug: (class, dose, unit, highest dose in mg, route, days between administrations and their most, 0 if daily)
DRUGS = {
    "hydroxychloroquine": ("antimalarial", 5, "mg/kg", 400, "oral", 0, 0),
    "mycophenolate mofetil": ("csdmard", 1200, "mg/m2", 2000, "oral", 0, 0),
    "azathioprine": ("csdmard", 2, "mg/kg", 150, "oral", 0, 0),
    "methotrexate": ("csdmard", 15 / 7, "mg/m2", 25 / 7, "subcutaneous", 0, 0),
    "tacrolimus": ("calcineurin_inhibitor", 0.1, "mg/kg", 6, "oral", 0, 0),
    "ciclosporin": ("calcineurin_inhibitor", 3.5, "mg/kg", 250, "oral", 0, 0),
    "tofacitinib": ("jak_inhibitor", 0.25, "mg/kg", 10, "oral", 0, 0),
    "baricitinib": ("jak_inhibitor", 0.12, "mg/kg", 6, "oral", 0, 0),
    "rituximab": ("biologic", 375, "mg/m2", 1000, "intravenous", 14, 2),
    "belimumab": ("biologic", 10, "mg/kg", 1000, "intravenous", 28, 12),
    "tocilizumab": ("biologic", 8, "mg/kg", 800, "intravenous", 28, 8),
    "cyclophosphamide": ("cyclophosphamide", 500, "mg/m2", 1200, "intravenous", 28, 6),
    "human normal immunoglobulin": ("ivig", 2, "g/kg", 140, "intravenous", 28, 18),
    "nintedanib": ("antifibrotic", 4, "mg/kg", 300, "oral", 0, 0),
}
# disease: drug: (share of patients, days before infusion of the first and of the last dose, each a range)
HISTORIES = {
    "SLE": {
        "hydroxychloroquine": (0.9, (500, 1100), (8, 20)),
        "mycophenolate mofetil": (0.95, (330, 900), (14, 35)),
        "cyclophosphamide": (0.55, (420, 620), (270, 400)),
        "rituximab": (0.5, (300, 560), (285, 545)),
        "belimumab": (0.65, (260, 480), (45, 110)),
        "azathioprine": (0.35, (900, 1300), (560, 850)),
        "tacrolimus": (0.4, (160, 330), (12, 30)),
    },
    "JDM": {
        "methotrexate": (0.95, (420, 1000), (25, 60)),
        "human normal immunoglobulin": (0.85, (300, 520), (34, 60)),
        "mycophenolate mofetil": (0.55, (260, 420), (18, 40)),
        "ciclosporin": (0.45, (560, 800), (300, 420)),
        "hydroxychloroquine": (0.5, (400, 800), (10, 25)),
        "rituximab": (0.5, (310, 560), (290, 540)),
        "tofacitinib": (0.35, (150, 320), (8, 25)),
        "baricitinib": (0.3, (330, 400), (180, 300)),
        "cyclophosphamide": (0.3, (480, 620), (330, 460)),
    },
    "SSc": {
        "mycophenolate mofetil": (1.0, (330, 620), (16, 35)),
        "methotrexate": (0.7, (640, 900), (340, 600)),
        "tocilizumab": (0.7, (260, 420), (60, 120)),
        "rituximab": (0.5, (280, 480), (265, 465)),
        "cyclophosphamide": (0.4, (500, 640), (360, 480)),
        "nintedanib": (0.25, (150, 300), (14, 30)),
    },
}
FEWEST = 2
IMMUNOSUPPRESSIVE = ("csdmard", "biologic", "calcineurin_inhibitor", "jak_inhibitor", "cyclophosphamide")


def dose_of(patient: Patient, drug: str) -> tuple[float, str]:
    """Give the dose of a drug in the unit in which it is written: g/kg for immunoglobulin, else mg."""
    _, amount, unit, highest, *_ = DRUGS[drug]
    weight = patient.weight_kg(0)
    if unit == "g/kg":
        return min(amount, round(highest / weight, 1)), "g/kg"
    return rounded_dose(amount * (weight if unit == "mg/kg" else patient.surface_m2), highest), "mg"


def past_drugs(patient: Patient, rng: np.random.Generator) -> list[dict]:
    """Give the rows of ``medications`` for drugs other than glucocorticoids before the infusion.

    Given daily: one course; given at intervals: one row for each day of infusion. Everything ends before
    lymphodepletion. A child is treated after two immunosuppressive or biologic drugs at least: one who by chance drew
    fewer gets the first two of its disease.
    """
    history = HISTORIES.get(patient.disease, {})
    drawn = {drug: happens(rng, share) for drug, (share, _, _) in history.items()}
    lines = [drug for drug in history if DRUGS[drug][0] in IMMUNOSUPPRESSIVE]
    if sum(drawn[drug] for drug in lines) < FEWEST:
        drawn |= dict.fromkeys(lines[:FEWEST], True)
    earliest = -round(365 * patient.duration_years)
    rows = []
    for drug, (_, first_range, last_range) in history.items():
        start = max(-int(rng.integers(*first_range)), earliest)
        end = -int(rng.integers(*last_range))
        start = min(start, end - 14)
        if not drawn[drug]:
            continue
        drug_class, _, _, _, route, every, most = DRUGS[drug]
        dose, unit = dose_of(patient, drug)
        if every:
            for day in range(end, start - 1, -every)[:most]:
                rows.append(course(patient, drug, drug_class, "disease", dose, unit, day, day, route=route))
        else:
            rows.append(course(patient, drug, drug_class, "disease", dose, unit, start, end, route=route))
    return rows


def past_steroids(patient: Patient, rng: np.random.Generator) -> list[dict]:
    """Give the rows of ``medications`` for glucocorticoids up to the infusion; the last runs over it or ends before.

    A first course and a flare, each begun with pulses of methylprednisolone and tapered step by step; reduced for
    the apheresis, and stopped before lymphodepletion in about half of the patients.
    """
    weight = patient.weight_kg(0)
    is_sclerosis = patient.disease == "SSc"
    onset = -min(int(rng.integers(400, 640)), round(365 * patient.duration_years))
    flare = -int(rng.integers(110, 300))
    stops = happens(rng, 0.45)
    rows: list[dict] = []
    day, per_kg = onset, 0.25 if is_sclerosis else float(rng.choice((0.5, 1.0, 1.5, 2.0)))
    is_before_flare = True
    reduced = bounded_normal(rng, 0.12, 0.04, 0.05, 0.2)
    keep = bounded_normal(rng, 0.2, 0.06, 0.1, 0.35)
    if not is_sclerosis:
        for first_day, share in ((onset, 0.85), (flare, 0.6)):
            rows += _pulses(patient, first_day, rng) if happens(rng, share) else []
    last_day = -int(rng.integers(6, 13)) if stops else 6 + int(rng.integers(0, 4))
    for_apheresis = -int(rng.integers(30, 60))
    while day < last_day:
        if is_before_flare and day >= flare:
            per_kg, is_before_flare = 0.3 if is_sclerosis else float(rng.uniform(0.4, 1.0)), False
        if day >= for_apheresis:
            per_kg = min(per_kg, reduced)
        until = day + int(rng.integers(14, 29)) - 1
        ends = [end - 1 for end in (flare, for_apheresis, last_day + 1) if day < end <= until]
        until = min([until, *ends])
        dose = tablet_dose(per_kg * weight)
        if rows and rows[-1]["drug"] == "prednisone" and rows[-1]["daily_dose"] == dose:
            rows[-1]["end_day"] = until
        else:
            rows.append(course(patient, "prednisone", "glucocorticoid", "disease", dose, "mg", day, until))
        day = until + 1
        per_kg = min(per_kg, max(per_kg * float(rng.uniform(0.72, 0.88)), keep if day < for_apheresis else reduced))
    return rows


def _pulses(patient: Patient, first_day: int, rng: np.random.Generator) -> list[dict]:
    dose = rounded_dose(float(rng.choice((15, 20, 30))) * patient.weight_kg(0), 1000)
    return [
        course(
            patient,
            "methylprednisolone",
            "glucocorticoid",
            "disease",
            dose,
            "mg",
            day,
            day,
            route="intravenous",
        )
        for day in range(first_day - 3, first_day)
    ]
