"""Leaving and return of B cells in blood: samples of B cells to times with both bounds, nadir and aplasia."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

import pandas as pd

from caseseries.derive.kinetics.b_cell_samples import APLASIA, RETURN_RULES, ReturnRule, derive_b_cell_samples
from caseseries.derive.kinetics.parameters import as_parameters
from caseseries.derive.shared.shape import as_table


def derive_b_cell_times(
    labs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    design: Mapping,
    depleted_again: Mapping[str, tuple[int, str]] | None = None,
) -> pd.DataFrame:
    """Derive the day on which B cells had left the blood and the day on which they had returned, by every rule.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The tests that ``derive_b_cell_samples`` reads.
    patients : DataFrame, one row per patient
        Names the patients.
    design
        ``b_cell_return_rule`` chooses among ``RETURN_RULES``; the marker and the limit of detection.
    depleted_again
        Day and cause of a later depletion by patient, as ``find_next_depletions`` gives them, for the reason of times
        without an event.

    Returns
    -------
    DataFrame, one row per patient and endpoint
        Endpoints ``b_cell_depletion`` and ``b_cell_return`` by the rule of the design; ``B_CELL_DEPLETION:<state>`` and
        ``B_CELL_RETURN:<rule>`` by every state of ``APLASIA`` and rule of ``RETURN_RULES``. ``time_days`` from the
        infusion; ``is_event``; ``lower_day`` and ``upper_day``, between which the change truly happened (after the
        last sample without it, at the latest in the first with it); ``reason``. Without an event the time is that of
        the last sample that the rule can judge and ``upper_day`` is missing. A patient without a sample from day 0 on
        has no row; one whose B cells never left has no row of return, being not at risk of it.

    Notes
    -----
    Depletion is the first sample from day 0 on in the state of aplasia that the rule ends: undetectable, or below
    20/uL. Return is the first of the consecutive samples after it that reach the rule. A sample that a rule cannot
    judge (a result beyond a limit, no count of leukocytes) is passed over. Of several samples on a day the last
    counts.
    """
    rows = []
    for patient_id, own in _followed(labs, patients, design):
        by_state = {state: _depletion(own, state) for state in APLASIA}
        chosen = design["b_cell_return_rule"]
        named = {f"B_CELL_DEPLETION:{state}": row for state, row in by_state.items()}
        named["b_cell_depletion"] = by_state[RETURN_RULES[chosen].ends]
        for name, rule in RETURN_RULES.items():
            back = _return(own, name, rule, by_state[rule.ends])
            named[f"B_CELL_RETURN:{name}"] = back
            if name == chosen:
                named["b_cell_return"] = back
        rows += [
            {"patient_id": patient_id, "endpoint": endpoint}
            | row
            | {"reason": _explain(row, patient_id, depleted_again)}
            for endpoint, row in named.items()
            if row
        ]
    return as_table(rows, "time_to_event")


def _explain(row: Mapping, patient_id: str, depleted_again: Mapping[str, tuple[int, str]] | None) -> str:
    """Give the reason of a time, and for one without an event what ended follow-up before the last sample could."""
    if row["is_event"] or patient_id not in (depleted_again or {}):
        return row["reason"]
    day, cause = depleted_again[patient_id]
    return f"{row['reason']}; follow-up ended by {cause} on day {day}"


def derive_b_cell_measures(
    labs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    design: Mapping,
    depleted_again: Mapping[str, tuple[int, str]] | None = None,
) -> pd.DataFrame:
    """Derive the depth and the duration of B cell aplasia.

    Parameters
    ----------
    labs, patients, design, depleted_again
        As in ``derive_b_cell_times``.

    Returns
    -------
    DataFrame, one row per patient and parameter
        The table of kinetic parameters, the marker being the analyte: ``NADIR`` (cells/uL, lowest count from day 0 on;
        the limit of the assay if below it, flagged) and its first day ``NADIR_DAY``; ``DEPLETION_DAY:<state>``;
        ``RETURN_DAY:<rule>`` and ``APLASIA_DAYS:<rule>``, from depletion to return, in days. Where B cells have not
        returned, the day of return is missing and the aplasia is that seen until the last sample, flagged.
    """
    rows = []
    for patient_id, own in _followed(labs, patients, design):
        found = _measures(own, lambda row, patient_id=patient_id: _explain(row, patient_id, depleted_again))
        rows += [{"patient_id": patient_id, "analyte": design["b_cell_marker"]} | row for row in found]
    return as_parameters(rows)


def _followed(labs: pd.DataFrame, patients: pd.DataFrame, design: Mapping) -> Iterator[tuple[str, list[dict]]]:
    """Give the samples, in order, of each patient who has one from day 0 on."""
    samples = derive_b_cell_samples(labs, design=design)
    samples = samples[samples["patient_id"].isin(patients["patient_id"])]
    for patient_id, own in groupby(samples.to_dict("records"), key=itemgetter("patient_id")):
        taken = list(own)
        if taken[-1]["day"] >= 0:
            yield patient_id, taken


def _judged(own: list[dict], column: str) -> list[tuple[int, bool]]:
    return [(sample["day"], sample[column]) for sample in own if not pd.isna(sample[column])]


def _depletion(own: list[dict], state: str) -> dict | None:
    judged, (reached, not_reached) = _judged(own, state), APLASIA[state]
    gone = next((day for day, is_gone in judged if day >= 0 and is_gone), None)
    if gone is not None:
        before = [day for day, is_gone in judged if day < gone and not is_gone]
        return _event(gone, max(before, default=None), reached)
    last = max((day for day, _ in judged), default=-1)
    return _censored(last, last, not_reached) if last >= 0 else None


def _return(own: list[dict], name: str, rule: ReturnRule, depletion: dict | None) -> dict | None:
    if not depletion or not depletion["is_event"]:
        return None
    gone = depletion["time_days"]
    later = [(day, reached) for day, reached in _judged(own, name) if day > gone]
    what = rule.words + (" in one sample" if rule.n_samples == 1 else f" in {rule.n_samples} consecutive samples")
    runs = (later[start : start + rule.n_samples] for start in range(len(later) - rule.n_samples + 1))
    back = next((run[0][0] for run in runs if all(reached for _, reached in run)), None)
    absent = [day for day, reached in later if not reached and (back is None or day < back)]
    lower = max(absent, default=gone)
    if back is not None:
        return _event(back, lower, what)
    if not later:
        is_last = own[-1]["day"] <= gone
        return _censored(gone, gone, "no later sample" if is_last else "no later sample decides")
    return _censored(later[-1][0], lower, f"not {what} by day {later[-1][0]}")


def _event(day: int, lower: int | None, reason: str) -> dict:
    return {"time_days": day, "is_event": True, "lower_day": lower, "upper_day": day, "reason": reason}


def _censored(day: int, lower: int, reason: str) -> dict:
    return {"time_days": day, "is_event": False, "lower_day": lower, "reason": reason}


def _measures(own: list[dict], explain: Callable[[dict], str]) -> Iterator[dict]:
    counted = [sample for sample in own if sample["day"] >= 0 and not pd.isna(sample["value"])]
    if counted:
        lowest = min(counted, key=lambda sample: (sample["value"], sample["operator"] != "<"))
        words = {"<": ["below the limit of the assay"], ">": ["above the limit of the assay"]}
        yield {
            "parameter": "NADIR",
            "value": lowest["value"],
            "unit": "cells/uL",
            "flag": words.get(lowest["operator"], []),
        }
        yield {"parameter": "NADIR_DAY", "value": lowest["day"], "unit": "day", "flag": []}
    by_state = {state: _depletion(own, state) for state in APLASIA}
    for state, gone in by_state.items():
        yield _day_of(f"DEPLETION_DAY:{state}", gone, explain)
    for name, rule in RETURN_RULES.items():
        gone = by_state[rule.ends]
        back = _return(own, name, rule, gone)
        if back:
            yield _day_of(f"RETURN_DAY:{name}", back, explain)
            yield {
                "parameter": f"APLASIA_DAYS:{name}",
                "value": back["time_days"] - gone["time_days"],
                "unit": "days",
                "flag": [] if back["is_event"] else [f"at least: {explain(back)}"],
            }


def _day_of(parameter: str, row: dict | None, explain: Callable[[dict], str]) -> dict:
    is_event = bool(row and row["is_event"])
    return {
        "parameter": parameter,
        "value": row["time_days"] if is_event else None,
        "unit": "day",
        "flag": [] if is_event else [explain(row) if row else "no sample decides"],
    }
