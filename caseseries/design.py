"""Every choice of method in one place: name, default, allowed values, unit and source of each option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caseseries.errors import UsageError, describe_unknown

DAYS_PER_MONTH = 365.25 / 12
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Option:
    """One choice of method.

    ``allowed`` is a tuple of values, or a pair of numbers (lowest, highest) when ``is_range``.
    """

    name: str
    default: Any
    label: str
    unit: str
    source: str
    allowed: tuple
    is_range: bool = False

    def check_value(self, value: Any) -> Any:
        """Return the value in the option's own type, or refuse it and say what is allowed."""
        if self.is_range:
            low, high = self.allowed
            try:
                number = type(self.default)(value)
            except (TypeError, ValueError):
                number = None
            if number is None or isinstance(value, bool) or number != float(value) or not low <= number <= high:
                raise UsageError(f"{self.name} must be a number from {low} to {high} ({self.unit}), not {value!r}.")
            return number
        by_text = {str(option).casefold(): option for option in self.allowed}
        if str(value).casefold() not in by_text:
            raise UsageError(f"{self.name} must be one of {', '.join(map(str, self.allowed))}, not {value!r}.")
        return by_text[str(value).casefold()]


OPTIONS = {
    option.name: option
    for option in (
        Option(
            "b_cell_return_rule",
            "two_samples_10_per_ul",
            "Rule by which B cells count as returned",
            "",
            "first_measurable: Mackensen 2022, Nat Med 28:2124",
            ("two_samples_10_per_ul", "first_measurable", "confirmed_100_per_ul"),
        ),
    )
}


class Design(Mapping):
    """The options of one run: a value for every name in ``OPTIONS``, defaults unless given.

    Raises
    ------
    UsageError
        If a name or a value is not one that ``OPTIONS`` knows.
    """

    def __init__(self, overrides: Mapping[str, Any] | None = None):
        overrides = dict(overrides or {})
        for name in overrides:
            if name not in OPTIONS:
                raise UsageError(describe_unknown("option", name, list(OPTIONS)))
        self._values = {
            name: option.check_value(overrides[name]) if name in overrides else option.default
            for name, option in OPTIONS.items()
        }

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def changed(self) -> dict[str, Any]:
        """The options that differ from their default."""
        return {name: value for name, value in self._values.items() if value != OPTIONS[name].default}
