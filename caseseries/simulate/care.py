"""Treatment from lymphodepletion on: conditioning, the way off glucocorticoids, care of reactions, prophylaxis."""

from __future__ import annotations

import numpy as np

from caseseries.simulate.activity import Activity
from caseseries.simulate.counts import Counts
from caseseries.simulate.doses import rounded_dose, tablet_dose
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.rows import course
from caseseries.simulate.streams import happens

# organ: what is given for a local flare-up of grade 2 or more: class, dose per kg, highest dose, unit, route
LICATS_DRUGS = {
    "skin": ("mometasone", "glucocorticoid", 0.15, 10, "g", "topical"),
    "kidney": ("furosemide", "supportive", 1, 40, "mg", "oral"),
    "joints": ("ibuprofen", "supportive", 20, 1200, "mg", "oral"),
    "muscle": ("paracetamol", "supportive", 45, 3000, "mg", "oral"),
    "serosa": ("ibuprofen", "supportive", 20, 1200, "mg", "oral"),
}
PRODUCT = "zorpocabtagene autoleucel"


def infusion_row(patient: Patient, rng: np.random.Generator) -> dict:
    """Give the row of ``infusions``: one infusion of a million CAR T cells per kg, fresh or after thawing."""
    is_fresh = happens(rng, 0.35)
    made_days = int(rng.integers(12, 15))
    waited = 1 if is_fresh else int(rng.integers(8, 26))
    tested = 0 if is_fresh else int(rng.integers(5, 11))
    return {
        "number": patient.number,
        "product": PRODUCT,
        "day": 0,
        "dose_cells_per_kg": 1_000_000,
        "viability_percent": round(float(np.clip(rng.normal(92 if not is_fresh else 95, 2.5), 82, 99)), 1),
        "transduction_percent": round(float(np.clip(rng.normal(43, 10), 20, 68)), 1),
        "cd4_cd8_ratio": round(float(np.exp(rng.normal(0.6, 0.45))), 2),
        "vector_copy_number": round(float(np.clip(rng.normal(2.8, 0.6), 1.4, 4.6)), 1),
        "bags": int(rng.integers(2, 6)),
        "apheresis_day": -(waited + tested + made_days),
        "release_day": -waited,
        "fresh_or_frozen": "fresh" if is_fresh else "frozen",
    }


def conditioning(patient: Patient, rng: np.random.Generator) -> list[dict]:
    """Give lymphodepletion, premedication and drugs against nausea and infection."""
    weight = patient.weight_kg(0)
    rows = []

    def give(drug: str, kind: str, purpose: str, dose: float, unit: str, start: int, end: int, route: str) -> None:
        rows.append(course(patient, drug, kind, purpose, dose, unit, start, end, route=route))

    intravenous, oral = "intravenous", "oral"
    give("fludarabine", "lymphodepletion", "lymphodepletion", 25, "mg/m2", -5, -3, intravenous)
    # One centre gives cyclophosphamide in one dose, the other halves it.
    days, dose = ((-3,), 1000) if patient.centre == "Erlangen" else ((-4, -3), 500)
    give("cyclophosphamide", "lymphodepletion", "lymphodepletion", dose, "mg/m2", days[0], days[-1], intravenous)
    give("ondansetron", "supportive", "premedication", rounded_dose(0.45 * weight, 24), "mg", -5, -3, intravenous)
    give("paracetamol", "supportive", "premedication", rounded_dose(15 * weight, 1000), "mg", 0, 0, oral)
    give("chlorphenamine", "supportive", "premedication", rounded_dose(0.2 * weight, 10), "mg", 0, 0, intravenous)
    until = int(rng.integers(170, 300))
    cover = min(round(5 * weight / 40) * 40, 320)
    give("co-trimoxazole", "anti_infective", "prophylaxis", max(cover, 80), "mg", -5, until, oral)
    give("aciclovir", "anti_infective", "prophylaxis", rounded_dose(30 * weight, 1600), "mg", -5, until + 30, oral)
    if happens(rng, 0.5):
        give("fluconazole", "anti_infective", "prophylaxis", rounded_dose(4 * weight, 200), "mg", -3, 30, oral)
    if happens(rng, 0.4):
        give("levetiracetam", "supportive", "prophylaxis", rounded_dose(20 * weight, 1000), "mg", -1, 28, oral)
    return rows


