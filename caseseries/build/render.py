"""Render an executed notebook as one HTML page that fetches nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

import nbformat

from caseseries.paths import TEMPLATES


def collect_facts(notebook: nbformat.NotebookNode) -> list[dict]:
    """Read from an executed notebook what it made: the facts that each shown exhibit carries."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    return [output.metadata["caseseries"] for output in outputs if "caseseries" in output.get("metadata", {})]


def settle(notebook: nbformat.NotebookNode, parameters: dict[str, Any]) -> nbformat.NotebookNode:
    """Take out what differs from run to run: ids, times, and the folders of the machine that ran it."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    kept = []
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number:02d}"
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags})
        if "injected-parameters" in tags:
            shown = {name: value for name, value in parameters.items() if name not in ("data", "out")}
            if not shown:
                continue
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in shown.items())
        kept.append(cell)
    notebook.cells = kept
    return notebook


def renew_text(executed: nbformat.NotebookNode, source: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give an executed notebook the text cells of its source as they are now; code and outputs stay.

    Both must hold the same code cells in the same order, but for the one with the injected parameters.
    """
    ran = [cell for cell in executed.cells if cell.cell_type == "code"]
    cells, place = [], 0
    for cell in source.cells:
        if cell.cell_type != "code":
            cells.append(cell)
            continue
        cells.append(ran[place])
        place += 1
        if place < len(ran) and "injected-parameters" in ran[place].metadata.get("tags", ()):
            cells.append(ran[place])
            place += 1
    executed.cells = cells
    for number, cell in enumerate(executed.cells):
        cell.id = f"c{number:02d}"
    return executed


@cache
def _exporter():
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config({"TemplateExporter": {"extra_template_basedirs": [str(TEMPLATES)]}})
    exporter = HTMLExporter(
        config=config, template_name="supplement", exclude_input_prompt=True, exclude_output_prompt=True
    )
    exporter.filters["cell_lines"] = lambda source: source.count("\n") + 1
    return exporter


def render_page(notebook: nbformat.NotebookNode, *, facts: dict[str, Any]) -> str:
    """Give the HTML page of an executed, settled notebook.

    Parameters
    ----------
    notebook
        With its outputs.
    facts
        What the template says about the page: title, label, synthetic or not, data set, version, other pages.
    """
    body, _ = _exporter().from_notebook_node(notebook, resources={"facts": facts})
    return body
