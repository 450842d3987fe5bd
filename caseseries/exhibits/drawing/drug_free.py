"""Drug-free time as a panel: a bar per patient and interval, or the share of patients where they are many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.panels import write_n
from caseseries.exhibits.drawing.state_strips import draw_row_markers
from caseseries.exhibits.drawing.style import STATE_COLOURS
from caseseries.exhibits.drawing.treatment_states import merge_states

DRUG_FREE, UNKNOWN = "drug_free", "indeterminate"
NAME = "Drug-free time"
LEAST_ROWS = 6
"""Bars of fewer patients are no thicker than those of so many."""

LEAST_FOLLOWED = 5
"""A share is drawn while at least so many patients are followed."""


def free_time_of(treatment: pd.DataFrame, patients: pd.DataFrame, *, months_before: float) -> pd.DataFrame:
    """Pick the states of treatment of patients who have a record of it, cut to the months shown.

    Returns
    -------
    DataFrame, one row per patient and unbroken state
        ``patient_id``, ``state``, ``start_months``, ``end_months``; none where no state is known.
    """
    recorded = patients[patients["patient_id"].isin(treatment["patient_id"])]
    if recorded.empty:
        return pd.DataFrame(columns=["patient_id", "state", "start_months", "end_months"])
    states = merge_states(treatment, patients=recorded, months_before=months_before)
    known = states.loc[states["state"] != UNKNOWN, "patient_id"]
    return states[states["patient_id"].isin(known)].reset_index(drop=True)


def plotted_free_time(states: pd.DataFrame) -> pd.DataFrame:
    """Give the drug-free intervals as plotted; a patient without one has an empty one."""
    free = states[states["state"] == DRUG_FREE]
    never = states.loc[~states["patient_id"].isin(free["patient_id"]), ["patient_id"]].drop_duplicates()
    rows = pd.concat([free, never]) if len(never) else free
    return pd.DataFrame(
        {
            "patient_id": rows["patient_id"],
            "drug-free from (months)": rows["start_months"],
            "drug-free until (months)": rows["end_months"],
        }
    ).sort_values("patient_id", kind="stable", ignore_index=True)


def describe_free_time(states: pd.DataFrame) -> str:
    """Say how many patients were drug-free at their last contact."""
    at_end = states.sort_values("end_months", kind="stable").drop_duplicates("patient_id", keep="last")
    n_free = int((at_end["state"] == DRUG_FREE).sum())
    return f"{NAME}: {fmt.count_of(len(at_end), 'patient')}, {n_free} drug-free at last contact."


def share_free(states: pd.DataFrame, *, last: float) -> pd.DataFrame:
    """Compute the share of patients who are drug-free, of those whose treatment is known, every quarter of a month.

    Returns
    -------
    DataFrame, one row per time with at least ``LEAST_FOLLOWED`` patients
        ``months``, ``share`` (0-1), ``n``.
    """
    months = np.arange(0, last + 1e-9, 0.25)
    known = states[states["state"] != UNKNOWN]
    start, end = (known[name].to_numpy(dtype="float64")[:, None] for name in ("start_months", "end_months"))
    is_in = (start <= months) & (months < end)
    n = is_in.sum(axis=0)
    free = is_in[(known["state"] == DRUG_FREE).to_numpy()].sum(axis=0)
    frame = pd.DataFrame({"months": months, "share": free / np.maximum(n, 1), "n": n})
    return frame[frame["n"] >= LEAST_FOLLOWED].reset_index(drop=True)


def draw_free_time(axes: Axes, states: pd.DataFrame, look: Look, *, last: float) -> None:
    """Draw the drug-free time of patients in the order of the cohort, up to a month."""
    if look.is_single:
        _draw_bars(axes, states, look, [name for name in look.order if name in set(states["patient_id"])])
    else:
        course = share_free(states, last=last)
        axes.plot(course["months"], 100 * course["share"], color="black", linewidth=1.0, drawstyle="steps-post")
        axes.set_ylim(0, 102)
        axes.set_ylabel("Drug-free (% of patients)")
    write_n(axes, states)


def _draw_bars(axes: Axes, states: pd.DataFrame, look: Look, ids: Sequence[str]) -> None:
    ends = states.groupby("patient_id")["end_months"].max()
    for row, name in enumerate(ids):
        axes.plot([0, ends[name]], [row + 0.5] * 2, color=look.colour(name), linewidth=0.5, zorder=2)
        free = states[(states["patient_id"] == name) & (states["state"] == DRUG_FREE)]
        spans = list(zip(free["start_months"], free["end_months"] - free["start_months"], strict=True))
        axes.broken_barh(
            spans, (row + 0.2, 0.6), facecolors=STATE_COLOURS[DRUG_FREE], edgecolors=look.colour(name),
            linewidth=0.4, zorder=3,
        )  # fmt: skip
    draw_row_markers(axes, look, ids, room=max(0.0, (LEAST_ROWS - len(ids)) / 2))
    axes.set_ylabel(NAME, labelpad=9)
