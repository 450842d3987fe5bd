"""A build of some exhibits, patients or options leaves the others as they are, and says which of them are stale."""

import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from test_build_grid import NAMES, request_  # noqa: F401 - request_ is a fixture
from test_build_grid import PLAN as GRID_PLAN
from test_engine import DRAW, N, project, write_notebook  # noqa: F401 - project is a fixture

from caseseries.asked import compose_request, tell_stale
from caseseries.build.installed import Installed
from caseseries.build.manifest import States, list_stale, read_manifest
from caseseries.build.run import BuildError, build_exhibits
from caseseries.cli import make_parser
from caseseries.commands import choose_out
from caseseries.errors import ExhibitError, UsageError
from caseseries.paths import ROOT, safe_name

OTHERS = [f"table{number}" for number in range(N) if number != 1]


def build_one(project, name="table1", **changes):  # noqa: F811
    project.build(exhibits=(project.request.plan.exhibit(name),), **changes)
    return list_stale(read_manifest(project.out))


def test_a_build_of_one_exhibit_names_the_others_whose_inputs_have_changed(project):  # noqa: F811
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,6\n1,7\n2,-1\n")
    assert build_one(project) == [*OTHERS, "page"]
    assert [project.total(number) for number in range(N)] == [12, 13, 12, 12]
    manifest = read_manifest(project.out)
    states = States(manifest, out=project.out, data=project.data, folder=project.folder)
    assert states.describe("table2") == "stale: data/derived/counts.csv changed since"
    assert states.describe("table1") == "fresh"
    (line,) = tell_stale(manifest)
    assert "Table 2 (table2)" in line
    assert "Table 1" not in line

    project.build()
    assert list_stale(read_manifest(project.out)) == []


def test_a_build_of_one_exhibit_calls_nothing_stale_that_does_not_depend_on_what_changed(project):  # noqa: F811
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,5\n1,7\n2,-9\n")
    assert build_one(project) == []


def test_an_edited_notebook_that_was_not_asked_for_makes_its_exhibits_stale_until_it_is_as_before(project):  # noqa: F811
    project.build()
    path = project.folder / "12_table2.ipynb"
    before = path.read_bytes()
    write_notebook(path, DRAW.replace("NAME", "table2").replace("* factor", "* 10"))
    assert build_one(project) == ["table2"]
    path.write_bytes(before)
    assert build_one(project) == []


def test_other_packages_make_what_was_not_asked_for_stale(project, monkeypatch):  # noqa: F811
    project.build()
    monkeypatch.setattr("caseseries.build.installed.list_packages", lambda: ["pandas-99.dist-info"])
    assert build_one(project) == [*OTHERS, "page"]


@pytest.mark.parametrize("spoil", ["altered", "missing"])
def test_a_spoilt_file_of_an_exhibit_that_was_not_asked_for_stays_and_is_said(project, spoil):  # noqa: F811
    project.build()
    path = project.out / "tables/table2.csv"
    path.write_text("99\n") if spoil == "altered" else path.unlink()
    build_one(project)
    assert project.said == [f"tables/table2.csv was {spoil}; it was not asked for, and stays so."]
    assert path.exists() is (spoil == "altered")
    project.build()
    assert project.said == [f"tables/table2.csv was {spoil}; it is restored."]
    assert project.total(2) == 12


def test_an_altered_file_that_is_made_anew_is_not_called_restored(project):  # noqa: F811
    project.build()
    (project.out / "tables/table1.csv").write_text("99\n")
    (project.data / "counts.csv").write_text("day,count\n0,6\n1,7\n2,-1\n")
    project.build()
    assert project.said == ["tables/table1.csv was altered; it is replaced by what is made now."]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Path(out, 'tables/left.csv').write_text('1')", r"wrote tables/left\.csv, which belongs to none of its exh"),
        ("Path(out, 'tables/table1.csv').unlink()", r"names tables/table1\.csv among the files"),
        ("Path(out, 'tables/table1.csv').write_text(out)", r"table1\.csv holds the name of a folder that this build"),
    ],
    ids=["a file of no exhibit", "no file for an exhibit", "a file that names the scratch folder"],
)
def test_a_notebook_that_does_not_write_what_it_announces_is_refused(project, code, words):  # noqa: F811
    write_notebook(project.folder / "11_table1.ipynb", f"{DRAW.replace('NAME', 'table1')}{code}\n")
    with pytest.raises(BuildError, match=words):
        project.build()


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception"])
def test_a_tag_that_changes_how_a_cell_runs_is_an_edit(project, tag):  # noqa: F811
    path = project.folder / "11_table1.ipynb"
    project.build()
    content = json.loads(path.read_text())
    content["cells"][-1]["metadata"]["tags"] = ["slide"]
    path.write_text(json.dumps(content))
    assert project.build() == []
    content["cells"][-1]["metadata"]["tags"] = [tag]
    path.write_text(json.dumps(content))
    project.ran = []
    if tag == "skip-execution":
        with pytest.raises(ExhibitError):
            project.build()
    else:
        project.build()
    assert project.ran == ["11_table1"]


