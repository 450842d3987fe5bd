"""Who is treated: composition of the cohort, age, growth, organs involved and length of follow-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from caseseries.design import DAYS_PER_YEAR
from caseseries.simulate.streams import bounded_lognormal, bounded_normal, happens, stream

BLOCK = 8
DISEASES = ("SLE",) * 4 + ("JDM",) * 3 + ("SSc",)
SEXES = ("female",) * 7 + ("male",)
CENTRES = ("Rome",) * 5 + ("Erlangen",) * 3
AGE_RANGE = {"SLE": (10.0, 17.0), "JDM": (5.0, 15.0), "SSc": (10.0, 16.0)}
FOLLOW_UP_DAYS = (274, 731)
DRAWS_AT_ONCE = 20_000
ORGANS = {
    "SLE": {
        "kidney": 0.75,
        "skin": 0.65,
        "joints": 0.65,
        "blood": 0.5,
        "serosa": 0.25,
        "nervous_system": 0.1,
    },
    "JDM": {"muscle": 1.0, "skin": 0.95, "joints": 0.3, "lung": 0.25, "gut": 0.15},
    "SSc": {"skin": 1.0, "lung": 1.0, "vessels": 0.9, "gut": 0.4, "joints": 0.3},
}
# Median height in cm from 5 to 20 years and median body-mass index, rounded from growth charts.
AGES = np.arange(5.0, 21.0)
HEIGHT_CM = {
    "female": (108, 115, 121.5, 127.5, 133, 138, 144, 151, 157, 160.5, 162, 162.6, 163, 163.2, 163.3, 163.3),
    "male": (109, 115.5, 122, 128, 133.5, 138.5, 143.5, 149, 156, 164, 170, 173.5, 175.5, 176.3, 176.7, 176.9),
}
BODY_MASS_INDEX = (15.3, 15.4, 15.5, 15.8, 16.2, 16.7, 17.3, 18, 18.7, 19.3, 19.9, 20.4, 20.9, 21.3, 21.6, 21.9)

RowTest = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Patient:
    """One child: what is so before the infusion, and how long it is followed."""

    number: int
    disease: str
    sex: str
    centre: str
    age_years: float
    last_contact_day: int
    baseline_day: int
    duration_years: float
    organs: tuple[str, ...]
    has_delay: bool
    height_z: float
    catch_up_per_year: float
    fatness: float

    def age_on(self, day: float) -> float:
        """Give the age in years on a day."""
        return self.age_years + day / DAYS_PER_YEAR

    def height_cm(self, day: float) -> float:
        """Give the height: the child keeps its centile and catches up once off glucocorticoids."""
        gained = self.catch_up_per_year * max(day, 0) / DAYS_PER_YEAR
        median = float(np.interp(self.age_on(day), AGES, HEIGHT_CM[self.sex]))
        return round(median * (1 + 0.043 * (self.height_z + gained)), 1)

    def weight_kg(self, day: float) -> float:
        """Give the weight: a steroid-fed child thins out over about half a year."""
        fatness = 1.03 + (self.fatness - 1.03) * 2 ** (-max(day, 0) / 150)
        index = float(np.interp(self.age_on(day), AGES, BODY_MASS_INDEX)) * fatness
        return round(index * (self.height_cm(day) / 100) ** 2, 1)

    @property
    def surface_m2(self) -> float:
        """Body surface at infusion (Mosteller)."""
        return (self.height_cm(0) * self.weight_kg(0) / 3600) ** 0.5


def enrol_block(seed: int, block: int, *, accept: tuple[RowTest, RowTest] | None) -> list[Patient]:
    """Draw the eight children of a block.

    Disease, sex and centre are the published numbers in random order, independent of each other. Ages are drawn
    within the ages of the disease and recorded to half a year; follow-up is even between 9 and 24 months, as it is
    when children are treated at a steady rate and all are looked at on one day. ``accept`` tells of
    many drawn rows of eight ages, and of eight lengths of follow-up, which of them may stand; the first is taken.
    """
    rng = stream(seed, block, "composition")
    disease, sex, centre = (rng.permutation(strata) for strata in (DISEASES, SEXES, CENTRES))
    bounds = np.array([AGE_RANGE[name] for name in disease]) * 2
    draws = 1 if accept is None else DRAWS_AT_ONCE

    def first_that_stands(draw: Callable[[], np.ndarray], stands: Callable[[np.ndarray], np.ndarray] | None):
        while True:
            drawn = draw()
            found = drawn if stands is None else drawn[stands(drawn)]
            if len(found):
                return found[0]

    may_age, may_follow = accept or (None, None)
    ages = first_that_stands(
        lambda: rng.integers(bounds[:, 0], bounds[:, 1], size=(draws, BLOCK), endpoint=True) / 2, may_age
    )
    days = first_that_stands(lambda: rng.integers(*FOLLOW_UP_DAYS, size=(draws, BLOCK), endpoint=True), may_follow)
    return [
        _draw_patient(
            seed,
            block * BLOCK + place + 1,
            str(disease[place]),
            str(sex[place]),
            str(centre[place]),
            float(ages[place]),
            int(days[place]),
        )
        for place in range(BLOCK)
    ]


def _draw_patient(
    seed: int, number: int, disease: str, sex: str, centre: str, age: float, last_contact_day: int
) -> Patient:
    rng = stream(seed, number, "traits")
    organs = tuple(organ for organ, share in ORGANS[disease].items() if happens(rng, share))
    if len(organs) < 2:
        organs = tuple(ORGANS[disease])[:3]
    return Patient(
        number=number,
        disease=disease,
        sex=sex,
        centre=centre,
        age_years=age,
        last_contact_day=last_contact_day,
        baseline_day=-int(rng.integers(6, 10)),
        duration_years=round(min(bounded_lognormal(rng, 3.5, 0.5, 1.4, 10), age - 2.5), 1),
        organs=organs,
        has_delay=happens(rng, 0.05),
        height_z=bounded_normal(rng, -0.9, 0.9, -2.4, 1.2),
        catch_up_per_year=bounded_normal(rng, 0.2, 0.1, 0.0, 0.35) if age < 14 else 0.0,
        fatness=bounded_normal(rng, 1.09, 0.08, 0.92, 1.22),
    )
