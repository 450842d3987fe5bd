"""Events, milestones, product and completeness, each from rows that can be counted by eye."""

import pandas as pd
import pytest
from cohorts import SYNTHETIC, cohort, course, derived, event, patient, raw_tables

from caseseries.derive import DERIVED
from caseseries.records.dataset import Dataset


def derive(**rows):
    return derived(Dataset("hand-made", SYNTHETIC, raw_tables(**rows), tuple(rows)))


LYMPHODEPLETION = course(
    "P1", "fludarabine", "lymphodepletion", -5, -3, purpose="lymphodepletion", dose=25, dose_unit="mg/m2"
)


@pytest.mark.parametrize(
    ("start", "end", "is_emergent"),
    [
        pytest.param(-5, 2, True, id="from the first day of lymphodepletion on"),
        pytest.param(-6, 2, False, id="the day before"),
        pytest.param(0, None, True, id="on the day of infusion"),
        pytest.param(None, -10, False, id="first day unknown, but over before treatment"),
        pytest.param(None, 40, None, id="first day unknown and not over: not known"),
        pytest.param(None, None, None, id="no day at all: not known"),
    ],
)
def test_an_event_emerges_under_treatment_from_lymphodepletion_on(start, end, is_emergent):
    events = derive(
        patients=[patient("P1")], medications=[LYMPHODEPLETION], adverse_events=[event("P1", "other", start, end)]
    )["events"]
    found = events["is_treatment_emergent"].iloc[0]

    assert pd.isna(found) if is_emergent is None else found == is_emergent


def test_without_lymphodepletion_treatment_begins_on_day_0():
    events = derive(patients=[patient("P1")], adverse_events=[event("P1", "other", -1, 2)])["events"]

    assert events["is_treatment_emergent"].tolist() == [False]


def test_a_duration_counts_both_its_days_and_a_window_holds_the_onset():
    events = derive(
        patients=[patient("P1")],
        adverse_events=[event("P1", "crs", 3, 6), event("P1", "infection", 31, None), event("P1", "other", 181, 181)],
    )["events"]

    assert events["duration_days"].tolist() == [4, pd.NA, 1]
    assert events["window"].tolist() == ["0-30", "31-90", ">180"]


def test_worst_grades_hold_every_patient_and_tell_late_cytopenia_apart():
    worst = derive(
        patients=[patient("P1"), patient("P2")],
        adverse_events=[
            event("P1", "cytopenia", 5, 20, grade=4),
            event("P1", "cytopenia", 31, 50, grade=1),
            event("P1", "crs", 6, 8, grade=1),
            event("P1", "crs", 2, 3, grade=2),
        ],
    )["worst_grades"].set_index(["patient_id", "category"])

    assert worst.loc[("P1", "cytopenia"), "max_grade"] == 4
    assert worst.loc[("P1", "late_cytopenia"), ["max_grade", "onset_day"]].tolist() == [1, 31]
    assert worst.loc[("P1", "crs"), ["n_events", "max_grade", "onset_day", "duration_days"]].tolist() == [2, 2, 2, 3]
    assert worst.loc[("P2", "crs"), ["n_events", "max_grade"]].tolist() == [0, 0]


def test_the_windows_of_events_and_the_first_day_of_late_cytopenia_are_options():
    tables = raw_tables(patients=[patient("P1")], adverse_events=[event("P1", "cytopenia", 31, 40)])
    dataset = Dataset("hand-made", SYNTHETIC, tables, ("patients", "adverse_events"))
    found = derived(dataset, icaht_early_last_day=31, infection_early_last_day=40)
    late = found["worst_grades"].set_index("category").loc["late_cytopenia", "n_events"]

    assert (late, found["events"]["window"].tolist(), found["milestones"].empty) == (0, ["0-40"], True)


def test_an_event_without_a_grade_leaves_the_worst_grade_unknown():
    worst = derive(patients=[patient("P1")], adverse_events=[event("P1", "licats", 9, 20, grade=None)])["worst_grades"]
    found = worst[worst["category"] == "licats"].iloc[0]

    assert found["n_events"] == 1
    assert pd.isna(found["max_grade"])


def test_lymphodepletion_adds_up_dose_and_days():
    found = derive(
        patients=[patient("P1")],
        medications=[
            LYMPHODEPLETION,
            course("P1", "cyclophosphamide", "lymphodepletion", -3, -3, purpose="lymphodepletion", dose=1000),
        ],
    )["lymphodepletion"].set_index("drug")

    assert found.loc["fludarabine", ["total_dose", "first_day", "last_day", "n_days"]].tolist() == [75, -5, -3, 3]
    assert found.loc["cyclophosphamide", "total_dose"] == 1000


