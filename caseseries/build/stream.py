"""Bytes that stand in for the operating system's random ones: the same in each build, another sequence for each run."""

from __future__ import annotations

import hashlib
import threading


class Stream:
    """An endless sequence of bytes that its seed alone decides.

    Where libraries draw names of temporary files, keys and ids from it, these are the same in each build. It is no
    source of secrets.
    """

    def __init__(self, seed: bytes):
        self.seed = hashlib.sha256(seed).digest()
        self.n_blocks = self.n_children = 0
        self.lock = threading.Lock()

    def read(self, n: int) -> bytes:
        """Give the next n bytes; what is left of a block that was begun is dropped."""
        with self.lock:
            self.n_blocks += 1
            block = self.seed + b"block" + self.n_blocks.to_bytes(8, "big")
        return hashlib.shake_256(block).digest(n)

    def branch(self) -> Stream:
        """Give the stream of a child process: its own, and the same in each build where children come in one order."""
        with self.lock:
            self.n_children += 1
            return Stream(self.seed + b"child" + self.n_children.to_bytes(8, "big"))
