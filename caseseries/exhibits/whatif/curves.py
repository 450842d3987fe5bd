"""Kaplan-Meier curves as paths: estimates in, the outlines that the page draws out.

A path lies in a field of ``SIZE`` by ``SIZE``, time to the right and a proportion of 1 at the top; the page stretches
the field to its room.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from caseseries.design import DAYS_PER_MONTH
from caseseries.estimate import Survival
from caseseries.exhibits import format as fmt

SIZE = 1000
TICK = 22
STEPS_MONTHS = (3, 6, 12, 24, 60)
MOST_TICKS = 9


class Curves:
    """Draws curves that share one axis of months.

    Parameters
    ----------
    longest_days
        The time that the axis must hold.
    """

    def __init__(self, longest_days: float):
        longest = max(longest_days / DAYS_PER_MONTH, 1)
        self.step = next((step for step in STEPS_MONTHS if longest / step < MOST_TICKS), STEPS_MONTHS[-1])
        self.end = int(np.ceil(longest / self.step - 1e-9)) * self.step

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Words and place in per cent of each tick."""
        return [(fmt.number(month), f"{100 * month / self.end:g}") for month in range(0, self.end + 1, self.step)]

    def line(self, curve: Survival, *, rises: bool) -> str:
        """Draw the steps; a curve that rises shows who had the event, another who had not yet."""
        parts = [f"M0 {self._y(1, rises)}"]
        for day, survival in self._steps(curve, "survival"):
            parts.append(f"H{self._x(day)}V{self._y(survival, rises)}")
        return "".join([*parts, f"H{self._x(self._last(curve))}"])

    def censored(self, curve: Survival, *, rises: bool) -> str:
        """Draw a tick for each day on which a patient without the event was last seen."""
        own = curve.table[curve.table["n_censored"] > 0]
        return "".join(
            f"M{self._x(day)} {self._y(survival, rises) - TICK}v{2 * TICK}"
            for day, survival in zip(own["time_days"], own["survival"], strict=True)
        )

    def band(self, curve: Survival, *, rises: bool) -> str:
        """Draw the room between the limits, once around; none where there are no limits."""
        rows = self._steps(curve, "ci_low", "ci_high")
        ends = [*(day for day, *_ in rows[1:]), self._last(curve)]
        # Limits are there from the first event on, until nobody is left without one.
        boxes = [
            (self._x(day), self._x(end), self._y(low, rises), self._y(high, rises))
            for (day, low, high), end in zip(rows, ends, strict=False)
            if not np.isnan(low)
        ]
        if not boxes:
            return ""
        there = [(x, y) for start, end, _, high in boxes for x, y in ((start, high), (end, high))]
        back = [(x, y) for start, end, low, _ in reversed(boxes) for x, y in ((end, low), (start, low))]
        moves = []
        for (x, y), (next_x, next_y) in pairwise([*there, *back]):
            moves += [f"h{next_x - x}"] * (next_x != x) + [f"v{next_y - y}"] * (next_y != y)
        return f"M{there[0][0]} {there[0][1]}{''.join(moves)}Z"

    def at_risk(self, curve: Survival) -> list[str]:
        """Write the numbers at risk at the ticks."""
        months = range(0, self.end + 1, self.step)
        return [fmt.number(curve.at(month * DAYS_PER_MONTH).n_at_risk if len(curve.table) else 0) for month in months]

    def _steps(self, curve: Survival, *names: str) -> list[tuple[float, ...]]:
        has_event = curve.table["n_events"].to_numpy() > 0
        return list(zip(*(curve.table[name].to_numpy()[has_event] for name in ("time_days", *names)), strict=True))

    def _last(self, curve: Survival) -> float:
        return float(curve.table["time_days"].max()) if len(curve.table) else 0.0

    def _x(self, day: float) -> int:
        return round(SIZE * day / DAYS_PER_MONTH / self.end)

    def _y(self, survival: float, rises: bool) -> int:
        return round(SIZE * (survival if rises else 1 - survival))
