"""A build publishes all or nothing, names what failed, and never lets an old file pass for a new one."""

import hashlib
import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest

from caseseries.build.manifest import States, find_changes, read_manifest
from caseseries.build.parameters import assign_settings, read_parameters
from caseseries.build.request import Request
from caseseries.build.run import BuildError, build_exhibits
from caseseries.errors import ExhibitError, UsageError
from caseseries.plan import Exhibit, Plan

PLAN = Plan(
    title="A series of two notebooks",
    prepares="00_first",
    exhibits=(
        Exhibit("counts", "Table 1", "table", "Counts", "", "10_second"),
        Exhibit("page", "S1", "supplement", "First page", "", "00_first"),
    ),
)
PARAMETERS = 'data = "data/synthetic"  # folder\nout = "."  # folder\ndesign = {}  # options\ntimes = 2  # factor\n'
FIRST = """
from pathlib import Path
(Path(out) / "data/derived").mkdir(parents=True)
value = Path(data, "value.txt").read_text().strip()
Path(out, "data/derived/value.csv").write_text(f"value\\n{value}\\n")
f"the last line is {value} and shown"
"""
SECOND = """
from pathlib import Path
from IPython.display import HTML, display
value = int(Path(out, "data/derived/value.csv").read_text().split()[1])
Path(out, "tables").mkdir()
Path(out, "tables/counts.csv").write_text(f"{value * times}\\n")
facts = {"exhibit": "counts", "files": ["tables/counts.csv"], "lacks": []}
display(HTML("<p>counts</p>"), metadata={"caseseries": facts})
"""


def write_notebook(path, code):
    notebook = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell(PARAMETERS, id="parameters")
    parameters.metadata["tags"] = ["parameters"]
    notebook.cells = [nbformat.v4.new_markdown_cell("# Title", id="about"), parameters]
    notebook.cells += [nbformat.v4.new_code_cell(code.strip(), id="work")]
    nbformat.write(notebook, path)


@pytest.fixture
def request_(tmp_path):
    folder, data = tmp_path / "notebooks", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    (data / "value.txt").write_text("21")
    write_notebook(folder / "00_first.ipynb", FIRST)
    write_notebook(folder / "10_second.ipynb", SECOND)
    dataset = {"title": "Two <b>bold</b> rows", "kind": "synthetic", "sha256": "0" * 64}
    return Request(
        plan=PLAN, exhibits=PLAN.exhibits, data=data, out=tmp_path / "out", dataset=dataset, parameters={}, jobs=2,
        folder=folder,
    )  # fmt: skip


def build(request):
    said = []
    manifest = build_exhibits(request, say=said.append)
    return manifest, said


def read_files(out):
    files = [path for path in out.rglob("*") if path.is_file() and ".cache" not in path.parts]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def write_program(request, folder):
    """Give the command that builds what is asked for in a process of its own."""
    script = folder / "run.py"
    script.write_text(
        "import pickle, sys\nfrom caseseries.build.run import build_exhibits\n"
        "if __name__ == '__main__':\n    build_exhibits(pickle.load(open(sys.argv[1], 'rb')), say=print)\n"
    )
    (folder / "request").write_bytes(pickle.dumps(replace(request, report=print)))
    return [sys.executable, script, folder / "request"]


def test_a_build_publishes_tables_pages_and_a_manifest_that_holds(request_):
    manifest, _ = build(request_)

    files = {name: sha for entry in manifest["exhibits"] for name, sha in entry["files"].items()}
    assert (request_.out / "tables/counts.csv").read_text() == "42\n"
    assert sorted(files) == ["supplements/page.html", "tables/counts.csv"]
    assert find_changes(request_.out, files | manifest["derived"]) == ([], [])
    assert read_manifest(request_.out) == manifest


def test_two_builds_leave_the_same_bytes_and_no_scratch(request_):
    build(request_)
    first = read_files(request_.out)
    build(request_)

    assert read_files(request_.out) == first
    assert sorted(path.name for path in request_.out.iterdir()) == [
        ".build.lock", ".cache", "MANIFEST.json", "data", "supplements", "tables",
    ]  # fmt: skip


