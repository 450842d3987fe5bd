"""Equations of the estimated glomerular filtration rate: vectors in, vectors out, in mL/min/1.73 m2.

Creatinine is in mg/dL, traceable to isotope dilution mass spectrometry; cystatin C in mg/L, traceable to the IFCC
standard. An equation gives a missing value where an input is missing, the sex is neither female nor male, or it does
not hold at the age; Schwartz, which asks for no age, holds at every one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

U25_AGES_YEARS = (1, 25)
SCHWARTZ_AGES_YEARS = (1, 16)
CKD_EPI_AGES_YEARS = (18, 120)
"""Ages for which an equation was made, both ends included."""

# Per sex the rows (age below which it holds, k at the anchor, growth per year, anchor age).
U25_CREATININE = {
    "male": ((12, 39.0, 1.008, 12), (18, 39.0, 1.045, 12), (np.inf, 50.8, 1.0, 18)),
    "female": ((12, 36.1, 1.008, 12), (18, 36.1, 1.023, 12), (np.inf, 41.4, 1.0, 18)),
}
U25_CYSTATIN_C = {
    "male": ((15, 87.2, 1.011, 15), (18, 87.2, 0.960, 15), (np.inf, 77.1, 1.0, 18)),
    "female": ((12, 79.9, 1.004, 12), (18, 79.9, 0.974, 12), (np.inf, 68.3, 1.0, 18)),
}

SCHWARTZ_K = 0.413

# Per sex kappa (mg/dL), alpha and the factor of sex.
CKD_EPI_2021 = {"male": (0.9, -0.302, 1.0), "female": (0.7, -0.241, 1.012)}


def compute_u25_creatinine(
    creatinine_mg_per_dl: pd.Series, *, height_cm: pd.Series, age_years: pd.Series, sex: pd.Series
) -> pd.Series:
    """Compute the rate from creatinine and height by the CKiD U25 equation.

    References
    ----------
    Pierce 2021, Kidney Int 99:948, doi 10.1016/j.kint.2020.10.047.
    """
    k = _k(U25_CREATININE, age_years=age_years, sex=sex)
    return k * height_cm.astype("float64") / 100 / creatinine_mg_per_dl.astype("float64")


def compute_u25_cystatin_c(cystatin_c_mg_per_l: pd.Series, *, age_years: pd.Series, sex: pd.Series) -> pd.Series:
    """Compute the rate from cystatin C by the CKiD U25 equation.

    References
    ----------
    Pierce 2021, Kidney Int 99:948, doi 10.1016/j.kint.2020.10.047.
    """
    return _k(U25_CYSTATIN_C, age_years=age_years, sex=sex) / cystatin_c_mg_per_l.astype("float64")


def compute_bedside_schwartz(creatinine_mg_per_dl: pd.Series, *, height_cm: pd.Series) -> pd.Series:
    """Compute the rate from creatinine and height by the bedside Schwartz equation.

    References
    ----------
    Schwartz 2009, J Am Soc Nephrol 20:629.
    """
    return SCHWARTZ_K * height_cm.astype("float64") / creatinine_mg_per_dl.astype("float64")


def compute_ckd_epi_2021(creatinine_mg_per_dl: pd.Series, *, age_years: pd.Series, sex: pd.Series) -> pd.Series:
    """Compute the rate of an adult from creatinine by the CKD-EPI equation of 2021, without race.

    References
    ----------
    Inker 2021, N Engl J Med 385:1737.
    """
    creatinine, age = creatinine_mg_per_dl.astype("float64"), age_years.astype("float64")
    rate = pd.Series(np.nan, index=creatinine.index)
    for name, (kappa, alpha, factor) in CKD_EPI_2021.items():
        ratio = creatinine / kappa
        own = 142 * ratio.clip(upper=1) ** alpha * ratio.clip(lower=1) ** -1.2 * 0.9938**age * factor
        rate = rate.mask((sex == name).fillna(False).astype(bool), own)
    return rate.where(age.between(*CKD_EPI_AGES_YEARS))


def _k(table: dict, *, age_years: pd.Series, sex: pd.Series) -> pd.Series:
    age = age_years.astype("float64")
    k = pd.Series(np.nan, index=age.index)
    for name, bands in table.items():
        is_sex = (sex == name).fillna(False).astype(bool)
        # From the oldest band down, so that the youngest that holds is written last.
        for below, at_anchor, growth, anchor in reversed(bands):
            k = k.mask(is_sex & (age < below), at_anchor * growth ** (age - anchor))
    return k.where(age.between(*U25_AGES_YEARS))
