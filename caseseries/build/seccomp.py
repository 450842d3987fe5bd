"""Linux, x86-64: a filter of system calls, and the notifications in which the system asks another process about them.

The filter is inherited by every thread and child process, needs no privileges, and cannot be taken off again.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import struct
import sys
from dataclasses import dataclass

from caseseries.build.vdso import TIMES_OF_DAY

SECCOMP, ADD_FILTER, ON_ALL_THREADS, GIVE_LISTENER, TELL_BY_ERROR = 317, 1, 1 << 0, 1 << 3, 1 << 4
NO_NEW_PRIVILEGES, DEATH_SIGNAL, SUBREAPER = 38, 1, 36
X86_64, X32 = 0xC000003E, 0x40000000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN, AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
ALLOW, NOTIFY, FAIL = 0x7FFF0000, 0x7FC00000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT = 0, 4
RECEIVE, ANSWER, IS_WAITING, ADD_FILE, SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103, 0x40082104
GO_ON, SEND_FILE, SAME_PROCESSOR = 1, 1 << 1, 1
EMPTY_PATH, NO_FOLDER, FAST_OPEN = 0x1000, 0x80000000, 0x20000000
NAMESPACES = 0x7E020000
UNIX, INET, INET6, STREAM, KIND_OF_SOCKET = 1, 2, 10, 1, 0xF
CLONE, CLONE3, SOCKET, SENDTO, SENDMSG, SENDMMSG = 56, 435, 41, 44, 46, 307
UNTIL_TIME_OF_DAY = 0x100

PATHS = {
    "stat": (4, None, 0), "lstat": (6, None, 0), "newfstatat": (262, 0, 1), "statx": (332, 0, 1),
    "access": (21, None, 0), "faccessat": (269, 0, 1), "faccessat2": (439, 0, 1), "readlink": (89, None, 0),
    "readlinkat": (267, 0, 1), "chdir": (80, None, 0), "statfs": (137, None, 0), "getxattr": (191, None, 0),
    "lgetxattr": (192, None, 0), "listxattr": (194, None, 0), "llistxattr": (195, None, 0),
}  # fmt: skip
"""Calls that look at a path: number, argument that holds the folder (none: the working folder), and the path's."""
OPENS = {"open": (2, None, 0, 1), "openat": (257, 0, 1, 2), "creat": (85, None, 0, None), "openat2": (437, 0, 1, 2)}
"""Calls that open a file: number, arguments of folder, path, and flags."""
CHANGES = {
    "truncate": (76, (None, 0)), "mkdir": (83, (None, 0)), "rmdir": (84, (None, 0)), "unlink": (87, (None, 0)),
    "rename": (82, (None, 0), (None, 1)), "link": (86, (None, 0), (None, 1)), "symlink": (88, (None, 1)),
    "chmod": (90, (None, 0)), "chown": (92, (None, 0)), "lchown": (94, (None, 0)), "utime": (132, (None, 0)),
    "mknod": (133, (None, 0)), "utimes": (235, (None, 0)), "mkdirat": (258, (0, 1)), "mknodat": (259, (0, 1)),
    "fchownat": (260, (0, 1)), "futimesat": (261, (0, 1)), "unlinkat": (263, (0, 1)),
    "renameat": (264, (0, 1), (2, 3)), "linkat": (265, (0, 1), (2, 3)), "symlinkat": (266, (1, 2)),
    "fchmodat": (268, (0, 1)), "utimensat": (280, (0, 1)), "renameat2": (316, (0, 1), (2, 3)),
    "fchmodat2": (452, (0, 1)),
}  # fmt: skip
"""Calls that change what a path names: number, then arguments of folder and path for each path."""
PROGRAMS = {"execve": (59, None, 0), "execveat": (322, 0, 1)}
"""Calls that start a program: number, arguments of folder and path."""
TIMES = {"clock_gettime": (228, 1), "gettimeofday": (96, 0), "time": (201, 0)}
"""Calls that tell the time of day: number, and the argument that says where to write it."""
WAIT, DEADLINE = "futex", 3
OTHERS = {"connect": 42, "getrandom": 318, WAIT: 202}
WITHOUT_PATH = {"newfstatat": 3, "statx": 2}
"""Calls that also look at an open file, by an empty path; in which argument a flag says so."""
REFUSED = {
    # What would go around the notifications: their callers know that a kernel may lack it, and do without.
    errno.ENOSYS: (425, 426, 427, CLONE3),
    # ptrace, process_vm_writev, chroot, pivot_root, mounts, namespaces, open_by_handle_at, bpf and the like.
    errno.EPERM: (101, 311, 161, 155, 165, 166, 272, 308, 304, 428, 429, 430, 442, 321, 323, 298, 438),
    # Attributes beside a file's contents are kept by nobody.
    errno.EOPNOTSUPP: (188, 189),
}
"""Calls that fail in any case, by the error that they give."""
NOTIFIED = {
    **{number: name for name, (number, *_) in {**PATHS, **OPENS, **CHANGES, **PROGRAMS, **TIMES}.items()},
    **{number: name for name, number in OTHERS.items()},
}
EMPTY = bytes(80)
PAGE, LONGEST = 4096, 512

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def argument_at(number: int) -> int:
    """Give the place of the lower half of an argument in what the filter sees."""
    return 16 + 8 * number


