"""The whole command: rebuild, compare, certificate; an exit status that is 0 for nothing but the same numbers."""

import importlib.metadata
import json
import platform
import re

import pytest
import yaml
from lxml import html
from test_engine import project  # noqa: F401

from caseseries.cli import main
from caseseries.plan import Grid, Plan
from caseseries.records.dataset import About
from caseseries.verify.certificate import make_certificate
from caseseries.verify.codecheck import describe_check
from caseseries.verify.grades import Comparison, Difference, Grade, Pictures
from caseseries.verify.outputs import Outputs, open_outputs
from caseseries.verify.rebuild import describe_settings, find_parameters, find_tiffs, make_order
from caseseries.verify.verdict import Verdict


@pytest.fixture
def tiny(project, monkeypatch):  # noqa: F811
    """Give a project of five notebooks which the command takes for the one it belongs to."""
    request = project.request
    about = About("Counts", "synthetic", "here", "CC0", "nobody", "day 2")
    monkeypatch.setattr("caseseries.verify.rebuild.read_plan", lambda: request.plan)
    monkeypatch.setattr("caseseries.verify.rebuild.NOTEBOOKS", request.folder)
    monkeypatch.setattr("caseseries.verify.rebuild.check_dataset", lambda folder: None)
    monkeypatch.setattr("caseseries.verify.rebuild.describe_dataset", lambda folder: request.dataset)
    monkeypatch.setattr("caseseries.verify.rebuild.list_patients", lambda folder: [])
    monkeypatch.setattr("caseseries.verify.run.open_about", lambda folder: about)
    return project


def verify(tiny, tmp_path, *more):
    return main(
        ["verify", "--against", str(tiny.out), "--data", str(tiny.data), "--out", str(tmp_path / "checked"), *more]
    )


def test_the_same_data_pass_other_data_fail_and_a_rebuild_that_stops_leaves_no_certificate(tiny, tmp_path, capsys):
    tiny.build()
    checked = tmp_path / "checked"

    status = verify(tiny, tmp_path, "--json", "--checker", "A Person 0000-0001-2345-6789", "--check-time", "2026-01-02")

    told = json.loads(capsys.readouterr().out)
    check = yaml.safe_load((checked / "codecheck.yml").read_text())
    assert status == 0
    assert told["passes"]
    assert told["files"]["identical"] == sum(told["files"].values()) > 5
    assert check["codechecker"] == [{"name": "A Person", "ORCID": "0000-0001-2345-6789"}]
    assert check["check_time"] == "2026-01-02"
    assert [entry["file"] for entry in check["manifest"]] == [f"tables/table{number}.csv" for number in range(4)]
    assert b"passed" in (checked / "certificate.html").read_bytes()

    (tiny.data / "counts.csv").write_text("day,count\n0,5\n1,8\n2,-1\n")
    assert verify(tiny, tmp_path) == 1
    told = json.loads((checked / "verification.json").read_text())
    assert {told["exhibits"][f"Table {number}"] for number in range(4)} == {"conclusion-changed"}
    assert b"did not pass" in (checked / "certificate.html").read_bytes()
    assert "tables/table1.csv" in capsys.readouterr().out

    notebook = tiny.folder / "12_table2.ipynb"
    notebook.write_text(notebook.read_text().replace("total = ", "total = 1 / 0 + "))
    assert verify(tiny, tmp_path) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert not list(checked.iterdir())


def modes_of(folder):
    return {path: (path.stat().st_mode, path.stat().st_mtime_ns) for path in [folder, *folder.rglob("*")]}


