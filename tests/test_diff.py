"""What changed between two builds is named, and so is what moved it."""

import io
import json
import shutil
from pathlib import Path

import pytest
from docx import Document
from lxml import html

from caseseries.build.manifest import hash_run_code
from caseseries.cli import main
from caseseries.errors import UsageError
from caseseries.records.describe import hash_file
from caseseries.verify.causes import list_causes
from caseseries.verify.changes import find_changes
from caseseries.verify.changes_report import make_changes_page, make_changes_table
from caseseries.verify.grades import Grade
from caseseries.verify.raw_rows import list_raw_changes
from caseseries.verify.rebuild import Order
from caseseries.verify.replay import CODE, list_steps, replay_changes

LABS = "patient_id,day,test,value\nP1,0,CRP,5\nP1,7,CRP,9\nP2,0,CRP,4\n"
DRUGS = "patient_id,drug,dose\nP1,a,10\nP2,b,20\n"


def make_run(notebook, *, reads=None, cells="c1", modules=None, lock="l1", parameters=None, needs=()):
    hashes = modules or {}
    return {
        "notebook": notebook, "parameters": parameters or {}, "needs": list(needs), "lock": lock, "cells": cells,
        "code": hash_run_code(cells, hashes), "modules": " ".join(hashes), "hashes": hashes, "reads": reads or {},
    }  # fmt: skip


def make_manifest(runs, *, dataset="d1"):
    """Make a manifest: two tables from two notebooks behind one that prepares."""
    exhibits = [
        {
            "id": name, "label": label, "title": name, "notebook": notebook, "runs": [notebook], "lacks": [],
            "files": {f"tables/{name}.csv": "f1"},
        }
        for name, label, notebook in (("first", "Table 1", "10_first"), ("second", "Table 2", "20_second"))
    ]  # fmt: skip
    return {
        "caseseries": "0.1.0",
        "dataset": {"title": "T", "kind": "synthetic", "sha256": dataset},
        "derived": {},
        "exhibits": exhibits,
        "runs": runs,
    }


def make_runs(**changes):
    """Make three runs; ``changes`` replace what is known of one by its notebook's last word."""
    runs = {
        "prepares": {"notebook": "00_prepares", "reads": {"data/labs.csv": "h1"}, "modules": {"m/read.py": "m1"}},
        "first": {"notebook": "10_first", "needs": ["00_prepares"], "modules": {"m/read.py": "m1", "m/first.py": "m1"}},
        "second": {
            "notebook": "20_second",
            "needs": ["00_prepares"],
            "modules": {"m/read.py": "m1", "m/second.py": "m1"},
        },
    }
    made = {name: make_run(**{**facts, **changes.get(name, {})}) for name, facts in runs.items()}
    return {facts["notebook"]: facts for facts in made.values()}


def find_causes(**changes):
    return {
        (cause.kind, cause.name): cause
        for cause in list_causes(make_manifest(make_runs()), make_manifest(make_runs(**changes)))
    }


def test_the_same_inputs_are_no_cause():
    assert find_causes() == {}


def test_a_raw_table_is_behind_every_exhibit():
    causes = find_causes(prepares={"reads": {"data/labs.csv": "h2"}})

    assert list(causes) == [("data", "data/labs.csv")]
    assert causes["data", "data/labs.csv"].exhibits == ("Table 1", "Table 2")


def test_a_parameter_and_an_option_are_behind_the_exhibits_of_their_notebook():
    causes = find_causes(second={"parameters": {"months": 6, "design": {"interval": "wilson"}}})

    assert causes["parameter", "months"].detail == "its default to 6"
    assert causes["parameter", "interval"].exhibits == ("Table 2",)


def test_packages_are_told_by_the_lock():
    causes = find_causes(first={"lock": "l2"})

    assert causes["package", "requirements.lock"].exhibits == ("Table 1",)


def test_of_all_code_the_files_that_changed_are_named_and_no_others():
    causes = find_causes(first={"modules": {"m/read.py": "m1", "m/first.py": "m2"}}, second={"cells": "c2"})

    assert {name: cause.exhibits for name, cause in causes.items()} == {
        ("code", "m/first.py"): ("Table 1",),
        ("code", "notebooks/20_second.ipynb"): ("Table 2",),
    }


def test_where_a_manifest_does_not_tell_the_hash_of_each_module_no_file_is_named():
    old, new = (make_manifest(make_runs(first={"cells": cells})) for cells in ("c1", "c2"))
    for run in (run for manifest in (old, new) for run in manifest["runs"].values()):
        del run["hashes"], run["cells"]

    assert [(cause.kind, cause.name) for cause in list_causes(old, new)] == [("code", "code of 10_first")]


def test_another_data_set_is_a_cause_even_if_no_run_read_what_differs():
    (cause,) = list_causes(make_manifest(make_runs()), make_manifest(make_runs(), dataset="d2"))

    assert (cause.kind, cause.name, cause.detail) == ("data", "data set", "d1 to d2")


