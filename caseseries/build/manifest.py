"""MANIFEST.json: every published file with its hash, and what it was made from."""

from __future__ import annotations

import json
from pathlib import Path

from caseseries.build.fingerprint import hash_code_cells, hash_content, hash_text
from caseseries.build.snapshot import Sources
from caseseries.paths import LOCK, MANIFEST, NOTEBOOKS, ROOT

LATER = ".tiff"
"""Files that are written after a build, if they are asked for; no page may depend on them."""


def list_files(manifest: dict) -> list[str]:
    """Name every file that a manifest speaks of."""
    return list(files_of(manifest))


def files_of(manifest: dict) -> dict[str, str]:
    """Give the hash of every file that a manifest speaks of."""
    return manifest["derived"] | {
        name: digest for entry in manifest["exhibits"] for name, digest in entry["files"].items()
    }


def list_stale(manifest: dict) -> list[str]:
    """Name the exhibits of a manifest that were stale already when it was written."""
    return list(manifest.get("stale", ()))


def find_runs(manifest: dict, entry: dict) -> dict[str, dict]:
    """Give the runs behind an exhibit: those that made it, and all that these needed."""
    found: dict[str, dict] = {}
    wanted = {entry["notebook"]}
    while wanted:
        notebook = wanted.pop()
        for name, run in manifest["runs"].items():
            if run["notebook"] == notebook and name not in found:
                found[name] = run
                wanted |= set(run["needs"])
    return found


def hash_run_code(cells: str, modules: dict[str, str]) -> str:
    """Give one hash for the code of a run: its code cells and the modules that it loaded."""
    return hash_text("\n".join([cells, *(f"{name} {digest}" for name, digest in sorted(modules.items()))]))


