"""Render an executed notebook as one HTML page that fetches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config

from caseseries.paths import TEMPLATES


def collect_facts(executed: Path) -> list[dict]:
    """Read from an executed notebook what it made: the facts that each shown exhibit carries."""
    cells = nbformat.read(executed, as_version=4).cells
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    return [output.metadata["caseseries"] for output in outputs if "caseseries" in output.get("metadata", {})]


def _settle(notebook: nbformat.NotebookNode, parameters: dict[str, Any]) -> nbformat.NotebookNode:
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


def render_page(executed: Path, page: Path, *, parameters: dict[str, Any], facts: dict[str, Any]) -> Path:
    """Write the HTML page of an executed notebook.

    Parameters
    ----------
    executed
        Notebook with its outputs.
    page
        File to write.
    parameters
        What was injected; folders are not shown.
    facts
        What the template says about the page: title, label, synthetic or not, data set, version, other pages.
    """
    notebook = _settle(nbformat.read(executed, as_version=4), parameters)
    config = Config({"TemplateExporter": {"extra_template_basedirs": [str(TEMPLATES)]}})
    exporter = HTMLExporter(
        config=config, template_name="supplement", exclude_input_prompt=True, exclude_output_prompt=True
    )
    exporter.filters["cell_lines"] = lambda source: source.count("\n") + 1
    body, _ = exporter.from_notebook_node(notebook, resources={"facts": facts})
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(body, encoding="utf-8", newline="\n")
    return page
