"""What stopped notebooks, told once even where it stopped many runs in the same way, and what is wrong with outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from caseseries.build.drive import Failure
from caseseries.paths import DERIVED

RUNS_SHOWN = 3


def join_failures(failures: Iterable[Failure]) -> list[Failure]:
    """Join the failures of runs of a notebook that stopped in the same way."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for failure in sorted(failures, key=lambda failure: (failure.name, failure.runs)):
        alike.setdefault((failure.name, failure.cell, failure.cause), []).extend(failure.runs)
    return [Failure(*what, tuple(runs)) for what, runs in alike.items()]


def tell_failure(failure: Failure) -> str:
    """Say in one paragraph where and why a notebook stopped."""
    rest = len(failure.runs) - RUNS_SHOWN
    shown = "; ".join([*failure.runs[:RUNS_SHOWN], *([f"{rest} more"] if rest > 0 else [])])
    which = f" with {shown}" if shown else ""
    return f"notebooks/{failure.name}.ipynb{which}, cell {failure.cell}:\n{failure.cause}"


def find_fault(found: Mapping[str, Path], given: Mapping[str, str], facts: list[dict], scratch: Path) -> str:
    """Say what is wrong with the files of a run; empty if each is announced, and each that is announced is there."""
    announced = {name for fact in facts for name in fact["files"]}
    known = announced | given.keys()
    surplus = [name for name in found if name not in known and not name.startswith(f"{DERIVED.as_posix()}/")]
    if surplus:
        return (
            f"The notebook wrote {surplus[0]}, which belongs to none of its exhibits.\n"
            "  fix: name it among the files of an exhibit, or write it to a folder of the module tempfile"
        )
    missing = sorted(announced - found.keys())
    if missing:
        return f"The notebook names {missing[0]} among the files of an exhibit and did not write it."
    place = str(scratch).encode()
    named = [name for name, path in found.items() if name not in given and place in path.read_bytes()]
    words = "holds the name of a folder that this build alone has; the next one would make another file."
    return f"{named[0]} {words}" if named else ""