def test_a_part_that_was_published_with_a_parameter_is_rebuilt_with_it_and_left_as_it_stands(tiny, tmp_path, capsys):
    plan = tiny.request.plan
    tiny.build(parameters={"13_table3": {"factor": 3}}, exhibits=(plan.exhibit("table3"),))
    for path in sorted(tiny.out.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = modes_of(tiny.out)

    status = verify(tiny, tmp_path)

    said, told = capsys.readouterr().out, json.loads((tmp_path / "checked/verification.json").read_text())
    page = (tmp_path / "checked/certificate.html").read_text()
    assert status == 0
    assert modes_of(tiny.out) == before
    assert told["settings"] == "13_table3.factor = 3"
    assert told["scope"] == "1 of 5 exhibits of the plan"
    for text in (said, page):
        assert "13_table3.factor = 3" in text
        assert "1 of 5 exhibits of the plan" in text
    assert told["environment"]["packages"]["pandas"] == importlib.metadata.version("pandas")
    assert told["environment"]["sha256"][:12] in page
    assert platform.python_version() in page


def test_an_exhibit_that_was_left_out_is_missed_where_nothing_was_set(tiny):
    tiny.build(exhibits=(tiny.request.plan.exhibit("table3"),))

    order = make_order(open_outputs(tiny.out), data=tiny.data, jobs=1)

    assert order.exhibits == tiny.request.plan.exhibits


def test_a_certificate_that_cannot_be_written_is_said_before_anything_is_built(tiny, tmp_path, capsys):
    (tmp_path / "checked").write_text("a file")

    assert verify(tiny, tmp_path) == 2
    assert "checked cannot be written" in capsys.readouterr().err


def test_a_verification_leaves_what_it_checks_as_it_was(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("caseseries.commands.choose_out", lambda options: tiny.out)
    tiny.build()
    before = tiny.files()

    command = ["verify", "--data", str(tiny.data), "--out", str(tmp_path / "checked"), "--checker", "A Person"]
    assert main([*command, "--check-time", "2026-01-02"]) == 0

    assert tiny.files() == before
    assert not any(word in content for content in before.values() for word in (b"A Person", b"2026-01-02"))


@pytest.mark.parametrize("against", ["nothing", "empty"])
def test_nothing_to_compare_with_is_not_understood(tmp_path, against, capsys):
    (tmp_path / "empty").mkdir()

    status = main(["verify", "--against", str(tmp_path / against), "--out", str(tmp_path / "checked")])

    assert status == 2
    assert str(tmp_path / against) in capsys.readouterr().err


def make_verdict(*differences):
    comparisons = [Comparison(found.file, "Figure 1", found.grade, 10, (found,)) for found in differences]
    return Verdict("folder", tuple(comparisons), "Counts", is_synthetic=True)


DIFFERENCE = Difference("figures/a.png", "picture", "<b>", "&", Grade.DIFFERS, "it differs", "Figure 1")


def test_a_certificate_needs_nothing_else_and_can_be_read_by_anybody():
    pictures = Pictures(b"RIFF", b"RIFF", b"RIFF", "whole picture")
    shown = Difference(**{**DIFFERENCE.__dict__, "pictures": pictures})

    page = make_certificate(make_verdict(shown)).decode("utf-8")

    root = html.document_fromstring(page)
    assert root.get("lang") == "en-GB"
    assert "Synthetic data" in root.text_content()
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "<script" not in page
    assert len(root.findall(".//h1")) == 1
    assert [image.get("alt") for image in root.iter("img")] == [
        f"Figure 1 figures/a.png, {kind}" for kind in ("published", "rebuilt", "difference")
    ]
    assert {cell.get("scope") for cell in root.iter("th")} == {"col", "row"}
    assert all(table.find("caption") is not None for table in root.iter("table"))
    assert '<td class="value">&lt;b&gt;</td>' in page


def test_a_certificate_stays_small_when_everything_differs():
    pictures = Pictures(bytes(20_000), bytes(20_000), bytes(20_000), "whole picture")
    many = [
        Difference(f"figures/{n}.csv", "row", "1", "2", Grade.DIFFERS, "the number differs", pictures=pictures)
        for n in range(3000)
    ]

    page = make_certificate(make_verdict(*many))

    assert len(page) < 2_000_000
    assert b"1,500 more stand in" in page
    assert b"more figures differ" in page


@pytest.mark.parametrize("grade", [grade for grade in Grade if not grade.passes])
def test_one_file_that_does_not_pass_fails_it_all(grade):
    fine = Difference("a.csv", "x", "1", "1.0", Grade.PRINTED, "")
    bad = Difference("b.csv", "x", "1", "", grade, "")

    assert make_verdict(fine).passes
    assert not make_verdict(fine, bad).passes


def test_comparing_nothing_does_not_pass():
    assert not Verdict("folder", ()).passes


def test_codecheck_survives_any_text():
    found = Comparison("tables/a.csv", 'Table "1": x # y', Grade.DIFFERS, 3, (DIFFERENCE,))

    check = yaml.safe_load(describe_check([found], summary="a: b\n- c # d"))

    assert check["summary"] == "a: b\n- c # d"
    assert check["manifest"][0]["comment"].startswith('Table "1": x # y: 3 differs')
    assert check["paper"]["title"]
    assert check["codechecker"] == []
    assert "check_time" not in check


def test_parameters_of_a_grid_are_those_of_its_plan_unless_only_some_patients_were_asked_for():
    from caseseries.plan import read_plan

    plan = read_plan()
    grid = next(grid for grid in plan.grids if grid.over == "patients")
    runs = {
        f"{grid.notebook} ({patient})": {
            "notebook": grid.notebook,
            "parameters": {grid.parameter: patient, "design": {}},
        }
        for patient in ("P1", "P2")
    }

    options = {"10_cohort": {"months_before": 6}}
    assert find_parameters({"runs": runs, "options": options}, plan, patients=["P1", "P2"]) == options
    assert find_parameters({"runs": runs}, plan, patients=["P1", "P2"]) == {grid.notebook: {"design": {}}}
    some = find_parameters({"runs": runs}, plan, patients=["P1", "P2", "P3"])
    assert some[grid.notebook][grid.parameter] == "P1; P2"


def test_an_option_that_only_some_runs_of_a_grid_set_themselves_is_used_again_for_the_others():
    grid = Grid("94_variant", "variant", runs={"as_built": {}, "log": {"limits": "log"}})
    plan = Plan("Two runs", "00_data", (), (grid,))
    runs = {
        "94_variant (as_built)": {
            "notebook": "94_variant", "parameters": {"variant": "as_built", "limits": "plain", "design": {"rule": "x"}},
        },
        "94_variant (log)": {
            "notebook": "94_variant", "parameters": {"variant": "log", "limits": "log", "design": {"rule": "x"}},
        },
    }  # fmt: skip

    found = find_parameters({"runs": runs}, plan, patients=[])

    assert found == {"94_variant": {"limits": "plain", "design": {"rule": "x"}}}
    assert describe_settings(found | {"00_data": {"design": {"rule": "x"}}}) == "rule = x; 94_variant.limits = plain"


def test_figures_are_made_as_tiff_where_they_were_published_as_tiff():
    published = Outputs("a folder", ["figures/a.png", "figures/a.tiff", "figures/b.png"])
    entries = [{"id": name, "files": {f"figures/{name}.png": "", f"figures/{name}.svg": ""}} for name in ("a", "b")]
    published.manifest = {"exhibits": entries, "derived": {}}

    assert find_tiffs(published, None) == {"a"}
