"""Two folders of raw tables: which rows differ, by their keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from caseseries.verify.contents import UnreadableError, read_content
from caseseries.verify.grades import Grade
from caseseries.verify.grids import list_findings
from caseseries.verify.printed import as_number


@dataclass(frozen=True)
class RawChange:
    """One cell or row of a raw table that is another one: file, key of the row and column, then and now."""

    file: str
    where: str
    old: str
    new: str
    why: str


def list_raw_files(old: Path, new: Path) -> list[str]:
    """Name the files of two data folders whose bytes are not the same."""
    names = sorted(
        {path.name for folder in (old, new) for path in folder.iterdir() if path.suffix in (".csv", ".toml")}
    )
    return [name for name in names if _read(old / name) != _read(new / name)]


def list_raw_changes(old: Path, new: Path) -> list[RawChange]:
    """Name every row and cell that differs between two data folders.

    Order of rows, and how a number is written, count as no change; a file that one folder lacks is one change.
    """
    changes = []
    for name in list_raw_files(old, new):
        contents = _read(old / name), _read(new / name)
        if None in contents or not name.endswith(".csv"):
            states = ["absent" if content is None else f"{len(content):,} bytes" for content in contents]
            changes.append(RawChange(name, "file", *states, "another file"))
            continue
        try:
            grids = [read_content(content, ".csv", is_printed=False).grids[0] for content in contents]
        except UnreadableError as error:
            changes.append(RawChange(name, "file", "", "", str(error)))
            continue
        changes += [
            RawChange(name, where, a, b, finding.why)
            for where, a, b, finding in list_findings(*grids)
            if finding.grade is not Grade.PRINTED and not _is_same_number(a, b)
        ]
    return changes


def _is_same_number(old: str, new: str) -> bool:
    """Tell whether two cells hold one number, whatever digits it is written with: raw data are read, not printed."""
    return None not in (as_number(old), as_number(new)) and as_number(old) == as_number(new)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