def find_code_changes(run: dict, cells: str, modules: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Say what of the code of a run is another: each module by its name, the code cells by their notebook.

    Where the run does not tell the hash of each, as in manifests of earlier versions, all of it has one name.
    """
    own = f"code of {run['notebook']}"
    code = hash_run_code(cells, modules)
    if code == run["code"]:
        return {}
    then, now = run.get("hashes", {}) | {own: run.get("cells", cells)}, modules | {own: cells}
    changes = {name: (then[name], now[name]) for name in then if name in now and then[name] != now[name]}
    return changes or {own: (run["code"], code)}


def read_manifest(out: Path) -> dict | None:
    """Read the manifest of an output folder; None if there is none that can be read, or one of another form."""
    try:
        content = unpack(json.loads((out / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return content if isinstance(content, dict) and "runs" in content else None


def find_changes(out: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """Compare files with the hashes that a manifest gives: which are missing, and which were altered."""
    missing = [name for name in files if not (out / name).is_file()]
    altered = [name for name in files if name not in missing and hash_content(out / name) != files[name]]
    return missing, altered


class States:
    """Says of each exhibit of a manifest whether it is there, whole, and what its present inputs would make.

    Parameters
    ----------
    manifest
        As ``read_manifest`` gives it.
    out
        The output folder.
    data
        The raw tables; their changes count where they are given.
    folder
        Where the notebooks stand.
    """

    def __init__(self, manifest: dict | None, *, out: Path, data: Path | None = None, folder: Path = NOTEBOOKS):
        self.manifest = manifest or {"derived": {}, "exhibits": [], "runs": {}}
        self.out, self.folder, self.data = out, folder, data
        files = files_of(self.manifest)
        self.hashes = Sources(ROOT, data or ROOT, folder, out, files).hashes(out, files)
        self.lock = hash_content(LOCK)

    def entry(self, exhibit: str) -> dict | None:
        """Find the manifest's entry of an exhibit."""
        return next((entry for entry in self.manifest["exhibits"] if entry["id"] == exhibit), None)

    def explain(self, entry: dict) -> list[tuple[str, str, str]]:
        """Say which inputs behind an exhibit are others now: what, the hash then, the hash now."""
        changes: dict[str, tuple[str, str]] = {}
        for run in find_runs(self.manifest, entry).values():
            if run["lock"] != self.lock:
                changes["requirements.lock"] = (run["lock"], self.lock)
            for name, old in run["reads"].items():
                # What a folder of made files held for this run alone is not known here.
                is_known = not (name.startswith("made") and name.endswith("/"))
                is_counted = is_known and (not name.startswith("data/") or self.data is not None)
                if is_counted and self.hashes.of(name) != old:
                    changes[name] = (old, self.hashes.of(name))
            modules = {name: self.hashes.of(name) for name in run["modules"].split()}
            cells = hash_code_cells(self.folder / f"{run['notebook']}.ipynb")
            changes |= find_code_changes(run, cells, modules)
        return [(name, *pair) for name, pair in changes.items()]

    def describe(self, exhibit: str) -> str:
        """Say in a few words how it stands with an exhibit."""
        entry = self.entry(exhibit)
        if entry is None:
            return "not built"
        missing, altered = find_changes(self.out, entry["files"])
        if missing:
            return f"missing: {', '.join(missing)}"
        if altered:
            return f"altered: {', '.join(altered)}"
        changed = [name.removeprefix("project/").removeprefix("made/") for name, _, _ in self.explain(entry)]
        if not changed and exhibit in list_stale(self.manifest):
            return "stale: left as it was by a build of other exhibits"
        if changed:
            shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            return f"stale: {shown} changed since"
        return f"not in this data set: needs {', '.join(entry['lacks'])}" if entry["lacks"] else "fresh"


def manifest_text(manifest: dict) -> str:
    """Give a manifest as it is written."""
    return json.dumps(pack(manifest), indent=1, ensure_ascii=False) + "\n"


def pack(manifest: dict) -> dict:
    """Name every module once with its hash, and for each run their numbers in that list, such as ``0-34 37``."""
    listed = {name: _list_modules(run) for name, run in manifest["runs"].items()}
    modules = sorted({module for found in listed.values() for module in found})
    places = {module: number for number, module in enumerate(modules)}
    runs = {
        name: {key: value for key, value in run.items() if key != "hashes"}
        | {"modules": _write_numbers(sorted(map(places.get, listed[name])))}
        for name, run in manifest["runs"].items()
    }
    return manifest | {"modules": modules, "runs": runs}


def _list_modules(run: dict) -> list[str]:
    hashes = run.get("hashes", {})
    return [f"{name} {hashes[name]}" if name in hashes else name for name in run["modules"].split()]


def unpack(content: dict) -> dict:
    """Undo what ``pack`` does.

    Raises
    ------
    ValueError
        If a run names a module by a number that there is not.
    """
    if "modules" not in content:
        return content
    names = dict(enumerate(content["modules"]))
    if any(number not in names for run in content["runs"].values() for number in _read_numbers(run["modules"])):
        raise ValueError("a run names a module by a number that there is not")
    runs = {}
    for name, run in content["runs"].items():
        listed = [names[number].partition(" ") for number in _read_numbers(run["modules"])]
        hashes = {module: digest for module, _, digest in listed if digest}
        runs[name] = run | {"modules": " ".join(module for module, _, _ in listed)}
        runs[name] |= {"hashes": hashes} if hashes else {}
    return {name: value for name, value in content.items() if name != "modules"} | {"runs": runs}


def _write_numbers(numbers: list[int]) -> str:
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def _read_numbers(text: str) -> list[int]:
    spans = [span.partition("-") for span in text.split()]
    return [number for first, _, last in spans for number in range(int(first), int(last or first) + 1)]


def write_manifest(out: Path, manifest: dict) -> Path:
    """Write the manifest so that it is there whole or not at all."""
    path = out / MANIFEST
    partial = path.with_suffix(".partial")
    partial.write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    partial.replace(path)
    return path
