"""The synthetic cohort gives the published totals by rule, from raw rows alone.

Becilli et al., Nature Medicine 2026, abstract: 8 patients (4 SLE, 3 JDM, 1 SSc); cytokine release syndrome of grade 1
in 6 and nothing above; grade 1 ICANS in 1; late ICAHT of grade 1 in 2; no severe infection; follow-up 16.5 months (9
to 24); all improved; all without drugs at last follow-up. Remission in 7 of 8: press article, Rome, 5 February 2026.
"""

import pytest

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.estimate import estimate_follow_up
from caseseries.paths import SYNTHETIC
from caseseries.records import read_dataset


@pytest.fixture(scope="module")
def derived():
    return derive_tables(read_dataset(SYNTHETIC), design=Design())


@pytest.fixture(scope="module")
def patients(derived):
    return derived["patients"].set_index("patient_id")


def count_grades(derived, toxicity):
    grades = derived["grades"]
    own = grades[grades["toxicity"] == toxicity]
    assert (own["status"] == "graded").all()
    return own["grade"].value_counts().to_dict()


@pytest.mark.parametrize(
    ("toxicity", "counts"),
    [("CRS", {0: 2, 1: 6}), ("ICANS", {0: 7, 1: 1}), ("ICAHT_LATE", {0: 6, 1: 2})],
)
def test_grades_from_vital_signs_checks_and_counts(derived, toxicity, counts):
    assert count_grades(derived, toxicity) == counts


def test_no_infection_is_severe(derived):
    assert max(count_grades(derived, "INFECTION")) < 3


def test_b_cells_leave_within_the_first_week_in_all(derived):
    times = derived["time_to_event"]
    gone = times[times["endpoint"] == "b_cell_depletion"]

    assert len(gone) == 8
    assert gone["is_event"].all()
    assert gone["upper_day"].max() <= 7


def test_remission_at_the_last_visit(patients):
    in_remission = patients[patients["is_in_remission_at_last_visit"].fillna(False).astype(bool)]

    assert in_remission["disease"].value_counts().to_dict() == {"SLE": 4, "JDM": 3}


def test_all_improved_and_all_without_drugs(patients):
    assert patients["is_improved"].all()
    assert (patients["state_at_last_contact"] == "drug_free").all()


def test_follow_up(patients):
    found = estimate_follow_up(patients["follow_up_months"], patients["is_dead"].astype(bool))

    assert [round(value, 1) for value in (found.median, found.minimum, found.maximum)] == [16.5, 9.0, 24.0]


def test_no_child_was_followed_as_long_as_the_press_said_of_all(patients):
    """The press: every child beyond one year; every child beyond 24 months. The range of the paper begins at 9."""
    assert patients["follow_up_months"].min() < 12
    assert not (patients["follow_up_months"].round(1) > 24).all()
