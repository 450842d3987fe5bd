"""Blood counts: marrow under lymphodepletion and inflammation, and the days on which blood was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caseseries.simulate.kinetics import Expansion
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.streams import bounded_lognormal, bounded_normal

FIRST_DAY = -10
FEEDBACK = 0.17
STEPS_PER_DAY = 6
SETTLED_DAY = 140
LATE_SPREAD_DAYS = 12


@dataclass(frozen=True)
class Counts:
    """The counts of one patient: drawn days, and on each of them what the analyser gave (10^9/L; HGB in g/L)."""

    days: tuple[int, ...]
    values: dict[str, np.ndarray]
    t_cells: dict[str, np.ndarray]

    def on(self, day: int, test: str) -> float:
        """Give the count of a day on which blood was drawn."""
        return float(self.values[test][self.days.index(day)])


def marrow_course(
    last_day: int, *, baseline: float, transit_days: float, toxicity: float, late_suppression: float, late_day: float
) -> np.ndarray:
    """Give a blood count on each day from day -10.

    Proliferating cells pass three maturing compartments into the blood and are held by a feedback on the count;
    lymphodepletion kills on days -5 to -3, inflammation slows proliferation around ``late_day``.

    References
    ----------
    Friberg 2002, J Clin Oncol 20:4713.
    """
    days = FIRST_DAY + np.arange((SETTLED_DAY - FIRST_DAY) * STEPS_PER_DAY) / STEPS_PER_DAY
    effect = np.where((days >= -5) & (days < -2), toxicity, 0.0)
    effect += late_suppression * np.exp(-0.5 * ((days - late_day) / LATE_SPREAD_DAYS) ** 2)
    moved = 4 / transit_days / STEPS_PER_DAY
    pool, first, second, third, blood = (baseline,) * 5
    course = [baseline]
    for tick, kept in enumerate((1 - effect).tolist(), start=1):
        growth = kept * (baseline / blood) ** FEEDBACK - 1
        pool, first, second, third, blood = (
            pool + moved * pool * growth,
            first + moved * (pool - first),
            second + moved * (first - second),
            third + moved * (second - third),
            max(blood + moved * (third - blood), 0.005),
        )
        if tick % STEPS_PER_DAY == 0:
            course.append(blood)
    return np.array(course + [course[-1]] * max(last_day - SETTLED_DAY, 0))


def _t_cell_course(
    days: np.ndarray, *, baseline: float, nadir: float, plateau: float, return_days: float
) -> np.ndarray:
    falling = baseline * (nadir / baseline) ** (np.clip(days + 5, 0, 7) / 7)
    rising = (plateau - nadir) * -np.expm1(-np.maximum(days - 2, 0) / return_days)
    return falling + rising


def _draw_days(patient: Patient, known_days: list[int], rng: np.random.Generator) -> tuple[int, ...]:
    """Draw the days of blood counts: daily in hospital, then thinning out; always on ``known_days``."""
    discharge = int(rng.integers(15, 22))
    days = {patient.baseline_day, *range(-6, discharge + 1), *known_days}
    day = discharge
    for until, gaps in ((31, (2, 3)), (62, (6, 7, 8)), (104, (12, 14, 16))):
        while day < until:
            day += int(rng.choice(gaps))
            days.add(day)
    return tuple(sorted(days))


def draw_counts(patient: Patient, reaction: Reaction, known_days: list[int], rng: np.random.Generator) -> Counts:
    """Draw the counts of one patient.

    Late suppression of the marrow goes with the strength of the reaction. Lymphocytes are the sum of T cells (CAR T
    cells among them), B cells and natural killer cells; leukocytes are neutrophils, lymphocytes and the rest.
    """
    days = np.array(_draw_days(patient, known_days, rng))
    last = max(patient.last_contact_day, int(days[-1]))
    late_suppression = 0.085 * float(np.exp(0.2 * reaction.severity + 0.35 * bounded_normal(rng, 0, 1, -2, 2)))
    late_day = float(rng.uniform(32, 48))
    is_lupus = patient.disease == "SLE"

    def course(baseline: float, transit_days: float, toxicity: float, share: float, noise: float) -> np.ndarray:
        daily = marrow_course(
            last,
            baseline=baseline,
            transit_days=transit_days,
            toxicity=toxicity,
            late_suppression=min(share * late_suppression, 0.4),
            late_day=late_day,
        )
        return daily[days - FIRST_DAY] * np.exp(noise * rng.standard_normal(len(days)))

    neutrophils = course(
        bounded_lognormal(rng, 3.4, 0.2, 2.5, 5.5), rng.uniform(4.2, 5.4), rng.uniform(0.55, 1.3), 1.0, 0.1
    )
    # Glucocorticoids bring neutrophils into the blood until they are reduced for the apheresis and stopped.
    neutrophils *= 1 + np.where(days < -5, rng.uniform(0.0, 0.7), 0.0)
    platelets = course(
        bounded_lognormal(rng, 215 if is_lupus and "blood" in patient.organs else 290, 0.18, 130, 430),
        rng.uniform(5.5, 7.5),
        rng.uniform(0.35, 1.0),
        0.5,
        0.06,
    )
    healthy = 133 if patient.age_years >= 12 else 126
    start = bounded_normal(rng, 108 if is_lupus else 118, 8, 92, 132)
    loss = bounded_normal(rng, 18, 7, 6, 34)
    since = np.maximum(days + 5, 0) / 14
    haemoglobin = (
        start
        + (healthy - start) * -np.expm1(-np.maximum(days - 10, 0) / 70)
        - loss * since * np.exp(1 - since)
        + rng.normal(0, 2, len(days))
    )
    t_cells = _draw_t_cells(days, reaction.expansion, rng)
    b_cells = reaction.b_cells.concentration(days, reaction.expansion)
    killers = _t_cell_course(
        days, baseline=rng.uniform(80, 180), nadir=rng.uniform(8, 25), plateau=rng.uniform(120, 260), return_days=18
    )
    t_cells["CD19"] = b_cells
    noise = np.exp(0.08 * rng.standard_normal(len(days)))
    lymphocytes = (t_cells["CD3"] + b_cells + killers) / 1000 * noise
    others = neutrophils * rng.uniform(0.08, 0.16) + 0.04
    values = {"WBC": neutrophils + lymphocytes + others, "ANC": neutrophils, "LYM": lymphocytes}
    values = {test: np.round(value, 2) for test, value in values.items()}
    values |= {"PLT": np.round(platelets), "HGB": np.round(haemoglobin)}
    return Counts(tuple(int(day) for day in days), values, t_cells)


def _draw_t_cells(days: np.ndarray, expansion: Expansion, rng: np.random.Generator) -> dict[str, np.ndarray]:
    helper = _t_cell_course(
        days,
        baseline=bounded_lognormal(rng, 480, 0.35, 220, 1000),
        nadir=bounded_lognormal(rng, 45, 0.35, 20, 100),
        plateau=bounded_lognormal(rng, 620, 0.25, 380, 1000),
        return_days=rng.uniform(90, 170),
    )
    killer = _t_cell_course(
        days,
        baseline=bounded_lognormal(rng, 400, 0.35, 180, 900),
        nadir=bounded_lognormal(rng, 18, 0.3, 10, 30),
        plateau=bounded_lognormal(rng, 520, 0.25, 300, 900),
        return_days=rng.uniform(25, 60),
    )
    cars = expansion.concentration(days)
    share = rng.uniform(0.25, 0.5)
    helper = helper + share * cars
    killer = killer + (1 - share) * cars
    helper, killer = (course * np.exp(0.07 * rng.standard_normal(len(days))) for course in (helper, killer))
    return {"CD3": (helper + killer) * rng.uniform(1.03, 1.1), "CD4": helper, "CD8": killer}


def late_icaht_grade(counts: Counts, *, until_day: int | None) -> int:
    """Give the grade of late ICAHT (EHA/EBMT) that the drawn neutrophils bear out, 0 to 4.

    Samples from day 31; two of them must be at or below 1.5; the lowest tells the grade. ``until_day`` None means
    until the last sample.
    """
    days = np.array(counts.days)
    is_late = (days > 30) & (days <= (until_day or days[-1]))
    late = np.sort(counts.values["ANC"][is_late])
    if len(late) < 2 or late[1] > 1.5:
        return 0
    return sum(bool(late[0] <= limit) for limit in (1.5, 1.0, 0.5, 0.1))
