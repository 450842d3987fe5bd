"""Cytokine release and neurotoxicity: who gets them, and the bedside observations that show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caseseries.simulate.kinetics import BCells, Expansion, draw_b_cells, draw_expansion
from caseseries.simulate.patients import Patient
from caseseries.simulate.streams import bounded_normal, happens

WATCH_DAYS = range(15)
WATCH_HOURS = (2, 8, 14, 20)
CHECK_HOURS = (8, 20)
FEVER_C = 38.0
CRS_THRESHOLD = -0.65
SEVERE_CRS_THRESHOLD = 1.9
ICANS_THRESHOLD = 1.35
SEVERE_ICANS_THRESHOLD = 2.3


@dataclass(frozen=True)
class Fever:
    """A period of fever: first and last day, and the highest temperature."""

    start_day: int
    end_day: int
    peak_c: float

    def __contains__(self, day: int) -> bool:
        return self.start_day <= day <= self.end_day


@dataclass(frozen=True)
class Reaction:
    """What the infusion does in the first weeks.

    ``crs`` is the fever of cytokine release; ``needs`` what it asks for beyond paracetamol (fluids, oxygen or
    nothing); ``icans_days`` the days of neurotoxicity with their ``icans_points`` lost (ICE) or found (CAPD).
    """

    expansion: Expansion
    peak_z: float
    b_cells: BCells
    severity: float
    crs: Fever | None
    needs: str
    tocilizumab_day: int | None
    icans_days: tuple[int, ...]
    icans_points: int


def draw_reaction(patient: Patient, rng: np.random.Generator) -> Reaction:
    """Draw CAR T expansion, and from its height the chance and strength of cytokine release and neurotoxicity."""
    expansion, peak_z = draw_expansion(rng)
    b_cells = draw_b_cells(rng, age_years=patient.age_years, peak_z=peak_z)
    severity = 0.7 * peak_z + 0.75 * bounded_normal(rng, 0, 1, -2.5, 2.5)
    crs, needs, tocilizumab_day = None, "", None
    rise = float(rng.uniform(0.02, 0.15))
    length = 1 + int(rng.poisson(1.0 + 0.8 * max(severity, 0)))
    peak_c = round(min(38.6 + 0.35 * severity + 0.3 * bounded_normal(rng, 0, 1, -2, 2), 40.1), 1)
    if severity > CRS_THRESHOLD:
        onset = int(np.clip(round(expansion.tmax + np.log(rise) / expansion.rho), 1, 9))
        if severity > SEVERE_CRS_THRESHOLD:
            needs = "oxygen" if happens(rng, 0.5) else "fluids"
        if (length >= 3 and peak_c >= 38.9 and happens(rng, 0.4)) or needs:
            tocilizumab_day = onset + min(2, length - 1)
            length = min(length, 4)
        crs = Fever(onset, min(onset + length - 1, WATCH_DAYS[-1]), max(peak_c, 38.3))
    neuro = 0.5 * severity + 0.85 * bounded_normal(rng, 0, 1, -2.5, 2.5)
    icans_days: tuple[int, ...] = ()
    start, n_days = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    if crs and neuro > ICANS_THRESHOLD:
        icans_days = tuple(range(crs.start_day + start, min(crs.start_day + start + n_days, 14)))
    points = int(rng.integers(1, 3)) + (4 if neuro > SEVERE_ICANS_THRESHOLD else 0)
    return Reaction(expansion, peak_z, b_cells, severity, crs, needs, tocilizumab_day, icans_days, points)


def systolic_limit(age_years: float) -> float:
    """Give the lower limit of systolic pressure of a child in mmHg (Mahadeo 2019, Nat Rev Clin Oncol)."""
    return 70 + 2 * age_years if age_years <= 10 else 90


def observe(
    patient: Patient,
    reaction: Reaction,
    other_fevers: list[Fever],
    days_seen: list[int],
    rng: np.random.Generator,
) -> list[dict]:
    """Give the rows of ``vital_signs``: four times a day for two weeks, then once at each visit.

    Only observations of fever, low pressure or oxygen say whether they are put down to cytokine release.
    """
    rows = [_observation(patient, day, 10, 36.7, "", rng) for day in (patient.baseline_day,)]
    for day in WATCH_DAYS:
        is_crs = reaction.crs is not None and day in reaction.crs
        fever = reaction.crs if is_crs else next((other for other in other_fevers if day in other), None)
        warmest = int(rng.integers(2, 4))
        for place, hour in enumerate(WATCH_HOURS):
            if day == 0 and hour < 10:
                continue
            warmth = 36.6 + 0.25 * np.sin((hour - 9) * np.pi / 12)
            if fever:
                middle = (fever.start_day + fever.end_day) / 2
                height = fever.peak_c - 0.25 * abs(day - middle) - 0.9 * (place != warmest)
                warmth = max(height, 38.1) if place == warmest else max(height, 37.1)
            cause = "crs" if is_crs else "other" if fever else ""
            row = _observation(patient, day, hour, warmth, cause, rng)
            if is_crs and reaction.needs and place == warmest and day <= (reaction.tocilizumab_day or day):
                row |= _support(patient, reaction.needs, day)
            rows.append(row)
    rows += [_observation(patient, day, 10, 36.6, "", rng) for day in days_seen if day not in WATCH_DAYS]
    return rows


def _observation(patient: Patient, day: int, hour: int, warmth: float, cause: str, rng: np.random.Generator) -> dict:
    age = patient.age_on(day)
    temperature = warmth + bounded_normal(rng, 0, 0.15, -0.35, 0.35)
    if not cause:
        temperature = min(temperature, 37.6)
    elif warmth >= FEVER_C:
        temperature = max(temperature, FEVER_C)
    temperature = round(temperature, 1)
    middle = 92 + 2 * age if age <= 10 else 112 + (age - 10) * (1.8 if patient.sex == "male" else 0.8)
    systolic = max(round(bounded_normal(rng, middle, 6, 60, 160)), int(systolic_limit(age)) + 3)
    warm = max(temperature - 37, 0)
    is_febrile = temperature >= FEVER_C
    return {
        "number": patient.number,
        "day": day,
        "hour": hour,
        "temperature_c": temperature,
        "systolic_bp_mmhg": systolic,
        "diastolic_bp_mmhg": round(0.6 * systolic + bounded_normal(rng, -2, 4, -12, 8)),
        "heart_rate_per_min": round(112 - 2.2 * min(age, 17) + 11 * warm + bounded_normal(rng, 0, 6, -15, 15)),
        "respiratory_rate_per_min": round(24 - 0.5 * min(age, 17) + 2 * warm + bounded_normal(rng, 0, 1.5, -3, 3)),
        "oxygen_saturation_percent": int(rng.integers(96, 101)),
        "oxygen_device": "none",
        "oxygen_l_per_min": None,
        "vasopressors": "",
        "attributable": {"crs": "yes", "other": "no"}[cause] if is_febrile else "",
    }


def _support(patient: Patient, needs: str, day: int) -> dict:
    if needs == "fluids":
        low = int(systolic_limit(patient.age_on(day))) - 4
        return {"systolic_bp_mmhg": low, "diastolic_bp_mmhg": low - 35, "attributable": "yes"}
    return {
        "oxygen_saturation_percent": 91,
        "oxygen_device": "nasal_cannula",
        "oxygen_l_per_min": 1.5,
        "attributable": "yes",
    }


def check_neurology(patient: Patient, reaction: Reaction, days_seen: list[int], rng: np.random.Generator) -> list[dict]:
    """Give the rows of ``neuro_checks``: twice a day for two weeks, daily for a third, then at two visits.

    ICE from 12 years without developmental delay, else CAPD, in which well children too score a few points.
    """
    uses_ice = patient.age_years >= 12 and not patient.has_delay
    usual = int(rng.integers(0, 4))
    times = [(day, hour) for day in WATCH_DAYS for hour in CHECK_HOURS if (day, hour) != (0, 8)]
    times += [(day, 8) for day in range(WATCH_DAYS[-1] + 1, 22)]
    times += [(day, 10) for day in days_seen if 22 <= day <= 100]
    rows = []
    for day, hour in times:
        is_icans = day in reaction.icans_days
        wobble = int(rng.integers(0, 2))
        # A febrile, sleepy young child scores points that nobody takes for neurotoxicity.
        is_febrile = reaction.crs is not None and day in reaction.crs
        capd = usual + wobble + (2 if is_febrile else 0)
        if is_icans:
            capd = min(5 + reaction.icans_points, 8)
        drowsy = "awakens_to_voice" if reaction.icans_points > 4 else "awakens_spontaneously"
        rows.append(
            {
                "number": patient.number,
                "day": day,
                "hour": hour,
                "ice_score": (10 - reaction.icans_points if is_icans else 10) if uses_ice else None,
                "capd_score": None if uses_ice else capd,
                "unable_to_perform": "no",
                "consciousness": drowsy if is_icans else "alert",
                "seizure": "none",
                "motor": "none",
                "oedema": "none",
                "suspected": "yes" if is_icans else "no",
            }
        )
    return rows
