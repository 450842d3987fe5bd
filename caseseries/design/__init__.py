"""Every choice of method has one home here, one file per subject; ``Design`` holds the choices of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caseseries.design import (
    b_cells,
    calendar,
    cytokine_release,
    cytopenia,
    events,
    infections,
    kidney,
    kinetics,
    lab_grades,
    licats,
    lupus,
    myositis,
    neurotoxicity,
    outcomes,
    sclerosis,
    treatment,
    visits,
)
from caseseries.design.option import Option
from caseseries.errors import UsageError, describe_unknown

DAYS_PER_MONTH = 365.25 / 12
DAYS_PER_YEAR = 365.25

OPTIONS: dict[str, Option] = {
    option.name: option
    for subject in (
        b_cells,
        calendar,
        cytokine_release,
        cytopenia,
        events,
        infections,
        kidney,
        kinetics,
        lab_grades,
        licats,
        lupus,
        myositis,
        neurotoxicity,
        outcomes,
        sclerosis,
        treatment,
        visits,
    )
    for option in subject.OPTIONS
}


class Design(Mapping):
    """The options of one run: a value for every name in ``OPTIONS``, the default unless given.

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


__all__ = ["DAYS_PER_MONTH", "DAYS_PER_YEAR", "OPTIONS", "Design", "Option"]
