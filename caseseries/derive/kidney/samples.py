"""Urine samples after the infusion with what stands near them and before them: the basis of response and targets."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.results import derive_daily_results
from caseseries.derive.shared.windows import LAB_MEASURES, find_baseline, find_nearest_record


def gather_samples(
    upcr: pd.DataFrame,
    *,
    rates: Mapping[str, pd.DataFrame],
    daily: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    design: Mapping,
) -> pd.DataFrame:
    """Put beside each ratio after the infusion the rate and the erythrocytes near it, and the baseline of each.

    Parameters
    ----------
    upcr : DataFrame, one row per patient and day
        As ``derive_urine_protein`` gives it.
    rates
        By equation, as ``derive_filtration_rate`` gives them.
    daily : DataFrame, one row per patient and day
        As ``derive_daily_protein`` gives it.
    tables
        The raw tables; ``patients``, ``labs`` (test ``URINE_RBC``) and ``medications`` are read.
    design
        ``renal_response_egfr_equation``, ``renal_response_egfr_window_days``, the rule of the baseline.

    Returns
    -------
    DataFrame, one row per patient with lupus and day of a ratio after the infusion
        ``organs``; ``upcr_value``, ``upcr_operator``; ``value``, ``operator`` and ``status`` of ``egfr_`` and ``rbc_``,
        of records after the infusion only; ``upcr_baseline``, ``egfr_baseline``, ``rbc_baseline``, the last measured
        values before lymphodepletion; ``upcr_before`` and ``upcr_before_operator``, the last ratio before it, be it
        only a bound; ``value``, ``mg_per_kg`` and ``operator`` of urine of 24 hours of the same day.
    """
    patients, medications = tables["patients"], tables["medications"]
    parts = {
        "upcr": upcr,
        "egfr": rates[design["renal_response_egfr_equation"]].drop(columns=["measure", "unit"]),
        "rbc": derive_daily_results(tables["labs"], test="URINE_RBC").assign(status="complete"),
    }
    lupus = patients.loc[patients["disease"].str.casefold() == "sle", ["patient_id", "organs"]]
    samples = upcr[upcr["day"] > 0].merge(lupus, on="patient_id")
    samples = samples.rename(columns={name: f"upcr_{name}" for name in ("value", "operator")})
    window = design["renal_response_egfr_window_days"]
    for name, part in parts.items():
        if name != "upcr":
            after = part[part["day"] > 0]
            near = find_nearest_record(samples, after, first_offset_days=-window, last_offset_days=window)
            samples = samples.join(near[["value", "operator", "status"]].add_prefix(f"{name}_"))
        # The baseline is a measured value, since a bound cannot tell by how much a patient improved. Each part comes
        # from samples, so that the rule for laboratory measures holds.
        measured = part[part["operator"] == "="].assign(measure=LAB_MEASURES[0])
        baseline = find_baseline(measured, medications=medications, design=design)
        values = baseline.set_index("patient_id")["baseline_value"]
        samples[f"{name}_baseline"] = samples["patient_id"].map(values).astype("float64")
    samples = samples.join(_find_before(upcr, medications=medications, design=design), on="patient_id")
    collected = daily[["patient_id", "day", "value", "mg_per_kg", "operator"]]
    return samples.merge(collected, on=["patient_id", "day"], how="left")


def _find_before(upcr: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Find the last ratio of each patient before lymphodepletion: a bound, too, can tell that there was no protein."""
    last = find_baseline(upcr.assign(measure=LAB_MEASURES[0]), medications=medications, design=design)
    last = last.rename(columns={"baseline_day": "day", "baseline_value": "upcr_before"})
    found = last.merge(upcr[["patient_id", "day", "operator"]], on=["patient_id", "day"])
    found = found.rename(columns={"operator": "upcr_before_operator"}).set_index("patient_id")
    return found[["upcr_before", "upcr_before_operator"]].astype({"upcr_before": "float64"})
