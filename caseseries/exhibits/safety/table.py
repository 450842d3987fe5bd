"""Table 3: toxicities as graded here and as recorded, infections and other events, by patient or by group."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.exhibits.columns import choose_by, list_columns
from caseseries.exhibits.model import DisplayTable
from caseseries.exhibits.safety.by_group import make_group_table
from caseseries.exhibits.safety.by_patient import make_patient_table


def table_safety(
    patients: pd.DataFrame,
    events: pd.DataFrame,
    grades: pd.DataFrame,
    infections: pd.DataFrame,
    infection_rates: pd.DataFrame,
    *,
    design: Mapping,
    by: str | None = None,
) -> DisplayTable:
    """Make the table of safety from recorded events and from the grades that the observations give.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; all of them are the denominator of recorded events.
    events : DataFrame, one row per event
        As ``derive_events`` gives it.
    grades : DataFrame, one row per patient and toxicity
        As ``derive_safety`` gives it; patients who could be graded are the denominator.
    infections : DataFrame, one row per infection
        As ``derive_infections`` gives it.
    infection_rates : DataFrame, one row per window and class of pathogen
        As ``count_infections`` gives it; it names the windows. Empty if no events are recorded.
    design
        ``icaht_early_last_day``, after which cytopenia is late; ``event_common_term_percent``, from which a term is
        listed for groups.
    by
        As in ``table_baseline``: with single patients the rows are the toxicities of cell therapy with their days,
        with groups they are counts of patients, also by body system and term.

    Returns
    -------
    DisplayTable
        Where a toxicity could be graded in nobody, the row gives the grade as recorded. Where recorded and derived
        grades of a patient differ, a note names the patient and both.
    """
    columns = list_columns(patients, by=choose_by(patients, by=by))
    make = make_patient_table if any(column.is_single for column in columns) else make_group_table
    return make(columns, patients, events, grades, infections, infection_rates, design=design)
