"""Autoantibodies before treatment and at the last visit: a heat map, or shares of positive patients where many."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.diseases.antibody_map import draw_map
from caseseries.exhibits.diseases.antibody_pairs import (
    LAST,
    describe_conversion,
    pair_answers,
    pair_values,
    plotted_values,
)
from caseseries.exhibits.diseases.antibody_shares import draw_shares, plotted_shares, share_positive
from caseseries.exhibits.drawing.courses import look_of
from caseseries.exhibits.drawing.nothing import say_nothing
from caseseries.exhibits.drawing.style import journal_style
from caseseries.exhibits.model import Drawing

MOST_ROWS = 40
"""More patients than this are counted, not shown one by one."""


def plot_autoantibodies(patients: pd.DataFrame, autoantibodies: pd.DataFrame) -> Drawing:
    """Plot each autoantibody as a multiple of the laboratory's upper limit, before treatment and at the last visit.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders the rows.
    autoantibodies : DataFrame, one row per patient, test and day
        As ``derive_autoantibodies`` gives it.

    Returns
    -------
    Drawing
        A cell of two halves per patient and antibody; beyond ``MOST_ROWS`` patients, per antibody the share of
        positive patients among those with both values.
    """
    pairs = pair_values(autoantibodies, patients)
    is_map = pairs["patient_id"].nunique() <= MOST_ROWS
    shares = share_positive(pair_answers(pairs))
    if pairs.empty or (shares.empty and not is_map):
        return say_nothing(
            "No autoantibody in this data set can be drawn: none has a value before treatment and after."
        )
    with journal_style():
        figure = draw_map(pairs, look_of(patients)) if is_map else draw_shares(shares)
    n = fmt.count_of(pairs["patient_id"].nunique(), "patient")
    what = (
        f"Heat map of autoantibodies, a row per patient and a column per antibody: {n}"
        if is_map
        else f"Shares of patients with a positive autoantibody, before treatment and at the last visit: {n}"
    )
    told = describe_conversion(pairs)
    how = (
        "Left half of a cell, before treatment; right half, last value after infusion; numbers are multiples of the "
        "laboratory's upper limit (neg, not above it); white, not measured."
        if is_map
        else "Denominators are patients with both values; bars are exact 95% intervals (Clopper-Pearson)."
    )
    return Drawing(
        figure=figure,
        plotted={"autoantibodies": plotted_values(pairs) if is_map else plotted_shares(shares)},
        alt_text=f"{what}, {fmt.count_of(pairs['test'].nunique(), 'antibody', 'antibodies')}. {told}",
        legend=" ".join(filter(None, [f"n = {n}.", how, told, _immunoglobulin_note(pairs)])),
    )


def _immunoglobulin_note(pairs: pd.DataFrame) -> str:
    last = pairs[pairs["when"] == LAST]
    n_after = int(last["is_after_immunoglobulin"].sum())
    return f"Of {len(last):,} last values {n_after:,} are from samples after immunoglobulin." if n_after else ""
