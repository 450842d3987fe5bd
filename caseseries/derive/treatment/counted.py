"""Which courses of drugs treat the disease: purpose and dose to yes or no."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.body import compute_weights_kg
from caseseries.derive.shared.limits import TOLERANCE
from caseseries.derive.treatment.glucocorticoid import (
    UNCOUNTED_PURPOSES,
    compute_prednisone_mg,
    is_above_replacement,
    read_factors,
)

INFECTION_PURPOSES = ("prophylaxis", "infection")
"""Purposes for which a drug does not treat the disease, unless it is a glucocorticoid."""

G_PER_KG = {"g/kg": 1.0, "mg/kg": 0.001}
G = {"g": 1.0, "mg": 0.001}


def is_counted(
    medications: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.Series:
    """Tell which courses count as treatment of the disease.

    Parameters
    ----------
    medications : DataFrame, one row per course of a drug
        The raw table.
    patients, assessments
        The raw tables; body weight is read.
    design
        ``ivig_...``, ``replacement_...`` and ``weight_window_days``.

    Returns
    -------
    Series of bool, rows as in ``medications``

    Notes
    -----
    A course counts unless its purpose says otherwise: cytokine release, neurotoxicity, premedication, lymphodepletion
    and replacement do not treat the disease, nor does a drug other than a glucocorticoid against infection. A purpose
    that is missing or ``other`` counts, so that nobody is called free of drugs for want of a record. Replacement by
    glucocorticoid counts after all above its limit for longer than stress cover, immunoglobulin by ``ivig_rule``.
    """
    purpose = medications["purpose"]
    is_glucocorticoid = (medications["drug_class"] == "glucocorticoid").fillna(False)
    is_ivig = (medications["drug_class"] == "ivig").fillna(False)
    weight = _find_weights(medications, patients=patients, assessments=assessments, design=design)
    counts = ~purpose.isin(UNCOUNTED_PURPOSES) & (is_glucocorticoid | ~purpose.isin(INFECTION_PURPOSES))
    too_much = is_above_replacement(
        compute_prednisone_mg(
            medications["drug"],
            medications["daily_dose"],
            medications["dose_unit"],
            weight_kg=weight,
            per_mg=read_factors(design),
        ),
        medications["end_day"] - medications["start_day"] + 1,
        weight_kg=weight,
        design=design,
    )
    counts |= is_glucocorticoid & (purpose == "replacement").fillna(False) & too_much
    is_high = _is_high_immunoglobulin(medications, weight, limit=design["ivig_immunomodulatory_g_per_kg"])
    by_rule = {"purpose_or_dose": counts | is_high, "dose": is_high, "purpose": counts}
    return counts.mask(is_ivig, by_rule[design["ivig_rule"]]).astype(bool)


def _find_weights(
    medications: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.Series:
    first = medications["start_day"].fillna(medications["end_day"]).fillna(0)
    courses = medications.assign(start_day=first, end_day=medications["end_day"].fillna(first))
    weights = compute_weights_kg(courses, patients=patients, assessments=assessments, design=design)
    return pd.Series(weights, index=medications.index, dtype="float64")


def _is_high_immunoglobulin(medications: pd.DataFrame, weight: pd.Series, *, limit: float) -> pd.Series:
    unit = medications["dose_unit"].astype("object")
    per_kg = unit.map(G_PER_KG).astype("float64").fillna(unit.map(G).astype("float64") / weight)
    return medications["daily_dose"].astype("float64") * per_kg >= limit - TOLERANCE
