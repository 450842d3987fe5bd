"""Time without treatment after the infusion: when it began, when and why it ended."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, zip_longest
from operator import itemgetter

import pandas as pd

from caseseries.derive.shared.frames import as_typed, list_groups
from caseseries.derive.treatment.medication import FREE_STATES

SPELLS = {"patient_id": "str", "start_day": "Int64", "end_day": "Int64", "is_open": "boolean", "next_state": "str"}

TREATMENT_FREE = {
    "patient_id": "str",
    "start_day": "Int64",
    "end_day": "Int64",
    "treatment_free_days": "Int64",
    "end_reason": "str",
}


def find_free_spells(treatment: pd.DataFrame, *, freedom: str, design: Mapping) -> pd.DataFrame:
    """Find the unbroken times after the infusion in which a patient was free.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    freedom
        A key of ``FREE_STATES``.
    design
        ``free_days_before_restart``: a shorter time is a pause and no spell, unless it lasts to the last contact.

    Returns
    -------
    DataFrame, one row per patient and spell
        ``start_day``, which may lie before day 0, and ``end_day``, both included; ``is_open``, lasting to the last
        contact; ``next_state``, the state that ended it.
    """
    spells = []
    for patient_id, own in sorted(list_groups(treatment, ["start_day", "end_day", "state"]).items()):
        in_order = sorted(own, key=itemgetter("start_day"))
        runs = [list(run) for _, run in groupby(in_order, key=lambda row: row["state"] in FREE_STATES[freedom])]
        for run, following in zip_longest(runs, runs[1:]):
            first, last = run[0], max(row["end_day"] for row in run)
            is_open, n_days = following is None, last - max(first["start_day"], 0) + 1
            is_long = n_days >= design["free_days_before_restart"] or (is_open and n_days >= 1)
            if first["state"] in FREE_STATES[freedom] and is_long:
                days = {"start_day": first["start_day"], "end_day": last}
                next_state = None if is_open else following[0]["state"]
                spells.append({"patient_id": patient_id, **days, "is_open": is_open, "next_state": next_state})
    return as_typed(spells, SPELLS)


def derive_treatment_free(treatment: pd.DataFrame, *, flares: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the treatment-free interval after the infusion.

    Parameters
    ----------
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    flares : DataFrame, one row per patient and sign of a flare
        As ``derive_flares`` gives it.
    design
        ``free_days_before_restart``.

    Returns
    -------
    DataFrame, one row per patient who became free of drugs
        ``start_day`` of the first free time; ``end_day``, the earliest of the restart, the first sign of a flare that
        led to treatment, and the last contact; ``treatment_free_days``, end minus start, counted from day 0 where the
        drugs were stopped before it; ``end_reason``.
    """
    spells = find_free_spells(treatment, freedom="drug_free", design=design)
    first = spells.sort_values("start_day").drop_duplicates("patient_id")
    treated = flares[flares["is_flare"].fillna(False) & flares["needs_therapy"].fillna(False)]
    pairs = first[["patient_id", "start_day", "end_day"]].merge(
        treated[["patient_id", "day"]], on="patient_id", how="inner"
    )
    within = pairs[(pairs["day"] >= pairs["start_day"]) & (pairs["day"] <= pairs["end_day"] + 1)]
    flare_day = first["patient_id"].map(within.groupby("patient_id")["day"].min()).astype("Int64")
    # The interval ends on the day of the restart, which is the day after the last free one.
    own_end = first["end_day"].where(first["is_open"], first["end_day"] + 1)
    reason = pd.Series("restart", index=first.index).mask(first["is_open"].astype(bool), "last contact")
    reason = reason.mask((first["next_state"] == "indeterminate").fillna(False), "treatment not known")
    is_flare = (flare_day < own_end).fillna(False).astype(bool)
    end = own_end.mask(is_flare, flare_day)
    frame = first.assign(
        end_day=end,
        treatment_free_days=end - first["start_day"].clip(lower=0),
        end_reason=reason.mask(is_flare, "flare that was treated"),
    )
    return as_typed(frame, TREATMENT_FREE, by=("patient_id",))
