"""Doses of glucocorticoids as prednisone: one factor per drug, one rule for what is left out."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.body import compute_surfaces_m2
from caseseries.derive.shared.limits import TOLERANCE
from caseseries.design.treatment import EQUIVALENTS_MG

PREDNISONE_PER_MG = {"prednisone": 1.0, "prednisolone": 1.0} | {
    drug: 5 / dose for drug, (dose, _) in EQUIVALENTS_MG.items()
}
"""Milligrams of prednisone that equal one milligram of the drug, before a design changes them."""

LOCAL_ROUTES = ("topical", "inhaled", "intraarticular", "transdermal", "ophthalmic", "nasal", "rectal", "otic")
"""Routes by which a glucocorticoid is not a systemic treatment."""

UNCOUNTED_PURPOSES = ("crs", "icans", "premedication", "replacement", "lymphodepletion")
"""Purposes that do not treat the disease: shown apart, and no obstacle to being free of glucocorticoids."""

MG_PER_UNIT = {"mg": 1.0, "g": 1000.0, "ug": 0.001}
MG_PER_KG_PER_UNIT = {"mg/kg": 1.0, "g/kg": 1000.0, "ug/kg": 0.001}
MG_PER_M2_PER_UNIT = {"mg/m2": 1.0}


def read_factors(design: Mapping) -> dict[str, float]:
    """Give the milligrams of prednisone that equal one milligram of each drug in a design."""
    chosen = {drug: 5 / design[f"{drug}_equal_to_prednisone_5_mg"] for drug in EQUIVALENTS_MG}
    return PREDNISONE_PER_MG | chosen


def compute_prednisone_mg(
    drug: pd.Series,
    daily_dose: pd.Series,
    dose_unit: pd.Series,
    *,
    weight_kg: pd.Series,
    per_mg: Mapping[str, float] = PREDNISONE_PER_MG,
) -> pd.Series:
    """Compute the prednisone equivalent of a daily dose in mg/day.

    Parameters
    ----------
    drug, daily_dose, dose_unit
        As in the medications table, rows alike; the dose is that of a day, so one taken every other day is half.
    weight_kg
        Body weight for a dose given per kilogram or square metre; may be missing where it is not needed.
    per_mg
        Prednisone that equals one milligram of each drug, as ``read_factors`` gives it.

    Returns
    -------
    Series of float
        Missing where the drug has no factor, the dose is missing, or the unit is not a mass (tablets).
    """
    unit, weight = dose_unit.astype("object"), weight_kg.astype("float64")
    mg_per_unit = unit.map(MG_PER_UNIT).astype("float64")
    mg_per_unit = mg_per_unit.fillna(unit.map(MG_PER_KG_PER_UNIT).astype("float64") * weight)
    mg_per_unit = mg_per_unit.fillna(unit.map(MG_PER_M2_PER_UNIT).astype("float64") * compute_surfaces_m2(weight))
    factor = drug.astype("object").str.casefold().map(per_mg).astype("float64")
    return daily_dose.astype("float64") * mg_per_unit * factor


def is_pulse(prednisone_mg: pd.Series, route: pd.Series, *, weight_kg: pd.Series, design: Mapping) -> pd.Series:
    """Tell which daily doses are intravenous pulses; False where the dose is not known."""
    per_mg = read_factors(design)["methylprednisolone"]
    # The tolerance keeps a dose on the limit a pulse after unit conversion.
    high = prednisone_mg >= design["pulse_methylprednisolone_mg"] * per_mg - TOLERANCE
    per_kg = design["pulse_methylprednisolone_mg_per_kg"] * per_mg * weight_kg.astype("float64")
    return (route == "intravenous").fillna(False).astype(bool) & (high | (prednisone_mg >= per_kg - TOLERANCE))


def is_above_replacement(
    prednisone_mg: pd.Series, n_days: pd.Series, *, weight_kg: pd.Series, design: Mapping
) -> pd.Series:
    """Tell which courses of replacement are more than that: above the limit for longer than stress cover.

    Parameters
    ----------
    prednisone_mg
        Daily dose as prednisone.
    n_days
        Length of the course; a missing one is taken for long.
    weight_kg
        Body weight; without it the purpose that was recorded is believed.
    design
        ``replacement_hydrocortisone_mg_per_m2``, ``replacement_stress_days``.
    """
    hydrocortisone = prednisone_mg / read_factors(design)["hydrocortisone"]
    per_m2 = hydrocortisone / compute_surfaces_m2(weight_kg.astype("float64"))
    is_long = (n_days > design["replacement_stress_days"]).fillna(True).astype(bool)
    return (per_m2 > design["replacement_hydrocortisone_mg_per_m2"] + TOLERANCE) & is_long
