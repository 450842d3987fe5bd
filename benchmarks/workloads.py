"""The projects that are measured: notebooks that any tool can run, which report each execution to the outside."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

PREPARE, SUMMARY = "00_prepare", "99_summary"
N_PATIENTS, N_VISITS = 60, 8


@dataclass(frozen=True)
class Workload:
    """One preparing notebook, some figure notebooks that read its table, one summary that reads all their values.

    ``burn_s`` is processor time that each figure takes besides its drawing; with ``has_helper`` every other figure
    notebook imports a module of the project.
    """

    name: str
    n_figures: int
    burn_s: float = 0.0
    has_helper: bool = False

    @property
    def figures(self) -> list[str]:
        """The figure notebooks by name."""
        return [f"fig_{number:03d}" for number in range(1, self.n_figures + 1)]

    @property
    def notebooks(self) -> list[str]:
        """All notebooks in an order in which they can run."""
        return [PREPARE, *self.figures, SUMMARY]

    @property
    def importers(self) -> list[str]:
        """The notebooks that import the helper module."""
        return self.figures[::2] if self.has_helper else []


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("W3", 1),
        Workload("W12", 10),
        Workload("W42", 40),
        Workload("W102", 100),
        Workload("WH", 10, burn_s=2.0),
        Workload("WM", 10, has_helper=True),
        Workload("WM3", 1, has_helper=True),
    )
}

BEGIN = """
import os
import socket

with socket.socket(socket.AF_UNIX) as line:
    line.connect(os.environ["BENCHMARK_LOG"])
    line.sendall(b"{word} {name}\\n")
"""
PREPARE_CODE = """
from pathlib import Path

import pandas as pd

visits = pd.read_csv(Path(data, "visits.csv"))
kept = visits[visits["value"] >= 0]
folder = Path(out, "data/derived")
folder.mkdir(parents=True, exist_ok=True)
kept.to_csv(folder / "visits.csv", index=False)
print(f"{name}: {len(kept)} rows, {kept['value'].sum():.6f}")
"""
FIGURE_IMPORTS = """
import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from IPython.display import Image, display
"""
FIGURE_CODE = """
title = "{name}"
colours = ["#0072B2", "#D55E00"]
visits = pd.read_csv(Path(out, "data/derived/visits.csv"))
visits["value"] = visits["value"] + {number}
figure, axes = plt.subplots(figsize=(5, 3.5))
shown = {{"x": "visit", "y": "value", "hue": "arm", "palette": colours, "linewidth": width}}
sns.lineplot(data=visits, **shown, n_boot=200, seed=7, ax=axes)
axes.set_title(title)
"""
FIGURE_WRITE = """
for folder in ("figures", "values"):
    Path(out, folder).mkdir(exist_ok=True)
files = [f"figures/{name}.png", f"figures/{name}.pdf", f"values/{name}.json"]
figure.savefig(Path(out, files[0]), dpi=300)
figure.savefig(Path(out, files[1]), metadata={"CreationDate": None})
plt.close(figure)
value = float(visits["value"].mean())
Path(out, files[2]).write_text(json.dumps({"value": value}))
print(f"{name}: {value:.6f}, {title}, {colours[0]}, width {width}")
facts = {"exhibit": name, "files": files, "lacks": []}
display(Image(filename=str(Path(out, files[0]))), metadata={"caseseries": facts})
"""
BURN_CODE = """
import time

stop = time.process_time() + {burn_s}
while time.process_time() < stop:
    sum(range(10_000))
"""
SUMMARY_CODE = """
import json
from pathlib import Path

from IPython.display import HTML, display