def test_the_list_of_typefaces_is_kept_for_the_next_build_and_made_anew_where_it_is_broken(request_, tmp_path):
    """The parent of all kernels loads matplotlib, which looks through every typeface of the machine to make one."""
    program = write_program(request_, tmp_path)
    subprocess.run(program, check=True, capture_output=True)
    (kept,) = (request_.out / ".cache/matplotlib").glob("fontlist-*.json")
    complete = kept.read_bytes()
    assert len(json.loads(complete)["ttflist"]) > 20
    kept.write_text("{")
    (request_.data / "value.txt").write_text("22")
    subprocess.run(program, check=True, capture_output=True)
    assert kept.read_bytes() == complete


def test_a_page_says_synthetic_escapes_what_came_from_data_and_fetches_nothing(request_):
    build(request_)
    page = (request_.out / "supplements/page.html").read_text()

    assert "Synthetic data." in page
    assert "the last line is 21 and shown" in page
    assert "Two &lt;b&gt;bold&lt;/b&gt; rows" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert str(request_.data) not in page


def test_a_page_of_patients_does_not_say_synthetic(request_):
    build(replace(request_, dataset={**request_.dataset, "kind": "patient"}))

    assert "Synthetic" not in (request_.out / "supplements/page.html").read_text()


def test_a_parameter_is_injected_and_shown(request_):
    manifest, _ = build(replace(request_, parameters={"10_second": {"times": 3}}))

    assert (request_.out / "tables/counts.csv").read_text() == "63\n"
    assert manifest["runs"]["10_second"]["parameters"] == {"times": 3}


def test_a_notebook_that_fails_is_named_with_its_cell_and_nothing_is_published(request_):
    build(request_)
    before = read_files(request_.out)
    write_notebook(request_.folder / "10_second.ipynb", "1 / 0")

    with pytest.raises(BuildError, match=r"notebooks/10_second\.ipynb, cell work:\n.*(?s:.*)ZeroDivisionError"):
        build(request_)

    assert read_files(request_.out) == before


def test_a_kernel_that_dies_is_named_and_the_build_ends(request_):
    write_notebook(request_.folder / "10_second.ipynb", "import os\nos._exit(1)")

    with pytest.raises(BuildError, match=r"10_second\.ipynb.*\n.*kernel died"):
        build(request_)


def test_an_exhibit_that_no_notebook_makes_is_an_error(request_):
    write_notebook(request_.folder / "10_second.ipynb", "pass")

    with pytest.raises(ExhibitError, match=r"Table 1 \(counts, 10_second\.ipynb\) was not made"):
        build(request_)

    assert not (request_.out / "MANIFEST.json").exists()


def test_an_exhibit_that_is_not_planned_is_an_error(request_):
    write_notebook(
        request_.folder / "10_second.ipynb",
        SECOND + SECOND.replace('"counts"', '"extra"').replace("mkdir()", "exists()"),
    )

    with pytest.raises(ExhibitError, match="extra was made but is not planned"):
        build(request_)


def test_a_file_that_is_no_longer_made_is_taken_away(request_):
    build(request_)
    renamed = SECOND.replace("tables/counts.csv", "tables/numbers.csv")
    write_notebook(request_.folder / "10_second.ipynb", renamed)
    build(request_)

    assert not (request_.out / "tables/counts.csv").exists()
    assert (request_.out / "tables/numbers.csv").exists()


def test_what_an_interrupted_build_left_behind_is_taken_away(request_):
    left = request_.out / ".build-left"
    left.mkdir(parents=True)
    (left / "half.csv").write_text("half")

    build(request_)

    assert not left.exists()


