"""Protein in the urine of 24 hours against the size of the child: collections, heights and weights to mg/m2/day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.body import compute_mosteller_m2, compute_weights_kg, find_heights
from caseseries.derive.shared.results import derive_daily_results, result_text

MG_PER_G = 1000
UNIT = "mg/m2/day"


def derive_daily_protein(
    labs: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive the protein in urine of 24 hours per square metre of body surface.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Test ``URINE_PROTEIN_24H`` in g/day.
    patients, assessments
        The raw tables; body weight and height are read.
    design
        ``height_window_days``, ``height_carry_forward_days``, ``weight_window_days``.

    Returns
    -------
    DataFrame, one row per patient and day with a collection
        The columns of the table of scores, measure ``PROTEIN_24H_PER_M2``, ``partial`` where the result is only a
        bound or the height was carried forward, ``indeterminate`` without height or weight; ``operator``;
        ``mg_per_kg``, the same per body weight, and ``weight_kg``.

    References
    ----------
    Surface: Mosteller 1987, N Engl J Med 317:1098.
    """
    samples = derive_daily_results(labs, test="URINE_PROTEIN_24H")
    days = samples.assign(start_day=samples["day"], end_day=samples["day"])
    weight = compute_weights_kg(days, patients=patients, assessments=assessments, design=design)
    heights = find_heights(samples, assessments, design=design)
    samples = samples.assign(weight_kg=weight, **heights)
    surface = compute_mosteller_m2(samples["height_cm"], samples["weight_kg"])
    value = MG_PER_G * samples["value"] / surface
    is_old = (heights["offset_days"].abs() > design["height_window_days"]).fillna(False).astype(bool)
    status = pd.Series("complete", index=samples.index).mask(is_old | (samples["operator"] != "="), "partial")
    lacking = {"HEIGHT_CM": samples["height_cm"], "WEIGHT_KG": samples["weight_kg"]}
    return samples.assign(
        measure="PROTEIN_24H_PER_M2",
        unit=UNIT,
        value=value,
        mg_per_kg=MG_PER_G * samples["value"] / samples["weight_kg"],
        status=status.mask(value.isna(), "indeterminate").astype("str"),
        missing_items=[
            "; ".join(name for name, column in lacking.items() if pd.isna(column[row])) for row in samples.index
        ],
        decided_on=[_describe(own, area) for own, area in zip(samples.itertuples(), surface, strict=True)],
    )


def _describe(sample, surface_m2: float) -> str:
    size = {"height": (sample.height_cm, "cm"), "weight": (sample.weight_kg, "kg")}
    known = [f"{name} {value:g} {unit}" for name, (value, unit) in size.items() if pd.notna(value)]
    known += [f"{surface_m2:.4g} m2"] if pd.notna(surface_m2) else []
    return "; ".join(filter(None, [result_text(sample.value, sample.operator, "g/day"), ", ".join(known)]))