def write_filter() -> list[tuple[int, int, int, int]]:
    """Write the filter: for each call that matters a comparison and what becomes of it; all others are allowed.

    The system remembers which calls are allowed whatever their arguments, so that these cost nothing.
    """
    give = [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, NOTIFY)]
    fail = {number: (RETURN, 0, 0, FAIL | number) for number in (*REFUSED, errno.EACCES)}
    lines = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, X86_64), fail[errno.ENOSYS],
        (LOAD, 0, 0, NUMBER_AT),
        (AT_LEAST, 0, 1, X32), fail[errno.ENOSYS],
    ]  # fmt: skip

    def add(number: int, *block: tuple[int, int, int, int]) -> None:
        lines.extend([(EQUAL, 0, len(block), number), *block])

    # What is called most comes first: waits until a time of day, and clocks that tell it.
    waits = [(LOAD, 0, 0, argument_at(1)), (ANY_BIT, 0, 2, UNTIL_TIME_OF_DAY)]
    add(OTHERS[WAIT], *waits, (LOAD, 0, 0, argument_at(DEADLINE)), (EQUAL, 0, 1, 0), *give)
    clocks = [(EQUAL, len(TIMES_OF_DAY) - place, 0, clock) for place, clock in enumerate(TIMES_OF_DAY)]
    add(TIMES["clock_gettime"][0], (LOAD, 0, 0, argument_at(0)), *clocks, *give)
    for name, flags in WITHOUT_PATH.items():
        looks = [(LOAD, 0, 0, argument_at(flags)), (ANY_BIT, 0, 3, EMPTY_PATH)]
        add(PATHS[name][0], *looks, (LOAD, 0, 0, argument_at(0)), (ANY_BIT, 1, 0, NO_FOLDER), *give)
    for number, flags in ((SENDTO, 3), (SENDMSG, 2), (SENDMMSG, 3)):
        sends = [(LOAD, 0, 0, argument_at(flags)), (ANY_BIT, 1, 0, FAST_OPEN)]
        add(number, *sends, give[0], fail[errno.EACCES])
    add(CLONE, (LOAD, 0, 0, argument_at(0)), (ANY_BIT, 1, 0, NAMESPACES), give[0], fail[errno.EPERM])
    family = [(LOAD, 0, 0, argument_at(0)), (EQUAL, 5, 0, UNIX), (EQUAL, 1, 0, INET), (EQUAL, 0, 4, INET6)]
    stream = [(LOAD, 0, 0, argument_at(1)), (AND, 0, 0, KIND_OF_SOCKET), (EQUAL, 0, 1, STREAM)]
    add(SOCKET, *family, *stream, give[0], fail[errno.EACCES])
    for number, calls in REFUSED.items():
        for call in calls:
            add(call, fail[number])
    for call in NOTIFIED:
        add(call, give[1])
    return [*lines, give[0]]


