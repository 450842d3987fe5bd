"""Fever and arthritis of SLEDAI-2K where a temperature or a count of joints tells of them and no item was recorded."""

import pandas as pd
import pytest
from cohorts import event, raw_tables
from lupus_visits import Scene, item, row_of, sledai, tables_of

from caseseries.derive.lupus.descriptors import derive_descriptors
from caseseries.derive.lupus.index import derive_lupus_index, summarize_activity
from caseseries.derive.lupus.labs import collect_results
from caseseries.design import Design

V = 91


def recorded(category, start_day, end_day, facts=None):
    return event("P1", category, start_day, end_day, **(facts or {}))


def index_of(*assessments, temperatures=None, events=(), attributable=None, **options):
    """The row of SLEDAI-2K on day 91 of one patient; temperatures by day."""
    tables = tables_of({"P1": Scene(list(assessments))})
    readings = [
        {"patient_id": "P1", "day": day, "hour": 8, "temperature_c": degrees, "attributable": attributable}
        for day, degrees in (temperatures or {}).items()
    ]
    others = raw_tables(vital_signs=readings, adverse_events=[recorded(*own) for own in events])
    results = collect_results(
        tables["labs"],
        assessments=tables["assessments"],
        vital_signs=others["vital_signs"],
        adverse_events=others["adverse_events"],
    )
    descriptors = derive_descriptors(
        tables["assessments"],
        labs=results,
        medications=tables["medications"],
        infusions=tables["infusions"],
        design=Design(options),
    )
    return row_of(derive_lupus_index(summarize_activity(descriptors)), "P1", "SLEDAI_2K", V)


@pytest.mark.parametrize(
    ("temperatures", "value", "missing", "words"),
    [
        pytest.param({V: 38.1}, 1, "", "FEVER 1; FEVER by temperature", id="above 38"),
        pytest.param({V: 38.0}, 0, "", "no descriptor present", id="38.0 is not above 38"),
        pytest.param({70: 38.6, V: 36.8}, 1, "", "FEVER 1; FEVER by temperature", id="on any day of the window"),
        pytest.param({61: 38.6, V: 36.8}, 0, "", "no descriptor present", id="not before the window"),
        pytest.param({V + 1: 38.6}, 0, "FEVER", "no descriptor present", id="not after the visit"),
        pytest.param({}, 0, "FEVER", "no descriptor present", id="no temperature"),
    ],
)
def test_fever_that_was_not_recorded_is_read_from_the_temperature(temperatures, value, missing, words):
    """Gladman 2002, J Rheumatol 29:288: above 38 degrees C."""
    row = index_of(*sledai(V, blank="FEVER"), temperatures=temperatures)

    assert (row["value"], row["decided_on"]) == (value, words)
    assert ("" if pd.isna(row["missing_items"]) else row["missing_items"]) == missing


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"events": [("infection", 85, 95)]}, id="an infection is recorded"),
        pytest.param({"events": [("infection", 91, None)]}, id="an infection without a last day is recorded"),
        pytest.param({"events": [("crs", 85, 95)]}, id="cytokine release is recorded"),
        pytest.param({"attributable": False}, id="the investigator named another cause"),
        pytest.param({"attributable": True}, id="the investigator put it down to cytokine release"),
    ],
)
def test_fever_with_another_cause_says_nothing_of_lupus(facts):
    row = index_of(*sledai(V, blank="FEVER"), temperatures={V: 39.5}, **facts)

    assert (row["value"], row["status"], row["missing_items"]) == (0, "partial", "FEVER")


def test_an_infection_of_another_time_explains_nothing():
    assert index_of(*sledai(V, blank="FEVER"), temperatures={V: 39.5}, events=[("infection", 60, 90)])["value"] == 1


@pytest.mark.parametrize("category", ["icans", "cytopenia"])
def test_only_an_infection_or_cytokine_release_explains_a_fever(category):
    row = index_of(*sledai(V, blank="FEVER"), temperatures={V: 39.5}, events=[(category, 85, 95)])

    assert row[["value", "status"]].tolist() == [1, "complete"]


@pytest.mark.parametrize(
    ("span", "value"),
    [
        pytest.param((91, 95), 0, id="begins on the day of the fever"),
        pytest.param((85, 91), 0, id="ends on it"),
        pytest.param((92, 95), 1, id="begins the day after"),
        pytest.param((90, None), 1, id="the day before, last day not known"),
        pytest.param((90, None, {"ongoing": True}), 0, id="the day before, and it goes on"),
        pytest.param((None, None), 1, id="no day known"),
    ],
)
def test_an_infection_explains_the_fever_of_its_days_only(span, value):
    assert index_of(*sledai(V, blank="FEVER"), temperatures={V: 39.5}, events=[("infection", *span)])["value"] == value


def test_fever_in_the_days_of_the_treatment_is_put_down_to_it():
    """Day 30 is the last day on which that is so."""
    for day, value in ((30, 0), (31, 1)):
        tables = {"temperatures": {day: 39.5}, "sledai_window_days": 90}
        assert index_of(*sledai(V, blank="FEVER"), **tables)["value"] == value


def test_a_temperature_of_whose_cause_nothing_can_be_recorded_counts():
    tables = tables_of({"P1": Scene(sledai(V, blank="FEVER"))})
    readings = raw_tables(vital_signs=[{"patient_id": "P1", "day": V, "hour": 8, "temperature_c": 39.5}])["vital_signs"]

    results = collect_results(
        tables["labs"],
        assessments=tables["assessments"],
        vital_signs=readings.drop(columns="attributable"),
        adverse_events=tables["adverse_events"],
    )

    assert results[["test", "value"]].to_numpy().tolist() == [["TEMPERATURE", 39.5]]


def test_a_recorded_item_goes_before_the_temperature():
    row = index_of(*sledai(V), temperatures={V: 39.5})

    assert row["value"] == 0
    assert row["decided_on"] == "no descriptor present; FEVER shown by temperature, not recorded"


@pytest.mark.parametrize(
    ("joints", "options", "value"),
    [
        pytest.param(1, {}, 0, id="one joint is no arthritis"),
        pytest.param(2, {}, 4, id="two joints are"),
        pytest.param(2, {"sledai_arthritis_joints": 3}, 0, id="not where more than two are asked for"),
        pytest.param(3, {"sledai_arthritis_joints": 3}, 4, id="three are more than two"),
    ],
)
def test_arthritis_that_was_not_recorded_is_read_from_the_count_of_joints(joints, options, value):
    """Gladman 2002: two joints or more; the index of 1992 says more than two."""
    row = index_of(*sledai(V, blank="ARTHRITIS"), item(V, "JOINTS", "ACTIVE", joints), **options)

    assert (row["value"], row["status"]) == (value, "complete")


def test_the_limit_of_fever_is_an_option():
    options = {"temperatures": {V: 38.1}, "sledai_fever_limit_c": 38.3}

    assert index_of(*sledai(V, blank="FEVER"), **options)["value"] == 0
