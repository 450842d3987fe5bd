"""The manuscript's plan: exhibits.toml, the only home of exhibit numbers, titles and widths."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caseseries.errors import ExhibitError, UsageError, describe_unknown
from caseseries.paths import EXHIBITS


@dataclass(frozen=True)
class Exhibit:
    """One table, figure or supplement of the manuscript.

    ``id`` names its files (``figures/swimmer.pdf``); ``label`` is its number in the manuscript; ``kind`` is table,
    figure, text, supplement, page (one that its notebook writes whole) or start (the page that leads to all others);
    ``notebook`` is empty for a page about the package as a whole, which the build makes from what is published;
    ``needs`` are the raw tables, tests or instruments without which it does not apply, one of several joined by
    `` | ``.
    """

    id: str
    label: str
    kind: str
    title: str
    legend: str
    notebook: str
    needs: tuple[str, ...] = ()
    width_mm: float = 183.0


@dataclass(frozen=True)
class Grid:
    """A notebook that is run many times, each time with another value of one parameter.

    Parameters
    ----------
    notebook, parameter
        The notebook, and its parameter that names the run, such as ``patient``.
    over
        Name of a list that the data set gives, such as ``patients``; empty where ``runs`` names them.
    most
        More names than this in the list are run only when they are asked for one by one.
    runs
        Further parameters of each run by its name.
    read_by
        The notebook that reads what all runs wrote, and so waits for them; empty where none does.
    """

    notebook: str
    parameter: str
    over: str = ""
    most: int = 0
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    read_by: str = ""


@dataclass(frozen=True)
class Plan:
    """All exhibits in the order of the manuscript, and the facts of the manuscript as a whole.

    ``prepares`` names the notebook that writes the derived tables; it runs before all others. ``grids`` are the
    notebooks that run more than once.
    """

    title: str
    prepares: str
    exhibits: tuple[Exhibit, ...]
    grids: tuple[Grid, ...] = ()

    def exhibit(self, name: str) -> Exhibit:
        """Find an exhibit by id or by label, or say which one may have been meant."""
        for exhibit in self.exhibits:
            if name.casefold() in (exhibit.id.casefold(), exhibit.label.casefold()):
                return exhibit
        names = [exhibit.id for exhibit in self.exhibits] + [exhibit.label for exhibit in self.exhibits]
        raise UsageError(describe_unknown("exhibit", name, names))

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The notebooks in the order in which a reader meets them."""
        return tuple(sorted({entry.notebook for entry in (*self.exhibits, *self.grids)} - {""}))

    @property
    def start(self) -> Exhibit | None:
        """The page that leads to all others, if there is one."""
        return next((exhibit for exhibit in self.exhibits if exhibit.kind == "start"), None)

    def grid(self, notebook: str) -> Grid | None:
        """Find the grid of a notebook; None if it runs once."""
        return next((grid for grid in self.grids if grid.notebook == notebook), None)

    def list_sources(self, notebook: str) -> tuple[str, ...]:
        """List the notebooks whose runs a notebook reads."""
        return tuple(grid.notebook for grid in self.grids if grid.read_by == notebook)

    def list_behind(self, notebook: str) -> tuple[str, ...]:
        """List a notebook and those whose runs it reads: all whose code is behind its exhibits."""
        return (notebook, *self.list_sources(notebook))


def read_plan(path: Path = EXHIBITS) -> Plan:
    """Read exhibits.toml.

    Raises
    ------
    ExhibitError
        If an entry lacks a field, has one that is not known, or repeats an id or a label.
    """
    content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    exhibits = []
    for entry in content["exhibit"]:
        try:
            exhibit = Exhibit(**{**entry, "needs": tuple(entry.get("needs", ()))})
        except TypeError as error:
            raise ExhibitError(f"exhibits.toml: {entry.get('id', entry)}: {error}") from None
        if any(exhibit.id == other.id or exhibit.label == other.label for other in exhibits):
            raise ExhibitError(f"exhibits.toml: {exhibit.id} ({exhibit.label}) stands twice")
        exhibits.append(exhibit)
    grids = tuple(_read_grid(entry) for entry in content.get("grid", ()))
    return Plan(**content["manuscript"], exhibits=tuple(exhibits), grids=grids)


def _read_grid(entry: dict[str, Any]) -> Grid:
    try:
        return Grid(**entry)
    except TypeError as error:
        raise ExhibitError(f"exhibits.toml: grid {entry.get('notebook', entry)}: {error}") from None
