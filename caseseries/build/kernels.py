"""Warm kernels: each one is forked from a process that has imported the libraries, and then lives on its own.

jupyter_client asks the provisioner of this module for a kernel wherever ``JUPYTER_DEFAULT_PROVISIONER_NAME`` says
``caseseries``. The parent is the fork server of Python's own multiprocessing; where there is none (Windows) or where
forking is not safe (macOS), kernels are spawned and import for themselves.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from weakref import WeakSet

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Int, Unicode

from caseseries.build.chance import Chance, Clock
from caseseries.build.imports import watch_imports
from caseseries.build.observe import Borders, Witness, library_folders, watch
from caseseries.paths import PACKAGE, ROOT

PRELOAD = (
    "caseseries.build.preload",
    "docx",
    "fontTools.subset",
    "fontTools.ttLib",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "lxml.etree",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "openpyxl",
    "pandas",
    "pypdf",
    "scipy.stats",
    "seaborn",
    "tomllib",
    "caseseries.build.preloaded",
)
"""Libraries that notebooks share, between two modules that settle how they are imported. No other module of the
project: kernels must import those afresh, and be seen to."""


def start_method() -> str:
    """Choose how kernels begin: forked from a warm parent where that is safe, otherwise spawned."""
    wanted = os.environ.get("CASESERIES_KERNELS", "")
    has_fork_server = "forkserver" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return wanted if wanted in ("forkserver", "spawn") else "forkserver" if has_fork_server else "spawn"


def warm_up() -> None:
    """Start the parent of all kernels, so that it imports while this process does other things.

    Must be called with the environment that kernels inherit.
    """
    _ending.clear()
    if start_method() == "forkserver":
        from multiprocessing import forkserver

        multiprocessing.set_forkserver_preload(list(PRELOAD))
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
        return self.connection_info


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


def run_kernel(
    connection_file: str, variables: dict[str, str], folder: str, console: str, borders: str, memory: int
) -> None:
    """Be a kernel: the first function of the new process."""
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    _redirect(console or os.devnull)
    _limit_memory(memory)
    _end_with_builder()
    _be_fresh()
    # Nobody debugs a build, and what would allow it takes longer to load than all else of a kernel.
    sys.modules["debugpy"] = None
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.clear_instance()
    app = IPKernelApp.instance()
    app.parent_handle = os.getppid()
    app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])
    _integrate_matplotlib()
    if borders:
        # What the kernel itself needs in order to begin is behind it by now.
        limits = Borders.from_json(borders)
        witness = watch(limits)
        watch_imports(witness, limits.kept)
        _watch_cells(app.shell, witness)
    app.start()


def _redirect(console: str) -> None:
    target = os.open(console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(target, number)


def _limit_memory(memory: int) -> None:
    """Let a cell that asks for more memory than there is fail by itself, before the system ends some process."""
    if hasattr(os, "sysconf"):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if most < 0 else min(wanted, most), most))


def _end_with_builder() -> None:
    """End this kernel when the process that asked for it is gone, however it went: nobody waits for its work."""
    builder = multiprocessing.parent_process()

    def wait() -> None:
        builder.join()
        os._exit(1)

    threading.Thread(target=wait, name="builder", daemon=True).start()


def _be_fresh() -> None:
    """Undo what the warm parent's imports left behind that a cold kernel would not have."""
    sys.argv = ["ipykernel_launcher"]
    # The builder's own places to import from are not those of a kernel.
    libraries = library_folders()
    sys.path[:] = [
        "",
        *(path for path in sys.path if path == str(ROOT) or os.path.realpath(path).startswith(libraries)),
    ]
    if "pandas" in sys.modules:
        import pandas as pd

        # pandas looks for a notebook when it is imported, and the parent is none.
        pd.set_option("display.max_columns", 20)
    if "matplotlib" in sys.modules:
        import matplotlib as mpl

        mpl.rcdefaults()
        mpl.use(os.environ.get("MPLBACKEND", "agg"), force=False)


def _integrate_matplotlib() -> None:
    if "matplotlib.pyplot" in sys.modules:
        from matplotlib_inline.backend_inline import _enable_matplotlib_integration

        _enable_matplotlib_integration()


def _watch_cells(shell, witness: Witness) -> None:
    """Look after each cell which modules it loaded, and whether it drew random numbers without a seed."""

    def is_own(names: dict) -> bool:
        return names is shell.user_ns or str(names.get("__file__", "")).startswith(str(PACKAGE))

    chance = Chance(witness)
    chance.install()
    Clock(witness, is_own).install()

    def begin(_) -> None:
        witness.next_cell()
        chance.begin()

    def look(_) -> None:
        witness.take_modules()
        for name in chance.check():
            witness.say("fault", f"A notebook must seed {name} before it draws from it.")

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", look)
