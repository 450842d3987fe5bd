"""Further edits and accidents that a build must answer rightly, and many kernels at once."""

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest
from test_engine import DRAW, EVERY, N, project, write_notebook  # noqa: F401 - project is a fixture

from caseseries.build.imports import load_code
from caseseries.build.manifest import read_manifest, write_manifest
from caseseries.build.packed import PackedFinder, pack_modules
from caseseries.build.run import BuildError

HELPED = "import sys\nsys.path.insert(0, data)\nimport helper\n" + DRAW.replace("* factor", "* helper.FACTOR")


@pytest.mark.parametrize("is_sly", [False, True], ids=["", "keeping size and time stamp"])
def test_an_edited_helper_module_runs_its_importers_alone(project, is_sly):  # noqa: F811
    for number in (1, 3):
        name = f"table{number}"
        write_notebook(project.folder / f"1{number}_{name}.ipynb", HELPED.replace("NAME", name))
    helper = project.data / "helper.py"
    helper.write_text("FACTOR = 2\n")
    os.utime(helper, (10**9, 10**9))
    project.build()
    assert project.total(1) == project.total(3) == 24

    helper.write_text("FACTOR = 3\n")
    if is_sly:
        os.utime(helper, (10**9, 10**9))
    assert sorted(project.build()) == ["11_table1", "13_table3"]
    assert project.total(1) == project.total(3) == 36


def test_kept_byte_code_that_is_damaged_is_not_used(tmp_path):
    names = {}
    exec(load_code(b"x = 1", "m.py", tmp_path), names)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    exec(load_code(b"x = 1", "m.py", tmp_path), names)
    assert names["x"] == 1


SOURCES = {
    "p/__init__.py": "",
    "p/a.py": "import sys\nfrom p.inner import b\nhere = sys._getframe().f_code.co_filename\n",
    "p/inner/__init__.py": "from p.inner.b import n as m\n",
    "p/inner/b.py": "n = 5\n",
    "p/wrong.py": "n = (\n",
}


def test_the_package_is_loaded_from_one_file_and_told_by_the_hashes_of_its_sources(tmp_path, monkeypatch):
    for name, content in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    packed = pack_modules(tmp_path / "p", tmp_path / "packed")
    for name in SOURCES:
        # What is loaded is the state that was packed.
        (tmp_path / name).write_text("raise AssertionError\n")
    said, modules = {}, set()
    witness = SimpleNamespace(
        looking_away=nullcontext, modules=modules, say=lambda kind, place, digest: said.update({place: (kind, digest)})
    )
    finder = PackedFinder(witness, str(tmp_path), packed)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    a = import_module("p.a")
    names = [name for name in sys.modules if name.partition(".")[0] == "p"]
    monkeypatch.setattr(sys, "modules", {name: module for name, module in sys.modules.items() if name not in names})

    assert a.here == str(tmp_path / "p/a.py") == a.__file__
    assert sys.modules.keys().isdisjoint(names)
    assert set(names) == modules == {"p", "p.a", "p.inner", "p.inner.b"}
    loaded = ["p/__init__.py", "p/a.py", "p/inner/__init__.py", "p/inner/b.py"]
    assert said == {
        str(tmp_path / name): ("module", hashlib.sha256(SOURCES[name].encode()).hexdigest()) for name in loaded
    }
    assert finder.find_spec("p.wrong") is finder.find_spec("json") is None


def test_without_a_package_nothing_is_packed(tmp_path):
    assert pack_modules(tmp_path / "none", tmp_path / "packed") == ""
    assert list(tmp_path.iterdir()) == []


def test_an_altered_trace_is_not_trusted(project):  # noqa: F811
    project.build()
    before = project.files()
    for path in (project.out / ".cache" / "traces").iterdir():
        path.write_text(path.read_text().replace("tables/table1.csv", "tables/table9.csv"))
    assert project.build() == ["11_table1"]
    assert project.files() == before


