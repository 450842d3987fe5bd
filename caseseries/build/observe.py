"""What a kernel really reads, writes and asks: an audit hook in the kernel, with one line of a log per fact.

The hook is the kernel's witness. It refuses what would make a result depend on something that the build cannot see:
files outside the project and the data, writes outside the scratch folder, the network, other programs, the clock, and
random numbers without a seed.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from caseseries.build.fingerprint import hash_content


@dataclass(frozen=True)
class Borders:
    """What a kernel may see and touch: absolute folders without links.

    ``read`` are folders whose files count as inputs of the run, that of the project first, ``write`` those it may write
    to; ``kept`` is where the byte code of modules is kept from run to run.
    """

    read: tuple[str, ...]
    write: tuple[str, ...]
    log: str
    kept: str = ""

    @classmethod
    def from_json(cls, text: str) -> Borders:
        """Read borders from the text that ``to_json`` gives."""
        content = json.loads(text)
        return cls(tuple(content["read"]), tuple(content["write"]), content["log"], content["kept"])

    def to_json(self) -> str:
        """Write borders as one line."""
        return json.dumps(asdict(self))


class BorderError(PermissionError):
    """A notebook did what would make its result depend on something that the build cannot see."""


NETWORK = frozenset(("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"))
PROGRAMS = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"))
CHANGES = frozenset(("os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.truncate", "os.link", "os.symlink"))
LISTINGS = frozenset(("os.listdir", "os.scandir"))
WATCHED = frozenset(("open", *LISTINGS, *NETWORK, *PROGRAMS, *CHANGES))
SYSTEM = ("/proc", "/dev", "/sys", "/etc", "/usr", "/lib", "/lib64", "/System", "/Library")


@cache
def library_folders() -> tuple[str, ...]:
    """Name the folders of Python and of the locked environment, which the lock stands for."""
    paths = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    return tuple(sorted({os.path.realpath(path) for path in paths}))


@cache
def all_libraries() -> tuple[str, ...]:
    """Name the folders of the libraries and those of the system, which count as libraries."""
    return (*library_folders(), *SYSTEM)


def is_of_library(file: str) -> bool:
    """Tell whether a file stands in a folder of the libraries: thousands do, whose folders are resolved once."""
    folder, _ = os.path.split(file)
    return _is_within(_resolve_folder(folder), all_libraries()) and not os.path.islink(file)  # noqa: PTH114 (quick)


settled: set[str] = set()
"""Names of modules of libraries that every kernel has from its parent, so that it need not look at each of them."""
held: dict[str, str] = {}
"""Files of the other modules that every kernel has from its parent, with their hashes when they were loaded."""


def settle_modules() -> None:
    """Tell the modules of libraries from others, once for all kernels that are forked from this process."""
    for name, module in sys.modules.items():
        file = getattr(module, "__file__", None)
        if not file or is_of_library(file):
            settled.add(name)
        else:
            place = _resolve(file)
            held[place] = hash_content(Path(place))


class Witness:
    """Logs what a kernel reads and writes, and refuses what lies outside of its borders."""

    def __init__(self, borders: Borders):
        self.borders = borders
        self.said: set[tuple[str, str]] = set()
        self.is_busy = False
        self.modules = set(settled)
        self.cell = 0
        self.log = os.open(borders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def next_cell(self) -> None:
        """Take note that a further cell begins."""
        self.cell += 1
        self.say("cell", str(self.cell))

    def say(self, kind: str, what: str, sha256: str = "") -> None:
        """Add one line to the log, once for each fact: its kind, what it is, its hash, the number of the code cell."""
        if (kind, what) not in self.said:
            self.said.add((kind, what))
            fact = {"kind": kind, "what": what, "sha256": sha256, "cell": self.cell}
            os.write(self.log, (json.dumps(fact) + "\n").encode())

    def say_file(self, kind: str, place: str) -> None:
        """Log a file with the hash of what it holds now; of a module, when the parent of all kernels loaded it."""
        if (kind, place) in self.said:
            return
        with self.looking_away():
            known = held.get(place) if kind == "module" else None
            self.say(kind, place, known or hash_content(Path(place)))

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Take no notice of what the witness itself does."""
        before, self.is_busy = self.is_busy, True
        try:
            yield
        finally:
            self.is_busy = before

    def is_input(self, path: str) -> bool:
        """Tell whether a file counts as an input: one of the project or the data, and not of the libraries."""
        place = _resolve(path)
        return _is_within(place, self.borders.read) and not _is_within(place, (*all_libraries(), *self.borders.write))

    def refuse(self, message: str) -> None:
        """Log a fault and stop the statement that made it."""
        self.say("fault", message)
        raise BorderError(message)

    def take_modules(self) -> None:
        """Take note of the source files of the project and the data that were loaded since the last look."""
        for name in sys.modules.keys() - self.modules:
            self.modules.add(name)
            file = getattr(sys.modules.get(name), "__file__", None)
            if file and not is_of_library(file) and self.is_input(file):
                self.say_file("module", _resolve(file))

    def __call__(self, event: str, arguments: tuple) -> None:
        """Take one audit event."""
        if self.is_busy:
            return
        if event == "open":
            self.take_open(*arguments)
        elif event in LISTINGS:
            self.take_listing(arguments[0])
        elif event in NETWORK:
            if event == "socket.connect" and isinstance(arguments[1], (str, bytes)):
                return
            self.refuse(f"A notebook must not use the network ({event}).")
        elif event in PROGRAMS:
            self.refuse(f"A notebook must not start other programs ({event}: {arguments[0]!r}).")
        elif event in CHANGES:
            self.check_write(arguments[0])
            if event in ("os.rename", "os.link", "os.symlink"):
                self.check_write(arguments[1])

    def take_open(self, path, mode, flags) -> None:
        """Take the opening of a file for reading or for writing."""
        if isinstance(path, int) or path is None:
            return
        is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        # Where a relative path leads depends on the working folder, which a notebook may change.
        if not is_written and isinstance(path, str) and os.path.isabs(path) and is_of_library(path):  # noqa: PTH117 (quick)
            return
        place = _resolve(path)
        if is_written:
            self.check_write(path)
            self.say("write", place)
        elif _is_within(place, self.borders.write):
            self.say_file("read", place)
        elif _is_within(place, all_libraries()) or "__pycache__" in place:
            return
        elif _is_within(place, self.borders.read):
            self.say_file("read", place)
        else:
            self.refuse(
                f"A notebook must read files of the project and of the data set only, not {place}. "
                "Put the file into the data folder, or name its folder in the parameter data."
            )

    def take_listing(self, path) -> None:
        """Take the listing of a folder: which files there are is an input too."""
        if isinstance(path, int) or _is_import():
            return
        place = _resolve(path if path is not None else ".")
        if _is_within(place, self.borders.read) and not _is_within(place, (*all_libraries(), *self.borders.write)):
            self.say("list", place)

    def check_write(self, path) -> None:
        """Refuse a write outside of the scratch folder."""
        if isinstance(path, int) or path is None:
            return
        place = _resolve(path)
        if not _is_within(place, self.borders.write) and not place.startswith("/dev/") and "__pycache__" not in place:
            self.refuse(f"A notebook must write to the folder in its parameter out only, not to {place}.")


def _is_import() -> bool:
    """Tell whether it is the search for a module that acts; what it finds is noted as a module."""
    frame = sys._getframe(3)
    for _ in range(8):
        if frame is None:
            return False
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib") or f"{os.sep}importlib{os.sep}" in file:
            return True
        frame = frame.f_back
    return False


def _resolve(path) -> str:
    return os.path.realpath(os.fsdecode(path))


@cache
def _resolve_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _is_within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def watch(borders: Borders) -> Witness:
    """Begin to watch this process; it cannot be ended, as a hook of Python's audit cannot be taken back."""
    witness = Witness(borders)

    def hook(event: str, arguments: tuple) -> None:
        # Python tells of each call of id(), too: few events matter, and the others must cost little.
        if event in WATCHED:
            witness(event, arguments)

    sys.addaudithook(hook)
    return witness


def read_log(path: Path) -> list[dict]:
    """Read what a witness wrote; a last line that was cut off by the end of the kernel is left out."""
    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    facts = []
    for line in lines:
        try:
            facts.append(json.loads(line))
        except ValueError:
            continue
    return facts
