"""Descriptions of a column: worked examples, small groups, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest

from caseseries.errors import UsageError
from caseseries.estimate import estimate_geometric_mean, summarize

FOLLOW_UP = [9, 11, 12, 15, 18, 20, 22, 24]


@pytest.mark.parametrize(
    ("quantile_type", "q1", "q3"),
    [
        # by hand from the definitions in Hyndman and Fan 1996, Am Stat 50:361
        (2, 11.5, 21),
        (5, 11.5, 21),
        (6, 11.25, 21.5),
        (7, 11.75, 20.5),
        (8, 11 + 5 / 12, 21 + 1 / 6),
    ],
)
def test_quartiles_follow_the_named_rule_and_the_median_does_not_move(quantile_type, q1, q3):
    found = summarize(FOLLOW_UP, quantile_type=quantile_type)
    assert (found.q1, found.q3) == (pytest.approx(q1), pytest.approx(q3))
    assert found.median == 16.5
    assert found.method == f"quantile type {quantile_type}"


def test_type_seven_is_taken_unless_told():
    assert summarize(FOLLOW_UP) == summarize(FOLLOW_UP, quantile_type=7)


def test_summary_counts_what_is_missing_and_leaves_it_out():
    """Mean 2, squares of the deviations 1 + 0 + 1, divided by n - 1 = 2."""
    found = summarize(pd.Series([3, None, 1, 2], dtype="Int64"))
    assert (found.n, found.n_missing) == (3, 1)
    assert (found.mean, found.sd, found.median, found.minimum, found.maximum) == (2, 1, 2, 1, 3)


def test_one_patient_has_no_standard_deviation():
    found = summarize([7.5])
    assert found.sd is None
    assert (found.n, found.mean, found.median, found.q1, found.q3, found.minimum, found.maximum) == (1, *[7.5] * 6)


def test_two_patients_have_a_standard_deviation():
    assert summarize([1, 3]).sd == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize("values", [[], [None, np.nan, pd.NA]])
def test_no_value_leaves_only_counts(values):
    found = summarize(values)
    assert (found.n, found.n_missing, found.method) == (0, len(values), "quantile type 7")
    assert [found.mean, found.sd, found.median, found.q1, found.q3, found.minimum, found.maximum] == [None] * 7


@pytest.mark.parametrize("quantile_type", [0, 10, 7.0, True, "7"])
def test_unknown_quantile_type_is_refused(quantile_type):
    with pytest.raises(UsageError) as error:
        summarize(FOLLOW_UP, quantile_type=quantile_type)
    assert str(error.value) == f"quantile_type must be a whole number from 1 to 9; found {quantile_type!r}."


def test_geometric_mean_of_a_doubling_series():
    """By hand: logs of 1, 2, 4 are 0, a, 2a (a = ln 2): mean a, sd a; t(2, 0.975) = 4.302653 (any t table)."""
    found = estimate_geometric_mean([4, 1, None, 2])
    half_width = 4.302653 * math.log(2) / math.sqrt(3)
    assert found.estimate == pytest.approx(2)
    assert found.ci_low == pytest.approx(2 / math.exp(half_width), rel=1e-6)
    assert found.ci_high == pytest.approx(2 * math.exp(half_width), rel=1e-6)
    assert found.cv_percent == pytest.approx(100 * math.sqrt(math.exp(math.log(2) ** 2) - 1))
    assert (found.n, found.n_missing, found.level, found.reason) == (3, 1, 0.95, "")
    assert found.method == "geometric mean, t interval of the logarithms"


def test_one_value_is_its_own_geometric_mean_without_spread():
    found = estimate_geometric_mean([32.69, None])
    assert (found.estimate, found.ci_low, found.ci_high, found.cv_percent) == (32.69, None, None, None)
    assert (found.n, found.n_missing, found.reason) == (1, 1, "one value has no spread")
    assert (found.level, found.method) == (0.95, "geometric mean, t interval of the logarithms")


def test_geometric_mean_of_nothing_is_not_estimable():
    found = estimate_geometric_mean([None, None])
    assert (found.estimate, found.ci_low, found.ci_high, found.cv_percent) == (None,) * 4
    assert (found.n, found.n_missing, found.reason) == (0, 2, "no values")
    assert (found.level, found.method) == (0.95, "geometric mean, t interval of the logarithms")


@pytest.mark.parametrize("lowest", [0, -0.5])
def test_a_value_without_logarithm_is_refused(lowest):
    with pytest.raises(UsageError) as error:
        estimate_geometric_mean([3, lowest, 5])
    assert str(error.value) == f"values of a geometric mean must be above 0; found {float(lowest)}."


@pytest.mark.parametrize("estimate", [summarize, estimate_geometric_mean])
def test_values_are_named_when_they_are_refused(estimate):
    with pytest.raises(UsageError, match=r"^values must hold finite numbers; found '<5'\.$"):
        estimate([3, "<5"])
