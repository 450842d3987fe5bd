"""What a build leaves as it is: exhibits and runs that it was not asked for, and what of these is stale."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from caseseries.build.fingerprint import Hashes, is_content
from caseseries.build.manifest import files_of, find_runs, hash_run_code
from caseseries.build.nodes import SEPARATOR, explain_no_run
from caseseries.build.request import Request
from caseseries.paths import safe_name

if TYPE_CHECKING:
    from caseseries.build.engine import Done, Engine


def list_other_runs(request: Request, old: dict) -> dict[str, list[str]]:
    """List by notebook the runs that are published and were not asked for, where only some runs of a grid were."""
    others: dict[str, list[str]] = {}
    for grid in request.plan.grids:
        own = request.parameters.get(grid.notebook, {})
        is_chosen = grid.over and (grid.parameter in own or explain_no_run(grid, own, lists=request.lists))
        asked = {node.run for node in request.nodes if node.notebook == grid.notebook}
        known = {
            run["parameters"].get(grid.parameter) for run in old["runs"].values() if run["notebook"] == grid.notebook
        }
        if is_chosen:
            others[grid.notebook] = [name for name in request.lists[grid.over] if name in known - asked]
    return others


def join_entry(entry: dict, old: dict | None, others: Iterable[str]) -> dict:
    """Give the entry of an exhibit together with what runs that were not asked for have published of it."""
    others = list(others)
    if old is None or not others:
        return entry
    asked = {safe_name(name.partition(" (")[2].removesuffix(")")) for name in entry["runs"]}
    kept = {name: digest for name, digest in old["files"].items() if PurePosixPath(name).stem not in asked}
    names = {f"{entry['notebook']} ({name})" for name in others}
    runs = [name for name in old["runs"] if name in names or name in entry["runs"]]
    return entry | {
        "runs": runs + [name for name in entry["runs"] if name not in runs],
        "lacks": [] if kept else entry["lacks"],
        "files": dict(sorted((kept | entry["files"]).items())),
    }


def describe_options(request: Request, entries: Iterable[dict], old: dict, others: dict[str, list[str]]) -> dict:
    """Say by notebook which parameters its published exhibits were made with, where any were given."""
    built = {node.notebook for node in request.nodes}
    options: dict[str, dict[str, Any]] = {}
    for notebook in sorted({entry["notebook"] for entry in entries} | built):
        source = request.parameters if notebook in built else old.get("options", {})
        own, grid = dict(source.get(notebook, {})), request.plan.grid(notebook)
        if grid and grid.parameter in own and others.get(notebook):
            asked = [name.strip() for name in own.pop(grid.parameter).split(SEPARATOR)]
            names = [name for name in request.lists[grid.over] if name in (*asked, *others[notebook])]
            # All of them are what a build makes that was asked for none by name.
            if names != request.lists[grid.over] or explain_no_run(grid, own, lists=request.lists):
                own[grid.parameter] = f"{SEPARATOR} ".join(names)
        if own:
            options[notebook] = own
    return options


class LocalRecord:
    """Remembers for each published run what the manifest does not say, since it differs between machines.

    That is what was installed when the run was made, and at which files it looked, or looked for, without reading them.
    """

    def __init__(self, folder: Path, installed: str):
        self.file, self.installed = folder / "runs.json", installed
        try:
            self.known = dict(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            self.known = {}

    def has_changed(self, run: str, hashes: Hashes) -> bool:
        """Tell whether something else is installed now, or a file looks otherwise."""
        known = self.known.get(run, {"installed": self.installed, "looks": {}})
        return known["installed"] != self.installed or not hashes.match(known["looks"])

    def keep(self, runs: Iterable[Done]) -> None:
        """Remember runs that were made, or found to be right, with what is installed now."""
        new = self.known | {
            done.node.name: {
                "installed": self.installed,
                "looks": {
                    name: digest
                    for name, digest in sorted(done.trace.inputs.items())
                    if not is_content(name, digest) and "made/" not in name
                },
            }
            for done in runs
        }
        if new != self.known:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            partial = self.file.with_suffix(".partial")
            partial.write_text(json.dumps(new, indent=1, sort_keys=True), encoding="utf-8")
            partial.replace(self.file)


def find_stale(manifest: dict, engine: Engine, record: LocalRecord) -> list[str]:
    """Name the exhibits that a build did not make, and that would come out otherwise from what there is now."""
    hashes = engine.sources.hashes(engine.scratch, files_of(manifest))
    changed = {
        name
        for name, run in manifest["runs"].items()
        if name not in engine.done and (record.has_changed(name, hashes) or has_changed(run, engine, hashes))
    }
    return [
        entry["id"]
        for entry in manifest["exhibits"]
        if entry["notebook"] and changed & find_runs(manifest, entry).keys()
    ]


def has_changed(run: dict, engine: Engine, hashes: Hashes) -> bool:
    """Tell whether anything that a published run depends on is another now."""
    if run["lock"] != engine.lock_hash or not (engine.sources.folder / f"{run['notebook']}.ipynb").is_file():
        return True
    modules = {name: hashes.of(name) for name in run["modules"].split()}
    if hash_run_code(engine.hash_code(run["notebook"]), modules) != run["code"]:
        return True
    given = engine.sources.hashes(engine.scratch, engine.collect_made(run["needs"]))
    is_given = set(run["needs"]) <= {done.node.notebook for done in engine.done.values()}
    for name, digest in run["reads"].items():
        is_listing = name.startswith("made") and name.endswith("/")
        if is_listing and not is_given:
            continue
        if (given if is_listing else hashes).of(name) != digest:
            return True
    return False
