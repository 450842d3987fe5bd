"""What every estimator refuses, and in which words."""

import re

import numpy as np
import pandas as pd
import pytest

from caseseries.errors import UsageError
from caseseries.estimate import (
    estimate_follow_up,
    estimate_geometric_mean,
    estimate_incidence,
    estimate_paired_change,
    estimate_proportion,
    estimate_survival,
    summarize,
)

LEVELLED = [
    lambda level: estimate_proportion(3, 8, level=level),
    lambda level: estimate_incidence(3, 80, level=level),
    lambda level: estimate_geometric_mean([1, 2, 4], level=level),
    lambda level: estimate_paired_change([1] * 8, range(8), level=level),
    lambda level: estimate_survival([3, 4], [True, False], level=level),
]


def exactly(message):
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize("estimate", LEVELLED)
@pytest.mark.parametrize("level", [0, 1, 95, -0.95, float("nan"), True, "0.95", None])
def test_a_level_outside_0_to_1_is_refused(estimate, level):
    with pytest.raises(UsageError, match=exactly(f"level must lie between 0 and 1, such as 0.95; found {level!r}.")):
        estimate(level)


@pytest.mark.parametrize("level", [1e-6, 0.5, 0.999])
def test_any_level_between_0_and_1_is_taken(level):
    assert estimate_proportion(3, 8, level=level).level == level


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1.5, "<0.5", 2], "'<0.5'"),
        ([1.5, "2"], "'2'"),
        ([True, 2], "True"),
        ([np.True_, 2], "True"),
        ([1, float("inf")], "inf"),
        (np.array([-np.inf, 1.0]), "-inf"),
        (pd.Series([np.inf, -np.inf, 1.0]), "inf and 1 more of 3"),
        ([1, "a", "b", "c"], "'a' and 2 more of 4"),
        ([1, [2, 3]], "[2, 3]"),
        ([1, 2j], "2j"),
    ],
)
def test_a_column_of_anything_but_finite_numbers_is_refused(values, found):
    with pytest.raises(UsageError, match=exactly(f"values must hold finite numbers; found {found}.")):
        summarize(values)


@pytest.mark.parametrize(("values", "found"), [(7, "7"), (np.float64(7), "7.0"), (None, "None")])
def test_one_number_instead_of_a_column_is_refused(values, found):
    with pytest.raises(UsageError, match=exactly(f"values must be a column of numbers; found {found}.")):
        summarize(values)


@pytest.mark.parametrize(
    "values",
    [
        [1, 2.5, None],
        (1, 2.5, pd.NA),
        np.array([1, 2.5, np.nan]),
        np.array([1, 2.5, np.nan], dtype=np.float32),
        pd.Series([1, 2.5, None], dtype="Float64"),
        pd.Series([1, 2.5, None], dtype=object),
        [np.int64(1), np.float64(2.5), pd.NaT],
    ],
)
def test_every_usual_column_is_taken(values):
    found = summarize(values)
    assert (found.n, found.n_missing, found.minimum, found.maximum) == (2, 1, 1, 2.5)


@pytest.mark.parametrize(
    ("estimate", "names"),
    [
        (estimate_paired_change, ("before", "after")),
        (estimate_survival, ("time_days", "is_event")),
        (estimate_follow_up, ("time_days", "is_death")),
    ],
)
class TestTwoColumns:
    def test_of_unequal_length_are_refused(self, estimate, names):
        message = "{} and {} must have the same length; found 3 and 2.".format(*names)
        with pytest.raises(UsageError, match=exactly(message)):
            estimate([1, 2, 3], [True, False])

    def test_with_other_row_labels_are_refused(self, estimate, names):
        first = pd.Series([1, 2, 3, 4], index=["SYN-1", "SYN-2", "SYN-3", "SYN-4"])
        second = pd.Series([True, False, True, True], index=["SYN-2", "SYN-1", "SYN-3", "SYN-4"])
        message = (
            "{} and {} must have the same row labels in the same order; "
            "found ['SYN-1', 'SYN-2', 'SYN-3'] and ['SYN-2', 'SYN-1', 'SYN-3'] at the start."
        ).format(*names)
        with pytest.raises(UsageError, match=exactly(message)):
            estimate(first, second)

    def test_of_which_one_is_a_number_are_refused(self, estimate, names):
        with pytest.raises(UsageError, match=exactly(f"{names[0]} must be a column of values; found 3.")):
            estimate(3, [True])
        with pytest.raises(UsageError, match=exactly(f"{names[1]} must be a column of values; found 3.")):
            estimate([3], 3)


def test_labels_matter_only_when_both_columns_have_them():
    labelled = pd.Series([3, 5], index=[7, 8])
    assert estimate_survival(labelled, [True, False]).median == 3
    assert estimate_survival([3, 5], pd.Series([True, False], index=[7, 8])).median == 3
    assert estimate_survival(labelled, pd.Series([True, False], index=[7, 8])).median == 3


@pytest.mark.parametrize("estimate", [estimate_survival, estimate_follow_up])
class TestTimes:
    def test_that_are_negative_are_refused(self, estimate):
        message = "time_days must hold finite numbers of 0 or more; found -1."
        with pytest.raises(UsageError, match=exactly(message)):
            estimate([3, -1], [True, False])

    def test_that_are_missing_are_refused(self, estimate):
        message = "time_days must not be missing; found 2 missing of 3."
        with pytest.raises(UsageError, match=exactly(message)):
            estimate([3, None, np.nan], [True, False, True])


@pytest.mark.parametrize(("estimate", "name"), [(estimate_survival, "is_event"), (estimate_follow_up, "is_death")])
@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ([0, 1, 1], "0 and 2 more of 3"),
        (["yes", True, False], "'yes'"),
        (pd.Series([True, None, False], dtype="boolean"), "<NA>"),
        ([np.float64(1), True, False], "1.0"),
    ],
)
def test_events_that_are_not_true_or_false_are_refused(estimate, name, flags, found):
    message = f"{name} must be True or False for every patient; found {found}."
    with pytest.raises(UsageError, match=exactly(message)):
        estimate([3, 4, 5], flags)


@pytest.mark.parametrize("dtype", [bool, "boolean", object])
def test_every_usual_column_of_flags_is_taken(dtype):
    assert estimate_survival([3, 4, 5], pd.Series([True, False, True], dtype=dtype)).n_events == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: estimate_survival([3], [True], ci="loglog"),
            "no ci is called 'loglog'; did you mean log-log or log?",
        ),
        (
            lambda: estimate_paired_change([3], [1], zero_method="drop"),
            "no zero_method is called 'drop'; there are: wilcox, pratt.",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(call, message):
    with pytest.raises(UsageError, match=exactly(message)):
        call()


@pytest.mark.parametrize("name", ["before", "after"])
def test_the_column_of_a_pair_is_named(name):
    columns = {"before": [1, 2], "after": [1, 2], name: [1, "high"]}
    with pytest.raises(UsageError, match=exactly(f"{name} must hold finite numbers; found 'high'.")):
        estimate_paired_change(**columns)
