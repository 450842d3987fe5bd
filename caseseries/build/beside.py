"""A kernel of two processes: the kernel, and its parent, which answers what the system asks about it until both end."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import traceback
from pathlib import Path

from caseseries.build.borders import SHARED_MEMORY, Borders
from caseseries.build.landlock import restrict_writes
from caseseries.build.page import Page
from caseseries.build.seccomp import DEATH_SIGNAL, SUBREAPER, Listener, install_filter, set_process
from caseseries.build.supervise import Supervisor


class Link:
    """What the kernel has of the process beside it."""

    def __init__(self, channel: socket.socket, page: Page):
        self.channel, self.page = channel, page

    def begin(self) -> None:
        """Have every thread of this process watched from now on."""
        listener = install_filter()
        socket.send_fds(self.channel, [b"listener"], [listener])
        os.close(listener)
        self.channel.close()


def divide(borders: Borders) -> Link:
    """Go on as the kernel, restricted to its folders; what called this function stays beside it until its end."""
    page, (ours, theirs), parent = Page(), socket.socketpair(), os.getpid()
    child = os.fork()
    if child:
        theirs.close()
        status = 1
        try:
            status = stand_by(child, ours, page, borders)
        except BaseException:
            # The last words of the kernel are looked for on the console.
            traceback.print_exc()
            raise
        finally:
            end_descendants()
            os._exit(status)
    ours.close()
    set_process(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    restrict_writes([*borders.write, borders.kept, SHARED_MEMORY], files=["/dev"])
    return Link(theirs, page)


def stand_by(kernel: int, channel: socket.socket, page: Page, borders: Borders) -> int:
    """Answer for a kernel until it ends; give its exit status."""
    # Who interrupts a notebook means the kernel alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_process(SUBREAPER, 1)
    end = os.pidfd_open(kernel)
    events = select.poll()
    events.register(end, select.POLLIN)
    events.register(channel, select.POLLIN)
    supervisor, is_over = None, False
    while not is_over:
        for descriptor, event in events.poll():
            if descriptor == end:
                is_over = True
            elif supervisor is None:
                _, descriptors, _, _ = socket.recv_fds(channel, 8, 1)
                events.unregister(channel)
                if descriptors:
                    supervisor = Supervisor(borders, Listener(descriptors[0]), page)
                    events.register(descriptors[0], select.POLLIN)
            elif event & select.POLLIN:
                supervisor.answer()
            else:
                events.unregister(descriptor)
    _, status = os.waitpid(kernel, 0)
    return os.waitstatus_to_exitcode(status) & 0xFF


def end_descendants() -> None:
    """End what a kernel started and left behind."""
    while children := [
        int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()
    ]:
        for child in children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
