"""One choice of method: its name, default, allowed values, unit and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caseseries.errors import UsageError


@dataclass(frozen=True)
class Option:
    """One choice of method.

    ``allowed`` is a tuple of values, or the pair (lowest, highest) when ``is_range``.
    """

    name: str
    default: Any
    label: str
    unit: str
    source: str
    allowed: tuple
    is_range: bool

    def check_value(self, value: Any) -> Any:
        """Give the value in the option's own type, or refuse it and say what is allowed."""
        return self._check_number(value) if self.is_range else self._check_choice(value)

    def _check_number(self, value: Any) -> Any:
        low, high = self.allowed
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not low <= number <= high or (isinstance(self.default, int) and not number.is_integer()):
            kind = "whole number" if isinstance(self.default, int) else "number"
            unit = f" ({self.unit})" if self.unit else ""
            raise UsageError(f"{self.name} must be a {kind} from {low} to {high}{unit}, not {value!r}.")
        return type(self.default)(number)

    def _check_choice(self, value: Any) -> Any:
        by_text = {str(choice).casefold(): choice for choice in self.allowed}
        if str(value).casefold() not in by_text:
            raise UsageError(f"{self.name} must be one of {', '.join(map(str, self.allowed))}, not {value!r}.")
        return by_text[str(value).casefold()]


def number(name: str, default: float, low: float, high: float, unit: str, label: str, source: str) -> Option:
    """Describe an option that is a number inside a range; a default that is an int takes whole numbers only."""
    return Option(name, default, label, unit, source, (low, high), is_range=True)


def choice(name: str, default: Any, allowed: tuple, label: str, source: str) -> Option:
    """Describe an option that is one of several named rules."""
    return Option(name, default, label, "", source, allowed, is_range=False)
