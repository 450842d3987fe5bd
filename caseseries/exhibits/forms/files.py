"""Bytes to files: whole or not at all, and the same bytes from the same content."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

ZIP_STAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can carry; it stands for no time at all."""

DOCUMENT_STAMP = "2000-01-01T00:00:00Z"
"""Written where an office document must name a time of creation."""


def write_bytes(content: bytes, path: Path) -> Path:
    """Write a file through a temporary one beside it, so that a reader never meets half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner can read.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def stable_zip(content: bytes, *, replace: dict[str, Callable[[bytes], bytes]] | None = None) -> bytes:
    """Give a zip archive without its times, members in the order they had.

    Parameters
    ----------
    content
        The archive.
    replace
        Functions by member name that give a member other bytes.
    """
    replace = replace or {}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, ZIP_STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            new.writestr(member, replace.get(name, bytes)(old.read(name)))
    return made.getvalue()
