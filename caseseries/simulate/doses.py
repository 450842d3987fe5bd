"""Doses as they are prescribed: what a child's size asks for, capped, and rounded to what can be given."""

from __future__ import annotations

# above this dose: rounded to this step
STEPS = ((500, 50), (100, 25), (20, 5), (5, 1), (0, 0.5))
TABLETS = ((20, 5), (7.5, 2.5), (0, 1))


def rounded_dose(amount: float, highest: float, steps: tuple[tuple[float, float], ...] = STEPS) -> float:
    """Cap a dose and round it to a step that grows with it; never to nothing."""
    amount = min(amount, highest)
    step = next(step for above, step in steps if amount > above)
    return max(round(amount / step) * step, step)


def tablet_dose(dose_mg: float, highest: float = 60) -> float:
    """Round a dose of prednisone to what tablets allow."""
    return rounded_dose(dose_mg, highest, TABLETS)
