"""Linux: rules of Landlock that a process puts on itself, so that it can write to some folders alone; no privileges."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable

CREATE, ADD, RESTRICT, TELL_VERSION, BENEATH = 444, 445, 446, 1, 1
NO_NEW_PRIVILEGES = 38
WRITE_FILE = 1 << 1
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE = 1 << 13, 1 << 14
TCP = 0b11
"""Binding and connecting."""
SCOPES = 0b11
"""Abstract sockets of others, and signals to others."""

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def read_version() -> int:
    """Give the version of Landlock that the system has; 0 if it has none."""
    return max(_libc.syscall(CREATE, None, 0, TELL_VERSION), 0) if _libc else 0


def restrict_writes(folders: Iterable[str], files: Iterable[str] = ()) -> bool:
    """Let this process write to some folders alone, and to files that are there in some others; no TCP either.

    What the system's version of Landlock does not know is left out; False if it has none at all. To be called while
    the process has one thread: further ones inherit the rules.
    """
    version = read_version()
    if not version:
        return False
    all_writes = WRITE_FILE | REMOVE_AND_MAKE | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("QQQ", all_writes, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _call(CREATE, attributes, size, 0)
    try:
        for right, paths in ((all_writes, folders), (all_writes & (WRITE_FILE | TRUNCATE), files)):
            for path in paths:
                _allow(rules, right, path)
        if _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _call(RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, right: int, path: str) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _call(ADD, rules, BENEATH, struct.pack("=Qi", right, folder), 0)
    finally:
        os.close(folder)


def _call(number: int, *arguments) -> int:
    result = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock")
    return result
