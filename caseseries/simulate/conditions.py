"""The published aggregates as conditions: which draws of the first eight children may stand.

No published number is written into a result. A stage is drawn, looked at, and drawn again until the eight children
of the first block bear out what was published of them; further children are drawn once and stand as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from caseseries.design import DAYS_PER_MONTH
from caseseries.simulate.counts import Counts, late_icaht_grade
from caseseries.simulate.infections import Infection
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction

MOST_ATTEMPTS = 20_000
Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class Conditions:
    """What was said of the eight children.

    Follow-up, cytokine release, neurotoxicity, late haematotoxicity, infections: Becilli 2026, Nat Med, abstract;
    clearance of B cells: its summary; ages and remission: the hospital's and the centre's press statements of
    5 and 6 February 2026, in which the one child without remission is the one with sclerosis, improved.
    """

    follow_up_months: tuple[float, float, float] = (9.0, 16.5, 24.0)
    ages_years: tuple[float, float] = (5.0, 17.0)
    crs_grade_1: int = 6
    icans_grade_1: int = 1
    late_icaht_grade_1: int = 2
    severe_infections: int = 0
    cleared_by_day: int = 7
    remissions: int = 7
    improved: int = 8


PUBLISHED = Conditions()


def settle(draw: Callable[[int], Drawn], accept: Callable[[Drawn], bool] | None) -> Drawn:
    """Draw with attempt 0, 1, 2 ... until the draw is accepted; without a condition the first one stands."""
    for attempt in range(MOST_ATTEMPTS):
        drawn = draw(attempt)
        if accept is None or accept(drawn):
            return drawn
    raise RuntimeError(f"no draw of {MOST_ATTEMPTS:,} met the conditions; take another seed")


def ages_stand(ages: np.ndarray, *, conditions: Conditions) -> np.ndarray:
    """Tell which rows of ages reach exactly the published range."""
    youngest, oldest = conditions.ages_years
    return (ages.min(axis=1) == youngest) & (ages.max(axis=1) == oldest)


def follow_up_stands(days: np.ndarray, *, conditions: Conditions) -> np.ndarray:
    """Tell which rows of follow-up have the published range and median.

    The median must come out both from days and from months rounded to a tenth.
    """
    shortest, middle, longest = conditions.follow_up_months
    months = np.round(days / DAYS_PER_MONTH, 1)
    near = 1e-9
    return (
        (np.abs(months.min(axis=1) - shortest) < near)
        & (np.abs(months.max(axis=1) - longest) < near)
        & (np.abs(np.median(months, axis=1) - middle) < near)
        & (np.abs(np.round(np.median(days, axis=1) / DAYS_PER_MONTH, 1) - middle) < near)
    )


def reactions_stand(reactions: Sequence[Reaction], *, conditions: Conditions) -> bool:
    """Tell whether cytokine release, neurotoxicity and clearance of B cells are those published."""
    n_crs = sum(reaction.crs is not None for reaction in reactions)
    n_icans = sum(bool(reaction.icans_days) for reaction in reactions)
    is_mild = all(not reaction.needs and reaction.icans_points < 4 for reaction in reactions)
    day = np.array([conditions.cleared_by_day])
    are_cleared = all(reaction.b_cells.concentration(day, reaction.expansion)[0] < 0.3 for reaction in reactions)
    return is_mild and are_cleared and (n_crs, n_icans) == (conditions.crs_grade_1, conditions.icans_grade_1)


def counts_stand(counts: Sequence[Counts], *, conditions: Conditions) -> bool:
    """Tell whether late neutropenia is that published, whether late ends with day 100 or with the last sample."""
    to_day_100 = sorted(late_icaht_grade(each, until_day=100) for each in counts)
    to_the_end = sorted(late_icaht_grade(each, until_day=None) for each in counts)
    wanted = [0] * (len(counts) - conditions.late_icaht_grade_1) + [1] * conditions.late_icaht_grade_1
    return to_day_100 == to_the_end == wanted


def infections_stand(infections: Sequence[list[Infection]], *, conditions: Conditions) -> bool:
    """Tell whether the number of infections of grade 3 or more is that published."""
    severe = sum(infection.grade >= 3 for patient in infections for infection in patient)
    return severe == conditions.severe_infections


def outcomes_stand(outcomes: Iterable[tuple[bool, bool]], *, conditions: Conditions) -> bool:
    """Tell whether as many children are in remission, and improved, as published."""
    in_remission, improved = zip(*outcomes, strict=True)
    return sum(in_remission) == conditions.remissions and sum(improved) == conditions.improved


def outcome(patient: Patient, assessments: list[dict], labs: dict[tuple[int, str], dict]) -> tuple[bool, bool]:
    """Tell from the rows of the first and last assessment whether a child is in remission, and whether improved.

    SLE: no clinical descriptor put down to lupus and a global below 0.5. JDM: global at most 0.2 and two of CK at
    most 150 U/L, CMAS at least 48, MMT8 at least 78. SSc has no such state: improved if the skin score fell by a
    quarter or more and vital capacity did not fall. Drugs are looked at elsewhere: only a partial response takes any.
    """
    first, last = (pick(row["day"] for row in assessments) for pick in (min, max))

    def total(day: int, instrument: str, code: str = "") -> float:
        return sum(
            row["score"]
            for row in assessments
            if (row["day"], row["instrument"]) == (day, instrument) and code in ("", row["item"])
        )

    match patient.disease:
        case "SLE":
            clinical = [
                row
                for row in assessments
                if row["instrument"] == "SLEDAI2K" and row["day"] == last and row["attributable"] == "yes"
            ]
            active = {row["item"] for row in clinical} - {"LOWCOMP", "DSDNA"}
            is_better = total(last, "SLEDAI2K") < total(first, "SLEDAI2K")
            return not active and total(last, "PGA_SLE") < 0.5, is_better
        case "JDM":
            met = [
                labs[last, "CK"]["value"] <= 150,
                total(last, "CMAS") >= 48,
                total(last, "MMT8") >= 78,
            ]
            score = total(last, "GLOBAL", "PHYSICIAN")
            return score <= 0.2 and sum(met) >= 2, score < total(first, "GLOBAL", "PHYSICIAN")
        case _:
            is_softer = total(last, "MRSS") <= 0.75 * total(first, "MRSS")
            return False, is_softer and total(last, "LUNG", "FVC_PCT") >= total(first, "LUNG", "FVC_PCT")
