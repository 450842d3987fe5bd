"""The 2016 ACR/EULAR criteria of improvement in myositis: core measures, their points, and the three categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.derive.shared.limits import TOLERANCE

LIMITS_PERCENT = (5, 15, 25, 40)
MUSCLE_LIMITS_PERCENT = (2, 10, 20, 30)
"""Upper ends of the bands of improvement, in % of the range of the measure; an end belongs to the band below it."""


@dataclass(frozen=True)
class CoreMeasure:
    """One of the six core measures: its range, the way that is better, and the points of its five bands."""

    measure: str
    points: tuple[float, ...]
    range: float
    unit: str
    more_is_better: bool = False

    @property
    def limits(self) -> tuple[int, ...]:
        """Upper ends of the first four bands."""
        return MUSCLE_LIMITS_PERCENT if self.more_is_better else LIMITS_PERCENT

    def compute_points(self, improvement_percent: pd.Series) -> pd.Series:
        """Compute the points of each improvement, given in % of the range; missing stays missing."""
        band = sum((improvement_percent > limit + TOLERANCE).astype("int64") for limit in self.limits)
        points = band.map(dict(enumerate(self.points))).astype("float64")
        return points.where(improvement_percent.notna())


MUSCLE_POINTS = (0, 10, 20, 27.5, 32.5)
MUSCLE = {
    "MMT8": CoreMeasure("MMT8", MUSCLE_POINTS, 80, "points", more_is_better=True),
    "CMAS": CoreMeasure("CMAS", MUSCLE_POINTS, 52, "points", more_is_better=True),
}
CORE = {
    "TIS_PHYSICIAN": CoreMeasure("PGA", (0, 7.5, 15, 17.5, 20), 10, "cm"),
    "TIS_PATIENT": CoreMeasure("PATIENT_GLOBAL", (0, 2.5, 5, 7.5, 10), 10, "cm"),
    "TIS_MUSCLE": MUSCLE["MMT8"],
    "TIS_CHAQ": CoreMeasure("CHAQ", (0, 5, 7.5, 7.5, 10), 3, "points"),
    "TIS_ENZYME": CoreMeasure("ENZYME", (0, 2.5, 5, 7.5, 7.5), np.nan, "x ULN"),
    "TIS_EXTRAMUSCULAR": CoreMeasure("EXTRAMUSCULAR_GLOBAL", (0, 7.5, 12.5, 15, 20), 10, "cm"),
}
"""Parts of the score in the order of the published table (Rider 2017, table 3; PMC5577002)."""

CATEGORIES = ("none", "minimal", "moderate", "major")
THRESHOLDS = {"juvenile": (30, 45, 70), "adult": (20, 40, 60)}
"""Points from which improvement is minimal, moderate, major."""


def find_category(points: float, *, thresholds: str) -> int:
    """Find the position in ``CATEGORIES`` of a total, by a key of ``THRESHOLDS``."""
    return sum(points >= threshold - TOLERANCE for threshold in THRESHOLDS[thresholds])
