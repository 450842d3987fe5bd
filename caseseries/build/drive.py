"""Run one notebook with papermill in a warm, watched kernel of its own, and say what it saw and where it stopped."""

from __future__ import annotations

import json
import os
import re
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caseseries.build.borders import Borders
from caseseries.build.fingerprint import hash_text
from caseseries.build.observe import read_log
from caseseries.build.vdso import STILL_S
from caseseries.build.witness import SYSTEM_WATCHES, VARIABLE, witness_name

CELL_TIMEOUT_S = 900
OWN_ERRORS = ("BorderError", "DataError", "ExhibitError", "UsageError")
"""Errors whose message says all that a reader needs."""


MACHINE = (
    "CASESERIES_KERNELS",
    "LD_LIBRARY_PATH",
    "NPY_DISABLE_CPU_FEATURES",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    VARIABLE,
    *(("COMSPEC", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "WINDIR") if os.name == "nt" else ()),
)
"""Environment variables that kernels take over as they stand; all others are named in ``kernel_environment``."""


@dataclass(frozen=True)
class Run:
    """One notebook with its parameters, and the folders that it works in and may see.

    ``label`` tells a run of a grid from the others; ``readable`` and ``writable`` are the borders of its kernel,
    ``shared`` folders that it may read as it may read libraries;
    ``memory`` is the number of bytes that it may fill, 0 for all that the machine has;
    ``kept`` is where the byte code of modules is kept, ``packed`` the file with the package's modules, if there is one.
    """

    name: str
    label: str
    notebook: Path
    executed: Path
    work: Path
    parameters: dict[str, Any]
    variables: dict[str, str]
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    timeout_s: int = CELL_TIMEOUT_S
    memory: int = 0
    kept: str = ""
    packed: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped, and in which runs of it."""

    name: str
    cell: str
    cause: str
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a run: what stopped it if anything did, and what its kernel read, loaded and wrote.

    ``run`` is the run with the folder that it worked in, where that was another.
    """

    failure: Failure | None
    seen: list[dict] = field(default_factory=list)
    run: Run | None = None


def kernel_environment(folder: Path) -> dict[str, str]:
    """Give all environment variables that a kernel has: independent of user, clock, locale and machine.

    Each run has folders of its own besides, which ``own_variables`` names, and ``PYTHONPATH``, by which its child
    processes find the package where the run itself does.
    """
    fixed = {
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter-data"),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "caseseries",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": sysconfig.get_path("scripts"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "SOURCE_DATE_EPOCH": str(STILL_S),
        "TZ": "UTC",
    }
    return machine_variables() | fixed | own_variables(folder)


def own_variables(folder: Path) -> dict[str, str]:
    """Give the variables that name the folders which a process may write to."""
    return {
        "HOME": str(folder / "home"),
        "IPYTHONDIR": str(folder / "ipython"),
        "POLARS_OOC_SPILL_DIR": str(folder / "tmp"),
        "POLARS_TEMP_DIR": str(folder / "tmp"),
        "TEMP": str(folder / "tmp"),
        "TMP": str(folder / "tmp"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "home"),
    }


def machine_variables() -> dict[str, str]:
    """Give the variables that kernels take over from this machine: what programs need there to start at all.

    They are in no key. Those of numpy and OpenBLAS choose code for a processor, which must not move a result.
    """
    return {name: os.environ[name] for name in MACHINE if name in os.environ}


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Give this process, and with it the parent of all kernels, an environment for a while."""
    import multiprocessing.util

    # The folder of the parent's socket must outlive the scratch folder, where TMPDIR points to in between.
    multiprocessing.util.get_temp_dir()
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def execute_run(run: Run) -> Outcome:
    """Execute a notebook; the executed one stands at ``run.executed`` whether it went through or not."""
    import logging
    import tempfile

    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from caseseries.build.client import PromptClient

    for name in ("papermill", "traitlets"):
        # What went wrong is told once, at the end, with the cell.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="cs-") as runtime:
        log, console, own = Path(runtime, "seen"), Path(runtime, "console"), own_variables(Path(runtime))
        for place in filter(None, (*own.values(), run.kept)):
            Path(place).mkdir(parents=True, exist_ok=True)
        borders = Borders(
            read=run.readable,
            write=(*run.writable, os.path.realpath(runtime)),
            log=str(log),
            kept=run.kept,
            packed=run.packed,
            shared=run.shared,
            is_backed=witness_name() == SYSTEM_WATCHES,
            seed=hash_text(f"{run.name} {run.label}"),
        )
        provisioner = {
            "borders": borders.to_json(),
            "console": str(console),
            "folder": str(run.work),
            "memory": run.memory,
            "variables": run.variables | own | {"JUPYTER_RUNTIME_DIR": runtime, "PYTHONPATH": run.readable[0]},
        }
        transport = {} if os.name == "nt" else {"transport": "ipc", "ip": str(Path(runtime, "k"))}
        client = {"client_class": f"{PromptClient.__module__}.{PromptClient.__name__}"}
        try:
            papermill.execute_notebook(
                run.notebook,
                run.executed,
                run.parameters,
                kernel_name="python3",
                language="python",
                shutdown_kernel="immediate",
                progress_bar=False,
                request_save_on_cell_execute=False,
                execution_timeout=run.timeout_s,
                config=Config({"KernelManager": transport | client, "WarmProvisioner": provisioner}),
            )
            stopped = None
        except PapermillExecutionError as error:
            stopped = _describe_error(error)
        except CellTimeoutError:
            stopped = f"The cell ran for more than {run.timeout_s} s."
        except DeadKernelError:
            stopped = f"The kernel died; the system may have run out of memory. {_tail(console)}".strip()
        except RuntimeError as error:
            stopped = f"The kernel did not start: {error}. {_tail(console)}".strip()
        finally:
            _close_loop()
        seen = read_log(log)
    faults = [fact for fact in seen if fact["kind"] == "fault"]
    if stopped is None and not faults:
        return Outcome(None, seen)
    number = faults[0]["cell"] if stopped is None else max((fact["cell"] for fact in seen), default=0)
    # Where the system refused a call, the library that made it says less than the witness does.
    refused = [fact["what"] for fact in faults if fact["cell"] == number]
    cause = refused[0] if refused else stopped
    return Outcome(Failure(run.name, _name_cell(run, number), cause, (run.label,) if run.label else ()), seen)


def _close_loop() -> None:
    """Close the event loop that the libraries of Jupyter leave open in this thread."""
    import asyncio

    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)


def _name_cell(run: Run, number: int) -> str:
    """Name the code cell that was the so-many-th to run; papermill adds one after the cell of the parameters."""
    cells = json.loads(run.notebook.read_text(encoding="utf-8"))["cells"]
    names = []
    for cell in cells:
        if cell["cell_type"] == "code":
            names.append(cell["id"])
            if run.parameters and "parameters" in cell["metadata"].get("tags", ()):
                names.append("injected-parameters")
    return names[number - 1] if 0 < number <= len(names) else "none"


def _describe_error(error) -> str:
    """Give the message alone where it says all, otherwise the traceback without colours."""
    if error.ename in OWN_ERRORS:
        return error.evalue
    if error.ename.endswith("MemoryError"):
        return f"The cell asked for more memory than there is. {error.evalue}".strip()
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))


def _tail(console: Path) -> str:
    lines = console.read_text(encoding="utf-8", errors="replace").splitlines() if console.exists() else []
    return "Its last words: " + " ".join(lines[-3:]) if lines else ""
