"""Cells in blood as the laboratory reports them: CAR T cells, B and T cells, subsets, and the counts."""

from __future__ import annotations

import numpy as np

from caseseries.simulate.activity import measured
from caseseries.simulate.counts import Counts
from caseseries.simulate.kinetics import BETWEEN_VISITS, BLOOD_DAYS, COPIES_PER_CELL
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.rows import result
from caseseries.simulate.streams import happens

FLOW_ERROR = 0.2
PCR_ERROR = 0.35
LATE_SHARE = 0.12
# Fewer B cells than this cannot be split into subsets.
FEWEST_FOR_SUBSETS = 10
SUBSETS_BEFORE = {"B_NAIVE": 52, "B_MEMORY": 36, "B_SWITCHED": 17, "PLASMABLAST": 7}
SUBSETS_AT_RETURN = {"B_NAIVE": 93, "B_MEMORY": 3.0, "B_SWITCHED": 0.9, "PLASMABLAST": 1.0}
SUBSETS_YEARS_LATER = {"B_NAIVE": 76, "B_MEMORY": 18, "B_SWITCHED": 9, "PLASMABLAST": 1.2}
MATURING_DAYS = 500


def draw_flow_days(patient: Patient, days_seen: list[int], rng: np.random.Generator) -> list[int]:
    """Draw the days of flow cytometry: by plan to day 28, then about monthly until B cells are due.

    From the third month most samples are those of visits; after day 7 some come a day late.
    """
    days = []
    for day in sorted({*BLOOD_DAYS, *BETWEEN_VISITS, *(day for day in days_seen if day > 30)}):
        is_late = happens(rng, LATE_SHARE) and day > 7 and day + 1 < patient.last_contact_day
        days.append(day + is_late)
    return [patient.baseline_day, *days]


def cell_labs(
    patient: Patient, reaction: Reaction, counts: Counts, flow_days: list[int], rng: np.random.Generator
) -> list[dict]:
    """Give counts on every day of blood, and flow cytometry and the transgene on their days.

    The blood of day 0 is drawn before the infusion.
    """
    rows = [
        result(patient, day, test, value)
        for place, day in enumerate(counts.days)
        for test, value in ((test, counts.values[test][place]) for test in counts.values)
    ]
    cars = reaction.expansion.concentration(np.array(flow_days))
    for day, car in zip(flow_days, cars, strict=True):
        if day >= 0:
            present = float(car) if day > 0 else 0.0
            rows.append(result(patient, day, "CART_BLOOD", measured(rng, present, FLOW_ERROR)))
            rows.append(result(patient, day, "CART_DNA", measured(rng, present * COPIES_PER_CELL, PCR_ERROR)))
        place = counts.days.index(day)
        for test in ("CD3", "CD4", "CD8"):
            rows.append(result(patient, day, test, counts.t_cells[test][place]))
        b_cells = measured(rng, counts.t_cells["CD19"][place], 0.1)
        rows.append(result(patient, day, "CD19", b_cells))
        rows.append(result(patient, day, "CD20", measured(rng, b_cells, 0.03)))
        if b_cells >= FEWEST_FOR_SUBSETS and (day < 0 or day > 30):
            rows += _subsets(patient, reaction, day, rng)
    return rows


def _subsets(patient: Patient, reaction: Reaction, day: int, rng: np.random.Generator) -> list[dict]:
    """Give the B cell subsets: returning cells are naive and mature over years."""
    if day < 0:
        shares = SUBSETS_BEFORE
    else:
        matured = -np.expm1(-max(day - reaction.b_cells.return_day, 0) / MATURING_DAYS)
        shares = {
            test: first + (SUBSETS_YEARS_LATER[test] - first) * matured for test, first in SUBSETS_AT_RETURN.items()
        }
    plasmablasts = measured(rng, shares["PLASMABLAST"], 0.35)
    memory = measured(rng, shares["B_MEMORY"], 0.2)
    naive = min(measured(rng, shares["B_NAIVE"], 0.03), 99 - memory - plasmablasts)
    values = {
        "B_NAIVE": naive,
        "B_MEMORY": memory,
        "B_SWITCHED": min(measured(rng, shares["B_SWITCHED"], 0.2), 0.8 * memory),
        "PLASMABLAST": plasmablasts,
    }
    return [result(patient, day, test, value) for test, value in values.items()]
