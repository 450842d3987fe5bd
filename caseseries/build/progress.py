"""What a build shows while it runs: a bar on a terminal, one plain line per notebook elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress(total: int) -> Iterator[Callable[[str, str], None]]:
    """Give a function that takes (notebook, state); states are running, done and failed."""
    if not sys.stderr.isatty():
        yield (lambda notebook, state: None if state == "running" else print(f"{notebook}: {state}", file=sys.stderr))
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    ]
    running: list[str] = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=total)

        def report(notebook: str, state: str) -> None:
            if state == "running":
                running.append(notebook)
            else:
                running.remove(notebook)
                progress.advance(task)
            progress.update(task, description=", ".join(running) or "publishing")

        yield report
