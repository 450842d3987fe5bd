"""Figure of lupus: activity, kidney, complement, antibodies, drug-free time, and remission by visit."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits.diseases.data import Curve, DiseasePlan, Ring
from caseseries.exhibits.diseases.panels import plot_disease
from caseseries.exhibits.drawing.state_strips import State
from caseseries.exhibits.model import Drawing

PLAN = DiseasePlan(
    disease="SLE",
    anchors=("SLEDAI_2K",),
    curves=(
        Curve(("SLEDAI_2K",)),
        Curve(("CSLEDAI_2K", "PGA_SLE")),
        Curve(("UPCR",)),
        Curve(("EGFR_U25", "EGFR_CKDEPI_2021"), from_zero=False),
        Curve(("C3",), limit="lower_limit"),
        Curve(("C4",), limit="lower_limit"),
        Curve(("DSDNA",), limit="upper_limit"),
    ),
    states=(
        State("DORIS", "DORIS remission"),
        State("CCR", "Childhood remission"),
        State("LLDAS", "LLDAS"),
        State("CLLDAS", "Childhood LLDAS"),
    ),
    ring=Ring("SLEDAI_2K", "DORIS", "Visit in DORIS remission"),
    terms="DORIS, definition of remission in SLE of 2021; LLDAS, lupus low disease activity state; the childhood "
    "states limit the dose of glucocorticoid by weight too; eGFR, estimated glomerular filtration rate.",
)


def plot_lupus(patients: pd.DataFrame, scores: pd.DataFrame, results: pd.DataFrame, treatment: pd.DataFrame) -> Drawing:
    """Plot activity, kidney, serology and remission of the patients with lupus.

    Parameters
    ----------
    patients, scores, results, treatment : DataFrame
        Derived tables of all patients.

    Returns
    -------
    Drawing
        As ``plot_disease`` gives it.
    """
    return plot_disease(patients, scores, results, treatment, plan=PLAN)
