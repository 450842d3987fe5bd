"""What a kernel may see and touch, and what counts as an input of its run."""

from __future__ import annotations

import errno
import json
import os
import sys
import sysconfig
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path

from caseseries.paths import ROOT

SYSTEM = ("/proc", "/dev", "/sys", "/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/System", "/Library")
SHARED_MEMORY = "/dev/shm"
RANDOM = ("/dev/urandom", "/dev/random")
INPUT, OWN, LIBRARY, SYSTEM_FILE, PASSING, OUTSIDE = "input", "own", "library", "system", "passing", "outside"
"""What a file is to a run: of project or data; of its own folders; of the locked environment; of the system; in shared
memory, where files are for the time being; and none of these."""
ABSENT = "absent"
"""Stands for the hash of a file that is not there."""
NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
BYTE_CODE = f"{os.sep}__pycache__"


@cache
def library_folders() -> tuple[str, ...]:
    """Name the folders of Python and of the locked environment, which the lock stands for."""
    paths = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    return tuple(sorted({os.path.realpath(path) for path in paths}))


@cache
def all_libraries() -> tuple[str, ...]:
    """Name the folders of the libraries and those of the system, which count as libraries."""
    return (*library_folders(), *SYSTEM)


@cache
def program_folders() -> tuple[str, ...]:
    """Name the folders whose programs may be started: those of the environment, none of the system."""
    return tuple({path for path in (sys.prefix, *sysconfig.get_paths().values()) if path not in SYSTEM})


@cache
def interpreters() -> frozenset[str]:
    """Name the program that Python is, by its own name and by those of the links to it."""
    names = [sys.executable, getattr(sys, "_base_executable", "") or sys.executable]
    return frozenset((*names, *map(os.path.realpath, names)))


@dataclass(frozen=True)
class Borders:
    """What a kernel may see and touch: absolute folders without links.

    ``read`` are folders whose files count as inputs of the run, ``write`` those it may write to, ``shared`` those that
    all runs of a build have and none may change; ``log`` is the file for what was seen; ``kept`` is where the byte code
    of modules is kept from run to run, ``packed`` the file with the modules of the package, if there is one;
    ``is_backed`` tells whether the operating system watches, too; ``seed`` is that of the bytes which libraries draw
    from it.
    """

    read: tuple[str, ...]
    write: tuple[str, ...]
    log: str
    kept: str = ""
    packed: str = ""
    shared: tuple[str, ...] = ()
    is_backed: bool = False
    seed: str = ""

    @classmethod
    def from_json(cls, text: str) -> Borders:
        """Read borders from the text that ``to_json`` gives."""
        content = json.loads(text)
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in content.items()})

    def to_json(self) -> str:
        """Write borders as one line."""
        return json.dumps(asdict(self))

    @cached_property
    def folders(self) -> list[tuple[str, str]]:
        """Folders with what their files are, the deepest first."""
        kinds = dict.fromkeys(SYSTEM, SYSTEM_FILE) | dict.fromkeys(library_folders(), LIBRARY)
        kinds |= {SHARED_MEMORY: PASSING} | dict.fromkeys(self.read, INPUT)
        kinds |= dict.fromkeys(filter(None, (*self.shared, self.kept)), LIBRARY) | dict.fromkeys(self.write, OWN)
        return sorted(((folder.rstrip(os.sep), kind) for folder, kind in kinds.items()), key=lambda e: -len(e[0]))

    def kind(self, place: str) -> str:
        """Tell what a file is to the run: the deepest folder around it decides, wherever project and data stand."""
        for folder, kind in self.folders:
            if place.startswith(folder) and place[len(folder) : len(folder) + 1] in ("", os.sep):
                return LIBRARY if kind == INPUT and BYTE_CODE in place else kind
        # Each Python of the environment that a notebook starts has this folder among those that it imports from.
        return LIBRARY if place == str(ROOT) else OUTSIDE

    def is_above(self, place: str) -> bool:
        """Tell whether a folder leads to one within the borders."""
        inner = place.rstrip(os.sep) + os.sep
        return any(folder.startswith(inner) for folder, _ in self.folders)

    def is_program(self, place: str) -> bool:
        """Tell whether a program belongs to the environment."""
        return place in interpreters() or (
            self.kind(place) == LIBRARY and any(place.startswith(folder + os.sep) for folder in program_folders())
        )


def describe_look(path: str | Path) -> str:
    """Say what a look at a file tells, besides its times: a folder, a file of some size, or nothing there."""
    try:
        status = os.stat(path)  # noqa: PTH116 (quick)
    except OSError as error:
        return ABSENT if error.errno in NOT_THERE else f"error {error.errno}"
    return "folder" if status.st_mode & 0o170000 == 0o040000 else f"file of {status.st_size} bytes"


def say_foreign_read(place: str) -> str:
    """Say that a file lies outside of the borders."""
    return (
        f"A notebook must read files of the project and of the data set only, not {place}. "
        "Put the file into the data folder, or name its folder in the parameter data."
    )


def say_foreign_write(place: str) -> str:
    """Say that a write lies outside of the borders."""
    return f"A notebook must write to the folder in its parameter out only, not to {place}."


def say_network(what: str) -> str:
    """Say that the network was asked for."""
    return f"A notebook must not use the network ({what})."


def say_program(what: str) -> str:
    """Say that a program outside of the environment was asked for."""
    return f"A notebook must not start other programs ({what})."
