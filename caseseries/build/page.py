"""A page of memory that a kernel shares with the process beside it: few numbers, read at each call."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CELL, AWAY, IMPORT = slice(0, 4), slice(4, 8), slice(8, 12)
NOBODY = bytes(4)


class Page:
    """The cell that runs, the thread that does the witness's own work, and the one that looks for modules."""

    def __init__(self):
        self.memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.lock = threading.RLock()

    @property
    def cell(self) -> int:
        """Number of the cell that runs."""
        return int.from_bytes(self.memory[CELL], "little")

    @cell.setter
    def cell(self, number: int) -> None:
        self.memory[CELL] = number.to_bytes(4, "little")

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Let nobody take note of what this thread does."""
        with self.lock:
            before, self.memory[AWAY] = self.memory[AWAY], _this_thread()
            try:
                yield
            finally:
                self.memory[AWAY] = before

    def is_away(self, task: int) -> bool:
        """Tell whether a thread does the witness's own work."""
        return self.memory[AWAY] == task.to_bytes(4, "little")

    def note_listing(self, *, is_import: bool) -> None:
        """Say of the folder that this thread is about to list whether it is the search for a module that lists it."""
        self.memory[IMPORT] = _this_thread() if is_import else NOBODY

    def take_import(self, task: int) -> bool:
        """Tell whether it is the search for a module that lists a folder; it is so for one folder only."""
        is_import = self.memory[IMPORT] == task.to_bytes(4, "little")
        if is_import:
            self.memory[IMPORT] = NOBODY
        return is_import


def _this_thread() -> bytes:
    return threading.get_native_id().to_bytes(4, "little")
