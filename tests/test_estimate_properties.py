"""What holds for every estimate whatever the data."""

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from caseseries.estimate import (
    estimate_follow_up,
    estimate_geometric_mean,
    estimate_incidence,
    estimate_paired_change,
    estimate_proportion,
    estimate_survival,
    summarize,
)

always = settings(max_examples=60, derandomize=True, deadline=None)

levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])
methods = st.sampled_from(["clopper-pearson", "wilson"])
scales = st.sampled_from(["log-log", "log", "plain"])
zero_methods = st.sampled_from(["wilcox", "pratt"])
scores = st.integers(-8, 8)
patients = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=20)


def pairs(**sizes):
    return st.lists(st.tuples(scores, scores), **sizes)


@st.composite
def counts(draw, *, fewest=0, most=60):
    n_patients = draw(st.integers(max(fewest, 1), most))
    return draw(st.integers(0, n_patients)), n_patients


@always
@given(counts(), methods, levels)
def test_the_interval_of_a_proportion_contains_it_and_stays_within_0_and_1(count, method, level):
    found = estimate_proportion(*count, method=method, level=level)
    assert 0 <= found.ci_low <= found.estimate <= found.ci_high <= 1
    assert found.ci_low < found.ci_high


@always
@given(counts(), methods)
def test_limits_rise_with_every_further_event(count, method):
    n_events, n_patients = count
    assume(n_events < n_patients)
    fewer, more = (estimate_proportion(n_events + extra, n_patients, method=method) for extra in (0, 1))
    assert fewer.ci_low < more.ci_low
    assert fewer.ci_high < more.ci_high


@always
@given(counts(), methods)
def test_patients_without_the_event_have_the_mirrored_interval(count, method):
    n_events, n_patients = count
    found = estimate_proportion(n_events, n_patients, method=method)
    mirrored = estimate_proportion(n_patients - n_events, n_patients, method=method)
    assert (1 - mirrored.ci_high, 1 - mirrored.ci_low) == pytest.approx((found.ci_low, found.ci_high), abs=1e-12)


@always
@given(counts(), methods)
def test_more_confidence_makes_a_wider_interval(count, method):
    narrow, wide = (estimate_proportion(*count, method=method, level=level) for level in (0.9, 0.95))
    assert wide.ci_low <= narrow.ci_low
    assert narrow.ci_high <= wide.ci_high
    assert narrow.ci_high - narrow.ci_low < wide.ci_high - wide.ci_low


def coverage(n_patients, truth, method):
    """Add up the probabilities of the counts whose interval contains the true proportion."""
    intervals = [estimate_proportion(k, n_patients, method=method) for k in range(n_patients + 1)]
    return sum(
        comb(n_patients, k) * truth**k * (1 - truth) ** (n_patients - k)
        for k, interval in enumerate(intervals)
        if interval.ci_low <= truth <= interval.ci_high
    )


@always
@given(st.integers(1, 25), st.floats(0.001, 0.999))
def test_clopper_pearson_covers_at_least_at_its_level_whatever_the_truth(n_patients, truth):
    """The guarantee of Clopper and Pearson 1934; it is not true that their interval always contains Wilson's."""
    assert coverage(n_patients, truth, "clopper-pearson") >= 0.95 - 1e-12


def test_wilson_covers_at_its_level_on_average_only():
    """Agresti and Coull 1998, Am Stat 52:119: the score interval's mean coverage is near the level, its least not."""
    covered = [coverage(8, truth, "wilson") for truth in np.linspace(0.0005, 0.9995, 1000)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)
    assert min(covered) < 0.9


@always
@given(st.integers(0, 200), st.floats(0.5, 1e6), levels)
def test_the_interval_of_a_rate_contains_it(n_events, patient_days, level):
    found = estimate_incidence(n_events, patient_days, level=level)
    assert 0 <= found.ci_low <= found.estimate < found.ci_high


