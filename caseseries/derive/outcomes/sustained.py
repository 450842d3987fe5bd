"""Whether the remission of one patient is sustained: decided visits, gaps between them, and time free of drugs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caseseries.derive.shared.limits import TOLERANCE
from caseseries.derive.treatment.medication import FREE_STATES
from caseseries.design import DAYS_PER_MONTH

ENDLESS_DAYS = 10**6
"""Bounds a time that has none."""


@dataclass(frozen=True)
class Planned:
    """A planned visit: its day, half the width of its window, and the day on which it was held, None if it was not."""

    day: int
    half_width: int
    actual_day: int | None


@dataclass(frozen=True)
class Visits:
    """What one patient's remission is judged on: decided visits, planned ones without one, free time."""

    days: list[int]
    is_in: list[bool]
    unassessed: list[Planned]
    free_days: list[tuple[int, int]]
    last_contact_day: int | None


def find_unassessed(planned: list[Planned], days: list[int], *, tolerance: int) -> list[Planned]:
    """Find the planned visits that no day with a decision belongs to, by their windows or the day they were held."""

    def is_assessed(visit: Planned) -> bool:
        near = any(abs(day - visit.day) <= visit.half_width for day in days)
        held = visit.actual_day is not None and any(abs(day - visit.actual_day) <= tolerance for day in days)
        return near or held

    return [visit for visit in planned if not is_assessed(visit)]


def find_free_days(drugs: list[dict], *, freedom: str) -> list[tuple[int, int]]:
    """Find one patient's unbroken times free of what ``remission_freedom`` says, each with its first and last day."""
    if freedom == "any_treatment":
        return [(-ENDLESS_DAYS, ENDLESS_DAYS)]
    spells: list[tuple[int, int]] = []
    for row in drugs:
        if row["state"] in FREE_STATES[freedom]:
            joins = bool(spells) and spells[-1][1] + 1 == row["start_day"]
            first = spells.pop()[0] if joins else row["start_day"]
            spells.append((first, row["end_day"]))
    return spells


def judge_sustained(visits: Visits, drugs: list[dict], *, criterion: str, design: Mapping) -> dict:
    """Judge whether one patient's remission is sustained, by the rules that ``derive_remission`` tells.

    Parameters
    ----------
    visits
        At least one of them decided.
    drugs
        Intervals without a change of drugs of the same patient, in order.
    criterion
        Name of the state, for the words.
    design
        The options ``sustained_...`` and ``remission_freedom``.

    Returns
    -------
    dict
        The columns of ``REMISSION`` from ``sustained_remission_status`` on.
    """
    last = visits.days[-1]

    def answer(status: str, words: str) -> dict:
        return {"sustained_remission_status": status, "decided_on": words}

    if not visits.is_in[-1]:
        return answer("no", f"not in {criterion} on day {last}")
    spell = next((spell for spell in visits.free_days if spell[0] <= last <= spell[1]), None)
    if spell is None:
        return _explain_treatment(drugs, last)
    if visits.last_contact_day is not None and spell[1] < visits.last_contact_day:
        return _explain_treatment(drugs, spell[1] + 1)
    max_gap = design["sustained_max_gap_days"]
    run = _find_run(visits, spell[0], breaks_at_gaps=True, max_gap=max_gap)
    whole = _find_run(visits, spell[0], breaks_at_gaps=False, max_gap=max_gap)
    shown = {
        "remission_start_day": run[0],
        "remission_end_day": last,
        "remission_duration_days": last - run[0],
        "n_visits_in_remission": len(run),
    }
    words = f"{criterion} on days {', '.join(map(str, run))}; {_describe_freedom(spell[0], run, drugs, design)}"
    if _leaves_tail(visits, max_gap=max_gap):
        return shown | answer("not assessable", f"{words}; not assessed after day {last}")
    is_long = _is_long_enough(run, design)
    may_begin_anew = design["sustained_gap_rule"] == "begins_anew"
    if len(run) < len(whole) and _is_long_enough(whole, design) and not (is_long and may_begin_anew):
        return shown | answer("not assessable", f"{words}; gap before day {run[0]}")
    return shown | answer("sustained" if is_long else "not yet", words)


def _find_run(visits: Visits, free_from: int, *, breaks_at_gaps: bool, max_gap: int) -> list[int]:
    """Find the visits, up to the last, that are all in remission and free."""
    run: list[int] = []
    for day, is_in in zip(reversed(visits.days), reversed(visits.is_in), strict=True):
        if not is_in or day < free_from:
            break
        if breaks_at_gaps and run and _is_gap(visits, day, run[0], max_gap=max_gap):
            break
        run.insert(0, day)
    return run


def _is_gap(visits: Visits, first: int, last: int, *, max_gap: int) -> bool:
    return last - first > max_gap and any(first < visit.day < last for visit in visits.unassessed)


def _leaves_tail(visits: Visits, *, max_gap: int) -> bool:
    last, contact = visits.days[-1], visits.last_contact_day
    if contact is None or contact - last <= max_gap:
        return False
    return any(last < visit.day and visit.day + visit.half_width <= contact for visit in visits.unassessed)


def _is_long_enough(run: list[int], design: Mapping) -> bool:
    months = (run[-1] - run[0]) / DAYS_PER_MONTH
    return len(run) >= design["sustained_min_visits"] and months >= design["sustained_min_months"] - TOLERANCE


def _explain_treatment(drugs: list[dict], day: int) -> dict:
    states = [row["state"] for row in drugs if row["start_day"] <= day <= row["end_day"]]
    state = states[0] if states else "no record of treatment"
    is_known = bool(states) and state != "indeterminate"
    return {
        "sustained_remission_status": "no" if is_known else "not assessable",
        "decided_on": f"day {day}: {state.replace('_', ' ')}",
    }


def _describe_freedom(free_from: int, run: list[int], drugs: list[dict], design: Mapping) -> str:
    if design["remission_freedom"] == "any_treatment":
        return "whatever the treatment"
    during = [row["not_counted"] for row in drugs if row["end_day"] >= run[0] and row["start_day"] <= run[-1]]
    others = sorted({drug for names in during if names for drug in names.split("; ")})
    note = f"; not counted: {', '.join(others)}" if others else ""
    return f"{design['remission_freedom'].replace('_', ' ')} from day {free_from}{note}"
