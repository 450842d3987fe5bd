"""What a run depends on, as hashes: its code, its parameters, the lock, Python, and each file that it read."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ABSENT = "absent"


def hash_text(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def key_of(notebook: Path, *, parameters: Mapping, lock: str, by: str = "") -> str:
    """Give the key of a run: what is known of it before it runs.

    Parameters
    ----------
    notebook
        Only its code cells count; markdown, outputs and metadata do not.
    parameters
        What is injected, without the places of the folders.
    lock
        Hash of the lock file.
    by
        What else changes the way a notebook is run.
    """
    code = hash_code_cells(notebook)
    parts = {"code": code, "parameters": dict(parameters), "lock": lock, "python": platform.python_version(), "by": by}
    return hash_text(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str))


def hash_code_cells(notebook: Path) -> str:
    """Give one hash for the code cells of a notebook; text, outputs and metadata do not count."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    return hash_text(json.dumps(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]))


@dataclass(frozen=True)
class Places:
    """The folders of a run and the names by which their files are remembered.

    ``made`` is the scratch folder, where the files of this build stand under the names of the output folder.
    """

    project: Path
    data: Path
    made: Path

    def name(self, path: str) -> str | None:
        """Name a file or folder by its place; None if it belongs to none of the folders."""
        for word, folder in (("made", self.made), ("data", self.data), ("project", self.project)):
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
        return {"made": self.made, "data": self.data, "project": self.project}[word] / rest


class Hashes:
    """Hashes of files as they are now; each file is read once in the life of this object."""

    def __init__(self, places: Places, made: Mapping[str, str]):
        self.places, self.made = places, made
        self.known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Give the hash of a file, of a listing (a name that ends with /), or ``absent``."""
        word, _, rest = name.partition("/")
        if word == "made":
            return self._made(rest)
        if name not in self.known:
            path = self.places.path(name)
            self.known[name] = hash_listing(path) if name.endswith("/") else hash_content(path)
        return self.known[name]

    def _made(self, name: str) -> str:
        if not name.endswith("/"):
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


def hash_listing(path: Path) -> str:
    """Give one hash for the names in a folder; hidden files and byte code do not count."""
    try:
        names = [entry.name for entry in path.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    return hash_text("\n".join(sorted(name for name in names if not name.startswith((".", "__pycache__")))))
