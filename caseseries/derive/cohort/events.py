"""Adverse events as recorded: onset, duration and worst grade of each patient and category."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.event_windows import list_event_windows, name_event_window
from caseseries.derive.shared.shape import as_table

CATEGORIES = (
    "crs",
    "icans",
    "iec_hs",
    "licats",
    "cytopenia",
    "late_cytopenia",
    "infection",
    "hypogammaglobulinaemia",
    "other",
)
"""Categories of the codebook and, beside ``cytopenia``, those of its events that are late."""


def find_late_cytopenia(events: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Tell which events are cytopenia that began after the early period (``icaht_early_last_day``)."""
    is_late = (events["start_day"] > design["icaht_early_last_day"]).fillna(False).astype(bool)
    return is_late & (events["category"] == "cytopenia")


def derive_events(adverse_events: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive duration, window and whether an event emerged under treatment.

    Parameters
    ----------
    adverse_events : DataFrame, one row per event
        The raw table.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; ``treatment_start_day`` and ``last_contact_day`` are read.
    design
        The windows, as ``list_event_windows`` reads them.

    Returns
    -------
    DataFrame, one row per event
        ``start_day`` is the onset in days from the infusion; ``duration_days`` counts both ends and is missing if
        the event has no last day; ``is_treatment_emergent``; ``window``, such as ``0-30``, in days.

    Notes
    -----
    Treatment-emergent: begun on or after the first day of treatment (lymphodepletion where there was one, else the
    infusion or first dose). Whether an event without a first day emerged is not known, unless it had ended before:
    ``is_treatment_emergent`` is then missing, and counts leave the event out and say so.
    """
    facts, windows = patients.set_index("patient_id"), list_event_windows(design)
    start, end = adverse_events["start_day"], adverse_events["end_day"]
    first = adverse_events["patient_id"].map(facts["treatment_start_day"]).astype("Int64")
    had_ended = (end < first).fillna(False)
    emergent = (start >= first).mask(start.isna() & had_ended, False)
    frame = adverse_events.assign(
        duration_days=end - start + 1,
        is_ongoing=adverse_events.get("ongoing", pd.NA),
        is_serious=adverse_events["serious"],
        is_related=adverse_events["related"],
        is_treatment_emergent=emergent,
        window=start.map(lambda day: name_event_window(day, windows), na_action="ignore"),
    )
    return as_table(frame[frame["patient_id"].isin(facts.index)], "events")


def derive_worst_grades(events: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the worst grade of each patient in each category of treatment-emergent events.

    Parameters
    ----------
    events : DataFrame, one row per event
        As ``derive_events`` gives it.
    patients : DataFrame, one row per patient
        Names the patients.
    design
        ``icaht_early_last_day``, after which cytopenia is late.

    Returns
    -------
    DataFrame, one row per patient and category of ``CATEGORIES``
        ``n_events``; ``max_grade``, 0 without an event and missing if no event of the category was graded;
        ``onset_day`` of the first event; ``duration_days`` of the longest; ``is_serious``. Empty if the data set
        records no event at all, since then nothing tells that events were asked for.
    """
    if events.empty:
        return as_table([], "worst_grades")
    emergent = events[events["is_treatment_emergent"].fillna(False)]
    late = emergent[find_late_cytopenia(emergent, design=design)]
    emergent = pd.concat([emergent, late.assign(category="late_cytopenia")])
    worst = emergent.groupby(["patient_id", "category"]).agg(
        n_events=("term", "size"),
        max_grade=("grade", "max"),
        onset_day=("start_day", "min"),
        duration_days=("duration_days", "max"),
        is_serious=("is_serious", "any"),
    )
    every = pd.MultiIndex.from_product([sorted(patients["patient_id"]), CATEGORIES], names=["patient_id", "category"])
    worst = worst.reindex(every)
    has_none = worst["n_events"].isna()
    worst["n_events"] = worst["n_events"].fillna(0)
    worst.loc[has_none, "max_grade"] = 0
    worst["is_serious"] = worst["is_serious"].astype("boolean").fillna(False)
    return as_table(worst.reset_index(), "worst_grades")
