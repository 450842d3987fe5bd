"""The options of method as a table: what may be chosen, between which values, and what it is when nobody chooses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from caseseries.design import OPTIONS, Option
from caseseries.exhibits.model import DisplayTable, Row


def table_options(options: Iterable[Option] = tuple(OPTIONS.values())) -> DisplayTable:
    """Make the table of options, one row each, in the order of ``caseseries/design``."""
    rows = [Row(option.name, (option.label, _word(option.default), _describe_allowed(option))) for option in options]
    return DisplayTable(("Option", "What it decides", "Default", "Allowed"), tuple(rows))


def _describe_allowed(option: Option) -> str:
    if not option.is_range:
        return ", ".join(map(_word, option.allowed))
    low, high = option.allowed
    return f"{low:,} to {high:,} {option.unit}".strip()


def _word(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
