"""What the process beside a kernel answers so that each run sees the same: the time of day, and random bytes."""

from __future__ import annotations

import contextlib
import errno
import os
import struct

from caseseries.build.seccomp import DEADLINE, TIMES, Call, Listener, read_clock, read_memory, write_memory
from caseseries.build.stream import Stream
from caseseries.build.vdso import STILL_S, stop_clock_of

MOST_RANDOM = 1 << 20
MOMENT = struct.Struct("=qq")
PRESENT_S = 1_600_000_000
"""No clock that goes on shows a time before this one (2020)."""


class Steady:
    """Keeps the time and the random bytes of the processes of one run."""

    def __init__(self, listener: Listener, seed: str):
        self.listener, self.seed = listener, seed
        self.streams: dict[str, Stream] = {}
        self.begun: set[str] = set()

    def note_program(self, task: int) -> None:
        """Remember that a process is about to start a program anew, with a clock that goes on."""
        self.begun.add(find_process(task))

    def stop_clock(self, task: int) -> None:
        """Stop the clock of a program that was started anew: what it calls first is the search for its libraries."""
        if self.begun and (process := find_process(task)) in self.begun:
            self.begun.discard(process)
            # Where this cannot be done, the system is asked for the time, and answered here.
            with contextlib.suppress(OSError, ValueError, struct.error):
                stop_clock_of(process)

    def answer_time(self, call: Call) -> None:
        """Answer who asks the system itself for the time of day."""
        address = call.arguments[TIMES[call.name][1]]
        moment = MOMENT.pack(STILL_S, 0)[: 8 if call.name == "time" else None]
        if address and write_memory(call.task, address, moment) != len(moment):
            self.listener.fail(call, errno.EFAULT)
        else:
            self.listener.give(call, STILL_S if call.name == "time" else 0)

    def answer_wait(self, call: Call) -> None:
        """Move a deadline from the clock that stands still to the one by which the system waits."""
        seconds, nanoseconds = MOMENT.unpack(read_memory(call.task, call.arguments[DEADLINE], MOMENT.size))
        if 0 <= seconds < PRESENT_S:
            late = (seconds - STILL_S) * 10**9 + nanoseconds + read_clock()
            write_memory(call.task, call.arguments[DEADLINE], MOMENT.pack(*divmod(late, 10**9)))
        self.listener.go_on(call)

    def answer_random(self, call: Call) -> None:
        """Answer who asks for random bytes: with those of the run."""
        content = self.find_stream(call.task).read(min(call.arguments[1], MOST_RANDOM))
        if not self.listener.is_waiting(call) or write_memory(call.task, call.arguments[0], content) != len(content):
            self.listener.fail(call, errno.EFAULT)
        else:
            self.listener.give(call, len(content))

    def give_random_file(self, call: Call) -> None:
        """Give a file of the run's bytes in place of the system's."""
        handle = os.memfd_create("random")
        try:
            os.write(handle, self.find_stream(call.task).read(MOST_RANDOM))
            os.lseek(handle, 0, os.SEEK_SET)
            self.listener.give_file(call, handle)
        finally:
            os.close(handle)

    def find_stream(self, task: int) -> Stream:
        """Give the bytes of the process to which a thread belongs; the kernel's own are the first."""
        group = find_process(task)
        if group not in self.streams:
            first = next(iter(self.streams.values()), None)
            self.streams[group] = first.branch() if first else Stream(self.seed.encode())
        return self.streams[group]


def find_process(task: int) -> str:
    """Give the process to which a thread belongs."""
    with open(f"/proc/{task}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 (quick)
        return next(line.split()[1] for line in file if line.startswith("Tgid:"))
