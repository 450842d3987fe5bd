"""Change within patients: worked examples, ties, zeros, small groups."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from caseseries.estimate import estimate_paired_change
from caseseries.estimate.paired import MINIMUM_PAIRS, compute_rank_sum_probabilities

BEFORE = [16, 12, 20, 10, 14, 8, 18, 11]
AFTER = [0, 2, 0, 0, 4, 0, 2, 0]


def change_of(*differences, **options):
    return estimate_paired_change(differences, [0] * len(differences), **options)


def test_eight_patients_who_all_improve():
    """By hand: no negative rank, so p = 2/2^8; 36 Walsh averages of 8, 10, 10, 10, 11, 16, 16, 20, the 4th and 33rd
    in order are 9 and 16; their median is 13; P(V <= 3) = 5/256, so the level is 1 - 10/256."""
    found = estimate_paired_change(BEFORE, AFTER)
    assert found.p_value == 0.0078125
    assert (found.estimate, found.ci_low, found.ci_high) == (13, 9, 16)
    assert found.level == 1 - 10 / 256
    assert (found.n_pairs, found.n_missing, found.n_zero, found.reason) == (8, 0, 0, "")
    assert (found.zero_method, found.method) == ("wilcox", "exact Wilcoxon signed-rank, Hodges-Lehmann")


def test_a_patient_without_change_is_left_out_of_the_test():
    """By hand: -1 has the lowest rank of seven, so W- = 1; two of 2^7 assignments have W- <= 1: p = 4/128."""
    found = change_of(3, 0, 5, 7, -1, 4, 6, 2)
    assert found.p_value == 0.03125
    assert (found.statistic, found.n_zero, found.n_pairs) == (27, 1, 8)


def test_pratt_keeps_the_rank_of_a_patient_without_change():
    """By hand: ranks 2 to 8 are left, W- = 2, reached by the empty set and {2} alone: p = 4/128. W+ = 33."""
    found = change_of(3, 0, 5, 7, -1, 4, 6, 2, zero_method="pratt")
    assert (found.p_value, found.statistic, found.zero_method) == (0.03125, 33, "pratt")


def test_the_two_ways_with_zeros_give_different_p_values():
    """By hand. Ranks of 1, -2, 3, 4, 5, 6 alone are 1 to 6: W- = 2, sets {}, {1}, {2}: p = 6/64. After two zeros
    they are 3 to 8: W- = 4, sets {}, {3}, {4}: the same. With -1, -2 and 3: W- = 3 has {}, 1, 2, 3, 12: 10/64;
    Pratt W- = 7 has {}, 3, 4, 5, 6, 7, 34: 14/64."""
    assert change_of(0, 0, 1, -2, 3, 4, 5, 6).p_value == 6 / 64
    assert change_of(0, 0, -1, -2, 3, 4, 5, 6).p_value == 10 / 64
    assert change_of(0, 0, -1, -2, 3, 4, 5, 6, zero_method="pratt").p_value == 14 / 64


def test_ties_share_midranks():
    """By hand: five ties at 1 (midrank 3) and 2 (rank 6), one tie negative: W- = 3; {} and five singles: p = 12/64."""
    found = change_of(1, 1, -1, 1, 1, 2)
    assert (found.p_value, found.statistic) == (12 / 64, 18)


def test_decimals_that_are_equal_on_paper_are_ties():
    """0.3 - 0.1 and 0.2 - 0.0 differ in binary. By hand, five ties and one negative tie: p = 14/64."""
    before, after = [0.3, 0.2, 0.7, 0.8, 0.0, 0.4], [0.1, 0.0, 0.5, 0.6, 0.2, 0.2]
    assert len({abs(b - a) for b, a in zip(before, after, strict=True)}) > 1
    assert estimate_paired_change(before, after).p_value == 14 / 64


def test_a_change_of_rounding_error_is_no_change():
    found = estimate_paired_change([0.1 + 0.2, *range(2, 9)], [0.3, *[1] * 7])
    assert (found.n_zero, found.p_value) == (1, 2 / 2**7)


def test_small_changes_of_large_values_are_kept():
    found = estimate_paired_change([1e6 + 0.001 * i for i in range(1, 9)], [1e6] * 8)
    assert (found.n_zero, found.statistic) == (0, 36)


def test_small_values_are_not_rounded_away():
    found = change_of(*[1e-14 * i for i in (1, 2, 3, 4, 5, -6)])
    assert (found.n_zero, found.statistic) == (0, 15)


def test_twelve_digits_are_told_apart_and_the_thirteenth_is_not():
    parted = estimate_paired_change([100, 100 + 1e-9, 1, 2, 3, 4], [0, 200 + 2e-9, 0, 0, 0, 0])
    together = estimate_paired_change([100, 100 + 1e-10, 1, 2, 3, 4], [0, 200 + 2e-10, 0, 0, 0, 0])
    assert (parted.statistic, together.statistic) == (15, 15.5)


@pytest.mark.parametrize("n", range(1, MINIMUM_PAIRS))
def test_a_disease_subgroup_is_described_and_not_tested(n):
    found = change_of(*range(1, n + 1))
    assert (found.p_value, found.statistic, found.ci_low, found.ci_high, found.level) == (None,) * 5
    assert found.estimate == (n + 1) / 2
    assert found.reason == (
        f"a test needs 6 pairs that differ, there are {n} of {n}; an interval needs 6 pairs, there are {n}"
    )


def test_six_patients_are_tested():
    """2/2^6 = 0.03125 is the smallest p of six; the interval is the whole range at level 1 - 2/64."""
    found = change_of(1, 2, 3, 4, 5, 6)
    assert (found.p_value, found.ci_low, found.ci_high, found.level) == (0.03125, 1, 6, 0.96875)
    assert found.reason == ""


def test_a_level_that_can_just_be_had_is_given():
    assert change_of(1, 2, 3, 4, 5, 6, level=0.96875).level == 0.96875


def test_a_level_out_of_reach_has_no_interval_but_a_p_value():
    found = change_of(1, 2, 3, 4, 5, 6, level=0.97)
    assert (found.p_value, found.ci_low, found.ci_high, found.level) == (0.03125, None, None, None)
    assert found.reason == "no interval from 6 pairs reaches a level of 0.97"


def test_eight_patients_of_whom_three_do_not_change_have_an_interval_but_no_p_value():
    found = change_of(0, 0, 0, 1, 2, 3, 4, 5)
    assert (found.p_value, found.statistic, found.n_zero) == (None, None, 3)
    assert found.reason == "a test needs 6 pairs that differ, there are 5 of 8"
    assert found.level == 1 - 10 / 256
    assert (found.ci_low, found.ci_high) == (0, 4)


def test_eight_patients_of_whom_nobody_changes():
    found = change_of(*[0] * 8)
    assert (found.p_value, found.estimate, found.ci_low, found.ci_high, found.n_zero) == (None, 0, 0, 0, 8)


def test_no_patient_gives_no_estimate():
    found = estimate_paired_change([], [])
    assert (found.estimate, found.p_value, found.n_pairs, found.n_missing) == (None, None, 0, 0)
    assert found.reason.endswith("an interval needs 6 pairs, there are 0")


def test_pairs_with_a_missing_value_are_dropped_and_counted():
    before = pd.Series([*BEFORE, 5, None, None], dtype="Int64")
    after = pd.Series([*AFTER, None, 3, None], dtype="Int64")
    with_gaps, complete = estimate_paired_change(before, after), estimate_paired_change(BEFORE, AFTER)
    assert (with_gaps.n_pairs, with_gaps.n_missing) == (8, 3)
    assert (with_gaps.p_value, with_gaps.estimate, with_gaps.ci_low) == (
        complete.p_value,
        complete.estimate,
        complete.ci_low,
    )


def test_a_rise_of_unsigned_numbers_is_a_rise():
    before, after = np.arange(6, dtype=np.uint8), np.arange(6, dtype=np.uint8) * 3 + 1
    assert estimate_paired_change(before, after).estimate == -6


def test_p_value_is_never_above_one():
    """W+ and W- are both in the middle: twice either tail, the middle included, is more than 1."""
    assert change_of(1, -2, -3, 4, 5, -6, -7, 8).p_value == 1


@pytest.mark.parametrize(
    "ranks", [(1,), (2, 2), (3, 3, 4), (2, 4, 7, 7), (1, 2, 3, 4, 5, 6, 7, 8), (9, 9, 9, 9, 9, 4, 4)]
)
def test_rank_sums_equal_the_count_of_all_assignments(ranks):
    counted = np.zeros(sum(ranks) + 1)
    for chosen in product((0, 1), repeat=len(ranks)):
        counted[np.dot(chosen, ranks)] += 1
    assert (compute_rank_sum_probabilities(ranks) == counted / 2 ** len(ranks)).all()


def test_rank_sums_of_three_hundred_patients_add_up():
    """Mean n(n + 1)/4 and variance n(n + 1)(2n + 1)/24 of the signed-rank statistic (Wilcoxon 1945)."""
    n = 300
    probability = compute_rank_sum_probabilities(range(1, n + 1))
    value = np.arange(len(probability))
    mean = (probability * value).sum()
    assert probability.sum() == pytest.approx(1, rel=1e-12)
    assert mean == pytest.approx(n * (n + 1) / 4, rel=1e-12)
    assert (probability * (value - mean) ** 2).sum() == pytest.approx(n * (n + 1) * (2 * n + 1) / 24, rel=1e-10)
