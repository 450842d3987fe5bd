"""From what the notebooks made to what is published: pages rendered, promises of the plan held, entries written."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import nbformat

from caseseries import __version__
from caseseries.build.engine import Done, Engine
from caseseries.build.fingerprint import hash_code_cells, hash_content, hash_text
from caseseries.build.manifest import hash_run_code
from caseseries.build.nodes import explain_no_run
from caseseries.build.render import render_page, renew_text
from caseseries.build.request import Request
from caseseries.build.store import Store, Trace
from caseseries.errors import ExhibitError
from caseseries.paths import SUPPLEMENTS, TEMPLATES, safe_name
from caseseries.plan import Exhibit


def collect_entries(request: Request, engine: Engine) -> tuple[list[dict], dict[str, str]]:
    """Render the pages, and give the manifest's entry of each exhibit that was to be made, and all files' hashes.

    Raises
    ------
    ExhibitError
        If notebooks and plan disagree on what is made, or two runs made the same file.
    """
    notebooks = {request.plan.prepares, *(exhibit.notebook for exhibit in request.exhibits)}
    promised = [exhibit for exhibit in request.plan.exhibits if exhibit.notebook in notebooks]
    made, files = _gather_facts(engine), _gather_files(engine)
    pages = Pages(request, engine)
    for exhibit in promised:
        reason = _explain_no_run(request, exhibit)
        if reason:
            made[exhibit.id] = {"files": [], "lacks": [reason]}
        elif exhibit.kind == "supplement":
            rendered = pages.render(exhibit)
            files |= rendered
            made[exhibit.id] = {"files": list(rendered), "lacks": []}
    _check_promises(promised, made)
    entries = [
        {
            "id": exhibit.id,
            "label": exhibit.label,
            "title": exhibit.title,
            "notebook": exhibit.notebook,
            "runs": [node.name for node in engine.nodes if node.notebook == exhibit.notebook],
            "lacks": made[exhibit.id]["lacks"],
            "files": {name: files[name] for name in sorted(made[exhibit.id]["files"])},
        }
        for exhibit in promised
    ]
    return entries, files


def _gather_facts(engine: Engine) -> dict[str, dict[str, list[str]]]:
    """Gather what each exhibit was made of; several runs may add to one."""
    made: dict[str, dict[str, list[str]]] = {}
    for node in engine.nodes:
        for facts in engine.done[node.name].trace.facts:
            entry = made.setdefault(facts["exhibit"], {"files": [], "lacks": []})
            for kind, known in entry.items():
                known += [name for name in facts[kind] if name not in known]
    return made


def _gather_files(engine: Engine) -> dict[str, str]:
    """Gather all files with their hashes."""
    files: dict[str, str] = {}
    for done in engine.done.values():
        for name, digest in done.trace.outputs.items():
            if files.get(name, digest) != digest:
                raise ExhibitError(f"{name} is made by {done.node.name} and, otherwise, by another notebook.")
            files[name] = digest
    return files


def _explain_no_run(request: Request, exhibit: Exhibit) -> str:
    grid = request.plan.grid(exhibit.notebook)
    if grid is None:
        return ""
    return explain_no_run(grid, request.parameters.get(grid.notebook, {}), lists=request.lists)


def _check_promises(promised: list[Exhibit], made: Mapping[str, Any]) -> None:
    absent = [exhibit for exhibit in promised if exhibit.id not in made]
    lost = [f"{exhibit.label} ({exhibit.id}, {exhibit.notebook}.ipynb) was not made" for exhibit in absent]
    surplus = sorted(set(made) - {exhibit.id for exhibit in promised})
    if lost or surplus:
        words = [*lost, *(f"{name} was made but is not planned" for name in surplus)]
        raise ExhibitError(f"exhibits.toml and the notebooks disagree: {'; '.join(words)}")


def describe_runs(engine: Engine) -> dict[str, dict]:
    """Say for each run what it was made from; its exhibits are stale once one of these is another.

    ``modules`` names the project's modules that it loaded, and ``code`` is one hash of these and of its code cells.
    """
    return {
        name: {
            "notebook": done.node.notebook,
            "parameters": done.node.parameters,
            "needs": sorted(done.node.needs),
            "lock": engine.lock,
            "code": hash_run_code(hash_code_cells(engine.folder / f"{done.node.notebook}.ipynb"), done.trace.modules),
            "modules": " ".join(sorted(done.trace.modules)),
            "reads": dict(sorted(done.trace.inputs.items())),
        }
        for name, done in engine.done.items()
    }


class Pages:
    """Renders pages, each only where what it is made of has changed."""

    def __init__(self, request: Request, engine: Engine):
        self.request, self.engine = request, engine
        self.store: Store = engine.store
        self.look = hash_text("\n".join(hash_content(path) for path in sorted(TEMPLATES.rglob("*.*"))))
        self.n_rendered = 0

    def render(self, page: Exhibit) -> dict[str, str]:
        """Render the page of an exhibit; where its notebook ran for many names, one for each and one that lists them.

        Returns
        -------
        dict
            Hash of each file by its name.
        """
        name = (SUPPLEMENTS / f"{page.id}.html").as_posix()
        facts = self._describe(page)
        done = [entry for entry in self.engine.done.values() if entry.node.notebook == page.notebook]
        if self.request.plan.grid(page.notebook) is None:
            return {name: self._render_done(done[0], facts)}
        done = sorted(done, key=lambda entry: self.engine.nodes.index(entry.node))
        files = {}
        for entry in done:
            file = (SUPPLEMENTS / page.id / f"{safe_name(entry.node.run)}.html").as_posix()
            own = {"title": f"{page.title}: {entry.node.run}", "run": entry.node.run, "up": "../"}
            files[file] = self._render_done(entry, facts | own)
        runs = [entry.node.run for entry in done]
        links = [f'<li><a href="{page.id}/{safe_name(run)}.html">{html.escape(run)}</a></li>' for run in runs]
        cell = nbformat.v4.new_markdown_cell("\n".join([f"# {page.title}", "", "<ul>", *links, "</ul>"]), id="c00")
        return {name: self._render(nbformat.v4.new_notebook(cells=[cell]), facts), **files}

    def _render_done(self, done: Done, facts: dict[str, Any]) -> str:
        source = self.engine.folder / f"{done.node.notebook}.ipynb"
        key = hash_text(json.dumps(["page", self.look, facts, done.trace.executed, hash_content(source)]))
        known = self._find(key)
        if known:
            return known
        executed = nbformat.reads(self.store.get(done.trace.executed).decode("utf-8"), as_version=4)
        return self._render(renew_text(executed, nbformat.read(source, as_version=4)), facts, key=key)

    def _render(self, notebook: nbformat.NotebookNode, facts: dict[str, Any], *, key: str = "") -> str:
        key = key or hash_text(json.dumps(["page", self.look, facts, notebook]))
        known = self._find(key)
        if known:
            return known
        self.n_rendered += 1
        path = self.engine.scratch / "page.html"
        path.write_text(render_page(notebook, facts=facts), encoding="utf-8", newline="\n")
        digest = self.store.put(path)
        self.store.add_trace(Trace(key, outputs={"page": digest}))
        return digest

    def _find(self, key: str) -> str:
        traces = self.store.read_traces(key)
        return traces[0].outputs["page"] if traces and self.store.has(traces[0].outputs["page"]) else ""

    def _describe(self, page: Exhibit) -> dict[str, Any]:
        request = self.request
        supplements = [exhibit for exhibit in request.plan.exhibits if exhibit.kind == "supplement"]
        others = [{"label": other.label, "title": other.title, "file": f"{other.id}.html"} for other in supplements]
        return {
            "series": request.plan.title,
            "label": page.label,
            "title": page.title,
            "run": "",
            "notebook": page.notebook,
            "version": __version__,
            "is_synthetic": request.dataset["kind"] == "synthetic",
            "dataset": request.dataset["title"],
            "dataset_hash": request.dataset["sha256"],
            "up": "",
            "pages": others,
        }
