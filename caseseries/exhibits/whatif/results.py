"""The headline results for every combination of settings: each estimated once here, and told as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

import pandas as pd

from caseseries.derive.by_definition import CONTACT, TIMED
from caseseries.derive.kinetics.b_cell_samples import RETURN_RULES
from caseseries.design import DAYS_PER_MONTH
from caseseries.estimate import (
    FollowUp,
    Proportion,
    Survival,
    estimate_follow_up,
    estimate_proportion,
    estimate_survival,
)
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.survival_panel import describe_median
from caseseries.exhibits.whatif.settings import DISEASES, LEVELS, NOBODY, Setting

SHARE, TIME, FOLLOW_UP = "share", "time", "follow-up"
CRITERIA_AXES = ("cut", *DISEASES)
NOBODY_LEFT = "no patient can be assessed"


@dataclass(frozen=True)
class Headline:
    """One result of the page.

    ``axes`` are the settings that move it, besides who is left out; ``fact`` is what is counted or timed, of the
    choices of those settings, with the rule of return filled in.
    """

    code: str
    label: str
    kind: str
    axes: tuple[str, ...]
    fact: str


HEADLINES = (
    Headline("follow_up", "Follow-up, median (range)", FOLLOW_UP, ("cut",), CONTACT),
    Headline("left", "B cells gone from blood", SHARE, ("cut", "aplasia", "return"), TIMED + "B_CELL_DEPLETION:{ends}"),
    Headline("return", "Return of B cells", TIME, ("cut", "aplasia", "return"), TIMED + "B_CELL_RETURN:{rule}"),
    Headline("remission", "In remission at the last visit", SHARE, CRITERIA_AXES, "REMISSION"),
    Headline("drug_free_remission", "In drug-free remission at the last visit", SHARE, CRITERIA_AXES,
             "DRUG_FREE_REMISSION"),
    Headline("reached", "First visit in drug-free remission", TIME, CRITERIA_AXES, TIMED + "DRUG_FREE_REMISSION"),
    Headline("sustained", "Sustained remission", SHARE, CRITERIA_AXES, "SUSTAINED_REMISSION"),
    Headline("flare", "Any flare", SHARE, ("cut", "jdm"), "FLARE"),
    Headline("drug_free", "Drug-free at the last contact", SHARE, ("cut",), "DRUG_FREE"),
)  # fmt: skip
"""The results in the order of the page."""

BY = {SHARE: ("interval", "level"), TIME: ("limits", "level"), FOLLOW_UP: ()}
"""The settings that change how a result is estimated, by its kind."""

Estimate = Proportion | Survival | FollowUp
Patients = tuple[tuple[int | None, bool], ...]
"""The time of each patient, None for what is not timed, and whether the fact is met."""


@dataclass(frozen=True)
class Found:
    """A headline result for all combinations of its settings.

    ``cells`` holds for each combination of ``axes``, the last one moving fastest, the place of its patients in
    ``cases``; equal ones are there once.
    """

    headline: Headline
    axes: tuple[Setting, ...]
    by: tuple[Setting, ...]
    cells: tuple[int, ...]
    cases: tuple[Patients, ...]

    def case(self, state: Mapping[str, int]) -> int:
        """Give the place of the patients of a state of the page."""
        return self.cells[locate(self.axes, state)]

    def estimate(self, case: int, how: Mapping[str, str]) -> Estimate:
        """Estimate the result of some patients; ``how`` gives the codes of ``by``."""
        return estimate(self.headline.kind, self.cases[case], *(how[setting.code] for setting in self.by))

    def list_ways(self) -> Iterator[dict[str, str]]:
        """List the ways to estimate it, the last setting of ``by`` moving fastest."""
        for choices in product(*(setting.choices for setting in self.by)):
            yield {setting.code: choice.code for setting, choice in zip(self.by, choices, strict=True)}


@dataclass(frozen=True)
class Facts:
    """What each patient's facts are, by cut-off, choice and fact."""

    rows: Mapping[tuple[str, str, str], Mapping[str, tuple[int | None, bool]]] = field(repr=False)

    def select(self, fact: str, choice: Mapping[str, str]) -> Patients:
        """Select the patients who have a fact under some choices, without the one who is left out."""
        name = fact.format(rule=choice["return"], ends=RETURN_RULES[choice["return"]].ends)
        # A patient has facts under the criterion of the own disease; the others hold none.
        criteria = [choice[axis] for axis in ("aplasia", *DISEASES) if axis in choice]
        found: dict[str, tuple[int | None, bool]] = {}
        for code in (*criteria, ""):
            found |= self.rows.get((choice["cut"], code, name), {})
        return tuple(found[who] for who in sorted(found) if who != choice.get("without", NOBODY))


