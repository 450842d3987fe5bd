"""Filtration rate over time: samples of blood to mL/min/1.73 m2, by each equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.derive.kidney.filtration import (
    CKD_EPI_2021,
    CKD_EPI_AGES_YEARS,
    SCHWARTZ_AGES_YEARS,
    U25_AGES_YEARS,
    compute_bedside_schwartz,
    compute_ckd_epi_2021,
    compute_u25_creatinine,
    compute_u25_cystatin_c,
)
from caseseries.derive.shared.body import find_heights
from caseseries.derive.shared.frames import as_numbers, as_typed, list_rows
from caseseries.derive.shared.results import derive_daily_results, result_text
from caseseries.derive.shared.scores import SCORES
from caseseries.design import DAYS_PER_YEAR

TURNED = {"=": "=", "<": ">", ">": "<"}
"""Sign of a rate by that of the sample, which it is divided by."""

EGFR_UNIT = "mL/min/1.73 m2"
MISSING_NAMES = {"age_years": "age_years", "sex": "sex", "height_cm": "HEIGHT_CM"}
"""What a row of scores calls an input that is missing: the name that it has in the codebook."""


@dataclass(frozen=True)
class Equation:
    """One equation: the test that it takes, what else it needs, and the ages that it was made for."""

    test: str
    unit: str
    needs: tuple[str, ...]
    ages_years: tuple[float, float]
    compute: Callable[[pd.DataFrame], pd.Series]


EQUATIONS = {
    "EGFR_U25": Equation(
        "CREAT",
        "mg/dL",
        ("age_years", "sex", "height_cm"),
        U25_AGES_YEARS,
        lambda samples: compute_u25_creatinine(
            samples["value"], height_cm=samples["height_cm"], age_years=samples["age_years"], sex=samples["sex"]
        ),
    ),
    "EGFR_U25_CYSC": Equation(
        "CYSC",
        "mg/L",
        ("age_years", "sex"),
        U25_AGES_YEARS,
        lambda samples: compute_u25_cystatin_c(samples["value"], age_years=samples["age_years"], sex=samples["sex"]),
    ),
    "EGFR_SCHWARTZ": Equation(
        "CREAT",
        "mg/dL",
        ("height_cm",),
        SCHWARTZ_AGES_YEARS,
        lambda samples: compute_bedside_schwartz(samples["value"], height_cm=samples["height_cm"]),
    ),
    "EGFR_CKDEPI_2021": Equation(
        "CREAT",
        "mg/dL",
        ("age_years", "sex"),
        CKD_EPI_AGES_YEARS,
        lambda samples: compute_ckd_epi_2021(samples["value"], age_years=samples["age_years"], sex=samples["sex"]),
    ),
}


def derive_filtration_rate(
    labs: pd.DataFrame, *, patients: pd.DataFrame, assessments: pd.DataFrame, equation: str, design: Mapping
) -> pd.DataFrame:
    """Derive the filtration rate of each blood sample by one equation.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Test ``CREAT`` in mg/dL or ``CYSC`` in mg/L.
    patients : DataFrame, one row per patient
        ``sex``; ``age_years`` on day 0.
    assessments : DataFrame, one row per item of an instrument
        Item ``HEIGHT_CM`` of instrument ``BODY``.
    equation
        A key of ``EQUATIONS``.
    design
        ``height_window_days``, ``height_carry_forward_days``.

    Returns
    -------
    DataFrame, one row per patient and day with a sample
        ``measure``; ``value`` in mL/min/1.73 m2; ``operator``, ``<`` or ``>`` where the sample gives only a bound;
        ``unit``, ``status``, ``missing_items``, ``decided_on``.

    Notes
    -----
    Age is that of the sample: ``age_years`` plus day / 365.25. The height is the nearest within the window; without
    one, an older height is carried forward for a limited time and the rate is ``partial``. U25 is ``indeterminate``
    outside the ages of 1 to 25 years, Schwartz ``partial`` outside 1 to 16 years; CKD-EPI has no row before the 18th
    birthday. The equation never changes with age: a step from one to another would look like a change of the kidney.
    """
    chosen = EQUATIONS[equation]
    samples = derive_daily_results(labs, test=chosen.test)
    who = {row["patient_id"]: row for row in list_rows(patients, ["patient_id", "sex", "age_years"])}
    own = [who.get(patient_id, {}) for patient_id in samples["patient_id"].tolist()]
    sex = [row.get("sex") if row.get("sex") in CKD_EPI_2021 else None for row in own]
    age = np.array([row.get("age_years", np.nan) for row in own], dtype="float64")
    samples = samples.assign(sex=pd.array(sex, dtype="str"), age_years=age + as_numbers(samples["day"]) / DAYS_PER_YEAR)
    if equation == "EGFR_CKDEPI_2021":
        samples = samples[samples["age_years"] >= CKD_EPI_AGES_YEARS[0]].reset_index(drop=True)
    if "height_cm" in chosen.needs:
        samples = samples.assign(**find_heights(samples, assessments, design=design))
    rates = chosen.compute(samples)
    place = {"measure": equation, "unit": EGFR_UNIT}
    rows = [
        {"patient_id": sample.patient_id, "day": sample.day, "operator": TURNED.get(sample.operator)}
        | place
        | _explain(sample, rate, chosen, height_window_days=design["height_window_days"])
        for sample, rate in zip(samples.itertuples(), rates, strict=True)
    ]
    return as_typed(rows, SCORES | {"operator": "str"})


def _explain(sample, rate: float, equation: Equation, *, height_window_days: int) -> dict:
    """Tell how sure a rate is, what it lacks and what it rests on."""
    needed = {name: getattr(sample, name) for name in equation.needs}
    missing = [MISSING_NAMES[name] for name, value in needed.items() if pd.isna(value)]
    words = [f"{equation.test} {result_text(sample.value, sample.operator, equation.unit)}"]
    if pd.notna(sample.age_years):
        words.append(f"age {sample.age_years:.2f} years")
    remarks = ["only a bound"] if sample.operator != "=" else []
    if pd.notna(needed.get("height_cm")):
        words.append(f"height {sample.height_cm:g} cm of day {sample.day + sample.offset_days}")
        remarks += ["height carried forward"] if abs(sample.offset_days) > height_window_days else []
    low, high = equation.ages_years
    if not low <= sample.age_years <= high:
        remarks.append(f"the equation is for ages of {low} to {high} years")
    status = "indeterminate" if pd.isna(rate) else "partial" if remarks else "complete"
    return {
        "value": rate,
        "status": status,
        "missing_items": "; ".join(missing),
        "decided_on": "; ".join([*words, *remarks]),
    }
