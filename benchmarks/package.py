"""The package itself: a cold build and one with nothing to do, beside papermill and nbconvert notebook by notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import matplotlib as mpl

from caseseries.build.nodes import list_nodes
from caseseries.build.witness import VARIABLE
from caseseries.paths import NOTEBOOKS, ROOT, SYNTHETIC
from caseseries.plan import read_plan
from caseseries.records.listing import list_patients


def measure_build(folder: Path, *, repeats: int) -> dict:
    """Give the seconds of a cold build into a folder, of one that Python alone watches, and of some builds after it."""
    command = [sys.executable, str(ROOT / "run_all.py"), "build", "--out"]
    out = str(folder / "out")
    cold = _time([*command, out], {})
    unwatched = _time([*command, str(folder / "unwatched")], {VARIABLE: "python"})
    return {"cold": cold, "unwatched": unwatched, "no-op": [_time([*command, out], {}) for _ in range(repeats)]}


def measure_plain_way(folder: Path) -> dict:
    """Give the seconds of the programs papermill and ``jupyter nbconvert``, one run of a notebook after the other."""
    out, executed = folder / "plain", folder / "executed"
    executed.mkdir(parents=True)
    nodes = list_nodes(read_plan(), read_plan().exhibits, parameters={}, lists={"patients": list_patients(SYNTHETIC)})
    programs = Path(sys.executable).parent
    variables = {"PATH": f"{programs}:{os.environ['PATH']}", "MPLBACKEND": "agg", "SOURCE_DATE_EPOCH": "315532800"}
    variables["MPLCONFIGDIR"] = mpl.get_configdir()
    spent = []
    for number, node in enumerate(nodes):
        settings = executed / f"{number}.json"
        settings.write_text(json.dumps({**node.parameters, "data": str(SYNTHETIC), "out": str(out)}))
        done = executed / f"{number}-{node.notebook}.ipynb"
        run = [str(programs / "papermill"), "-f", str(settings), str(NOTEBOOKS / f"{node.notebook}.ipynb"), str(done)]
        spent.append(_time([*run, "--no-progress-bar"], variables))
        spent.append(_time([str(programs / "jupyter"), "nbconvert", "--to", "html", str(done)], variables))
    return {"cold": [sum(pair) for pair in zip(*spent, strict=True)], "runs": len(nodes)}


def _time(command: list[str], variables: dict[str, str]) -> tuple[float, float]:
    """Run a command that must end well; give its seconds of wall and of processor."""
    from benchmarks.runner import list_children, processor_s, reap

    others, wall, processor = list_children(), time.perf_counter(), processor_s()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=True, capture_output=True)
    wall = time.perf_counter() - wall
    reap(others=others, limit_s=10)
    return wall, processor_s() - processor
