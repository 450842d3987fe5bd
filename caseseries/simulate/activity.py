"""Disease activity after the infusion: one falling course that everything measurable follows at its own pace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caseseries.simulate.patients import Patient
from caseseries.simulate.streams import bounded_lognormal, bounded_normal, happens

PARTIAL_SHARE = 0.08
LICATS_SHARE = 0.77
LICATS_ORGANS = {"skin": 35, "kidney": 22, "joints": 15, "muscle": 15, "serosa": 8}
LICATS_GRADES = (0.66, 0.31, 0.03)


@dataclass(frozen=True)
class Licats:
    """A local flare-up of an organ that the disease had touched, while B cells are absent."""

    organ: str
    start_day: int
    end_day: int
    grade: int

    def strength(self, day: float) -> float:
        """Give the strength on a day, 0 to 1, highest in the middle."""
        middle = (self.start_day + self.end_day) / 2
        half = (self.end_day - self.start_day) / 2 + 1
        return max(0.0, 1 - (day - middle) ** 2 / half**2)


def draw_licats(patient: Patient, rng: np.random.Generator) -> Licats | None:
    """Draw the flare-up: 77% of patients, around day 10, for about 11 days (Hagen 2025, Lancet Rheumatol)."""
    has_it = happens(rng, LICATS_SHARE)
    organs = [organ for organ in patient.organs if organ in LICATS_ORGANS] or ["skin"]
    weights = np.array([LICATS_ORGANS[organ] for organ in organs], dtype=float)
    organ = str(rng.choice(organs, p=weights / weights.sum()))
    start = round(bounded_normal(rng, 10, 3.5, 4, 20))
    length = round(bounded_lognormal(rng, 11, 0.4, 4, 28))
    grade = 1 + int(rng.choice(3, p=LICATS_GRADES))
    return Licats(organ, start, start + length - 1, grade) if has_it else None


@dataclass(frozen=True)
class Activity:
    """How fast and how far the disease goes down: half-life in days, and the share that stays for good."""

    half_life_days: float
    residual: float
    licats: Licats | None

    def level(self, day: float, *, pace: float = 1.0, organ: str = "", flare: float = 0.3) -> float:
        """Give the activity on a day as a share of that before the infusion.

        ``pace`` stretches the half-life for what recovers more slowly than inflammation; ``flare`` is what a local
        flare-up of ``organ`` adds at its height.
        """
        falling = 2.0 ** (-max(day, 0) / (self.half_life_days * pace))
        level = self.residual + (1 - self.residual) * falling
        if self.licats and self.licats.organ == organ:
            level += flare * self.licats.strength(day)
        return float(level)

    @property
    def is_partial(self) -> bool:
        """Whether enough of the disease stays that drugs are taken up again."""
        return self.residual > 0.1


def draw_activity(patient: Patient, licats: Licats | None, rng: np.random.Generator) -> Activity:
    """Draw the response: deep in most; part of the disease stays in some, and always in sclerosis (fibrosis)."""
    is_partial = happens(rng, PARTIAL_SHARE)
    residual = float(rng.uniform(0.2, 0.45)) if is_partial else float(rng.uniform(0.0, 0.012))
    return Activity(bounded_lognormal(rng, 22, 0.35, 11, 38), residual, licats)


def measured(rng: np.random.Generator, value: float, spread: float) -> float:
    """Give a value with the multiplicative error of measurement and of the day."""
    return float(value * np.exp(spread * bounded_normal(rng, 0, 1, -2, 2)))
