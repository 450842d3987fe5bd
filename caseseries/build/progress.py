"""What a build shows while it runs: a bar on a terminal, one plain line per notebook elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress(total: int) -> Iterator[Callable[[str, str], None]]:
    """Give a function that takes (notebook, state); states are kept, running, done and failed."""
    if not sys.stderr.isatty():
        yield (lambda notebook, state: None if state == "running" else print(f"{notebook}: {state}", file=sys.stderr))
        return
    bar = Bar(total)
    try:
        yield bar.report
    finally:
        bar.stop()


class Bar:
    """A bar that appears when the first notebook begins to run."""

    def __init__(self, total: int):
        self.total, self.n_over = total, 0
        self.running: list[str] = []
        self.progress = None

    def report(self, notebook: str, state: str) -> None:
        """Take the state of a notebook."""
        if state == "running":
            self.running.append(notebook)
            self.start()
        else:
            self.n_over += 1
            if notebook in self.running:
                self.running.remove(notebook)
        if self.progress:
            words = ", ".join(self.running) or "publishing"
            self.progress.update(self.task, description=words, completed=self.n_over)

    def start(self) -> None:
        """Show the bar; what draws it is slow to load."""
        if self.progress:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        text, bar, count, time = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        self.progress = Progress(SpinnerColumn(), text, bar, count, time, console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("starting", total=self.total)
        self.progress.start()

    def stop(self) -> None:
        """Take the bar away."""
        if self.progress:
            self.progress.stop()
