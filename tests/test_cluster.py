"""A build on a Dask cluster gives what one on this machine gives, even if a worker is killed on the way."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from distributed import Client
from test_engine import DRAW, EVERY, project, write_notebook  # noqa: F401 - project is a fixture

from caseseries.build.run import BuildError, build_exhibits
from caseseries.errors import UsageError

PARTS = {"scheduler": "dask_scheduler", "worker": "dask_worker"}


def start(part, *arguments, folder):
    module = f"distributed.cli.{PARTS[part]}"
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and two workers, each a program of its own, on loopback; give the address."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    options = ("--no-dashboard",)
    parts = [
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file), *options, folder=folder)
    ]
    while not file.exists():
        time.sleep(0.1)
    worker = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", *options)
    parts += [start("worker", *worker, folder=folder) for _ in range(2)]
    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        address = client.scheduler.address
    yield address
    for part in reversed(parts):
        part.kill()
        part.wait()


def test_a_cluster_gives_the_same_files_and_the_same_manifest(project, cluster):  # noqa: F811
    assert sorted(project.build(scheduler=cluster)) == EVERY
    afar = project.files()
    assert project.build(scheduler=cluster) == []
    (project.out / ".cache").rename(project.out.parent / "kept")

    assert sorted(project.build()) == EVERY
    assert project.files() == afar


def test_a_failure_on_a_cluster_is_told_as_here(project, cluster):  # noqa: F811
    write_notebook(project.folder / "12_table2.ipynb", "1 / 0")
    told = []
    for scheduler in (cluster, ""):
        with pytest.raises(BuildError) as stop:
            project.build(scheduler=scheduler)
        told.append(str(stop.value))
    assert told[0] == told[1]
    assert "12_table2.ipynb, cell work" in told[0]


def test_nobody_at_the_address_is_said(project, monkeypatch):  # noqa: F811
    monkeypatch.setattr("caseseries.build.cluster.PATIENCE_S", 1)
    with pytest.raises(UsageError, match=r"No scheduler with workers answers at tcp://127\.0\.0\.1:9"):
        project.build(scheduler="tcp://127.0.0.1:9")


def test_a_worker_that_is_killed_costs_its_run_only(project, cluster):  # noqa: F811
    slow = "import time\ntime.sleep(6)\n" + DRAW.replace("NAME", "table2")
    write_notebook(project.folder / "12_table2.ipynb", slow)
    done = []

    def report(node, state):
        if state == "done":
            done.append(node)

    request = replace(project.request, scheduler=cluster, report=report)
    build = threading.Thread(target=build_exhibits, args=(request,), kwargs={"say": print})
    build.start()
    with Client(cluster, set_as_default=False) as client:
        victim = None
        while victim is None:
            time.sleep(0.2)
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            if len(done) == 4 and busy:
                victim = busy[0]
        pid = client.run(os.getpid, workers=[victim])[victim]
    os.kill(pid, signal.SIGKILL)
    build.join(120)
    assert sorted(done) == EVERY
    assert [project.total(number) for number in range(4)] == [12] * 4
