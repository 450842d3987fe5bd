"""One bedside observation to fever, hypotension and hypoxia, each graded as cytokine release grades it."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import pandas as pd

from caseseries.derive.shared.limits import TOLERANCE

OPEN_CANNULA = "nasal_cannula"
"""The device that is low-flow or more, as its flow tells."""

CANNULAS = {OPEN_CANNULA, "high_flow_cannula"}
MASKS = {"facemask", "non_rebreather", "venturi"}
PRESSURE = {"cpap", "bipap", "ventilator"}
INOTROPES = {"dobutamine", "milrinone"}
LOW_FLOW, HIGH_FLOW = 2, 3
"""Grades of oxygen by its flow."""

NOT_A_SECOND = "vasopressin"
"""Vasopressin beside another vasopressor does not make two."""

CHILD_UNTIL_YEARS = 10
LOWEST_CHILD_LIMIT_MMHG = 70
MIDDLE_OF_DAY = 12


@dataclass
class Reading:
    """What is known of a patient at one time, and put down to cytokine release; None where nothing tells.

    ``fever`` is 0 or 1, ``hypotension`` and ``hypoxia`` are grades from 0 to 4. ``lacks_flow``: there was a cannula
    whose flow nobody recorded. ``is_set_aside``: there was fever that does not count, since nobody attributed it and it
    came late or during an infection. ``words`` tells the findings.
    """

    day: int
    hour: float
    fever: int | None = None
    hypotension: int | None = None
    hypoxia: int | None = None
    lacks_flow: bool = False
    is_set_aside: bool = False
    words: list[str] = field(default_factory=list)

    @property
    def time_hours(self) -> float:
        """Hours since the beginning of day 0."""
        return 24 * self.day + (MIDDLE_OF_DAY if math.isnan(self.hour) else self.hour)

    def add(self, record: dict, *, limits: tuple[float, float], is_doubtful: bool, design: Mapping) -> None:
        """Add a record of this time; of several the worst counts, and a doubtful one only if it is attributed."""
        fever, fever_words = _grade_fever(record, design)
        hypotension, pressure_words = _grade_hypotension(record, limits, design)
        hypoxia, oxygen_words = _grade_hypoxia(record, design)
        attributable = record.get("attributable", pd.NA)
        is_out = is_doubtful and pd.isna(attributable)
        self.is_set_aside |= bool(is_out and fever)
        if is_out or (not pd.isna(attributable) and not attributable):
            # The reading was taken, but what it shows is not put down to cytokine release.
            fever, hypotension, hypoxia = (None if known is None else 0 for known in (fever, hypotension, hypoxia))
        else:
            self.words += [words for words in (fever_words, pressure_words, oxygen_words) if words]
            self.lacks_flow |= _text(record["oxygen_device"]) == OPEN_CANNULA and pd.isna(record["oxygen_l_per_min"])
        self.fever = _worse(self.fever, fever)
        self.hypotension = _worse(self.hypotension, hypotension)
        self.hypoxia = _worse(self.hypoxia, hypoxia)


def grade_readings(
    records: Iterable[dict], *, limits: tuple[float, float], infection_days: Container[int], design: Mapping
) -> list[Reading]:
    """Grade the records of one patient.

    Parameters
    ----------
    records
        Rows of ``vital_signs`` in order of day and hour; those of one time become one reading.
    limits
        As ``compute_systolic_limits`` gives them.
    infection_days
        Days whose findings a recorded infection explains unless they are attributed.
    design
        The options ``crs_*``.
    """
    readings = []
    for (day, hour), same_time in groupby(records, key=_time):
        reading = Reading(day, math.nan if hour is None else hour)
        is_doubtful = day > design["crs_window_days"] or day in infection_days
        for record in same_time:
            reading.add(record, limits=limits, is_doubtful=is_doubtful, design=design)
        readings.append(reading)
    return readings


def compute_systolic_limits(age_years: float, *, design: Mapping) -> tuple[float, float]:
    """Compute the systolic pressure below which there is hypotension.

    Returns
    -------
    tuple of float
        The limit in mmHg twice, or where the age is not known the lowest and the highest that it can be.

    References
    ----------
    Mahadeo 2019, Nat Rev Clin Oncol 16:45 (70 + 2 x age up to 10 years, 90 after it).
    """
    fixed = design["crs_fixed_systolic_limit_mmhg"]
    if design["crs_hypotension_rule"] == "fixed":
        return fixed, fixed
    if pd.isna(age_years):
        return LOWEST_CHILD_LIMIT_MMHG, fixed
    age = math.floor(age_years) if design["crs_age_in_limit"] == "completed_years" else age_years
    limit = LOWEST_CHILD_LIMIT_MMHG + 2 * age if age <= CHILD_UNTIL_YEARS else fixed
    return limit, limit


def _time(record: dict) -> tuple[int, float | None]:
    return int(record["day"]), None if pd.isna(record["hour"]) else float(record["hour"])


def _worse(one: int | None, other: int | None) -> int | None:
    return max((known for known in (one, other) if known is not None), default=None)


def _grade_fever(record: dict, design: Mapping) -> tuple[int | None, str]:
    temperature = record["temperature_c"]
    if pd.isna(temperature):
        return None, ""
    has_fever = temperature >= design["crs_fever_c"] - TOLERANCE
    return int(has_fever), f"{temperature:g} degrees C" if has_fever else ""


def _grade_hypotension(record: dict, limits: tuple[float, float], design: Mapping) -> tuple[int | None, str]:
    running = {name.strip() for name in _text(record["vasopressors"]).split(";")} - {""}
    if design["crs_inotrope_rule"] == "ignore":
        running -= INOTROPES
    if running:
        return (4 if len(running - {NOT_A_SECOND}) > 1 else 3), " and ".join(sorted(running))
    pressure = record["systolic_bp_mmhg"]
    if pd.isna(pressure) or limits[0] - TOLERANCE <= pressure < limits[1] - TOLERANCE:
        return None, ""
    if pressure < limits[0] - TOLERANCE:
        return 2, f"systolic pressure {pressure:g} mmHg (limit {limits[0]:g})"
    return 0, ""


def _grade_hypoxia(record: dict, design: Mapping) -> tuple[int | None, str]:
    device, flow = _text(record["oxygen_device"]), record["oxygen_l_per_min"]
    words = (device.replace("_", " ") or "oxygen") + ("" if pd.isna(flow) else f" {flow:g} L/min")
    if device in PRESSURE:
        is_airway_only = record.get("intubated_for_airway_only", pd.NA)
        is_spared = device == "ventilator" and design["crs_airway_intubation_rule"] == "no_hypoxia"
        return (0, "") if is_spared and not pd.isna(is_airway_only) and is_airway_only else (4, words)
    if device in MASKS:
        return HIGH_FLOW, words
    if device in CANNULAS or (not device and not pd.isna(flow) and flow > 0):
        is_high = device == "high_flow_cannula"
        if not pd.isna(flow) and not (is_high and design["crs_cannula_rule"] == "device"):
            is_high = flow > design["crs_low_flow_limit_l_per_min"] + TOLERANCE
        return (HIGH_FLOW if is_high else LOW_FLOW), words
    return {"blow_by": (LOW_FLOW, words), "none": (0, "")}.get(device, (None, ""))


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)
