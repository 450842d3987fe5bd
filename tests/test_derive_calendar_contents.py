"""What was examined at the visits of long-term follow-up, each from one record that lies in or out of a window."""

import pandas as pd
import pytest
from cohorts import event, patient, raw_tables

from caseseries.derive.outcomes.calendar import derive_calendar
from caseseries.derive.outcomes.calendar_contents import CONTENTS, derive_calendar_contents
from caseseries.design import Design

NEOPLASM = {"body_system": "Neoplasms benign, malignant and unspecified (incl cysts and polyps)"}


def contents_of(*, cut=400, **rows):
    """The contents by visit; the windows are days 77 to 105 (M3), 162 to 204 (M6), 335 to 395 (M12)."""
    tables = raw_tables(patients=[patient("P1", last_contact_day=cut)], **rows)
    calendar = derive_calendar(tables["patients"], visits=tables["visits"], design=Design())
    return derive_calendar_contents(calendar, tables=tables).set_axis(calendar["visit"])


def lab(test, day, value=0.0):
    return {"patient_id": "P1", "day": day, "test": test, "value": value, "operator": "="}


def size(item, day):
    return {"patient_id": "P1", "day": day, "instrument": "BODY", "item": item, "score": 100.0}


@pytest.mark.parametrize(
    ("column", "rows", "visits"),
    [
        pytest.param("has_rcl_test", {"labs": [lab("RCL", 77)]}, ["M3"], id="virus on the first day of a window"),
        pytest.param("has_rcl_test", {"labs": [lab("RCL", 76)]}, [], id="virus on the day before"),
        pytest.param("has_rcl_test", {"labs": [lab("RCL", 91, None)]}, [], id="a result without a value is none"),
        pytest.param("has_vector_test", {"labs": [lab("CART_DNA", 105)]}, ["M3"], id="copies on the last day"),
        pytest.param("has_vector_test", {"labs": [lab("CART_BLOOD", 183)]}, ["M6"], id="cells by flow"),
        pytest.param("has_vector_test", {"labs": [lab("CD19", 183)]}, [], id="B cells are not the vector"),
        pytest.param("has_vaccine_titre", {"labs": [lab("TETANUS_IGG", 183)]}, ["M6"], id="a titre of a vaccine"),
        pytest.param("has_vaccine_titre", {"labs": [lab("IGG", 183)]}, [], id="immunoglobulin G is no titre"),
        pytest.param(
            "has_growth", {"assessments": [size("HEIGHT_CM", 180), size("WEIGHT_KG", 190)]}, ["M6"], id="growth"
        ),
        pytest.param("has_growth", {"assessments": [size("WEIGHT_KG", 190)]}, [], id="weight alone is no growth"),
        pytest.param(
            "has_new_malignancy",
            {"adverse_events": [event("P1", "other", 106, **NEOPLASM)]},
            ["M6"],
            id="a malignancy counts at the visit after it",
        ),
        pytest.param(
            "has_new_malignancy", {"adverse_events": [event("P1", "other", 106)]}, [], id="another event is none"
        ),
        pytest.param(
            "has_new_malignancy",
            {"adverse_events": [event("P1", "other", -9, **NEOPLASM)]},
            [],
            id="a malignancy before the infusion is not new",
        ),
    ],
)  # fmt: skip
def test_a_visit_holds_what_was_recorded_in_its_window(column, rows, visits):
    found = contents_of(**rows)[column]

    assert found.index[found.fillna(False)].tolist() == visits


@pytest.mark.parametrize(
    ("day", "visit"), [(1, "M3"), (105, "M3"), (106, "M6"), (204, "M6"), (205, "M12"), (395, "M12")]
)
def test_a_malignancy_belongs_to_the_first_visit_whose_window_ends_after_it(day, visit):
    found = contents_of(adverse_events=[event("P1", "other", day, **NEOPLASM)])["has_new_malignancy"]

    assert found.index[found.fillna(False)].tolist() == [visit]


def test_what_belongs_to_another_patient_is_in_no_visit():
    other = {"patient_id": "P2"}
    found = contents_of(
        labs=[lab("RCL", 91) | other],
        assessments=[size("HEIGHT_CM", 91) | other, size("WEIGHT_KG", 91) | other],
        adverse_events=[event("P2", "other", 91, **NEOPLASM)],
    )

    assert not found.loc[["M3", "M6", "M12"]].any(axis=None)


def test_the_day_of_a_visit_outside_its_window_counts_too():
    done = {"patient_id": "P1", "visit": "M3", "planned_day": 91, "actual_day": 120, "status": "done"}

    assert contents_of(visits=[done], labs=[lab("RCL", 120)]).loc["M3", "has_rcl_test"]


def test_of_a_visit_that_is_not_due_nothing_is_told():
    found = contents_of(labs=[lab("RCL", 91)])

    assert found.loc[["M3", "M6", "M12"], "has_rcl_test"].tolist() == [True, False, False]
    assert found.loc["M18":, list(CONTENTS)].isna().all().all()


def test_without_any_recorded_event_a_malignancy_is_not_known():
    assert contents_of()["has_new_malignancy"].isna().all()
    assert not contents_of(adverse_events=[event("P1", "crs", 3)]).loc["M3", "has_new_malignancy"]


def test_without_patients_there_are_columns():
    tables = raw_tables()
    calendar = derive_calendar(tables["patients"], visits=tables["visits"], design=Design())

    assert derive_calendar_contents(calendar, tables=tables).dtypes.to_dict() == dict.fromkeys(
        CONTENTS, pd.BooleanDtype()
    )
