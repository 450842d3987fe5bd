"""A build runs what must run and nothing else; nothing that is old passes for new."""

import contextlib
import json
import math
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import nbformat
import pytest

from caseseries.build.run import BuildError, Request, build_exhibits
from caseseries.plan import Exhibit, Plan

PARAMETERS = 'data = "data"\nout = "."\ndesign = {}\nfactor = 1\n'
PREPARE = """
import csv
from pathlib import Path
rows = list(csv.DictReader(open(Path(data, "counts.csv"))))
kept = [row for row in rows if int(row["count"]) >= 0]
folder = Path(out, "data/derived")
folder.mkdir(parents=True)
with open(folder / "counts.csv", "w") as file:
    file.write("day,count\\n" + "".join(f"{row['day']},{row['count']}\\n" for row in kept))
"""
DRAW = """
from pathlib import Path
from IPython.display import HTML, display
lines = Path(out, "data/derived/counts.csv").read_text().splitlines()[1:]
total = sum(int(line.split(",")[1]) for line in lines) * factor
Path(out, "tables").mkdir(exist_ok=True)
Path(out, "tables/NAME.csv").write_text(f"{total}\\n")
facts = {"exhibit": "NAME", "files": ["tables/NAME.csv"], "lacks": [], "title": "NAME"}
display(HTML("<p>NAME</p>"), metadata={"caseseries": facts})
"""
N = 4


