"""Tools that take a written pipeline: every input, output, parameter and the lock is declared."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks.peers.base import JOBS, WORKER, Peer
from benchmarks.workloads import PREPARE, Workload, inputs_of, outputs_of

LOCK = "requirements.lock"
THEME = """myst: v1
title: Plain
version: 1.0.0
license: MIT
build:
  install: "true"
  start: "true"
"""


class Snakemake(Peer):
    """A rule per notebook that runs papermill; reruns by time stamps, checksums, code and parameters."""

    name = "Snakemake"
    environment = "snakemake"
    pins = ("snakemake==9.27.1",)

    def configure(self, project: Path, workload: Workload) -> None:
        pages = [f"html/{name}.html" for name in workload.notebooks]
        rules = ['configfile: "parameters.json"', f"rule all:\n    input: {pages}"]
        for name in workload.notebooks:
            inputs = [f"{name}.ipynb", LOCK, *inputs_of(workload, name)]
            outputs = [*outputs_of(name), f"html/{name}.html"]
            rules.append(
                f"rule {'n' + name}:\n    input: {inputs}\n    output: {outputs}\n"
                f"    params: str(config.get({name!r}, ''))\n"
                f"    shell: {f'{self.python} {WORKER} one {name}'!r}"
            )
        (project / "Snakefile").write_text("\n".join(rules) + "\n")

    def commands(self, project: Path) -> list[list[str]]:
        return [[self.program("snakemake"), "--cores", str(JOBS), "--keep-going", "--quiet", "rules", "progress"]]


class Dvc(Peer):
    """A stage per notebook; runs one after the other."""

    name = "DVC"
    environment = "dvc"
    pins = ("dvc==3.67.1",)

    def configure(self, project: Path, workload: Workload) -> None:
        stages = {
            name: {
                "cmd": f"{self.python} {WORKER} one {name}",
                "deps": [f"{name}.ipynb", LOCK, *inputs_of(workload, name)],
                "outs": [*outputs_of(name), f"html/{name}.html"],
                **({"params": [{"parameters.json": [name]}]} if name.startswith("fig") else {}),
            }
            for name in workload.notebooks
        }
        (project / "dvc.yaml").write_text(json.dumps({"stages": stages}, indent=1))
        subprocess.run([self.program("dvc"), "init", "--no-scm", "-q"], cwd=project, check=True, capture_output=True)
        for setting in (
            ("core.analytics", "false"),
            ("core.check_update", "false"),
            ("core.site_cache_dir", ".dvc/site"),
        ):
            subprocess.run([self.program("dvc"), "config", *setting], cwd=project, check=True, capture_output=True)

    def commands(self, project: Path) -> list[list[str]]:
        return [[self.program("dvc"), "repro", "--keep-going"]]


class Calkit(Peer):
    """Notebook stages in the environment that Calkit itself stands in, so that no other is made or checked."""

    name = "Calkit"
    environment = "calkit"
    pins = ("calkit-python==0.49.5",)

    def configure(self, project: Path, workload: Workload) -> None:
        self._write(project, workload)
        commands = (
            ["git", "init", "-q"],
            ["git", "config", "user.email", "author@example.org"],
            ["git", "config", "user.name", "Author"],
            [self.program("dvc"), "init", "-q"],
            [self.program("dvc"), "config", "core.analytics", "false"],
            [self.program("dvc"), "config", "core.site_cache_dir", ".dvc/site"],
            ["git", "add", "."],
            ["git", "commit", "-q", "-m", "start"],
        )
        for command in commands:
            subprocess.run(command, cwd=project, check=True, capture_output=True)
        self.workload = workload

    def _write(self, project: Path, workload: Workload) -> None:
        parameters = json.loads((project / "parameters.json").read_text())
        stages = {
            name: {
                "kind": "jupyter-notebook",
                "notebook_path": f"{name}.ipynb",
                "environment": "here",
                "inputs": [LOCK, *inputs_of(workload, name)],
                "outputs": outputs_of(name),
                **({"parameters": parameters[name]} if name in parameters else {}),
            }
            for name in workload.notebooks
        }
        content = {"environments": {"here": {"kind": "system", "host": "localhost"}}, "pipeline": {"stages": stages}}
        (project / "calkit.yaml").write_text(json.dumps(content, indent=1))

    def set_parameter(self, project: Path, notebook: str, name: str, value: float) -> None:
        super().set_parameter(project, notebook, name, value)
        self._write(project, self.workload)

    def commands(self, project: Path) -> list[list[str]]:
        return [
            ["env", f"PATH={self.python.parent}:{os.environ['PATH']}", self.program("calkit"), "run", "--keep-going"]
        ]

    def page(self, project: Path, notebook: str) -> Path | None:
        found = [*(project / ".calkit").rglob(f"{notebook}*.html"), *(project / ".calkit").rglob(f"{notebook}/*.html")]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)


class Ploomber(Peer):
    """A task per notebook; the raw file, the helper module and the lock are declared as resources."""

    name = "ploomber"
    environment = "ploomber"
    pins = ("ploomber==0.23.3",)

    def configure(self, project: Path, workload: Workload) -> None:
        self._write(project, workload)
        self.workload = workload

    def _write(self, project: Path, workload: Workload) -> None:
        parameters = json.loads((project / "parameters.json").read_text())
        tasks = []
        for name in workload.notebooks:
            files = [LOCK, *(path for path in inputs_of(workload, name) if path in ("raw/visits.csv", "helpers.py"))]
            upstream = [] if name == PREPARE else [PREPARE] if name.startswith("fig") else workload.figures
            products = {"nb": f"html/{name}.html"}
            products |= {f"file{number}": path for number, path in enumerate(outputs_of(name))}
            resources = {f"file{number}": path for number, path in enumerate(files)}
            tasks.append(
                {
                    "source": f"{name}.ipynb",
                    "name": name,
                    "product": products,
                    "params": {"resources_": resources, **parameters.get(name, {})},
                    **({"upstream": upstream} if upstream else {}),
                }
            )
        meta = {"extract_upstream": False, "extract_product": False}
        executor = {"dotted_path": "ploomber.executors.Parallel", "processes": JOBS}
        (project / "pipeline.yaml").write_text(
            json.dumps({"meta": meta, "executor": executor, "tasks": tasks}, indent=1)
        )

    def set_parameter(self, project: Path, notebook: str, name: str, value: float) -> None:
        super().set_parameter(project, notebook, name, value)
        self._write(project, self.workload)

    def commands(self, project: Path) -> list[list[str]]:
        return [[self.program("ploomber"), "build"]]


class Myst(Peer):
    """mystmd as a site; its HTML needs a theme from the network, so that its pages are the JSON of the site."""

    name = "mystmd"
    environment = "mystmd"
    pins = ("mystmd==1.11.0", "jupyter-server==2.21.1")
    has_parameters = False
    note = "its HTML needs a theme from the network; the JSON of the site is judged"

    def configure(self, project: Path, workload: Workload) -> None:
        toc = [{"file": f"{name}.ipynb"} for name in workload.notebooks]
        config = {"version": 1, "project": {"title": "Benchmark", "toc": toc}, "site": {"template": "./theme"}}
        (project / "myst.yml").write_text(json.dumps(config, indent=1))
        # A theme that only says that it is one stands in for those that the network has.
        (project / "theme").mkdir()
        (project / "theme" / "template.yml").write_text(THEME)
        # Its server of kernels refuses to start where the author is the administrator, as in a container.
        (project / ".jupyter").mkdir()
        settings = {"ServerApp": {"allow_root": True}}
        (project / ".jupyter" / "jupyter_server_config.json").write_text(json.dumps(settings))

    def commands(self, project: Path) -> list[list[str]]:
        variables = [f"PATH={self.python.parent}:{os.environ['PATH']}", f"JUPYTER_CONFIG_DIR={project / '.jupyter'}"]
        return [["env", *variables, self.program("myst"), "build", "--site", "--execute", "--strict"]]

    def page(self, project: Path, notebook: str) -> Path | None:
        name = "index" if notebook == PREPARE else notebook.lstrip("0123456789_").replace("_", "-")
        return project / "_build" / "site" / "content" / f"{name}.json"
