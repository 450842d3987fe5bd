"""Rows to typed tables and back: types, missing values and the order of rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.shared.frames import as_numbers, as_typed, find_order, list_groups, list_rows

TYPES = {"patient_id": "str", "day": "Int64", "value": "float64", "is_known": "boolean"}
ROWS = [
    {"patient_id": "P2", "day": 1, "value": 2.5, "is_known": True},
    {"patient_id": "P1", "day": None, "value": pd.NA, "is_known": None},
    {"patient_id": "P1", "day": 3, "other": "dropped"},
    {"patient_id": None, "day": 0, "value": None, "is_known": False},
]


def plain(frame):
    return [[None if pd.isna(value) else value for value in row.values()] for row in list_rows(frame)]


def test_records_become_a_typed_table_in_their_order():
    made = as_typed(ROWS, TYPES)

    assert made.dtypes.astype(str).to_dict() == TYPES
    assert plain(made) == [
        ["P2", 1, 2.5, True],
        ["P1", None, None, None],
        ["P1", 3, None, None],
        [None, 0, None, False],
    ]


def test_a_frame_becomes_the_same_table_as_its_records():
    frame = pd.DataFrame(ROWS, index=[7, 7, 5, 3]).astype({"value": "Float64", "is_known": "object"})

    pd.testing.assert_frame_equal(as_typed(frame, TYPES), as_typed(ROWS, TYPES))


def test_a_column_without_missing_values_can_be_plain_boolean():
    made = as_typed([{"is_known": True}, {"is_known": False}], {"is_known": "bool"})

    assert (made["is_known"].dtype, made["is_known"].tolist()) == ("bool", [True, False])


@pytest.mark.parametrize("nothing", [[], pd.DataFrame()], ids=["no records", "an empty frame"])
def test_without_rows_every_column_is_there(nothing):
    made = as_typed(nothing, TYPES, by=("patient_id",))

    assert (len(made), made.dtypes.astype(str).to_dict()) == (0, TYPES)


def test_rows_are_sorted_with_missing_values_last_and_numbered_anew():
    made = as_typed(ROWS, TYPES, by=("patient_id", "day"))

    assert [row[:2] for row in plain(made)] == [["P1", 3], ["P1", None], ["P2", 1], [None, 0]]
    assert made.index.tolist() == [0, 1, 2, 3]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["B", "a", "É", "10", "9", None]),
            st.one_of(st.none(), st.integers(-3, 3)),
            st.sampled_from([1.5, -2.0, np.nan]),
        ),
        max_size=12,
    )
)
def test_the_order_is_that_of_pandas(rows):
    frame = pd.DataFrame(rows, columns=["word", "day", "value"]).astype({"word": "str", "day": "Int64"})
    frame["value"] = frame["value"].astype("float64")
    keys = ["word", "day", "value"]

    order = find_order([frame[key] for key in keys])

    assert frame.index[order].tolist() == frame.sort_values(keys, kind="stable").index.tolist()


def test_rows_come_back_as_records_with_the_columns_asked_for():
    frame = as_typed(ROWS, TYPES).iloc[:1]

    assert list_rows(frame) == ROWS[:1]
    assert list_rows(frame, ["day", "patient_id"]) == [{"day": 1, "patient_id": "P2"}]


def test_records_are_grouped_in_the_order_in_which_they_stand():
    frame = as_typed(ROWS[:3], TYPES)

    found = list_groups(frame, ["day"], by="patient_id")

    assert list(found) == ["P2", "P1"]
    assert [pd.isna(row["day"]) or row["day"] for row in found["P1"]] == [True, 3]


def test_missing_numbers_become_nan():
    found = as_numbers(pd.Series([1, None], dtype="Int64"))

    assert (found.dtype, found[0], np.isnan(found[1])) == (np.float64, 1.0, True)
