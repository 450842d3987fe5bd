"""Estimate the change within patients: two columns of pairs in, exact test and Hodges-Lehmann interval out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caseseries.estimate.inputs import check_choice, check_level, check_same_patients, compute_numbers
from caseseries.precision import magnitude

MINIMUM_PAIRS = 6
"""Fewest pairs that are tested: with five, 2/2^5 = 0.0625 is the smallest two-sided p there can be, and no 95%
interval exists. A test that cannot succeed says nothing, so a disease subgroup of this series has none."""

SIGNIFICANT_DIGITS = 12
"""Digits to which differences are compared: 0.3 - 0.1 and 0.2 are a tie, although their binary fractions differ."""

ZERO_METHODS = ("wilcox", "pratt")


@dataclass(frozen=True)
class PairedChange:
    """Change within patients, before minus after.

    ``estimate`` is the Hodges-Lehmann pseudomedian in the unit of the data; ``level`` the one that the
    interval achieves, None where there is no interval; ``statistic`` the sum of the ranks of the falls. What
    cannot be had is None and ``reason`` says why.
    """

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    level: float | None
    p_value: float | None
    statistic: float | None
    n_pairs: int
    n_missing: int
    n_zero: int
    zero_method: str
    method: str
    reason: str


def estimate_paired_change(
    before: Sequence, after: Sequence, *, zero_method: str = "wilcox", level: float = 0.95
) -> PairedChange:
    """Estimate the change within patients and test it by the exact signed-rank test.

    Parameters
    ----------
    before, after
        Numbers, one of each per patient in the same order. A pair with a missing value is left out and
        counted.
    zero_method
        What becomes of patients without change in the test: ``wilcox`` leaves them out before ranks are
        given, ``pratt`` after.
    level
        Confidence level that the interval must reach, between 0 and 1.

    Returns
    -------
    PairedChange
        Without p value where fewer than ``MINIMUM_PAIRS`` patients changed, without interval where there are
        fewer pairs than that or where the level is out of reach.

    Raises
    ------
    UsageError
        If the columns differ in length or row labels, or hold anything but finite numbers.

    Notes
    -----
    The p value is the doubled smaller tail, at most 1, of all 2^m assignments of signs to the midranks of
    the m differences other than 0. The estimate is the median of the Walsh averages of all n differences;
    the interval runs from the q-th smallest to the q-th largest of them, q being the largest number for
    which the signed-rank statistic of n untied differences falls below q with a probability of at most (1 -
    level) / 2. With ties this closed interval covers at least at its level (Noether).

    References
    ----------
    Wilcoxon 1945, Biometrics Bull 1:80. Pratt 1959, J Am Stat Assoc 54:655. Hodges and Lehmann 1963, Ann Math
    Stat 34:598. Noether 1967, J Am Stat Assoc 62:184.
    """
    check_level(level)
    check_choice("zero_method", zero_method, ZERO_METHODS)
    check_same_patients("before", before, "after", after)
    before = compute_numbers(before, name="before")
    after = compute_numbers(after, name="after")
    is_pair = ~(np.isnan(before) | np.isnan(after))
    before, after = before[is_pair], after[is_pair]
    signed_ranks, walsh = _signed_ranks(before, after, zero_method), _walsh_averages(before - after)
    n_pairs, n_changed = len(before), len(signed_ranks)
    reasons = []
    statistic, p_value = None, None
    if n_changed >= MINIMUM_PAIRS:
        statistic, p_value = _signed_rank_test(signed_ranks)
    else:
        reasons.append(f"a test needs {MINIMUM_PAIRS} pairs that differ, there are {n_changed} of {n_pairs}")
    ci_low, ci_high, achieved = None, None, None
    if n_pairs < MINIMUM_PAIRS:
        reasons.append(f"an interval needs {MINIMUM_PAIRS} pairs, there are {n_pairs}")
    elif level > 1 - 2 / 2**n_pairs:
        reasons.append(f"no interval from {n_pairs} pairs reaches a level of {level:g}")
    else:
        ci_low, ci_high, achieved = _walsh_interval(walsh, n_pairs, level)
    return PairedChange(
        estimate=float(np.median(walsh)) if n_pairs else None,
        ci_low=ci_low,
        ci_high=ci_high,
        level=achieved,
        p_value=p_value,
        statistic=statistic,
        n_pairs=n_pairs,
        n_missing=len(is_pair) - n_pairs,
        n_zero=n_pairs - n_changed,
        zero_method=zero_method,
        method="exact Wilcoxon signed-rank, Hodges-Lehmann",
        reason="; ".join(reasons),
    )


def compute_rank_sum_probabilities(ranks: Sequence[int]) -> np.ndarray:
    """Compute the probability of every sum of ranks when each rank counts with probability one half.

    Parameters
    ----------
    ranks
        Whole numbers of 1 or more; midranks are given doubled.

    Returns
    -------
    array
        At place s the probability that the ranks which count add up to s.

    Notes
    -----
    scipy and R fall back on a normal approximation when there are ties or zeros, so the 2^m assignments of
    signs are counted here, one rank after the other. All probabilities are multiples of 2^-m, which floats
    hold without error up to m = 53; above, the relative error stays below m x 10^-16.
    """
    probability = np.zeros(int(sum(ranks)) + 1)
    probability[0] = 1
    for rank in ranks:
        with_rank = np.zeros_like(probability)
        with_rank[rank:] = probability[:-rank]
        probability = (probability + with_rank) / 2
    return probability


def _signed_ranks(before: np.ndarray, after: np.ndarray, zero_method: str) -> np.ndarray:
    """Give the doubled midranks of the differences other than 0, each with the sign of its difference."""
    largest = max(np.abs([*before, *after]), default=0)
    decimals = SIGNIFICANT_DIGITS - (magnitude(largest) + 1 if largest else 0)
    change = np.round(before - after, decimals)
    if zero_method == "wilcox":
        change = change[change != 0]
    doubled = (2 * pd.Series(np.abs(change)).rank()).to_numpy(dtype=int)
    return (doubled * np.sign(change).astype(int))[change != 0]


def _signed_rank_test(signed_ranks: np.ndarray) -> tuple[float, float]:
    falls, rises = int(signed_ranks[signed_ranks > 0].sum()), int(-signed_ranks[signed_ranks < 0].sum())
    probability = compute_rank_sum_probabilities(np.abs(signed_ranks))
    return falls / 2, min(1.0, 2 * float(probability[: min(falls, rises) + 1].sum()))


def _walsh_averages(differences: np.ndarray) -> np.ndarray:
    first, second = np.triu_indices(len(differences))
    return np.sort((differences[first] + differences[second]) / 2)


def _walsh_interval(walsh: np.ndarray, n_pairs: int, level: float) -> tuple[float, float, float]:
    at_most = np.cumsum(compute_rank_sum_probabilities(range(1, n_pairs + 1)))
    n_outside = int(np.searchsorted(at_most, (1 - level) / 2, side="right"))
    return float(walsh[n_outside - 1]), float(walsh[-n_outside]), 1 - 2 * float(at_most[n_outside - 1])
