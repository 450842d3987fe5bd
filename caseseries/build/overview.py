"""Pages about the package as a whole, made from what is published: where to begin, and what all of it was made from."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from caseseries.build.engine import Engine
from caseseries.build.fingerprint import hash_content, hash_text
from caseseries.build.manifest import LATER
from caseseries.build.pages import PAGES, Pages, list_pages
from caseseries.build.request import Request
from caseseries.build.store import Trace
from caseseries.paths import CITATION, LOCK, ROOT, START, SUPPLEMENTS
from caseseries.plan import Exhibit

TEMPLATE_OF = {"start": "start.html.j2", "supplement": "environment.html.j2"}
PROJECT = ROOT / "pyproject.toml"


def add_overview(request: Request, engine: Engine, manifest: dict) -> dict[str, str]:
    """Render the pages that no notebook makes, and enter them into the manifest.

    They follow from the manifest and the published pages alone, so that they are right after a build of one exhibit,
    too.

    Returns
    -------
    dict
        Hash of each page by its name.
    """
    planned = [exhibit for exhibit in request.plan.exhibits if not exhibit.notebook]
    own = {exhibit.id for exhibit in planned}
    entries = [entry for entry in manifest["exhibits"] if entry["id"] not in own]
    overview, files = Overview(request, engine, manifest | {"exhibits": entries}), {}
    for exhibit in planned:
        name = (SUPPLEMENTS / f"{exhibit.id}.html").as_posix()
        files[name] = overview.render(exhibit)
        entry = {"id": exhibit.id, "label": exhibit.label, "title": exhibit.title, "notebook": "", "runs": []}
        entries.append(entry | {"lacks": [], "files": {name: files[name]}})
    places = {exhibit.id: number for number, exhibit in enumerate(request.plan.exhibits)}
    manifest["exhibits"] = sorted(entries, key=lambda entry: places[entry["id"]])
    return files


class Overview:
    """Says what the pages about the whole package need; each is rendered only where something in it has changed."""

    def __init__(self, request: Request, engine: Engine, manifest: Mapping[str, Any]):
        self.request, self.engine, self.manifest = request, engine, manifest
        self.pages = Pages(request, engine, others={})
        self.project, self.lock, self.citation = map(engine.sources.locate, (PROJECT, LOCK, CITATION))
        self.files = {name: digest for entry in manifest["exhibits"] for name, digest in entry["files"].items()}

    def render(self, exhibit: Exhibit) -> str:
        """Render a page; give its hash."""
        describe = self._describe_start if exhibit.kind == "start" else self._describe_environment
        facts = self.pages.describe(exhibit)
        known = [
            self.manifest["exhibits"],
            self.manifest["runs"],
            *map(hash_content, (self.citation, self.project)),
        ]
        key = self.pages.key(facts, TEMPLATE_OF[exhibit.kind], json.dumps(known))
        return self.pages.find(key) or self._render(key, TEMPLATE_OF[exhibit.kind], facts | describe())

    def _render(self, key: str, template: str, facts: dict[str, Any]) -> str:
        from caseseries.build.render import render_plain

        return self.pages.keep(key, render_plain(template, facts=facts, templates=self.pages.templates))

    def _describe_environment(self) -> dict[str, Any]:
        project = tomllib.loads(self.project.read_text(encoding="utf-8"))["project"]
        runs, packages = self.manifest["runs"], read_packages(self.lock.read_text(encoding="utf-8"))
        direct = {read_name(line) for line in project["dependencies"]}
        raw = {name: digest for run in runs.values() for name, digest in run["reads"].items() if is_raw(name)}
        return {
            "python": project["requires-python"],
            "lock": self.engine.lock_hash,
            "raw": sorted(raw.items()),
            "exhibits": [
                entry | {"files": [name for name in entry["files"] if not name.endswith(LATER)]}
                for entry in self.manifest["exhibits"]
            ],
            "given": [
                (name, [f"{parameter} = {value!r}" for parameter, value in run["parameters"].items()])
                for name, run in runs.items()
                if run["parameters"]
            ],
            "runs": [{"name": name, **run, "reads": list_reads(run)} for name, run in runs.items()],
            "direct": [package for package in packages if package[0] in direct],
            "packages": packages,
        }

    def _describe_start(self) -> dict[str, Any]:
        from caseseries.build.contents import Page, find_contents

        pages = {
            name: Page.from_json(self._keep("contents", name, find_contents))
            for name in self.files
            if self._is_page(name)
        }
        named = {(SUPPLEMENTS / f"{page.id}.html").as_posix(): page for page in list_pages(self.request.plan)}
        entries = []
        for name, page in pages.items():
            place = PurePosixPath(name).relative_to(SUPPLEMENTS.as_posix()).as_posix()
            known = named.get(name) or named[f"{PurePosixPath(name).parent}.html"]
            title = known.title if name in named else page.heading
            for passage in page.passages:
                where = f"{place}#{passage.anchor}"
                entries.append([f"{known.label} {title}", passage.heading, where, passage.text])
        return {
            "home": "",
            "cards": [
                self._describe_card(exhibit, pages) for exhibit in self.request.plan.exhibits if is_shown(exhibit)
            ],
            "questions": {
                PurePosixPath(name).name: pages[name].question if name in pages else page.legend
                for name, page in named.items()
            },
            "entries": json.dumps(entries, ensure_ascii=False).replace("<", "\\u003c"),
            "citation": read_citation(self.citation),
            "lock": self.engine.lock_hash,
            "n_files": sum(not name.endswith(LATER) for name in self.files | self.manifest["derived"]),
        }

    def _describe_card(self, exhibit: Exhibit, pages: Mapping[str, Any]) -> dict[str, Any]:
        """Say of an exhibit what its card shows: a thumbnail, and where the exhibit stands."""
        entry = next((entry for entry in self.manifest["exhibits"] if entry["id"] == exhibit.id), None)
        files = [name for name in (entry or {"files": ()})["files"] if not name.endswith(LATER)]
        shown = [name for name, page in pages.items() if exhibit.id in page.anchors]
        alone = next((name for form in (".html", ".svg", ".pdf") for name in files if name.endswith(form)), "")
        place = PurePosixPath(shown[0]).relative_to(SUPPLEMENTS.as_posix()) if len(shown) == 1 else ""
        inside = [page for page in list_pages(self.request.plan) if page.notebook == exhibit.notebook]
        if place:
            target = f"{place}#{exhibit.id}"
        elif len(shown) > 1 and inside:
            target = f"{inside[0].id}.html"
        else:
            target = f"../{alone}" if alone else ""
        return {
            "id": exhibit.id, "kind": exhibit.kind, "label": exhibit.label, "title": exhibit.title, "target": target,
            "lacks": (entry or {"lacks": ["a build of it"]})["lacks"], **self._draw_small(files),
        }  # fmt: skip

    def _draw_small(self, files: list[str]) -> dict[str, str]:
        from caseseries.build.thumbnails import shrink_picture, sketch_page

        picture = next((name for name in files if name.endswith(".png")), "")
        if picture:
            return {"picture": base64.b64encode(self._keep("small", picture, shrink_picture)).decode("ascii")}
        page = next((name for name in files if name.endswith(".html")), "")
        return {"sketch": self._keep("sketch", page, sketch_page).decode("ascii")} if page else {}

    def _keep(self, what: str, name: str, make: Callable[[bytes], bytes]) -> bytes:
        """Make something of a file once, as long as the file stays the same."""
        key = hash_text(json.dumps([what, self.pages.look, self.files[name]]))
        known = self.pages.find(key)
        if not known:
            known = self.engine.store.put_content(make(self._read(name)))
            self.engine.store.add_trace(Trace(key, outputs={"page": known}))
        return self.engine.store.get(known)

    def _is_page(self, name: str) -> bool:
        return name.startswith(f"{SUPPLEMENTS.as_posix()}/") and name.endswith(".html")

    def _read(self, name: str) -> bytes:
        return self.engine.read(self.files[name], name) or b"<main id='main'></main>"


def is_shown(exhibit: Exhibit) -> bool:
    """Tell whether an exhibit has a card of its own; supplements are listed, and the start is this page."""
    return exhibit.kind not in (*PAGES, "start")


def is_raw(name: str) -> bool:
    """Tell whether what a run read is a file of the data set."""
    return name.startswith("data/") and not name.endswith("/")


def list_reads(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the files that a run read, but not its listings of folders; derived tables by their published name."""
    return [
        (name.removeprefix("made/").removeprefix("project/"), digest)
        for name, digest in run["reads"].items()
        if not name.endswith("/")
    ]


