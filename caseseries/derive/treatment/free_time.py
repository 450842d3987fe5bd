"""Time without treatment after the infusion: when it began, when and why it ended."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

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
    rows = treatment.sort_values(["patient_id", "start_day"], kind="stable")
    is_free = rows["state"].isin(FREE_STATES[freedom])
    begins = (is_free != is_free.shift()) | (rows["patient_id"] != rows["patient_id"].shift())
    runs = rows.assign(is_free=is_free, run=begins.cumsum()).groupby(["patient_id", "run"], as_index=False)
    spells = runs.agg(
        start_day=("start_day", "min"),
        end_day=("end_day", "max"),
        is_free=("is_free", "first"),
        state=("state", "first"),
    )
    spells["next_state"] = spells.groupby("patient_id")["state"].shift(-1)
    spells["is_open"] = spells["next_state"].isna()
    n_days = spells["end_day"] - spells["start_day"].clip(lower=0) + 1
    is_long = (n_days >= design["free_days_before_restart"]) | (spells["is_open"] & (n_days >= 1))
    spells = spells[spells["is_free"] & is_long.astype(bool)]
    return spells.reindex(columns=list(SPELLS)).astype(SPELLS).reset_index(drop=True)


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
    frame = frame.reindex(columns=list(TREATMENT_FREE)).astype(TREATMENT_FREE)
    return frame.sort_values("patient_id", kind="stable").reset_index(drop=True)
