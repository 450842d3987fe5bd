"""The state that a build works with: the files of project and data as they are, or copies of all of them.

A build that finds nothing to run looks at the files themselves. One that must run something copies them first, so that
all its runs see one state, whatever is saved meanwhile; never as hard links, for an editor that saves in place would
change those too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from caseseries.build.borders import describe_look
from caseseries.build.digests import Digests
from caseseries.build.fingerprint import ABSENT, Hashes, Places, hash_content, hash_text
from caseseries.build.readable import Readable, is_within
from caseseries.errors import CaseSeriesError

FICLONE = 0x40049409
"""Asks Linux for a copy that shares its content with the original until one of them is written to."""
MOST_FILES = 50_000
ROUNDS = 5
"""How often files are copied again that were saved while they were copied."""
TIME_S = 315_532_800
"""The time of every copied file: when a file was saved is no input of a result."""


class SnapshotError(CaseSeriesError):
    """Project or data cannot be copied, or do not come to rest."""


@dataclass
class Sources:
    """The folders that a build reads, as they are now.

    Parameters
    ----------
    project, data, folder
        The project, the raw tables, and the notebooks.
    out
        The output folder; what is published there is no input.
    made
        Names of the files that are published there.
    digests
        Gives the hash of a file.
    """

    project: Path
    data: Path
    folder: Path
    out: Path
    made: Iterable[str] = ()
    digests: Digests = field(default_factory=Digests)

    def __post_init__(self):
        named = frozenset(self.made)
        self.readable = [
            Readable(root, named if root == self.out else frozenset(), is_project=root == self.project)
            for root in dict.fromkeys((self.data, self.folder, self.project))
        ]

    def locate(self, path: Path) -> Path:
        """Give the place of a file of the project in this state."""
        return path

    def tell(self, text: str) -> str:
        """Give a text with the places of files as the reader knows them."""
        return text

    def hash_file(self, path: Path) -> str:
        """Give the hash of a file, ``absent`` where there is none that may be read."""
        return self.digests.of(path) if self._is_open(path) else ABSENT

    def hash_listing(self, path: Path) -> str:
        """Give one hash for the names in a folder that may be read."""
        names = self._find_readable(path).list_names(path)
        return ABSENT if names is None else hash_text("\n".join(name for name in names if not name.startswith(".")))

    def hash_tree(self, folder: Path) -> str:
        """Give one hash for the names and contents of all files in a folder that may be read."""
        files, _ = self._find_readable(folder).find()
        return hash_text("\n".join(f"{name} {self.hash_file(folder / name)}" for name in sorted(files)))

    def look(self, path: Path) -> str:
        """Say what a look at a file tells that may be read."""
        return describe_look(path) if self._find_readable(path).shows(path) else ABSENT

    def places(self, made: Path) -> Places:
        """Give the folders of a run that works in a folder ``made``."""
        return Places(self.project, self.data, made, None if is_within(self.folder, self.project) else self.folder)

    def hashes(self, made: Path, given: dict[str, str]) -> Hashes:
        """Give the hashes of what a run may read."""
        return Hashes(self.places(made), given, self)

    def _is_open(self, path: Path) -> bool:
        return self._find_readable(path).is_open(path)

    def _find_readable(self, path: Path) -> Readable:
        return next((one for one in self.readable if is_within(path, one.root)), self.readable[-1])


class Snapshot(Sources):
    """Copies of what may be read of some sources, in a folder of their own.

    Raises
    ------
    SnapshotError
        If there are too many files, the data cannot be read, or files are saved faster than they are copied.
    """

    def __init__(self, origin: Sources, folder: Path, *, is_private: bool):
        self.origin, self.is_private = origin, is_private
        self.copied: dict[Path, tuple[dict, Path]] = {}
        folder.mkdir(mode=0o700, parents=True)
        root = Path(os.path.realpath(folder))
        project = self._copy(origin.project, root / "project")
        data = self._place(origin.data, root / "data")
        super().__init__(project, data, self._place(origin.folder, root / "notebooks"), origin.out)

    def _place(self, source: Path, target: Path) -> Path:
        """Give the copy of a folder: in that of the project, or one of its own."""
        inside = self.locate(source)
        return inside if inside != source and inside.is_dir() else self._copy(source, target)

    def _copy(self, source: Path, target: Path) -> Path:
        readable, done = next(one for one in self.origin.readable if one.root == source), {}
        target.mkdir()
        for _ in range(ROUNDS):
            files, folders = readable.find()
            check_number(source, files)
            if files == done:
                self.copied[source] = (done, target)
                self._settle(target)
                return target
            for name in folders:
                (target / name).mkdir(parents=True, exist_ok=True)
            for name in done.keys() - files.keys():
                (target / name).unlink(missing_ok=True)
            done = {name: signature for name, signature in done.items() if files.get(name) == signature}
            for name in files.keys() - done.keys():
                copy_file(source / name, target / name, is_needed=is_within(source / name, self.origin.data))
            done = files
        raise SnapshotError(f"Files in {source} are saved faster than a build can copy them. Start it again later.")

    def _settle(self, target: Path) -> None:
        """Give all copies the same time, and modes that say nothing of those of the originals."""
        data = self.locate(self.origin.data)
        for here, _, files in os.walk(target, topdown=False):
            is_private = self.is_private and (target.name == "data" or is_within(Path(here), data))
            for name in files:
                os.chmod(os.path.join(here, name), 0o600 if is_private else 0o644)  # noqa: PTH101, PTH118 (quick)
                os.utime(os.path.join(here, name), (TIME_S, TIME_S))  # noqa: PTH118 (quick)
            os.chmod(here, 0o700 if is_private else 0o755)  # noqa: PTH101 (quick)
            os.utime(here, (TIME_S, TIME_S))

    def locate(self, path: Path) -> Path:
        """Give the copy of a file or folder; what was not copied is where it was."""
        for source in sorted(self.copied, key=lambda source: len(source.parts), reverse=True):
            if is_within(path, source):
                return self.copied[source][1] / path.relative_to(source)
        return path

    def tell(self, text: str) -> str:
        """Give a text with the places of files as the reader knows them."""
        for source, (_, target) in self.copied.items():
            text = text.replace(str(target), str(source))
        return text

    def hash_file(self, path: Path) -> str:
        """Give the hash of a copy."""
        return self.digests.of(path)

    def list_changes(self) -> list[str]:
        """Name the originals that are no longer what was copied."""
        found = []
        for source, (done, target) in self.copied.items():
            files, _ = next(one for one in self.origin.readable if one.root == source).find()
            touched = [name for name in sorted(files.keys() | done.keys()) if files.get(name) != done.get(name)]
            found += [source / name for name in touched if hash_content(source / name) != hash_content(target / name)]
        return [
            (path.relative_to(self.origin.project) if is_within(path, self.origin.project) else path).as_posix()
            for path in found
        ]


def check_number(folder: Path, files: Iterable[str]) -> None:
    """Refuse a folder with so many files that somebody has put something else there."""
    names = list(files)
    if len(names) > MOST_FILES:
        tops = [name.partition("/")[0] for name in names]
        most = max(set(tops), key=tops.count)
        raise SnapshotError(
            f"{folder} holds {len(names):,} files that a notebook might read, most of them in {most}; "
            f"a build copies at most {MOST_FILES:,}.\n"
            "  fix: move away what no notebook reads, or give its folder a name that begins with a dot"
        )


def copy_file(source: Path, target: Path, *, is_needed: bool) -> None:
    """Copy what a file holds; one that went away meanwhile, or that nobody needs and nobody may read, is left out."""
    try:
        with source.open("rb") as content, target.open("wb") as copy:
            if not clone(content.fileno(), copy.fileno()):
                while piece := content.read(1 << 20):
                    copy.write(piece)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
    except PermissionError as error:
        target.unlink(missing_ok=True)
        if is_needed:
            raise SnapshotError(f"{source} cannot be read: {error.strerror}.") from None


def _find_clone() -> Callable[[int, int], bool]:
    try:
        from fcntl import ioctl
    except ImportError:
        return lambda source, target: False
    refused: set[tuple[int, int]] = set()

    def share(source: int, target: int) -> bool:
        devices = os.fstat(source).st_dev, os.fstat(target).st_dev
        if devices in refused:
            return False
        try:
            ioctl(target, FICLONE, source)
        except OSError:
            refused.add(devices)
            return False
        return True

    return share


clone = _find_clone()
"""Lets a new file share the content of another one, where the file system can; tells whether it did."""