def read_packages(lock: str) -> list[tuple[str, str, str]]:
    """Read name, version and condition of each package of a lock file."""
    found = re.finditer(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", lock, re.MULTILINE)
    return [(read_name(match[1]), match[2], (match[3] or "").strip()) for match in found]


def read_name(requirement: str) -> str:
    """Read the name of a package from a requirement, as a lock file writes it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9_.-]+", requirement)[0]).lower()


def read_citation(path: Path = CITATION) -> dict[str, Any]:
    """Read from CITATION.cff how to cite the series and the package, and where the package stands."""
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    address = content.get("repository-code", "")
    place = START.relative_to(ROOT).as_posix()
    binder = f"https://mybinder.org/v2/git/{quote(address, safe='')}/HEAD?labpath={quote(place)}" if address else ""
    return {
        "message": content["message"],
        "abstract": " ".join(content["abstract"].split()),
        "works": [_cite(content), *map(_cite, content.get("references", ()))],
        "address": address,
        "binder": binder,
    }


def _cite(work: Mapping[str, Any]) -> str:
    names = [author.get("name") or f"{author['family-names']} {author['given-names']}" for author in work["authors"]]
    rest = [work.get("journal"), work.get("year"), f"version {work['version']}" if "version" in work else None]
    doi = f" https://doi.org/{work['doi']}" if "doi" in work else ""
    return f"{', '.join(names).rstrip('.')}. {work['title']}. {', '.join(str(part) for part in rest if part)}.{doi}"