@pytest.mark.parametrize("side", ["first", "second"])
def test_an_altered_file_is_never_put_down_to_code_or_data(builds, tmp_path, side):
    folder = builds[side == "second"]
    (folder / "tables/second.csv").write_text("item,total\nx,2\n")

    changes = {change.difference.file: change.cause for change in find_changes(*builds).changes}

    assert changes["tables/second.csv"] == f"altered after it was built, in the {side}"
    assert changes["tables/first.csv"] == "data: labs.csv"


@pytest.fixture
def data(tmp_path):
    """Give two folders of raw tables: in the second a result of P1 and the dose of P2 are others."""
    folders = tmp_path / "data_a", tmp_path / "data_b"
    for folder in folders:
        folder.mkdir()
        (folder / "labs.csv").write_text(LABS)
        (folder / "drugs.csv").write_text(DRUGS)
        (folder / "dataset.toml").write_text('title = "T"\n')
    (folders[1] / "labs.csv").write_text(LABS.replace("P1,7,CRP,9", "P1,7,CRP,90"))
    (folders[1] / "drugs.csv").write_text(DRUGS.replace("P2,b,20", "P2,b,25"))
    return folders


def test_raw_rows_are_named_by_their_keys(data):
    changes = list_raw_changes(*data)

    assert [(change.file, change.where, change.old, change.new) for change in changes] == [
        ("drugs.csv", "P2, dose", "20", "25"),
        ("labs.csv", "P1, 7, value", "9", "90"),
    ]


def test_raw_tables_that_only_one_folder_has_are_named(data):
    (data[1] / "labs.csv").unlink()

    assert ("labs.csv", "absent") in [(change.file, change.new) for change in list_raw_changes(*data)]


def test_rows_in_another_order_are_no_change(data):
    (data[1] / "labs.csv").write_text("patient_id,day,test,value\nP2,0,CRP,4\nP1,7,CRP,9.0\nP1,0,CRP,5\n")

    assert {change.file for change in list_raw_changes(*data)} == {"drugs.csv"}


def build(order, out, *, worth=1):
    """Make a table of two numbers from two raw tables and a parameter, as a build would."""
    sums = {}
    for name in ("labs", "drugs"):
        lines = (order.data / f"{name}.csv").read_text().splitlines()[1:]
        sums[name] = sum(float(line.rpartition(",")[2]) for line in lines) * worth
    factor = order.parameters.get("10_first", {}).get("factor", 1)
    (out / "tables").mkdir(parents=True, exist_ok=True)
    rows = [f"labs,{sums['labs']:g}", f"drugs,{sums['drugs'] * factor:g}", f"both,{sums['labs'] * sums['drugs']:g}"]
    (out / "tables/first.csv").write_text("item,total\n" + "\n".join(rows) + "\n")
    write_manifest(out, make_runs())


def write_manifest(folder, runs, **more):
    """Write the manifest of what stands in a folder."""
    manifest = make_manifest(runs, **more)
    for entry in manifest["exhibits"]:
        paths = sorted((folder / "tables").glob(f"{entry['id']}.*"))
        entry["files"] = {f"tables/{path.name}": hash_file(path) for path in paths}
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


@pytest.fixture
def orders(data):
    return Order(data[0], {}, plan=None), Order(data[1], {"10_first": {"factor": 2}}, plan=None)


def test_each_raw_table_and_each_parameter_is_one_step(orders, tmp_path):
    steps = list_steps(*orders, tmp_path / "work")

    assert [step.name for step in steps] == ["data: drugs.csv", "data: labs.csv", "parameter: factor"]
    assert steps[1].order.data.name == "labs.csv"
    assert (steps[1].order.data / "drugs.csv").read_text() == DRUGS
    assert steps[2].order.parameters == {"10_first": {"factor": 2}}


def test_an_option_of_method_is_a_step_of_its_own(orders, tmp_path):
    old = Order(orders[0].data, {"10_first": {"design": {"a": 1, "b": 1}}}, plan=None)
    new = Order(orders[0].data, {"10_first": {"design": {"a": 2}}}, plan=None)

    steps = {step.name: step.order.parameters["10_first"]["design"] for step in list_steps(old, new, tmp_path)}

    assert steps == {"parameter: a": {"a": 2, "b": 1}, "parameter: b": {"a": 1}}


def explain(orders, tmp_path, *, worth=1, build_today=build):
    """Give the cause of each number by the name of its row."""
    first, second = tmp_path / "first", tmp_path / "second"
    build(orders[0], first, worth=worth)
    build(orders[1], second)
    replayed = replay_changes(first, *orders, tmp_path / "work", build=build_today, say=lambda text: None)
    changes = find_changes(first, second).changes
    return {change.difference.where: replayed.explain(change.difference) for change in changes}, replayed


