"""From a file of an exhibit to the raw tables behind it, which its record does not tell: a manifest or a cache may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from caseseries.build.manifest import files_of, find_runs, read_manifest
from caseseries.build.store import Store
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.paths import CACHE, DERIVED
from caseseries.records.describe import hash_file

RAW = "data/"


def find_raw(record: Provenance, path: Path, out: Path) -> dict[str, str]:
    """Give the hashes of the raw tables from which the tables behind an exhibit were derived; empty if nobody knows.

    Parameters
    ----------
    record
        What the file says of itself: the hashes of the derived tables that went into it.
    path
        The file. A MANIFEST.json of the folder in which it was published names its raw tables.
    out
        A build whose cache may remember the run that made these derived tables, if it was an earlier one of its own.
    """
    derived = {name: digest for name, digest in record.inputs.items() if name.startswith(DERIVED.as_posix())}
    reads = [*_list_published(path, record.exhibit), *(_list_remembered(derived, out) if derived else ())]
    return next((found for found in map(_keep_raw, reads) if found), {})


def _keep_raw(reads: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in reads.items() if name.startswith(RAW) and not name.endswith("/")}


def _list_published(path: Path, exhibit: str) -> Iterator[dict[str, str]]:
    place = Path(path).resolve()
    for folder in place.parents:
        manifest = read_manifest(folder)
        if manifest and files_of(manifest).get(place.relative_to(folder).as_posix()) == hash_file(place):
            entries = [entry for entry in manifest["exhibits"] if entry["id"] == exhibit]
            yield _join(run["reads"] for entry in entries for run in find_runs(manifest, entry).values())


def _join(reads: Iterable[dict[str, str]]) -> dict[str, str]:
    return {name: digest for found in reads for name, digest in found.items()}


def _list_remembered(derived: dict[str, str], out: Path) -> Iterator[dict[str, str]]:
    store = Store(out / CACHE)
    for path in sorted((store.folder / "traces").glob("*.json")):
        for trace in store.read_traces(path.stem):
            if derived.items() <= trace.outputs.items():
                yield trace.inputs
