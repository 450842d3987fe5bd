"""What a build has to run: each node is one notebook with one set of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caseseries.errors import ExhibitError, UsageError, describe_unknown
from caseseries.paths import safe_name
from caseseries.plan import Exhibit, Grid, Plan

SEPARATOR = ";"
"""Stands between the names of runs that are asked for."""


@dataclass(frozen=True)
class Node:
    """One run of one notebook.

    ``parameters`` are injected besides the folders; ``needs`` are the notebooks all runs of which must have gone
    through before. ``run`` and ``own`` are name and own parameters of a run of a grid, empty where the notebook runs
    once.
    """

    notebook: str
    parameters: dict[str, Any]
    needs: frozenset[str]
    run: str = ""
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name the node as messages do."""
        return f"{self.notebook} ({self.run})" if self.run else self.notebook

    @property
    def label(self) -> str:
        """Tell the run from others of its notebook by its parameters."""
        return ", ".join(f"{name} = {value!r}" for name, value in self.own.items())

    @property
    def executed(self) -> Path:
        """Where the executed notebook stands inside the scratch folder."""
        folder = Path("executed")
        return (
            folder / self.notebook / f"{safe_name(self.run)}.ipynb" if self.run else folder / f"{self.notebook}.ipynb"
        )


def list_nodes(
    plan: Plan,
    exhibits: tuple[Exhibit, ...],
    *,
    parameters: Mapping[str, dict[str, Any]],
    lists: Mapping[str, list[str]],
) -> list[Node]:
    """List the nodes that some exhibits need.

    Parameters
    ----------
    plan
        The manuscript.
    exhibits
        What is to be made.
    parameters
        For each notebook what is to be injected. The parameter of a grid over a list names its runs here.
    lists
        Names by list, such as the patients of the data set.

    Returns
    -------
    list of Node
        The notebook that writes the derived tables first, then those that others wait for.

    Raises
    ------
    UsageError
        If a run is asked for that the list does not name.
    """
    wanted = {exhibit.notebook for exhibit in exhibits} - {""}
    sources = {source for notebook in wanted for source in plan.list_sources(notebook)}
    nodes = [Node(plan.prepares, parameters.get(plan.prepares, {}), frozenset())]
    for notebook in sorted((wanted | sources) - {plan.prepares}, key=lambda name: (name not in sources, name)):
        needs = frozenset({plan.prepares, *plan.list_sources(notebook)})
        own, grid = parameters.get(notebook, {}), plan.grid(notebook)
        if grid is None:
            nodes.append(Node(notebook, own, needs))
        else:
            runs = list_runs(grid, own, lists=lists).items()
            sets = {run: {grid.parameter: run, **further} for run, further in runs}
            nodes += [Node(notebook, {**own, **single}, needs, run, single) for run, single in sets.items()]
    return nodes


def list_runs(grid: Grid, parameters: Mapping[str, Any], *, lists: Mapping[str, list[str]]) -> dict[str, dict]:
    """List the runs of a grid with their further parameters; none where a list is longer than the plan allows."""
    if not grid.over:
        runs = grid.runs
    elif grid.parameter in parameters:
        names = [name.strip() for name in parameters[grid.parameter].split(SEPARATOR)]
        unknown = [name for name in names if name not in lists[grid.over]]
        if unknown:
            raise UsageError(describe_unknown(grid.parameter, unknown[0], lists[grid.over]))
        runs = {name: {} for name in names}
    else:
        is_allowed = not explain_no_run(grid, parameters, lists=lists)
        runs = {name: {} for name in lists[grid.over] if is_allowed}
    files = [safe_name(run).casefold() for run in runs]
    if len(set(files)) < len(files):
        twice = next(run for run, file in zip(runs, files, strict=True) if files.count(file) > 1)
        raise ExhibitError(f"{grid.notebook}: another {grid.parameter} has the name of {twice!r} but for its case.")
    return runs


def explain_no_run(grid: Grid, parameters: Mapping[str, Any], *, lists: Mapping[str, list[str]]) -> str:
    """Say why a grid has no run unless some are asked for; empty where it has runs."""
    if not grid.over or grid.parameter in parameters or len(lists[grid.over]) <= grid.most:
        return ""
    return (
        f"at most {grid.most} {grid.over}, or names: "
        f"--set '{grid.parameter}=NAME{SEPARATOR} NAME' ({len(lists[grid.over])} {grid.over} here)"
    )
