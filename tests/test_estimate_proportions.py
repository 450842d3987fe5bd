"""Proportions and rates: worked examples, and what is refused."""

import math

import pytest

from caseseries.errors import UsageError
from caseseries.estimate import estimate_incidence, estimate_proportion

INTERVALS = [
    # events, patients, Clopper-Pearson, Wilson
    (8, 8, (0.630583, 1), (0.675592, 1)),
    (7, 8, (0.473490, 0.996840), (0.529112, 0.977583)),
    (6, 8, (0.349144, 0.968146), (0.409275, 0.928521)),
    (4, 8, (0.157013, 0.842987), (0.215216, 0.784784)),
    (2, 8, (0.032, 0.651), (0.071, 0.591)),
    (1, 8, (0.003160, 0.526510), (0.022417, 0.470888)),
    (0, 8, (0, 0.369417), (0, 0.324408)),
    (4, 4, (0.397635, 1), (0.510109, 1)),
    (3, 3, (0.292402, 1), (0.438503, 1)),
    (1, 1, (0.025, 1), (0.206549, 1)),
    (10, 20, (0.271958, 0.728042), (0.299298, 0.700702)),
]


@pytest.mark.parametrize(("n_events", "n_patients", "exact", "score"), INTERVALS)
def test_intervals_agree_with_the_hand_table(n_events, n_patients, exact, score):
    """Binomial tails and the score equation solved apart from this package, six decimals (2 of 8: three)."""
    digits = 6 if (n_events, n_patients) != (2, 8) else 3
    for method, (low, high) in (("clopper-pearson", exact), ("wilson", score)):
        found = estimate_proportion(n_events, n_patients, method=method)
        assert (round(found.ci_low, digits), round(found.ci_high, digits)) == (low, high)
        assert found.estimate == n_events / n_patients
        assert (found.method, found.level, found.reason) == (method, 0.95, "")
        assert (found.n_events, found.n_patients) == (n_events, n_patients)


def test_all_of_eight_patients_have_the_two_sided_limit():
    """Clopper and Pearson 1934: with 8 of 8, P(8 | p) = p^8 = 0.025; the one-sided bound 0.6877 is not it."""
    found = estimate_proportion(8, 8)
    assert found.ci_low == pytest.approx(0.025 ** (1 / 8), abs=1e-14)
    assert found.ci_high == 1


def test_limits_solve_the_binomial_equations_that_define_them():
    """Clopper and Pearson 1934: P(X >= k | low) = P(X <= k | high) = 0.025, summed here term by term."""
    found = estimate_proportion(3, 11)

    def at_most(k, p):
        return sum(math.comb(11, i) * p**i * (1 - p) ** (11 - i) for i in range(k + 1))

    assert 1 - at_most(2, found.ci_low) == pytest.approx(0.025, rel=1e-12)
    assert at_most(3, found.ci_high) == pytest.approx(0.025, rel=1e-12)


def test_proportion_of_nobody_is_not_estimable():
    found = estimate_proportion(0, 0, method="wilson", level=0.9)
    assert (found.n_events, found.n_patients, found.method, found.level) == (0, 0, "wilson", 0.9)
    assert (found.estimate, found.ci_low, found.ci_high, found.reason) == (None, None, None, "no patients")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((9, 8), "n_events must be a whole number from 0 to 8; found 9."),
        ((-1, 8), "n_events must be a whole number from 0 to 8; found -1."),
        ((2.0, 8), "n_events must be a whole number from 0 to 8; found 2.0."),
        ((True, 8), "n_events must be a whole number from 0 to 8; found True."),
        ((2, -8), "n_patients must be a whole number of 0 or more; found -8."),
        ((2, "8"), "n_patients must be a whole number of 0 or more; found '8'."),
    ],
)
def test_impossible_counts_are_refused(arguments, message):
    with pytest.raises(UsageError) as error:
        estimate_proportion(*arguments)
    assert str(error.value) == message


def test_wald_interval_is_not_offered():
    with pytest.raises(UsageError) as error:
        estimate_proportion(8, 8, method="wald")
    assert str(error.value) == "no method is called 'wald'; there are: clopper-pearson, wilson."


def test_rate_without_events_has_the_rule_of_three():
    """Garwood 1936: with no event the upper limit solves exp(-limit) = 0.025, so it is -ln 0.025 = 3.689."""
    found = estimate_incidence(0, 400)
    assert (found.estimate, found.ci_low) == (0, 0)
    assert found.ci_high == pytest.approx(-math.log(0.025) / 4)
    assert (found.method, found.level, found.reason) == ("garwood", 0.95, "")
    assert (found.n_events, found.patient_days) == (0, 400)


def test_rate_limits_solve_the_poisson_equations_that_define_them():
    """Garwood 1936: P(X >= 4 | low) = P(X <= 4 | high) = 0.025, summed here term by term."""
    found = estimate_incidence(4, 250)

    def at_most(k, mean):
        return sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k + 1))

    assert found.estimate == pytest.approx(1.6)
    assert 1 - at_most(3, found.ci_low * 2.5) == pytest.approx(0.025, rel=1e-12)
    assert at_most(4, found.ci_high * 2.5) == pytest.approx(0.025, rel=1e-12)


def test_rate_without_observation_is_not_estimable():
    found = estimate_incidence(0, 0, level=0.9)
    assert (found.estimate, found.ci_low, found.ci_high, found.reason) == (None, None, None, "no patient-days")
    assert (found.n_events, found.patient_days, found.method, found.level) == (0, 0, "garwood", 0.9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 100), "n_events must be a whole number of 0 or more; found -1."),
        ((1, -100), "patient_days must hold finite numbers of 0 or more; found -100."),
        ((1, None), "patient_days must not be missing; found 1 missing of 1."),
    ],
)
def test_impossible_rates_are_refused(arguments, message):
    with pytest.raises(UsageError) as error:
        estimate_incidence(*arguments)
    assert str(error.value) == message
