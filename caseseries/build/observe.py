"""What a kernel really reads, writes and asks: an audit hook in the kernel, with one line of a log per fact.

The hook is the kernel's witness. It refuses what would make a result depend on something that the build cannot see:
files outside the project and the data, writes outside the scratch folder, the network, other programs, the clock, and
random numbers without a seed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from caseseries.build.borders import (
    BYTE_CODE,
    INPUT,
    LIBRARY,
    OUTSIDE,
    OWN,
    PASSING,
    RANDOM,
    SYSTEM_FILE,
    Borders,
    say_foreign_read,
    say_foreign_write,
    say_network,
    say_program,
)
from caseseries.build.fingerprint import ABSENT, hash_content
from caseseries.build.page import Page
from caseseries.paths import ROOT


class BorderError(PermissionError):
    """A notebook did what would make its result depend on something that the build cannot see."""


NETWORK = frozenset(("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"))
PROGRAMS = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"))
CHANGES = frozenset(("os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.truncate", "os.link", "os.symlink"))
LISTINGS = frozenset(("os.listdir", "os.scandir"))
WATCHED = frozenset(("open", *LISTINGS, *NETWORK, *PROGRAMS, *CHANGES))
EVERYTHING = "everything"
"""Kind of the fact that a run may have read below Python, where nobody saw it."""
GO_BETWEENS = ("subprocess", "os", "asyncio", "multiprocessing", "concurrent", "pathlib", "io", "codecs", "IPython")
"""Modules that start programs and open files for others, not for themselves."""


@cache
def parents_borders() -> Borders:
    """Tell files of libraries from those of the project, for the parent of all kernels."""
    return Borders(read=(str(ROOT),), write=(), log="")


def is_of_library(file: str, borders: Borders | None = None) -> bool:
    """Tell whether a file stands in a folder of the libraries."""
    return (borders or parents_borders()).kind(resolve_module(file)) in (LIBRARY, SYSTEM_FILE)


@cache
def resolve_module(file: str) -> str:
    """Resolve the name of a module's file: thousands have them, whose folders are resolved once."""
    folder, name = os.path.split(file)
    place = os.path.join(resolve_folder(folder), name)  # noqa: PTH118 (quick)
    return _resolve(place) if os.path.islink(place) else place  # noqa: PTH114 (quick)


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
    """Logs what a kernel reads and writes, and refuses what lies outside of its borders.

    Where the operating system watches, that sees files, and this adds what it cannot know: cells, modules, and who
    asked for a program or the network. ``is_own`` tells names of the notebook's and the package's code from others'.
    """

    def __init__(self, borders: Borders, page: Page | None = None):
        self.borders = borders
        self.said: set[tuple[str, str]] = set()
        self.is_busy = False
        self.modules = set(settled)
        self.page = page or Page()
        self.is_own: Callable[[dict], bool] = lambda names: True
        self.log = os.open(borders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o644)
        if not borders.is_backed:
            self.say(EVERYTHING, EVERYTHING)

    @property
    def cell(self) -> int:
        """Number of the code cell that runs."""
        return self.page.cell

    def next_cell(self) -> None:
        """Take note that a further cell begins."""
        self.page.cell += 1
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
            digest = known or hash_content(Path(place))
            self.say("absent" if digest == ABSENT else kind, place, digest)

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Take no notice of what the witness itself does."""
        before, self.is_busy = self.is_busy, True
        try:
            with self.page.looking_away():
                yield
        finally:
            self.is_busy = before

    def is_input(self, path: str) -> bool:
        """Tell whether a module's file counts as an input: one of the project or the data, and not of the libraries."""
        return self.borders.kind(resolve_module(path)) == INPUT

    def refuse(self, message: str) -> None:
        """Log a fault and stop the statement that made it."""
        self.say("fault", message)
        raise BorderError(message)

    def take_modules(self) -> None:
        """Take note of the source files of the project and the data that were loaded since the last look."""
        with self.looking_away():
            for name in sys.modules.keys() - self.modules:
                self.modules.add(name)
                file = getattr(sys.modules.get(name), "__file__", None)
                if file and self.is_input(file):
                    self.say_file("module", resolve_module(file))

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
            self.refuse(say_network(event))
        elif event in PROGRAMS:
            self.take_program(event, arguments[0] if arguments else "")
        elif event in CHANGES and not self.borders.is_backed:
            self.check_write(arguments[0])
            if event in ("os.rename", "os.link", "os.symlink"):
                self.check_write(arguments[1])

    def take_open(self, path, mode, flags) -> None:
        """Take the opening of a file for reading or for writing."""
        if isinstance(path, int) or path is None:
            return
        if self.borders.is_backed:
            if path in RANDOM and self.is_own(_find_asker()):
                self.refuse(f"A notebook must seed its random numbers: it must not draw them from {path}.")
            return
        is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        # Where a relative path leads depends on the working folder, which a notebook may change.
        if not is_written and isinstance(path, str) and os.path.isabs(path) and is_of_library(path, self.borders):  # noqa: PTH117 (quick)
            return
        place = _resolve(path)
        kind = self.borders.kind(place)
        if is_written:
            self.check_write(path)
            self.say("write", place)
        elif kind in (OWN, INPUT):
            self.say_file("read", place)
        elif kind == OUTSIDE:
            self.refuse(say_foreign_read(place))

    def take_listing(self, path) -> None:
        """Take the listing of a folder: which files there are is an input too."""
        if isinstance(path, int):
            return
        is_import = _is_import()
        if self.borders.is_backed:
            self.page.note_listing(is_import=is_import)
            place = os.path.abspath(os.fsdecode(path if path is not None else "."))  # noqa: PTH100 (quick)
            if not is_import and self.borders.kind(place) == OUTSIDE and self.is_own(_find_asker()):
                self.refuse(say_foreign_read(place))
        elif not is_import and self.borders.kind(place := _resolve(path if path is not None else ".")) == INPUT:
            self.say("list", place)

    def take_program(self, event: str, program) -> None:
        """Take the start of a program: own code may start those of the environment, if the system watches them, too."""
        if event in ("os.fork", "os.forkpty"):
            if not self.borders.is_backed:
                self.refuse(say_program(event))
            return
        name = os.fsdecode(program) if isinstance(program, (str, bytes, os.PathLike)) else ""
        if self.borders.is_backed and event != "os.system" and self.is_found(name):
            return
        if self.is_own(_find_asker()):
            self.refuse(say_program(f"{event}: {program!r}"))
        if not self.borders.is_backed:
            raise FileNotFoundError(2, "No such file or directory", name)

    def is_found(self, name: str) -> bool:
        """Tell whether a program is one of the environment, as the search along the path finds it."""
        with self.looking_away():
            folders = [""] if os.sep in name else os.environ.get("PATH", "").split(os.pathsep)
            places = [_resolve(os.path.join(folder, name)) for folder in folders]  # noqa: PTH118 (quick)
            return any(self.borders.is_program(place) and os.path.exists(place) for place in places)  # noqa: PTH110 (quick)

    def check_write(self, path) -> None:
        """Refuse a write outside of the scratch folder."""
        if isinstance(path, int) or path is None:
            return
        place = _resolve(path)
        is_allowed = self.borders.kind(place) in (OWN, PASSING) or place.startswith("/dev/") or BYTE_CODE in place
        if not is_allowed:
            self.refuse(say_foreign_write(place))


def _find_asker() -> dict:
    """Give the names of the code that asked for a program or a file, beyond the modules that do so for others."""
    frame = sys._getframe(4)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in GO_BETWEENS:
        frame = frame.f_back
    return frame.f_globals


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
def resolve_folder(folder: str) -> str:
    """Resolve a folder once for all files in it."""
    return os.path.realpath(folder)


def watch(borders: Borders, page: Page | None = None) -> Witness:
    """Begin to watch this process; it cannot be ended, as a hook of Python's audit cannot be taken back."""
    witness = Witness(borders, page)

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
