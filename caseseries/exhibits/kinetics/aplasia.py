"""Panels of Figure 2 that show B cells: their counts, and under them a bar per patient for the time without them."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from caseseries.derive.kinetics.b_cell_samples import RETURN_RULES
from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.patient_bars import LEAST_ROW_MM, NAME_GAP_MM
from caseseries.exhibits.drawing.style import POINTS_PER_MM, SMALL_PT

SURE, OPEN = 0.45, 0.85
"""How far the colour of a patient is mixed with white: bars of aplasia, and the time in which it ended."""


def aplasia_of(time_to_event: pd.DataFrame, *, rule: str, last_month: float) -> pd.DataFrame:
    """Pick from the derived times when B cells were gone, by one rule of return.

    Parameters
    ----------
    time_to_event : DataFrame, one row per patient and endpoint
        Endpoints ``B_CELL_DEPLETION:<state>`` and ``B_CELL_RETURN:<rule>``.
    rule
        One of ``RETURN_RULES``.
    last_month
        End of the axis.

    Returns
    -------
    DataFrame, one row per patient whose B cells left
        In months: ``start``, the first sample in aplasia; ``sure_until``, the last sample known to lie in it; ``end``,
        the first sample with the return, or the last sample where they did not return; ``is_event``.
    """
    left = time_to_event[time_to_event["endpoint"] == f"B_CELL_DEPLETION:{RETURN_RULES[rule].ends}"]
    back = time_to_event[time_to_event["endpoint"] == f"B_CELL_RETURN:{rule}"]
    both = left[left["is_event"].astype(bool)].merge(back, on="patient_id", suffixes=("_left", ""))
    days = {"start": both["time_days_left"], "sure_until": both["lower_day"], "end": both["time_days"]}
    months = {name: (of.astype("float64") / DAYS_PER_MONTH).clip(upper=last_month) for name, of in days.items()}
    return pd.DataFrame({"patient_id": both["patient_id"], **months, "is_event": both["is_event"].astype(bool)})


def describe_rule(rule: str) -> str:
    """Say what counts as return of B cells."""
    found = RETURN_RULES[rule]
    what = "sample" if found.n_samples == 1 else f"of {found.n_samples} consecutive samples"
    return f"first {what} {fmt.unit(found.words)}"


def describe_aplasia(rule: str) -> str:
    """Say what counts as aplasia."""
    return "undetectable" if RETURN_RULES[rule].ends == "undetectable" else "below 20/µL"


def draw_aplasia(axes: Axes, aplasia: pd.DataFrame, look: Look, *, height_mm: float, width_mm: float) -> None:
    """Draw a bar per patient from depletion to return.

    Parameters
    ----------
    axes
        A strip under the counts, its limits of x set.
    aplasia : DataFrame
        As ``aplasia_of`` gives it.
    look
        Colours and order of the cohort. Many patients are drawn without names, the longest aplasia lowest.
    height_mm, width_mm
        Size of the strip.
    """
    order = [name for name in look.order if name in set(aplasia["patient_id"])]
    if not look.is_single:
        rank = {name: place for place, name in enumerate(aplasia.sort_values("end")["patient_id"])}
        order.sort(key=lambda name: rank[name])
    rows = {name: row for row, name in enumerate(order)}
    n_rows = len(rows)
    row_mm = height_mm / n_rows
    axes.set_ylim(n_rows, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    half = 0.36 if look.is_single else 0.5
    for first, last, share in (("start", "sure_until", SURE), ("sure_until", "end", OPEN)):
        boxes, colours = [], []
        for bar in aplasia.itertuples():
            middle, start, end = rows[bar.patient_id] + 0.5, getattr(bar, first), getattr(bar, last)
            boxes.append([(start, middle - half), (end, middle - half), (end, middle + half), (start, middle + half)])
            colours.append(_mix(look.colour(bar.patient_id), share))
        axes.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors="none", zorder=2), autolim=False)
    _draw_ends(axes, aplasia, rows, row_mm=row_mm)
    if look.is_single and row_mm >= LEAST_ROW_MM:
        low, high = axes.get_xlim()
        for name, row in rows.items():
            axes.text(
                low - (high - low) * NAME_GAP_MM / width_mm, row + 0.5, name, ha="right", va="center_baseline",
                fontsize=SMALL_PT, color=look.colour(name), clip_on=False,
            )  # fmt: skip


def _mix(colour: str, share: float) -> tuple[float, float, float]:
    return tuple(part + (1 - part) * share for part in to_rgb(colour))


def _draw_ends(axes: Axes, aplasia: pd.DataFrame, rows: dict[str, int], *, row_mm: float) -> None:
    """Mark each return by a tick as high as its row, and each aplasia that had not ended by an arrow."""
    size = row_mm * POINTS_PER_MM
    for is_event, marker, scale, width in ((True, "|", 0.95, min(0.9, size)), (False, 5, 0.6, 0.3)):
        own = aplasia[aplasia["is_event"] == is_event]
        middle = [rows[name] + 0.5 for name in own["patient_id"]]
        axes.plot(
            own["end"], middle, linestyle="none", marker=marker, markersize=size * scale, markeredgewidth=width,
            color="black", zorder=4, clip_on=False,
        )  # fmt: skip


def plotted_aplasia(aplasia: pd.DataFrame) -> pd.DataFrame:
    """Give the bars as plotted, units in the headers."""
    return pd.DataFrame(
        {
            "patient_id": aplasia["patient_id"],
            "first sample in aplasia (months)": aplasia["start"],
            "last sample without return (months)": aplasia["sure_until"],
            "return or last sample (months)": aplasia["end"],
            "returned": aplasia["is_event"].map({True: "yes", False: "no"}),
        }
    ).reset_index(drop=True)
