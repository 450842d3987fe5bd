"""Kaplan-Meier curves: the curve with its limits and censored patients, and the numbers at risk under it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from caseseries.design import DAYS_PER_MONTH
from caseseries.estimate import Survival
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.style import SMALL_PT

CURVE, BAND = "black", "#D5DDE5"
AT_RISK_MM = 2.6
"""Height of the line of numbers at risk."""


def draw_survival(axes: Axes, estimate: Survival, *, label: str) -> None:
    """Draw a curve over months with its limits, a tick for each censored day, and its median.

    Parameters
    ----------
    axes
        Its limits of x are set by the caller.
    estimate
        As ``estimate_survival`` gives it.
    label
        Words of the y axis.
    """
    steps = estimate.table
    months = np.array([0, *(steps["time_days"] / DAYS_PER_MONTH)])
    survival = np.array([1, *steps["survival"]])
    low, high = (np.array([np.nan, *steps[name]]) for name in ("ci_low", "ci_high"))
    axes.fill_between(months, low, high, step="post", facecolor=BAND, edgecolor="none", zorder=1)
    axes.plot(months, survival, drawstyle="steps-post", color=CURVE, linewidth=0.9, zorder=3, clip_on=False)
    censored = steps[steps["n_censored"] > 0]
    axes.plot(
        censored["time_days"] / DAYS_PER_MONTH, censored["survival"], linestyle="none", marker="|", markersize=4,
        markeredgewidth=0.6, color=CURVE, zorder=4, clip_on=False,
    )  # fmt: skip
    if estimate.median is not None:
        middle = estimate.median / DAYS_PER_MONTH
        axes.plot([0, middle, middle], [0.5, 0.5, 0], color=CURVE, linewidth=0.4, linestyle=(0, (4, 2)), zorder=2)
    axes.set(ylim=(0, 1.03), yticks=[0, 0.25, 0.5, 0.75, 1], ylabel=label)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    axes.text(0, 1.01, _short_median(estimate), transform=axes.transAxes, ha="left", va="bottom", fontsize=SMALL_PT)
    axes.text(
        1, 1.01, f"n = {estimate.n_patients}", transform=axes.transAxes, ha="right", va="bottom", fontsize=SMALL_PT
    )


def draw_at_risk(axes: Axes, estimate: Survival, *, months: list[float], label_left: float) -> None:
    """Write the numbers at risk under a curve.

    Parameters
    ----------
    axes
        A strip of ``AT_RISK_MM`` with the limits of x of the curve.
    estimate
        The curve.
    months
        Where numbers are written: the ticks of the curve.
    label_left
        Right end of the words before the numbers, in months.
    """
    axes.set_axis_off()
    axes.set_ylim(0, 1)
    axes.text(label_left, 0.5, "At risk", ha="right", va="center_baseline", fontsize=SMALL_PT, clip_on=False)
    for month in months:
        n_at_risk = estimate.at(month * DAYS_PER_MONTH).n_at_risk
        axes.text(
            month, 0.5, fmt.number(n_at_risk), ha="center", va="center_baseline", fontsize=SMALL_PT, clip_on=False
        )


def ending_month(estimate: Survival, *, last_month: float) -> float:
    """Give the end of the axis of months: the quarter in which the last patient leaves the curve."""
    last = float(estimate.table["time_days"].max()) / DAYS_PER_MONTH
    return min(last_month, max(3.0, float(np.ceil(last / 3 - 1e-9) * 3)))


def plotted_survival(estimate: Survival) -> pd.DataFrame:
    """Give the numbers of a curve as plotted, units in the headers."""
    steps = estimate.table
    level = f"{fmt.percent(estimate.level, n=fmt.PERCENT_FROM_N)} {estimate.ci}"
    return pd.DataFrame(
        {
            "time (days)": steps["time_days"],
            "time (months)": steps["time_days"] / DAYS_PER_MONTH,
            "at risk (n)": steps["n_at_risk"],
            "events (n)": steps["n_events"],
            "censored (n)": steps["n_censored"],
            "without event (proportion)": steps["survival"],
            f"lower limit, {level} (proportion)": steps["ci_low"],
            f"upper limit, {level} (proportion)": steps["ci_high"],
        }
    )


def describe_median(estimate: Survival) -> str:
    """Say how many patients had the event, and the median time with its interval, in months."""
    events = f"{estimate.n_events} of {fmt.count_of(estimate.n_patients, 'patient')}"
    if estimate.median is None:
        return f"{events}; median not reached"
    return f"{events}; median {fmt.months(estimate.median)} months ({_interval(estimate)})"


def _short_median(estimate: Survival) -> str:
    if estimate.median is None:
        return "Median not reached"
    return f"Median {fmt.months(estimate.median)} months ({_interval(estimate)})"


def _interval(estimate: Survival) -> str:
    low, high = (
        "not reached" if limit is None else fmt.months(limit) for limit in (estimate.median_low, estimate.median_high)
    )
    level = fmt.percent(estimate.level, n=fmt.PERCENT_FROM_N)
    return f"{level} CI not estimable" if low == high == "not reached" else f"{level} CI {low} to {high}"