def read_facts(runs: pd.DataFrame) -> Facts:
    """Read the rows of all cut-offs."""
    rows: dict[tuple[str, str, str], dict[str, tuple[int | None, bool]]] = {}
    for row in runs.itertuples():
        time = None if pd.isna(row.time_days) else int(row.time_days)
        choice = "" if pd.isna(row.choice) else str(row.choice)
        rows.setdefault((row.cut, choice, row.fact), {})[row.patient_id] = (time, bool(row.is_met))
    return Facts(rows)


def find_results(facts: Facts, settings: Mapping[str, Setting]) -> dict[str, Found]:
    """Find the patients behind each headline result for every combination of settings."""
    return {headline.code: _find(facts, headline, settings) for headline in HEADLINES}


def _find(facts: Facts, headline: Headline, settings: Mapping[str, Setting]) -> Found:
    axes = [settings[code] for code in (*headline.axes, "without") if code in settings]
    places: dict[Patients, int] = {}
    cells = []
    usual = {setting.code: setting.choices[setting.default].code for setting in settings.values()}
    for choices in product(*(axis.choices for axis in axes)):
        chosen = {axis.code: choice.code for axis, choice in zip(axes, choices, strict=True)}
        patients = facts.select(headline.fact, usual | chosen)
        cells.append(places.setdefault(patients, len(places)))
    by = tuple(settings[code] for code in BY[headline.kind])
    return Found(headline, tuple(axes), by, tuple(cells), tuple(places))


def locate(axes: tuple[Setting, ...], state: Mapping[str, int]) -> int:
    """Give the place of a state among all combinations of some settings, the last one moving fastest."""
    place = 0
    for axis in axes:
        place = place * len(axis.choices) + state[axis.code]
    return place


@cache
def estimate(kind: str, patients: Patients, method: str = "", level: str = "95") -> Estimate:
    """Estimate a result: proportion, Kaplan-Meier curve or follow-up."""
    times, is_met = [time for time, _ in patients], [met for _, met in patients]
    if kind == SHARE:
        return estimate_proportion(sum(is_met), len(is_met), method=method, level=LEVELS[level])
    if kind == TIME:
        return estimate_survival(times, is_met, ci=method, level=LEVELS[level])
    return estimate_follow_up(times, is_met)


def describe(found: Estimate) -> str:
    """Tell a result in words, rounded as everywhere."""
    if not found.n_patients:
        return NOBODY_LEFT
    if isinstance(found, Proportion):
        level = fmt.percent(found.level, n=fmt.PERCENT_FROM_N)
        limits = fmt.percent_ci(found.ci_low, found.ci_high, n=found.n_patients)
        return f"{fmt.n_percent(found.n_events, found.n_patients)}; {level} CI {limits}%"
    if isinstance(found, Survival):
        return describe_median(found)
    low, high = (fmt.months(days) for days in (found.minimum, found.maximum))
    middle = fmt.months(found.median) if found.median is not None else "not reached"
    return f"{middle} months ({low} to {high}), n = {found.n_patients}"


def list_numbers(found: Estimate) -> tuple[float | None, ...]:
    """List estimate and limits, not rounded: proportions from 0 to 1, times in days."""
    if isinstance(found, Proportion):
        return found.estimate, found.ci_low, found.ci_high
    if isinstance(found, Survival):
        return found.median, found.median_low, found.median_high
    return found.median, found.minimum, found.maximum


def months(days: float) -> float:
    """Give days as months."""
    return days / DAYS_PER_MONTH
