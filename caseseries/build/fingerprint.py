"""What a run depends on, as hashes: its code, its parameters, the lock, Python, and each file that it read."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from caseseries.build.borders import ABSENT

LOOK = "look:"
"""Stands before the name of a file that was looked at and not read."""
ALL_FILES = "**"
"""Stands for all files of a folder."""
HEEDED = frozenset(("injected-parameters", "parameters", "raises-exception", "skip-execution"))
"""Tags of code cells that change how papermill runs them."""


def is_content(name: str, digest: str) -> bool:
    """Tell whether an input of a run is a content, and not that something is absent or how it looks.

    What is absent is looked for under other names on other systems and by other versions of Python.
    """
    return digest != ABSENT and not name.startswith(LOOK) and not name.endswith(f"/{ALL_FILES}")


def hash_text(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def key_of(code: str, *, parameters: Mapping, lock: str, by: str = "") -> str:
    """Give the key of a run: what is known of it before it runs.

    Parameters
    ----------
    code
        Hash of the code cells of its notebook.
    parameters
        What is injected, without the places of the folders.
    lock
        Hash of the lock file.
    by
        What else changes the way a notebook is run.
    """
    parts = {"code": code, "parameters": dict(parameters), "lock": lock, "python": platform.python_version(), "by": by}
    return hash_text(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str))


def hash_code_cells(notebook: Path) -> str:
    """Give one hash for the code cells of a notebook, with tags that matter; text and outputs do not count."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    tags = [sorted(HEEDED & set(cell["metadata"].get("tags", ()))) for cell in code]
    return hash_text(json.dumps([["".join(cell["source"]) for cell in code], tags]))


@dataclass(frozen=True)
class Places:
    """The folders of a run and the names by which their files are remembered.

    ``made`` is the scratch folder, where the files of this build stand under the names of the output folder;
    ``notebooks`` counts where it is no folder of the project.
    """

    project: Path
    data: Path
    made: Path
    notebooks: Path | None = None

    @property
    def folders(self) -> dict[str, Path]:
        """Give the folders by the word that names of files begin with, the inner ones first."""
        named = {"made": self.made, "data": self.data, "project": self.project}
        return named | ({"notebooks": self.notebooks} if self.notebooks else {})

    def name(self, path: str) -> str | None:
        """Name a file or folder by its place; None if it belongs to none of the folders."""
        for word, folder in self.folders.items():
            root = os.path.realpath(folder)
            if path == root:
                return word
            if path.startswith(root + os.sep):
                return f"{word}/{Path(path).relative_to(root).as_posix()}"
        return None

    @staticmethod
    def is_within(path: str, folder: Path) -> bool:
        """Tell whether a file stands in a folder."""
        return path.startswith(os.path.realpath(folder) + os.sep)

    def path(self, name: str) -> Path:
        """Give the place of a name."""
        word, _, rest = name.partition("/")
        return self.folders.get(word, self.project / "nowhere") / rest


class View(Protocol):
    """Gives the hashes of a file and of a listing as a build sees them."""

    def hash_file(self, path: Path) -> str:
        """Give the hash of a file."""

    def hash_listing(self, path: Path) -> str:
        """Give the hash of the names in a folder."""

    def hash_tree(self, folder: Path) -> str:
        """Give the hash of the names and contents of all files in a folder."""

    def look(self, path: Path) -> str:
        """Say what a look at a file tells."""


class Hashes:
    """Hashes of files in one state; each file is looked at once in the life of this object."""

    def __init__(self, places: Places, made: Mapping[str, str], view: View):
        self.places, self.made, self.view = places, made, view
        self.known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Give the hash of a file, of a listing (a name that ends with /), what a look tells, or ``absent``."""
        if name not in self.known:
            is_look = name.startswith(LOOK)
            word, _, rest = name.removeprefix(LOOK).partition("/")
            if word == "made":
                return self._look_at_made(rest) if is_look else self._made(rest)
            path = self.places.path(f"{word}/{rest}")
            if is_look:
                self.known[name] = self.view.look(path)
            elif rest == ALL_FILES:
                self.known[name] = self.view.hash_tree(path.parent)
            else:
                self.known[name] = self.view.hash_listing(path) if name.endswith("/") else self.view.hash_file(path)
        return self.known[name]

    def _look_at_made(self, name: str) -> str:
        within = any(other.startswith(f"{name}/") for other in self.made)
        return self.made.get(name, "folder" if within else ABSENT)

    def _made(self, name: str) -> str:
        if name and not name.endswith("/"):
            return self.made.get(name, ABSENT)
        within = sorted(other for other in self.made if other.startswith(name))
        return hash_text("\n".join(within))

    def match(self, inputs: Mapping[str, str]) -> bool:
        """Tell whether all inputs of a remembered run are the same now."""
        return all(self.of(name) == digest for name, digest in inputs.items())

    def describe_changes(self, inputs: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Name the inputs that are others now: name, hash then, hash now."""
        return [(name, old, self.of(name)) for name, old in inputs.items() if self.of(name) != old]


def hash_content(path: Path) -> str:
    """Give the SHA-256 of a file, ``absent`` if there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ABSENT
