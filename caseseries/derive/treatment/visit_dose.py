"""Dose of glucocorticoids at a visit: the dose of its day, the mean up to it, and whether both keep to a limit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.limits import all_of, any_of, is_below

DOSE_UNIT = "mg/day"


def derive_visit_doses(visits: pd.DataFrame, *, treatment: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the dose as prednisone on the day of each visit and over the days up to it.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        ``patient_id`` and ``day``.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it; a dose is missing where it is not known.
    design
        ``glucocorticoid_mean_days``, ``glucocorticoid_pulses_in_dose``.

    Returns
    -------
    DataFrame, rows and index as in ``visits``
        ``dose`` of the day in mg/day; ``mean_dose`` over the days that end with the visit, missing unless each is
        known; ``least_mean_dose``, the mean if every day that is not known had no dose; ``has_study_drug``.

    Notes
    -----
    No interval means no record, which is not the same as no drug.
    """
    n_days = design["glucocorticoid_mean_days"]
    pairs = visits[["patient_id", "day"]].rename_axis("visit").reset_index().merge(treatment, on="patient_id")
    pulse = pairs["pulse_prednisone_mg_per_day"] if design["glucocorticoid_pulses_in_dose"] == "counted" else 0.0
    pairs["dose"] = pairs["prednisone_mg_per_day"] + pulse
    first = pairs["start_day"].clip(lower=pairs["day"] - n_days + 1)
    last = pairs["end_day"].clip(upper=pairs["day"])
    pairs["n_days"] = (last - first + 1).clip(lower=0).astype("float64")
    pairs["amount"] = pairs["n_days"] * pairs["dose"]
    pairs["n_known"] = pairs["n_days"].where(pairs["dose"].notna(), 0)
    sums = pairs.groupby("visit")[["amount", "n_known"]].sum().reindex(visits.index, fill_value=0.0)
    covers = (pairs["start_day"] <= pairs["day"]) & (pairs["end_day"] >= pairs["day"])
    today = pairs[covers.fillna(False).astype(bool)].drop_duplicates("visit").set_index("visit").reindex(visits.index)
    least = sums["amount"] / n_days
    return pd.DataFrame(
        {
            "dose": today["dose"].astype("float64"),
            "mean_dose": least.where(sums["n_known"] == n_days),
            "least_mean_dose": least,
            "has_study_drug": today["study_drug"].notna(),
        },
        index=visits.index,
    )


def is_dose_within(doses: pd.DataFrame, limits: pd.Series | float, *, rule: str, or_equal: bool = True) -> pd.Series:
    """Tell at which visits the dose keeps to a limit.

    Parameters
    ----------
    doses : DataFrame, one row per visit
        As ``derive_visit_doses`` gives it.
    limits
        In mg/day, one or one per visit.
    rule
        A value of the option ``glucocorticoid_dose_rule``.
    or_equal
        Whether a dose on the limit keeps to it.

    Returns
    -------
    Series of boolean, rows as in ``doses``
        Missing where a dose or the limit is not known and the rest does not decide.
    """
    today = is_below(doses["dose"], limits, or_equal=or_equal)
    is_exceeded = ~is_below(doses["least_mean_dose"], limits, or_equal=or_equal)
    mean = is_below(doses["mean_dose"], limits, or_equal=or_equal).mask(is_exceeded.fillna(False), False)
    return {"visit_day_and_mean": all_of(today, mean), "visit_day": today, "mean": mean}[rule]


def is_child_dose_within(
    doses: pd.DataFrame,
    *,
    weight_kg: pd.Series,
    limit_mg_per_kg: float,
    limit_mg: float,
    rule: str,
    or_equal: bool = True,
) -> pd.Series:
    """Tell at which visits the dose keeps to a limit per body weight and to the most that this limit can be.

    Parameters
    ----------
    doses, rule, or_equal
        As in ``is_dose_within``.
    weight_kg
        Body weight at each visit; may be missing.
    limit_mg_per_kg, limit_mg
        The limit per kilogram and day, and its maximum in mg/day.

    Returns
    -------
    Series of boolean, rows as in ``doses``
        Without a weight it is decided only by no dose at all or by a dose above the maximum.
    """
    by_weight = is_dose_within(doses, limit_mg_per_kg * weight_kg, rule=rule, or_equal=or_equal)
    none_at_all = is_dose_within(doses, 0.0, rule=rule)
    return all_of(any_of(by_weight, none_at_all), is_dose_within(doses, limit_mg, rule=rule, or_equal=or_equal))


def describe_dose(dose: float, mean_dose: float, *, n_days: int) -> str:
    """Write the dose of a visit as text."""
    today = "not known" if pd.isna(dose) else f"{dose:.4g} {DOSE_UNIT}"
    mean = "not known" if pd.isna(mean_dose) else f"{mean_dose:.4g}"
    return f"prednisone {today}, {n_days}-day mean {mean}"
