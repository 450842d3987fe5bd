"""The same runs on a Dask cluster: each worker drives warm kernels of its own, and a lost worker costs its run only.

Every worker needs the project, the data set and the output folder under the same paths (a shared file system), and the
locked environment. Only the places of files and what a kernel saw travel between the machines.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from caseseries.build.drive import MACHINE, Failure, Outcome, Run, execute_run, machine_variables, own_variables
from caseseries.build.fingerprint import hash_content
from caseseries.build.parent import end_kernels, warm_up
from caseseries.build.witness import witness_name
from caseseries.errors import UsageError
from caseseries.paths import LOCK, ROOT

PATIENCE_S = 30
_first = threading.Lock()


class Cluster(Executor):
    """Submits runs to the workers of a scheduler, each with what it must find there to give the same results."""

    def __init__(self, client):
        self.client = client
        self.executor = client.get_executor()

    def submit(self, function, run: Run, /) -> Future[Outcome]:
        """Run a notebook on some worker; a worker that dies has its run begun again on another one."""
        return self.executor.submit(execute_afar, run, describe_place())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the workers; runs that nobody waits for any more are taken back."""
        self.executor.shutdown(wait=wait and not cancel_futures)
        if cancel_futures:
            self.client.run(end_kernels)


@contextmanager
def join_cluster(address: str) -> Iterator[Cluster]:
    """Reach the scheduler.

    Raises
    ------
    UsageError
        If the packages of a cluster are not there, nobody answers at the address, or no worker has come.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError("--scheduler needs the packages of a cluster: pip install caseseries[cluster].") from None
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"No scheduler with workers answers at {address}: {error}") from None
    with client:
        yield Cluster(client)


def describe_place() -> dict[str, str]:
    """Say what a worker must share with the builder for its results to be the builder's own."""
    return {
        "project": str(ROOT),
        "Python": platform.python_version(),
        "requirements.lock": hash_content(LOCK),
        "a witness": witness_name(),
    }


def execute_afar(run: Run, place: dict[str, str]) -> Outcome:
    """Execute a run on a worker, in a folder that no earlier attempt has touched."""
    here = describe_place()
    others = [f"{name} {here[name]}, not {place[name]}" for name in place if here[name] != place[name]]
    if not others and not run.work.is_dir():
        others = [f"no folder {run.work}"]
    if others:
        words = f"The worker on {platform.node()} cannot stand in for this machine: it has {', '.join(others)}."
        return Outcome(Failure(run.name, "none", words, (run.label,) if run.label else ()))
    with _first:
        # The worker serves this build: what its kernels need stays set until it ends.
        own = own_variables(run.work)
        os.environ.update({name: value for name, value in run.variables.items() if name not in own})
        warm_up()
    work = Path(tempfile.mkdtemp(dir=run.work.parent, prefix=f"{run.work.name}-"))
    shutil.copytree(run.work, work, dirs_exist_ok=True)
    variables = {name: value for name, value in run.variables.items() if name not in MACHINE} | machine_variables()
    own = replace(
        run,
        variables=variables,
        work=work,
        executed=work.with_suffix(".ipynb"),
        parameters={**run.parameters, "out": str(work)},
        writable=(str(work.resolve()), *run.writable[1:]),
    )
    return replace(execute_run(own), run=own)
