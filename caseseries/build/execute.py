"""Run one notebook with papermill in a process and a kernel of its own, shielded from the user's settings."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CELL_TIMEOUT_S = 900


@dataclass(frozen=True)
class Run:
    """One notebook with the parameters it gets and the folders it works in."""

    name: str
    notebook: Path
    executed: Path
    work: Path
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped."""

    name: str
    cell: str
    cause: str

    def text(self) -> str:
        """Say it in one paragraph."""
        return f"notebooks/{self.name}.ipynb, cell {self.cell}:\n{self.cause}"


def kernel_environment(folder: Path) -> dict[str, str]:
    """Give the environment variables that make a kernel independent of user, clock, locale and machine."""
    fixed = {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter-data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "LC_ALL": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "SOURCE_DATE_EPOCH": "315532800",
        "TZ": "UTC",
    }
    dropped = ("MATPLOTLIBRC", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS")
    return {name: value for name, value in os.environ.items() if name not in dropped} | fixed


def enter_environment(variables: dict[str, str]) -> None:
    """Give a worker process the environment that its kernels inherit."""
    os.environ.clear()
    os.environ.update(variables)


def execute_run(run: Run) -> Failure | None:
    """Execute a notebook; give None if it went through, otherwise what stopped it.

    The executed notebook stands at ``run.executed`` in both cases.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    transport = {} if os.name == "nt" else {"KernelManager": {"transport": "ipc"}}
    with tempfile.TemporaryDirectory(prefix="cs-") as runtime:
        os.environ["JUPYTER_RUNTIME_DIR"] = runtime
        try:
            papermill.execute_notebook(
                run.notebook,
                run.executed,
                run.parameters,
                kernel_name="python3",
                language="python",
                shutdown_kernel="immediate",
                cwd=run.work,
                progress_bar=False,
                request_save_on_cell_execute=False,
                execution_timeout=CELL_TIMEOUT_S,
                config=Config(transport),
            )
        except PapermillExecutionError as error:
            cells = nbformat.read(run.executed, as_version=4).cells
            failed = [cell for cell in cells if cell.metadata.get("papermill", {}).get("exception")]
            return Failure(run.name, failed[0].id if failed else str(error.cell_index), describe_error(error))
        except CellTimeoutError:
            return Failure(run.name, "unknown", f"A cell ran for more than {CELL_TIMEOUT_S} s.")
        except DeadKernelError:
            return Failure(run.name, "unknown", "The kernel died; the system may have run out of memory.")
    return None


def describe_error(error) -> str:
    """Give the message alone where it says all, otherwise the traceback without colours."""
    if error.ename in ("DataError", "ExhibitError", "UsageError"):
        return error.evalue
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
