"""Starts builds of one tool in one project and looks at what came of them."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from benchmarks.judge import Judge, give_verdict, hash_file
from benchmarks.log import Log
from benchmarks.peers.base import Peer
from benchmarks.workloads import Workload, write_project

LIMIT_S = 900
OFFLINE = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
UNWANTED = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MPLBACKEND")


@dataclass(frozen=True)
class Build:
    """One build: its seconds of wall and processor, its exit status, what it said, what ran, what is amiss."""

    wall_s: float
    cpu_s: float
    status: int
    said: str
    ran: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    faults: tuple[str, ...] = ()
    verdict: str = ""


def adopt_orphans() -> None:
    """Become the parent of processes whose own has ended, so that kernels and servers left behind are counted too."""
    set_child_subreaper = 36
    if hasattr(os, "setsid") and Path("/proc").is_dir():
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def list_children() -> set[int]:
    """Give the processes whose parent this process is."""
    return {child.pid for child in psutil.Process().children()}


def reap(*, others: set[int], limit_s: float) -> None:
    """Wait until no process is left that a build started; ``others`` were there before."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        left = list_children() - others
        if not left:
            return
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.05)


def processor_s() -> float:
    """Give the processor seconds of all processes that have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Bench:
    """A tool in a project of its own."""

    def __init__(self, peer: Peer, workload: Workload, folder: Path, judge: Judge):
        self.peer, self.workload, self.judge = peer, workload, judge
        self.folder, self.project = folder, folder / "project"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_project(self.project, workload)
        peer.configure(self.project, workload)
        self.sources = self.list_files()
        self.shift = 0

    def list_files(self) -> set[Path]:
        """List the files of the project but for those of git, which remembers no build."""
        found = (path for path in self.project.rglob("*") if path.is_file() or path.is_symlink())
        return {path for path in found if ".git" not in path.parts and "__pycache__" not in path.parts}

    def clean(self) -> None:
        """Take away all that builds have left, so that the next one is cold."""
        for path in self.list_files() - self.sources:
            path.unlink(missing_ok=True)
        # Some tools take an empty folder of their own for a damaged one.
        folders = [path for path in self.project.rglob("*") if path.is_dir() and ".git" not in path.parts]
        kept = {parent for path in self.sources for parent in path.parents}
        for path in sorted(folders, key=lambda path: len(path.parts), reverse=True):
            if path not in kept and "__pycache__" not in path.parts and not any(path.iterdir()):
                path.rmdir()

    def start(self, log: Log, *, prefix: list[str], command: list[str]) -> subprocess.Popen:
        """Start one command in the project, in a process group of its own."""
        variables = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        variables |= {"BENCHMARK_LOG": str(log.path), "PYTHONHASHSEED": "0"}
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(
                [*prefix, *command], cwd=self.project, env=variables, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def build(self, *, prefix: list[str] = (), until: Callable[[Log], bool] | None = None) -> Build:
        """Build once; with ``until`` everything is killed at the instant when it says so."""
        (self.folder / "said").write_text("")
        status, others = 0, list_children()
        with Log(self.folder) as log:
            start, processor = time.perf_counter(), processor_s()
            for command in self.peer.commands(self.project):
                process = self.start(log, prefix=list(prefix), command=command)
                status = self._wait(process, log, until)
                if status:
                    break
            wall = time.perf_counter() - start
            # Kernels of a build that was killed notice only now that nobody is there; some servers never do.
            reap(others=others, limit_s=10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            reap(others=others, limit_s=10)
            processor = processor_s() - processor
            ran, ended = log.count("begin"), log.count("end")
        said = (self.folder / "said").read_text(encoding="utf-8", errors="replace")
        return Build(wall, processor, status, said, ran, ended)

    def _wait(self, process: subprocess.Popen, log: Log, until: Callable[[Log], bool] | None) -> int:
        deadline = time.monotonic() + LIMIT_S
        while until or deadline - time.monotonic() < 0:
            if process.poll() is not None:
                return process.returncode
            if time.monotonic() > deadline or (until and until(log)):
                os.killpg(process.pid, signal.SIGKILL)
                return process.wait()
            time.sleep(0.01)
        try:
            return process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def judged(self, *, give: Callable[[int, list[str]], str] = give_verdict, **options) -> Build:
        """Build once and judge the outputs."""
        build = self.build(**options)
        faults = self.judge.find_faults(self.project, lambda name: self.peer.page(self.project, name))
        verdict = give(build.status, faults)
        return replace(build, faults=tuple(faults), verdict=verdict)

    def hash_outputs(self) -> dict[str, str]:
        """Give the hash of each output and each page."""
        reference = self.judge.reference(self.project)
        pages = [self.peer.page(self.project, name) for name in self.workload.notebooks]
        paths = [*(self.project / name for name in reference.files), *(page for page in pages if page)]
        return {str(path): hash_file(path) for path in paths}
