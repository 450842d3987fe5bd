"""Neutropenia and thrombocytopenia after cell therapy: blood counts to ICAHT and T-ICAHT grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.derive.safety.daily_counts import count_longest_run, fill_short_gaps, find_daily_lowest, find_runs
from caseseries.derive.safety.grades import NO_INFUSION, as_grades, not_assessable
from caseseries.derive.safety.next_therapy import find_next_therapies
from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import TOLERANCE

SEVERE_ANC, PROFOUND_ANC = 0.5, 0.1
"""In 10^9/L; a count at the limit counts as low, unlike in the CTCAE."""

EARLY_ANC_DAYS = ((PROFOUND_ANC, 14, 4), (SEVERE_ANC, 31, 4), (PROFOUND_ANC, 7, 3), (SEVERE_ANC, 14, 3))
EARLY_ANC_DAYS += ((SEVERE_ANC, 7, 2), (SEVERE_ANC, 1, 1))
LATE_ANC_LIMITS = ((0.1, 4), (0.5, 3), (1.0, 2), (1.5, 1))
EARLY_PLT_DAYS = ((20, 14, 4), (20, 1, 3), (50, 7, 2), (50, 1, 1))
LATE_PLT_DAYS = ((20, 14, 4), (20, 1, 3), (50, 1, 2), (100, 1, 1))
"""Limit in 10^9/L, days from which it makes a grade, and the grade; worst first. Late neutropenia goes by the value.
The second grade of late thrombocytopenia is inferred: the copy of the table that was read has lost its column."""

PERIODS = {
    "ICAHT_EARLY": ("ANC", "early"),
    "ICAHT_LATE": ("ANC", "late"),
    "T_ICAHT_EARLY": ("PLT", "early"),
    "T_ICAHT_LATE": ("PLT", "late"),
}


@dataclass(frozen=True)
class _Reading:
    """One reading of a period: its grade, first and last low day as positions in the period, and the reason.

    ``is_thin``: the grade rests on days that were not observed.
    """

    grade: int
    low: tuple[int, int] | None
    words: str
    is_thin: bool = False


def derive_icaht(
    labs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    infusions: pd.DataFrame,
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the grades of early and late neutropenia (ICAHT) and thrombocytopenia (T-ICAHT).

    Parameters
    ----------
    labs : DataFrame, one row per result
        Tests ``ANC`` and ``PLT`` in 10^9/L.
    patients, infusions, medications
        Raw tables. A period ends with the last contact, or with a second infusion, the late one also with the next
        therapy; lymphodepletion tells which count was the last before treatment; G-CSF is told and does not alter the
        grade.
    design
        The options ``icaht_*`` and ``ticaht_*``, and ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient and toxicity: those of ``PERIODS``, and ``T_ICAHT``
        The table of grades. Onset and end are those of the low counts that settle the grade. ``T_ICAHT`` is the worse
        of early and late thrombocytopenia; where one of them is not known it is at least the other, and not
        assessable if that is 0.

    Notes
    -----
    Days without a sample are filled between their neighbours if not more than ``icaht_longest_gap_days`` lie
    together. A day that stays unknown counts as not low; if it could raise the grade, so that the grade is a least
    one, the status is partial. A grade 0 that rests on fewer days than ``icaht_known_days_percent`` is not assessable.
    Of the late period, in which samples are weeks apart, the counts alone are judged; a single one makes it partial.

    Early neutropenia has never recovered, grade 4, if it begins by ``icaht_never_recovered_from_day`` and lasts to the
    last day with a count; the status is partial if days without a count follow, or if nothing but one sample says so.
    Late neutropenia takes the grade of the lowest count, provided that the second-lowest day is low too or there is
    only one.

    References
    ----------
    Rejeski 2023, Blood 142:865; Liang 2024 (algorithm of early and late ICAHT).
    """
    first_infusions = infusions.groupby("patient_id")["day"].min()
    later = infusions[infusions["day"] > infusions["patient_id"].map(first_infusions)]
    ends = later.groupby("patient_id")["day"].min().to_dict()
    therapies = find_next_therapies(medications, design=design)
    before = _counts_before(labs, medications=medications, rule=design["lab_baseline_rule"])
    rows = []
    for toxicity, (test, period) in PERIODS.items():
        first, last = _period_days(period, design)
        counts = find_daily_lowest(labs, test=test, first_day=first, last_day=last)
        gcsf = _find_gcsf(medications, first, last) if test == "ANC" else set()
        for patient in patients.itertuples():
            if patient.patient_id not in first_infusions.index:
                rows.append(not_assessable(patient.patient_id, toxicity, NO_INFUSION))
                continue
            own_last = min(last, ends.get(patient.patient_id, last))
            if period == "late":
                own_last = min(own_last, therapies.get(patient.patient_id, own_last))
            if pd.notna(patient.last_contact_day):
                own_last = min(own_last, patient.last_contact_day)
            own = counts.get(patient.patient_id)
            own = None if own is None else own.reindex(range(first, own_last + 1))
            if own is None or own["at_most"].isna().all():
                reason = f"no {test} is recorded on days {first}-{last}"
                rows.append(not_assessable(patient.patient_id, toxicity, reason))
                continue
            row = _grade_period(own, toxicity=toxicity, design=design)
            words = [row["decided_on"], before.get((patient.patient_id, test), f"no {test} before treatment")]
            words += ["G-CSF given"] if patient.patient_id in gcsf else []
            rows.append(row | {"patient_id": patient.patient_id, "decided_on": "; ".join(words)})
    by_patient: dict[str, list[dict]] = {}
    for row in rows:
        if PERIODS[row["toxicity"]][0] == "PLT":
            by_patient.setdefault(row["patient_id"], []).append(row)
    return as_grades([*rows, *(_take_worse(own) for own in by_patient.values())])


