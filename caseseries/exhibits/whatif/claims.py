"""Headline claims, and under how many of the defensible definitions each of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from caseseries.derive.kinetics.b_cell_samples import RETURN_RULES
from caseseries.estimate import Proportion, Survival
from caseseries.exhibits.whatif.results import BY, Estimate, Found, describe, list_numbers, locate
from caseseries.exhibits.whatif.settings import Setting

EVERY, NOBODY_HAS, MOST, MEDIAN = "every", "nobody", "most", "median"


@dataclass(frozen=True)
class Claim:
    """One claim about one headline result; ``sure`` says in words when its interval bears it out too."""

    code: str
    text: str
    headline: str
    kind: str
    sure: str = ""


CLAIMS = (
    Claim("left", "B cells left the blood of every patient.", "left", EVERY),
    Claim("return", "B cells came back in at least half of the patients: the median time is reached.", "return", MEDIAN,
          "the upper limit is reached too"),
    Claim("remission", "More than half of the patients are in remission at the last visit.", "remission", MOST,
          "the whole interval lies above half"),
    Claim("drug_free_remission", "More than half of the patients are in drug-free remission at the last visit.",
          "drug_free_remission", MOST, "the whole interval lies above half"),
    Claim("reached", "At least half of the patients reached drug-free remission: the median time is reached.",
          "reached", MEDIAN, "the upper limit is reached too"),
    Claim("drug_free", "Every patient is free of drugs at the last contact.", "drug_free", EVERY),
    Claim("flare", "No patient had a flare.", "flare", NOBODY_HAS),
)  # fmt: skip
"""Each claim is about direction: its truth does not hang on a number that was chosen after the data were seen."""


@dataclass(frozen=True)
class Variant:
    """One set of definitions: the place of the choice of each axis, the result, and whether the claim holds."""

    state: tuple[int, ...]
    estimate: Estimate
    holds: bool
    is_sure: bool

    @property
    def text(self) -> str:
        """The result in words."""
        return describe(self.estimate)


@dataclass(frozen=True)
class Specification:
    """A claim under all defensible variants, in the order of their estimates.

    ``axes`` are the settings that vary; ``lookup`` gives for each combination of them the place of its variant;
    ``holds`` tells for each combination of ``reader_axes``, among them who is left out, whether the claim holds (y, n);
    ``built`` is the place of the variant that the manuscript uses; ``left_out`` counts the variants that hold, and
    all, when each patient in turn is left out.
    """

    claim: Claim
    axes: tuple[Setting, ...]
    variants: tuple[Variant, ...]
    lookup: tuple[int, ...]
    built: int
    reader_axes: tuple[Setting, ...]
    holds: str
    left_out: tuple[int, int]

    @property
    def n_holds(self) -> int:
        """Variants under which the claim holds."""
        return sum(variant.holds for variant in self.variants)

    @property
    def n_sure(self) -> int:
        """Variants whose interval bears the claim out, too."""
        return sum(variant.is_sure for variant in self.variants)


def specify(claim: Claim, found: Found, settings: Mapping[str, Setting]) -> Specification | None:
    """Judge a claim under every defensible variant; None where no variant has a patient who can be assessed.

    Notes
    -----
    A variant is a combination of cut-off and definitions, and for a share also of the method of its interval, all at
    the usual level and with every patient. A combination whose choices change nothing (a limit of aplasia that the
    rule of return does not use) is the same variant and counts once.
    """
    method = BY[found.headline.kind][:1] if claim.kind == MOST else ()
    axes = tuple(axis for axis in found.axes if axis.code != "without") + tuple(settings[code] for code in method)
    defaults = {setting.code: setting.default for setting in settings.values()}
    if claim.headline == "left":
        axes = tuple(axis for axis in axes if axis.code != "return")
    judged, keys = {}, []
    for places in product(*(range(len(axis.choices)) for axis in axes)):
        state = settle_state(defaults | _name_places(axes, places), settings)
        key = tuple(state[axis.code] for axis in axes)
        keys.append(key)
        if key not in judged:
            judged[key] = _judge(claim, found, state, settings, key)
    if not any(variant.estimate.n_patients for variant in judged.values()):
        return None
    order = sorted(judged.values(), key=lambda variant: (_height(variant.estimate), variant.state))
    place_of = {variant.state: place for place, variant in enumerate(order)}
    reader_axes = axes + tuple(axis for axis in found.axes if axis.code in ("without", "return") and axis not in axes)
    lookup = tuple(place_of[key] for key in keys)
    return Specification(
        claim=claim,
        axes=axes,
        variants=tuple(order),
        lookup=lookup,
        built=lookup[locate(axes, defaults)],
        reader_axes=reader_axes,
        holds=_judge_all(claim, found, reader_axes, defaults, settings),
        left_out=_leave_out(claim, found, order, axes, defaults, settings),
    )


def settle_state(state: Mapping[str, int], settings: Mapping[str, Setting]) -> dict[str, int]:
    """Give the state with the choices that do nothing at their default."""
    rule = settings["return"].choices[state["return"]].code
    unused = {"aplasia": settings["aplasia"].default} if RETURN_RULES[rule].ends != "undetectable" else {}
    return {**state, **unused}


def _judge(
    claim: Claim, found: Found, state: Mapping[str, int], settings: Mapping[str, Setting], key: tuple[int, ...] = ()
) -> Variant:
    how = {setting.code: setting.choices[state[setting.code]].code for setting in found.by}
    estimate = found.estimate(found.case(state), how)
    holds, is_sure = judge(claim.kind, estimate)
    return Variant(key, estimate, holds, is_sure)


def judge(kind: str, estimate: Estimate) -> tuple[bool, bool]:
    """Judge whether a claim holds, and whether the interval bears it out; without patients nothing holds."""
    if not estimate.n_patients:
        return False, False
    if isinstance(estimate, Proportion):
        k, n = estimate.n_events, estimate.n_patients
        holds = {EVERY: k == n, NOBODY_HAS: k == 0, MOST: 2 * k > n}[kind]
        return holds, kind == MOST and estimate.ci_low > 0.5
    if isinstance(estimate, Survival):
        return estimate.median is not None, estimate.median_high is not None
    raise TypeError(f"no claim is about {type(estimate).__name__}")


def _judge_all(
    claim: Claim, found: Found, axes: tuple[Setting, ...], defaults: Mapping[str, int], settings: Mapping[str, Setting]
) -> str:
    marks = []
    for places in product(*(range(len(axis.choices)) for axis in axes)):
        state = {**defaults, **_name_places(axes, places)}
        marks.append("y" if _judge(claim, found, state, settings).holds else "n")
    return "".join(marks)


def _leave_out(
    claim: Claim,
    found: Found,
    variants: Sequence[Variant],
    axes: tuple[Setting, ...],
    defaults: Mapping[str, int],
    settings: Mapping[str, Setting],
) -> tuple[int, int]:
    states = [
        {**defaults, **_name_places(axes, variant.state), "without": who}
        for variant in variants
        for who in range(1, len(settings["without"].choices) if "without" in settings else 1)
    ]
    return sum(_judge(claim, found, state, settings).holds for state in states), len(states)


def _name_places(axes: tuple[Setting, ...], places: Sequence[int]) -> dict[str, int]:
    return {axis.code: place for axis, place in zip(axes, places, strict=True)}


def _height(estimate: Estimate) -> float:
    value = list_numbers(estimate)[0]
    return float("inf") if value is None else value
