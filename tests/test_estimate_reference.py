"""Every estimator against R: the tables in tests/reference hold what the scripts beside them printed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caseseries.estimate import (
    estimate_geometric_mean,
    estimate_incidence,
    estimate_paired_change,
    estimate_proportion,
    estimate_survival,
    summarize,
)

REFERENCE = Path(__file__).parent / "reference"


def read_reference(name):
    return pd.read_csv(REFERENCE / name, comment="#")


def rows_of(name):
    return list(read_reference(name).itertuples(index=False))


def numbers(text):
    return [float(value) for value in text.split(";")]


def near(value):
    return pytest.approx(value, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("table", sorted(REFERENCE.glob("*.csv")), ids=lambda path: path.name)
def test_every_reference_table_names_the_script_and_the_program_that_made_it(table):
    first_line = table.read_text().splitlines()[0]
    script = first_line.removeprefix("# made by ").split(" with ")[0]
    assert (REFERENCE / script).exists()
    assert " with R 4." in first_line
    assert table.stem in (REFERENCE / script).read_text()
    if script == "survival.R":
        assert ", survival 3." in first_line


def test_proportions_agree_with_binom_test_and_prop_test():
    """R: binom.test (Clopper-Pearson), prop.test without correction (Wilson)."""
    for row in rows_of("proportions.csv"):
        exact = estimate_proportion(row.n_events, row.n_patients, level=row.level)
        score = estimate_proportion(row.n_events, row.n_patients, method="wilson", level=row.level)
        assert exact.estimate == score.estimate == near(row.estimate)
        assert (exact.ci_low, exact.ci_high) == (near(row.clopper_pearson_low), near(row.clopper_pearson_high))
        assert (score.ci_low, score.ci_high) == (near(row.wilson_low), near(row.wilson_high))


def test_rates_agree_with_poisson_test():
    """R: poisson.test, per day; ours are per 100 days."""
    for row in rows_of("incidence.csv"):
        found = estimate_incidence(row.n_events, row.patient_days, level=row.level)
        assert found.estimate == near(100 * row.per_day)
        assert (found.ci_low, found.ci_high) == (near(100 * row.low_per_day), near(100 * row.high_per_day))


def test_quartiles_agree_with_the_nine_types():
    """R: quantile(type = 1 to 9), mean, sd, median, min, max."""
    for row in rows_of("quantiles.csv"):
        found = summarize(numbers(row.values), quantile_type=row.quantile_type)
        for name in ("n", "mean", "sd", "median", "q1", "q3", "minimum", "maximum"):
            assert getattr(found, name) == near(getattr(row, name)), (row, name)


def test_geometric_means_agree_with_t_test_of_logarithms():
    """R: t.test(log(x)) taken back, CV from var(log(x))."""
    for row in rows_of("geometric_mean.csv"):
        found = estimate_geometric_mean(numbers(row.values), level=row.level)
        for name in ("estimate", "ci_low", "ci_high", "cv_percent"):
            assert getattr(found, name) == near(getattr(row, name)), (row, name)


@pytest.mark.parametrize("row", rows_of("paired_untied.csv"))
def test_change_without_ties_agrees_with_wilcox_test(row):
    """R: wilcox.test(paired = TRUE, exact = TRUE, conf.int = TRUE), level from psignrank; up to 300 pairs."""
    found = estimate_paired_change(numbers(row.before), numbers(row.after), level=row.level)
    assert found.statistic == row.statistic
    assert found.p_value == pytest.approx(row.p_value, rel=1e-9)
    assert (found.estimate, found.ci_low, found.ci_high) == (row.estimate, row.ci_low, row.ci_high)
    assert found.level == near(row.level_achieved)


@pytest.mark.parametrize("row", rows_of("paired_tied.csv"))
def test_change_with_ties_and_zeros_agrees_with_exact_programs(row):
    """R: exactRankTests::wilcox.exact (zeros left out), coin::wilcoxsign_test (Pratt, exact)."""
    before, after = numbers(row.before), numbers(row.after)
    wilcox = estimate_paired_change(before, after)
    pratt = estimate_paired_change(before, after, zero_method="pratt")
    assert wilcox.n_zero == pratt.n_zero == row.n_zero
    assert wilcox.p_value == pytest.approx(row.p_value_wilcox, rel=1e-9)
    assert pratt.p_value == pytest.approx(row.p_value_pratt, rel=1e-9)


def survival_runs():
    """Give each case, scale and level with its data, R's steps and R's medians."""
    data = dict(list(read_reference("survival_data.csv").groupby("case")))
    medians = read_reference("survival_medians.csv").set_index(["case", "ci", "level"])
    for key, steps in read_reference("survival_steps.csv").groupby(["case", "ci", "level"]):
        yield pytest.param(data[key[0]], steps.reset_index(drop=True), medians.loc[key], id="-".join(map(str, key)))


@pytest.mark.parametrize(("data", "steps", "medians"), list(survival_runs()))
def test_curves_agree_with_survfit(data, steps, medians):
    """R: summary(survfit(...), censored = TRUE) and its table, with conf.type log-log, log and plain.

    Where survival is 1, R prints the limits 1 and 1 on two of the scales; there we give none.
    """
    found = estimate_survival(data["time_days"], data["is_event"], ci=steps["ci"][0], level=steps["level"][0])
    for name in ("time_days", "n_at_risk", "n_events", "n_censored"):
        assert found.table[name].tolist() == steps[name].tolist(), name
    steps.loc[steps["survival"] == 1, ["ci_low", "ci_high"]] = np.nan
    for name in ("survival", "std_error", "ci_low", "ci_high"):
        np.testing.assert_allclose(found.table[name], steps[name], rtol=1e-10, atol=1e-12, err_msg=name)
    assert (found.n_patients, found.n_events) == (medians["n_patients"], medians["n_events"])
    for name in ("median", "median_low", "median_high"):
        expected = None if np.isnan(medians[name]) else medians[name]
        assert getattr(found, name) == expected, name
