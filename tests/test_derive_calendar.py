"""The calendar of long-term follow-up: what is expected, done, missed, due."""

import pytest
from cohorts import patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.outcomes.calendar import CALENDAR, derive_calendar, list_planned_visits, summarize_calendar
from caseseries.design import Design


def visit(day, name="visit", *, who="P1", status="done"):
    return {"patient_id": who, "visit": name, "planned_day": day, "actual_day": day, "status": status}


def calendar_of(cut, visits=(), *, death_day=None, **options):
    tables = raw_tables(patients=[patient("P1", last_contact_day=cut, death_day=death_day)], visits=list(visits))
    return derive_calendar(tables["patients"], visits=tables["visits"], design=Design(options)).set_index("visit")


def test_fifteen_years_of_visits_are_planned():
    planned = list_planned_visits(Design())

    assert planned["visit"].tolist() == [
        "M3", "M6", "M12", "M18", "M24", "M36", "M48", "M60", *(f"M{month}" for month in range(72, 181, 12))
    ]  # fmt: skip
    assert planned["target_day"].tolist()[:8] == [91, 183, 365, 548, 730, 1096, 1461, 1826]
    assert planned["target_day"].tolist()[-1] == 5479
    assert (planned["last_day"] - planned["target_day"]).tolist()[:6] == [14, 21, 30, 45, 45, 45]


@pytest.mark.parametrize(
    ("schedule", "n", "last"),
    [
        pytest.param("five_years", 8, "M60", id="five years"),
        pytest.param("yearly_fifteen_years", 15, "M180", id="yearly for fifteen years"),
    ],
)
def test_another_schedule_may_be_chosen(schedule, n, last):
    planned = list_planned_visits(Design({"calendar_schedule": schedule}))

    assert (len(planned), planned["visit"].iloc[-1]) == (n, last)


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        pytest.param(274, 2, id="9 months: months 3 and 6"),
        pytest.param(502, 3, id="16.5 months: month 12 too"),
        pytest.param(730, 4, id="24 months: the window of month 24 is still open"),
        pytest.param(774, 4, id="on the day before its last day"),
        pytest.param(775, 5, id="on its last day it is over"),
        pytest.param(104, 0, id="the day before the first window ends"),
        pytest.param(105, 1, id="the last day of the first window"),
    ],
)
def test_a_visit_is_expected_once_its_window_is_over(cut, expected):
    assert calendar_of(cut)["is_expected"].sum() == expected


def test_a_visit_that_is_done_early_is_expected_and_done():
    found = calendar_of(730, [visit(720)])

    assert found["is_expected"].sum() == 5
    assert found.loc["M24", ["status", "actual_day", "deviation_days"]].tolist() == ["done", 720, -10]


def test_each_visit_is_done_missed_due_or_not_due():
    found = calendar_of(510, [visit(92), visit(330)])

    assert found["status"].tolist()[:5] == ["done", "missed", "missed", "due", "not due"]
    assert calendar_of(502)["status"]["M18"] == "not due"
    assert calendar_of(503)["status"]["M18"] == "due"


@pytest.mark.parametrize(
    ("visits", "actual"),
    [
        pytest.param([visit(77)], 77, id="the first day of the window"),
        pytest.param([visit(76)], None, id="the day before"),
        pytest.param([visit(105)], 105, id="the last day of the window"),
        pytest.param([visit(106)], None, id="the day after"),
        pytest.param([visit(80), visit(95)], 95, id="the nearest counts"),
        pytest.param([visit(90), visit(92)], 92, id="of two as near the later"),
        pytest.param([visit(130, "M3")], 130, id="outside the window under its own name"),
        pytest.param([visit(130, "M3"), visit(80)], 80, id="but one in the window goes first"),
        pytest.param([visit(None, "M3", status="missed")], None, id="missed"),
        pytest.param([visit(91, who="P2")], None, id="of another patient"),
    ],
)
def test_the_visit_that_counts_lies_in_the_window_or_bears_the_name(visits, actual):
    found = calendar_of(365, visits).loc["M3"]

    assert found["status"] == ("done" if actual else "missed")
    assert (found["actual_day"] if actual else None) == actual


def test_one_day_does_not_stand_for_two_visits():
    found = calendar_of(365, [visit(183, "M3")])

    assert found["status"].tolist()[:2] == ["missed", "done"]


def test_follow_up_ends_with_death_and_an_unknown_end_misses_nothing():
    assert calendar_of(800, death_day=200)["is_expected"].sum() == 1
    unknown = calendar_of(None, [visit(91)])
    assert unknown["status"].tolist()[:3] == ["done", "not due", "not due"]


def test_later_visits_have_the_window_of_the_option():
    assert calendar_of(1096 + 45)["status"]["M36"] == "missed"
    assert calendar_of(1096 + 45, calendar_half_width_days=46)["status"]["M36"] == "due"


def test_the_summary_counts_patients_by_visit():
    tables = raw_tables(
        patients=[patient("P1", last_contact_day=300), patient("P2", last_contact_day=100)],
        visits=[visit(91), visit(91, who="P2")],
    )
    calendar = derive_calendar(tables["patients"], visits=tables["visits"], design=Design())
    found = summarize_calendar(calendar).set_index("visit")

    assert found.loc["M3", ["n_expected", "n_done", "n_missed"]].tolist() == [2, 2, 0]
    assert found.loc["M6", ["n_expected", "n_done", "n_missed", "n_not_due"]].tolist() == [1, 0, 1, 1]
    assert list(found.index)[:3] == ["M3", "M6", "M12"]


def test_without_patients_the_calendar_has_its_columns():
    tables = raw_tables()

    assert list(derive_calendar(tables["patients"], visits=tables["visits"], design=Design()).columns) == list(CALENDAR)


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.lists(st.integers(1, 900), unique=True, max_size=8), st.integers(0, 900), st.integers(0, 100))
def test_more_follow_up_never_makes_fewer_visits_expected(days, cut, more):
    early, late = (calendar_of(end, [visit(day) for day in days]) for end in (cut, cut + more))

    assert (early["is_expected"] <= late["is_expected"]).all()
    assert (early["status"] == "done").tolist() == (late["status"] == "done").tolist()
    assert early["actual_day"].dropna().is_unique


def test_a_visit_under_its_name_counts_though_it_lies_in_a_window_that_another_visit_serves():
    found = calendar_of(400, [visit(85, "M3"), visit(100, "M6")])

    assert found.loc["M3", ["status", "actual_day"]].tolist() == ["done", 85]
    assert found.loc["M6", ["status", "actual_day", "deviation_days"]].tolist() == ["done", 100, -83]


def test_one_day_serves_one_visit():
    found = calendar_of(400, [visit(100, "M6")])

    assert found["status"].tolist()[:2] == ["done", "missed"]
