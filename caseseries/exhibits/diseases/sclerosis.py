"""Figure of systemic sclerosis: skin, lungs, activity, response, and drug-free time."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.data import Curve, DiseasePlan
from caseseries.exhibits.diseases.panels import plot_disease
from caseseries.exhibits.drawing.measures import Line
from caseseries.exhibits.drawing.state_strips import Level, State
from caseseries.exhibits.model import Drawing

ACTIVITY = (Level(0, "Not active", "#1F3A52"), Level(1, "Active", "#FFFFFF"))


def plan_of(design: Mapping) -> DiseasePlan:
    """Give the panels of the figure, with the limits of activity and improvement that a run uses."""

    def line(option: str) -> tuple[Line, ...]:
        return (Line(design[option], fmt.significant(design[option])),)

    return DiseasePlan(
        disease="SSc",
        anchors=("MRSS", "EUSTAR_2017", "CRISS_2016"),
        curves=(
            Curve(("MRSS",)),
            Curve(("FVC_PCT",), from_zero=False),
            Curve(("DLCO_PCT",), from_zero=False),
            Curve(("EUSTAR_2017",), line("eustar_active_limit")),
            Curve(("CRISS_2016",), line("criss_improved_probability")),
            Curve(("PGA",), ()),
            Curve(("CHAQ",)),
        ),
        states=(
            State("CRISS_2016_IMPROVED", "CRISS improved"),
            State("RCRISS_20", "Revised CRISS-20"),
            State("MRSS_RELEVANT_FALL", "Fall of skin score"),
            State("EUSTAR_2017_ACTIVE", "EUSTAR activity", ACTIVITY),
        ),
        terms="FVC, forced vital capacity; DLCO, diffusing capacity; CRISS, composite response index in systemic "
        "sclerosis; CHAQ, childhood health assessment questionnaire. Fall of skin score: at least "
        f"{fmt.significant(design['skin_fall_points'])} points and {fmt.significant(design['skin_fall_percent'])}% of "
        "baseline.",
    )


def plot_sclerosis(
    patients: pd.DataFrame,
    scores: pd.DataFrame,
    results: pd.DataFrame,
    treatment: pd.DataFrame,
    *,
    design: Mapping,
) -> Drawing:
    """Plot skin, lungs, activity and response of the patients with systemic sclerosis.

    Parameters
    ----------
    patients, scores, results, treatment : DataFrame
        Derived tables of all patients.
    design
        ``eustar_active_limit`` and ``criss_improved_probability`` of the run; their values are drawn as lines.

    Returns
    -------
    Drawing
        As ``plot_disease`` gives it.
    """
    return plot_disease(patients, scores, results, treatment, plan=plan_of(design))
