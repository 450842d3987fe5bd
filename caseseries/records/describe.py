"""What a build and a page need to know of a data set without reading its tables."""

from __future__ import annotations

import hashlib
from pathlib import Path

from caseseries.errors import DataError
from caseseries.records.about import FILE, read_about
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import About


def open_about(folder: Path) -> About:
    """Read what dataset.toml says of a data set.

    Raises
    ------
    DataError
        If the file is not there or breaks a rule.
    """
    facts, problems = read_about(Path(folder), read_codebook().tables)
    if facts.about is None:
        raise DataError(problem for problem in problems if problem.severity == "error")
    return facts.about


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def hash_dataset(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of each file of a data set that the package reads, by name."""
    names = [FILE, *(f"{table}.csv" for table in read_codebook().tables)]
    return {name: hash_file(Path(folder) / name) for name in names if (Path(folder) / name).is_file()}


def describe_dataset(folder: Path) -> dict[str, str]:
    """Give title, kind, and one SHA-256 over all files that the package reads."""
    about = open_about(folder)
    lines = [f"{name} {sha256}\n" for name, sha256 in hash_dataset(folder).items()]
    return {"title": about.title, "kind": about.kind, "sha256": hashlib.sha256("".join(lines).encode()).hexdigest()}
