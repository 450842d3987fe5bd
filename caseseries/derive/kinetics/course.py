"""A course of concentrations over time, made ready for analysis, and the area under any part of it; without units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from caseseries.derive.shared.limits import TOLERANCE
from caseseries.errors import UsageError


@dataclass(frozen=True)
class Course:
    """A course ready for analysis: one concentration per time, in order, ending at the last quantifiable one.

    ``time`` and ``conc`` hold every sample if none was quantifiable. ``next_time`` is the first sample after the last
    quantifiable one, not a number if there is none; ``last_time`` is the last sample of all.
    """

    time: np.ndarray
    conc: np.ndarray
    next_time: float
    last_time: float

    @property
    def is_quantifiable(self) -> bool:
        """Whether any concentration was quantifiable."""
        return bool(self.conc.any())


def compute_course(
    time: ArrayLike,
    conc: ArrayLike,
    *,
    is_blq: ArrayLike | None = None,
    lloq: float = 0.0,
    blq_between: str = "drop",
) -> Course:
    """Make samples ready for analysis.

    Parameters
    ----------
    time, conc
        One sample each, in any order; a sample without a time, or without a concentration that is not marked as
        below the limit, is left out.
    is_blq
        Which samples were below the limit of quantification.
    lloq
        The limit itself, if samples are not marked; a concentration of zero is below any limit.
    blq_between
        As in ``nca.Rules``.

    Raises
    ------
    UsageError
        If the lengths differ or no sample is left.

    Notes
    -----
    Samples of one time are averaged; of those, results below the limit do not count beside a quantifiable one.
    Below the limit means zero before the first and after the last quantifiable concentration.
    """
    time, conc = np.asarray(time, dtype=float), np.array(conc, dtype=float)
    is_blq = np.zeros(len(conc), bool) if is_blq is None else np.array(is_blq, dtype=bool)
    if not len(time) == len(conc) == len(is_blq):
        raise UsageError("time, conc and is_blq must have the same length.")
    is_known = ~np.isnan(time) & (is_blq | ~np.isnan(conc))
    time, conc, is_blq = time[is_known], conc[is_known], is_blq[is_known]
    if not len(time):
        raise UsageError("A course must have at least one sample with a time and a result.")
    is_blq |= (conc <= 0) | (conc < lloq - TOLERANCE)

    time, place = np.unique(time, return_inverse=True)
    n_quantified = np.bincount(place, weights=~is_blq)
    conc = np.bincount(place, weights=np.where(is_blq, 0.0, conc)) / np.maximum(n_quantified, 1)
    last_time, quantified = time[-1], np.flatnonzero(n_quantified)
    if not len(quantified):
        return Course(time, conc, math.nan, last_time)
    first, last = quantified[0], quantified[-1]
    next_time = time[last + 1] if last + 1 < len(time) else math.nan
    is_kept = np.arange(len(time)) <= last
    if blq_between == "drop":
        is_kept &= (n_quantified > 0) | (np.arange(len(time)) < first)
    return Course(time[is_kept], conc[is_kept], next_time, last_time)


def compute_area(course: Course, *, start: float, end: float, area: str = "linear_up_log_down") -> float:
    """Compute the area under a course between two times, with the ends interpolated by the rule of the area.

    Parameters
    ----------
    course
        Of ``compute_course``.
    start, end
        The ends; what lies before the first or after the last concentration of the course adds nothing.
    area
        As in ``nca.Rules``.

    Notes
    -----
    ``linear_up_log_down``: the logarithmic trapezoid where the concentration falls to one above zero, the linear one
    elsewhere.
    """
    start, end = max(start, course.time[0]), min(end, course.time[-1])
    if end <= start:
        return 0.0
    time = np.unique([start, *course.time[(course.time > start) & (course.time < end)], end])
    right = np.searchsorted(course.time, time[1:])
    # A segment that is cut keeps its rule, so that parts add up to the whole.
    is_log = _is_logarithmic(course, right, area)
    conc = np.array([_interpolate(course, at, area) for at in time])
    before, after, width = conc[:-1], conc[1:], np.diff(time)
    areas = width * (before + after) / 2
    drop = (before - after)[is_log]
    areas[is_log] = width[is_log] * drop / np.log1p(drop / after[is_log])
    return float(areas.sum())


def _is_logarithmic(course: Course, right: np.ndarray, area: str) -> np.ndarray:
    """Tell which segments, named by their right end, fall to a concentration above zero."""
    before, after = course.conc[right - 1], course.conc[right]
    return (after < before) & (after > 0) & (area != "linear")


def _interpolate(course: Course, at: float, area: str) -> float:
    right = int(np.searchsorted(course.time, at))
    if course.time[right] == at:
        return float(course.conc[right])
    (t1, t2), (c1, c2) = course.time[right - 1 : right + 1], course.conc[right - 1 : right + 1]
    share = (at - t1) / (t2 - t1)
    return float(c1 * (c2 / c1) ** share if _is_logarithmic(course, right, area) else c1 + (c2 - c1) * share)