def reaction_drugs(patient: Patient, reaction: Reaction, counts: Counts, rng: np.random.Generator) -> list[dict]:
    """Give what was given for cytokine release, and G-CSF for neutrophils below 0.5."""
    weight = patient.weight_kg(0)
    rows = []
    if reaction.crs:
        start, end = reaction.crs.start_day, reaction.crs.end_day
        dose = rounded_dose(45 * weight, 3000)
        rows.append(course(patient, "paracetamol", "supportive", "crs", dose, "mg", start, end))
    if reaction.tocilizumab_day is not None:
        day, per_kg = reaction.tocilizumab_day, 12 if weight < 30 else 8
        rows.append(
            course(
                patient,
                "tocilizumab",
                "anticytokine",
                "crs",
                rounded_dose(per_kg * weight, 800),
                "mg",
                day,
                day,
                route="intravenous",
            )
        )
    if len(reaction.icans_days) and reaction.icans_points > 4:
        dose, day = rounded_dose(0.2 * weight, 10), reaction.icans_days[0]
        rows.append(
            course(
                patient,
                "dexamethasone",
                "glucocorticoid",
                "icans",
                dose,
                "mg",
                day,
                reaction.icans_days[-1],
                route="intravenous",
            )
        )
    low = [day for day in counts.days if 4 <= day <= 24 and counts.on(day, "ANC") < 0.5]
    if low and happens(rng, 0.6):
        dose = rounded_dose(5 * weight, 300)
        rows.append(
            course(patient, "filgrastim", "gcsf", "other", dose, "ug", low[0] + 1, low[-1] + 1, route="subcutaneous")
        )
    return rows


def steroid_taper(patient: Patient, last_course: dict, rng: np.random.Generator) -> list[dict]:
    """Give the way down from the course that runs over the infusion, and hydrocortisone where the adrenals lag."""
    rows = []
    day = max(last_course["end_day"] + 1, 0)
    dose_mg = last_course["daily_dose"] if day > 0 else 0.0
    while dose_mg > 0:
        dose_mg = tablet_dose(dose_mg * 0.66) if dose_mg > 2.5 else dose_mg - 1
        if dose_mg < 1:
            break
        until = day + int(rng.integers(7, 15)) - 1
        if rows and rows[-1]["daily_dose"] == dose_mg:
            rows[-1]["end_day"] = until
        else:
            rows.append(course(patient, "prednisone", "glucocorticoid", "disease", dose_mg, "mg", day, until))
        day = until + 1
    if happens(rng, 0.25):
        dose = round(9 * patient.surface_m2 / 2.5) * 2.5
        until = day + int(rng.integers(60, 130))
        rows.append(course(patient, "hydrocortisone", "glucocorticoid", "replacement", dose, "mg", day, until))
    return rows


def later_care(
    patient: Patient, activity: Activity, replacement_days: tuple[int, ...], rng: np.random.Generator
) -> list[dict]:
    """Give immunoglobulin replacement, care of organs that is no immunosuppression, and treatment of what stays."""
    rows = [
        course(
            patient,
            "human normal immunoglobulin",
            "ivig",
            "replacement",
            0.4,
            "g/kg",
            day,
            day,
            route="intravenous",
        )
        for day in replacement_days
    ]
    started = -int(rng.integers(200, 500))
    if "kidney" in patient.organs:
        dose = rounded_dose(0.15 * patient.weight_kg(0), 10)
        until = int(rng.integers(150, 900))
        rows.append(course(patient, "enalapril", "supportive", "other", dose, "mg", started, until))
    if "vessels" in patient.organs:
        dose = rounded_dose(0.6 * patient.weight_kg(0), 40)
        until = patient.last_contact_day
        rows.append(course(patient, "nifedipine", "vasodilator", "disease", dose, "mg", started, until))
    licats = activity.licats
    if licats and licats.grade > 1:
        drug, kind, per_kg, highest, unit, route = LICATS_DRUGS[licats.organ]
        dose = rounded_dose(per_kg * patient.weight_kg(0), highest)
        start, end = licats.start_day + 1, licats.end_day
        rows.append(course(patient, drug, kind, "other", dose, unit, start, end, route=route))
    if activity.is_partial:
        dose = tablet_dose(0.15 * patient.weight_kg(0))
        day = min(int(rng.integers(180, 260)), patient.last_contact_day - 1)
        until = patient.last_contact_day
        rows.append(course(patient, "prednisone", "glucocorticoid", "disease", dose, "mg", day, until))
    return rows
