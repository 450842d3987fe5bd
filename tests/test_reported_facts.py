"""The synthetic cohort gives the published totals by rule, from raw rows alone.

What was published stands in data/reported.csv and nowhere else; the tests count here on their own, without the
numbers of the text.
"""

import pytest

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.estimate import estimate_follow_up
from caseseries.manuscript import read_reported
from caseseries.paths import SYNTHETIC
from caseseries.records import read_dataset
from caseseries.simulate.conditions import PUBLISHED

FACTS = read_reported().set_index("claim")["value"]


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
    ("toxicity", "claim"),
    [("CRS", "crs_grade_one"), ("ICANS", "icans_grade_one"), ("ICAHT_LATE", "icaht_late_grade_one")],
)
def test_grades_from_vital_signs_checks_and_counts(derived, toxicity, claim):
    n = int(FACTS[claim])

    assert count_grades(derived, toxicity) == {0: int(FACTS["cohort_size"]) - n, 1: n}


def test_no_infection_is_severe(derived):
    counts = count_grades(derived, "INFECTION")

    assert sum(n for grade, n in counts.items() if grade >= 3) == FACTS["infections_severe"]


def test_b_cells_leave_within_the_first_week_in_all(derived):
    times = derived["time_to_event"]
    gone = times[times["endpoint"] == "b_cell_depletion"]

    assert len(gone) == FACTS["b_cell_clearance"]
    assert gone["is_event"].all()
    assert gone["upper_day"].max() <= 7


def test_remission_at_the_last_visit(patients):
    in_remission = patients[patients["is_in_remission_at_last_visit"].fillna(False).astype(bool)]
    counts = in_remission["disease"].value_counts().to_dict()

    assert sum(counts.values()) == FACTS["remission"]
    assert counts == {"SLE": FACTS["cohort_lupus"], "JDM": FACTS["cohort_myositis"]}


def test_all_improved_and_all_without_drugs(patients):
    assert patients["is_improved"].sum() == FACTS["improved"]
    assert (patients["state_at_last_contact"] == "drug_free").sum() == FACTS["drug_free"]


def test_follow_up(patients):
    found = estimate_follow_up(patients["follow_up_months"], patients["is_dead"].astype(bool))
    told = [FACTS[f"followup_{name}"] for name in ("median", "min", "max")]

    assert [round(value, 1) for value in (found.median, found.minimum, found.maximum)] == told


def test_no_child_was_followed_as_long_as_the_press_said_of_all(patients):
    assert patients["follow_up_months"].min() < FACTS["press_more_than_a_year"]
    assert not (patients["follow_up_months"].round(1) > FACTS["press_over_two_years"]).all()


def test_the_conditions_of_the_simulator_are_the_published_facts():
    assert PUBLISHED.follow_up_months == tuple(FACTS[f"followup_{name}"] for name in ("min", "median", "max"))
    assert PUBLISHED.ages_years == (FACTS["cohort_age_min"], FACTS["cohort_age_max"])
    assert PUBLISHED.crs_grade_1 == FACTS["crs_grade_one"]
    assert PUBLISHED.icans_grade_1 == FACTS["icans_grade_one"]
    assert PUBLISHED.late_icaht_grade_1 == FACTS["icaht_late_grade_one"]
    assert PUBLISHED.severe_infections == FACTS["infections_severe"]
    assert PUBLISHED.remissions == FACTS["remission"]
    assert PUBLISHED.improved == FACTS["improved"]