def write_notebook(path, code, *, text="# Title"):
    notebook = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]})
    notebook.cells = [nbformat.v4.new_markdown_cell(text, id="about"), parameters]
    notebook.cells += [nbformat.v4.new_code_cell(code.strip(), id="work")]
    nbformat.write(notebook, path)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a project of one preparing notebook and four that read its table; builds are counted from outside."""
    folder, data = tmp_path / "notebooks", tmp_path / "data"
    folder.mkdir()
    # What a build copies is this project alone: to copy the package's own files takes longer than to run the notebooks.
    (tmp_path / "project").mkdir()
    monkeypatch.setattr("caseseries.build.run.ROOT", tmp_path / "project")
    data.mkdir()
    (data / "counts.csv").write_text("day,count\n0,5\n1,7\n2,-1\n")
    write_notebook(folder / "00_prepare.ipynb", PREPARE)
    names = [f"table{number}" for number in range(N)]
    for number, name in enumerate(names):
        write_notebook(folder / f"1{number}_{name}.ipynb", DRAW.replace("NAME", name))
    plan = Plan(
        title="Five notebooks",
        prepares="00_prepare",
        exhibits=(
            *(Exhibit(name, f"Table {n}", "table", name, "", f"1{n}_{name}") for n, name in enumerate(names)),
            Exhibit("page", "S1", "supplement", "Page", "", "10_table0"),
        ),
    )
    dataset = {"title": "Counts", "kind": "synthetic", "sha256": "0" * 64}
    request = Request(
        plan=plan, exhibits=plan.exhibits, data=data, out=tmp_path / "out", dataset=dataset, parameters={}, jobs=2,
        folder=folder,
    )  # fmt: skip
    return Project(request)


class Project:
    def __init__(self, request):
        self.request = request
        self.out, self.data, self.folder = request.out, request.data, request.folder

    def build(self, **changes):
        """Build; give the nodes that ran, and what was said."""
        self.ran, self.said = [], []

        def report(node, state):
            if state == "running":
                self.ran.append(node)

        build_exhibits(replace(self.request, report=report, **changes), say=self.said.append)
        return self.ran

    def files(self):
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file() and ".cache" not in path.parts and path.name != ".build.lock"
        }

    def total(self, number=0):
        return int((self.out / f"tables/table{number}.csv").read_text())


EVERY = ["00_prepare", "10_table0", "11_table1", "12_table2", "13_table3"]


def test_a_first_build_runs_everything_once(project):
    assert sorted(project.build()) == EVERY
    assert project.total() == 12


def test_nothing_changed_runs_nothing_and_leaves_the_bytes(project):
    project.build()
    before = project.files()
    assert project.build() == []
    assert project.files() == before


def test_files_for_the_time_being_are_no_inputs(project, monkeypatch):
    code = "import tempfile\nfile = tempfile.NamedTemporaryFile()\nopen(file.name).read()\n" + DRAW.replace(
        "NAME", "table1"
    )
    write_notebook(project.folder / "11_table1.ipynb", code)
    monkeypatch.setattr("caseseries.build.run.ROOT", project.out.parent)
    project.build()
    assert project.build() == []


def test_a_touched_raw_file_runs_nothing(project):
    project.build()
    os.utime(project.data / "counts.csv", (1, 1))
    assert project.build() == []


def test_a_raw_edit_that_leaves_the_derived_table_runs_the_preparing_notebook_alone(project):
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,5\n1,7\n2,-9\n")
    assert project.build() == ["00_prepare"]
    assert project.total() == 12


def test_a_raw_edit_that_changes_the_derived_table_runs_everything(project):
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,5\n1,8\n2,-1\n")
    assert sorted(project.build()) == EVERY
    assert [project.total(number) for number in range(N)] == [13] * N


def test_going_back_to_earlier_data_runs_nothing(project):
    project.build()
    first = project.files()
    (project.data / "counts.csv").write_text("day,count\n0,50\n")
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,5\n1,7\n2,-1\n")
    assert project.build() == []
    assert project.files() == first


def test_a_file_added_to_a_folder_that_was_listed_is_seen(project):
    code = "from pathlib import Path\nn = len(list(Path(data).iterdir()))\n" + DRAW.replace("NAME", "table1").replace(
        "* factor", "+ n"
    )
    write_notebook(project.folder / "11_table1.ipynb", code)
    project.build()
    assert project.total(1) == 13
    (project.data / "more.csv").write_text("x")
    assert project.build() == ["11_table1"]
    assert project.total(1) == 14


def test_an_edited_notebook_runs_alone(project):
    project.build()
    write_notebook(
        project.folder / "12_table2.ipynb",
        DRAW.replace("NAME", "table2").replace("* factor", "* 10"),
    )
    assert project.build() == ["12_table2"]
    assert project.total(2) == 120


def test_edited_text_is_rendered_and_not_run(project):
    project.build()
    code = DRAW.replace("NAME", "table0")
    write_notebook(project.folder / "10_table0.ipynb", code, text="# Another title")
    assert project.build() == []
    assert "Another title" in (project.out / "supplements/page.html").read_text()


def test_one_parameter_runs_its_notebook(project):
    project.build()
    assert project.build(parameters={"13_table3": {"factor": 3}}) == ["13_table3"]
    assert project.total(3) == 36


def test_a_failure_names_the_cell_the_others_finish_and_the_mended_one_runs_alone(project):
    write_notebook(project.folder / "12_table2.ipynb", "1 / 0")
    with pytest.raises(BuildError, match=r"12_table2\.ipynb, cell work:(?s:.*)ZeroDivisionError"):
        project.build()
    assert not (project.out / "tables").exists()
    code = DRAW.replace("NAME", "table2")
    write_notebook(project.folder / "12_table2.ipynb", code)
    assert project.build() == ["12_table2"]


@pytest.mark.parametrize("spoil", ["alter", "delete"])
def test_a_spoilt_output_is_restored_and_said(project, spoil):
    project.build()
    before = project.files()
    path = project.out / "tables/table1.csv"
    path.write_text("13\n") if spoil == "alter" else path.unlink()
    assert project.build() == []
    assert project.files() == before
    word = "altered" if spoil == "alter" else "missing"
    assert project.said == [f"tables/table1.csv was {word}; it is restored."]


def test_without_a_cache_a_spoilt_output_is_made_again(project):
    project.build()
    before = project.files()
    (project.out / "tables/table1.csv").write_text("13\n")
    shutil.rmtree(project.out / ".cache")
    assert sorted(project.build()) == EVERY
    assert project.files() == before


def test_a_damaged_cache_is_thrown_away_and_never_trusted(project):
    project.build()
    before = project.files()
    for path in (project.out / ".cache" / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"13\n")
    for path in (project.out / "tables").iterdir():
        path.unlink()
    project.build()
    assert project.files() == before


def test_traces_that_cannot_be_read_count_as_none(project):
    project.build()
    before = project.files()
    for path in (project.out / ".cache" / "traces").iterdir():
        path.write_text("{")
    assert sorted(project.build()) == EVERY
    assert project.files() == before


def test_another_lock_runs_everything(project, monkeypatch, tmp_path):
    project.build()
    lock = tmp_path / "requirements.lock"
    lock.write_text("pandas==99\n")
    monkeypatch.setattr("caseseries.build.run.LOCK", lock)
    assert sorted(project.build()) == EVERY


def test_a_manifest_names_what_each_run_read(project):
    project.build()
    manifest = json.loads((project.out / "MANIFEST.json").read_text())
    assert list(manifest["runs"]["00_prepare"]["reads"]) == ["data/counts.csv"]
    assert list(manifest["runs"]["11_table1"]["reads"]) == ["made/data/derived/counts.csv"]


def test_a_notebook_that_changes_the_table_of_another_is_refused(project):
    code = "from pathlib import Path\nPath(out, 'data/derived/counts.csv').write_text('day,count\\n0,99\\n')\n"
    code += DRAW.replace("NAME", "table1")
    write_notebook(project.folder / "11_table1.ipynb", code)
    with pytest.raises(BuildError, match=r"changed data/derived/counts\.csv, which another notebook makes"):
        project.build()


KILLED = """
import pickle, sys
from pathlib import Path
import caseseries.build.run
caseseries.build.run.ROOT = Path(sys.argv[2])
caseseries.build.run.build_exhibits(pickle.load(open(sys.argv[1], "rb")), say=print)
"""


def whole(project):
    """Give the published files; scratch folders of a build that was killed go with the next one."""
    return {name: content for name, content in project.files().items() if not name.startswith((".build-", ".publish"))}


def test_a_build_killed_at_any_instant_leaves_old_files_or_new_ones(project, tmp_path):
    script, pickled = tmp_path / "build.py", tmp_path / "request"
    script.write_text(KILLED)
    pickled.write_bytes(pickle.dumps(replace(project.request, report=print)))
    old_text, new_text = "day,count\n0,5\n", "day,count\n0,50\n"
    states = {}
    for text in (old_text, new_text):
        (project.data / "counts.csv").write_text(text)
        project.build()
        states[text] = project.files()
    moments, shortest, n_stopped = random.Random(5), math.inf, 0
    for number in range(1 + int(os.environ.get("KILLS", "4"))):
        text = (old_text, new_text)[number % 2]
        shutil.rmtree(project.out / ".cache")
        (project.data / "counts.csv").write_text(text)
        begin = time.monotonic()
        process = subprocess.Popen([sys.executable, script, pickled, tmp_path / "project"], stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=None if shortest == math.inf else moments.uniform(0, shortest))
            shortest = min(shortest, time.monotonic() - begin)
        process.send_signal(signal.SIGKILL)
        n_stopped += process.wait() == -signal.SIGKILL
        assert whole(project) in list(states.values())
        project.build()
        assert whole(project) == states[text]
    # The first build was left to its end, to learn how long one takes.
    assert n_stopped >= number / 2
