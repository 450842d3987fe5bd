"""The range that laboratories call normal, as a grey band behind the courses of a panel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

OUTER_GREY, INNER_GREY = "#F1F1F1", "#E2E2E2"


@dataclass(frozen=True)
class NormalRange:
    """Limits of all results of a test: ``any_*`` of the widest range, ``all_*`` of what lies inside every range.

    A side without a limit is None.
    """

    any_low: float | None
    all_low: float | None
    all_high: float | None
    any_high: float | None

    @property
    def is_one(self) -> bool:
        """Whether every result has the same limits, as adults of one laboratory have."""
        return self.any_low == self.all_low and self.any_high == self.all_high


def normal_range_of(results: pd.DataFrame, test: str) -> NormalRange | None:
    """Find the normal range of a test, or None where no result has a limit.

    Parameters
    ----------
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it, cut to the results that are shown.
    test
        Code of the test.
    """
    own = results[results["test"] == test]
    low, high = own["lower_limit"].dropna(), own["upper_limit"].dropna()
    if low.empty and high.empty:
        return None
    sides = (low.min(), low.max(), high.min(), high.max())
    return NormalRange(*(None if math.isnan(side) else float(side) for side in sides))


def draw_normal_range(axes: Axes, limits: NormalRange | None) -> None:
    """Draw the widest range, and darker what lies inside every range; the y axis must have its ends before."""
    if limits is None:
        return
    bottom, top = axes.get_ylim()
    bands = [(limits.any_low, limits.any_high, INNER_GREY if limits.is_one else OUTER_GREY)]
    bands += [] if limits.is_one else [(limits.all_low, limits.all_high, INNER_GREY)]
    for low, high, grey in bands:
        start, end = bottom if low is None else low, top if high is None else high
        if start < end:
            axes.axhspan(start, end, facecolor=grey, edgecolor="none", zorder=0)
    axes.set_ylim(bottom, top)


def explain_normal_ranges(ranges: list[NormalRange | None]) -> str:
    """Say in one sentence what the grey bands of a figure are; nothing where there are none."""
    known = [limits for limits in ranges if limits is not None]
    if not known:
        return ""
    darker = "" if all(limits.is_one for limits in known) else ", darker where those of all patients overlap"
    return f"Grey, normal range of the laboratories{darker}."
