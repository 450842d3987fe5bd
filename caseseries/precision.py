"""How many digits a computed number carries: more than anybody measures, fewer than processors disagree on.

Exponentials and logarithms differ in their last bits between processors and libraries. Files carry ten significant
digits, and nothing is rounded, ordered or chosen by what lies beyond them.
"""

from __future__ import annotations

DIGITS = 10
"""Significant digits of a number in a file."""
SURE_DIGITS = 13
"""Significant digits that every processor agrees on: a number is rounded for print from these."""
WHOLE_BELOW = 10**12
"""Below this a whole number is written whole: a dose of 12,345,678,901 cells was recorded as that."""


def written(value: float) -> str:
    """Write a number as files carry it: ten significant digits, whole numbers up to twelve digits as they are."""
    value += 0.0  # zero has no sign
    if value.is_integer() and abs(value) < WHOLE_BELOW:
        return f"{value:.0f}"
    return f"{value:.{DIGITS}g}"


def settle(value: float) -> float:
    """Give the number that a file would carry; one that is missing or infinite stays what it is."""
    return float(written(float(value)))


def known_part(value: float) -> str:
    """Write a number with the digits that every processor agrees on, from which it is rounded for print."""
    return f"{value:.{SURE_DIGITS}g}"


def magnitude(value: float) -> int:
    """Give the power of ten of a number's first digit: 3 for 1000 and for the float just below it."""
    return int(f"{abs(value):.{DIGITS - 1}e}".partition("e")[2])