def _take_worse(own: list[dict]) -> dict:
    """Put the early and the late thrombocytopenia of a patient together."""
    words = "; ".join(f"{PERIODS[row['toxicity']][1]}: {row['decided_on']}" for row in own)
    known = [row for row in own if "grade" in row]
    worst = max(known, key=lambda row: row["grade"], default=None)
    if worst is None or (worst["grade"] == 0 and len(known) < len(own)):
        return not_assessable(own[0]["patient_id"], "T_ICAHT", words)
    is_sure = len(known) == len(own) and all(row["status"] == "graded" for row in own)
    return worst | {"toxicity": "T_ICAHT", "status": "graded" if is_sure else "partial", "decided_on": words}


def _period_days(period: str, design: Mapping) -> tuple[int, int]:
    last_early = design["icaht_early_last_day"]
    return (0, last_early) if period == "early" else (last_early + 1, design["icaht_late_last_day"])


def _find_gcsf(medications: pd.DataFrame, first_day: int, last_day: int) -> set[str]:
    given = medications[medications["drug_class"] == "gcsf"]
    end = given["end_day"].fillna(given["start_day"])
    return set(given["patient_id"][((given["start_day"] <= last_day) & (end >= first_day)).fillna(False)])


def _counts_before(labs: pd.DataFrame, *, medications: pd.DataFrame, rule: str) -> dict[tuple[str, str], str]:
    counts = labs[labs["test"].isin(["ANC", "PLT"])]
    last = find_lab_baselines(counts, medications=medications, rule=rule)
    return {(row.patient_id, row.test): f"{row.test} {row.value:g} before treatment" for row in last.itertuples()}


def _grade_period(counts: pd.DataFrame, *, toxicity: str, design: Mapping) -> dict:
    """Grade one patient's period as it is at least and at most, since both limits of a doubtful day are possible."""
    at_most, at_least = counts["at_most"].to_numpy(), counts["at_least"].to_numpy()
    first = int(counts.index[0])
    n_samples = int((~np.isnan(at_most)).sum())
    if toxicity == "ICAHT_LATE":
        least, most = (_grade_late_anc(values, design) for values in (at_most, at_least))
        n_known = n_samples
        words = f"days with ANC: {n_samples}"
    else:
        longest = design["icaht_longest_gap_days"]
        at_most, at_least = (fill_short_gaps(values, longest=longest) for values in (at_most, at_least))
        grade = _grade_early_anc if toxicity == "ICAHT_EARLY" else _grade_plt
        measured = counts["at_most"].notna().to_numpy()
        n_known = int((~np.isnan(at_most)).sum())
        is_late = toxicity == "T_ICAHT_LATE"
        worst = at_least if is_late else np.nan_to_num(at_least, nan=0.0)
        least, most = (grade(values, measured, toxicity, design) for values in (at_most, worst))
        words = f"days known: {n_known} of {len(counts)}"
    decided = "; ".join([least.words, words])
    if least.grade == 0 < most.grade and n_known < len(counts) * design["icaht_known_days_percent"] / 100:
        return not_assessable("", toxicity, decided)
    if most.grade > least.grade:
        decided += f"; unknown days or counts allow grade {most.grade}"
    low = least.low if least.grade else None
    return {
        "toxicity": toxicity,
        "grade": least.grade,
        "onset_day": None if low is None else first + low[0],
        "end_day": None if low is None else first + low[1],
        "status": "partial" if most.grade > least.grade or least.is_thin else "graded",
        "decided_on": decided,
    }


