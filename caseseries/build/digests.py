"""Hashes of files, each taken again only where something about the file is not what it was."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from caseseries.build.fingerprint import ABSENT, hash_content

HASHES = "hashes.json"
"""The file in the cache of an output folder that remembers hashes."""
YOUNG_NS = 2_000_000_000
"""A file that changed so shortly before it was read may have changed again within the same tick of the clock."""


def sign(found: os.stat_result) -> tuple[int, ...]:
    """Give what cannot stay the same while the content of a file changes, but for changes within a tick."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


class Digests:
    """Remembers hashes from build to build, in a file that may be deleted at any time.

    A hash holds as long as size, times, inode and device of the file are the same, and the times were at least two
    seconds old when it was taken.
    """

    def __init__(self, file: Path | None = None):
        self.file = file
        self.known: dict[str, list] = _read(file) if file else {}
        self.is_changed = False

    def of(self, path: Path) -> str:
        """Give the SHA-256 of a file, ``absent`` if there is none."""
        try:
            found = os.stat(path)  # noqa: PTH116 (quick)
        except (FileNotFoundError, NotADirectoryError):
            return ABSENT
        name, signature = str(path), list(sign(found))
        known = self.known.get(name)
        if known and known[:-1] == signature:
            return known[-1]
        read_at = time.time_ns()
        digest = hash_content(path)
        if digest != ABSENT and max(found.st_mtime_ns, found.st_ctime_ns) + YOUNG_NS < read_at:
            self.known[name] = [*signature, digest]
            self.is_changed = True
        return digest

    def keep(self) -> None:
        """Write what is remembered, if there is anything new; where that cannot be done, it is found out again."""
        if self.file and self.is_changed:
            content = json.dumps(self.known, separators=(",", ":")).encode("utf-8")
            partial = self.file.with_name(f"{self.file.name}.{os.getpid()}.partial")
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                partial.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
                partial.replace(self.file)
            except OSError:
                partial.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, list]:
    try:
        seal, _, content = file.read_bytes().partition(b"\n")
        return json.loads(content) if hashlib.sha256(content).hexdigest().encode() == seal else {}
    except (OSError, ValueError):
        return {}
