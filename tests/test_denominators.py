"""A denominator that no filter of the ledger leaves stops the build, with exhibit, cell, found and allowed."""

from types import SimpleNamespace

import pandas as pd
import pytest
from cohorts import PATIENTS, derived_cohort
from matplotlib.figure import Figure

from caseseries.derive.cohort.ledger import LEDGER
from caseseries.design import Design
from caseseries.errors import ExhibitError
from caseseries.exhibits.denominators import Stated, check_denominators, find_counts, list_denominators, name_tables
from caseseries.exhibits.forms.provenance import mark_input
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.plan import read_plan
from caseseries.study import Study

LINES = [
    ("cohort", "enrolled", 8), ("cohort", "SLE", 4), ("grades:CRS", "grade known", 7),
    ("grades:CRS", "grade 1 or more", 6), ("scores:DORIS", "M3 value", 3),
]  # fmt: skip
LEDGER_OF_EIGHT = pd.DataFrame(
    [{"table": table, "rule": rule, "n_in": 8, "n_out": n} for table, rule, n in LINES], columns=list(LEDGER)
).astype(LEDGER)


def table_with(*cells, heading="All (n = 8)", note=""):
    return DisplayTable(("", heading), tuple(Row("CRS", (cell,)) for cell in cells), (note,) if note else ())


def problems(made, *, tables=("grades",), elsewhere=()):
    found = check_denominators(
        LEDGER_OF_EIGHT, list_denominators(made), exhibit="safety", tables=tables, elsewhere=elsewhere
    )
    return [entry.value for problem in found for entry in problem.found]


@pytest.mark.parametrize(
    "cell", ["6/8 (75%; 35 to 97)", "6/7 (86%)", "grade 1: 4/4", "none", "100/uL", "1.5/2", "mg/m2", "2026/11/22"]
)
def test_what_the_ledger_holds_and_what_is_no_share_pass(cell):
    assert problems(table_with(cell)) == []


@pytest.mark.parametrize("cell", ["5/5 (100%)", "median 3 (n = 5)", "0/3", "1/2; 6/8"])
def test_another_number_of_patients_is_a_problem(cell):
    [found] = problems(table_with(cell))

    assert found.startswith("row 'CRS', column 'All (n = 8)': ")
    assert "the ledger has 4, 6, 7, 8 for cohort, grades" in found


def test_a_filter_of_another_table_does_not_count():
    assert problems(table_with("1/3")) != []
    assert problems(table_with("1/3"), tables=("grades", "scores")) == []


def test_headings_and_notes_are_read_too():
    assert problems(table_with("6/8", heading="All (n = 9)"))[0].startswith("heading: 'n = 9'")
    assert problems(table_with("6/8", note="Of the others, 1/5."))[0].startswith("note: '1/5'")


def test_numbers_of_other_things_are_no_patients():
    assert problems(table_with("n = 147 samples")) == []
    assert problems(table_with("n = 147 patients")) != []


def drawing_with(*, legend="", alt_text="", drawn="", plotted=()):
    figure = Figure()
    figure.text(0, 0, drawn)
    frames = {f"panel {number}": pd.DataFrame({"patient_id": list(ids)}) for number, ids in enumerate(plotted)}
    return Drawing(figure, frames, alt_text, legend)


def test_a_figure_is_read_in_its_legend_its_alternative_text_and_its_drawing():
    assert problems(drawing_with(legend="Median of n = 6.")) == []
    assert problems(drawing_with(legend="Median of n = 5."))[0].startswith("legend: 'n = 5'")
    assert problems(drawing_with(alt_text="In 3/5 patients."))[0].startswith("alternative text: '3/5'")
    assert problems(drawing_with(drawn="SLE, n = 5"))[0].startswith("drawing: 'n = 5'")
    assert problems(drawing_with(drawn="3/5 visits, n = 5 infections, n = 7")) == []


def test_the_n_of_a_panel_may_be_that_of_the_patients_in_it():
    assert problems(drawing_with(drawn="n = 2", plotted=["AAB", "ABCDE"])) == []
    assert problems(drawing_with(drawn="n = 3", plotted=["AAB", "ABCDE"]))[0].startswith("drawing: 'n = 3'")
    assert problems(drawing_with(legend="n = 2.", plotted=["AAB"]))[0].startswith("legend: 'n = 2'")


def test_patients_of_other_series_are_taken_from_the_table_that_counts_them(tmp_path):
    published = pd.DataFrame({"n_patients": [15, 5]})
    (tmp_path / "own.csv").write_text("x")
    own = mark_input(pd.DataFrame({"n_patients": [99]}), tmp_path / "own.csv", name="data/derived/own.csv")

    assert find_counts([published, own, "text"]) == {15, 5}
    assert problems(table_with("15/15"), elsewhere=find_counts([published])) == []


def test_a_number_that_names_its_line_must_be_that_of_the_very_line():
    stated = [
        Stated("crs.any.n", "6", 7, "grades:CRS, grade known"),
        Stated("crs.onset.median", "7", 7, "grades:CRS, grade 1 or more"),
        Stated("icans.any.n", "1", 8, "grades:ICANS, grade known"),
        Stated("licats.any.n", "not assessable", 0, "grades:LICATS, grade known"),
    ]
    [problem] = check_denominators(LEDGER_OF_EIGHT, stated, exhibit="results", tables=())

    assert [entry.value for entry in problem.found] == [
        "crs.onset.median: 7 of 7; the ledger has 6 (grades:CRS, grade 1 or more)",
        "icans.any.n: 1 of 8; the ledger has no such line (grades:ICANS, grade known)",
    ]
    assert problem.text().startswith("results: every denominator must be a number of patients that the ledger accounts")


def test_only_derived_tables_are_behind_an_exhibit():
    assert name_tables(["labs.csv", "data/derived/grades.csv", "data/derived/scores.csv"]) == {"grades", "scores"}


def test_an_exhibit_with_a_denominator_of_its_own_is_not_written(tmp_path):
    study = Study(data=tmp_path, out=tmp_path, about=PATIENTS, design=Design(), plan=read_plan())
    tables = derived_cohort(8)
    study.write_derived({name: tables[name] for name in ("contents", "ledger", "patients", "infusions")})
    wrong = SimpleNamespace(make=lambda patients: table_with("6/11"))

    with pytest.raises(ExhibitError, match=r"(?s)baseline: every denominator must be .*'6/11'; the ledger has .*fix: "):
        study.write_table("baseline", wrong.make, study.read("patients"))
    assert not (tmp_path / "tables").exists()

    study.write_table("baseline", lambda patients: table_with("6/8"), study.read("patients"))
    assert (tmp_path / "tables/baseline.csv").exists()
