"""CAR T cells and B cells: expansion, contraction and persistence; killing, aplasia and return."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from caseseries.simulate.streams import bounded_lognormal, bounded_normal

WIDEST_SD = {"cmax": 1.9}
WIDEST_SD_ELSE = 1.25
BLOOD_DAYS = (0, 1, 3, 5, 7, 8, 10, 12, 14, 21, 28)
BETWEEN_VISITS = (120, 150)
COPIES_PER_CELL = 160.0  # copies/ug of DNA for one CAR T cell/uL, the ratio of the two published peaks


@dataclass(frozen=True)
class Expansion:
    """Course of CAR T cells after one infusion: exponential growth, then two exponentials.

    Before ``tmax``: ``cmax / fold * exp(rho * t)`` with ``rho = ln(fold) / tmax``. After it
    ``(1 - lasting) * cmax * exp(-alpha * (t - tmax)) + lasting * cmax * exp(-beta * (t - tmax))``.
    Times in days, rates per day, ``cmax`` in the unit of the concentration.

    References
    ----------
    Stein 2019, CPT Pharmacometrics Syst Pharmacol 8:285.
    """

    fold: float
    tmax: float
    cmax: float
    alpha: float
    lasting: float
    beta: float

    @property
    def rho(self) -> float:
        """Rate of expansion per day."""
        return float(np.log(self.fold) / self.tmax)

    def concentration(self, days: np.ndarray | float) -> np.ndarray:
        """Give the concentration on each day; none before the infusion."""
        days = np.asarray(days, dtype=float)
        after = np.maximum(days - self.tmax, 0)
        rising = self.cmax * np.exp(self.rho * (np.minimum(days, self.tmax) - self.tmax))
        falling = (1 - self.lasting) * np.exp(-self.alpha * after) + self.lasting * np.exp(-self.beta * after)
        return np.where(days < 0, 0.0, rising * falling)

    def area(self, day: float) -> float:
        """Give the area under the curve from the infusion to a day, in closed form."""
        rise = self.cmax / self.fold * np.expm1(self.rho * min(day, self.tmax)) / self.rho
        after = max(day - self.tmax, 0)
        fast = (1 - self.lasting) * self.cmax * -np.expm1(-self.alpha * after) / self.alpha
        slow = self.lasting * self.cmax * -np.expm1(-self.beta * after) / self.beta
        return float(rise + fast + slow)


# Typical child or young adult with leukaemia, copies/ug, and the variances between patients (log scale).
STEIN_2019 = Expansion(fold=3900, tmax=9.3, cmax=24_000, alpha=0.16, lasting=0.0079, beta=0.0032)
VARIANCES = Expansion(fold=2.4, tmax=0.38, cmax=0.65, alpha=0.91, lasting=0.8, beta=0.86)
# Autoimmune disease: peak in cells/uL near the middle of the published range, on days 7 to 10.
TYPICAL_CMAX = 24_000 / COPIES_PER_CELL
TMAX_DAYS = (8.4, 0.12, 7.0, 10.0)


def draw_expansion(rng: np.random.Generator) -> tuple[Expansion, float]:
    """Draw a patient's CAR T course in cells/uL, and how far its peak stands from the typical one in SD."""
    deviations = {
        field.name: bounded_normal(rng, 0, 1, -widest, widest)
        for field in fields(Expansion)
        for widest in (WIDEST_SD.get(field.name, WIDEST_SD_ELSE),)
    }
    typical = {field.name: getattr(STEIN_2019, field.name) for field in fields(Expansion)}
    typical["cmax"] = TYPICAL_CMAX
    drawn = {
        name: float(value * np.exp(deviations[name] * getattr(VARIANCES, name) ** 0.5))
        for name, value in typical.items()
    }
    drawn["tmax"] = bounded_lognormal(rng, *TMAX_DAYS)
    return Expansion(**drawn), deviations["cmax"]


@dataclass(frozen=True)
class BCells:
    """Course of B cells: killed in step with CAR T exposure, back by exponential growth from the marrow."""

    baseline: float
    killing: float
    return_day: float
    doubling_days: float
    plateau: float

    def concentration(self, days: np.ndarray, expansion: Expansion) -> np.ndarray:
        """Give CD19+ cells/uL on each day; lymphodepletion from day -5 takes its part before the CAR T cells."""
        days = np.asarray(days, dtype=float)
        exposure = np.array([expansion.area(day) if day > 0 else 0.0 for day in days])
        lymphodepletion = np.exp(-0.25 * np.clip(days + 5, 0, 6))
        old = self.baseline * lymphodepletion * np.exp(-self.killing * exposure)
        growth = np.exp2(np.clip((days - self.return_day) / self.doubling_days, -60, 60))
        return old + self.plateau * growth / (self.plateau + growth)


def draw_b_cells(rng: np.random.Generator, *, age_years: float, peak_z: float) -> BCells:
    """Draw a patient's B cells; a stronger expansion keeps them away longer (110 +- 32 days, Mackensen 2022)."""
    wait = 0.5 * peak_z + 0.87 * bounded_normal(rng, 0, 1, -1.6, 2.2)
    return BCells(
        baseline=bounded_lognormal(rng, 145, 0.55, 45, 420),
        killing=bounded_lognormal(rng, 0.6, 0.3, 0.3, 1.2),
        return_day=110 + 32 * wait,
        doubling_days=bounded_lognormal(rng, 12, 0.25, 7, 20),
        plateau=bounded_lognormal(rng, 420 if age_years < 12 else 260, 0.3, 130, 800),
    )
