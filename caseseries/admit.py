"""Lets a data set into a build: checked, described, its patients listed; remembered for the very same bytes."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path

from caseseries.build.digests import Digests
from caseseries.build.fingerprint import hash_text
from caseseries.build.store import Store, Trace
from caseseries.paths import CODEBOOK, LOCK, MANIFEST, PACKAGE

READ = (".csv", ".toml")
"""Files of a data set whose content counts; of the others it is the names alone that a check looks at."""

KEPT = {"dataset": dict, "patients": list}


@dataclass(frozen=True)
class Admitted:
    """A data set without errors: its description, as ``describe_dataset`` gives it, its patients, and its hash."""

    dataset: dict[str, str]
    patients: list[str]
    key: str = ""


def admit_dataset(folder: Path, store: Store, digests: Digests) -> Admitted:
    """Check a data set and say what a build needs to know of it; nothing is asked again while nothing has changed.

    Raises
    ------
    DataError
        With every problem that is an error; it is not remembered.
    """
    try:
        key = hash_admission(folder, digests)
    except OSError:
        # The check knows how to say what cannot be read.
        key = ""
    for trace in store.read_traces(key):
        return Admitted(**{name: made(trace.facts[0][name]) for name, made in KEPT.items()}, key=key)
    # What reads tables is slow to load.
    from caseseries.records import check_dataset
    from caseseries.records.describe import describe_dataset
    from caseseries.records.listing import list_patients

    check_dataset(folder)
    admitted = Admitted(describe_dataset(folder), list_patients(folder), key)
    # A file that was written meanwhile may not be the one that was checked.
    if hash_admission(folder, digests) == key:
        # As pairs, for a trace does not keep the order of names.
        store.add_trace(Trace(key, facts=[{"dataset": list(admitted.dataset.items()), "patients": admitted.patients}]))
    return admitted


def hash_admission(folder: Path, digests: Digests) -> str:
    """Give one hash for all that the verdict on a data set depends on: its files, the rules, and what asks them."""
    folder = Path(folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_file() or path.name.endswith(READ))
    # What builds write into the folder of a data set, and what is hidden there, is no part of it.
    names = [name for name in names if name != MANIFEST.name and not name.startswith(".")]
    data = {name: digests.of(folder / name) if name.endswith(READ) else "" for name in names}
    rules = [*(PACKAGE / "records").rglob("*.py"), *PACKAGE.glob("*.py"), CODEBOOK, LOCK]
    code = {path.as_posix(): digests.of(path) for path in sorted(rules)}
    return hash_text(json.dumps(["admission", platform.python_version(), data, code]))
