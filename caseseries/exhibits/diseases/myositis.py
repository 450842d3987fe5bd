"""Figure of dermatomyositis: muscle, globals, CK, improvement, drug-free time, and inactive disease by visit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.myositis.core_measures import CATEGORIES, THRESHOLDS
from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.data import Curve, DiseasePlan, Ring
from caseseries.exhibits.diseases.panels import plot_disease
from caseseries.exhibits.drawing.measures import Line
from caseseries.exhibits.drawing.state_strips import Level, State
from caseseries.exhibits.model import Drawing

IMPROVEMENT_COLOURS = {"major": "#4A2A7A", "moderate": "#9C8CC6", "minimal": "#DAD4EC", "none": "#FFFFFF"}
IMPROVEMENT = tuple(
    Level(CATEGORIES.index(name), f"{name.capitalize()} improvement" if name != "none" else "No improvement", colour)
    for name, colour in IMPROVEMENT_COLOURS.items()
)


def plan_of(design: Mapping) -> DiseasePlan:
    """Give the panels of the figure, with the limits of inactive disease and improvement that a run uses."""

    def line(option: str) -> tuple[Line, ...]:
        return (Line(design[option], fmt.significant(design[option])),)

    thresholds = THRESHOLDS[design["tis_thresholds"]]
    return DiseasePlan(
        disease="JDM",
        anchors=("CMAS", "MMT8", "TIS_JDM"),
        curves=(
            Curve(("CMAS",), line("inactive_cmas_limit")),
            Curve(("MMT8",), line("inactive_mmt8_limit")),
            Curve(("PGA",), line("inactive_physician_global_limit_cm")),
            Curve(("CK",), line("inactive_ck_limit_u_per_l")),
            Curve(("TIS_JDM",), tuple(Line(value, fmt.significant(value)) for value in thresholds)),
            Curve(("PATIENT_GLOBAL",)),
            Curve(("CHAQ",)),
        ),
        states=(
            State("CID_REVISED", "Inactive, revised"),
            State("CID_PRINTO", "Inactive, PRINTO"),
            State("TIS_CATEGORY", "Improvement", IMPROVEMENT),
        ),
        ring=Ring("CMAS", "CID_REVISED", "Visit with inactive disease, revised criteria"),
        terms="CMAS, childhood myositis assessment scale; MMT-8, manual test of eight muscle groups; CHAQ, childhood "
        "health assessment questionnaire. Inactive, PRINTO: at least three of the four limits of CMAS, MMT-8, "
        "physician global and creatine kinase are kept; revised: that of physician global and two of the others.",
    )


def plot_myositis(
    patients: pd.DataFrame,
    scores: pd.DataFrame,
    results: pd.DataFrame,
    treatment: pd.DataFrame,
    *,
    design: Mapping,
) -> Drawing:
    """Plot muscle, globals, improvement and inactive disease of the patients with dermatomyositis.

    Parameters
    ----------
    patients, scores, results, treatment : DataFrame
        Derived tables of all patients.
    design
        ``inactive_..._limit`` and ``tis_thresholds`` of the run; their values are drawn as lines.

    Returns
    -------
    Drawing
        As ``plot_disease`` gives it.
    """
    return plot_disease(patients, scores, results, treatment, plan=plan_of(design))
