"""What stopped notebooks, told once even where it stopped many runs in the same way."""

from __future__ import annotations

from collections.abc import Iterable

from caseseries.build.drive import Failure

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
