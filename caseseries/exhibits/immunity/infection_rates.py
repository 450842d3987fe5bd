"""Infections by window after the infusion: rates per 100 patient-days with exact limits, as a small panel."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from caseseries.derive.safety.infections import EVERY
from caseseries.estimate import estimate_incidence
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.style import SMALL_PT

SHIFT = 0.17
KINDS = {"all": ("All", "o", "black", -SHIFT), "severe": ("Severe", "s", "white", SHIFT)}
"""Words, marker, fill, and place beside the middle of the window."""


def rates_of(infection_rates: pd.DataFrame) -> pd.DataFrame:
    """Estimate the rate of infections in each window that was observed, of any pathogen, all and severe.

    Returns
    -------
    DataFrame, one row per window and kind
        ``window``, ``kind`` (all, severe), ``n_infections``, ``patient_days``, ``estimate``, ``ci_low``, ``ci_high``.
    """
    own = infection_rates[(infection_rates["pathogen_class"] == EVERY) & (infection_rates["window"] != EVERY)]
    rows = []
    for row in own[own["exposure_days"] > 0].itertuples():
        for kind, n in (("all", row.n_infections), ("severe", row.n_severe)):
            found = estimate_incidence(int(n), float(row.exposure_days))
            rows.append(
                {
                    "window": row.window,
                    "kind": kind,
                    "n_infections": int(n),
                    "patient_days": int(row.exposure_days),
                    "estimate": found.estimate,
                    "ci_low": found.ci_low,
                    "ci_high": found.ci_high,
                }
            )
    columns = ["window", "kind", "n_infections", "patient_days", "estimate", "ci_low", "ci_high"]
    return pd.DataFrame.from_records(rows, columns=columns)


def draw_rates(axes: Axes, rates: pd.DataFrame) -> None:
    """Draw a mark with its limits per window and kind; the number of infections stands above it."""
    windows = list(dict.fromkeys(rates["window"]))
    top = float(rates["ci_high"].max())
    for kind, (words, marker, fill, shift) in KINDS.items():
        own = rates[rates["kind"] == kind]
        x = [windows.index(window) + shift for window in own["window"]]
        axes.vlines(x, own["ci_low"], own["ci_high"], color="black", linewidth=0.6, zorder=2)
        axes.plot(
            x, own["estimate"], linestyle="none", marker=marker, markersize=3.0, markerfacecolor=fill,
            markeredgecolor="black", markeredgewidth=0.5, zorder=3, clip_on=False, label=words,
        )  # fmt: skip
        for place, high, n in zip(x, own["ci_high"], own["n_infections"], strict=True):
            axes.text(place, high + 0.02 * top, fmt.number(n), ha="center", va="bottom", fontsize=SMALL_PT)
    axes.set_xlim(-0.6, len(windows) - 0.4)
    axes.set_ylim(0, top * 1.12)
    axes.set_xticks(range(len(windows)), [window.replace("-", "–") for window in windows])
    axes.set_xlabel("Window (days)")
    axes.set_ylabel("Infections per 100 patient-days")
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def plotted_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Give the rates as plotted, units in the headers."""
    per = "(per 100 patient-days)"
    return rates.rename(
        columns={
            "window": "window (days)",
            "n_infections": "infections (n)",
            "patient_days": "exposure (patient-days)",
            "estimate": f"rate {per}",
            "ci_low": f"lower limit, 95% {per}",
            "ci_high": f"upper limit, 95% {per}",
        }
    )


def describe_rates(rates: pd.DataFrame) -> str:
    """Say infections and exposure of each window."""
    said = []
    for window, own in rates.groupby("window", sort=False):
        by_kind = own.set_index("kind")
        n, severe = by_kind.loc["all", "n_infections"], by_kind.loc["severe", "n_infections"]
        days = fmt.number(float(by_kind.loc["all", "patient_days"]))
        said.append(f"days {window.replace('-', '–')}, {n} in {days} patient-days, {severe} severe")
    return "; ".join(said)