def install_filter() -> int:
    """Put this process under the filter, all of its threads; give the descriptor from which notifications are read.

    Raises
    ------
    OSError
        If the system does not allow it.
    """
    lines = write_filter()
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    set_process(NO_NEW_PRIVILEGES, 1)
    listener = _libc.syscall(SECCOMP, ADD_FILTER, ON_ALL_THREADS | GIVE_LISTENER | TELL_BY_ERROR, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def set_process(option: int, value: int) -> None:
    """Set a property of this process, as prctl knows it."""
    if _libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def is_known_system() -> bool:
    """Tell whether this is the system and the processor for which the numbers in this module hold."""
    return sys.platform == "linux" and platform.machine() == "x86_64" and sys.maxsize > 2**32


def read_memory(task: int, address: int, n: int) -> bytes:
    """Read memory of another process.

    Raises
    ------
    OSError
        If there is none at the address, or this process may not read it.
    """
    buffer = ctypes.create_string_buffer(n)
    here, there = _Span(ctypes.addressof(buffer), n), _Span(address, n)
    read = _libc.process_vm_readv(task, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if read < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return buffer.raw[:read]


def write_memory(task: int, address: int, content: bytes) -> int:
    """Write to memory of another process; give the number of bytes written."""
    here = _Span(ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p), len(content))
    there = _Span(address, len(content))
    return _libc.process_vm_writev(task, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)


def read_clock() -> int:
    """Give the time of day in nanoseconds as the system has it, whatever the clock of this process shows."""
    moment = (ctypes.c_long * 2)()
    _libc.syscall(TIMES["clock_gettime"][0], TIMES_OF_DAY[0], moment)
    return moment[0] * 10**9 + moment[1]


def read_text(task: int, address: int) -> bytes:
    """Read a text that ends with a zero byte from another process, page by page: the next one may not be there."""
    text = b""
    while address and len(text) < PAGE:
        part = read_memory(task, address, min(PAGE - address % PAGE, LONGEST))
        head, end, _ = part.partition(b"\0")
        text += head
        if end or not part:
            break
        address += len(part)
    return text


@dataclass(frozen=True, slots=True)
class Call:
    """One call that waits for an answer: its number among notifications, the thread, its name and its arguments."""

    id: int
    task: int
    name: str
    arguments: tuple[int, ...]


class Listener:
    """Reads notifications and answers them."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        # Older systems wake whom they like, which takes longer.
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, SET_FLAGS, SAME_PROCESSOR)

    def receive(self) -> Call | None:
        """Give the next call; None if whoever made it is gone."""
        try:
            data = fcntl.ioctl(self.descriptor, RECEIVE, EMPTY)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return None
            raise
        number, task, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", data)
        return Call(number, task, NOTIFIED[call], tuple(arguments))

    def is_waiting(self, call: Call) -> bool:
        """Tell whether a call still waits, so that what was read of its process is its own and not a successor's."""
        try:
            fcntl.ioctl(self.descriptor, IS_WAITING, struct.pack("Q", call.id))
        except OSError:
            return False
        return True

    def go_on(self, call: Call) -> None:
        """Let a call go on as if nobody had asked."""
        self._answer(struct.pack("QqiI", call.id, 0, 0, GO_ON))

    def fail(self, call: Call, number: int) -> None:
        """Let a call fail with an error."""
        self._answer(struct.pack("QqiI", call.id, 0, -number, 0))

    def give(self, call: Call, value: int) -> None:
        """Let a call give a value without being made."""
        self._answer(struct.pack("QqiI", call.id, value, 0, 0))

    def give_file(self, call: Call, descriptor: int) -> None:
        """Let a call give an open file of this process."""
        data = struct.pack("QIIII", call.id, SEND_FILE, descriptor, 0, os.O_CLOEXEC)
        try:
            fcntl.ioctl(self.descriptor, ADD_FILE, data)
        except OSError:
            self.fail(call, errno.EACCES)

    def _answer(self, data: bytes) -> None:
        try:
            fcntl.ioctl(self.descriptor, ANSWER, data)
        except OSError as error:
            # Whoever made the call is gone.
            if error.errno != errno.ENOENT:
                raise
