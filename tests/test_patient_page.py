"""A patient's page tells what is known with the values that decided it, and nothing from the data can run in it."""

import pandas as pd
from series import derive_series

from caseseries.exhibits.patient.page import list_raw_tables, table_facts, table_flares, table_grades, table_states
from caseseries.paths import SYNTHETIC
from caseseries.records.listing import read_rows

HOSTILE = "<script>alert(1)</script>"


def rows(table):
    return {row.label: row.cells for row in table.rows if row.kind != "section"}


def test_facts_leave_out_what_was_not_recorded_and_name_the_rest_in_words():
    facts = rows(table_facts(derive_series()["patients"], patient_id="SYN-8"))

    assert facts["Disease"] == ("SSc",)
    assert facts["Sex"][0] in ("Female", "Male")
    assert facts["Dose (cells/kg)"] == ("1.0 × 10⁶",)
    assert facts["In remission at the last assessment"] == ("no",)
    assert facts["Sustained remission without drugs"][0].startswith("no: ")
    assert "Group" not in facts
    assert "Death (day)" not in facts


def test_each_grade_stands_with_its_days_and_what_decided_it():
    grades = pd.DataFrame(
        {
            "patient_id": ["P1", "P1", "P2"],
            "toxicity": ["CTCAE:ANC", "CRS", "CRS"],
            "grade": pd.array([None, 2, 4], dtype="Int64"),
            "onset_day": pd.array([None, 3, 1], dtype="Int64"),
            "end_day": pd.array([None, 5, 2], dtype="Int64"),
            "status": ["not assessable", "graded", "graded"],
            "decided_on": [None, "hypotension on day 4", "x"],
        }
    )
    table = table_grades(grades, patient_id="P1")

    assert rows(table) == {
        "Cytokine release syndrome": ("2", "3", "5", "graded", "hypotension on day 4"),
        "Absolute neutrophil count, by CTCAE": ("–", "–", "–", "not assessable", ""),
    }
    assert table.rows[0].label == "Cytokine release syndrome"


def test_each_visit_tells_whether_it_was_in_remission_and_why():
    table = table_states(derive_series()["disease_states"], patient_id="SYN-3")
    own = derive_series()["disease_states"].query("patient_id == 'SYN-3'")

    assert [row.label for row in table.rows] == [str(day) for day in own["day"]]
    assert [row.cells[1] for row in table.rows] == ["yes" if value else "no" for value in own["is_in_remission"]]
    assert [row.cells[2] for row in table.rows] == own["decided_on"].tolist()


def test_a_patient_without_a_flare_is_said_to_have_none():
    table = table_flares(derive_series()["flares"], patient_id="SYN-1")

    assert table.rows == ()
    assert table.footnotes == ("No sign of a flare was found.",)


def test_every_raw_row_of_the_patient_is_listed_once():
    raw = read_rows(SYNTHETIC, patient_id="SYN-5")
    tables = list_raw_tables(raw)

    with (SYNTHETIC / "labs.csv").open(encoding="utf-8") as file:
        n_labs = sum(line.startswith("SYN-5,") for line in file)
    labs = next(table for table in tables if table.caption.startswith("labs.csv"))
    assert len(labs.rows) == n_labs
    assert labs.caption == f"labs.csv ({n_labs} rows)"


def test_what_came_from_data_is_text_in_the_page():
    patients = derive_series()["patients"].copy()
    patients.loc[0, ["patient_id", "centre", "organs"]] = [HOSTILE, HOSTILE, HOSTILE]
    raw = {"medications": pd.DataFrame({"row": ["2"], "drug": [HOSTILE], HOSTILE: ["x"]})}
    page = table_facts(patients, patient_id=HOSTILE).to_html()
    page += "".join(table.to_html() for table in list_raw_tables(raw))

    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5


def test_a_disease_without_scores_still_has_a_page():
    patients = derive_series()["patients"].head(1).assign(disease="MS", remission_criterion=pd.NA)

    assert rows(table_facts(patients, patient_id="SYN-1"))["Disease"] == ("MS",)
    assert "Criterion of remission" not in rows(table_facts(patients, patient_id="SYN-1"))
    assert table_states(derive_series()["disease_states"].head(0), patient_id="SYN-1").rows == ()
