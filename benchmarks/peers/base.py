"""What the measurement needs to know of a tool."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.workloads import Workload, edit_cell, set_parameter

WORKER = Path(__file__).with_name("worker.py")
JOBS = 2


class Peer:
    """A tool: what it is made of, how it is set up in a project, and how a build is started.

    ``environment`` is the virtual environment that it shares with others of the same pins; ``remembers`` tells whether
    it keeps anything from one build to the next.
    """

    name = ""
    environment = "papermill"
    pins: tuple[str, ...] = ()
    remembers = True
    has_parameters = True
    note = ""

    def __init__(self, python: Path):
        self.python = python

    def program(self, name: str) -> str:
        """Give the path of a program of the peer's environment."""
        return str(self.python.with_name(name))

    def configure(self, project: Path, workload: Workload) -> None:
        """Write into a fresh project what the tool needs."""

    def commands(self, project: Path) -> list[list[str]]:
        """Give the commands of one build, run one after the other in the project's folder."""
        raise NotImplementedError

    def page(self, project: Path, notebook: str) -> Path | None:
        """Give the page of a notebook."""
        return project / "html" / f"{notebook}.html"

    def set_parameter(self, project: Path, notebook: str, name: str, value: float) -> None:
        """Change a parameter where an author of this tool would."""
        set_parameter(project, notebook, name, value)
        if not self.has_parameters:
            edit_cell(project / f"{notebook}.ipynb", rf"\n{name} = .*", f"\n{name} = {value}")

    def worker(self, *arguments: str) -> list[str]:
        """Give the command that starts the script of a peer that has none of its own."""
        return [str(self.python), str(WORKER), *arguments]


class Plain(Peer):
    """papermill over all notebooks, one after the other, each rendered by nbconvert in the same process."""

    name = "papermill"
    remembers = False

    def commands(self, project: Path) -> list[list[str]]:
        return [self.worker("run", "papermill", "1")]


class PlainInTwo(Plain):
    """The same with the figures in two processes."""

    name = "papermill, 2 processes"

    def commands(self, project: Path) -> list[list[str]]:
        return [self.worker("run", "papermill", str(JOBS))]


class Client(Plain):
    """nbclient from a short script; it has no parameters, so an author edits the cell."""

    name = "nbclient"
    environment = "nbclient"
    has_parameters = False

    def commands(self, project: Path) -> list[list[str]]:
        return [self.worker("run", "nbclient", "1")]


class Cache(Peer):
    """jupyter-cache through its API, as its documentation shows; figures by its parallel executor."""

    name = "jupyter-cache"
    environment = "jupyter-cache"
    pins = ("jupyter-cache==1.0.1",)
    has_parameters = False
    note = "keys on code cells alone; no input can be declared"

    def commands(self, project: Path) -> list[list[str]]:
        return [self.worker("cache")]


class Ours(Peer):
    """The project's own build: a copy of the package beside the generated notebooks, started as a whole process."""

    name = "caseseries"
    environment = ""

    def __init__(self, python: Path):
        super().__init__(Path(sys.executable))

    def configure(self, project: Path, workload: Workload) -> None:
        from caseseries.paths import PACKAGE, TEMPLATES

        shutil.copytree(PACKAGE, project / "caseseries")
        shutil.copytree(TEMPLATES, project / "templates")
        shutil.copy(Path(__file__).with_name("driver.py"), project / "driver.py")

    def commands(self, project: Path) -> list[list[str]]:
        return [[str(self.python), "driver.py"]]

    def page(self, project: Path, notebook: str) -> Path | None:
        return project / "supplements" / f"page_{notebook}.html"