def test_a_number_is_traced_to_the_change_that_moves_it_alone(orders, tmp_path):
    causes, _ = explain(orders, tmp_path)

    assert causes["labs, total"] == "data: labs.csv"
    assert causes["drugs, total"] == "data: drugs.csv and parameter: factor, together"
    assert causes["both, total"] == "data: drugs.csv and data: labs.csv, together"


def test_a_number_that_todays_code_does_not_give_is_traced_to_the_code(data, tmp_path):
    order = Order(data[0], {}, plan=None)

    causes, replayed = explain((order, order), tmp_path, worth=3)

    assert set(causes.values()) == {CODE}
    assert list(replayed.moved) == [CODE]


def test_a_change_that_cannot_stand_alone_is_said(orders, tmp_path):
    def refuse(order, out):
        if order.data.name == "labs.csv":
            raise UsageError("labs.csv must fit drugs.csv.")
        build(order, out)

    causes, replayed = explain(orders, tmp_path, build_today=refuse)

    assert replayed.failed == {"data: labs.csv": "labs.csv must fit drugs.csv."}
    assert causes["labs, total"] == "several changes together"


@pytest.fixture
def builds(data, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    build(Order(data[0], {}, plan=None), first)
    build(Order(data[1], {}, plan=None), second)
    changed = make_runs(prepares={"reads": {"data/labs.csv": "h2"}})
    for folder in (first, second):
        (folder / "tables/second.csv").write_text("item,total\nx,1\n")
    write_manifest(first, make_runs())
    write_manifest(second, changed, dataset="d2")
    return first, second


def test_without_data_the_manifests_name_what_may_be_the_cause(builds):
    changes = find_changes(*builds)

    assert {change.cause for change in changes.changes} == {"data: labs.csv"}
    assert {change.difference.exhibit for change in changes.changes} == {"Table 1"}
    assert changes.is_synthetic
    assert changes.is_complete


def test_two_manifests_alone_tell_which_files_differ(builds, tmp_path):
    paths = [shutil.copy(folder / "MANIFEST.json", tmp_path / f"{folder.name}.json") for folder in builds]

    changes = find_changes(*map(Path, paths))

    assert [(change.difference.file, change.cause) for change in changes.changes] == [
        ("tables/first.csv", "data: labs.csv")
    ]


def test_a_file_that_is_no_manifest_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{}")

    with pytest.raises(UsageError, match=r"a\.json must be a MANIFEST\.json"):
        find_changes(tmp_path / "a.json", tmp_path / "a.json")


def test_other_forms_of_an_exhibit_are_told_only_where_its_numbers_are_the_same(builds):
    for folder, word in zip(builds, ("one", "two"), strict=True):
        for name in ("first", "second"):
            (folder / f"tables/{name}.html").write_text(f"<html><p>{word}</p></html>")
        write_manifest(folder, make_runs())

    files = {change.difference.file for change in find_changes(*builds).changes}

    assert files == {"tables/first.csv", "tables/second.html"}


def test_the_word_table_holds_each_number_before_and_after(builds):
    changes = find_changes(*builds)

    table = Document(io.BytesIO(make_changes_table(changes))).tables[0]

    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["Number", "Before", "After", "Meaning", "Cause"]
    assert rows[1][0] == "Table 1"
    assert ["labs, total", "18", "99", "the number differs", "data: labs.csv"] in rows


def test_the_page_says_what_the_builds_were_made_from(builds):
    page = html.document_fromstring(make_changes_page(find_changes(*builds)).decode("utf-8"))

    text = page.text_content()
    assert "Synthetic data" in text
    assert "data: data/labs.csv" in text
    assert [cell.text for cell in page.xpath("//table[1]//th[@scope='col']")][:2] == ["What differs", "How"]


def test_the_command_writes_page_table_and_lists(builds, tmp_path, capsys):
    status = main(["diff", *map(str, builds), "--out", str(tmp_path / "told")])

    assert status == 0
    assert "labs, total: '18' -> '99'" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "told").iterdir())
    assert names == ["changes.csv", "changes.docx", "changes.html", "changes.json"]


def test_a_build_has_no_change_against_itself(builds, tmp_path, capsys):
    main(["diff", str(builds[0]), str(builds[0]), "--json", "--out", str(tmp_path / "told")])

    told = json.loads(capsys.readouterr().out)
    assert told["changes"] == told["derived"] == told["causes"] == []


def test_a_file_that_cannot_be_compared_is_told_by_the_exit_status(builds, tmp_path):
    for folder, end in zip(builds, (b"", b"x"), strict=True):
        (folder / "tables/second.docx").write_bytes(b"PK\x03\x04" + end)

    assert main(["diff", *map(str, builds), "--out", str(tmp_path / "told")]) == 1
    assert Grade.UNCOMPARED in {change.difference.grade for change in find_changes(*builds).changes}


def test_one_data_folder_alone_is_not_understood(builds, tmp_path, capsys):
    assert main(["diff", *map(str, builds), "--data-a", str(tmp_path)]) == 2
    assert "--data-b" in capsys.readouterr().err
