"""Counts executions from outside: notebooks say over a socket that they begin and end, and no tool knows of it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from pathlib import Path


class Log:
    """Listens at a socket in a folder while it is open; ``lines`` holds what notebooks said, in order."""

    def __init__(self, folder: Path):
        self.path = folder / "log"
        self.lines: list[str] = []

    def __enter__(self) -> Log:
        self.path.unlink(missing_ok=True)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.server.listen(64)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.server.close()
        self.path.unlink()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line:
                self.lines += line.makefile().read().split("\n")[:-1]

    def clear(self) -> None:
        """Forget what was said so far."""
        self.lines = []

    def count(self, word: str = "begin") -> Counter[str]:
        """Give the notebooks that began, or that ended, and how often."""
        pairs = [line.split() for line in self.lines]
        return Counter(name for said, name in pairs if said == word)
