"""The days that events last, and the windows of days in which they are counted."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import list_rows

BEFORE = "before 0"
"""Window of an event that began before day 0."""

NEVER = 10**6
"""Last day of what goes on."""


def find_event_spans(adverse_events: pd.DataFrame, *, category: str) -> dict[str, list[tuple[int, int]]]:
    """Find the days on which events of a category were surely there.

    Parameters
    ----------
    adverse_events : DataFrame, one row per event
        The raw table.
    category
        Category of the codebook.

    Returns
    -------
    dict
        Per patient the first and the last day of each event that has a first day. One that goes on lasts to ``NEVER``,
        one whose end nobody knows is sure on its first day only.
    """
    own = adverse_events[((adverse_events["category"] == category) & adverse_events["start_day"].notna()).astype(bool)]
    spans: dict[str, list[tuple[int, int]]] = {}
    for event in list_rows(own):
        goes_on = event.get("ongoing", pd.NA)
        last = NEVER if not pd.isna(goes_on) and goes_on else event["start_day"]
        last = last if pd.isna(event["end_day"]) else event["end_day"]
        spans.setdefault(event["patient_id"], []).append((event["start_day"], last))
    return spans


def is_within(day: int, spans: list[tuple[int, int]]) -> bool:
    """Tell whether a day lies in one of some spans of days."""
    return any(first <= day <= last for first, last in spans)


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
