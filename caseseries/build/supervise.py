"""The process beside a kernel that the operating system asks about each call which could make a result depend on more.

It is the kernel's parent, so that it may read the kernel's memory without privileges, and so that both end together.
What is asked by threads and child processes of the kernel, in whatever language, is asked here. A path is read from
the memory of a process that waits; another thread of it could change the path before the system reads it again. This
is no wall against malice: writes are held back by Landlock beside it, which has no such gap.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

from caseseries.build.borders import (
    BYTE_CODE,
    INPUT,
    LIBRARY,
    OUTSIDE,
    OWN,
    PASSING,
    RANDOM,
    SHARED_MEMORY,
    SYSTEM_FILE,
    Borders,
    describe_look,
    say_foreign_read,
    say_foreign_write,
    say_network,
)
from caseseries.build.fingerprint import ABSENT, hash_content
from caseseries.build.page import Page
from caseseries.build.paths_of_others import Paths
from caseseries.build.seccomp import (
    CHANGES,
    INET,
    INET6,
    OPENS,
    PATHS,
    PROGRAMS,
    TIMES,
    UNIX,
    WAIT,
    Call,
    Listener,
    read_memory,
)
from caseseries.build.steady import Steady

NO_FOLLOW, ONLY_PATH, CREAT_FLAGS = 0x100, 0o10000000, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
FOLLOWED_CHANGES = ("truncate", "chmod", "chown", "utime", "utimes", "utimensat", "fchmodat", "futimesat")
MAKES_FOLDERS = ("mkdir", "mkdirat")


class Supervisor:
    """Answers the calls of one kernel, and logs what they say of its inputs."""

    def __init__(self, borders: Borders, listener: Listener, page: Page):
        self.borders, self.listener, self.page = borders, listener, page
        self.log = os.open(borders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self.said: set[tuple[str, str]] = set()
        self.own: set[str] = set()
        self.looked: set[bytes] = set()
        self.opened: set[bytes] = set()
        self.paths = Paths(borders, listener)
        self.steady = Steady(listener, borders.seed)
        answers: dict[str, Callable[[Call], None]] = {
            "connect": self.answer_connect,
            "getrandom": self.steady.answer_random,
        }
        answers |= dict.fromkeys(PATHS, self.answer_look) | dict.fromkeys(OPENS, self.answer_open)
        answers |= dict.fromkeys(TIMES, self.steady.answer_time) | {WAIT: self.steady.answer_wait}
        self.answers = answers | dict.fromkeys(CHANGES, self.answer_change) | dict.fromkeys(PROGRAMS, self.answer_exec)

    def answer(self) -> None:
        """Take one call and answer it."""
        call = self.listener.receive()
        if call is None:
            return
        if self.page.is_away(call.task):
            self.listener.go_on(call)
            return
        try:
            self.steady.stop_clock(call.task)
            self.answers[call.name](call)
        except (FileNotFoundError, ProcessLookupError):
            # Whoever made the call is gone, or named a folder that is not open: the system says so itself.
            self.listener.go_on(call)
        except OSError as error:
            if error.errno == errno.EFAULT:
                self.listener.go_on(call)
            else:
                self.refuse(call, f"A process of the notebook cannot be watched ({call.name}: {error.strerror}).")

    def say(self, kind: str, what: str, sha256: str = "") -> None:
        """Add one line to the log, once for each fact."""
        if (kind, what) not in self.said:
            self.said.add((kind, what))
            fact = {"kind": kind, "what": what, "sha256": sha256, "cell": self.page.cell}
            os.write(self.log, (json.dumps(fact) + "\n").encode())

    def refuse(self, call: Call, message: str) -> None:
        """Log a fault and let the call fail."""
        self.say("fault", message)
        self.listener.fail(call, errno.EACCES)

    def settle(self, known: set[bytes], path: bytes, place: str) -> None:
        """Remember a path about which all is said, if it stays where it is: the run can change nothing on its way."""
        kinds = {self.borders.kind(place), self.borders.kind(os.fsdecode(path))}
        if kinds <= {INPUT, LIBRARY, SYSTEM_FILE} and not path.startswith(b"/proc"):
            known.add(path)

    def is_own(self, place: str) -> bool:
        """Tell whether the run made a file itself, or a folder around it."""
        while len(place) > 1:
            if place in self.own:
                return True
            place = os.path.dirname(place)  # noqa: PTH120 (quick)
        return False

    def answer_look(self, call: Call) -> None:
        """Answer who asks whether a file is there, or of what kind and size."""
        _, folder, argument = PATHS[call.name]
        path = self.paths.read(call, folder, argument)
        if path in self.looked:
            self.listener.go_on(call)
            return
        is_followed = call.name in ("stat", "access", "chdir") or (
            call.name == "newfstatat" and not call.arguments[3] & NO_FOLLOW
        )
        self.take_look(call, path, self.paths.resolve(call.task, path, is_followed=is_followed))

    def take_look(self, call: Call, path: bytes, place: str) -> None:
        """Log a look; what lies outside of the borders is not there."""
        kind = self.borders.kind(place)
        if kind in (INPUT, OWN):
            if ("look", place) not in self.said and ("absent", place) not in self.said and not self.is_own(place):
                look = describe_look(place)
                self.say("absent" if look == ABSENT else "look", place, look)
        elif (kind == OUTSIDE and not self.borders.is_above(place) and not _is_passing(place)) or (
            kind == PASSING and place != SHARED_MEMORY and not self.is_own(place)
        ):
            self.listener.fail(call, errno.ENOENT)
            return
        self.settle(self.looked, path, place)
        self.listener.go_on(call)

    def answer_open(self, call: Call) -> None:
        """Answer who opens a file, or a folder in order to list it."""
        _, folder, argument, flags_at = OPENS[call.name]
        path = self.paths.read(call, folder, argument)
        flags = CREAT_FLAGS if flags_at is None else call.arguments[flags_at]
        if call.name == "openat2":
            flags = int.from_bytes(read_memory(call.task, flags, 8), "little")
        is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) and not flags & ONLY_PATH
        is_import = self.page.take_import(call.task)
        if not is_written and path in self.opened:
            self.listener.go_on(call)
            return
        place = self.paths.resolve(call.task, path)
        if place in RANDOM:
            self.steady.give_random_file(call)
        elif flags & ONLY_PATH:
            self.take_look(call, path, place)
        elif is_written:
            self.take_write(call, place, flags)
        else:
            self.take_read(call, path, place, is_import=is_import, is_folder=bool(flags & os.O_DIRECTORY))

    def take_write(self, call: Call, place: str, flags: int) -> None:
        """Log the opening of a file for writing; what was in it before is read, too, unless it is emptied."""
        kind, is_emptied = self.borders.kind(place), flags & (os.O_TRUNC | os.O_EXCL)
        if kind in (OWN, PASSING):
            if not is_emptied and not self.is_own(place) and os.path.exists(place):  # noqa: PTH110 (quick)
                if kind == PASSING:
                    self.refuse(call, say_foreign_read(place))
                    return
                self.say_contents(place)
            self.own.add(place)
            self.say("write", place)
            self.listener.go_on(call)
        elif place.startswith("/dev/") or _is_passing(place):
            self.listener.go_on(call)
        elif kind == INPUT and flags & os.O_RDWR and not is_emptied and os.path.exists(place):  # noqa: PTH110 (quick)
            # SQLite and others open a file for both, and are content with reading where they must.
            self.listener.fail(call, errno.EACCES)
        else:
            self.refuse_write(call, place, kind)

    def refuse_write(self, call: Call, place: str, kind: str) -> None:
        """Let a write fail; libraries that try to keep something beside themselves are used to it."""
        if kind in (LIBRARY, SYSTEM_FILE) or BYTE_CODE in place:
            self.listener.fail(call, errno.EACCES)
        else:
            self.refuse(call, say_foreign_write(place))

    def take_read(self, call: Call, path: bytes, place: str, *, is_import: bool, is_folder: bool) -> None:
        """Log the opening of a file for reading, or of a folder."""
        kind = self.borders.kind(place)
        if kind in (INPUT, OWN):
            if not self.is_own(place):
                self.say_contents(place, is_import=is_import)
        elif kind not in (LIBRARY, SYSTEM_FILE) and not _is_passing(place) and not self.is_own(place):
            is_hidden = kind == PASSING or ".so" in os.path.basename(place)  # noqa: PTH119 (quick)
            if is_folder or (is_hidden and not os.path.lexists(place)):
                # Linkers look for libraries in the folders of those who built them, and Python for modules in any.
                self.listener.fail(call, errno.ENOENT)
            else:
                self.refuse(call, say_foreign_read(place))
            return
        if not is_import:
            self.settle(self.opened, path, place)
        self.listener.go_on(call)

    def say_contents(self, place: str, *, is_import: bool = False) -> None:
        """Log the contents of a file, the names in a folder, or that there is neither."""
        if ("read", place) in self.said or ("list", place) in self.said:
            return
        digest = hash_content(Path(place))
        if digest != ABSENT:
            self.say("read", place, digest)
        elif os.path.isdir(place):  # noqa: PTH112 (quick)
            # What the search for a module finds is noted as a module.
            if not is_import:
                self.say("list", place)
        else:
            self.say("absent", place, ABSENT)

    def answer_change(self, call: Call) -> None:
        """Answer who makes, moves or takes away files, or changes their marks."""
        places = []
        for folder, argument in CHANGES[call.name][1:]:
            if not call.arguments[argument]:
                continue
            path = self.paths.read(call, folder, argument)
            places.append(self.paths.resolve(call.task, path, is_followed=call.name in FOLLOWED_CHANGES))
        for place in places:
            kind = self.borders.kind(place)
            if call.name in MAKES_FOLDERS and os.path.isdir(place):  # noqa: PTH112 (quick)
                # The system says that it is there.
                continue
            if kind not in (OWN, PASSING):
                self.refuse_write(call, place, kind)
                return
        if call.name not in FOLLOWED_CHANGES:
            self.own.update(place for place in places if self.borders.kind(place) in (OWN, PASSING))
        self.listener.go_on(call)

    def answer_exec(self, call: Call) -> None:
        """Answer who starts a program: those of the environment are there, and no others."""
        _, folder, argument = PROGRAMS[call.name]
        path = self.paths.read(call, folder, argument)
        if self.borders.is_program(self.paths.resolve(call.task, path)):
            self.steady.note_program(call.task)
            self.listener.go_on(call)
        else:
            self.listener.fail(call, errno.ENOENT)

    def answer_connect(self, call: Call) -> None:
        """Answer who connects: to itself, and to nobody else."""
        address = read_memory(call.task, call.arguments[1], min(call.arguments[2], 110))
        family = int.from_bytes(address[:2], "little")
        if family in (INET, INET6):
            self.refuse(call, say_network("connect"))
        elif family == UNIX and address[2:3] not in (b"", b"\0"):
            path = self.paths.complete(call.task, address[2:].partition(b"\0")[0])
            if self.borders.kind(self.paths.resolve(call.task, path)) in (OWN, PASSING):
                self.listener.go_on(call)
            else:
                self.listener.fail(call, errno.ECONNREFUSED)
        else:
            self.listener.go_on(call)


def _is_passing(place: str) -> bool:
    """Tell whether a file has no name: those in memory, and those that were removed while they are open."""
    return place.startswith("/memfd:") or place.endswith(" (deleted)")
