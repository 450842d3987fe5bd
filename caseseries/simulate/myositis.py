"""Juvenile dermatomyositis: strength, function, global assessments and the muscle's share of the enzymes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from caseseries.records.codebook import read_codebook
from caseseries.simulate.activity import Activity, measured
from caseseries.simulate.patients import Patient
from caseseries.simulate.rows import item
from caseseries.simulate.streams import bounded_lognormal, bounded_normal, happens

MUSCLE_PACE = 2.0
GLOBAL_PACE = 1.25
ENZYME_PACE = 0.75
DAMAGE_SHARE = 0.06
# Manoeuvres of trunk and hip suffer most, the distal groups least.
WEAKEST = {
    "HEAD_LIFT": 1.2,
    "SIT_UPS": 1.35,
    "LEG_LIFT_DURATION": 1.15,
    "FLOOR_RISE": 1.1,
    "NECK_FLEXORS": 1.35,
    "DELTOID": 1.15,
    "GLUTEUS_MAXIMUS": 1.2,
    "GLUTEUS_MEDIUS": 1.2,
    "WRIST_EXTENSORS": 0.35,
    "ANKLE_DORSIFLEXORS": 0.3,
    "BICEPS": 0.8,
    "LEG_RAISE": 0.6,
    "PICK_UP": 0.5,
    "ALL_FOURS": 0.7,
}


@dataclass(frozen=True)
class Myositis:
    """What dermatomyositis does in one patient at its height."""

    weakness: Mapping[str, float]
    physician: float
    patient: float
    extramuscular: float
    disability: float
    ck_u_per_l: float
    damage: Collection[str]


def draw_myositis(rng: np.random.Generator) -> Myositis:
    """Draw weakness of each manoeuvre and muscle group (share of its range lost), globals and creatine kinase.

    ``damage`` are the manoeuvres and groups that never come back in full.
    """
    book = read_codebook().instruments
    weakness_of_all = bounded_normal(rng, 0.46, 0.09, 0.3, 0.62)
    weakness = {}
    for instrument, share in (("CMAS", 1.0), ("MMT8", 0.68)):
        for code in book[instrument].items:
            lost = share * weakness_of_all * WEAKEST.get(code, 1.0) * rng.uniform(0.8, 1.2)
            weakness[code] = float(min(lost, 0.9))
    physician = bounded_normal(rng, 6.2, 0.9, 4.5, 8.5)
    return Myositis(
        weakness=weakness,
        physician=physician,
        patient=float(np.clip(physician + rng.normal(-0.3, 1.0), 3, 9)),
        extramuscular=float(np.clip(physician + rng.normal(-1.2, 1.0), 2, 8)),
        disability=bounded_normal(rng, 1.7, 0.35, 0.9, 2.5),
        damage={code for code in weakness if happens(rng, DAMAGE_SHARE)},
        ck_u_per_l=bounded_lognormal(rng, 650, 0.9, 110, 5200),
    )


def muscle_enzymes(myositis: Myositis, activity: Activity, day: int) -> dict[str, float]:
    """Give what the inflamed muscle adds to each enzyme on a day, in U/L."""
    level = activity.level(day, pace=ENZYME_PACE, organ="muscle", flare=0.25)
    ck = max(myositis.ck_u_per_l - 80, 0) * level
    return {"CK": ck, "AST": 0.075 * ck**0.95, "ALT": 0.06 * ck**0.93, "LDH": 18 * ck**0.42, "ALDOLASE": 0.5 * ck**0.43}


def myositis_assessments(
    patient: Patient, myositis: Myositis, activity: Activity, days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give CMAS and MMT8 item by item, the three globals and the CHAQ of each day."""
    book = read_codebook().instruments
    rows = []
    for day in days:
        weak = activity.level(day, pace=MUSCLE_PACE, organ="muscle", flare=0.12)
        for instrument in ("CMAS", "MMT8"):
            for code, entry in book[instrument].items.items():
                best = entry.maximum
                score = best * (1 - min(myositis.weakness[code] * weak, 1)) + rng.normal(0, 0.12)
                highest = best - (code in myositis.damage)
                rows.append(item(patient, day, instrument, code, int(np.clip(round(score), 0, highest))))
        level = activity.level(day, pace=GLOBAL_PACE, organ="skin", flare=0.1)
        for code, height in (
            ("PHYSICIAN", myositis.physician),
            ("PATIENT", myositis.patient),
            ("EXTRAMUSCULAR", myositis.extramuscular),
        ):
            score = measured(rng, height * level, 0.1) + (0.25 * rng.random() if code == "PATIENT" else 0)
            rows.append(item(patient, day, "GLOBAL", code, round(min(score, 10), 1)))
        disability = myositis.disability * activity.level(day, pace=1.7) + rng.normal(0, 0.05)
        rows.append(item(patient, day, "CHAQ", "TOTAL", round(np.clip(disability, 0, 3) * 8) / 8))
    return rows
