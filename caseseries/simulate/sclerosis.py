"""Juvenile systemic sclerosis: skin score site by site, activity findings, globals; and lungs in any disease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from caseseries.records.codebook import read_codebook
from caseseries.simulate.activity import Activity, measured
from caseseries.simulate.patients import Patient
from caseseries.simulate.rows import item
from caseseries.simulate.streams import bounded_normal, happens

SKIN_PACE = 4.5
LUNG_PACE = 5.0
# Usual thickness of each site, from the fingers inwards, in diffuse disease.
THICKNESS = {
    "FINGERS": 2.6,
    "HANDS": 2.2,
    "FOREARMS": 1.7,
    "UPPER_ARMS": 1.1,
    "FACE": 1.5,
    "CHEST": 1.0,
    "ABDOMEN": 0.7,
    "THIGHS": 0.8,
    "LOWER_LEGS": 1.2,
    "FEET": 1.6,
}


@dataclass(frozen=True)
class Sclerosis:
    """What sclerosis does in one patient: thickness by site, and the share of it that is scar and stays."""

    thickness: Mapping[str, float]
    scar: float
    physician: float
    patient: float
    disability: float
    digital_ulcer_level: float
    friction_rub_level: float


@dataclass(frozen=True)
class Lungs:
    """Forced vital and diffusing capacity in % of predicted: before, and what can be won back."""

    fvc: tuple[float, float]
    dlco: tuple[float, float]


def draw_sclerosis(rng: np.random.Generator) -> Sclerosis:
    """Draw the findings before the infusion."""
    extent = bounded_normal(rng, 1.0, 0.12, 0.8, 1.25)
    thickness = {}
    for code in read_codebook().instruments["MRSS"].items:
        site = code.removesuffix("_R").removesuffix("_L")
        thickness[code] = float(np.clip(THICKNESS[site] * extent + rng.normal(0, 0.25), 0, 3))
    return Sclerosis(
        thickness=thickness,
        scar=float(rng.uniform(0.33, 0.5)),
        physician=bounded_normal(rng, 6.3, 0.8, 5, 8),
        patient=bounded_normal(rng, 6.0, 1.0, 4, 8.5),
        disability=bounded_normal(rng, 1.4, 0.3, 0.8, 2.1),
        digital_ulcer_level=float(rng.uniform(0.05, 0.3)) if happens(rng, 0.75) else 2.0,
        friction_rub_level=float(rng.uniform(0.2, 0.6)) if happens(rng, 0.4) else 2.0,
    )


def draw_lungs(patient: Patient, rng: np.random.Generator) -> Lungs | None:
    """Draw lung function of patients whose lungs are involved."""
    drop = 30 if patient.disease == "SSc" else 22
    fvc = 100 - bounded_normal(rng, drop, 5, drop - 9, drop + 9)
    dlco = 98 - bounded_normal(rng, drop + 5, 5, drop - 3, drop + 13)
    gain = rng.uniform(0.12, 0.22) if patient.disease == "SSc" else rng.uniform(0.4, 0.7)
    if "lung" not in patient.organs:
        return None
    return Lungs((fvc, fvc + gain * (100 - fvc)), (dlco, dlco + 0.8 * gain * (98 - dlco)))


def lung_assessments(
    patient: Patient, lungs: Lungs, activity: Activity, days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give spirometry and diffusing capacity of each day; litres grow with the child."""
    rows = []
    for day in days:
        level = activity.level(day, pace=LUNG_PACE)
        percent = [high - (high - low) * level for low, high in (lungs.fvc, lungs.dlco)]
        fvc, dlco = (round(measured(rng, value, 0.018)) for value in percent)
        predicted = 4.4e-6 * patient.height_cm(day) ** 2.67 * (1.0 if patient.sex == "male" else 0.94)
        rows += [
            item(patient, day, "LUNG", "FVC_PCT", fvc),
            item(patient, day, "LUNG", "DLCO_PCT", dlco),
            item(patient, day, "LUNG", "FVC_L", round(fvc / 100 * predicted, 2)),
        ]
    return rows


def sclerosis_assessments(
    patient: Patient, sclerosis: Sclerosis, activity: Activity, days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give the 17 sites of the skin score, the activity findings, the globals and the CHAQ of each day."""
    rows = []
    for day in days:
        inflamed = activity.level(day, organ="skin", flare=0.1)
        skin = sclerosis.scar + (1 - sclerosis.scar) * activity.level(day, pace=SKIN_PACE)
        for code, thickness in sclerosis.thickness.items():
            score = round(thickness * skin + rng.normal(0, 0.12))
            rows.append(item(patient, day, "MRSS", code, int(np.clip(score, 0, 3))))
        findings = {
            "SKIN_WORSE": inflamed > 0.7,
            "DIGITAL_ULCER": activity.level(day, pace=2.5) > sclerosis.digital_ulcer_level,
            "FRICTION_RUB": activity.level(day, pace=2.0) > sclerosis.friction_rub_level,
        }
        rows += [item(patient, day, "EUSTAR", code, int(is_there)) for code, is_there in findings.items()]
        for code, height in (("PHYSICIAN", sclerosis.physician), ("PATIENT", sclerosis.patient)):
            rows.append(item(patient, day, "GLOBAL", code, round(measured(rng, height * skin**1.3, 0.08), 1)))
        disability = sclerosis.disability * skin + rng.normal(0, 0.05)
        rows.append(item(patient, day, "CHAQ", "TOTAL", round(np.clip(disability, 0, 3) * 8) / 8))
    return rows
