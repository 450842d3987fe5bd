"""Flares after the infusion: restarts of treatment, rises of activity, loss of inactive disease; never LICATS."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.outcomes.bounds import compute_most
from caseseries.derive.shared.limits import TOLERANCE
from caseseries.derive.treatment.free_time import find_free_spells
from caseseries.derive.treatment.medication import FREE_STATES

FLARES = {
    "patient_id": "str",
    "day": "Int64",
    "kind": "str",
    "is_flare": "boolean",
    "episode": "Int64",
    "needs_therapy": "boolean",
    "reason": "str",
}
"""Type of each column in order. ``kind`` is restart, activity or loss_of_remission; a sign that is no flare has no
``episode``; ``needs_therapy``: the episode holds a restart."""


def derive_flares(
    scores: pd.DataFrame,
    *,
    states: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    treatment: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive every sign of a flare after the infusion, and the flares that they make up.

    Parameters
    ----------
    scores : DataFrame, one row per patient, day and measure
        The index of ``flare_sledai_measure`` is read.
    states : DataFrame, one row per patient and visit
        As ``derive_disease_states`` gives it.
    tables : mapping of raw tables
        ``patients``, ``medications``, ``adverse_events`` (category ``licats``).
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options ``flare_...`` and ``free_days_before_restart``.

    Returns
    -------
    DataFrame, one row per patient and sign
        See ``FLARES``. Signs at most ``flare_episode_days`` after the first of an episode belong to it.

    Notes
    -----
    Restart: a course for the disease begins after a spell free of glucocorticoids, of immunosuppression or of drugs.
    Activity: the index of lupus rises by the points of the design against the visit before, or the lowest so far, each
    taken as the most that it may have been; the last visit before the infusion is the first to compare with. Loss of
    remission: a patient with myositis who was in remission is not, at two visits in a row unless the design asks for
    one. Visits during recorded LICATS, and some days around it, are passed over, and a restart in that time is no
    flare.
    """
    licats = _find_licats(tables["adverse_events"], tables["patients"], margin_days=design["flare_licats_margin_days"])
    findings = [
        _find_restarts(tables["medications"], treatment=treatment, licats=licats, design=design),
        _find_rises(_without_licats(scores, licats), design=design),
        _find_losses(_without_licats(states, licats), tables["patients"], design=design),
    ]
    found = pd.concat([part.reindex(columns=list(FLARES)).astype(FLARES) for part in findings], ignore_index=True)
    found = found.sort_values(["patient_id", "day", "kind"], kind="stable").reset_index(drop=True)
    return _number_episodes(found, episode_days=design["flare_episode_days"])


def _find_licats(adverse_events: pd.DataFrame, patients: pd.DataFrame, *, margin_days: int) -> pd.DataFrame:
    events = adverse_events[(adverse_events["category"] == "licats") & adverse_events["start_day"].notna()]
    last_contact = events["patient_id"].map(patients.set_index("patient_id")["last_contact_day"]).astype("Int64")
    end = events["end_day"].fillna(last_contact.where(events["ongoing"].fillna(False))).fillna(events["start_day"])
    return pd.DataFrame(
        {
            "patient_id": events["patient_id"],
            "first": events["start_day"] - margin_days,
            "last": end + margin_days,
        }
    )


def _is_during(rows: pd.DataFrame, licats: pd.DataFrame) -> pd.Series:
    pairs = rows[["patient_id", "day"]].rename_axis("row").reset_index().merge(licats, on="patient_id")
    is_inside = (pairs["day"] >= pairs["first"]) & (pairs["day"] <= pairs["last"])
    return rows.index.isin(set(pairs.loc[is_inside.fillna(False).astype(bool), "row"]))


def _without_licats(rows: pd.DataFrame, licats: pd.DataFrame) -> pd.DataFrame:
    return rows[~_is_during(rows, licats)]


