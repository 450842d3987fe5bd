"""An output folder, or a zip of one, as names and bytes."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from caseseries.build.manifest import files_of, unpack
from caseseries.errors import UsageError
from caseseries.paths import DERIVED, FIGURES, MANIFEST, MANUSCRIPT, RESULTS_TEXT, ROOT, SUPPLEMENTS, TABLES
from caseseries.verify.archives import list_members
from caseseries.verify.contents import UnreadableError

FOLDERS = tuple(folder.as_posix() for folder in (DERIVED, FIGURES, MANUSCRIPT, SUPPLEMENTS, TABLES))
SOURCES = {RESULTS_TEXT.relative_to(ROOT).as_posix()}
"""Files that are written by people and stand among those that are made."""


FAULTS = (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, EOFError, OSError)
"""What a damaged or locked member of a zip raises."""


class Outputs:
    """What was made: names of all files in the folders of outputs, and of those that MANIFEST.json speaks of.

    Parameters
    ----------
    place
        For messages.
    names
        All files that are there.
    """

    def __init__(self, place: str, names: list[str]):
        self.place = place
        self.there = set(names)
        self.manifest: dict | None = None
        self.fault = ""

    def read(self, name: str) -> bytes:
        """Read a file; UnreadableError if it cannot be."""
        raise NotImplementedError

    @property
    def promised(self) -> dict[str, str]:
        """The files that MANIFEST.json speaks of, with their hashes."""
        return files_of(self.manifest) if self.manifest else {}

    @property
    def names(self) -> list[str]:
        """All names that are to be compared: files in the folders of outputs, the manifest, and what it promises."""
        made = {name for name in self.there if is_output(name)}
        return sorted(made | set(self.promised))

    def is_altered(self, name: str) -> bool:
        """Tell whether a file is there and is not the one that the manifest names."""
        if name not in self.there or name not in self.promised:
            return False
        try:
            return hash_bytes(self.read(name)) != self.promised[name]
        except UnreadableError:
            return True

    def _open_manifest(self) -> None:
        if MANIFEST.as_posix() not in self.there:
            return
        try:
            content = unpack(read_json(self.read(MANIFEST.as_posix()).decode("utf-8")))
            files_of(content)
            content["runs"], content["dataset"]
        except (ValueError, KeyError, TypeError, AttributeError, UnreadableError) as error:
            self.fault = f"{type(error).__name__}: {error}"
        else:
            self.manifest = content


class Folder(Outputs):
    """The outputs in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        found = [
            path.relative_to(folder).as_posix()
            for part in (*FOLDERS, MANIFEST.as_posix())
            for path in [folder / part, *(folder / part).rglob("*")]
            if path.is_file()
        ]
        super().__init__(str(folder), found)
        self._open_manifest()
        self.there |= {name for name in self.promised if (folder / name).is_file()}

    def read(self, name: str) -> bytes:
        """Read a file."""
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from None


class Archive(Outputs):
    """The outputs in a zip, whatever folder they stand in there."""

    def __init__(self, path: Path):
        try:
            self.archive = zipfile.ZipFile(path)
            names = list_members(self.archive)
        except (zipfile.BadZipFile, OSError) as error:
            raise UsageError(f"{path} must be a folder or a whole zip file: {error}.") from None
        self.prefix = find_prefix(names)
        super().__init__(str(path), [name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix)])
        self._open_manifest()

    def read(self, name: str) -> bytes:
        """Read a member; one whose sum is wrong cannot be read."""
        try:
            return self.archive.read(self.prefix + name)
        except FAULTS as error:
            raise UnreadableError(f"{type(error).__name__}: {error}") from None


def open_outputs(path: Path) -> Outputs:
    """Open an output folder or a zip of one.

    Raises
    ------
    UsageError
        If it is neither, or holds no output at all.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path} must be a folder or a zip file; there is nothing of that name.")
    found = Folder(path) if path.is_dir() else Archive(path)
    if not found.names and not found.fault:
        raise UsageError(f"{path} must hold outputs ({', '.join(FOLDERS)} or {MANIFEST}); it holds none.")
    return found


def hash_bytes(content: bytes) -> str:
    """Give the SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def read_json(text: str) -> dict:
    """Read JSON in which no key stands twice: which of the two counts would depend on who reads it.

    Raises
    ------
    ValueError
        If the text is not JSON, or a key stands twice.
    """

    def join(pairs: list[tuple[str, object]]) -> dict:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice")
        return found

    return json.loads(text, object_pairs_hook=join)


def is_output(name: str) -> bool:
    """Tell whether a name is one of a made file; hidden files are none."""
    parts = PurePosixPath(name).parts
    is_hidden = any(part.startswith(".") for part in parts)
    return not is_hidden and name not in SOURCES and any(name.startswith(f"{folder}/") for folder in FOLDERS)


def find_prefix(names: list[str]) -> str:
    """Give the folder inside a zip that holds the outputs; empty if they stand at its top."""
    manifests = sorted((name for name in names if PurePosixPath(name).name == MANIFEST.name), key=len)
    if manifests:
        return manifests[0].removesuffix(MANIFEST.name)
    pattern = re.compile(rf"^(|.*?/)(?:{'|'.join(FOLDERS)})/")
    found = sorted((match[1] for match in map(pattern.match, names) if match), key=len)
    return found[0] if found else ""
