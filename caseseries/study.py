"""What a notebook holds in its hand: the data set, the plan, and the folder that everything made goes to."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from caseseries.design import Design
from caseseries.errors import ExhibitError
from caseseries.exhibits import (
    DisplayTable,
    Drawing,
    Row,
    read_made_csv,
    write_figure,
    write_made_csv,
    write_table,
)
from caseseries.paths import DERIVED, ROOT
from caseseries.plan import Exhibit, Plan, read_plan
from caseseries.records import About, read_codebook
from caseseries.records.describe import open_about


@dataclass(frozen=True)
class Shown:
    """What a notebook shows of an exhibit: HTML for the reader, and the facts that the build collects."""

    html: str
    facts: dict

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.facts["title"]}, {"caseseries": self.facts}


@dataclass(frozen=True)
class Listing:
    """Tables as a notebook shows them."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Study:
    """One data set on its way to the manuscript.

    ``data`` is the folder of the raw tables, ``out`` the folder of everything made from it.
    """

    data: Path
    out: Path
    about: About
    design: Design
    plan: Plan

    def _repr_html_(self) -> str:
        changed = ", ".join(f"{name} = {value}" for name, value in self.design.changed.items())
        lines = [f"<strong>{html.escape(self.about.title)}</strong>", html.escape(self.about.source)]
        if changed:
            lines.append(f"Options that differ from their default: {html.escape(changed)}")
        return "<p class='study'>" + "<br>".join(lines) + "</p>"

    def read(self, name: str) -> pd.DataFrame:
        """Read one derived table; ``00_data`` must have run before."""
        path = self.out / DERIVED / f"{name}.csv"
        if not path.exists():
            raise ExhibitError(f"{DERIVED / name}.csv is not there yet: run notebooks/00_data.ipynb first.")
        return read_made_csv(path)

    def write_derived(self, tables: Mapping[str, pd.DataFrame]) -> Listing:
        """Write every derived table, and show one row per file."""
        rows = []
        for name, frame in tables.items():
            path = write_made_csv(frame, self.out / DERIVED / f"{name}.csv", about=self.about)
            file = path.relative_to(self.out).as_posix()
            rows.append(Row(file, (str(len(frame)), ", ".join(frame.columns))))
        return self.show(DisplayTable(("File", "Rows", "Columns"), tuple(rows)))

    def show(self, *tables: DisplayTable) -> Listing:
        """Show tables that belong to a page and are no exhibits of the manuscript."""
        return Listing("".join(table.to_html(about=self.about) for table in tables))

    def fold(self, title: str, *tables: DisplayTable) -> Listing:
        """Show long tables behind a line that opens them."""
        return Listing(f"<details><summary>{html.escape(title)}</summary>{self.show(*tables).html}</details>")

    def list_missing(self, exhibit: Exhibit) -> list[str]:
        """Name what an exhibit needs and the data set does not hold."""
        held = set(self.read("contents")["content"])
        return [need for need in exhibit.needs if need not in held]

    def write_table(self, name: str, make: Callable[..., DisplayTable], *tables, **options) -> Shown:
        """Make a table and write its files, or say which data it lacks."""
        return self._write(name, write_table, make, tables, options)

    def write_figure(self, name: str, make: Callable[..., Drawing], *tables, **options) -> Shown:
        """Draw a figure and write its files, or say which data it lacks."""
        return self._write(name, write_figure, make, tables, options)

    def _write(self, name, write, make, tables, options) -> Shown:
        exhibit = self.plan.exhibit(name)
        facts = {
            "exhibit": exhibit.id,
            "title": f"{exhibit.label}. {exhibit.title}",
            "files": [],
            "lacks": [],
        }
        missing = self.list_missing(exhibit)
        if missing:
            facts["lacks"] = missing
            return Shown(f"<p class='absent'>{html.escape(describe_absence(exhibit, missing))}</p>", facts)
        made = make(*tables, **options)
        paths = write(made, exhibit=exhibit, about=self.about, out=self.out)
        facts["files"] = sorted(path.relative_to(self.out).as_posix() for path in paths)
        return Shown(made.to_html(exhibit=exhibit, about=self.about), facts)


def describe_absence(exhibit: Exhibit, missing: list[str]) -> str:
    """Say in one sentence why an exhibit does not apply to a data set."""
    codebook = read_codebook()
    words = []
    for need in missing:
        table, _, code = need.partition(".")
        known = {"labs": codebook.tests, "assessments": codebook.instruments}.get(table, {})
        words.append(f"{known[code].label} ({need})" if code else f"the table {need}")
    return f"{exhibit.label} does not apply to this data set: it needs {', '.join(words)}."


def open_study(data: str | Path, out: str | Path, *, design: Mapping | None = None) -> Study:
    """Open a data set for a notebook.

    Parameters
    ----------
    data, out
        Folder of the raw tables, and folder for what is made; a relative path starts at the project's folder,
        whatever the working folder is.
    design
        Options of ``caseseries.design`` that differ from their default.

    Raises
    ------
    DataError
        If dataset.toml cannot be read.
    UsageError
        If an option or its value is not known.
    """
    data, out = ROOT / data, ROOT / out
    return Study(data=data, out=out, about=open_about(data), design=Design(design), plan=read_plan())
