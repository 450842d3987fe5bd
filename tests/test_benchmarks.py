"""The measurement itself: its projects run, its judge finds what is amiss, its report says so."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks import report
from benchmarks.judge import FAILED, RIGHT, WRONG, Judge, give_verdict, give_verdict_of_error
from benchmarks.log import Log
from benchmarks.peers.base import Peer
from benchmarks.runner import Bench
from benchmarks.scenarios import Finding, edit_hidden_row, edit_markdown, run_edit
from benchmarks.workloads import WORKLOADS, outputs_of
from caseseries.paths import ROOT

SMALLEST = WORKLOADS["W3"]
RUN = """
import sys
from pathlib import Path
if STALE and Path("html").exists():
    sys.exit(0)
import matplotlib
from benchmarks.judge import read_markdown
from benchmarks.reference import run_cells
matplotlib.use("agg")
Path("html").mkdir(exist_ok=True)
for name, line in run_cells(Path("."), Path(".").resolve()).items():
    Path("html", f"{name}.html").write_text(" ".join([line, *read_markdown(Path(f"{name}.ipynb"))]))
"""


class Simple(Peer):
    """Runs everything at each build, in one process."""

    name = "simple"
    code = RUN.replace("STALE", "False")

    def commands(self, project):
        return [["env", f"PYTHONPATH={ROOT}", str(self.python), "-c", self.code]]


class Stale(Simple):
    """Runs once and never again, and is green all the same."""

    name = "stale"
    code = RUN.replace("STALE", "True")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the smallest project once; tests work in copies of it."""
    folder = tmp_path_factory.mktemp("w")
    bench = Bench(Simple(sys.executable), SMALLEST, folder / "bench", Judge(folder / "references"))
    return bench, bench.judged()


@pytest.fixture
def bench(built, tmp_path):
    original, _ = built
    again = Bench(Simple(sys.executable), SMALLEST, tmp_path / "b", original.judge)
    shutil.rmtree(again.project)
    shutil.copytree(original.project, again.project)
    return again


def find_faults(bench):
    return bench.judge.find_faults(bench.project, lambda name: bench.peer.page(bench.project, name))


def test_a_build_that_runs_everything_is_right_and_every_execution_is_counted(built):
    _, build = built
    assert (build.verdict, build.faults) == (RIGHT, ())
    assert dict(build.ran) == dict(build.ended) == dict.fromkeys(SMALLEST.notebooks, 1)


@pytest.mark.parametrize("name", [name for notebook in SMALLEST.notebooks for name in outputs_of(notebook)])
def test_one_byte_altered_in_any_output_is_found(bench, name):
    path = bench.project / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert find_faults(bench) == [name]


def test_a_missing_output_and_a_missing_page_are_found(bench):
    (bench.project / "figures/fig_001.pdf").unlink()
    (bench.project / "html/99_summary.html").unlink()
    assert find_faults(bench) == ["figures/fig_001.pdf", "page of 99_summary"]


def test_what_stands_on_the_page_alone_is_judged_too(bench):
    edit_hidden_row(bench, 0)
    edit_markdown(bench, 0)
    assert find_faults(bench) == ["page of fig_001"]


def test_a_tool_that_stays_green_with_old_files_is_called_wrong(bench):
    bench.peer = Stale(sys.executable)
    assert run_edit(bench, "S2").verdict == RIGHT
    finding = run_edit(bench, "S5")
    assert (finding.verdict, finding.executions, finding.fewest) == (WRONG, 0, 3)
    n_files = sum(len(outputs_of(notebook)) for notebook in SMALLEST.notebooks)
    assert len(find_faults(bench)) == n_files + len(SMALLEST.notebooks)


def test_what_is_clean_has_the_sources_alone(bench):
    sources = {path.relative_to(bench.project) for path in bench.list_files()}
    bench.clean()
    left = {path.relative_to(bench.project) for path in bench.list_files()}
    assert left == {path.relative_to(bench.project) for path in bench.sources} < sources


@pytest.mark.parametrize(
    ("status", "faults", "verdict", "verdict_of_error"),
    [(0, [], RIGHT, RIGHT), (0, ["x"], WRONG, WRONG), (1, ["x"], FAILED, RIGHT), (1, [], FAILED, RIGHT)],
    ids=["green and right", "green and wrong", "red and wrong", "red and right"],
)
def test_a_verdict_is_of_status_and_files_together(status, faults, verdict, verdict_of_error):
    assert give_verdict(status, faults) == verdict
    assert give_verdict_of_error(status, faults) == verdict_of_error


def test_the_log_counts_what_other_processes_say(tmp_path):
    code = "import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(os.environ['L']); s.sendall(b'begin a\\n')"
    with Log(tmp_path) as log:
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "L": str(log.path)}, check=True)
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "L": str(log.path)}, check=True)
    assert log.count() == {"a": 2}
    assert log.count("end") == {}


def test_the_report_gives_a_time_only_to_what_is_right(tmp_path):
    right = Finding("S1", 4.0, 6.0, 12, 12, RIGHT)
    times = {"caseseries": {"S1": [right.to_json()]}, "slow": {"S1": [replace(right, wall_s=8.0).to_json()]}}
    times["wrong"] = {"S1": [replace(right, wall_s=1.0, verdict=WRONG).to_json()]}
    floor = {"W12": {"a": {"wall_s": 5.0, "cpu_s": 5.0}}}
    path = tmp_path / "results.md"
    report.write_report({"times": {"W12": times}, "floor": floor, "cores": 2}, path)
    lines = path.read_text().splitlines()
    assert "| slow | 8.00 | 8.00 to 8.00 (n = 1) | 6.0 | 2.0 | 1.0 | 12 |" in lines
    assert f"| wrong | {WRONG} |  |  |  |  |  |" in lines
    assert "Floor, all cells in one warm process over the cores: 2.50 s." in path.read_text()
    assert "Not measured." in lines
