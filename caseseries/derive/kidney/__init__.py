"""Kidney: samples of blood and urine to measures over time, the response of lupus nephritis and its targets."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.kidney.daily_protein import derive_daily_protein
from caseseries.derive.kidney.proteinuria import UNIT as UPCR_UNIT
from caseseries.derive.kidney.proteinuria import derive_urine_protein
from caseseries.derive.kidney.rates import EQUATIONS, derive_filtration_rate
from caseseries.derive.kidney.response import derive_renal_response
from caseseries.derive.kidney.samples import gather_samples
from caseseries.derive.kidney.targets import derive_renal_targets
from caseseries.derive.shared.scores import as_scores


def derive_kidney(tables: Mapping[str, pd.DataFrame], *, design: Mapping) -> pd.DataFrame:
    """Derive proteinuria, the filtration rate by each equation, and how lupus nephritis responds.

    Parameters
    ----------
    tables : mapping of raw tables
        ``patients``, ``labs``, ``assessments`` and ``medications`` are read; each may be empty.
    design
        ``height_window_days``, ``height_carry_forward_days``, ``weight_window_days``; what ``derive_renal_response``
        and ``derive_renal_targets`` read.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        The table of scores with ``UPCR`` (mg/g), ``PROTEIN_24H_PER_M2`` (mg/m2/day), ``EGFR_U25``,
        ``EGFR_U25_CYSC``, ``EGFR_SCHWARTZ`` and ``EGFR_CKDEPI_2021`` (mL/min/1.73 m2), ``RENAL_RESPONSE``,
        ``RENAL_RESPONSE_CONFIRMED`` and ``RENAL_TARGET``.
    """
    labs, patients, assessments = tables["labs"], tables["patients"], tables["assessments"]
    upcr = derive_urine_protein(labs)
    rates = {
        equation: derive_filtration_rate(
            labs, patients=patients, assessments=assessments, equation=equation, design=design
        )
        for equation in EQUATIONS
    }
    daily = derive_daily_protein(labs, patients=patients, assessments=assessments, design=design)
    samples = gather_samples(upcr, rates=rates, daily=daily, tables=tables, design=design)
    subjects = [
        upcr.assign(measure="UPCR", unit=UPCR_UNIT),
        daily,
        *rates.values(),
        derive_renal_response(samples, design=design),
        derive_renal_targets(samples, design=design),
    ]
    return as_scores(pd.concat([as_scores(part) for part in subjects]))
