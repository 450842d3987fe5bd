"""The warm parent of all kernels: it has imported the libraries, and each kernel is forked from it.

The parent is the fork server of Python's own multiprocessing; where there is none (Windows) or where forking is not
safe (macOS), kernels are spawned and import for themselves. This module is quick to import: nothing starts later than
the parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from weakref import WeakSet

from caseseries.build.request import LIBRARIES

BEFORE = (
    "caseseries.build.preload",
    "faulthandler",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "zmq.utils.garbage",
)
"""What the parent of all kernels loads first: what a kernel needs, whatever its notebook."""
LATE = {
    "fontTools": (
        "encodings.utf_16_be",
        "fontTools.ttLib.tables._g_a_s_p",
        "fontTools.ttLib.tables._h_h_e_a",
        "fontTools.ttLib.tables._l_o_c_a",
        "fontTools.ttLib.tables.O_S_2f_2",
    ),
    "matplotlib": (
        "matplotlib.style.core",
        "PIL.BmpImagePlugin",
        "PIL.GifImagePlugin",
        "PIL.JpegImagePlugin",
        "PIL.PpmImagePlugin",
    ),
    "openpyxl": ("openpyxl.packaging.extended",),
    "pandas": (
        "pandas.core.methods.to_dict",
        "pandas.core.reshape.reshape",
        "pandas.io.formats.csvs",
        "pyarrow.pandas_compat",
    ),
    "pandera": (
        "pandera.accessors.pandas_accessor",
        "pandera.api.geopandas",
        "pandera.backends.pandas.builtin_checks",
        "pandera.backends.pandas.builtin_hypotheses",
        "pandera.backends.pandas.register",
        "pandera.backends.register_checks",
        "pandera.strategies.pandas_strategies",
    ),
    "pypdf": ("encodings.utf_32_be", "pypdf._codecs._codecs", "pypdf.filters"),
}
"""What libraries load only when they are first asked for something, as nearly every notebook does."""
AFTER = "caseseries.build.preloaded"
"""What the parent loads at last."""


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

        multiprocessing.set_forkserver_preload([*BEFORE, *libraries, *list_late(libraries), AFTER])
        with no_main_module():
            forkserver.ensure_running()
    elif any(name.startswith("matplotlib") or name == "seaborn" for name in libraries):
        make_font_list()


def make_font_list() -> None:
    """Make matplotlib's list of typefaces where there is none: a spawned kernel may neither write it nor ask for it."""
    import subprocess
    from pathlib import Path

    if not list(Path(os.environ["MPLCONFIGDIR"]).glob("fontlist-*.json")):
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=False, capture_output=True)


def list_late(libraries: Iterable[str]) -> list[str]:
    """List the modules that these libraries would load late."""
    packages = {name.partition(".")[0]: None for name in libraries}
    return [name for package in packages for name in LATE.get(package, ())]


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
        """End the process at once, with what it started."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.process.kill()

    def terminate(self) -> None:
        """Ask the process to end."""
        self.process.terminate()


_starting = threading.Lock()
_ending = threading.Event()
_kernels: WeakSet[KernelProcess] = WeakSet()


def start_kernel(target: Callable, args: tuple) -> KernelProcess:
    """Start a kernel from the warm parent, by a function and its arguments.

    Raises
    ------
    RuntimeError
        If the build was stopped meanwhile.
    """
    process = multiprocessing.get_context(start_method()).Process(target=target, args=args, name="kernel")
    with no_main_module():
        process.start()
        kernel = KernelProcess(process)
        _kernels.add(kernel)
    if _ending.is_set():
        kernel.kill()
        raise RuntimeError("the build was stopped")
    return kernel


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
