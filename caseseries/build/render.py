"""Render a page that fetches nothing: of an executed notebook, or of facts about the whole package."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from caseseries.build.outline import outline_notebook
from caseseries.build.readable import FORMS
from caseseries.paths import TEMPLATES

LOOK = "supplement"
SCRIPTS = {"environment.html.j2": "page.js", "start.html.j2": "search.js"}


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
def load_exporter(templates: Path = TEMPLATES):
    """Load what renders notebooks, once for each state of the templates."""
    from nbconvert import HTMLExporter
    from nbconvert.filters import Highlight2HTML
    from traitlets.config import Config

    class SupplementExporter(HTMLExporter):
        """Takes a page as the template gives it.

        nbconvert reads each page again, to give alternative texts and a focus to what its own templates leave without;
        ours have both, and the reading takes longer than all else.
        """

        def from_notebook_node(self, nb, resources=None, **options):
            """Give the page of a notebook, and the resources that it was given."""
            return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    config = Config({"TemplateExporter": {"extra_template_basedirs": [str(templates)]}})
    exporter = SupplementExporter(config=config, template_name=LOOK, exclude_anchor_links=True)
    exporter.filters |= {
        "cell_lines": lambda source: source.count("\n") + 1,
        "highlight_code": Highlight2HTML(parent=exporter),
        "in_order": sort_files,
    }
    return exporter


def sort_files(names: Iterable[str]) -> list[str]:
    """Put the files of an exhibit in the order in which a page offers them."""
    forms = {name: name.rpartition(".")[2] for name in names}
    return sorted(names, key=lambda name: (FORMS.index(forms[name]) if forms[name] in FORMS else len(FORMS), name))


def describe_script(name: str = "page.js", *, templates: Path = TEMPLATES) -> dict[str, str]:
    """Give a script, and its hash as the policy of a page names it: no other script can run there."""
    text = (templates / LOOK / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return {"text": text, "hash": f"sha256-{digest}"}


def draw_page(executed: str, source: str, facts: dict[str, Any], templates: Path = TEMPLATES) -> str:
    """Give the HTML page of a run from the texts of its executed notebook and of its source as it is now."""
    notebooks = [nbformat.reads(text, as_version=4) for text in (executed, source)]
    return render_page(renew_text(*notebooks), facts=facts, templates=templates)


def render_page(notebook: nbformat.NotebookNode, *, facts: dict[str, Any], templates: Path = TEMPLATES) -> str:
    """Give the HTML page of an executed, settled notebook.

    Parameters
    ----------
    notebook
        With its outputs.
    facts
        What the template says about the page: title, label, synthetic or not, data set, version, other pages.
    templates
        Where templates and scripts stand.
    """
    page = outline_notebook(notebook)
    shown = [output for section in page.sections for cell in section.cells for output in cell.outputs]
    contents = [(section.anchor, section.heading) for section in page.sections if section.heading]
    resources = {
        "facts": facts,
        "page": page,
        "contents": [*contents, ("method", "Method"), ("code", "Data and code")],
        # Only tables have anything to gain from it.
        "script": describe_script(templates=templates) if any("<table" in output for output in shown) else None,
    }
    body, _ = load_exporter(templates).from_notebook_node(notebook, resources=resources)
    return body


def render_plain(template: str, *, facts: dict[str, Any], templates: Path = TEMPLATES) -> str:
    """Give a page that is made from facts alone; whatever is not marked as safe in the template is escaped."""
    from jinja2 import Environment, FileSystemLoader

    places = Environment(loader=FileSystemLoader(templates / LOOK), autoescape=True, trim_blocks=True)
    places.filters["in_order"] = sort_files
    script = SCRIPTS.get(template)
    return places.get_template(template).render(
        facts=facts, script=describe_script(script, templates=templates) if script else None
    )
