"""The days worth a mark in a patient's course: toxicities, infections, return of B cells, immunoglobulin, death."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.cohort.events import find_late_cytopenia
from caseseries.derive.shared.shape import as_table

MARKS = (
    "crs",
    "icans",
    "iec_hs",
    "licats",
    "infection",
    "late_cytopenia",
    "serious_event",
    "b_cell_return",
    "last_glucocorticoid",
    "ivig",
    "death",
)
"""Marks in the order of a legend."""


def derive_milestones(
    *,
    patients: pd.DataFrame,
    events: pd.DataFrame,
    time_to_event: pd.DataFrame,
    medications: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive the marked days of each patient.

    Parameters
    ----------
    patients, events, time_to_event
        Derived tables.
    medications : DataFrame, one row per course of a drug
        The raw table; its administrations of immunoglobulin are read.
    design
        ``icaht_early_last_day``, after which cytopenia is late.

    Returns
    -------
    DataFrame, one row per patient, day and mark
        ``mark`` (one of ``MARKS``) and, for an event, its ``grade`` and ``is_serious``. Events are those that
        emerged under treatment; ``infection`` has every grade, ``serious_event`` stands for serious events that no
        other mark shows.
    """
    own_category = events["category"].isin(("crs", "icans", "iec_hs", "licats", "infection"))
    is_late = find_late_cytopenia(events, design=design)
    mark = events["category"].where(own_category).mask(is_late, "late_cytopenia")
    mark = mark.mask(mark.isna() & events["is_serious"].fillna(False), "serious_event")
    toxicities = events.assign(mark=mark, day=events["start_day"])
    toxicities = toxicities[events["is_treatment_emergent"].fillna(False) & mark.notna() & events["start_day"].notna()]

    returned = time_to_event[(time_to_event["endpoint"] == "b_cell_return") & time_to_event["is_event"]]
    is_free = patients["glucocorticoid_free_start_day"].notna()
    stopped = patients[is_free & (patients["last_glucocorticoid_day"] >= 0).fillna(False)]
    given = medications[(medications["drug_class"] == "ivig") & (medications["start_day"] >= 0).fillna(False)]
    given = given[given["patient_id"].isin(patients["patient_id"])]
    dead = patients[patients["is_dead"]]
    parts = [
        toxicities,
        returned.assign(mark="b_cell_return", day=returned["time_days"]),
        stopped.assign(mark="last_glucocorticoid", day=stopped["last_glucocorticoid_day"]),
        given.assign(mark="ivig", day=given["start_day"]),
        dead.assign(mark="death", day=dead["death_day"]),
    ]
    return as_table(pd.concat([as_table(part, "milestones") for part in parts]), "milestones")
