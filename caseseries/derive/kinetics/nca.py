"""Non-compartmental analysis of one course: peak, areas and terminal line, in whatever units it comes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from caseseries.derive.kinetics.course import Course, compute_area
from caseseries.derive.shared.limits import TOLERANCE


@dataclass(frozen=True)
class Rules:
    """The choices of the analysis; the defaults are those of PKNCA.

    ``area``: ``linear_up_log_down`` or ``linear``. ``blq_between``: whether a result below the limit of
    quantification between two quantifiable ones is left out (``drop``) or counts as ``zero``. ``fit_from``: whether
    the terminal fit may hold the peak (``from_tmax``) or not (``after_tmax``). ``min_points`` is the least number of
    points of a fit, ``r2_tolerance`` how far its adjusted r2 may lie below the best one; ``best_among`` tells
    whether fits that do not fall set the best (``all_fits``) or not (``falling_fits``).
    """

    area: str = "linear_up_log_down"
    blq_between: str = "drop"
    fit_from: str = "after_tmax"
    min_points: int = 3
    r2_tolerance: float = 1e-4
    best_among: str = "all_fits"


@dataclass(frozen=True)
class Terminal:
    """The straight line through the logarithms of the last concentrations."""

    lambda_z: float
    n_points: int
    r2_adjusted: float
    first_time: float
    last_time: float

    @property
    def half_life(self) -> float:
        """Time in which the concentration halves along the line."""
        return math.log(2) / self.lambda_z

    @property
    def span_ratio(self) -> float:
        """Number of half-lives that the points of the line cover."""
        return (self.last_time - self.first_time) / self.half_life


@dataclass(frozen=True)
class Analysis:
    """What a course gives; a number that does not exist is not a number, a terminal line that does not is None."""

    cmax: float
    tmax: float
    clast: float
    tlast: float
    auc_last: float
    auc_all: float
    auc_inf: float
    auc_extrapolated_percent: float
    terminal: Terminal | None


def compute_terminal(course: Course, *, rules: Rules) -> Terminal | None:
    """Compute the terminal line: of the fits through the last points, the one with most points among the best.

    Parameters
    ----------
    course
        Of ``compute_course``.
    rules
        Which points may be used, and which fits are as good as the best.

    Returns
    -------
    Terminal or None
        None if there are too few points, or if no fit as good as the best falls.

    References
    ----------
    PKNCA (Denney, Duvvuri, Buckeridge 2015, J Pharmacokinet Pharmacodyn 42:S65), vignette on half-life.
    """
    if not course.is_quantifiable:
        return None
    tmax = course.time[course.conc.argmax()]
    is_used = (course.conc > 0) & (course.time >= tmax if rules.fit_from == "from_tmax" else course.time > tmax)
    time, logs = course.time[is_used], np.log(course.conc[is_used])
    fits = [_fit(time[-n:], logs[-n:]) for n in range(rules.min_points, len(time) + 1)]
    judged = [fit for fit in fits if rules.best_among == "all_fits" or fit.lambda_z > 0]
    best = max((fit.r2_adjusted for fit in judged if not math.isnan(fit.r2_adjusted)), default=math.nan)
    good = [fit for fit in fits if fit.lambda_z > 0 and fit.r2_adjusted > best - rules.r2_tolerance]
    return max(good, key=lambda fit: fit.n_points, default=None)


def compute_analysis(course: Course, *, rules: Rules) -> Analysis:
    """Compute the parameters of a course.

    Parameters
    ----------
    course
        Of ``compute_course``; its first time is where the area starts.
    rules
        The choices of the analysis.

    Notes
    -----
    ``auc_last`` ends at the last quantifiable concentration; ``auc_all`` adds the triangle down to zero at the next
    sample; ``auc_inf`` adds the observed last concentration over lambda_z. Without a quantifiable concentration
    ``cmax`` and the areas but ``auc_inf`` are zero.
    """
    auc_last = compute_area(course, start=-math.inf, end=math.inf, area=rules.area)
    if not course.is_quantifiable:
        return Analysis(0.0, math.nan, math.nan, math.nan, auc_last, auc_last, math.nan, math.nan, None)
    terminal = compute_terminal(course, rules=rules)
    peak, clast, tlast = course.conc.argmax(), float(course.conc[-1]), float(course.time[-1])
    to_next = 0.0 if math.isnan(course.next_time) else (course.next_time - tlast) * clast / 2
    beyond = clast / terminal.lambda_z if terminal else math.nan
    return Analysis(
        cmax=float(course.conc[peak]),
        tmax=float(course.time[peak]),
        clast=clast,
        tlast=tlast,
        auc_last=auc_last,
        auc_all=auc_last + to_next,
        auc_inf=auc_last + beyond,
        auc_extrapolated_percent=100 * beyond / (auc_last + beyond),
        terminal=terminal,
    )


def _fit(time: np.ndarray, logs: np.ndarray) -> Terminal:
    n, x, y = len(time), time - time.mean(), logs - logs.mean()
    y = np.where(np.abs(y) < TOLERANCE, 0.0, y)
    slope = (x @ y) / (x @ x)
    slope = 0.0 if abs(slope) * (time[-1] - time[0]) < TOLERANCE else slope
    r2 = (x @ y) ** 2 / ((x @ x) * (y @ y)) if y.any() else math.nan
    return Terminal(float(-slope), n, float(1 - (1 - r2) * (n - 1) / (n - 2)), float(time[0]), float(time[-1]))
