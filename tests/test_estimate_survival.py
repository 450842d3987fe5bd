"""Times to events: published curves, the median of a level piece, the ends of the curve."""

import numpy as np
import pytest

from caseseries.errors import UsageError
from caseseries.estimate import estimate_follow_up, estimate_survival

MAINTAINED = (
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161],
    [True, True, False, True, True, False, True, True, False, True, False],
)
NOT_MAINTAINED = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [True] * 5 + [False] + [True] * 6)
B_CELL_RETURN = ([60, 88, 92, 110, 125, 150, 180, 270], [True] * 6 + [False] * 2)
FOLLOW_UP = [9, 11, 12, 15, 18, 20, 22, 24]


def test_leukaemia_trial_with_maintenance():
    """The maintained arm of R's aml data (Miller 1997, Survival Analysis): printed survival and standard error."""
    found = estimate_survival(*MAINTAINED)
    steps = found.table[found.table["n_events"] > 0]
    assert steps["time_days"].tolist() == [9, 13, 18, 23, 31, 34, 48]
    assert steps["n_at_risk"].tolist() == [11, 10, 8, 7, 5, 4, 2]
    assert steps["survival"].round(4).tolist() == [0.9091, 0.8182, 0.7159, 0.6136, 0.4909, 0.3682, 0.1841]
    assert steps["std_error"].round(4).tolist() == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    limits = steps.set_index("time_days")[["ci_low", "ci_high"]].round(4)
    assert limits.loc[[9, 13, 31, 48]].to_numpy().tolist() == [
        [0.5081, 0.9867],
        [0.4474, 0.9512],
        [0.1673, 0.7534],
        [0.0117, 0.5250],
    ]
    assert (found.median, found.median_low, found.median_high) == (31, 13, None)
    assert (found.n_patients, found.n_events) == (11, 7)
    assert (found.ci, found.level, found.reason) == ("log-log", 0.95, "")
    assert found.method == "Kaplan-Meier, Greenwood, log-log limits"


@pytest.mark.parametrize(
    ("arm", "ci", "median", "low", "high"),
    [
        (MAINTAINED, "log", 31, 18, None),
        (NOT_MAINTAINED, "log-log", 23, 5, 33),
        (NOT_MAINTAINED, "log", 23, 8, None),
    ],
)
def test_limits_of_the_median_depend_on_the_scale(arm, ci, median, low, high):
    """R's aml data again: print(survfit(...)) with each conf.type."""
    found = estimate_survival(*arm, ci=ci)
    assert (found.median, found.median_low, found.median_high) == (median, low, high)
    assert (found.ci, found.method) == (ci, f"Kaplan-Meier, Greenwood, {ci} limits")


def test_steps_of_a_small_curve_by_hand():
    """Four patients: event on day 2, event and censoring on day 5, event on day 7. S = 3/4, 3/4 x 2/3 = 1/2, 0;
    Greenwood's sum 1/(4 x 3) = 1/12, then 1/12 + 1/(3 x 2) = 1/4."""
    table = estimate_survival([5, 2, 7, 5], [True, True, True, False], ci="plain").table
    assert list(table.columns) == [
        "time_days",
        "n_at_risk",
        "n_events",
        "n_censored",
        "survival",
        "std_error",
        "ci_low",
        "ci_high",
    ]
    assert table["time_days"].tolist() == [2, 5, 7]
    assert table["n_at_risk"].tolist() == [4, 3, 1]
    assert table["n_events"].tolist() == [1, 1, 1]
    assert table["n_censored"].tolist() == [0, 1, 0]
    assert table["survival"].tolist() == pytest.approx([0.75, 0.5, 0])
    assert table["std_error"].tolist()[:2] == pytest.approx([0.75 * np.sqrt(1 / 12), 0.5 * np.sqrt(1 / 4)])
    assert table["ci_low"].tolist()[:2] == pytest.approx([0.75 - 1.959964 * 0.75 * np.sqrt(1 / 12), 0.010009])
    assert table["ci_high"].tolist()[:2] == [1, pytest.approx(0.989991)]
    assert table.loc[2, ["std_error", "ci_low", "ci_high"]].isna().all()


def test_the_curve_has_no_interval_before_the_first_event():
    table = estimate_survival([3, 5, 9], [False, True, False]).table
    assert (table.loc[0, "survival"], table.loc[0, "std_error"]) == (1, 0)
    assert table["ci_low"].isna().tolist() == [True, False, False]
    assert table["ci_high"].isna().tolist() == [True, False, False]


def test_b_cells_return_at_the_middle_of_the_level_piece():
    """By hand: S = 0.5 from day 110 to day 125, so the median is 117.5 (rule of R's quantile.survfit)."""
    found = estimate_survival(*B_CELL_RETURN)
    assert found.table["survival"].tolist() == pytest.approx([0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.25, 0.25])
    assert (found.median, found.median_low) == (117.5, 60)


def test_a_curve_level_at_one_half_through_rounding_error_is_level():
    """Products of floats miss 0.5 for many n; by hand the median of 1 to n is (n + 1)/2 for every even n."""
    for n in range(2, 60, 2):
        assert estimate_survival(range(1, n + 1), [True] * n).median == (n + 1) / 2