def test_milestones_mark_what_happened_after_infusion_only():
    marks = derive(
        patients=[patient("P1", death_day=365)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -100, 40),
            course("P1", "immunoglobulin", "ivig", -20, -20, purpose="replacement"),
            course("P1", "immunoglobulin", "ivig", 60, 60, purpose="replacement"),
        ],
        adverse_events=[
            event("P1", "crs", 3, 6),
            event("P1", "cytopenia", 5, 9),
            event("P1", "cytopenia", 40, 50),
            event("P1", "other", 70, 71),
            event("P1", "other", 80, 90, serious=True),
        ],
    )["milestones"]

    assert list(zip(marks["day"], marks["mark"], strict=True)) == [
        (3, "crs"),
        (40, "last_glucocorticoid"),
        (40, "late_cytopenia"),
        (60, "ivig"),
        (80, "serious_event"),
        (365, "death"),
    ]


def test_a_patient_with_nothing_to_mark_has_no_milestone():
    assert derive(patients=[patient("P1"), patient("P2")])["milestones"].empty


def test_a_visit_that_others_had_planned_is_not_due_or_without_a_record():
    visits = derive(
        patients=[patient("P1", last_contact_day=400), patient("P2", last_contact_day=100), patient("P3")],
        visits=[
            {"patient_id": "P1", "visit": "M3", "planned_day": 91, "actual_day": 95, "status": "done"},
            {"patient_id": "P1", "visit": "M12", "planned_day": 365, "actual_day": None, "status": "missed"},
            {"patient_id": "P2", "visit": "M3", "planned_day": 91, "actual_day": 90, "status": "done"},
            {"patient_id": "P2", "visit": "extra", "planned_day": None, "actual_day": 50, "status": "unscheduled"},
        ],
    )["visits"].set_index(["patient_id", "visit"])

    assert visits.loc[("P1", "M3"), "deviation_days"] == 4
    assert visits["status"].to_dict() == {
        ("P1", "M3"): "done",
        ("P1", "M12"): "missed",
        ("P2", "M3"): "done",
        ("P2", "M12"): "not_due",
        ("P2", "extra"): "unscheduled",
        ("P3", "M3"): "no_record",
        ("P3", "M12"): "no_record",
    }


def test_contents_name_tables_tests_and_instruments_that_have_rows():
    lab = {"patient_id": "P1", "day": 3, "test": "CD19", "unit": "cells/uL"}
    score = {"patient_id": "P1", "day": 9, "instrument": "CMAS", "item": "SIT_UPS", "score": 3}
    contents = derive(
        patients=[patient("P1")],
        labs=[lab | {"value": 1, "operator": "<"}, lab | {"value": 5, "operator": "=", "day": 30}],
        assessments=[score],
    )["contents"].set_index("content")

    assert list(contents.index) == ["patients", "labs", "labs.CD19", "assessments", "assessments.CMAS"]
    assert contents.loc["labs.CD19", ["n_rows", "n_below", "n_above", "first_day", "last_day"]].tolist() == [
        2,
        1,
        0,
        3,
        30,
    ]


def test_filled_cells_are_counted_by_column():
    filled = derive(patients=[patient("P1"), patient("P2", weight_kg=None)])["filled_cells"].set_index("column")

    assert filled.loc["weight_kg", ["n_filled", "n_rows", "share_filled"]].tolist() == [1, 2, 0.5]
    assert filled.loc["age_years", "share_filled"] == 1


def test_rows_are_counted_for_patients_who_have_none_too():
    rows = derive(patients=[patient("P1"), patient("P2")], adverse_events=[event("P1", "crs", 3, 5)])["rows"]
    found = rows[rows["table"] == "adverse_events"].set_index("patient_id")

    assert found["n_rows"].to_dict() == {"P1": 1, "P2": 0}


def test_a_data_set_without_rows_gives_every_table_with_its_columns():
    found = derive()

    assert {name: list(frame.columns) for name, frame in found.items()} == {
        name: list(columns) for name, columns in DERIVED.items()
    }
    assert all(frame.empty for frame in found.values())


def test_the_order_of_the_raw_rows_does_not_matter():
    dataset = cohort(6)
    shuffled = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in dataset.tables.items()}
    first, second = derived(dataset), derived(Dataset("reversed", dataset.about, shuffled, dataset.present))

    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name], obj=name)
