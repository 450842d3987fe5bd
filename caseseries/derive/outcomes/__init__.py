"""All outcomes together: scores and treatment to remission, flares, times, calendar and washout."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.outcomes.activity_change import CHANGE, derive_activity_change
from caseseries.derive.outcomes.calendar import derive_calendar
from caseseries.derive.outcomes.calendar_contents import derive_calendar_contents
from caseseries.derive.outcomes.disease_states import derive_disease_states
from caseseries.derive.outcomes.flares import count_flares, derive_flares
from caseseries.derive.outcomes.remission import REMISSION, derive_remission
from caseseries.derive.outcomes.times import derive_outcome_times
from caseseries.derive.outcomes.visit_outcomes import derive_visit_outcomes
from caseseries.derive.treatment.free_time import TREATMENT_FREE, derive_treatment_free
from caseseries.derive.treatment.washout import derive_washout

_REMISSION = {
    name if name != "decided_on" else "remission_decided_on": type_
    for name, type_ in REMISSION.items()
    if name != "remission_end_day"
}

PATIENT_OUTCOMES = (
    _REMISSION
    | {"flare_count": "Int64"}
    | {name: CHANGE[name] for name in ("improvement_rule", "is_improved", "improvement_decided_on")}
    | {"treatment_free_days": TREATMENT_FREE["treatment_free_days"]}
)
"""Type of each column that the outcomes add to the table of patients, in order."""


def derive_outcomes(
    tables: Mapping[str, pd.DataFrame], *, scores: pd.DataFrame, treatment: pd.DataFrame, design: Mapping
) -> dict[str, pd.DataFrame]:
    """Derive every table of outcomes.

    Parameters
    ----------
    tables
        All raw tables; each may be empty.
    scores : DataFrame, one row per patient, day and measure
        Of all subjects, with ``baseline_value`` and ``change`` as ``add_baseline_and_visit`` gives them.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options of the run.

    Returns
    -------
    dict of DataFrame
        ``disease_states``, ``remission``, ``flares``, ``treatment_free``, ``activity_change``, ``outcome_times`` (rows
        for the table of times), ``calendar``, ``washout``, ``visit_outcomes`` and ``patient_outcomes``.
    """
    patients, medications = tables["patients"], tables["medications"]
    states = derive_disease_states(scores, tables=tables, treatment=treatment, design=design)
    flares = derive_flares(scores, states=states, tables=tables, treatment=treatment, design=design)
    calendar = derive_calendar(patients, visits=tables["visits"], design=design)
    found = {
        "disease_states": states,
        "remission": derive_remission(states, tables=tables, treatment=treatment, design=design),
        "flares": flares,
        "treatment_free": derive_treatment_free(treatment, flares=flares, design=design),
        "activity_change": derive_activity_change(scores, patients=patients, design=design),
        "outcome_times": derive_outcome_times(
            states, flares=flares, patients=patients, treatment=treatment, design=design
        ),
        "calendar": calendar.join(derive_calendar_contents(calendar, tables=tables)),
        "washout": derive_washout(medications, patients=patients, assessments=tables["assessments"], design=design),
    }
    found["visit_outcomes"] = derive_visit_outcomes(
        scores, states=states, remission=found["remission"], treatment=treatment, patients=patients, design=design
    )
    found["patient_outcomes"] = summarize_outcomes(
        found["remission"],
        activity_change=found["activity_change"],
        flares=flares,
        treatment_free=found["treatment_free"],
        treatment=treatment,
    )
    return found


def summarize_outcomes(
    remission: pd.DataFrame,
    *,
    activity_change: pd.DataFrame,
    flares: pd.DataFrame,
    treatment_free: pd.DataFrame,
    treatment: pd.DataFrame,
) -> pd.DataFrame:
    """Summarize the outcomes of each patient in one row.

    Returns
    -------
    DataFrame, one row per patient
        The columns of ``PATIENT_OUTCOMES``. ``flare_count`` is missing for a patient without any sign of a flare, any
        decided visit and any record of treatment, or without a criterion for the disease.
    """
    frame = remission.rename(columns={"decided_on": "remission_decided_on"})
    frame = frame.merge(activity_change, on="patient_id", how="left", validate="one_to_one")
    frame = frame.merge(treatment_free[["patient_id", "treatment_free_days"]], on="patient_id", how="left")
    counts = frame["patient_id"].map(count_flares(flares)).astype("Int64")
    is_watched = frame["last_assessed_day"].notna() | frame["patient_id"].isin(treatment["patient_id"])
    is_watched &= frame["remission_criterion"].notna()
    frame["flare_count"] = counts.fillna(0).where(is_watched | counts.notna())
    return frame.reindex(columns=list(PATIENT_OUTCOMES)).astype(PATIENT_OUTCOMES)