def test_a_curve_level_at_one_half_until_the_end_has_its_median_at_the_start():
    """As R prints it: survfit(Surv(1:6, c(1, 1, 1, 0, 0, 0)) ~ 1) has median 3."""
    assert estimate_survival([1, 2, 3, 4, 5, 6], [True] * 3 + [False] * 3).median == 3


def test_a_curve_that_stays_above_one_half_has_no_median():
    found = estimate_survival([3, 5, 8], [True, False, False])
    assert (found.median, found.median_low, found.median_high) == (None, 3, None)
    assert found.reason == "the curve stays above 0.5"


def test_no_patient_gives_an_empty_table():
    found = estimate_survival([], [])
    assert (found.n_patients, found.n_events, found.median, found.reason) == (0, 0, None, "no patients")
    assert len(found.table) == 0
    assert found.at(0).survival is None


def test_nobody_is_left_after_the_last_event():
    found = estimate_survival([4, 6], [True, True])
    last = found.at(6)
    assert (last.survival, last.std_error, last.ci_low, last.ci_high, last.n_at_risk) == (0, None, None, None, 1)
    assert found.at(6.5).survival is None


@pytest.mark.parametrize(
    ("time_days", "n_at_risk", "survival"),
    [
        (0, 8, 1),
        (59.5, 8, 1),
        (60, 8, 0.875),
        (61, 7, 0.875),
        (110, 5, 0.5),
        (124, 4, 0.5),
        (181, 1, 0.25),
        (270, 1, 0.25),
    ],
)
def test_the_curve_is_read_at_any_day(time_days, n_at_risk, survival):
    found = estimate_survival(*B_CELL_RETURN).at(time_days)
    assert found.time_days == time_days
    assert found.n_at_risk == n_at_risk
    assert found.survival == pytest.approx(survival)


def test_the_curve_is_read_with_its_error_and_limits():
    curve = estimate_survival(*B_CELL_RETURN)
    for day in (92, 100):
        found, step = curve.at(day), curve.table.loc[2]
        assert (found.std_error, found.ci_low, found.ci_high) == (step["std_error"], step["ci_low"], step["ci_high"])


def test_the_curve_has_a_value_but_no_interval_before_the_first_event_day():
    found = estimate_survival(*B_CELL_RETURN).at(30)
    assert (found.std_error, found.ci_low, found.ci_high) == (0, None, None)


def test_nothing_is_known_beyond_the_last_follow_up():
    found = estimate_survival(*B_CELL_RETURN).at(271)
    assert (found.time_days, found.n_at_risk) == (271, 0)
    assert (found.survival, found.std_error, found.ci_low, found.ci_high) == (None,) * 4


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (-1, "time_days must hold finite numbers of 0 or more; found -1."),
        (None, "time_days must not be missing; found 1 missing of 1."),
    ],
)
def test_the_curve_is_not_read_at_an_impossible_day(day, message):
    with pytest.raises(UsageError) as error:
        estimate_survival(*B_CELL_RETURN).at(day)
    assert str(error.value) == message


def test_follow_up_without_deaths_is_the_plain_median():
    """The median of 9, 11, 12, 15, 18, 20, 22, 24 is (15 + 18)/2; a rule 'first S <= 0.5' gives 15."""
    found = estimate_follow_up(FOLLOW_UP, [False] * 8)
    assert (found.median, found.minimum, found.maximum) == (16.5, 9, 24)
    assert (found.n_patients, found.n_deaths, found.reason) == (8, 0, "")
    assert found.method == "reverse Kaplan-Meier"


def test_a_death_cuts_follow_up_short_without_ending_it():
    """By hand, one death at 11: S = 7/8, then 5/6, 4/5, 3/4 of it: 0.875, 0.7292, 0.5833, 0.4375 at 18."""
    found = estimate_follow_up(FOLLOW_UP, [False, True] + [False] * 6)
    assert (found.median, found.n_deaths) == (18, 1)
    reversed_curve = estimate_survival(FOLLOW_UP, [True, False] + [True] * 6)
    assert reversed_curve.at(18).survival == pytest.approx(0.4375)
    assert reversed_curve.at(15).survival == pytest.approx(0.5833, abs=5e-5)


def test_the_range_of_follow_up_counts_deaths():
    found = estimate_follow_up([2, 9, 24, 30], [True, False, False, True])
    assert (found.minimum, found.maximum, found.n_deaths) == (2, 30, 2)


def test_follow_up_is_not_estimable_when_all_have_died():
    found = estimate_follow_up([2, 9], [True, True])
    assert (found.median, found.minimum, found.maximum) == (None, 2, 9)
    assert found.reason == "the curve stays above 0.5"


def test_follow_up_of_nobody_is_not_estimable():
    found = estimate_follow_up([], [])
    assert (found.median, found.minimum, found.maximum, found.reason) == (None, None, None, "no patients")
    assert (found.n_patients, found.n_deaths) == (0, 0)
