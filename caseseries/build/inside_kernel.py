"""A kernel from the inside: what the new process does before and while it runs cells."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading

from caseseries.build.beside import divide
from caseseries.build.borders import Borders, library_folders
from caseseries.build.callers import Callers
from caseseries.build.chance import Chance
from caseseries.build.clock import Clock
from caseseries.build.imports import watch_imports
from caseseries.build.installed import LIBRARIES, take_libraries
from caseseries.build.observe import Witness, watch
from caseseries.build.own_code import take_own_code
from caseseries.build.packed import PackedFinder
from caseseries.build.vdso import stop_clock
from caseseries.paths import ROOT

WARM_ONLY = ("caseseries.build.preload", "caseseries.build.preloaded")
"""Modules of the warm parent alone: a run does not hang on how its kernel began."""


def run_kernel(
    connection_file: str, variables: dict[str, str], folder: str, console: str, borders: str, memory: int
) -> None:
    """Be a kernel: the first function of the new process."""
    # A kernel that was forked has it from its parent.
    stop_clock()
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    _redirect(console or os.devnull)
    limits = Borders.from_json(borders) if borders else None
    link = divide(limits) if limits and limits.is_backed else None
    _limit_memory(memory)
    _end_with_builder()
    _be_fresh()
    # Nobody debugs a build, and what would allow it takes half of the time in which a kernel begins.
    sys.modules["debugpy"] = None
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.clear_instance()
    app = IPKernelApp.instance()
    app.parent_handle = os.getppid()
    app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])
    _integrate_matplotlib()
    if limits:
        # What the kernel itself needs in order to begin is behind it by now.
        own, kept = take_own_code(limits.read[0])
        witness = watch(limits, link and link.page)
        for place, digest in kept.items():
            witness.say("module", place, digest)
        watch_imports(witness, limits.kept)
        if limits.packed:
            sys.meta_path.insert(0, PackedFinder(witness, limits.read[0], limits.packed))
        _watch_cells(app.shell, witness, own, limits.seed)
        if link:
            link.begin()
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
    for name in WARM_ONLY:
        sys.modules.pop(name, None)
    # Byte code of libraries is the parent's to write, and folders for the time being are each kernel's own.
    sys.dont_write_bytecode = True
    tempfile.tempdir = None
    multiprocessing.current_process()._config.pop("tempdir", None)
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


def _watch_cells(shell, witness: Witness, own: str, seed: str) -> None:
    """Look after each cell which modules it loaded, and whether it drew random numbers without a seed.

    ``own`` is the folder of the package as notebooks import it; ``seed`` is that of the bytes which libraries draw.
    """

    def is_own_file(file: str) -> bool:
        return file.startswith(own + os.sep) or witness.is_input(file)

    callers = Callers(is_own_file, shell.user_ns)
    witness.is_own = callers.is_own
    chance = Chance(witness, callers, seed=seed)
    chance.install()
    Clock(witness, callers).install()

    def begin(_) -> None:
        witness.next_cell()
        chance.begin(witness.cell)

    def look(_) -> None:
        witness.take_modules()
        libraries = take_libraries(own)
        if libraries:
            witness.say(LIBRARIES, "\n".join(libraries))
        for fault in chance.check():
            witness.say("fault", fault)

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", look)
