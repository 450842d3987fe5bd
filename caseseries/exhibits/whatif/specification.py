"""Specification curves: the variants of a claim as paths and as the rows of a table."""

from __future__ import annotations

from caseseries.estimate import Survival
from caseseries.exhibits import format as fmt
from caseseries.exhibits.whatif.claims import Specification
from caseseries.exhibits.whatif.curves import SIZE
from caseseries.exhibits.whatif.results import Estimate, list_numbers, months

ROOM = 0.9
"""Share of the height of a plot of times; what is not reached stands above it."""


def describe_specification(entry: Specification) -> dict:
    """Give what the page shows of a claim: counts, the curve, the choices under it, and the table.

    Returns
    -------
    dict
        ``curve`` holds paths in a field of ``SIZE``; ``rows`` a path per choice of each setting that varies, with a
        tick wherever a variant takes it; ``table`` the same variants as text.
    """
    n = len(entry.variants)
    built = entry.variants[entry.built]
    scale = _Scale([variant.estimate for variant in entry.variants])
    places = [SIZE * (place + 0.5) / n for place in range(n)]
    return {
        "claim": entry.claim,
        "n": fmt.number(n),
        "n_holds": fmt.number(entry.n_holds),
        "n_sure": fmt.number(entry.n_sure) if entry.claim.sure else "",
        "left_out": [fmt.number(number) for number in entry.left_out] if entry.left_out[1] else [],
        "built": {"text": built.text, "holds": built.holds, "at": entry.built},
        "unit": scale.unit,
        "ticks": scale.ticks,
        "places": [f"{place:.1f}" for place in places],
        "curve": {
            "interval": "".join(map(scale.interval, [variant.estimate for variant in entry.variants], places)),
            "holds": _dots(entry, places, scale, holds=True),
            "fails": _dots(entry, places, scale, holds=False),
            "line": scale.line,
        },
        "rows": [
            {
                "setting": axis.label,
                "choices": [
                    {
                        "label": choice.label,
                        "is_default": number == axis.default,
                        "path": "".join(
                            f"M{place:.1f} 0v{SIZE}"
                            for variant, place in zip(entry.variants, places, strict=True)
                            if variant.state[position] == number
                        ),
                    }
                    for number, choice in enumerate(axis.choices)
                ],
            }
            for position, axis in enumerate(entry.axes)
        ],
        "columns": [axis.label for axis in entry.axes],
        "table": [
            {
                "cells": [axis.choices[number].label for axis, number in zip(entry.axes, variant.state, strict=True)],
                "text": variant.text,
                "holds": variant.holds,
                "is_sure": variant.is_sure,
            }
            for variant in entry.variants
        ],
    }  # fmt: skip


class _Scale:
    """The y axis of a specification curve: per cent of the patients, or months."""

    def __init__(self, estimates: list[Estimate]):
        self.is_time = isinstance(estimates[0], Survival)
        known = [value for estimate in estimates for value in list_numbers(estimate) if value is not None]
        highest = months(max(known, default=0)) if self.is_time else 1.0
        self.top = max(3.0, 3 * -(-highest // 3)) if self.is_time else 1.0
        self.unit = "Median (months)" if self.is_time else "Patients (%)"
        self.line = "" if self.is_time else f"M0 {SIZE // 2}H{SIZE}"

    @property
    def ticks(self) -> list[tuple[str, str]]:
        if not self.is_time:
            return [(words, f"{100 - int(words)}") for words in ("0", "50", "100")]
        values = (0.0, self.top / 2, self.top)
        named = [(fmt.number(value, int(value % 1 > 0)), f"{self._y(value) / SIZE * 100:g}") for value in values]
        return [*named, ("NR", "0")]

    def y(self, value: float | None) -> int:
        if value is None:
            return 0
        return self._y(months(value)) if self.is_time else self._y(value)

    def _y(self, value: float) -> int:
        room = ROOM if self.is_time else 1.0
        return round(SIZE * (1 - room * value / self.top))

    def interval(self, estimate: Estimate, place: float) -> str:
        _, low, high = list_numbers(estimate)
        if not estimate.n_patients or (low is None and high is None):
            return ""
        return f"M{place:.1f} {self.y(low)}V{self.y(high)}"


def _dots(entry: Specification, places: list[float], scale: _Scale, *, holds: bool) -> str:
    return "".join(
        f"M{place:.1f} {scale.y(list_numbers(variant.estimate)[0])}h0"
        for variant, place in zip(entry.variants, places, strict=True)
        if variant.holds == holds and variant.estimate.n_patients
    )
