"""Moves what was made into place: all of it or nothing, whatever stops the build on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from caseseries.build.manifest import manifest_text, write_manifest
from caseseries.paths import MANIFEST

STAGE, JOURNAL = ".publish", ".publish.json"


def publish(
    out: Path,
    *,
    files: Mapping[str, str],
    published: Mapping[str, str],
    read: Callable[[str, str], bytes | None],
    remove: Iterable[str],
    manifest: dict,
) -> list[str]:
    """Publish files.

    What is new is written beside the old files first; then a journal names every move, and from then on an
    interrupted move is ended by whoever comes next.

    Parameters
    ----------
    out
        The output folder.
    files, published
        Hash of each file by its name as it must be, and as it is.
    read
        Gives the content of a hash and name.
    remove
        Files that are no longer made.
    manifest
        Written last.

    Returns
    -------
    list of str
        Names of the files that were written.
    """
    stage, remove = out / STAGE, sorted(remove)
    changed = [name for name, digest in files.items() if published.get(name) != digest]
    if not changed and not remove and _is_told(out, manifest):
        return []
    _clear(stage)
    for name in changed:
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = read(files[name], name)
        if content is None:
            raise FileNotFoundError(f"{name} was made and is gone from the cache")
        path.write_bytes(content)
    journal = {"move": changed, "remove": remove, "manifest": manifest}
    partial = out / f"{JOURNAL}.partial"
    partial.write_text(json.dumps(journal, ensure_ascii=False), encoding="utf-8")
    partial.replace(out / JOURNAL)
    finish_publishing(out)
    return changed


def finish_publishing(out: Path) -> bool:
    """End a publication that was begun; False if there is none."""
    try:
        journal = json.loads((out / JOURNAL).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        _clear(out / STAGE)
        return False
    for name in journal["move"]:
        source, target = out / STAGE / name, out / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    for name in journal["remove"]:
        (out / name).unlink(missing_ok=True)
    write_manifest(out, journal["manifest"])
    (out / JOURNAL).unlink()
    _clear(out / STAGE)
    return True


def _is_told(out: Path, manifest: dict) -> bool:
    """Tell whether the manifest that stands there says the very same."""
    path = out / MANIFEST
    return path.is_file() and path.read_bytes() == manifest_text(manifest).encode("utf-8")


def _clear(stage: Path) -> None:
    if stage.exists():
        import shutil

        shutil.rmtree(stage, ignore_errors=True)
