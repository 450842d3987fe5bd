"""From what the notebooks made to what is published: pages rendered, promises of the plan held, entries written."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from caseseries import __version__
from caseseries.build.engine import Done, Engine
from caseseries.build.fingerprint import hash_content, hash_text, is_content
from caseseries.build.manifest import hash_run_code
from caseseries.build.nodes import explain_no_run
from caseseries.build.request import Request
from caseseries.build.store import Store, Trace
from caseseries.errors import ExhibitError
from caseseries.paths import PACKAGE, RUNS, SUPPLEMENTS, TEMPLATES, safe_name
from caseseries.plan import Exhibit, Plan

if TYPE_CHECKING:
    from concurrent.futures import Future

PAGES = ("supplement", "page")
MOST_CARRIED = 100_000
"""Bytes of a CSV file that a page carries inside, so that its numbers are there where it was sent alone."""


def collect_entries(request: Request, engine: Engine, pages: Pages) -> tuple[list[dict], dict[str, str]]:
    """Render the pages, and give the manifest's entry of each exhibit that was to be made, and all files' hashes.

    Raises
    ------
    ExhibitError
        If notebooks and plan disagree on what is made, or two runs made the same file.
    """
    notebooks = {request.plan.prepares, *(exhibit.notebook for exhibit in request.exhibits)}
    promised = [exhibit for exhibit in request.plan.exhibits if exhibit.notebook in notebooks - {""}]
    made, files = _gather_facts(engine), _gather_files(engine)
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

    ``modules`` names the project's modules that it loaded, ``hashes`` gives the hash of each, ``cells`` that of its
    code cells, and ``code`` is one hash of all of these.
    """
    return {
        name: {
            "notebook": done.node.notebook,
            "parameters": done.node.parameters,
            "needs": sorted(done.node.needs),
            "lock": engine.lock_hash,
            "code": hash_run_code(engine.hash_code(done.node.notebook), done.trace.modules),
            "cells": engine.hash_code(done.node.notebook),
            "modules": " ".join(sorted(done.trace.modules)),
            "hashes": dict(sorted(done.trace.modules.items())),
            "reads": {name: digest for name, digest in sorted(done.trace.inputs.items()) if is_content(name, digest)},
        }
        for name, done in engine.done.items()
    }


