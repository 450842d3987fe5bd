"""Drugs that a blood test shows: which are kept, until when, and which samples hold antibodies of donors."""

import pandas as pd
import pytest
from cohorts import course, patient, raw_tables

from caseseries.derive.treatment.administrations import (
    ADMINISTRATIONS,
    blocks_cytokines,
    derive_administrations,
    is_after_immunoglobulin,
)
from caseseries.design import Design

IVIG = {"drug": "immunoglobulin", "drug_class": "ivig"}


def administrations(*courses, last_contact_day=365, **options):
    raw = raw_tables(patients=[patient("P1", last_contact_day=last_contact_day)], medications=list(courses))
    return derive_administrations(raw["medications"], patients=raw["patients"], design=Design(options))


def given(start_day, end_day=None, **facts):
    facts = IVIG | {"purpose": "replacement"} | facts
    return course("P1", facts.pop("drug"), facts.pop("drug_class"), start_day, end_day, **facts)


@pytest.mark.parametrize(
    ("facts", "is_kept"),
    [
        pytest.param({}, True, id="immunoglobulin as replacement"),
        pytest.param({"purpose": "disease"}, True, id="immunoglobulin for the disease"),
        pytest.param({"drug": "tocilizumab", "drug_class": "anticytokine", "purpose": "crs"}, True, id="tocilizumab"),
        pytest.param({"drug": "filgrastim", "drug_class": "gcsf", "purpose": "other"}, True, id="growth factor"),
        pytest.param({"drug": "dexamethasone", "drug_class": "glucocorticoid", "purpose": "icans"}, True,
                     id="a glucocorticoid against neurotoxicity"),
        pytest.param({"drug": "prednisone", "drug_class": "glucocorticoid", "purpose": "disease"}, False,
                     id="a glucocorticoid for the disease"),
    ],
)  # fmt: skip
def test_drugs_that_a_blood_test_shows_are_kept(facts, is_kept):
    assert len(administrations(given(3, 3, **facts))) == is_kept


def test_immunoglobulin_is_seen_as_long_as_the_option_says_and_others_while_they_are_given():
    found = administrations(given(10, 11), given(5, 8, drug="filgrastim", drug_class="gcsf"), ivig_in_blood_days=60)

    assert found["seen_until_day"].tolist() == [8, 71]
    assert list(found.columns) == list(ADMINISTRATIONS)


def test_a_course_that_goes_on_ends_with_the_last_contact_and_one_without_a_day_is_left_out():
    found = administrations(given(10, None, ongoing=True), given(None, 20), last_contact_day=40)

    assert found["end_day"].tolist() == [40]


@pytest.mark.parametrize(
    ("day", "is_after"),
    [
        pytest.param(99, False, id="the day before the dose"),
        pytest.param(100, False, id="the day of the dose, as a trough"),
        pytest.param(101, True, id="the day after"),
        pytest.param(190, True, id="ninety days after"),
        pytest.param(191, False, id="a day later"),
    ],
)
def test_samples_hold_antibodies_of_donors_for_ninety_days(day, is_after):
    samples = pd.DataFrame({"patient_id": ["P1", "P2"], "day": [day, day]})
    found = is_after_immunoglobulin(samples, administrations(given(100, 100)))

    assert found.tolist() == [is_after, False]


def test_the_day_of_a_second_dose_still_shows_the_first():
    samples = pd.DataFrame({"patient_id": ["P1"], "day": [128]}, index=[7])

    assert is_after_immunoglobulin(samples, administrations(given(100, 100), given(128, 128))).to_dict() == {7: True}


def test_blockers_are_known_by_class_or_by_name():
    found = administrations(
        given(1, 1, drug="Tocilizumab", drug_class="biologic", purpose="crs"),
        given(2, 2, drug="another antibody", drug_class="anticytokine", purpose="crs"),
        given(3, 3, drug="dexamethasone", drug_class="glucocorticoid", purpose="crs"),
    )

    assert blocks_cytokines(found).tolist() == [True, True, False]
    assert derive_empty().empty


@pytest.mark.parametrize("drug", ["tocilizumab", "sarilumab", "siltuximab", "anakinra", "emapalumab"])
def test_a_blocker_given_for_cytokine_release_is_known_whatever_its_class(drug):
    found = administrations(given(1, 1, drug=f"{drug} biosimilar", drug_class="biologic", purpose="crs"))

    assert blocks_cytokines(found).tolist() == [True]


def derive_empty():
    raw = raw_tables(patients=[patient("P1")])
    return derive_administrations(raw["medications"], patients=raw["patients"], design=Design({}))
