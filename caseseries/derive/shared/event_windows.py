"""The windows of days in which events are counted."""

from __future__ import annotations

from collections.abc import Mapping

BEFORE = "before 0"
"""Window of an event that began before day 0."""


def list_event_windows(design: Mapping) -> dict[str, tuple[int, int | None]]:
    """List first and last day of each window by its name, such as ``0-30``; the last one is open.

    Parameters
    ----------
    design
        ``infection_early_last_day``, ``infection_middle_last_day``, ``infection_late_last_day``.
    """
    lasts = [design[f"infection_{name}_last_day"] for name in ("early", "middle", "late")]
    firsts = [0, *(last + 1 for last in lasts)]
    closed = {f"{first}-{last}": (first, last) for first, last in zip(firsts, lasts, strict=False)}
    return closed | {f">{lasts[-1]}": (firsts[-1], None)}


def name_event_window(day: int, windows: Mapping[str, tuple[int, int | None]]) -> str:
    """Name the window, of those that ``list_event_windows`` gives, in which an event began."""
    return BEFORE if day < 0 else next(name for name, (_, last) in windows.items() if last is None or day <= last)
