"""Infections: when, what, how grave, and what was given for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caseseries.simulate.doses import rounded_dose
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Fever, Reaction
from caseseries.simulate.rows import course
from caseseries.simulate.streams import bounded_lognormal

# infection: (weight, grade, usual days, fever, drug, mg/kg a day, highest mg a day, route)
KINDS = {
    "Upper respiratory tract infection": (36, 1, 8, False, "", 0, 0, ""),
    "COVID-19": (8, 1, 8, True, "", 0, 0, ""),
    "Gastroenteritis": (10, 1, 4, False, "", 0, 0, ""),
    "Otitis media": (10, 2, 8, True, "amoxicillin", 75, 3000, "oral"),
    "Sinusitis": (7, 2, 10, False, "amoxicillin", 75, 3000, "oral"),
    "Urinary tract infection": (9, 2, 7, True, "cefixime", 8, 400, "oral"),
    "Herpes labialis": (7, 2, 6, False, "valaciclovir", 40, 2000, "oral"),
    "Herpes zoster": (5, 2, 9, False, "valaciclovir", 60, 3000, "oral"),
    "Paronychia": (4, 2, 7, False, "flucloxacillin", 50, 2000, "oral"),
    "Pneumonia": (3, 3, 12, True, "ceftriaxone", 80, 4000, "intravenous"),
    "Catheter-related bloodstream infection": (1, 3, 12, True, "vancomycin", 45, 3000, "intravenous"),
}
EARLY_PER_DAY = 0.012
LATE_PER_DAY = 0.0042


@dataclass(frozen=True)
class Infection:
    """One infection, and the days on which a drug was given for it."""

    kind: str
    start_day: int
    end_day: int

    @property
    def grade(self) -> int:
        """Grade: 1 without treatment, 2 with oral, 3 with intravenous treatment."""
        return KINDS[self.kind][1]

    @property
    def drug(self) -> str:
        """Drug given for it, empty if none."""
        return KINDS[self.kind][4]

    @property
    def fever(self) -> Fever | None:
        """The fever at its start."""
        has_fever = KINDS[self.kind][3]
        return Fever(self.start_day, min(self.start_day + 1, self.end_day), 38.7) if has_fever else None


def draw_infections(patient: Patient, reaction: Reaction, rng: np.random.Generator) -> list[Infection]:
    """Draw infections at a rate that is high in the first month and low after.

    Never two at once, nor the same within three months. None begins during the fever of cytokine release or within
    two days of it: the bedside could not tell them apart.
    """
    names = list(KINDS)
    weights = np.array([KINDS[name][0] for name in names], dtype=float)
    infections: list[Infection] = []
    day = 0.0
    while True:
        day += rng.exponential(1 / (EARLY_PER_DAY if day < 30 else LATE_PER_DAY))
        kind = str(rng.choice(names, p=weights / weights.sum()))
        length = round(bounded_lognormal(rng, KINDS[kind][2], 0.25, 3, 21))
        start = round(day)
        if start + length + 5 > patient.last_contact_day:
            return infections
        if any(start <= past.end_day + (90 if past.kind == kind else 3) for past in infections):
            continue
        crs = reaction.crs
        if start < 1 or (crs and crs.start_day - length - 3 <= start <= crs.end_day + 2):
            continue
        infections.append(Infection(kind, start, start + length - 1))


def infection_drugs(patient: Patient, infections: list[Infection]) -> list[dict]:
    """Give the rows of ``medications`` for infections that were treated, from the day after they began."""
    rows = []
    for infection in infections:
        if infection.drug:
            _, _, _, _, drug, per_kg, highest, route = KINDS[infection.kind]
            dose = rounded_dose(per_kg * patient.weight_kg(infection.start_day), highest)
            rows.append(
                course(
                    patient,
                    drug,
                    "anti_infective",
                    "infection",
                    dose,
                    "mg",
                    infection.start_day + 1,
                    infection.end_day,
                    route=route,
                )
            )
    return rows
