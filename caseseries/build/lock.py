"""One build at a time in an output folder; whoever has to wait is told for whom."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

BYTE = 1 << 30
"""The byte that is locked on Windows, far behind what is written: others may read that."""


@contextmanager
def hold_output(out: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Keep an output folder for one build; a second one waits, and says so.

    The system releases the lock of a process that has died, so that none is ever stale.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".build.lock").open("a+", encoding="utf-8") as file:
        if not _take(file):
            file.seek(0)
            holder = file.read(200).strip()
            say(f"Another build {f'({holder}) ' if holder else ''}is writing to {out}; waiting for it.")
            while not _take(file):
                time.sleep(0.1)
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {os.uname().nodename if hasattr(os, 'uname') else 'this machine'}")
            file.flush()
            yield
        finally:
            file.truncate(0)
            _release(file)


if os.name == "nt":
    import msvcrt

    def _take(file: TextIO) -> bool:
        file.seek(BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(file: TextIO) -> None:
        file.seek(BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: TextIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(file: TextIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
