"""A kernel is watched: what it reads is known, and what would make a result depend on something else stops it."""

import os
import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from caseseries.build import observe
from caseseries.build.borders import Borders
from caseseries.build.drive import Run, environment, execute_run, kernel_environment
from caseseries.build.observe import Witness, read_log
from caseseries.build.parent import start_method, warm_up


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings")
    (folder / "tmp").mkdir()
    variables = kernel_environment(folder)
    with environment(variables):
        warm_up()
        yield variables | {"SETTINGS": str(folder)}


@pytest.fixture
def run(warm, tmp_path):
    """Run cells in a watched kernel; give the outcome."""
    # A build that was stopped before in this process has let no kernel start since.
    warm_up()
    project, out = tmp_path / "project", tmp_path / "out"
    project.mkdir()
    out.mkdir()
    (project / "counts.csv").write_text("day,count\n0,5\n")

    def execute(*cells, timeout_s=60, memory=0):
        notebook = nbformat.v4.new_notebook()
        notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        for number, cell in enumerate(cells, start=1):
            notebook.cells.append(nbformat.v4.new_code_cell(textwrap.dedent(cell), id=f"cell-{number}"))
        path = tmp_path / "notebook.ipynb"
        nbformat.write(notebook, path)
        return execute_run(
            Run(
                name="notebook",
                label="",
                notebook=path,
                executed=tmp_path / "executed.ipynb",
                work=out,
                parameters={},
                variables=warm,
                readable=(str(project),),
                writable=(str(out),),
                shared=(warm["SETTINGS"],),
                timeout_s=timeout_s,
                memory=memory,
            )
        )

    execute.project, execute.out = project, out
    return execute


def names(outcome, kind):
    return {Path(fact["what"]).name for fact in outcome.seen if fact["kind"] == kind}


def test_what_is_read_listed_and_written_is_known(run):
    outcome = run(
        f"import pandas as pd, os\nframe = pd.read_csv({str(run.project / 'counts.csv')!r})",
        f"os.listdir({str(run.project)!r})\nframe.to_csv('made.csv')",
    )
    assert outcome.failure is None
    assert names(outcome, "read") >= {"counts.csv"}
    assert names(outcome, "list") == {"project"}
    assert names(outcome, "write") >= {"made.csv"}
    assert (run.out / "made.csv").exists()


FORBIDDEN = {
    "a file outside of project and data": ("open('/var/log/dpkg.log').read()", "must read files of the project"),
    "a write outside of the scratch folder": ("open('/var/tmp/leak.csv', 'w')", "must write to the folder"),
    "a folder made elsewhere": ("import os; os.mkdir('/var/tmp/leak')", "must write to the folder"),
    "the network": (
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "must not use the network",
    ),
    "a name looked up": ("import socket; socket.getaddrinfo('example.org', 80)", "must not use the network"),
    "another program": ("import subprocess; subprocess.run(['true'])", "must not start other programs"),
    "a shell": ("import os; os.system('true')", "must not start other programs"),
    "a refusal that is swallowed": (
        """
        try:
            open("/var/log/dpkg.log")
        except Exception:
            pass
        """,
        "must read files of the project",
    ),
}


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_forbidden_act_stops_the_run_and_names_the_cell(run, act):
    source, words = FORBIDDEN[act]
    outcome = run("1 + 1", source, "2 + 2")
    assert outcome.failure is not None
    assert words in outcome.failure.cause
    assert outcome.failure.cell == "cell-2"
    assert not Path("/var/tmp/leak.csv").exists()
    assert not Path("/var/tmp/leak").exists()


def test_each_kernel_begins_anew(run):
    sources = (
        """
        import matplotlib as mpl, numpy as np, random, os
        assert mpl.rcParams["font.size"] == 10.0
        mpl.rcParams["font.size"] = 44
        np.random.seed(1); random.seed(1)
        os.environ["LEFT"] = "behind"
        open("mark", "w").close()
        """,
        "import os; assert 'LEFT' in os.environ",
    )
    first, second = run(*sources), run("import os; assert 'LEFT' not in os.environ", sources[0])
    assert first.failure is None, first.failure
    assert second.failure is None, second.failure


def test_a_kernel_that_dies_is_told_with_its_cell(run):
    outcome = run("1 + 1", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert outcome.failure.cell == "cell-2"
    assert "The kernel died" in outcome.failure.cause


def test_a_cell_that_fills_the_memory_is_told_with_its_cell(run):
    outcome = run("1 + 1", "filled = [bytes(10**8) for _ in range(100)]", memory=2 * 10**9)
    assert outcome.failure.cell == "cell-2"
    assert "asked for more memory than there is" in outcome.failure.cause


def test_a_cell_that_hangs_is_told_with_its_cell(run):
    outcome = run("1 + 1", "import time; time.sleep(100)", timeout_s=9)
    assert outcome.failure.cell == "cell-2"
    assert "more than 9 s" in outcome.failure.cause


def test_kernels_are_forked_where_that_is_safe(monkeypatch):
    monkeypatch.delenv("CASESERIES_KERNELS", raising=False)
    assert start_method() == ("forkserver" if sys.platform == "linux" else "spawn")


@pytest.mark.parametrize("is_loaded_by_the_parent", [False, True])
def test_a_module_of_the_project_is_an_input_even_where_a_library_folder_links_to_it(
    tmp_path, monkeypatch, is_loaded_by_the_parent
):
    project, library = tmp_path / "project", tmp_path / "library"
    project.mkdir()
    library.mkdir()
    for path in (project / "rule.py", project / "own.py", library / "plain.py"):
        path.write_text("")
    (library / "linked.py").symlink_to(project / "rule.py")
    borders = Borders(read=(str(tmp_path),), write=(), shared=(str(library),), log=str(tmp_path / "log"))
    monkeypatch.setattr(observe, "parents_borders", lambda: borders)
    monkeypatch.setattr(observe, "settled", set())
    monkeypatch.setattr(observe, "held", {})
    loaded = {"plain": library / "plain.py", "linked": library / "linked.py", "own": project / "own.py"}
    for name, path in loaded.items():
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(__file__=str(path)))

    if is_loaded_by_the_parent:
        observe.settle_modules()
        assert observe.settled & loaded.keys() == {"plain"}
        (project / "rule.py").write_text("changed after it was loaded")
    witness = Witness(borders)
    witness.take_modules()

    seen = {Path(fact["what"]): fact["sha256"] for fact in read_log(tmp_path / "log")}
    noted = {path: digest for path, digest in seen.items() if tmp_path in path.parents}
    assert noted == dict.fromkeys((project / "rule.py", project / "own.py"), sha256(b"").hexdigest())


def test_a_log_cut_off_in_a_line_keeps_the_lines_before(tmp_path):
    path = tmp_path / "seen"
    path.write_text('{"kind": "read", "what": "a", "cell": 1}\n{"kind": "re')
    assert [fact["what"] for fact in read_log(path)] == ["a"]


def test_plain_papermill_runs_the_same_notebook(tmp_path):
    source = "import matplotlib as mpl, pandas as pd\nprint(mpl.get_backend(), pd.get_option('display.max_columns'))"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="only")])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, tmp_path / "n.ipynb")
    command = [sys.executable, "-m", "papermill", "n.ipynb", "done.ipynb", "--no-progress-bar"]
    plain = {**os.environ, "MPLBACKEND": "agg"}
    told = []
    for variables in (plain, plain | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "caseseries"}):
        subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True)
        told.append(nbformat.read(tmp_path / "done.ipynb", as_version=4).cells[0].outputs[0].text)
    assert told[0] == told[1] == "agg 20\n"
