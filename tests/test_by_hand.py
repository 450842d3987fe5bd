"""A notebook that is run by hand: what it reads follows from its own data and options, what it makes stays apart."""

import ast
import functools
import re

import nbformat
import pytest

from caseseries import by_hand, study
from caseseries.build.parameters import read_parameters
from caseseries.design import OPTIONS, Design
from caseseries.errors import DataError, ExhibitError, UsageError
from caseseries.exhibits.option_list import table_options
from caseseries.paths import BY_HAND, DERIVED, ROOT, START, SYNTHETIC
from caseseries.plan import read_plan
from caseseries.records import changed, read_dataset
from caseseries.records.describe import describe_dataset, hash_dataset

OPTION = {"b_cell_return_rule": "first_measurable"}
WHERE_ROW = {"table": "labs", "row": 518}


@functools.cache
def read_synthetic():
    return read_dataset(SYNTHETIC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Let runs by hand write to a folder of the test; derivations are counted and cost nothing."""
    calls, dataset = [], read_synthetic()

    def derive(dataset, *, design):
        calls.append(design.changed)
        return {"patients": dataset.tables["patients"][["patient_id"]].assign(n_calls=len(calls))}

    for module in (by_hand, changed, study):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(by_hand, "derive_tables", derive)
    monkeypatch.setattr(by_hand, "read_dataset", lambda data: dataset if data == SYNTHETIC else read_dataset(data))
    return tmp_path, calls


def open_by_hand(design=None, data=SYNTHETIC):
    return study.open_study(data, BY_HAND, design=design)


def test_a_run_by_hand_derives_once_for_the_same_data_and_options(project):
    folder, calls = project

    first, second = open_by_hand(), open_by_hand({"b_cell_marker": OPTIONS["b_cell_marker"].default})

    assert calls == [{}]
    assert first.read("patients").equals(second.read("patients"))
    assert not (folder / DERIVED).exists()


def test_an_option_of_one_notebook_reaches_what_it_reads_and_not_what_another_reads(project):
    _, calls = project

    usual, other = open_by_hand(), open_by_hand(OPTION)

    assert calls == [{}, OPTION]
    assert usual.read("patients")["n_calls"].unique().tolist() == [1]
    assert other.read("patients")["n_calls"].unique().tolist() == [2]


def test_a_changed_raw_value_is_derived_from(project):
    _, calls = project
    open_by_hand()

    open_by_hand(data=changed.write_changed(SYNTHETIC, WHERE_ROW | {"value": "80"}))

    assert len(calls) == 2


def test_other_code_is_derived_with(project, monkeypatch):
    _, calls = project
    open_by_hand()
    monkeypatch.setattr(by_hand, "CODE", "other")
    open_by_hand()

    assert len(calls) == 2


def test_a_derivation_that_is_cut_off_leaves_nothing_that_is_read(project, monkeypatch):
    folder, _ = project
    monkeypatch.setattr(by_hand, "write_made_csv", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_by_hand()

    assert list((folder / ".cache/by_hand").iterdir()) == []


def test_two_kernels_that_derive_the_same_do_not_disturb_each_other(project, monkeypatch):
    derive = by_hand.derive_tables

    def derive_twice(dataset, *, design):
        monkeypatch.setattr(by_hand, "derive_tables", derive)
        open_by_hand()
        return derive(dataset, design=design)

    monkeypatch.setattr(by_hand, "derive_tables", derive_twice)

    assert open_by_hand().read("patients")["n_calls"].unique().tolist() == [1]


def test_what_is_made_by_hand_says_so(project):
    folder, _ = project
    text = open_by_hand()._repr_html_()

    assert "Run by hand: files go to out/by_hand and are no part of the publication." in text
    assert "no part of the publication" in (folder / BY_HAND / "README.txt").read_text()


def test_a_build_reads_what_its_first_notebook_wrote_and_nothing_else(project):
    folder, calls = project
    opened = study.open_study(SYNTHETIC, folder / "elsewhere")

    assert "by hand" not in opened._repr_html_()
    with pytest.raises(ExhibitError, match="run notebooks/00_data"):
        opened.read("patients")
    assert calls == []


def test_the_published_runs_are_read_by_hand_only_for_the_published_data_and_options(monkeypatch):
    published = {"dataset": describe_dataset(SYNTHETIC)}
    monkeypatch.setattr(by_hand, "read_manifest", lambda out: published)

    assert by_hand.find_runs(SYNTHETIC, design=Design(), exhibit="sensitivity") == ROOT
    with pytest.raises(ExhibitError, match=r"run_all\.py build sensitivity"):
        by_hand.find_runs(SYNTHETIC, design=Design(OPTION), exhibit="sensitivity")
    published["dataset"] = {"sha256": "of other data"}
    with pytest.raises(ExhibitError, match="not of these"):
        by_hand.find_runs(SYNTHETIC, design=Design(), exhibit="sensitivity")


def test_one_row_is_changed_in_a_copy_and_nothing_else(project):
    before = hash_dataset(SYNTHETIC)

    dest = changed.write_changed(SYNTHETIC, WHERE_ROW | {"value": 80, "operator": ">"})

    old = (SYNTHETIC / "labs.csv").read_text(encoding="utf-8").splitlines()
    new = (dest / "labs.csv").read_text(encoding="utf-8").splitlines()
    assert [(i, line) for i, line in enumerate(new, 1) if line != old[i - 1]] == [
        (518, "SYN-1,179,CD19,80,>,cells/uL,270,860,blood,flow cytometry")
    ]
    assert hash_dataset(SYNTHETIC) == before
    assert {name for name, digest in hash_dataset(dest).items() if digest != before[name]} == {"labs.csv"}


def test_without_a_change_the_data_themselves_are_read(project):
    assert changed.write_changed(SYNTHETIC, {}) == SYNTHETIC
    assert not (project[0] / BY_HAND).exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": "labs", "value": "80"}, "change must give table and row"),
        (WHERE_ROW | {"table": "lab"}, "no table is called 'lab'; did you mean labs"),
        (WHERE_ROW | {"valu": "80"}, "no column is called 'valu'; did you mean value"),
        (WHERE_ROW | {"row": 1}, "row must be one of labs.csv, 2 to "),
        (WHERE_ROW | {"row": "518"}, "row must be one of labs.csv, 2 to "),
    ],
    ids=["no row", "mistyped table", "mistyped column", "the header", "a text"],
)
def test_a_change_that_cannot_be_made_is_answered_with_what_can(project, change, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        changed.write_changed(SYNTHETIC, change)


def test_a_changed_value_that_breaks_a_rule_stops_the_run(project):
    data = changed.write_changed(SYNTHETIC, WHERE_ROW | {"value": "many"})

    with pytest.raises(DataError, match="value must be"):
        open_by_hand(data=data)


def test_the_start_page_has_the_form_of_the_notebooks():
    notebook = nbformat.read(START, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert list(read_parameters(START))[:3] == ["data", "out", "design"]
    assert read_parameters(START)["out"] == BY_HAND.as_posix()
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id) for cell in notebook.cells)
    assert len(code) <= 12
    assert not [
        node for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, (ast.If, ast.For))
    ]


def test_every_link_and_every_proposal_of_the_start_page_holds():
    notebook = nbformat.read(START, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    proposals = [line.split(" = ", 1) for line in re.findall(r"`(\w+ = [^`]+)`", text)]
    values = {name: ast.literal_eval(value) for name, value in proposals}

    planned = {f"supplements/{exhibit.id}.html" for exhibit in read_plan().exhibits}
    links = set(re.findall(r"\]\(([^)]+)\)", text))

    assert [link for link in links - planned if not (ROOT / link).exists()] == []
    assert links & planned
    assert set(values) == {"last_day", "design", "change", "data"}
    assert values["design"] == Design(values["design"]).changed
    assert values["data"] == changed.CHANGED.as_posix()
    row = (SYNTHETIC / "labs.csv").read_text(encoding="utf-8").splitlines()[values["change"]["row"] - 1]
    assert row.startswith("SYN-1,179,CD19,8,")


def test_the_table_of_options_holds_every_one_with_its_default():
    frame = table_options().frame()

    assert frame["Option"].tolist() == list(OPTIONS)
    assert frame.set_index("Option").loc["b_cell_return_rule", "Default"] == "two_samples_10_per_ul"
    assert frame.set_index("Option").loc["b_cell_undetectable_below_per_ul", "Allowed"] == "0 to 20 cells/uL"


def test_the_code_that_counts_is_all_that_derives(monkeypatch, tmp_path):
    for name in ("records", "derive", "design", "exhibits"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rule.py").write_text("1")
    monkeypatch.setattr(by_hand, "PACKAGE", tmp_path)
    first = by_hand.hash_code()
    (tmp_path / "exhibits" / "rule.py").write_text("2")

    assert by_hand.hash_code() == first
    for name in ("records", "derive", "design"):
        (tmp_path / name / "rule.py").write_text("2")
        assert by_hand.hash_code() != first
        first = by_hand.hash_code()