def test_a_kernel_that_cannot_start_is_an_error_that_names_its_notebook(project, monkeypatch):  # noqa: F811
    def refuse(*_, **__):
        raise RuntimeError("no more processes")

    monkeypatch.setattr("caseseries.build.kernels.WarmProvisioner.launch_kernel", refuse)
    with pytest.raises(BuildError, match=r"00_prepare\.ipynb(?s:.*)no more processes"):
        project.build()
    assert not (project.out / "tables").exists()


def test_two_cold_builds_give_the_same_bytes(project):  # noqa: F811
    project.build()
    first = project.files()
    shutil.rmtree(project.out)
    assert sorted(project.build()) == EVERY
    assert project.files() == first


def test_runs_that_went_through_before_a_failure_are_not_run_again(project):  # noqa: F811
    write_notebook(project.folder / "13_table3.ipynb", "raise ValueError")
    with pytest.raises(BuildError):
        project.build()
    write_notebook(project.folder / "13_table3.ipynb", DRAW.replace("NAME", "table3"))
    assert project.build() == ["13_table3"]
    assert [project.total(number) for number in range(N)] == [12] * N


THREADED = """
import pickle, sys, threading
from caseseries.build.run import build_exhibits

class Late:
    def find_spec(self, name, *_):
        if threading.current_thread() is not threading.main_thread():
            print(name)

sys.meta_path.insert(0, Late())
build_exhibits(pickle.load(open(sys.argv[1], "rb")), say=print)
"""


def test_no_thread_of_a_build_loads_what_another_may_be_loading(project, tmp_path):  # noqa: F811
    script, pickled = tmp_path / "build.py", tmp_path / "request"
    script.write_text(THREADED)
    pickled.write_bytes(pickle.dumps(replace(project.request, report=print)))
    done = subprocess.run([sys.executable, script, pickled], capture_output=True, text=True, check=True)
    # One thread alone draws pages, and what it needs for that it may load when it comes to it.
    ours = (
        "IPython.paths",
        "caseseries",
        "ipykernel",
        "jupyter",
        "nbclient",
        "nbformat",
        "papermill",
        "traitlets",
        "zmq",
    )
    assert [name for name in done.stdout.split() if name.startswith(ours)] == []
    assert (project.out / "MANIFEST.json").exists()


STARTS = """
import sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from jupyter_client.manager import KernelManager
from caseseries.build.drive import environment, kernel_environment
from caseseries.build.parent import warm_up
from traitlets.config import Config

def start(number):
    with tempfile.TemporaryDirectory(prefix="k-") as folder:
        config = Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "k"))}})
        manager = KernelManager(config=config, kernel_name="python3")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=120)
            return client.execute_interactive("pass", timeout=120)["content"]["status"]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tmp").mkdir()
        with environment(kernel_environment(Path(folder))):
            warm_up()
            with ThreadPoolExecutor(8) as pool:
                print([*pool.map(start, range(int(sys.argv[1])))].count("ok"))
"""


def test_kernels_started_eight_at_once_all_answer(tmp_path):
    program = tmp_path / "starts.py"
    program.write_text(STARTS)
    n = os.environ.get("KERNELS", "16")
    done = subprocess.run([sys.executable, program, n], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == n


def test_a_manifest_names_each_module_once_and_says_the_same(tmp_path):
    runs = {"a": {"modules": "m/a.py m/b.py m/c.py m/e.py"}, "b": {"modules": "m/d.py m/e.py"}, "c": {"modules": ""}}
    manifest = {"caseseries": "1", "runs": runs}
    write_manifest(tmp_path, manifest)
    written = json.loads((tmp_path / "MANIFEST.json").read_text())
    assert written["modules"] == ["m/a.py", "m/b.py", "m/c.py", "m/d.py", "m/e.py"]
    assert [run["modules"] for run in written["runs"].values()] == ["0-2 4", "3-4", ""]
    assert read_manifest(tmp_path) == manifest

    written["runs"]["b"]["modules"] = "3-9"
    (tmp_path / "MANIFEST.json").write_text(json.dumps(written))
    assert read_manifest(tmp_path) is None
