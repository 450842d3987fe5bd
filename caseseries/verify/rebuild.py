"""Everything from scratch: the whole plan in a folder for the time being, without a cache, as it was published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from caseseries.build.nodes import SEPARATOR
from caseseries.build.progress import show_progress
from caseseries.build.request import Request
from caseseries.build.run import build_exhibits
from caseseries.design import Design
from caseseries.paths import NOTEBOOKS
from caseseries.plan import Plan, read_plan
from caseseries.records import check_dataset
from caseseries.records.describe import describe_dataset
from caseseries.records.listing import list_patients
from caseseries.tiffs import add_tiffs
from caseseries.verify.outputs import Outputs


@dataclass(frozen=True)
class Order:
    """What is to be rebuilt.

    Parameters
    ----------
    data
        The raw tables.
    parameters
        For each notebook what is to be injected.
    jobs
        Notebooks at a time.
    has_tiffs
        Whether figures are made as TIFF too.
    plan, folder
        The exhibits, and where the notebooks stand.
    """

    data: Path
    parameters: dict[str, dict[str, Any]]
    jobs: int = 1
    has_tiffs: bool = False
    plan: Plan = field(default_factory=read_plan)
    folder: Path = NOTEBOOKS


def make_order(published: Outputs, *, data: Path, jobs: int) -> Order:
    """Compose the order that makes what was published, with the parameters that its manifest names."""
    plan = read_plan()
    has_tiffs = any(name.endswith(".tiff") for name in published.names)
    parameters = find_parameters(published.manifest, plan, patients=list_patients(data)) if published.manifest else {}
    return Order(data.resolve(), parameters, jobs=jobs, has_tiffs=has_tiffs, plan=plan, folder=NOTEBOOKS)


def find_parameters(manifest: dict, plan: Plan, *, patients: list[str]) -> dict[str, dict[str, Any]]:
    """Give for each notebook the parameters that were injected when a manifest was written.

    Those that a grid sets for each of its runs are set anew by the plan, unless only some patients were asked for.
    """
    found: dict[str, dict[str, Any]] = {}
    chosen: dict[str, list[str]] = {}
    for run in manifest["runs"].values():
        grid = plan.grid(run["notebook"])
        own = {grid.parameter, *(name for values in grid.runs.values() for name in values)} if grid else set()
        kept = {name: value for name, value in run["parameters"].items() if name not in own}
        if kept:
            found.setdefault(run["notebook"], {}).update(kept)
        if grid and grid.over:
            chosen.setdefault(run["notebook"], []).append(run["parameters"][grid.parameter])
    for notebook, names in chosen.items():
        if set(names) < set(patients):
            found.setdefault(notebook, {})[plan.grid(notebook).parameter] = f"{SEPARATOR} ".join(names)
    return found


def rebuild(order: Order, out: Path, *, say: Callable[[str], None]) -> dict:
    """Build everything that the plan names into a folder; give the manifest.

    Raises
    ------
    DataError
        If the data break a rule.
    BuildError
        If a notebook stopped.
    """
    for values in order.parameters.values():
        Design(values.get("design"))
    check_dataset(order.data)
    return run_build(order, out, describe_dataset(order.data), {"patients": list_patients(order.data)}, say=say)


def run_build(
    order: Order, out: Path, dataset: dict[str, str], lists: dict[str, list[str]], *, say: Callable[[str], None]
) -> dict:
    """Build from data that were checked and described before."""
    request = Request(
        plan=order.plan,
        exhibits=order.plan.exhibits,
        data=order.data,
        out=out,
        dataset=dataset,
        parameters=order.parameters,
        lists=lists,
        jobs=order.jobs,
        folder=order.folder,
    )
    with show_progress(len(request.nodes)) as report:
        manifest = build_exhibits(replace(request, report=report), say=say)
    if order.has_tiffs:
        manifest = add_tiffs(out, {exhibit.id for exhibit in order.plan.exhibits}, say=say)
    return manifest