def test_one_of_several_patients_is_built_beside_the_others_and_takes_nothing_away(request_):  # noqa: F811
    build_exhibits(request_, say=print)
    pages = {f"supplements/pages/{safe_name(name)}.html" for name in NAMES} | {"supplements/pages.html"}
    asked = replace(request_, exhibits=(GRID_PLAN.exhibit("pages"),), parameters={"20_page": {"who": "P2"}})
    asked_for = []
    manifest = build_exhibits(replace(asked, consent=lambda *names: asked_for.append(names)), say=print)
    entry = manifest["exhibits"][0]
    assert set(entry["files"]) == pages
    assert entry["runs"] == [f"20_page ({name})" for name in NAMES]
    assert all((request_.out / name).is_file() for name in pages)
    assert "P1" in (request_.out / "supplements/pages.html").read_text()
    assert [removed for _, removed in asked_for] == [[]]
    assert "options" not in manifest


def test_patients_chosen_one_after_the_other_are_all_there_and_named(request_):  # noqa: F811
    one = replace(request_, exhibits=(GRID_PLAN.exhibit("pages"),), parameters={"20_page": {"who": "P2"}})
    build_exhibits(one, say=print)
    manifest = build_exhibits(replace(one, parameters={"20_page": {"who": "P1"}}), say=print)
    assert manifest["options"] == {"20_page": {"who": "P1; P2"}}
    assert {f"supplements/pages/{name}.html" for name in ("P1", "P2")} < set(manifest["exhibits"][0]["files"])


def test_what_nobody_wants_replaced_is_not_published(project):  # noqa: F811
    project.build()
    before, asked = project.files(), []

    def refuse(replaced, removed):
        asked.append((replaced, removed))
        raise UsageError("no")

    with pytest.raises(UsageError):
        project.build(parameters={"11_table1": {"factor": 3}}, consent=refuse)
    assert asked[0][0][-1] == "tables/table1.csv"
    assert project.files() == before


def compose(*words):
    options = make_parser().parse_args(["build", *words])
    return options, choose_out(options)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ((), "."), (("S9",), "."), (("S9", "--set", "patient=SYN-1"), "out/set"),
        (("swimmer", "--set", "months_before=6"), "out/set"),
        (("swimmer", "--set", "months_before=6", "--publish"), "."),
        (("--data", "data", "--set", "months_before=6"), "out/data/set"), (("--data", "data"), "out/data"),
    ],
)  # fmt: skip
def test_a_build_with_settings_writes_to_a_folder_of_its_own_unless_it_is_to_be_published(words, place, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert compose(*words)[1] == ROOT / place


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ((), "made without settings: --publish writes over them"),
        (("--publish",), "Nothing was published. To replace or remove these files, add --yes."),
        (("--publish", "--yes"), None),
    ],
)
def test_a_publication_is_written_over_only_by_those_who_say_so(tmp_path, monkeypatch, words, answer):
    manifest = {"exhibits": [], "derived": {}, "runs": {}, "stale": [], "verified": {}}
    (tmp_path / "MANIFEST.json").write_text(json.dumps(manifest))
    options, out = compose("swimmer", "--set", "months_before=6", "--out", str(tmp_path), *words)
    said = []
    consent = compose_request(options, out, say=said.append).consent
    monkeypatch.setattr("sys.stdin", io.StringIO())
    if answer:
        with pytest.raises(UsageError, match=answer):
            consent(["figures/swimmer.pdf"], ["figures/old.pdf"])
    else:
        consent(["figures/swimmer.pdf"], ["figures/old.pdf"])
    assert "figures/swimmer.pdf" in said[0]
    assert "removes 1 published files" in said[1]


@pytest.mark.parametrize("how", ["-O", "PYTHONOPTIMIZE"])
def test_a_python_that_leaves_out_assertions_is_refused(how):
    command = [sys.executable, *(["-O"] if how == "-O" else []), "-m", "caseseries.cli"]
    code = "import sys; from caseseries.cli import main; sys.exit(main(['build', 'swimmer']))"
    command = [*command[:-2], "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={"PYTHONOPTIMIZE": "1"} if how != "-O" else {}
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Python must run without -O and PYTHONOPTIMIZE")
    assert len(done.stderr.splitlines()) == 1


def test_a_module_of_a_library_that_was_edited_in_place_is_another_environment_until_it_is_as_before(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("x = 1\n")
    installed = Installed(tmp_path / "kept")
    installed.add([str(module)])
    before = Installed(tmp_path / "kept").word
    assert before == installed.word

    module.write_text("x = 2\n")
    assert Installed(tmp_path / "kept").word != before
    module.write_text("x = 1\n")
    assert Installed(tmp_path / "kept").word == before
    installed.add([str(tmp_path / "another.py")])
    assert Installed(tmp_path / "kept").word == before
    module.unlink()
    assert Installed(tmp_path / "kept").word != before