def _grade_early_anc(values: np.ndarray, measured: np.ndarray, toxicity: str, design: Mapping) -> _Reading:
    values = _round_counts(values, measured=measured, rule=design["icaht_rounding"])
    joined, is_cumulative = design["icaht_joined_days"], design["icaht_duration_rule"] == "cumulative"
    low = {limit: values <= limit + TOLERANCE for limit in (SEVERE_ANC, PROFOUND_ANC)}
    days = {
        limit: int(is_low.sum()) if is_cumulative else count_longest_run(is_low, joined_days=joined)
        for limit, is_low in low.items()
    }
    grade = next((grade for limit, least, grade in EARLY_ANC_DAYS if days[limit] >= least), 0)
    runs = find_runs(low[SEVERE_ANC], joined_days=joined)
    how = "in all" if is_cumulative else "longest run"
    words = f"days with ANC <= 500/uL: {days[SEVERE_ANC]}, <= 100/uL: {days[PROFOUND_ANC]} ({how})"
    last_known = int(np.flatnonzero(~np.isnan(values))[-1])
    if runs and runs[-1][0] <= design["icaht_never_recovered_from_day"] and runs[-1][1] == last_known:
        is_thin = last_known < len(values) - 1 or measured.sum() == 1
        return _Reading(4, runs[-1], words + ", not seen to recover", is_thin=is_thin)
    if not runs:
        return _Reading(grade, None, words)
    longest = (runs[0][0], runs[-1][1]) if is_cumulative else max(runs, key=lambda run: run[1] - run[0])
    return _Reading(grade, longest, words)


def _round_counts(values: np.ndarray, *, measured: np.ndarray, rule: str) -> np.ndarray:
    if rule == "none":
        return values
    # The inner rounding removes the noise of binary fractions, so that 505/uL lies midway and goes to the even 500.
    rounded = np.round(np.round(values * 100, 6)) / 100
    if rule == "every_value":
        return rounded
    # Rounding must not take a day below what was measured before and after it: fewer samples would make a worse grade.
    low, high = _between(values, measured)
    is_filled = ~measured & (values >= low) & (values <= high)
    return np.where(is_filled, np.clip(rounded, low, high), np.where(measured, values, rounded))


def _between(values: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give for each day the lower and the higher of the counts measured last before and first after it."""
    places = np.flatnonzero(measured)
    days = np.arange(len(values))
    before = places[np.clip(np.searchsorted(places, days, side="right") - 1, 0, None)]
    after = places[np.clip(np.searchsorted(places, days, side="left"), None, len(places) - 1)]
    return np.minimum(values[before], values[after]), np.maximum(values[before], values[after])


def _grade_late_anc(values: np.ndarray, design: Mapping) -> _Reading:
    lowest = np.sort(values[~np.isnan(values)])
    limit = LATE_ANC_LIMITS[-1][0]
    low = np.flatnonzero(values <= limit + TOLERANCE)
    grade = next((grade for limit, grade in LATE_ANC_LIMITS if lowest[0] <= limit + TOLERANCE), 0)
    words = f"lowest ANC {1000 * lowest[0]:.0f}/uL"
    if len(lowest) > 1:
        words += f", next {1000 * lowest[1]:.0f}/uL"
        if design["icaht_late_rule"] == "two_values" and lowest[1] > limit + TOLERANCE:
            grade = 0
    return _Reading(grade, (int(low[0]), int(low[-1])) if len(low) else None, words, is_thin=len(lowest) == 1)


def _grade_plt(values: np.ndarray, measured: np.ndarray, toxicity: str, design: Mapping) -> _Reading:
    table = EARLY_PLT_DAYS if toxicity == "T_ICAHT_EARLY" else LATE_PLT_DAYS
    is_cumulative = design["ticaht_duration_rule"] == "cumulative"
    low = {limit: values < limit - TOLERANCE for limit, _, _ in table}
    days = {
        limit: int(is_low.sum())
        if is_cumulative
        else count_longest_run(is_low, joined_days=design["icaht_joined_days"])
        for limit, is_low in low.items()
    }
    grade = next((grade for limit, least, grade in table if days[limit] >= least), 0)
    widest = np.flatnonzero(low[max(low)])
    words = "days with PLT " + ", ".join(f"< {limit}: {n}" for limit, n in days.items())
    is_thin = toxicity == "T_ICAHT_LATE" and measured.sum() == 1
    return _Reading(grade, (int(widest[0]), int(widest[-1])) if len(widest) else None, words, is_thin=is_thin)