def _find_restarts(
    medications: pd.DataFrame, *, treatment: pd.DataFrame, licats: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    spells = pd.concat([find_free_spells(treatment, freedom=freedom, design=design) for freedom in FREE_STATES])
    ended = spells[~spells["is_open"].astype(bool) & (spells["next_state"] != "indeterminate")]
    days = ended.assign(day=ended["end_day"] + 1)[["patient_id", "day"]].drop_duplicates()
    begun = medications.loc[medications["purpose"] == "disease", ["patient_id", "start_day", "drug"]]
    begun = begun.rename(columns={"start_day": "day"}).merge(days, on=["patient_id", "day"])
    drugs = begun.groupby(["patient_id", "day"])["drug"].agg(lambda names: ", ".join(sorted(set(names))))
    found = drugs.rename("reason").reset_index()
    is_licats = pd.Series(_is_during(found, licats), index=found.index)
    found["reason"] = found["reason"].where(~is_licats, found["reason"] + ", during recorded LICATS")
    return found.assign(kind="restart", is_flare=~is_licats)


def _find_rises(scores: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    own = scores[(scores["measure"] == design["flare_sledai_measure"]) & scores["value"].notna()]
    own = own.sort_values(["patient_id", "day"], kind="stable")
    is_before = (own["day"] <= 0).fillna(False).astype(bool)
    last_before = own["patient_id"].map(own[is_before].groupby("patient_id")["day"].max())
    own = own[~is_before | (own["day"] == last_before)]
    # What an index may have been before, with descriptors that nobody looked for, is no rise when they are found.
    most = compute_most(own, design=design).groupby(own["patient_id"])
    visit_before = most.shift()
    lowest = most.cummin().groupby(own["patient_id"]).shift()
    reference = {"visit_before": visit_before, "lowest_so_far": lowest}[design["flare_sledai_reference"]]
    is_high = own["value"] - reference >= design["flare_sledai_rise_points"] - TOLERANCE
    # A rise that was there at the visit before is the same one.
    is_new = ~is_high.groupby(own["patient_id"]).shift(fill_value=False)
    if design["flare_sledai_reference"] == "visit_before":
        is_new = pd.Series(True, index=own.index)
    rises = own[is_high & is_new & (own["day"] > 0)]
    reason = [
        f"{measure} {old:g} to {new:g}"
        for measure, old, new in zip(rises["measure"], reference[rises.index], rises["value"], strict=True)
    ]
    return rises.assign(kind="activity", is_flare=True, reason=reason)


def _find_losses(states: pd.DataFrame, patients: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    has_myositis = patients.loc[patients["disease"].str.casefold() == "jdm", "patient_id"]
    own = states[states["patient_id"].isin(has_myositis) & states["is_in_remission"].notna()]
    own = own.sort_values(["patient_id", "day"], kind="stable")
    is_in = own["is_in_remission"].astype(bool)
    was_in = is_in.groupby(own["patient_id"]).shift(fill_value=False)
    is_out_again = (~is_in).groupby(own["patient_id"]).shift(-1, fill_value=False)
    lost = own[~is_in & was_in]
    is_confirmed = is_out_again[lost.index] | (design["flare_loss_rule"] == "single")
    words = is_out_again[lost.index].map({True: "confirmed at the next visit", False: "not confirmed"})
    return lost.assign(kind="loss_of_remission", is_flare=is_confirmed, reason=lost["criterion"] + " lost, " + words)


def _number_episodes(found: pd.DataFrame, *, episode_days: int) -> pd.DataFrame:
    episodes: list[int | None] = []
    patient, first, number = None, 0, 0
    for row in found.itertuples():
        if row.patient_id != patient:
            patient, number = row.patient_id, 0
        if not row.is_flare:
            episodes.append(None)
            continue
        if number == 0 or row.day - first > episode_days:
            first, number = row.day, number + 1
        episodes.append(number)
    found["episode"] = pd.array(episodes, dtype="Int64")
    is_restart = found["kind"] == "restart"
    has_restart = is_restart.groupby([found["patient_id"], found["episode"]], dropna=True).transform("any")
    found["needs_therapy"] = has_restart.astype("boolean").where(found["episode"].notna())
    return found


def count_flares(flares: pd.DataFrame) -> pd.Series:
    """Count the flares of each patient who has had one."""
    return flares.groupby("patient_id")["episode"].max().dropna()
