"""Times from the infusion to remission, to life without drugs, to a flare and to death, with the bounds of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.outcomes.disease_states import NONE_AGREED, choose_criteria, find_states, list_by_patient
from caseseries.derive.shared.shape import as_table
from caseseries.derive.treatment.free_time import find_free_spells
from caseseries.derive.treatment.medication import FREE_STATES


def derive_outcome_times(
    states: pd.DataFrame,
    *,
    flares: pd.DataFrame,
    patients: pd.DataFrame,
    treatment: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the time from the infusion to each outcome.

    Parameters
    ----------
    states : DataFrame, one row per patient and visit after the infusion
        As ``derive_disease_states`` gives it.
    flares : DataFrame, one row per patient and sign of a flare
        As ``derive_flares`` gives it.
    patients : DataFrame, one row per patient
        The raw table.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        ``remission_criterion_...``, ``free_days_before_restart``.

    Returns
    -------
    DataFrame, one row per patient and endpoint
        Endpoints ``REMISSION`` (first visit in remission), ``DRUG_FREE_REMISSION`` (first such visit without drugs),
        ``DRUG_FREE``, ``IMMUNOSUPPRESSION_FREE``, ``GLUCOCORTICOID_FREE`` (first day of the first spell), ``FLARE``,
        ``DEATH``. ``lower_day`` and ``upper_day`` bound the true day: after the last visit without the outcome, at the
        latest at the first with it; equal where the day itself is known. Without an event the time is that of the last
        decided visit, or the last contact for drugs and death, and ``upper_day`` is missing.

    Notes
    -----
    A patient without a decided visit, or of whose drugs there is no record, has no row of those endpoints. A patient
    whose disease has no agreed remission has no row of remission, being not at risk of it. Free of drugs before the
    infusion is day 0. A flare found at a visit is censored at the last decided visit of a patient who has any. Of a
    disease without a criterion only a restart of treatment tells a flare, and there is no row without one.
    """
    criteria = choose_criteria(patients, design=design)
    free = (find_states(states, treatment=treatment) == "drug_free").fillna(False).astype(bool)
    visits = states.assign(is_free=free)[states["is_in_remission"].notna()]
    own_visits = list_by_patient(visits, by="day")
    own_flares = list_by_patient(flares[flares["is_flare"].fillna(False)], by="day")
    firsts = {
        freedom: find_free_spells(treatment, freedom=freedom, design=design)
        .groupby("patient_id")["start_day"]
        .min()
        .to_dict()
        for freedom in FREE_STATES
    }
    treated = set(treatment["patient_id"])
    rows = []
    for patient in patients.to_dict("records"):
        name, contact = patient["patient_id"], patient["last_contact_day"]
        own = own_visits.get(name, [])
        found = {}
        if own and criteria[name] != NONE_AGREED:
            found["REMISSION"] = _first_visit(own, "in remission")
            found["DRUG_FREE_REMISSION"] = _first_visit(own, "in remission without drugs", needs_freedom=True)
        if name in treated and not pd.isna(contact):
            found |= dict(_free_times(firsts, name, contact))
        if name in own_flares or not pd.isna(criteria[name]):
            found["FLARE"] = _flare(own_flares.get(name, []), own, contact)
        found["DEATH"] = _death(patient["death_day"], contact)
        rows += [{"patient_id": name, "endpoint": endpoint} | row for endpoint, row in found.items() if row]
    return as_table(rows, "time_to_event")


def _first_visit(own: list[dict], what: str, *, needs_freedom: bool = False) -> dict:
    reached = [row for row in own if row["is_in_remission"] and (row["is_free"] or not needs_freedom)]
    if not reached:
        return _censored(own[-1]["day"], f"not {what} by the last visit that decides")
    first = reached[0]
    before = [row["day"] for row in own if row["day"] < first["day"]]
    return _event(first["day"], max(before, default=0), f"{what}: {first['criterion']}")


def _free_times(firsts: Mapping[str, Mapping[str, int]], name: str, contact: int) -> Iterator[tuple[str, dict]]:
    for freedom, starts in firsts.items():
        what = freedom.replace("_", " ")
        if name in starts:
            day = max(starts[name], 0)
            yield freedom.upper(), _event(day, day, f"{what} from day {starts[name]}")
        else:
            yield freedom.upper(), _censored(contact, f"not {what} by the last contact")


def _flare(own: list[dict], visits: list[dict], contact: int) -> dict | None:
    if own:
        first = own[0]
        before = [row["day"] for row in visits if row["day"] < first["day"]]
        lower = first["day"] if first["kind"] == "restart" else max(before, default=0)
        return _event(first["day"], lower, f"{first['kind'].replace('_', ' ')}: {first['reason']}")
    last = visits[-1]["day"] if visits else contact
    return None if pd.isna(last) else _censored(last, "no flare")


def _death(death_day: int, contact: int) -> dict | None:
    if not pd.isna(death_day):
        return _event(death_day, death_day, "death")
    return None if pd.isna(contact) else _censored(contact, "alive at the last contact")


def _event(day: int, lower: int, reason: str) -> dict:
    return {"time_days": day, "is_event": True, "lower_day": lower, "upper_day": day, "reason": reason}


def _censored(day: int, reason: str) -> dict:
    return {"time_days": day, "is_event": False, "lower_day": day, "reason": reason}