class Pages:
    """Renders pages, each only where what it is made of has changed.

    ``draw`` renders in another process (texts of the executed notebook and of its source, facts, templates); pages of
    runs that are begun there, while other notebooks still run, are taken from it in the end. ``others`` names by
    notebook the runs whose pages are published and stay as they are.
    """

    def __init__(
        self,
        request: Request,
        engine: Engine,
        draw: Callable[..., Future[str]] | None = None,
        *,
        others: Mapping[str, list[str]],
    ):
        self.draw, self.others = draw, others
        self.drawing: dict[str, Future[str]] = {}
        self.request, self.engine = request, engine
        self.store: Store = engine.store
        self.templates = engine.sources.locate(TEMPLATES)
        looks = [*self.templates.rglob("*.*"), *engine.sources.locate(PACKAGE / "build").glob("*.py")]
        self.look = hash_text("\n".join([engine.lock_hash, *map(hash_content, sorted(looks))]))

    def begin(self, done: Done) -> None:
        """Begin to render the pages of a run that has just gone through."""
        for page in self.request.plan.exhibits:
            if self.draw and page.kind == "supplement" and page.notebook == done.node.notebook:
                key, texts, facts = self._read(done, self._describe_run(page, done))
                if not self.find(key):
                    self.drawing[key] = self.draw(*texts, facts, self.templates)

    def render(self, page: Exhibit) -> dict[str, str]:
        """Render the page of an exhibit; where its notebook ran for many names, one for each and one that lists them.

        Returns
        -------
        dict
            Hash of each file by its name.
        """
        name = (SUPPLEMENTS / f"{page.id}.html").as_posix()
        facts = self.describe(page)
        done = [entry for entry in self.engine.done.values() if entry.node.notebook == page.notebook]
        if self.request.plan.grid(page.notebook) is None:
            return {name: self._render(*self._read(done[0], facts))}
        done = sorted(done, key=lambda entry: self.engine.nodes.index(entry.node))
        files = {}
        for entry in done:
            file = (SUPPLEMENTS / page.id / f"{safe_name(entry.node.run)}.html").as_posix()
            files[file] = self._render(*self._read(entry, self._describe_run(page, entry)))
        return {name: self.render_plain("runs.html.j2", facts | {"runs": self._list_runs(page)}), **files}

    def render_plain(self, template: str, facts: dict[str, Any]) -> str:
        """Render a page that no notebook makes; give its hash."""
        key = self.key(facts, template)
        known = self.find(key)
        if known:
            return known
        from caseseries.build.render import render_plain

        return self.keep(key, render_plain(template, facts=facts, templates=self.templates))

    def _read(self, done: Done, facts: dict[str, Any]) -> tuple[str, tuple[str, str], dict[str, Any]]:
        """Read what the page of a run is made of: its key, the texts of two notebooks, and the facts about it."""
        source = (self.engine.sources.folder / f"{done.node.notebook}.ipynb").read_text(encoding="utf-8")
        executed = self.store.get(done.trace.executed).decode("utf-8")
        facts = facts | {"carried": self._read_carried(done)}
        return self.key(facts, done.trace.executed, hash_text(source)), (executed, source), facts

    def _read_carried(self, done: Done) -> dict[str, str]:
        """Read the numbers that travel inside the page, as Base64: tables that are not too large for that."""
        shown = sorted({name for facts in done.trace.facts for name in facts["files"] if name.endswith(".csv")})
        contents = {name: self.engine.read(done.trace.outputs[name], name) or b"" for name in shown}
        return {
            name: base64.b64encode(content).decode("ascii")
            for name, content in contents.items()
            if 0 < len(content) <= MOST_CARRIED and not name.startswith(RUNS.as_posix())
        }

    def key(self, facts: dict[str, Any], *parts: str) -> str:
        """Give the key of a page: all that decides what it says and how it looks."""
        return hash_text(json.dumps(["page", self.look, facts, *parts]))

    def _render(self, key: str, texts: tuple[str, str], facts: dict[str, Any]) -> str:
        known = self.find(key)
        if known:
            return known
        if self.draw:
            text = (self.drawing.pop(key, None) or self.draw(*texts, facts, self.templates)).result()
        else:
            # What renders is slow to load, and most builds do without.
            from caseseries.build.render import draw_page

            text = draw_page(*texts, facts, self.templates)
        return self.keep(key, text)

    def keep(self, key: str, text: str) -> str:
        """Keep a page under its key; give its hash."""
        digest = self.store.put_content(text.encode("utf-8"))
        self.store.add_trace(Trace(key, outputs={"page": digest}))
        return digest

    def find(self, key: str) -> str:
        """Find the hash of what is kept under a key; empty if it is not there."""
        traces = self.store.read_traces(key)
        return traces[0].outputs["page"] if traces and self.store.has(traces[0].outputs["page"]) else ""

    def _describe_run(self, page: Exhibit, done: Done) -> dict[str, Any]:
        """Say of the page of a run what the template needs; a run of a grid stands in a folder of its own."""
        run, facts = done.node.run, self.describe(page)
        if not run:
            return facts
        runs = [None, *self._list_runs(page), None]
        place = next(number for number, other in enumerate(runs) if other and other["title"] == run)
        own = {"title": f"{page.title}: {run}", "run": run, "of": page.title, "up": "../"}
        return facts | own | {"before": runs[place - 1], "after": runs[place + 1]}

    def _list_runs(self, page: Exhibit) -> list[dict[str, str]]:
        runs = [node.run for node in self.engine.nodes if node.notebook == page.notebook]
        others = self.others.get(page.notebook)
        if others:
            names = self.request.lists[self.request.plan.grid(page.notebook).over]
            runs = sorted([*runs, *others], key=names.index)
        return [{"title": run, "file": f"{safe_name(run)}.html"} for run in runs]

    def describe(self, page: Exhibit) -> dict[str, Any]:
        """Say of a page what its template needs."""
        turned = [*filter(None, [self.request.plan.start]), *list_pages(self.request.plan)]
        near = [None, *({"title": describe_briefly(one), "file": f"{one.id}.html"} for one in turned), None]
        place = turned.index(page)
        return describe_package(self.request) | {
            "id": page.id,
            "label": page.label if page.kind in PAGES else "",
            "title": page.title,
            "legend": page.legend,
            "notebook": page.notebook,
            "before": near[place],
            "after": near[place + 2],
            "labels": {exhibit.id: exhibit.label for exhibit in self.request.plan.exhibits},
        }


def describe_briefly(page: Exhibit) -> str:
    """Name a page as a link to it does."""
    return f"{page.label} {page.title}" if page.kind in PAGES else page.title


def list_pages(plan: Plan) -> list[Exhibit]:
    """List the supplements, and the pages that a notebook writes whole, in the order in which a reader turns them."""
    return [exhibit for exhibit in plan.exhibits if exhibit.kind in PAGES]


def describe_package(request: Request) -> dict[str, Any]:
    """Say what every page says: the series, the data set, the version, and which other pages there are."""
    pages = list_pages(request.plan)
    return {
        "series": request.plan.title,
        "run": "",
        "version": __version__,
        "is_synthetic": request.dataset["kind"] == "synthetic",
        "dataset": request.dataset["title"],
        "dataset_hash": request.dataset["sha256"],
        "up": "",
        "home": f"{request.plan.start.id}.html" if request.plan.start else "",
        "pages": [{"label": page.label, "title": page.title, "file": f"{page.id}.html"} for page in pages],
    }