def test_a_second_build_waits_and_says_so(request_):
    request_.out.mkdir()
    code = (
        "import sys, time\nfrom filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n    print('held', flush=True)\n    time.sleep(1)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, request_.out / ".build.lock"], stdout=subprocess.PIPE, text=True
    )
    other.stdout.readline()

    _, said = build(request_)

    other.communicate()
    assert said == [f"Another build is writing to {request_.out}; waiting for it."]


def states(request):
    return States(read_manifest(request.out), out=request.out, data=request.data, folder=request.folder)


def rewrite(request):
    write_notebook(request.folder / "00_first.ipynb", FIRST + "\n2")


SPOILT = {
    "as it was built": (lambda request: None, "fresh"),
    "deleted": (lambda request: (request.out / "tables/counts.csv").unlink(), "missing: tables/counts.csv"),
    "altered": (lambda request: (request.out / "tables/counts.csv").write_text("43"), "altered: tables/counts.csv"),
    "raw data edited": (lambda request: (request.data / "value.txt").write_text("5"), "stale: data/value.txt"),
    "code before it edited": (rewrite, "stale: code of 00_first"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_the_state_of_an_exhibit_tells_what_is_wrong_with_it(request_, fault):
    spoil, state = SPOILT[fault]
    build(request_)
    spoil(request_)
    assert states(request_).describe("counts").startswith(state)


def test_the_cause_is_told_with_the_hash_then_and_now(request_):
    build(request_)
    (request_.data / "value.txt").write_text("5")
    found = states(request_)
    assert found.explain(found.entry("counts")) == [
        ("data/value.txt", hashlib.sha256(b"21").hexdigest(), hashlib.sha256(b"5").hexdigest())
    ]


def test_an_exhibit_that_was_never_built_says_so(tmp_path):
    assert States(None, out=tmp_path).describe("counts") == "not built"


def test_a_manifest_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "MANIFEST.json").write_text("{")

    assert read_manifest(tmp_path) is None


@pytest.mark.parametrize(
    "source", ["x = 1 + 1  # sum", "x = y  # name", "import os", "x: int = 3", "x = [f(1)]"], ids=lambda source: source
)
def test_a_parameter_that_is_no_literal_is_refused(tmp_path, source):
    write_notebook(tmp_path / "n.ipynb", "pass")
    notebook = nbformat.read(tmp_path / "n.ipynb", as_version=4)
    notebook.cells[1].source = source
    nbformat.write(notebook, tmp_path / "n.ipynb")

    with pytest.raises(ExhibitError, match="must hold literals only"):
        read_parameters(tmp_path / "n.ipynb")


def test_settings_go_to_the_notebooks_that_have_them_and_options_to_all():
    notebooks = {"a": {"times": 2, "share": 0.5}, "b": {"times": 2}}

    injected = assign_settings(["times=3", "share=1", "rule=strict"], notebooks, ["rule"])

    assert injected == {
        "a": {"times": 3, "share": 1.0, "design": {"rule": "strict"}},
        "b": {"times": 3, "design": {"rule": "strict"}},
    }


@pytest.mark.parametrize("setting", ["times=2.5", "times=True", "times=x", "tims=3", "=3", "times"])
def test_a_setting_of_another_name_or_type_is_refused(setting):
    with pytest.raises(UsageError):
        assign_settings([setting], {"a": {"times": 2}}, [])


def test_a_killed_build_leaves_the_published_files_as_they_were(request_, tmp_path):
    build(request_)
    before = read_files(request_.out)
    write_notebook(request_.folder / "10_second.ipynb", "import time\ntime.sleep(60)")
    program = write_program(request_, tmp_path)
    process = subprocess.Popen(program, start_new_session=True, stdout=subprocess.PIPE, text=True)
    while "10_second running" not in process.stdout.readline():
        pass
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    # The lock is the system's, and gone; the name of its last holder stays in the file.
    after = {name: content for name, content in read_files(request_.out).items() if not name.startswith(".build")}
    assert after == {name: content for name, content in before.items() if not name.startswith(".build")}
    json.loads((request_.out / "MANIFEST.json").read_text())
