"""States of lupus: remission and low activity, by the adult and by the paediatric definition."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.criteria import (
    derive_descriptor_grid,
    judge_index,
    judge_major_organs,
    judge_new_features,
    judge_other_features,
)
from caseseries.derive.shared.body import compute_weights_kg
from caseseries.derive.shared.items import TOTAL, derive_item_grid
from caseseries.derive.shared.limits import is_below
from caseseries.derive.shared.scores import as_scores
from caseseries.derive.shared.states import Criterion, derive_states
from caseseries.derive.treatment.visit_dose import (
    derive_visit_doses,
    describe_dose,
    is_child_dose_within,
    is_dose_within,
)

VAS_TO_LUPUS_SCALE = 3 / 10
"""From the visual analogue scale of 0 to 10 cm to the physician's global of 0 to 3 points."""


def derive_lupus_states(
    descriptors: pd.DataFrame,
    *,
    activity: pd.DataFrame,
    assessments: pd.DataFrame,
    patients: pd.DataFrame,
    treatment: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive remission and low activity at each visit with a SLEDAI-2K.

    Parameters
    ----------
    descriptors, activity
        As ``derive_descriptors`` and ``summarize_activity`` give them.
    assessments, patients
        The raw tables: the physician's global, body weight, features that SLEDAI-2K does not hold.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options that begin with ``remission``, ``ccr``, ``lldas``, ``clldas``, ``glucocorticoid``; also
        ``lupus_global_source`` and ``sledai_window_days``.

    Returns
    -------
    DataFrame, one row per patient, visit and measure
        The table of scores with ``DORIS``, ``CCR``, ``CCR_0``, ``LLDAS`` and ``CLLDAS``, yes or no.

    Notes
    -----
    - DORIS: no clinical descriptor, global below 0.5, prednisone at most 5 mg/day. Serology does not count, and
      stable antimalarials, immunosuppressants and biologics are allowed.
    - CCR, the childhood remission: the same with at most 0.1 mg/kg/day and 5 mg/day. CCR_0: without glucocorticoid.
    - LLDAS: SLEDAI-2K at most 4, none of ``MAJOR_ORGANS``, neither haemolytic anaemia nor gastrointestinal activity,
      no descriptor that was absent at the visit before, global at most 1, prednisone at most 7.5 mg/day, no drug
      under trial. The first visit has none before it and is not decided. The infused cells are not a drug that is
      still taken.
    - CLLDAS, the childhood form: at most 0.15 mg/kg/day and 7.5 mg/day.

    The dose must keep to the limit on the day of the visit and in its 28-day mean in every state alike, so that each
    stricter state lies within the wider one.

    References
    ----------
    van Vollenhoven 2021, Lupus Sci Med 8:e000538. Franklyn 2016, Ann Rheum Dis 75:1615. Smith 2024, Clin Immunol
    263:110214. Smith 2023, Clin Immunol 250:109296.
    """
    index = {measure: own.reset_index(drop=True) for measure, own in activity.groupby("measure")}
    if not index:
        return as_scores([])
    visits = index["SLEDAI_2K"][["patient_id", "day"]]
    grid = derive_descriptor_grid(visits, descriptors=descriptors)
    globals_ = visits.merge(derive_lupus_global(assessments, design=design), on=["patient_id", "day"], how="left")
    doses = derive_visit_doses(visits, treatment=treatment, design=design)
    days = visits.rename(columns={"day": "start_day"}).assign(end_day=visits["day"])
    weights = compute_weights_kg(days, patients=patients, assessments=assessments, design=design)
    weight = pd.Series(weights, index=visits.index)
    remission = [
        judge_index(index["CSLEDAI_2K"], limit=0),
        _judge_global(globals_, "remission", design=design),
    ]
    low_activity = [
        judge_index(index["SLEDAI_2K"], limit=design["lldas_sledai_limit_points"]),
        judge_major_organs(grid),
        judge_other_features(visits, assessments=assessments, design=design),
        judge_new_features(grid, visits=visits),
        _judge_global(globals_, "lldas", design=design),
        _judge_trial(doses),
    ]
    states = {
        "DORIS": [*remission, _judge_dose(doses, "remission", design=design)],
        "CCR": [*remission, _judge_child_dose(doses, weight, "remission", share="ccr", design=design)],
        "CCR_0": [*remission, _judge_no_dose(doses, design=design)],
        "LLDAS": [*low_activity, _judge_dose(doses, "lldas", design=design)],
        "CLLDAS": [*low_activity, _judge_child_dose(doses, weight, "lldas", share="clldas", design=design)],
    }
    return derive_states(visits, states=states)


def derive_lupus_global(assessments: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Derive the physician's global of lupus on the scale of 0 to 3.

    Parameters
    ----------
    assessments : DataFrame, one row per item of an instrument
        ``PGA_SLE`` / ``TOTAL`` in points; ``GLOBAL`` / ``PHYSICIAN`` in cm of a scale of 10 cm.
    design
        ``lupus_global_source``.

    Returns
    -------
    DataFrame, one row per patient and day with a global
        ``value`` in points; ``words``, the global as it was recorded.
    """
    on_lupus_scale = derive_item_grid(assessments, instrument="PGA_SLE")[TOTAL].dropna()
    found = pd.DataFrame({"value": on_lupus_scale, "words": [f"PGA {value:g}" for value in on_lupus_scale]})
    if design["lupus_global_source"] == "lupus_scale_or_converted_vas":
        vas = derive_item_grid(assessments, instrument="GLOBAL")["PHYSICIAN"].dropna()
        vas = vas[~vas.index.isin(found.index)]
        points = vas * VAS_TO_LUPUS_SCALE
        words = [f"PGA {own:g} from {value:g} of 10 cm" for own, value in zip(points, vas, strict=True)]
        found = pd.concat([found, pd.DataFrame({"value": points, "words": words})])
    found = found.reset_index().reindex(columns=["patient_id", "day", "value", "words"])
    return found.astype({"patient_id": "str", "day": "Int64", "value": "float64", "words": "str"})


def _judge_global(globals_: pd.DataFrame, state: str, *, design: Mapping) -> Criterion:
    or_equal = state == "lldas" or design["remission_pga_rule"] == "at_or_below"
    answer = is_below(globals_["value"], design[f"{state}_pga_limit"], or_equal=or_equal)
    return Criterion(answer, list(globals_["words"].fillna("PGA")), ["PGA_SLE"] * len(globals_))


def _judge_trial(doses: pd.DataFrame) -> Criterion:
    words = ["on a drug under trial" if is_on else "no drug under trial" for is_on in doses["has_study_drug"]]
    return Criterion((~doses["has_study_drug"]).astype("boolean"), words, [""] * len(doses))


def _judge_dose(doses: pd.DataFrame, state: str, *, design: Mapping) -> Criterion:
    rule, limit = design["glucocorticoid_dose_rule"], design[f"{state}_prednisone_limit_mg_per_day"]
    answer = is_dose_within(doses, limit, rule=rule, or_equal=_counts_limit(state, design))
    return Criterion(answer, _dose_words(doses, design=design), ["medications"] * len(doses))


def _judge_child_dose(doses: pd.DataFrame, weight: pd.Series, state: str, *, share: str, design: Mapping) -> Criterion:
    per_kg, most = (
        design[f"{share}_prednisone_limit_mg_per_kg_per_day"],
        design[f"{state}_prednisone_limit_mg_per_day"],
    )
    answer = is_child_dose_within(
        doses,
        weight_kg=weight,
        limit_mg_per_kg=per_kg,
        limit_mg=most,
        rule=design["glucocorticoid_dose_rule"],
        or_equal=_counts_limit(state, design),
    )
    words = [
        f"{own}, limit {most:g} mg/day" if pd.isna(kg) else f"{own}, limit {min(per_kg * kg, most):.4g} at {kg:g} kg"
        for own, kg in zip(_dose_words(doses, design=design), weight, strict=True)
    ]
    return Criterion(answer, words, ["WEIGHT_KG" if pd.isna(kg) else "medications" for kg in weight])


def _judge_no_dose(doses: pd.DataFrame, *, design: Mapping) -> Criterion:
    answer = is_dose_within(doses, 0.0, rule=design["glucocorticoid_dose_rule"])
    return Criterion(answer, _dose_words(doses, design=design), ["medications"] * len(doses))


def _counts_limit(state: str, design: Mapping) -> bool:
    return state == "lldas" or design["remission_prednisone_rule"] == "at_or_below"


def _dose_words(doses: pd.DataFrame, *, design: Mapping) -> list[str]:
    n_days = design["glucocorticoid_mean_days"]
    return [describe_dose(own.dose, own.mean_dose, n_days=n_days) for own in doses.itertuples()]
