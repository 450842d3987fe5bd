"""Non-compartmental analysis against worked examples, a closed form, and the rules it must keep."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.kinetics.course import compute_area, compute_course
from caseseries.derive.kinetics.nca import Rules, compute_analysis, compute_terminal
from caseseries.errors import UsageError

LN2 = math.log(2)
CART_TIME = [0, 3, 5, 7, 10, 14, 21, 28, 60]
CART_CONC = [0, 2, 20, 80, 160, 80, 20, 5, 0]


def analysis(time, conc, **rules):
    rules = Rules(**rules)
    return compute_analysis(compute_course(time, conc, blq_between=rules.blq_between), rules=rules)


@pytest.mark.parametrize(
    ("conc", "rules", "auc_last", "auc_all"),
    [
        pytest.param([0, 2, 0, 1, 2, 1], {"area": "linear", "blq_between": "zero"}, 5.5, 5.5, id="zero kept, linear"),
        pytest.param(
            [0, 2, 0, 1, 2, 1], {"blq_between": "zero"}, 4 + 1 / LN2, 4 + 1 / LN2, id="zero kept, linear before a zero"
        ),
        pytest.param([0, 2, 0, 1, 2, 1, 0, 0], {"area": "linear"}, 7.0, 7.5, id="zero dropped, linear"),
        pytest.param(
            [0, 2, 0, 1, 2, 1, 0, 0], {}, 2.5 + 3 / LN2, 3 + 3 / LN2, id="zero dropped, logarithmic over the gap"
        ),
        pytest.param([0, 1, 1], {}, 1.5, 1.5, id="level is linear, nothing beyond the last sample"),
        pytest.param([0, 1, 0], {}, 0.5, 1.0, id="all: the triangle to the next sample"),
        pytest.param([0, 1, 0, 0, 0, 0, 0], {}, 0.5, 1.0, id="all: one triangle however many zeros follow"),
        pytest.param([0, 0], {}, 0.0, 0.0, id="nothing but zeros"),
        pytest.param([0, 0, 1], {}, 0.5, 0.5, id="zeros before the first rise stay"),
    ],
)
def test_areas_agree_with_the_unit_tests_of_pknca(conc, rules, auc_last, auc_all):
    """billdenney/pknca, tests/testthat/test-auc.R (intervals 0-2, 0-5, 0-6, 0-7; centre BLQ kept or dropped)."""
    found = analysis(range(len(conc)), conc, **rules)

    assert found.auc_last == pytest.approx(auc_last, rel=1e-12)
    assert found.auc_all == pytest.approx(auc_all, rel=1e-12)


@pytest.mark.parametrize(
    ("conc", "rules", "half_life", "n_points"),
    [
        pytest.param([1, 0.5, 0.25], {"fit_from": "from_tmax"}, 1.0, 3, id="exact halving"),
        pytest.param(
            [1, 0.5, 0.25, 0.1251], {"fit_from": "from_tmax", "r2_tolerance": 0.1}, 1.000346, 4, id="with the peak"
        ),
        pytest.param([1, 0.5, 0.25, 0.1251], {}, 1.000577, 3, id="without the peak"),
    ],
)
def test_half_lives_agree_with_the_unit_tests_of_pknca(conc, rules, half_life, n_points):
    """billdenney/pknca, tests/testthat/test-half.life.R; the span ratio with the peak is 2.998962 there."""
    line = analysis(range(len(conc)), conc, **rules).terminal

    assert line.half_life == pytest.approx(half_life, abs=5e-7)
    assert line.n_points == n_points
    if n_points == 4:
        assert line.lambda_z == pytest.approx(0.6929073, abs=5e-8)
        assert line.span_ratio == pytest.approx(2.998962, abs=5e-7)


@pytest.mark.parametrize(
    ("conc", "rules"),
    [
        pytest.param([1, 0.5, 0.25], {}, id="two points after the peak"),
        pytest.param([1, 0.5, 0.25], {"fit_from": "from_tmax", "min_points": 4}, id="three where four are wanted"),
        pytest.param([9, 1, 2, 4], {}, id="rising to the end"),
        pytest.param([9, 2, 2, 2], {}, id="level to the end"),
        pytest.param([1, 2, 4, 8], {}, id="the peak is the last sample"),
        pytest.param([0, 0, 0, 0], {}, id="nothing quantifiable"),
    ],
)
def test_there_is_no_terminal_line_without_enough_falling_points(conc, rules):
    found = analysis(range(len(conc)), conc, **rules)

    assert found.terminal is None
    assert math.isnan(found.auc_inf)
    assert math.isnan(found.auc_extrapolated_percent)


def test_among_lines_as_good_as_the_best_the_longest_counts():
    """Adjusted r2 of three to six points: 1, 1, 0.999942, 0.999945."""
    time = np.arange(7)
    conc = np.exp(-0.3 * time) * [1, 1, 1.01, 1, 1, 1, 1]

    assert analysis(time, conc).terminal.n_points == 6
    assert analysis(time, conc, r2_tolerance=1e-6).terminal.n_points == 4


def test_a_steep_late_rise_hides_the_decline_unless_only_falling_lines_set_the_best():
    """PKNCA: the best is the rise of the last three; only the line of all six falls, with adjusted r2 0.27."""
    conc = [64, 30, 13, 6.2, 2, 4, 8]

    assert analysis(range(7), conc).terminal is None
    assert analysis(range(7), conc, best_among="falling_fits").terminal.n_points == 6


def test_a_constructed_course_of_car_t_cells_gives_the_areas_computed_by_hand():
    """Segments 3, 22, 100, 360, 80*4/ln2, 60*7/ln4 and 15*7/ln4; the last three points halve every 3.5 days."""
    found = analysis(CART_TIME, CART_CONC)
    course = compute_course(CART_TIME, CART_CONC)
    segments = [compute_area(course, start=start, end=end) for start, end in pairwise(CART_TIME[:8])]

    assert segments == pytest.approx([3, 22, 100, 360, 461.662413, 302.965959, 75.741490], abs=5e-7)
    assert compute_area(course, start=0, end=28) == pytest.approx(1325.369861, abs=5e-7)
    assert compute_area(course, start=0, end=28, area="linear") == pytest.approx(1402.5)
    assert found.auc_all == pytest.approx(1405.369861, abs=5e-7)
    assert found.auc_inf == pytest.approx(1350.617025, abs=5e-7)
    assert found.auc_extrapolated_percent == pytest.approx(1.87, abs=0.005)
    assert found.terminal.lambda_z == pytest.approx(0.198042, abs=5e-7)
    assert found.terminal.half_life == pytest.approx(3.5)
    assert found.terminal.n_points == 3
    assert found.terminal.r2_adjusted == pytest.approx(1)
    assert (found.cmax, found.tmax, found.clast, found.tlast) == (160, 10, 5, 28)
    assert (course.next_time, course.last_time) == (60, 60)


def test_an_area_ends_between_samples_on_the_interpolated_concentration():
    """Day 30 in the place of day 28, on the same line: 1325.369861 if logarithmic; linear at the end only: 1336.624."""
    time = [*CART_TIME[:7], 30]
    conc = [*CART_CONC[:7], 5 * 2 ** (-2 / 3.5)]
    course = compute_course(time, conc)
    linear_c28 = 20 + (conc[-1] - 20) * 7 / 9

    assert compute_area(course, start=0, end=28) == pytest.approx(1325.369861, abs=5e-7)
    assert linear_c28 == pytest.approx(7.061, abs=5e-4)
    cut = compute_course([*time[:7], 28], [*conc[:7], linear_c28])
    assert compute_area(cut, start=0, end=28) == pytest.approx(1336.624, abs=5e-4)


def test_an_area_within_a_rise_is_linear():
    course = compute_course([0, 10], [0, 100])

    assert compute_area(course, start=2, end=4) == pytest.approx((20 + 40) / 2 * 2)


def test_the_typical_course_of_tisagenlecleucel_gives_its_closed_form():
    """Stein 2019, CPT Pharmacometrics Syst Pharmacol 8:285, the typical patient, whose parameters stand below.

    By integration 171 774 d copies/ug over 28 days; terminal half-life 216.6 d once the fast phase is over.
    """
    fold, tmax, cmax, alpha, beta, lasting = 3900, 9.3, 24_000, 0.16, 0.0032, 0.0079
    time = np.union1d(np.arange(0, 28.001, 0.01), np.arange(28, 901, 8))
    rise = cmax / fold * np.exp(math.log(fold) / tmax * np.minimum(time, tmax))
    past = time - tmax
    fall = cmax * ((1 - lasting) * np.exp(-alpha * past) + lasting * np.exp(-beta * past))
    found = analysis(time, np.where(time < tmax, rise, fall))
    course = compute_course(time, np.where(time < tmax, rise, fall))
    late = compute_terminal(compute_course([0, *time[-60:]], [2 * cmax, *fall[-60:]]), rules=Rules())

    assert compute_area(course, start=0, end=28) == pytest.approx(171_774, rel=1e-5)
    assert found.cmax == pytest.approx(cmax)
    assert found.tmax == pytest.approx(tmax)
    assert late.half_life == pytest.approx(216.6, abs=0.05)


@pytest.mark.parametrize(
    ("time", "conc", "is_blq", "lloq", "kept"),
    [
        pytest.param([2, 1, 1, 0], [8, 3, 5, 0], None, 0, {0: 0, 1: 4, 2: 8}, id="samples of one time are averaged"),
        pytest.param([0, 1, 1], [0, 3, 1], [1, 0, 1], 0, {0: 0, 1: 3}, id="a result below the limit beside one above"),
        pytest.param([0, 1, 2, 3], [0, 5, 0.4, 6], None, 0.5, {0: 0, 1: 5, 3: 6}, id="below the limit given as number"),
        pytest.param([0, 1, 2], [0, 0.5, 2], None, 0.5, {0: 0, 1: 0.5, 2: 2}, id="on the limit is quantifiable"),
        pytest.param(
            [0, 1], [0, 0.3], None, 0.1 + 0.2, {0: 0, 1: 0.3}, id="on the limit but for the last binary digit"
        ),
        pytest.param([0, 1, 2], [0, math.nan, 2], None, 0, {0: 0, 2: 2}, id="a missing result is left out"),
        pytest.param([0, 1, 2], [0, 3, math.nan], [0, 0, 1], 0, {0: 0, 1: 3}, id="below the limit without a number"),
        pytest.param([0, 1, math.nan], [0, 3, 4], None, 0, {0: 0, 1: 3}, id="a missing time is left out"),
        pytest.param([0, 1, 2, 3], [0.4, 0.5, 9, 0.1], [1, 1, 0, 1], 0, {0: 0, 1: 0, 2: 9}, id="no half limits"),
        pytest.param([0, 1, 2], [0, -1, 2], None, 0, {0: 0, 1: 0, 2: 2}, id="less than nothing is nothing"),
    ],
)
def test_a_course_has_one_concentration_per_time_and_ends_at_the_last_quantifiable(time, conc, is_blq, lloq, kept):
    course = compute_course(time, conc, is_blq=is_blq, lloq=lloq)

    assert dict(zip(course.time.tolist(), course.conc.tolist(), strict=True)) == kept


def test_samples_that_do_not_make_a_course_are_refused():
    with pytest.raises(UsageError, match=r"^time, conc and is_blq must have the same length"):
        compute_course([0, 1], [1])
    with pytest.raises(UsageError, match=r"^A course must have at least one sample"):
        compute_course([0, 1], [math.nan, math.nan])


def test_a_course_without_anything_quantifiable_has_zero_areas_and_no_times():
    found = analysis([0, 7, 28], [0, 0, 0])

    assert (found.cmax, found.auc_last, found.auc_all) == (0, 0, 0)
    assert all(math.isnan(value) for value in (found.tmax, found.tlast, found.clast, found.auc_inf))
    assert compute_area(compute_course([0, 7, 28], [0, 0, 0]), start=0, end=28) == 0


def test_the_first_of_equal_peaks_is_tmax():
    assert analysis([0, 1, 2, 3], [0, 5, 5, 1]).tmax == 1


def test_two_nearly_equal_concentrations_do_not_break_the_logarithm():
    low = 160.0
    high = np.nextafter(low, 200)

    assert analysis([0, 1], [high, low]).auc_last == pytest.approx(160)


# Properties ----------------------------------------------------------------------------------------------------------

AREAS = st.sampled_from(["linear", "linear_up_log_down"])
BETWEEN = st.sampled_from(["drop", "zero"])


@st.composite
def courses(draw, lowest=0.0):
    """Draw up to twelve samples at distinct times, a fifth of them below the limit if ``lowest`` allows."""
    time = draw(st.lists(st.integers(0, 400), min_size=2, max_size=12, unique=True).map(sorted))
    positive = st.floats(0.01, 1e5)
    value = st.one_of(*[positive] * 4, st.just(0.0)) if lowest == 0 else positive
    return time, draw(st.lists(value, min_size=len(time), max_size=len(time)))


@st.composite
def settings_of(draw):
    return {"area": draw(AREAS), "blq_between": draw(BETWEEN)}


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-8, nan_ok=True)


def numbers(found):
    names = ("cmax", "tmax", "clast", "tlast", "auc_last", "auc_all", "auc_inf", "auc_extrapolated_percent")
    return {name: getattr(found, name) for name in names}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(), settings_of(), st.floats(0.01, 100))
def test_concentrations_in_another_unit_scale_areas_and_leave_times(course, rules, factor):
    time, conc = course
    one, other = analysis(time, conc, **rules), analysis(time, [factor * c for c in conc], **rules)

    for name in ("cmax", "clast", "auc_last", "auc_all"):
        assert getattr(other, name) == close(factor * getattr(one, name))
    assert (other.tmax, other.tlast) == (close(one.tmax), close(one.tlast))
    if one.terminal and other.terminal and one.terminal.n_points == other.terminal.n_points:
        assert other.terminal.lambda_z == pytest.approx(one.terminal.lambda_z, rel=1e-6, abs=1e-9)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(), settings_of(), st.sampled_from([0.5, 2.0, 24.0]), st.integers(0, 64))
def test_time_in_another_unit_scales_areas_and_a_shift_moves_only_times(course, rules, factor, shift):
    time, conc = course
    one = analysis(time, conc, **rules)
    longer, later = (
        analysis([factor * t for t in time], conc, **rules),
        analysis([t + shift for t in time], conc, **rules),
    )

    assert longer.auc_last == close(factor * one.auc_last)
    assert longer.tmax == close(factor * one.tmax)
    assert later.auc_last == close(one.auc_last)
    assert later.auc_all == close(one.auc_all)
    assert later.tlast == close(one.tlast + shift)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(), settings_of(), st.data())
def test_the_order_of_samples_never_matters(course, rules, data):
    order = data.draw(st.permutations(range(len(course[0]))))
    mixed = [[values[place] for place in order] for values in course]

    assert numbers(analysis(*mixed, **rules)) == pytest.approx(numbers(analysis(*course, **rules)), rel=0, nan_ok=True)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(), settings_of(), st.floats(0, 400))
def test_an_area_is_the_sum_of_its_parts_wherever_it_is_cut(course, rules, cut):
    ready = compute_course(*course, blq_between=rules["blq_between"])
    area = rules["area"]
    parts = compute_area(ready, start=0, end=cut, area=area) + compute_area(ready, start=cut, end=400, area=area)

    assert parts == close(compute_area(ready, start=0, end=400, area=area))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(lowest=0.01), AREAS, st.data(), st.floats(0, 1e4))
def test_more_cells_in_a_sample_never_mean_less_area(course, area, data, more):
    time, conc = course
    place = data.draw(st.integers(0, len(conc) - 1))
    raised = [value + more * (place == n) for n, value in enumerate(conc)]

    before, after = analysis(time, conc, area=area).auc_last, analysis(time, raised, area=area).auc_last
    assert after >= before * (1 - 1e-12)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(courses(), settings_of())
def test_areas_grow_from_the_last_sample_to_infinity_and_are_never_negative(course, rules):
    found = analysis(*course, **rules)

    assert 0 <= found.auc_last <= found.auc_all
    assert math.isnan(found.auc_inf) or found.auc_inf >= found.auc_last
    assert analysis(*course, **(rules | {"area": "linear"})).auc_last >= found.auc_last * (1 - 1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(courses(), settings_of(), st.integers(1, 3))
def test_results_below_the_limit_after_the_last_cells_change_no_area_to_it(course, rules, n_more):
    time, conc = course
    longer = ([*time, *(401 + n for n in range(n_more))], [*conc, *[0.0] * n_more])
    one, other = analysis(time, conc, **rules), analysis(*longer, **rules)

    assert (other.auc_last, other.tlast, other.cmax) == (close(one.auc_last), close(one.tlast), one.cmax)
    assert other.auc_all >= one.auc_all


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(1, 1e4), st.floats(0.01, 1), st.integers(4, 12))
def test_an_exponential_gives_its_own_rate_and_its_own_area(start, rate, n):
    time = np.arange(n)
    found = analysis(time, start * np.exp(-rate * time))

    assert found.terminal.lambda_z == pytest.approx(rate, rel=1e-6)
    assert found.auc_inf == pytest.approx(start / rate, rel=1e-6)
