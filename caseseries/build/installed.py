"""What is really installed where notebooks run: names and versions of packages, and modules that runs have loaded."""

from __future__ import annotations

import json
import os
import platform
import sys
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path

from caseseries.build.digests import YOUNG_NS, sign
from caseseries.build.fingerprint import hash_content, hash_text
from caseseries.build.observe import resolve_folder

LIBRARIES = "libraries"
"""The kind of fact by which a kernel names the files of libraries that it has loaded."""


def list_packages() -> list[str]:
    """List names and versions of all packages, and all other modules, as the folders of the environment show them."""
    folders = dict.fromkeys(os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
    found = []
    for folder in folders:
        for name in os.listdir(folder):  # noqa: PTH208 (quick)
            if name.endswith(".pth"):
                found.append(f"{name} {Path(folder, name).read_text(encoding='utf-8', errors='replace')}")
            elif name != "__pycache__":
                found.append(name)
    return sorted(found)


class Installed:
    """Names what is installed by one word, the same for as long as nothing that matters has changed.

    Modules of libraries are remembered with the hash that they had when a run first loaded them. As long as all still
    have it, the word is the same, however many more are loaded later.
    """

    def __init__(self, folder: Path):
        parts = [list_packages(), platform.python_version(), sys.version, os.path.realpath(sys.prefix)]
        self.packages = hash_text(json.dumps(parts))
        self.file = folder / f"{self.packages}.json"
        # By file: what cannot stay the same while it changes, its hash when it was first loaded, and its hash now.
        self.known = _read(self.file)
        old = [name for name, (signature, _, _) in self.known.items() if signature != _sign(name)]
        for name in old:
            self._look(name, self.known[name][1])
        self.keep(bool(old))
        others = sorted((name, now) for name, (_, first, now) in self.known.items() if now != first)
        self.word = hash_text(json.dumps([self.packages, others]))

    def add(self, files: Iterable[str]) -> None:
        """Remember modules of libraries that a run has loaded."""
        new = [name for name in files if name not in self.known]
        for name in new:
            self._look(name)
        self.keep(bool(new))

    def keep(self, is_changed: bool) -> None:
        """Write what is remembered, where it has changed."""
        if is_changed:
            partial = self.file.with_suffix(".partial")
            self.file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self.known, separators=(",", ":")), encoding="utf-8")
            partial.replace(self.file)

    def _look(self, name: str, first: str = "") -> None:
        signature, now = _sign(name), hash_content(Path(name))
        is_young = signature is not None and max(signature[1:3]) + YOUNG_NS > time.time_ns()
        self.known[name] = [[] if is_young else signature, first or now, now]


def _sign(name: str) -> list[int] | None:
    try:
        return [*sign(os.stat(name))]  # noqa: PTH116 (quick)
    except OSError:
        return None


def _read(file: Path) -> dict[str, list]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


class Loaded:
    """Lists the files of libraries that a process has loaded, each once; the first look is at thousands of modules."""

    def __init__(self):
        self.seen: set[str] = set()
        self.place = os.path.realpath(sysconfig.get_path("purelib")) + os.sep

    def take(self, own: str = "") -> list[str]:
        """List those that were loaded since the last look; what stands in the folder ``own`` is none of them."""
        found = []
        for name in sys.modules.keys() - self.seen:
            file = getattr(sys.modules.get(name), "__file__", None)
            if file and not (own and file.startswith(own + os.sep)):
                folder, last = os.path.split(file)
                path = os.path.join(resolve_folder(folder), last)  # noqa: PTH118 (quick)
                if path.startswith(self.place):
                    found.append(path)
            self.seen.add(name)
        return sorted(found)


held: list[str] = []
"""Files of libraries that every kernel has from its parent."""
loaded = Loaded()
"""What this process has loaded; a kernel goes on from where its parent was."""


def hold_libraries() -> None:
    """List what the parent of all kernels has loaded, once for all of them."""
    held.extend(loaded.take())


def take_libraries(own: str) -> list[str]:
    """List what a kernel has loaded since the last look, beside the package in the folder ``own``.

    At first it has what its parent has, too.
    """
    found = [*held, *loaded.take(own)]
    held.clear()
    return found
