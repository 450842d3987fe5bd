"""Antibodies: those of the disease, of vaccination, and immunoglobulins with what infusions of them add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from caseseries.simulate.activity import measured
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.rows import result
from caseseries.simulate.streams import bounded_lognormal, happens

# test: (share of patients, median before, share made by long-lived plasma cells, half-life in days of the rest)
AUTOANTIBODIES = {
    "SLE": {
        "DSDNA": (1.0, 260, 0.04, 26),
        "ANTI_SM": (0.45, 90, 0.45, 50),
        "ANTI_RNP": (0.45, 80, 0.5, 50),
        "ANTI_RO": (0.4, 140, 0.85, 60),
        "ANTI_C1Q": (0.6, 60, 0.1, 30),
        "ANTI_NUCLEOSOME": (0.7, 110, 0.1, 30),
    },
    "JDM": {"ANTI_NXP2": (0.4, 85, 0.2, 40), "ANTI_TIF1G": (0.35, 95, 0.2, 40), "ANTI_MDA5": (0.3, 110, 0.12, 32)},
    "SSc": {"ANTI_SCL70": (1.0, 160, 0.5, 60)},
}
ANA_TITRES = (320, 640, 1280, 2560, 5120)
# test: (median before, half-life in days, what 1 g/L of infused immunoglobulin carries)
VACCINES = {
    "TETANUS_IGG": (1.1, 1500, 0.12),
    "DIPHTHERIA_IGG": (0.4, 1200, 0.05),
    "MEASLES_IGG": (0.9, 3000, 0.06),
    "VARICELLA_IGG": (0.7, 2500, 0.05),
}
IVIG_G_PER_L = 9.0  # rise of serum IgG for 1 g/kg, after it has spread
IVIG_HALF_LIFE_DAYS = 22
IVIG_BELOW_G_PER_L = 5.0
IVIG_EVERY_DAYS = 28


def autoantibody_labs(patient: Patient, days: list[int], rng: np.random.Generator) -> list[dict]:
    """Give the autoantibodies of each day: those of short-lived cells go, those of long-lived ones stay."""
    antibodies = AUTOANTIBODIES.get(patient.disease, {})
    held = {test: happens(rng, entry[0]) for test, entry in antibodies.items()}
    if patient.disease == "JDM":
        # Myositis antibodies exclude each other: the first that is held counts.
        first = next((test for test, is_held in held.items() if is_held), "ANTI_NXP2")
        held = {test: test == first for test in held}
    rows = []
    for test, (_, median, lasting, half_life) in antibodies.items():
        start = bounded_lognormal(rng, median, 0.6, 40, median * 5)
        rate = half_life * rng.uniform(0.8, 1.25)
        lasting *= rng.uniform(0.7, 1.15)
        for day in days:
            gone = 1 - 2.0 ** (-max(day - 5, 0) / rate)
            value = start * (1 - (1 - lasting) * gone) if held[test] else 2.0
            rows.append(result(patient, day, test, measured(rng, value, 0.08)))
    if patient.disease in ("SLE", "SSc"):
        titre = float(rng.choice(ANA_TITRES))
        halvings = rng.uniform(1, 4)
        for day in days:
            steps = round(halvings * (1 - 2.0 ** (-max(day - 5, 0) / 90)) + rng.normal(0, 0.2))
            rows.append(result(patient, day, "ANA", titre / 2.0 ** max(steps, 0)))
    return rows


@dataclass(frozen=True)
class Immunoglobulins:
    """Own IgG, IgA and IgM and infused IgG on each day from the day of baseline; and the days of replacement."""

    first_day: int
    own: dict[str, np.ndarray]
    infused: np.ndarray
    replacement_days: tuple[int, ...]


def draw_immunoglobulins(
    patient: Patient, reaction: Reaction, earlier_ivig: Iterable[tuple[int, float]], rng: np.random.Generator
) -> Immunoglobulins:
    """Draw the immunoglobulins; replacement is given when the trough falls below 5 g/L, every four weeks.

    ``earlier_ivig`` are the days and doses (g/kg) of immunoglobulin given for the disease before the infusion.
    """
    first = patient.baseline_day
    days = np.arange(first, patient.last_contact_day + 2)
    start = {
        "IGG": bounded_lognormal(rng, {"SLE": 10.5, "JDM": 8.8}.get(patient.disease, 12.0), 0.22, 6.4, 17),
        "IGA": bounded_lognormal(rng, 1.5, 0.35, 0.6, 3.2),
        "IGM": bounded_lognormal(rng, 0.95, 0.35, 0.4, 2.2),
    }
    shares = {
        "IGG": (float(rng.uniform(0.3, 0.75)), 27),
        "IGA": (float(rng.uniform(0.3, 0.7)), 22),
        "IGM": (float(rng.uniform(0.08, 0.3)), 13),
    }
    recovered = float(rng.uniform(0.75, 1.0))
    own = {}
    for test, (lasting, half_life) in shares.items():
        low = start[test] * (lasting + (1 - lasting) * 2.0 ** (-np.maximum(days - 5, 0) / half_life))
        back = 1 - 2.0 ** (-np.maximum(days - reaction.b_cells.return_day - 30, 0) / 130)
        own[test] = low + (recovered * start[test] - low).clip(0) * back
    infused = np.zeros(len(days))
    for day, dose in earlier_ivig:
        infused += _infusion(days, day, dose)
    given = []
    for day in range(14 + int(rng.integers(0, 15)), patient.last_contact_day - 7, IVIG_EVERY_DAYS):
        if own["IGG"][day - first] + infused[day - first] < IVIG_BELOW_G_PER_L:
            infused += _infusion(days, day, 0.4)
            given.append(day)
    return Immunoglobulins(first, own, infused, tuple(given))


def _infusion(days: np.ndarray, day: int, dose_g_per_kg: float) -> np.ndarray:
    left = IVIG_G_PER_L * dose_g_per_kg * 2.0 ** (-np.maximum(days - day, 0) / IVIG_HALF_LIFE_DAYS)
    # The blood of the day of an infusion is drawn before it.
    return np.where(days > day, left, 0.0)


def immunoglobulin_labs(
    patient: Patient,
    immunoglobulins: Immunoglobulins,
    days: list[int],
    vaccine_days: list[int],
    rng: np.random.Generator,
) -> list[dict]:
    """Give IgG, IgA and IgM of each day, and vaccine titres, which infused immunoglobulin raises too."""
    rows = []
    for day in days:
        place = day - immunoglobulins.first_day
        for test, own in immunoglobulins.own.items():
            infused = immunoglobulins.infused[place] if test == "IGG" else 0.0
            rows.append(result(patient, day, test, measured(rng, own[place] + infused, 0.05)))
    for test, (median, half_life, carried) in VACCINES.items():
        start = bounded_lognormal(rng, median, 0.6, 0.05, 6)
        for day in vaccine_days:
            infused = carried * immunoglobulins.infused[day - immunoglobulins.first_day]
            own = start * 2.0 ** (-max(day, 0) / half_life)
            rows.append(result(patient, day, test, measured(rng, own + infused, 0.1)))
    return rows
