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
from caseseries.plan import Exhibit, Plan, read_plan
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
    tiffs
        Ids of the exhibits whose figures are made as TIFF too.
    plan, folder
        All exhibits, and where the notebooks stand.
    exhibits
        Those of the plan that are made; all of them if none is named.
    """

    data: Path
    parameters: dict[str, dict[str, Any]]
    jobs: int = 1
    tiffs: frozenset[str] = frozenset()
    plan: Plan = field(default_factory=read_plan)
    exhibits: tuple[Exhibit, ...] = ()
    folder: Path = NOTEBOOKS


def make_order(published: Outputs, *, data: Path, jobs: int) -> Order:
    """Compose the order that makes what was published, with the parameters that its manifest names.

    All exhibits of the plan are made, so that none can be left out unseen. What was published with parameters may be a
    part of them, and that part is made.
    """
    plan = read_plan()
    manifest = published.manifest or {"exhibits": [], "runs": {}}
    parameters = find_parameters(manifest, plan, patients=list_patients(data))
    listed = {entry["id"] for entry in manifest["exhibits"]}
    part = tuple(exhibit for exhibit in plan.exhibits if exhibit.id in listed and exhibit.notebook)
    return Order(
        data.resolve(),
        parameters,
        jobs=jobs,
        tiffs=find_tiffs(published, plan),
        plan=plan,
        exhibits=part if parameters and part else plan.exhibits,
        folder=NOTEBOOKS,
    )


def find_tiffs(published: Outputs, plan: Plan) -> frozenset[str]:
    """Name the exhibits of which TIFF files were published, each beside its PNG."""
    names = set(published.names)
    entries = (published.manifest or {"exhibits": []})["exhibits"]
    if not entries and any(name.endswith(".tiff") for name in names):
        return frozenset(exhibit.id for exhibit in plan.exhibits)
    return frozenset(
        entry["id"]
        for entry in entries
        if any(f"{name.removesuffix('.png')}.tiff" in names for name in entry["files"] if name.endswith(".png"))
    )


def find_parameters(manifest: dict, plan: Plan, *, patients: list[str]) -> dict[str, dict[str, Any]]:
    """Give for each notebook the parameters that were injected when a manifest was written.

    The manifest tells them as ``options``; where it does not, they follow from its runs. What a grid sets for one of
    its runs is set anew by the plan, unless only some patients were asked for.
    """
    if manifest.get("options"):
        return {notebook: dict(own) for notebook, own in manifest["options"].items()}
    found: dict[str, dict[str, Any]] = {}
    chosen: dict[str, list[str]] = {}
    for run in manifest["runs"].values():
        grid, given = plan.grid(run["notebook"]), run["parameters"]
        own = {grid.parameter, *grid.runs.get(given.get(grid.parameter), ())} if grid else set()
        kept = {name: value for name, value in given.items() if name not in own}
        if kept:
            found.setdefault(run["notebook"], {}).update(kept)
        if grid and grid.over and grid.parameter in given:
            chosen.setdefault(run["notebook"], []).append(given[grid.parameter])
    for notebook, names in chosen.items():
        if set(names) < set(patients):
            found.setdefault(notebook, {})[plan.grid(notebook).parameter] = f"{SEPARATOR} ".join(names)
    return found


def describe_settings(parameters: dict[str, dict[str, Any]]) -> str:
    """Say with which parameters a build was made: options of method once, other parameters with their notebook."""
    named: dict[str, None] = {}
    for own in parameters.values():
        named |= {f"{name} = {value}": None for name, value in own.get("design", {}).items()}
    for notebook, own in parameters.items():
        named |= {f"{notebook}.{name} = {value}": None for name, value in own.items() if name != "design"}
    return "; ".join(named)


def rebuild(order: Order, out: Path, *, say: Callable[[str], None]) -> dict:
    """Build what an order names into a folder; give the manifest.

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
        exhibits=order.exhibits or order.plan.exhibits,
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
    if order.tiffs:
        manifest = add_tiffs(out, set(order.tiffs), say=say)
    return manifest
