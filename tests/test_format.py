"""Numbers become text by the rules of print."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.exhibits import format as fmt


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        pytest.param(2.675, 2, "2.68", id="a half rounds up although its binary value lies below"),
        pytest.param(62.5, 0, "63", id="a half rounds away from zero, not to even"),
        pytest.param(-2.5, 0, "−3", id="a negative half rounds away from zero and gets the typographic minus"),
        pytest.param(-0.04, 1, "0.0", id="what rounds to zero has no sign"),
        pytest.param(1234567.0, 0, "1,234,567", id="thousands are set apart"),
        pytest.param(math.nan, 1, "NE", id="a missing number is not estimable"),
        pytest.param(math.inf, 1, "NE", id="an infinite number is not estimable"),
        pytest.param(None, 1, "NE", id="nothing is not estimable"),
        pytest.param(pd.NA, 1, "NE", id="a missing whole number is not estimable"),
    ],
)
def test_a_number_is_rounded_as_on_paper(value, decimals, text):
    assert fmt.number(value, decimals) == text


@pytest.mark.parametrize(
    ("n_events", "n", "text"),
    [
        pytest.param(7, 8, "7/8 (88%)", id="eight patients: whole per cent"),
        pytest.param(0, 8, "0/8 (0%)", id="nobody of eight"),
        pytest.param(3, 4, "3/4", id="below five patients there is no percentage"),
        pytest.param(1, 5, "1/5 (20%)", id="from five patients on there is one"),
        pytest.param(143, 254, "143/254 (56.3%)", id="from a hundred patients on it has a decimal"),
        pytest.param(0, 0, "NE", id="of nobody there is no share"),
    ],
)
def test_a_share_names_its_patients(n_events, n, text):
    assert fmt.n_percent(n_events, n) == text


@pytest.mark.parametrize(
    ("values", "decimals", "text"),
    [
        pytest.param([9, 11, 12, 15, 18, 20, 22, 24], 0, "16.5 (9 to 24)", id="a median between two whole numbers"),
        pytest.param([9.0, 16.4, 24.0], 1, "16.4 (9.0 to 24.0)", id="a median that is a value"),
        pytest.param([2, None, 4], 0, "3 (2 to 4)", id="missing values are left out"),
        pytest.param([5], 0, "5", id="one value has no range"),
        pytest.param([0, 0], 0, "0 (0 to 0)", id="a range of one value is still shown"),
        pytest.param([], 0, "–", id="without a value there is an en dash"),
        pytest.param([-5, -3], 0, "−4 (−5 to −3)", id="days before infusion are negative"),
    ],
)
def test_a_median_carries_its_range(values, decimals, text):
    assert fmt.median_range(pd.Series(values, dtype="Float64"), decimals) == text


def test_a_standard_deviation_divides_by_n_minus_one():
    assert fmt.mean_sd([2, 4, 4, 4, 5, 5, 7, 9], 2) == "5.00 (2.14)"
    assert fmt.mean_sd([3], 1) == "3.0 (NE)"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0004, "< 0.001"), (0.0078125, "0.008"), (0.03125, "0.031"), (0.25, "0.25"), (1.0, "1.00"), (None, "NE")],
)
def test_a_p_value_keeps_what_can_be_read(p, text):
    assert fmt.p_value(p) == text


@pytest.mark.parametrize(("days", "text"), [(274, "9.0"), (502, "16.5"), (730, "24.0"), (pd.NA, "–")])
def test_months_are_days_over_30_4375(days, text):
    assert fmt.months(days) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1e6, "1.0 × 10⁶"), (7.5e5, "7.5 × 10⁵"), (1.2e7, "1.2 × 10⁷"), (None, "–")]
)
def test_a_dose_of_cells_is_a_power_of_ten(value, text):
    assert fmt.power_of_ten(value) == text


def test_an_interval_is_in_per_cent():
    assert fmt.percent_ci(0.349144, 0.968146) == "35 to 97"
    assert fmt.percent_ci(None, None) == "NE"


def test_words_join_as_in_a_sentence():
    assert fmt.listing(["a"]) == "a"
    assert fmt.listing(["a", "b", "c"]) == "a, b and c"
    assert fmt.count_of(1, "patient") == "1 patient"
    assert fmt.count_of(1200, "patient") == "1,200 patients"


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_no_rounded_number_is_farther_off_than_half_its_last_digit(value, decimals):
    text = fmt.number(value, decimals).replace("−", "-").replace(",", "")

    assert "-" not in fmt.number(value, decimals)
    assert abs(float(text) - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + np.spacing(abs(value))
