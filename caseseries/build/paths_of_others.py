"""Paths as another process means them: where they lead from its working folder, its open folders and its own names."""

from __future__ import annotations

import contextlib
import errno
import os

from caseseries.build.borders import INPUT, LIBRARY, SYSTEM_FILE, Borders
from caseseries.build.seccomp import Call, Listener, read_text

WORKING_FOLDER = -100
ITSELF = {"/proc/self": "", "/proc/thread-self": "", "/dev/fd": "/fd", "/dev/stdin": "/fd/0"}
"""Names that mean another file to each process, with what they are in the folder of the process in /proc."""


class Paths:
    """Reads paths from the memory of processes that wait, and resolves them."""

    def __init__(self, borders: Borders, listener: Listener):
        self.borders, self.listener = borders, listener
        self.folders: dict[str, str] = {}

    def read(self, call: Call, folder: int | None, path: int) -> bytes:
        """Read a path from the memory of whoever made the call; empty if it is that of an open file."""
        text = read_text(call.task, call.arguments[path])
        if not self.listener.is_waiting(call):
            raise ProcessLookupError(errno.ESRCH, "gone")
        return self.complete(call.task, text, WORKING_FOLDER if folder is None else _signed(call.arguments[folder]))

    def complete(self, task: int, path: bytes, folder: int = WORKING_FOLDER) -> bytes:
        """Put the folder before a path that begins in one: the working folder, or one that is open."""
        if path.startswith(b"/"):
            return path
        base = os.readlink(f"/proc/{task}/" + ("cwd" if folder == WORKING_FOLDER else f"fd/{folder}"))  # noqa: PTH115 (quick)
        return os.fsencode(base) + b"/" + path if path else os.fsencode(base)

    def resolve(self, task: int, path: bytes, *, is_followed: bool = True) -> str:
        """Resolve a path as the process sees it."""
        text = os.fsdecode(path)
        for name, inner in ITSELF.items():
            if text.startswith(name) and text[len(name) : len(name) + 1] in ("", "/"):
                text = f"/proc/{task}{inner}{text[len(name) :]}"
        folder, name = os.path.split(text)
        if name in ("", ".", ".."):
            return os.path.realpath(text)
        place = os.path.join(self.find_folder(folder), name)  # noqa: PTH118 (quick)
        if is_followed:
            with contextlib.suppress(OSError):
                os.readlink(place)  # noqa: PTH115 (quick)
                return os.path.realpath(place)
        return place

    def find_folder(self, folder: str) -> str:
        """Resolve a folder; one that the kernel cannot change, once."""
        real = self.folders.get(folder)
        if real is None:
            real = os.path.realpath(folder)
            if {self.borders.kind(folder), self.borders.kind(real)} <= {INPUT, LIBRARY, SYSTEM_FILE} and (
                not folder.startswith("/proc")
            ):
                self.folders[folder] = real
        return real


def _signed(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - 2**32 if number & 0x80000000 else number
