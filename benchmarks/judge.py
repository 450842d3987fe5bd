"""Says whether what a tool left behind is right: every file and every page beside a build that cannot be stale."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from benchmarks.log import Log
from benchmarks.workloads import outputs_of
from caseseries.paths import ROOT

RIGHT, WRONG, FAILED = "right", "WRONG BUT GREEN", "failed"


@dataclass(frozen=True)
class Reference:
    """What is right for the present state of a project: the hash of each file, the texts of each page, the floor."""

    files: Mapping[str, str]
    texts: Mapping[str, tuple[str, ...]]
    wall_s: float
    cpu_s: float


class Judge:
    """Makes references, one for each state of a project that it meets."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known: dict[str, Reference] = {}

    def reference(self, project: Path) -> Reference:
        """Give the reference for a project as it is now."""
        key = hash_sources(project)
        if key not in self.known:
            self.known[key] = self._make(project, self.folder / key[:12])
        return self.known[key]

    def _make(self, project: Path, out: Path) -> Reference:
        if not out.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=self.folder) as folder:
                made = Path(folder, "made")
                made.mkdir()
                self._run(project, made)
                # Another measurement may have made the same in the meantime.
                with suppress(OSError):
                    made.rename(out)
        told = json.loads((out / "told.json").read_text())
        names = [name for notebook in told["printed"] for name in outputs_of(notebook)]
        texts = {name: (line, *read_markdown(project / f"{name}.ipynb")) for name, line in told["printed"].items()}
        return Reference({name: hash_file(out / name) for name in names}, texts, told["wall_s"], told["cpu_s"])

    def _run(self, project: Path, out: Path) -> None:
        with Log(out) as log:
            command = [sys.executable, "-m", "benchmarks.reference", str(project), str(out)]
            variables = {**os.environ, "BENCHMARK_LOG": str(log.path), "PYTHONPATH": str(ROOT)}
            done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        (out / "told.json").write_text(done.stdout)

    def find_faults(self, project: Path, page_of: Callable[[str], Path | None]) -> list[str]:
        """Name the files and pages that are missing or hold something else than they must."""
        reference = self.reference(project)
        faults = [name for name, digest in reference.files.items() if hash_file(project / name) != digest]
        for notebook, texts in reference.texts.items():
            page = page_of(notebook)
            shown = read_page(page) if page and page.exists() else ""
            faults += [f"page of {notebook}"] if any(flatten(text) not in shown for text in texts) else []
        return faults


def give_verdict(status: int, faults: list[str]) -> str:
    """Judge a build that must end well: green is right only with nothing amiss."""
    if status:
        return FAILED
    return WRONG if faults else RIGHT


def give_verdict_of_error(status: int, faults: list[str]) -> str:
    """Judge a build that must stop, or must at least not claim to be done with something amiss."""
    return WRONG if status == 0 and faults else RIGHT


def hash_file(path: Path) -> str:
    """Give the hash of a file; empty if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def hash_sources(project: Path) -> str:
    """Give one hash for all that the outputs must follow from; the lock is a promise, not a source of numbers."""
    paths = [*sorted(project.glob("*.ipynb")), *sorted(project.glob("helpers.py"))]
    paths += [project / "raw" / "visits.csv", project / "parameters.json"]
    return hashlib.sha256(" ".join(hash_file(path) for path in paths).encode()).hexdigest()


def read_markdown(path: Path) -> tuple[str, ...]:
    """Give the sentences of a notebook's text cells."""
    cells = nbformat.read(path, as_version=4).cells
    lines = (line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def read_page(path: Path) -> str:
    """Give the text of a page, HTML or the JSON of a site, without its marks."""
    return flatten(html.unescape(re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8", errors="replace"))))


def flatten(text: str) -> str:
    """Give a text without white space, which pages set as they like."""
    return re.sub(r"\s|\\n", "", text)