@always
@given(patients, scales, st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_matter_to_a_curve(rows, ci, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (estimate_survival(*zip(*order, strict=True), ci=ci) for order in (rows, shuffled))
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert (first.median, first.median_low, first.median_high) == (second.median, second.median_low, second.median_high)


@always
@given(patients, scales, levels)
def test_a_curve_falls_within_0_and_1_and_its_limits_contain_it(rows, ci, level):
    found = estimate_survival(*zip(*rows, strict=True), ci=ci, level=level)
    table = found.table
    assert table["survival"].between(0, 1).all()
    assert table["survival"].is_monotonic_decreasing
    assert table["time_days"].is_unique
    is_open = table["survival"].between(0, 1, inclusive="neither")
    assert (table["ci_low"].notna() == is_open).all()
    assert (table["ci_high"].notna() == is_open).all()
    inside = table[is_open]
    assert (inside["ci_low"] >= 0).all()
    assert (inside["ci_low"] <= inside["survival"]).all()
    assert (inside["survival"] <= inside["ci_high"]).all()
    assert (inside["ci_high"] <= 1).all()
    assert table["n_events"].sum() + table["n_censored"].sum() == len(rows) == found.n_patients
    assert table["n_events"].sum() == found.n_events
    if found.median is not None and found.median_low is not None:
        assert found.median_low <= found.median
    if found.median_high is not None:
        assert found.median <= found.median_high


@always
@given(st.lists(st.integers(0, 30), min_size=1, max_size=25))
def test_without_censoring_the_curve_counts_patients_and_its_median_is_the_plain_one(times):
    found = estimate_survival(times, [True] * len(times))
    assert found.median == np.median(times)
    for day in set(times):
        assert found.at(day).survival == pytest.approx(sum(time > day for time in times) / len(times), abs=1e-12)
    assert estimate_follow_up(times, [False] * len(times)).median == np.median(times)


@always
@given(patients, st.integers(0, 14))
def test_the_curve_read_at_a_day_counts_the_patients_still_followed(rows, day):
    times, events = zip(*rows, strict=True)
    found = estimate_survival(times, events).at(day)
    assert found.n_at_risk == sum(time >= day for time in times)
    assert (found.survival is None) == (day > max(times))


@always
@given(pairs(max_size=14), zero_methods, levels, st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_matter_to_a_change(rows, zero_method, level, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (
        estimate_paired_change([b for b, _ in order], [a for _, a in order], zero_method=zero_method, level=level)
        for order in (rows, shuffled)
    )
    assert first == second


@always
@given(pairs(min_size=1, max_size=14), st.integers(-1000, 1000), zero_methods)
def test_a_constant_added_to_both_visits_changes_nothing(rows, constant, zero_method):
    before, after = np.array(rows).T
    first = estimate_paired_change(before, after, zero_method=zero_method)
    assert first == estimate_paired_change(before + constant, after + constant, zero_method=zero_method)


@always
@given(pairs(min_size=6, max_size=14), zero_methods)
def test_exchanged_visits_give_the_mirrored_change(rows, zero_method):
    before, after = np.array(rows).T
    fall = estimate_paired_change(before, after, zero_method=zero_method)
    rise = estimate_paired_change(after, before, zero_method=zero_method)
    assert (rise.estimate, rise.ci_low, rise.ci_high) == (-fall.estimate, -fall.ci_high, -fall.ci_low)
    assert (rise.p_value, rise.level, rise.n_zero) == (fall.p_value, fall.level, fall.n_zero)


@always
@given(pairs(min_size=6, max_size=20), zero_methods, levels)
def test_a_change_has_a_possible_p_value_and_an_interval_around_it(rows, zero_method, level):
    found = estimate_paired_change(*np.array(rows).T, zero_method=zero_method, level=level)
    n_changed = found.n_pairs - found.n_zero
    if n_changed >= 6:
        assert 2 / 2**n_changed <= found.p_value <= 1
    else:
        assert found.p_value is None
    if found.level is not None:
        assert level <= found.level < 1
        assert found.ci_low <= found.estimate <= found.ci_high
    assert (found.reason == "") == (found.p_value is not None and found.level is not None)


@always
@given(pairs(min_size=6, max_size=8), zero_methods)
def test_the_p_value_is_the_share_of_all_assignments_of_signs(rows, zero_method):
    change = np.array([before - after for before, after in rows])
    if zero_method == "wilcox":
        change = change[change != 0]
    ranks = rankdata(np.abs(change))[change != 0]
    signs = np.sign(change[change != 0])
    assume(len(ranks) >= 6)
    sums = np.array([np.dot(ranks, flips) for flips in product((-1, 1), repeat=len(ranks))])
    share = (np.abs(sums) >= abs(np.dot(ranks, signs))).mean()
    found = estimate_paired_change(*zip(*rows, strict=True), zero_method=zero_method)
    assert found.p_value == share


@always
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=30), st.integers(1, 9), st.randoms(use_true_random=False))
def test_a_summary_is_ordered_and_does_not_depend_on_the_order_of_patients(values, quantile_type, random):
    found = summarize(values, quantile_type=quantile_type)
    assert found.minimum <= found.q1 <= found.median <= found.q3 <= found.maximum
    assert found == summarize(random.sample(values, len(values)), quantile_type=quantile_type)


@always
@given(st.lists(st.integers(1, 5000), min_size=2, max_size=20, unique=True), st.integers(2, 1000))
def test_a_geometric_mean_follows_the_unit_and_lies_below_the_mean(values, factor):
    found = estimate_geometric_mean(values)
    scaled = estimate_geometric_mean([factor * value for value in values])
    assert found.ci_low < found.estimate < found.ci_high
    assert found.estimate < np.mean(values)
    assert scaled.estimate == pytest.approx(factor * found.estimate)
    assert scaled.cv_percent == pytest.approx(found.cv_percent)
