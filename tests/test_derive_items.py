"""Instruments of many items, comparisons with a limit, and the one form of every score."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limit
from hypothesis import strategies as st

from caseseries.derive.shared.items import compute_totals, derive_item_grid
from caseseries.derive.shared.limits import all_of, any_of, is_above, is_below
from caseseries.derive.shared.measured import derive_measures
from caseseries.derive.shared.results import derive_daily_results
from caseseries.derive.shared.scores import SCORES, as_scores
from caseseries.derive.shared.states import Criterion, derive_states
from caseseries.records.codebook import read_codebook

CMAS = {code: entry.maximum for code, entry in read_codebook().instruments["CMAS"].items.items()}


def assessments(*rows):
    """Rows of patient, day, item and score of the CMAS."""
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "item", "score"]).assign(instrument="CMAS")
    return frame.astype({"patient_id": "str", "day": "Int64", "item": "str", "score": "float64", "instrument": "str"})


def full(who="P1", day=0, **changed):
    return [(who, day, code, score) for code, score in (CMAS | changed).items()]


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_a_total_adds_up_all_items():
    row = only(compute_totals(assessments(*full(HEAD_LIFT=1)), instrument="CMAS"))

    assert row[["measure", "value", "unit", "status"]].tolist() == ["CMAS", 48, "points", "complete"]
    assert row["decided_on"] == "sum of 14 items"
    assert pd.isna(row["missing_items"])


@pytest.mark.parametrize("left_out", [full()[1:], full(HEAD_LIFT=None)], ids=["no row", "a row without score"])
def test_a_total_is_not_given_while_an_item_is_missing(left_out):
    row = only(compute_totals(assessments(*left_out), instrument="CMAS"))

    assert pd.isna(row["value"])
    assert row[["status", "missing_items", "decided_on"]].tolist() == ["partial", "HEAD_LIFT", "13 of 14 items scored"]


@pytest.mark.parametrize(
    ("rows", "value", "status", "words"),
    [
        pytest.param([("P1", 0, "TOTAL", 40)], 40, "complete", "total as recorded, without items", id="total alone"),
        pytest.param([*full(), ("P1", 0, "TOTAL", 52)], 52, "complete", "sum of 14 items", id="total that agrees"),
        pytest.param(
            [*full(), ("P1", 0, "TOTAL", 40)], 52, "complete", "sum of 14 items; the recorded total is 40",
            id="total that differs",
        ),
        pytest.param([*full()[1:], ("P1", 0, "TOTAL", 40)], None, "partial", "13 of 14 items scored", id="items lack"),
        pytest.param([("P1", 0, "SIT_UPS", None)], None, "indeterminate", "0 of 14 items scored", id="nothing scored"),
    ],
)  # fmt: skip
def test_a_recorded_total_counts_only_without_items(rows, value, status, words):
    row = only(compute_totals(assessments(*rows), instrument="CMAS", measure="STRENGTH"))

    assert (None if pd.isna(row["value"]) else row["value"]) == value
    assert row[["measure", "status", "decided_on"]].tolist() == ["STRENGTH", status, words]


def test_each_patient_and_day_has_its_own_total():
    rows = [*full("P2", 5), *full("P1", 9, SIT_UPS=0), *full("P1", -3, SIT_UPS=1)]

    totals = compute_totals(assessments(*rows), instrument="CMAS")

    assert list(zip(totals["patient_id"], totals["day"], totals["value"], strict=True)) == [
        ("P1", -3, 47), ("P1", 9, 46), ("P2", 5, 52),
    ]  # fmt: skip


def test_items_stand_in_the_order_of_the_codebook_with_the_total_last():
    grid = derive_item_grid(assessments(("P1", 0, "PICK_UP", 1), ("P1", 0, "PICK_UP", 3)), instrument="CMAS")

    assert grid.columns.tolist() == [*CMAS, "TOTAL"]
    assert grid.loc[("P1", 0), "PICK_UP"] == 3
    assert grid.drop(columns="PICK_UP").isna().all(axis=None)


def test_an_instrument_that_was_not_used_gives_an_empty_table():
    totals = compute_totals(assessments(*full()), instrument="MMT8")

    assert totals.empty
    assert totals.columns.tolist() == list(SCORES)


def answer(value, bound, operator="=", **options):
    made = is_below(pd.Series([value]), bound, operators=pd.Series([operator], dtype="str"), **options).iloc[0]
    opposite = is_above(
        pd.Series([value]), bound, operators=pd.Series([operator], dtype="str"), or_equal=not options.get("or_equal")
    ).iloc[0]
    assert pd.isna(opposite) if pd.isna(made) else opposite == (not made)
    return None if pd.isna(made) else bool(made)


@pytest.mark.parametrize(
    ("value", "operator", "below", "at_or_below"),
    [
        pytest.param(2.9, "=", True, True, id="less"),
        pytest.param(3.0, "=", False, True, id="equal"),
        pytest.param(3.1, "=", False, False, id="more"),
        pytest.param(0.1 + 0.2 + 2.7, "=", False, True, id="equal but for the last digit"),
        pytest.param(2.9999999999, "=", False, True, id="nearer than the tolerance"),
        pytest.param(2.99999999, "=", True, True, id="further than the tolerance"),
        pytest.param(3.0, "<", True, True, id="below the limit itself"),
        pytest.param(2.0, "<", True, True, id="below less"),
        pytest.param(3.1, "<", None, None, id="below more leaves it open"),
        pytest.param(3.0, ">", False, False, id="above the limit itself"),
        pytest.param(4.0, ">", False, False, id="above more"),
        pytest.param(2.9, ">", None, None, id="above less leaves it open"),
        pytest.param(2.9, None, True, True, id="no operator is a measured value"),
        pytest.param(None, "=", None, None, id="no value"),
        pytest.param(None, "<", None, None, id="no value below something"),
    ],
)
def test_a_result_is_compared_with_a_limit_of_3(value, operator, below, at_or_below):
    assert answer(value, 3.0, operator) is below
    assert answer(value, 3.0, operator, or_equal=True) is at_or_below


def test_a_result_on_the_limit_is_by_default_neither_below_nor_above():
    assert is_below(pd.Series([3.0]), 3.0).tolist() == [False]
    assert is_above(pd.Series([3.0]), 3.0).tolist() == [False]


def test_each_result_has_its_own_limit_and_a_missing_one_leaves_it_open():
    made = is_below(pd.Series([1, 1, 1], index=[7, 8, 9]), pd.Series([2.0, 0.5, None], index=[7, 8, 9]))

    assert made.astype("float64").fillna(-1).tolist() == [1, 0, -1]
    assert made.index.tolist() == [7, 8, 9]


def test_answers_are_combined_without_guessing():
    yes, no, open_ = (pd.Series([value], dtype="boolean") for value in (True, False, None))

    assert all_of(yes, open_, no).tolist() == [False]
    assert all_of(no, yes).tolist() == [False]
    assert all_of(yes, open_).isna().all()
    assert all_of(yes, yes).tolist() == [True]
    assert any_of(no, open_, yes).tolist() == [True]
    assert any_of(yes, no).tolist() == [True]
    assert any_of(no, open_).isna().all()
    assert any_of(no, no).tolist() == [False]


@limit(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 5), st.sampled_from(["=", "<", ">"]))
def test_a_higher_result_is_never_below_what_a_lower_one_is_not(value, bound, more, operator):
    low, high = answer(value, bound, operator), answer(value + more, bound, operator)

    assert not (low is False and high is True)


def labs(*rows):
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "hour", "test", "value", "operator"])
    types = {"patient_id": "str", "day": "Int64", "hour": "float64", "test": "str", "value": "float64"}
    return frame.assign(lower_limit=None, upper_limit=None).astype(types | {"operator": "str"})


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        pytest.param([(8.0, 1.0), (20.0, 2.0)], 2.0, id="the later hour"),
        pytest.param([(20.0, 2.0), (8.0, 3.0)], 2.0, id="the later hour, whatever the order"),
        pytest.param([(None, 3.0), (8.0, 1.0)], 1.0, id="an hour goes before none"),
        pytest.param([(None, 3.0), (None, 1.0)], 3.0, id="without hours the highest"),
        pytest.param([(8.0, 1.0), (9.0, None)], 1.0, id="a result without value is none"),
    ],
)
def test_the_last_sample_of_a_day_counts(rows, value):
    made = derive_daily_results(labs(*[("P1", 3, hour, "CK", own, None) for hour, own in rows]), test="CK")

    assert only(made)[["day", "value", "operator"]].tolist() == [3, value, "="]


def test_results_of_other_tests_days_and_patients_stand_apart():
    rows = [
        ("P2", 3, 8, "CK", 5, "<"),
        ("P1", 4, 8, "CK", 6, ">"),
        ("P1", 3, 8, "CK", 7, "="),
        ("P1", 3, 9, "ALT", 8, "="),
    ]

    made = derive_daily_results(labs(*rows), test="CK")

    assert list(zip(made["patient_id"], made["day"], made["value"], made["operator"], strict=True)) == [
        ("P1", 3, 7, "="), ("P1", 4, 6, ">"), ("P2", 3, 5, "<"),
    ]  # fmt: skip


def test_a_state_asks_for_every_criterion():
    visits = pd.DataFrame({"patient_id": ["P1", "P2", "P3"], "day": [1, 2, 3]})
    first = Criterion(pd.Series([True, True, None], dtype="boolean"), ["a", "b", "c"], ["x", "x", "x"])
    second = Criterion(pd.Series([True, False, True], dtype="boolean"), ["d", "e", "f"], ["y", "y", ""])

    made = derive_states(visits, states={"STATE": [first, second]})

    assert made["value"].fillna(-1).tolist() == [1, 0, -1]
    assert made["status"].tolist() == ["complete", "complete", "indeterminate"]
    assert made["missing_items"].fillna("").tolist() == ["", "", "x"]
    assert made["decided_on"].tolist() == ["a; d", "b; e (not met)", "c (not known); f"]
    assert set(made["unit"]) == {"yes/no"}


@pytest.mark.parametrize(
    ("instrument", "item", "measure", "unit"),
    [
        ("GLOBAL", "PHYSICIAN", "PGA", "cm"),
        ("GLOBAL", "PATIENT", "PATIENT_GLOBAL", "cm"),
        ("GLOBAL", "EXTRAMUSCULAR", "EXTRAMUSCULAR_GLOBAL", "cm"),
        ("PGA_SLE", "TOTAL", "PGA_SLE", "points"),
        ("CHAQ", "TOTAL", "CHAQ", "points"),
        ("LUNG", "FVC_PCT", "FVC_PCT", "% of predicted"),
        ("LUNG", "FVC_L", "FVC_L", "L"),
        ("LUNG", "DLCO_PCT", "DLCO_PCT", "% of predicted"),
        ("MRSS", "TOTAL", "MRSS", "points"),
        ("MMT8", "TOTAL", "MMT8", "points"),
        ("CMAS", "TOTAL", "CMAS", "points"),
    ],
)
def test_a_measure_that_stands_as_it_is_has_its_name_and_unit(instrument, item, measure, unit):
    rows = assessments(("P1", 3, item, 1.5)).assign(instrument=instrument).astype({"instrument": "str"})

    row = only(derive_measures(rows))

    assert row[["patient_id", "day", "measure", "value", "unit", "status"]].tolist() == [
        "P1", 3, measure, 1.5, unit, "complete",
    ]  # fmt: skip


def test_scores_are_sorted_and_empty_texts_are_missing():
    rows = [
        {"patient_id": "P2", "day": 1, "measure": "A", "value": 1, "missing_items": "", "surplus": 3},
        {"patient_id": "P1", "day": 2, "measure": "B", "value": 2},
        {"patient_id": "P1", "day": 1, "measure": "B", "value": 3},
        {"patient_id": "P1", "day": 9, "measure": "A", "value": 4},
    ]

    made = as_scores(rows)

    assert made["value"].tolist() == [4, 3, 2, 1]
    assert made.columns.tolist() == list(SCORES)
    assert made["missing_items"].isna().all()
    assert made.index.tolist() == [0, 1, 2, 3]
