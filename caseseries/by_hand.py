"""What notebooks need that are run by hand: derived tables that follow from their own data and options."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from pathlib import Path

from caseseries.build.manifest import read_manifest
from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.errors import ExhibitError
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.made_csv import write_made_csv
from caseseries.paths import BY_HAND, CACHE, CODEBOOK, DERIVED, LOCK, PACKAGE, ROOT
from caseseries.records import read_dataset
from caseseries.records.describe import describe_dataset, hash_dataset, hash_file

WORDS = """The files in this folder come from notebooks that were run by hand. They are no part of the publication:
no build checked them, and no manifest names them. The folder may be deleted.
"""


def hash_code() -> str:
    """Give one SHA-256 over all that decides what is derived from given tables and options."""
    modules = [path for family in ("records", "derive", "design") for path in (PACKAGE / family).rglob("*.py")]
    return hashlib.sha256("".join(map(hash_file, [CODEBOOK, LOCK, *sorted(modules)])).encode()).hexdigest()


CODE = hash_code()
"""Of the code as this kernel loaded it; a file that is edited later counts from the next kernel on."""


def prepare_tables(data: Path, *, design: Design) -> Path:
    """Derive every table of a data set under some options, unless that was done before.

    Returns
    -------
    Path
        A folder that holds them as an output folder does.

    Raises
    ------
    DataError
        If the raw tables break a rule.
    """
    write_bytes(WORDS.encode(), ROOT / BY_HAND / "README.txt")
    parts = [hash_dataset(data), design.changed, CODE, platform.python_version()]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    folder = ROOT / CACHE / "by_hand"
    if not (folder / key).exists():
        folder.mkdir(parents=True, exist_ok=True)
        dataset = read_dataset(data)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as made:
            for name, frame in derive_tables(dataset, design=design).items():
                write_made_csv(frame, Path(made, "whole", DERIVED, f"{name}.csv"), about=dataset.about)
            _move(Path(made, "whole"), folder / key)
    return folder / key


def _move(folder: Path, dest: Path) -> None:
    """Put a folder into its place, unless another kernel did so first."""
    try:
        folder.rename(dest)
    except OSError:
        if not dest.exists():
            raise


def find_runs(data: Path, *, design: Design, exhibit: str) -> Path:
    """Find the folder whose runs of a grid belong to a data set and options; none but the published ones are at hand.

    Raises
    ------
    ExhibitError
        If these are not the data and options of the publication.
    """
    published = (read_manifest(ROOT) or {}).get("dataset", {}).get("sha256")
    if design.changed or published != describe_dataset(data)["sha256"]:
        raise ExhibitError(
            "The runs that are at hand are those of the published data and options, not of these.\n"
            f"  fix: run_all.py build {exhibit}, with --data, --set and --out, makes all runs anew"
        )
    return ROOT
