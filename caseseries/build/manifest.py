"""MANIFEST.json: every published file with its hash, and what it was made from."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path

from caseseries.paths import CODEBOOK, EXHIBITS, LOCK, MANIFEST, NOTEBOOKS, PACKAGE, TEMPLATES
from caseseries.plan import Exhibit


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hash_files(folder: Path, names: list[str]) -> dict[str, str]:
    """Give the SHA-256 of files by their name inside a folder."""
    return {name: hash_file(folder / name) for name in sorted(names)}


def list_files(manifest: dict) -> list[str]:
    """Name every file that a manifest speaks of."""
    return [*manifest["derived"], *(name for entry in manifest["exhibits"] for name in entry["files"])]


@cache
def hash_code(notebook: Path) -> str:
    """Give one SHA-256 for the code behind a notebook's exhibits: package, notebook, plan, codebook, templates."""
    paths = [
        *PACKAGE.rglob("*.py"),
        *TEMPLATES.rglob("*.*"),
        notebook,
        EXHIBITS,
        CODEBOOK,
    ]
    lines = [f"{os.path.relpath(path, PACKAGE)} {hash_file(path)}\n" for path in sorted(paths)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def describe_inputs(notebook: Path, *, dataset: dict, parameters: dict) -> dict:
    """Name all that an exhibit was made from; it is stale once one of these is another."""
    return {
        "data": dataset["sha256"],
        "code": hash_code(notebook),
        "lock": hash_file(LOCK),
        "parameters": parameters,
    }


def read_manifest(out: Path) -> dict | None:
    """Read the manifest of an output folder; None if there is none that can be read."""
    try:
        return json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def find_changes(out: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """Compare files with the hashes that a manifest gives: which are missing, and which were altered."""
    missing = [name for name in files if not (out / name).is_file()]
    altered = [name for name in files if name not in missing and hash_file(out / name) != files[name]]
    return missing, altered


def describe_state(out: Path, exhibit: Exhibit, entry: dict | None) -> str:
    """Say in a word whether an exhibit is there, whole, and made by the code and the lock that stand here now."""
    if entry is None:
        return "not built"
    missing, altered = find_changes(out, entry["files"])
    if missing:
        return f"missing: {', '.join(missing)}"
    if altered:
        return f"altered: {', '.join(altered)}"
    now = describe_inputs(
        NOTEBOOKS / f"{exhibit.notebook}.ipynb", dataset={"sha256": entry["made_from"]["data"]}, parameters={}
    )
    changed = [name for name in ("code", "lock") if now[name] != entry["made_from"][name]]
    if changed:
        return f"stale: {' and '.join(changed)} changed since"
    return f"not in this data set: needs {', '.join(entry['lacks'])}" if entry["lacks"] else "fresh"


def write_manifest(out: Path, manifest: dict) -> Path:
    """Write the manifest so that it is there whole or not at all."""
    path = out / MANIFEST
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)
    return path
