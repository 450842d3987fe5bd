"""Blood chemistry: kidney function, enzymes, and the proteins and cytokines of inflammation."""

from __future__ import annotations

import numpy as np

from caseseries.simulate.activity import Activity, measured
from caseseries.simulate.myositis import Myositis, muscle_enzymes
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.rows import result
from caseseries.simulate.streams import bounded_lognormal, bounded_normal

CHEMISTRY_DAYS = (0, 7)
MEASUREMENT_ERROR = {"IL6": 0.25, "CRP": 0.12, "FERRITIN": 0.08, "FIBRINOGEN": 0.05}
INFLAMMATION_DAYS = (*range(11), 12, 14, 17, 21, 28)


def creatinine_mg_per_dl(patient: Patient, day: float, filtration: float) -> float:
    """Give the creatinine at which CKiD U25 finds this filtration (mL/min/1.73 m2) for the child's size and age.

    References
    ----------
    Pierce 2021, Kidney Int 99:948.
    """
    age = patient.age_on(day)
    if patient.sex == "male":
        factor = 39.0 * (1.008 if age < 12 else 1.045) ** (min(age, 18) - 12)
    else:
        factor = 36.1 * (1.008 if age < 12 else 1.023) ** (min(age, 18) - 12)
    return factor * patient.height_cm(day) / 100 / filtration


def chemistry_labs(
    patient: Patient,
    myositis: Myositis | None,
    activity: Activity,
    reaction: Reaction,
    days: list[int],
    rng: np.random.Generator,
) -> list[dict]:
    """Give creatinine, cystatin C, liver and muscle enzymes and bilirubin of each day."""
    healthy = bounded_normal(rng, 112, 8, 96, 130)
    is_nephritic = patient.disease == "SLE" and "kidney" in patient.organs
    diseased = bounded_normal(rng, 84, 14, 58, 108) if is_nephritic else healthy
    muscle_mass = 0.85 if patient.disease == "JDM" else 1.0
    usual = {
        "LDH": bounded_normal(rng, 205, 20, 160, 245),
        "ALT": bounded_lognormal(rng, 17, 0.3, 9, 32),
        "AST": bounded_lognormal(rng, 23, 0.2, 14, 32),
        "CK": bounded_lognormal(rng, 75, 0.25, 42, 125),
        "ALDOLASE": bounded_normal(rng, 4.8, 0.8, 3, 6.8),
    }
    rows = []
    for day in days:
        level = activity.level(day, pace=3.0, organ="kidney", flare=0.2)
        filtration = healthy - (healthy - diseased) * level
        creatinine = creatinine_mg_per_dl(patient, day, filtration) * muscle_mass
        rows += [
            result(patient, day, "CREAT", measured(rng, creatinine, 0.05)),
            result(patient, day, "CYSC", measured(rng, 80 / filtration, 0.05)),
        ]
        # Conditioning and the release of cytokines irritate the liver for a week or two.
        liver = 0.5 * np.exp(-(((day - 9) / 6) ** 2)) * (1 + max(reaction.severity, 0))
        added = muscle_enzymes(myositis, activity, day) if myositis else {}
        for test, value in usual.items():
            if test in ("CK", "ALDOLASE") and patient.disease == "SLE":
                continue
            raised = value * (1 + liver * (test in ("ALT", "AST"))) + added.get(test, 0)
            rows.append(result(patient, day, test, measured(rng, raised, 0.09)))
        lower, upper = _growth_phosphatase(patient, day)
        rows.append(result(patient, day, "ALP", measured(rng, 0.55 * lower + 0.45 * upper, 0.12)))
        rows.append(result(patient, day, "BILI", measured(rng, 0.4 + 0.15 * liver, 0.2)))
    return rows


def _growth_phosphatase(patient: Patient, day: float) -> tuple[float, float]:
    """Give the range of alkaline phosphatase, which falls smoothly as growth ends."""
    ages = (5, 9, 12, 14, 16, 18) if patient.sex == "female" else (5, 11, 14, 16, 18, 20)
    age = patient.age_on(day)
    return (
        float(np.interp(age, ages, (160, 160, 141, 75, 55, 50))),
        float(np.interp(age, ages, (340, 360, 360, 230, 125, 105))),
    )


def inflammation_labs(
    patient: Patient, reaction: Reaction, activity: Activity, late_days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give CRP, ferritin, interleukin 6 and fibrinogen of days 0 to 28, and CRP at the later visits.

    A drive of the days of fever, and a weak one of the expansion itself, feeds interleukin 6 at once and the
    proteins of the liver in the days after; tocilizumab blocks the latter and lets interleukin 6 rise.
    """
    grid = np.arange(-12, 41)
    drive = 0.12 * np.exp(-0.5 * ((grid - reaction.expansion.tmax) / 2.0) ** 2) * np.exp(0.5 * reaction.severity)
    if reaction.crs:
        middle = (reaction.crs.start_day + reaction.crs.end_day) / 2
        width = (reaction.crs.end_day - reaction.crs.start_day) / 2 + 0.8
        drive = drive + np.exp(0.45 * reaction.severity) * np.exp(-0.5 * ((grid - middle) / width) ** 2)
    toci = reaction.tocilizumab_day
    is_blocked = (grid > toci) & (grid < toci + 21) if toci is not None else np.zeros(len(grid), dtype=bool)
    interleukin = (2.5 + 55 * drive) * np.where(is_blocked, 4.0, 1.0)
    resting = {
        "CRP": bounded_lognormal(rng, 12 if patient.disease == "SSc" else 2.5, 0.4, 0.8, 18),
        "FERRITIN": bounded_lognormal(rng, 95, 0.5, 25, 260),
        "FIBRINOGEN": bounded_normal(rng, 2.9, 0.35, 2.2, 3.8),
    }
    course = {
        "CRP": _follow(np.where(is_blocked, 0.05, 1.0) * 28 * drive, 19 / 24),
        "FERRITIN": _follow(170 * drive, 3.5),
        "FIBRINOGEN": _follow(np.where(is_blocked, -0.15, 0.45 * drive), 3.5),
    }
    rows = []
    calm = float(rng.uniform(0.6, 2.0))

    def crp(day: int, added: float) -> float:
        return calm + (resting["CRP"] - min(calm, resting["CRP"])) * activity.level(day) + added

    for day in (patient.baseline_day, *INFLAMMATION_DAYS):
        place = day - int(grid[0])
        values = {
            "CRP": crp(day, course["CRP"][place]),
            "FERRITIN": resting["FERRITIN"] + course["FERRITIN"][place],
            "FIBRINOGEN": max(resting["FIBRINOGEN"] + course["FIBRINOGEN"][place], 1.3),
            "IL6": interleukin[place],
        }
        rows += [
            result(patient, day, test, measured(rng, value, MEASUREMENT_ERROR[test])) for test, value in values.items()
        ]
    rows += [result(patient, day, "CRP", measured(rng, crp(day, 0.0), 0.3)) for day in late_days if day > 28]
    return rows


def _follow(drive: np.ndarray, half_life_days: float) -> np.ndarray:
    kept = 0.5 ** (1 / half_life_days)
    level, course = 0.0, []
    for made in drive:
        level = level * kept + made
        course.append(level)
    return np.array(course)
