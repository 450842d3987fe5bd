"""Systemic lupus: SLEDAI-2K descriptors, physician's global, urine and complement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from caseseries.records.codebook import read_codebook
from caseseries.simulate.activity import Activity, measured
from caseseries.simulate.patients import Patient
from caseseries.simulate.rows import item, result
from caseseries.simulate.streams import bounded_lognormal, bounded_normal, happens

# descriptor: (organ, share of patients with the organ, usual days until it is gone)
FINDINGS = {
    "ARTHRITIS": ("joints", 1.0, 24),
    "RASH": ("skin", 0.9, 45),
    "ALOPECIA": ("skin", 0.5, 70),
    "MUCOSAL": ("skin", 0.45, 20),
    "VASCULITIS": ("skin", 0.12, 40),
    "CASTS": ("kidney", 0.4, 40),
    "PLEURISY": ("serosa", 0.6, 22),
    "PERICARDITIS": ("serosa", 0.6, 28),
    "HEADACHE": ("nervous_system", 0.6, 25),
    "CRANIAL": ("nervous_system", 0.15, 40),
}
KIDNEY_PACE = 2.1
SEROLOGY_PACE = 1.7
FEVER_WINDOW_DAYS = 10


@dataclass(frozen=True)
class Lupus:
    """What lupus does in one patient: activity at which each descriptor goes, and the size of each finding."""

    thresholds: Mapping[str, float]
    global_score: float
    protein_mg_per_g: float
    protein_floor: float
    urine_red: float
    urine_white: float
    c3: tuple[float, float]
    c4: tuple[float, float]


def draw_lupus(patient: Patient, activity: Activity, rng: np.random.Generator) -> Lupus:
    """Draw the findings; each goes when the activity falls below its threshold."""
    thresholds = {}
    for code, (organ, share, days) in FINDINGS.items():
        gone = bounded_lognormal(rng, days, 0.4, days / 2.5, days * 2.5)
        if happens(rng, share) and organ in patient.organs:
            thresholds[code] = float(2.0 ** (-gone / activity.half_life_days))
    has_nephritis = "kidney" in patient.organs
    protein = bounded_lognormal(rng, 2600, 0.65, 900, 8200)
    return Lupus(
        thresholds=thresholds,
        global_score=bounded_normal(rng, 2.2, 0.3, 1.6, 2.9),
        protein_mg_per_g=protein if has_nephritis else float(rng.uniform(60, 170)),
        protein_floor=bounded_lognormal(rng, 170, 0.4, 80, 340) if has_nephritis else 60.0,
        urine_red=bounded_lognormal(rng, 25, 0.6, 8, 90) if has_nephritis else 1.5,
        urine_white=bounded_lognormal(rng, 10, 0.6, 3, 40) if has_nephritis else 2.0,
        c3=(bounded_normal(rng, 0.56, 0.13, 0.28, 0.82), bounded_normal(rng, 1.12, 0.15, 0.84, 1.5)),
        c4=(bounded_normal(rng, 0.07, 0.025, 0.01, 0.11), bounded_normal(rng, 0.18, 0.05, 0.08, 0.32)),
    )


def lupus_labs(
    patient: Patient, lupus: Lupus, activity: Activity, days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give urine and complement results of each day; the ratio is that of the two urine results beside it."""
    rows = []
    for day in days:
        kidney = activity.level(day, pace=KIDNEY_PACE, organ="kidney", flare=0.25)
        urine = activity.level(day, pace=1.5, organ="kidney")
        serology = activity.level(day, pace=SEROLOGY_PACE)
        ratio = lupus.protein_floor + (lupus.protein_mg_per_g - lupus.protein_floor) * kidney
        creatinine = round(measured(rng, 95, 0.35))
        protein = round(measured(rng, ratio, 0.13) * creatinine / 1000, 1)
        rows += [
            result(patient, day, "URINE_CREAT", creatinine),
            result(patient, day, "URINE_PROTEIN", protein),
            result(patient, day, "UPCR", 1000 * protein / creatinine),
            result(patient, day, "URINE_RBC", measured(rng, 1 + lupus.urine_red * urine, 0.3)),
            result(patient, day, "URINE_WBC", measured(rng, 1 + lupus.urine_white * urine, 0.3)),
        ]
        for test, (low, high) in (("C3", lupus.c3), ("C4", lupus.c4)):
            rows.append(result(patient, day, test, measured(rng, high - (high - low) * serology, 0.06)))
    return rows


def lupus_assessments(
    patient: Patient,
    lupus: Lupus,
    activity: Activity,
    labs: Mapping[tuple[int, str], dict],
    days: list[int],
    fever_days: Collection[int],
    rng: np.random.Generator,
) -> list[dict]:
    """Give the 24 descriptors and the physician's global of each day.

    Laboratory descriptors follow the results of the same day. Low counts and fever after lymphodepletion are noted
    and put down to the treatment, as the investigator would.
    """
    rows = []
    for day in days:
        present = {
            code
            for code, threshold in lupus.thresholds.items()
            if activity.level(day, organ=FINDINGS[code][0]) > threshold
        }
        present |= laboratory_descriptors(labs, day)
        if any(day - FEVER_WINDOW_DAYS < fever_day <= day for fever_day in fever_days):
            present.add("FEVER")
        for code in read_codebook().instruments["SLEDAI2K"].items:
            by_treatment = code in ("FEVER", "THROMBOPENIA", "LEUKOPENIA") and day >= -5
            attributable = ("no" if by_treatment else "yes") if code in present else ""
            rows.append(item(patient, day, "SLEDAI2K", code, int(code in present), attributable))
        score = measured(rng, lupus.global_score * activity.level(day), 0.08) + abs(rng.normal(0, 0.06))
        rows.append(item(patient, day, "PGA_SLE", "TOTAL", round(min(score, 3), 1)))
    return rows


def laboratory_descriptors(labs: Mapping[tuple[int, str], dict], day: int) -> set[str]:
    """Give the descriptors that the results of a day show."""

    def value(test: str) -> float:
        return labs[day, test]["value"]

    shown = {
        "LOWCOMP": any(value(test) < labs[day, test]["lower_limit"] for test in ("C3", "C4")),
        "DSDNA": value("DSDNA") > labs[day, "DSDNA"]["upper_limit"],
        "PROTEINURIA": value("UPCR") > 500,
        "HEMATURIA": value("URINE_RBC") > 5,
        "PYURIA": value("URINE_WBC") > 5,
        "THROMBOPENIA": value("PLT") < 100,
        "LEUKOPENIA": value("WBC") < 3.0,
    }
    return {code for code, is_shown in shown.items() if is_shown}