values = {path.stem: json.loads(path.read_text())["value"] for path in sorted(Path(out, "values").glob("*.json"))}
Path(out, "summary").mkdir(exist_ok=True)
lines = ["figure,value", *(f"{figure},{value}" for figure, value in values.items())]
Path(out, "summary/summary.csv").write_text("\\n".join(lines) + "\\n")
print(f"{name}: {len(values)} values, {sum(values.values()):.6f}")
facts = {"exhibit": name, "files": ["summary/summary.csv"], "lacks": []}
display(HTML("<p>summary</p>"), metadata={"caseseries": facts})
"""


def outputs_of(notebook: str) -> list[str]:
    """Name the files that a notebook makes."""
    if notebook == PREPARE:
        return ["data/derived/visits.csv"]
    if notebook == SUMMARY:
        return ["summary/summary.csv"]
    return [f"figures/{notebook}.png", f"figures/{notebook}.pdf", f"values/{notebook}.json"]


def inputs_of(workload: Workload, notebook: str) -> list[str]:
    """Name the files, besides notebook and lock, that a notebook reads; what a careful author would declare."""
    if notebook == PREPARE:
        return ["raw/visits.csv"]
    if notebook == SUMMARY:
        return [f"values/{figure}.json" for figure in workload.figures]
    return ["data/derived/visits.csv", *(["helpers.py"] if notebook in workload.importers else [])]


def write_project(folder: Path, workload: Workload) -> None:
    """Write raw data, notebooks, parameters, a lock and, where there is one, the helper module."""
    (folder / "raw").mkdir(parents=True)
    write_raw(folder, hidden=-1, shift=0)
    (folder / "requirements.lock").write_text("pandas==3.1.0\n")
    widths = {name: {"width": 1.0} for name in workload.figures}
    (folder / "parameters.json").write_text(json.dumps(widths, indent=1))
    if workload.has_helper:
        (folder / "helpers.py").write_text('COLOURS = ["#0072B2", "#D55E00"]\n')
    for number, name in enumerate(workload.notebooks):
        nbformat.write(_make_notebook(workload, name, number), folder / f"{name}.ipynb")


def write_raw(folder: Path, *, hidden: int, shift: int) -> None:
    """Write the raw table; ``hidden`` stands in a row that preparing drops, ``shift`` in one that it keeps."""
    numbers = random.Random(1)
    rows = [
        (patient, "AB"[patient % 2], visit, round(10 + numbers.gauss(0, 2) + visit * (1 + patient % 2), 3))
        for patient in range(N_PATIENTS)
        for visit in range(N_VISITS)
    ]
    first = rows[0]
    rows[0] = (*first[:3], round(first[3] + shift, 3))
    rows.append((N_PATIENTS, "A", 0, hidden))
    lines = ["patient,arm,visit,value", *(",".join(map(str, row)) for row in rows)]
    (folder / "raw" / "visits.csv").write_text("\n".join(lines) + "\n")


def _make_notebook(workload: Workload, name: str, number: int) -> nbformat.NotebookNode:
    code, markdown = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    settings = f'data = "raw"\nout = "."\nname = "{name}"\n'
    if name in (PREPARE, SUMMARY):
        work = [PREPARE_CODE if name == PREPARE else SUMMARY_CODE]
    else:
        settings += "width = 1.0\n"
        body = FIGURE_CODE.format(name=name, number=number)
        if name in workload.importers:
            body = body.replace('colours = ["#0072B2", "#D55E00"]', "colours = helpers.COLOURS")
            body = f"import helpers\n{body}"
        burn = [BURN_CODE.format(burn_s=workload.burn_s)] if workload.burn_s else []
        work = [FIGURE_IMPORTS, *burn, body, FIGURE_WRITE]
    # Ids are the notebook's own, because some tools want them so in a whole project.
    cells = [markdown(f"# {name}", id=f"{name}-about")]
    cells += [code(settings.strip(), id=f"{name}-parameters", metadata={"tags": ["parameters"]})]
    cells += [code(BEGIN.format(word="begin", name=name).strip(), id=f"{name}-begin")]
    cells += [markdown(f"## Result\n\nFirst text of {name}.", id=f"{name}-text")]
    cells += [code(part.strip(), id=f"{name}-work{place}") for place, part in enumerate(work)]
    cells += [code(BEGIN.format(word="end", name=name).strip(), id=f"{name}-end")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def edit_cell(path: Path, pattern: str, new: str) -> None:
    """Change the source of the one cell that holds a pattern, as an author would in an editor."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if re.search(pattern, cell.source))
    cell.source = re.sub(pattern, new, cell.source)
    nbformat.write(notebook, path)


def set_parameter(folder: Path, notebook: str, name: str, value: float) -> None:
    """Change a parameter of a notebook in the project's list of parameters."""
    path = folder / "parameters.json"
    parameters = json.loads(path.read_text())
    parameters[notebook] = {name: value}
    path.write_text(json.dumps(parameters, indent=1))
