"""The plan of visits and what became of it: early or late, missed, unscheduled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caseseries.simulate.patients import Patient
from caseseries.simulate.streams import happens

# visit: (planned day, days before or after within which it still counts, usual deviation in days)
SCHEDULE = {
    "D14": (14, 3, 1),
    "D28": (28, 4, 2),
    "M2": (60, 14, 4),
    "M3": (91, 14, 5),
    "M6": (183, 21, 8),
    "M9": (274, 30, 10),
    "M12": (365, 30, 12),
    "M18": (548, 45, 15),
    "M24": (730, 45, 12),
}
MISSED_SHARE = 0.07
PHONE_SHARE = 0.4
LONGEST_UNSEEN_DAYS = 130


@dataclass(frozen=True)
class Visit:
    """One visit; ``actual_day`` is None where it was missed, ``planned_day`` where it was not in the plan."""

    name: str
    planned_day: int | None
    actual_day: int | None
    status: str


def draw_visits(patient: Patient, rng: np.random.Generator) -> list[Visit]:
    """Draw the visits up to the last contact.

    The last contact is the visit in whose window it falls; outside all windows it is an unscheduled visit, or,
    if the patient was seen not long ago, a telephone call that leaves no visit.
    """
    last = patient.last_contact_day
    visits = []
    is_closed = False
    for name, (planned, window, usual) in SCHEDULE.items():
        offset = int(np.clip(round(rng.normal(0, usual / 1.5)), -usual * 1.5, usual * 1.5))
        is_missed = happens(rng, MISSED_SHARE) and name not in ("D14", "D28")
        if abs(planned - last) <= window:
            visits.append(Visit(name, planned, last, "done"))
            is_closed = True
        elif planned + window < last:
            visits.append(
                Visit(name, planned, None, "missed")
                if is_missed
                else Visit(name, planned, planned + int(offset), "done")
            )
    by_phone = happens(rng, PHONE_SHARE) and last - visit_days(visits)[-1] < LONGEST_UNSEEN_DAYS
    if not is_closed and not by_phone:
        visits.append(Visit("UNSCHEDULED", None, last, "unscheduled"))
    return visits


def visit_days(visits: list[Visit]) -> list[int]:
    """Give the days on which the patient was seen, in order."""
    return [visit.actual_day for visit in visits if visit.actual_day is not None]


def visit_rows(patient: Patient, visits: list[Visit]) -> list[dict]:
    """Give the rows of ``visits``."""
    return [
        {
            "number": patient.number,
            "visit": visit.name,
            "planned_day": visit.planned_day,
            "actual_day": visit.actual_day,
            "status": visit.status,
        }
        for visit in visits
    ]
