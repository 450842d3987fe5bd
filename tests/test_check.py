"""Reading, refusing and writing a data set, and the report for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from broken import VALID, accept, put, swap, write_files

from caseseries.errors import DataError, Found, Problem
from caseseries.records import (
    About,
    Oddity,
    check_dataset,
    list_problems,
    problems_json,
    read_codebook,
    read_dataset,
    write_dataset,
)


def test_the_valid_set_breaks_no_rule(tmp_path):
    folder = write_files(tmp_path)
    assert list_problems(folder) == []
    check_dataset(folder)


def test_the_synthetic_set_breaks_no_rule():
    folder = Path(__file__).parents[1] / "data" / "synthetic"
    assert list_problems(folder) == []


def drop_all_but_patients(files):
    for name in VALID:
        if name not in ("dataset.toml", "patients.csv"):
            del files[name]
    files["dataset.toml"] = files["dataset.toml"].partition(b"infusions")[0]


def keep_only_headers(files):
    for name in VALID:
        if name not in ("dataset.toml", "patients.csv"):
            files[name] = files[name].splitlines(keepends=True)[0]
    files["dataset.toml"] = files["dataset.toml"].partition(b"[rows]")[0]


def test_all_tables_are_read_with_all_columns_even_those_that_are_not_there(tmp_path):
    dataset = read_dataset(write_files(tmp_path, drop_all_but_patients))
    codebook = read_codebook()
    assert dataset.present == ("patients",)
    for name, frame in dataset.tables.items():
        extra = ["reported_value", "reported_unit"] if name == "labs" else []
        assert list(frame.columns) == codebook.columns(name) + extra
        assert len(frame) == (3 if name == "patients" else 0)


def test_columns_have_the_types_of_the_codebook(tmp_path):
    dataset = read_dataset(write_files(tmp_path))
    dtypes = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
    for name, columns in read_codebook().tables.items():
        for code, column in columns.items():
            assert str(dataset[name][code].dtype) == dtypes.get(column.type, "str"), (name, code)


@pytest.mark.parametrize("do_break", [keep_only_headers, drop_all_but_patients])
def test_types_do_not_depend_on_whether_there_are_rows(tmp_path, do_break):
    (tmp_path / "full").mkdir()
    (tmp_path / "bare").mkdir()
    full = read_dataset(write_files(tmp_path / "full"))
    bare = read_dataset(write_files(tmp_path / "bare", do_break))
    for name, frame in bare.tables.items():
        assert list(frame.dtypes) == list(full[name].dtypes), name


def test_what_stands_in_a_cell_is_read(tmp_path):
    dataset = read_dataset(write_files(tmp_path))
    second = dataset["patients"].iloc[1]
    assert (second["patient_id"], second["age_years"], second["death_day"]) == ("P2", 9.0, 200)
    assert pd.isna(second["disease_duration_years"])
    assert not second["developmental_delay"]
    assert dataset["adverse_events"]["treatment"].tolist()[2] == "immunoglobulin, monthly"
    assert dataset.about.title == "Three invented patients"
    assert dataset.about.notes == ("None of them lived.",)
    assert dataset.name == tmp_path.name


@pytest.mark.parametrize(
    ("row", "value", "unit", "limits"),
    [
        pytest.param(0, 120.5 * 8.84, "mg/g", (None, 132.6), id="120.5 mg/mmol of protein are 1,065.22 mg/g"),
        pytest.param(1, 53 / 88.42, "mg/dL", (35 / 88.42, 75 / 88.42), id="53 umol/L of creatinine are 0.599 mg/dL"),
        pytest.param(2, 1.0, "cells/uL", (None, None), id="a unit that is the codebook's stays"),
        pytest.param(4, 112.0, "g/L", (115.0, 155.0), id="11.2 g/dL are exactly 112 g/L"),
    ],
)
def test_results_are_converted_and_keep_what_was_reported(tmp_path, row, value, unit, limits):
    labs = read_dataset(write_files(tmp_path))["labs"].iloc[row]
    reported = [line.split(",") for line in VALID["labs.csv"].splitlines()][row + 1]
    assert labs["value"] == pytest.approx(value, rel=1e-12)
    assert labs["unit"] == unit
    assert labs[["lower_limit", "upper_limit"]].astype(float).tolist() == pytest.approx(
        [float("nan") if limit is None else limit for limit in limits], nan_ok=True
    )
    assert (labs["reported_value"], labs["reported_unit"]) == (float(reported[4]), reported[6])


def test_conversion_does_not_add_binary_dust(tmp_path):
    folder = write_files(tmp_path, swap("labs.csv", "120.5,=,mg/mmol", "1.001,=,g/g"))
    assert 1.001 * 1000 != 1001
    assert read_dataset(folder)["labs"]["value"][0] == 1001


def test_what_an_accepted_oddity_leaves_readable_is_kept(tmp_path):
    breaks = [swap("labs.csv", "11.2,=,g/dL", "112,=,g/dL"), accept("labs.csv", "value-out-of-range", 1)]
    assert read_dataset(write_files(tmp_path, *breaks))["labs"]["value"][4] == 1120


def test_what_an_accepted_oddity_makes_unreadable_is_missing(tmp_path):
    breaks = [swap("labs.csv", "12.5", "lost"), accept("labs.csv", "value-not-a-number", 1)]
    labs = read_dataset(write_files(tmp_path, *breaks))["labs"]
    assert labs["value"].isna().tolist() == [False, False, False, True, False, False]


@pytest.mark.parametrize("function", [check_dataset, read_dataset])
def test_a_broken_set_is_refused_with_every_error_and_no_warning(tmp_path, function):
    breaks = [swap("labs.csv", "12.5", "x"), swap("visits.csv", "M3,90,95", "M3,90,")]
    folder = write_files(tmp_path, *breaks, put("more.csv", "a\n"))
    with pytest.raises(DataError) as caught:
        function(folder)
    assert [problem.rule for problem in caught.value.problems] == ["value-placeholder", "taken-without-day"]
    assert str(caught.value).startswith("labs.csv: value must hold a value, not a placeholder.\n  1 of 6 rows")


def test_warnings_stop_nothing(tmp_path):
    folder = write_files(tmp_path, put("more.csv", "a\n"))
    check_dataset(folder)
    assert [problem.severity for problem in list_problems(folder)] == ["warning"]


def test_the_report_for_machines_has_every_row_and_keeps_the_order(tmp_path):
    many = [f"P3,{day},,CRP,3,==,mg/L,,5,serum," for day in range(20)]
    table = "\n".join([VALID["labs.csv"].splitlines()[0], *many]) + "\n"
    folder = write_files(
        tmp_path,
        put("labs.csv", table),
        swap("dataset.toml", "labs = 6", "labs = 20"),
        swap("patients.csv", "14.5", "145"),
    )
    first, second = json.loads(problems_json(list_problems(folder)))
    assert first == {
        "file": "patients.csv",
        "rule": "age_years-out-of-range",
        "must": "age_years must be from 0 to 110",
        "found": [{"row": 2, "who": "P1", "value": "'145'"}],
        "n_rows": 3,
        "fix": "compare with the source; if it is right, widen the range in data/codebook.csv",
        "severity": "error",
        "accepted": "",
    }
    assert (second["file"], second["rule"]) == ("labs.csv", "operator-unknown")
    assert [found["row"] for found in second["found"]] == list(range(2, 22))


def test_no_problems_are_an_empty_list_for_machines():
    assert json.loads(problems_json([])) == []


def test_a_problem_shows_five_rows_and_counts_the_rest():
    found = tuple(Found(row, "", "") for row in range(2, 1902))
    text = Problem("labs.csv", "rule", "must be", found, 12345, "mend it").text()
    assert text == (
        "labs.csv: must be.\n"
        "  1,900 of 12,345 rows break this: row 2; row 3; row 4; row 5; row 6; and 1,895 more\n"
        "  fix: mend it."
    )


def test_a_written_set_is_read_as_it_was(tmp_path):
    about = About(
        "T",
        "trial",
        "s",
        "l",
        "c",
        "d",
        notes=('a "b"\n\x7f',),
        oddities=(Oddity("labs.csv", "day-out-of-range", 1, "so"),),
    )
    tables = {
        "patients": pd.DataFrame(
            {
                "patient_id": ["P1", "P2"],
                "disease": "SLE",
                "sex": "female",
                "age_years": 10.0,
                "centre": "Rome",
                "developmental_delay": [True, None],
                "last_contact_day": [5.0, 6.0],
                "death_day": [None, 6.0],
            }
        ),
        "labs": pd.DataFrame(
            {"patient_id": ["P1"], "day": [-9990.0], "test": "CRP", "value": 1.0, "operator": "=", "unit": "mg/L"}
        ),
    }
    folder = write_dataset(tables, about, tmp_path / "new", files={"README.md": "x"})
    lines = (folder / "patients.csv").read_text().splitlines()
    assert lines[1:] == ["P1,SLE,female,10.0,Rome,,,yes,5,", "P2,SLE,female,10.0,Rome,,,,6,6"]
    dataset = read_dataset(folder)
    assert dataset.about == about
    assert dataset["labs"]["day"].tolist() == [-9990]


def test_a_column_or_table_that_the_codebook_does_not_know_is_not_written(tmp_path):
    about = About("T", "trial", "s", "l", "c", "d")
    with pytest.raises(KeyError, match=r"not in the codebook: labs\.tset, visit"):
        write_dataset({"labs": pd.DataFrame({"tset": []}), "visit": pd.DataFrame()}, about, tmp_path)
    assert list(tmp_path.iterdir()) == []
