"""Warm kernels: each one is forked from a process that has imported the libraries, and then lives on its own.

jupyter_client asks the provisioner of this module for a kernel wherever ``JUPYTER_DEFAULT_PROVISIONER_NAME`` says
``caseseries``. The parent is the fork server of Python's own multiprocessing; where there is none (Windows) or where
forking is not safe (macOS), kernels are spawned and import for themselves.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from weakref import WeakSet

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Int, Unicode

from caseseries.build.inside_kernel import run_kernel
from caseseries.build.request import LIBRARIES

BEFORE = ("caseseries.build.preload", "ipykernel.ipkernel", "ipykernel.kernelapp")
AFTER = "caseseries.build.preloaded"
"""What the parent of all kernels loads before and after the libraries that notebooks share."""

MOST_LOOKS = 2000
"""How often a kernel's channels are looked for; after about ten seconds the client goes on looking by itself."""


def start_method() -> str:
    """Choose how kernels begin: forked from a warm parent where that is safe, otherwise spawned."""
    wanted = os.environ.get("CASESERIES_KERNELS", "")
    has_fork_server = "forkserver" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return wanted if wanted in ("forkserver", "spawn") else "forkserver" if has_fork_server else "spawn"


def warm_up(libraries: Iterable[str] = LIBRARIES) -> None:
    """Start the parent of all kernels, so that it imports while this process does other things.

    Must be called with the environment that kernels inherit. No library may be a module of the project: kernels must
    import those afresh, and be seen to.
    """
    _ending.clear()
    if start_method() == "forkserver":
        from multiprocessing import forkserver

        multiprocessing.set_forkserver_preload([*BEFORE, *libraries, AFTER])
        with no_main_module():
            forkserver.ensure_running()


class KernelProcess:
    """A process of multiprocessing that answers like one of subprocess, as jupyter_client asks."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self.process = process

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    def poll(self) -> int | None:
        """Give the exit code, None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and give the exit code."""
        self.process.join(timeout)
        return self.process.exitcode

    def send_signal(self, signum: int) -> None:
        """Send a signal, if the process is still there."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask the process to end."""
        self.process.terminate()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel from the warm parent."""

    variables = Dict(help="Environment of the kernel; empty: that of this process.").tag(config=True)
    borders = Unicode("", help="What the kernel may read and write, as JSON; empty: it is not watched.").tag(
        config=True
    )
    folder = Unicode("", help="Working folder of the kernel.").tag(config=True)
    console = Unicode("", help="File for what is written to the console behind Python's back.").tag(config=True)

    memory = Int(0, help="Bytes of memory that the kernel may fill; 0: as many as the machine has.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Start the kernel, and give what a client needs to reach it."""
        context = multiprocessing.get_context(start_method())
        variables = dict(self.variables or kwargs.get("env") or os.environ)
        process = context.Process(
            target=run_kernel,
            args=(
                self.parent.connection_file,
                variables,
                self.folder or str(Path.cwd()),
                self.console,
                self.borders,
                self.memory,
            ),
            name="kernel",
        )
        with no_main_module():
            process.start()
            self.process = KernelProcess(process)
            _kernels.add(self.process)
        if _ending.is_set():
            self.process.kill()
            raise RuntimeError("the build was stopped")
        self.pid = process.pid
        self.pgid = process.pid if hasattr(os, "setsid") else None
        await self._wait_for_channels()
        return self.connection_info

    async def _wait_for_channels(self) -> None:
        """Wait until the kernel's channels are there: who looks for them too early looks again much later."""
        if self.parent.transport == "ipc":
            places = [Path(f"{self.parent.ip}-{port}") for port in self.parent.ports]
            for _ in range(MOST_LOOKS):
                if self.process.poll() is not None or all(map(Path.exists, places)):
                    return
                await asyncio.sleep(0.005)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once, and wait the moment that this takes: others look for it ten times a second."""
        process = self.process
        await super().kill(restart=restart)
        if process:
            process.wait(1)


_starting = threading.Lock()
_ending = threading.Event()
_kernels: WeakSet[KernelProcess] = WeakSet()


@contextmanager
def no_main_module() -> Iterator[None]:
    """Keep the builder's own program out of its kernels: multiprocessing would run it again in each of them."""
    with _starting:
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = program


def end_kernels() -> None:
    """End every kernel of this process, and start none until it warms up again."""
    _ending.set()
    with _starting:
        for kernel in _kernels:
            kernel.kill()
