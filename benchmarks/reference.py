"""Run the code cells of a project's notebooks in one warm process: the floor of all times, and what is right.

Called as a program of its own: ``python -m benchmarks.reference PROJECT OUT`` writes the right files to OUT and prints
as JSON the seconds of wall and processor that the cells took, and the text that each notebook printed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from pathlib import Path

import nbformat

from benchmarks.workloads import PREPARE, SUMMARY


def list_notebooks(project: Path) -> list[str]:
    """List the notebooks of a project in an order in which they can run."""
    names = sorted(path.stem for path in project.glob("*.ipynb"))
    return [PREPARE, *(name for name in names if name not in (PREPARE, SUMMARY)), SUMMARY]


def run_cells(project: Path, out: Path) -> dict[str, str]:
    """Run all code cells, each notebook in fresh names; give what each printed."""
    parameters = json.loads((project / "parameters.json").read_text())
    printed = {}
    for name in list_notebooks(project):
        names = {"__name__": "__main__"}
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            for cell in nbformat.read(project / f"{name}.ipynb", as_version=4).cells:
                if cell.cell_type == "code":
                    exec(compile(cell.source, name, "exec"), names)
                if "parameters" in cell.metadata.get("tags", ()):
                    names |= {"out": str(out), **parameters.get(name, {})}
        printed[name] = next(line for line in text.getvalue().splitlines() if line.startswith(f"{name}: "))
    return printed


def main(project: Path, out: Path) -> dict:
    """Import what the notebooks import, then run them with the clock on."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    import pandas as pd
    import seaborn as sns

    sys.path.insert(0, str(project))
    os.chdir(project)
    # The first figure of a process costs what a warm one has behind it.
    figure, axes = plt.subplots()
    sns.lineplot(data=pd.DataFrame({"x": [1, 1, 2, 2], "y": [1, 2, 3, 4]}), x="x", y="y", n_boot=9, seed=1, ax=axes)
    for kind in ("png", "pdf"):
        figure.savefig(io.BytesIO(), format=kind)
    plt.close(figure)
    wall, processor = time.perf_counter(), time.process_time()
    printed = run_cells(project, out)
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - processor, "printed": printed}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())))
