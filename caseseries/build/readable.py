"""Which files of project and data set a notebook may read: all but hidden folders, environments, and what builds make.

A build copies these, and no others, before it runs anything; what is left out is not there for a notebook.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from caseseries.build.digests import sign
from caseseries.paths import BY_HAND, DERIVED, FIGURES, MANIFEST, MANUSCRIPT, SUPPLEMENTS, TABLES

FORMS = ("pdf", "png", "svg", "csv", "xlsx", "docx", "html", "tiff")
"""Forms of files that are published, in the order in which a page offers them."""
MADE = tuple(f"{folder.as_posix()}/" for folder in (FIGURES, TABLES, SUPPLEMENTS, DERIVED))
HELD = ".build.lock"
"""Stands in every folder that a build has written to."""
MARKS = (HELD, "pyvenv.cfg", "CACHEDIR.TAG")
"""What folders hold that builds, environments and caches fill."""
UNREAD = frozenset(("__pycache__", "node_modules"))


@dataclass
class Readable:
    """Says what may be read of one folder.

    ``made`` names files that are published in it; ``is_project`` tells that builds publish there, or may have.
    """

    root: Path
    made: frozenset[str] = frozenset()
    is_project: bool = False
    folders: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self):
        self.has_made = self.is_project or (self.root / HELD).exists()

    def is_open(self, path: Path) -> bool:
        """Tell whether a file or folder may be read, if it is there."""
        parts = path.relative_to(self.root).parts
        above = ["/".join(parts[:number]) for number in range(1, len(parts))]
        return all(map(self.opens_folder, above)) and self.opens_file("/".join(parts))

    def shows(self, path: Path) -> bool:
        """Tell whether a file or folder can be seen, if it is there."""
        name = path.relative_to(self.root).as_posix()
        return path == self.root or (self.is_open(path) and (not path.is_dir() or self.opens_folder(name)))

    def opens_folder(self, name: str) -> bool:
        """Tell whether a folder may be read, by its name in the root."""
        if name not in self.folders:
            last, path = name.rpartition("/")[2], self.root / name
            is_left = last.startswith(".") or last in UNREAD or any((path / mark).exists() for mark in MARKS)
            is_left |= self.is_project and name == BY_HAND.parts[0]
            self.folders[name] = not is_left and not (self.has_made and f"{name}/".startswith(MADE))
        return self.folders[name]

    def opens_file(self, name: str) -> bool:
        """Tell whether a file may be read, by its name in the root, where its folder may be."""
        if name.rpartition("/")[2].startswith((".build", ".publish", ".venv")) or name in self.made:
            return False
        if not self.has_made:
            return True
        is_text = name.startswith(f"{MANUSCRIPT.as_posix()}/") and name.rpartition(".")[2] in FORMS
        return not is_text and not name.startswith(MADE) and name != MANIFEST.as_posix()

    def list_names(self, folder: Path) -> list[str] | None:
        """List what may be read in a folder; None if the folder is not there or may not be read itself."""
        within = "" if folder == self.root else f"{folder.relative_to(self.root).as_posix()}/"
        if within and not (self.is_open(folder) and self.opens_folder(within[:-1])):
            return None
        try:
            with os.scandir(folder) as entries:
                return sorted(entry.name for entry in entries if self._is_listed(entry, f"{within}{entry.name}"))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _is_listed(self, entry: os.DirEntry, name: str) -> bool:
        if entry.is_dir():
            is_loop = entry.is_symlink() and _holds(os.path.realpath(entry.path), os.path.realpath(self.root))
            return self.opens_folder(name) and not is_loop
        return entry.is_file() and self.opens_file(name)

    def find(self) -> tuple[dict[str, tuple], list[str]]:
        """Find all that may be read, links followed; what leads nowhere or back to where it stands is left out.

        Returns
        -------
        dict, list
            What cannot stay the same while a file changes, by its name in the root; and the names of all folders.
        """
        files: dict[str, tuple] = {}
        folders: list[str] = []
        self._enter("", (), files, folders)
        return files, folders

    def _enter(self, within: str, above: tuple[str, ...], files: dict, folders: list) -> None:
        here = os.path.realpath(self.root / within)
        if here in above or (within and _holds(here, os.path.realpath(self.root))):
            return
        if within:
            folders.append(within[:-1])
        with os.scandir(self.root / within) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = f"{within}{entry.name}"
                try:
                    found = entry.stat()
                except OSError:
                    continue
                if stat.S_ISDIR(found.st_mode) and self.opens_folder(name):
                    self._enter(f"{name}/", (*above, here), files, folders)
                elif stat.S_ISREG(found.st_mode) and self.opens_file(name):
                    files[name] = sign(found)


def _holds(folder: str, path: str) -> bool:
    """Tell whether a folder is the one of a path, or above it; both without links."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_within(path: Path, folder: Path) -> bool:
    """Tell whether a path stands in a folder, or is that folder."""
    return path == folder or folder in path.parents
