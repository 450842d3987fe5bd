"""What a notebook holds in its hand: the data set, the plan, and the folder that everything made goes to."""

from __future__ import annotations

import functools
import html
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from caseseries.derive import DERIVED as ALL_DERIVED
from caseseries.derive import derive_tables
from caseseries.derive.by_definition import derive_at_cut
from caseseries.design import Design
from caseseries.errors import ExhibitError
from caseseries.exhibits.denominators import check_denominators, find_counts, list_denominators, name_tables
from caseseries.exhibits.forms.export import write_figure, write_part, write_table
from caseseries.exhibits.forms.made_csv import read_made_csv, write_made_csv
from caseseries.exhibits.forms.provenance import describe_making, find_inputs, find_parameters, mark_input
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.paths import BY_HAND, DERIVED, ROOT, RUNS, safe_name
from caseseries.plan import Exhibit, Plan, read_plan
from caseseries.records import About, read_codebook, read_dataset
from caseseries.records.describe import open_about
from caseseries.records.listing import read_rows

if TYPE_CHECKING:
    from caseseries.exhibits.whatif.page import WhatIf
    from caseseries.manuscript.text import Text

LAB_STYLE = "<style>table.exhibit :is(td, th, caption) { text-align: left } figure.exhibit { margin: 0 }</style>"
"""JupyterLab sets every table flush right."""


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

    ``data`` is the folder of the raw tables, ``out`` the folder of everything made from it. Run by hand, a notebook
    reads derived tables of its own, in ``by_hand``; otherwise those that ``00_data`` wrote to ``out``.
    """

    data: Path
    out: Path
    about: About
    design: Design
    plan: Plan
    by_hand: Path | None = None

    def _repr_html_(self) -> str:
        changed = ", ".join(f"{name} = {value}" for name, value in self.design.changed.items())
        lines = [f"<strong>{html.escape(self.about.title)}</strong>", html.escape(self.about.source)]
        if changed:
            lines.append(f"Options that differ from their default: {html.escape(changed)}")
        if self.by_hand:
            place = html.escape(os.path.relpath(self.out, ROOT))
            lines.append(f"Run by hand: files go to {place} and are no part of the publication.{LAB_STYLE}")
        return "<p class='study'>" + "<br>".join(lines) + "</p>"

    def read(self, name: str) -> pd.DataFrame:
        """Read one derived table; ``00_data`` must have run before."""
        file = (DERIVED / f"{name}.csv").as_posix()
        path = (self.by_hand or self.out) / file
        if not path.exists():
            raise ExhibitError(f"{file} is not there yet: run notebooks/00_data.ipynb first.")
        return mark_input(read_made_csv(path), path, name=file)

    def read_all(self) -> dict[str, pd.DataFrame]:
        """Read every derived table, by name."""
        return {name: self.read(name) for name in ALL_DERIVED}

    def read_given(self, read: Callable[[Path], pd.DataFrame], path: Path) -> pd.DataFrame:
        """Read a table of the project that no notebook makes, such as published counts, as an input of exhibits."""
        return mark_input(read(path), path, name=path.relative_to(ROOT).as_posix())

    def write_derived(self, tables: Mapping[str, pd.DataFrame]) -> Listing:
        """Write every derived table, and show one row per file."""
        rows = []
        for name, frame in tables.items():
            path = write_made_csv(frame, self.out / DERIVED / f"{name}.csv", about=self.about)
            file = path.relative_to(self.out).as_posix()
            mark_input(frame, path, name=file)
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
        return [need for need in exhibit.needs if not held & set(need.split(" | "))]

    def list_rows(self, patient_id: str) -> dict[str, pd.DataFrame]:
        """List every raw row of one patient as it stands in the files, by table; for people to read."""
        return read_rows(self.data, patient_id=patient_id)

    def derive_with(self, change: Mapping) -> dict[str, pd.DataFrame]:
        """Give every derived table, derived anew with some other options; as ``00_data`` wrote them where none is."""
        if not change:
            return self.read_all()
        return derive_tables(read_dataset(self.data), design=Design(self.design.changed | dict(change)))

    def derive_by_definition(self, *, cut: str, months: float) -> pd.DataFrame:
        """Derive each patient's headline facts by every definition, with so many months of follow-up; 0 for all."""
        return derive_at_cut(read_dataset(self.data).tables, cut=cut, months=months, design=self.design)

    def write_run(self, name: str, run: str, frame: pd.DataFrame) -> Shown:
        """Write what one run of a grid found, for the exhibit that reads all runs."""
        exhibit = self.plan.exhibit(name)
        path = write_made_csv(frame, self.out / RUNS / name / f"{safe_name(run)}.csv", about=self.about)
        title = f"{exhibit.label}. {exhibit.title}"
        facts = {"exhibit": exhibit.id, "title": title, "files": [path.relative_to(self.out).as_posix()], "lacks": []}
        rows = tuple(Row(str(row[0]), tuple(map(str, row[1:]))) for row in frame.itertuples(index=False, name=None))
        return Shown(self.show(DisplayTable(tuple(frame.columns), rows)).html, facts)

    def read_runs(self, name: str) -> pd.DataFrame:
        """Read what all runs of the grid wrote that an exhibit reads, in the order of the plan."""
        grid = self.plan.grid(*self.plan.list_sources(self.plan.exhibit(name).notebook))
        folder = self.out
        if self.by_hand:
            from caseseries.by_hand import find_runs

            folder = find_runs(self.data, design=self.design, exhibit=name)
        files = [RUNS / name / f"{safe_name(run)}.csv" for run in grid.runs]
        missing = [file.as_posix() for file in files if not (folder / file).exists()]
        if missing:
            raise ExhibitError(f"{missing[0]} is not there yet: run_all.py build {name} runs {grid.notebook} first.")
        found = pd.concat([read_made_csv(folder / file) for file in files], ignore_index=True)
        for file in files:
            mark_input(found, folder / file, name=file.as_posix())
        return found

    def write_table(self, name: str, make: Callable[..., DisplayTable], *tables, **options) -> Shown:
        """Make a table and write its files, or say which data it lacks."""
        return self._write(name, write_table, make, tables, options)

    def write_figure(self, name: str, make: Callable[..., Drawing], *tables, **options) -> Shown:
        """Draw a figure and write its files, or say which data it lacks."""
        return self._write(name, write_figure, make, tables, options)

    def write_part(self, name: str, part: str, make: Callable[..., Drawing], *tables, **options) -> Shown:
        """Draw the part of a figure that belongs to one run, and write it as PDF beside those of other runs."""
        return self._write(name, functools.partial(write_part, part=part), make, tables, options)

    def write_text(self, name: str, make: Callable[..., Text], *tables, **options) -> Shown:
        """Compose a text and write its files, or say which data it lacks."""
        # What sets text is slow to load, and one notebook of many needs it.
        from caseseries.manuscript.write import write_text

        return self._write(name, write_text, make, tables, options)

    def write_page(self, name: str, make: Callable[..., WhatIf], *tables, **options) -> Shown:
        """Make a page of its own and write it, or say which data it lacks."""
        from caseseries.exhibits.whatif.page import write_page

        return self._write(name, write_page, make, tables, options)

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
        if made is None:
            facts["lacks"] = ["values that can be shown"]
            return Shown(f"<p class='absent'>{html.escape(describe_emptiness(exhibit))}</p>", facts)
        inputs = find_inputs([*tables, *options.values()])
        self._account_for(made, exhibit=exhibit, files=inputs, tables=tables)
        provenance = describe_making(
            exhibit,
            self.about,
            alt_text=getattr(made, "alt_text", ""),
            inputs=inputs,
            options=self.design.changed,
            parameters=find_parameters(make, options),
        )
        paths = write(made, exhibit=exhibit, about=self.about, out=self.out, provenance=provenance)
        facts["files"] = sorted(path.relative_to(self.out).as_posix() for path in paths)
        facts["inputs"] = dict(provenance.inputs)
        return Shown(made.to_html(exhibit=exhibit, about=self.about, provenance=provenance), facts)

    def _account_for(
        self, made: DisplayTable | Drawing | Text, *, exhibit: Exhibit, files: Mapping, tables: tuple
    ) -> None:
        """Stop at a denominator that the ledger does not account for; nothing of the exhibit is written then."""
        stated = list_denominators(made) if isinstance(made, DisplayTable | Drawing) else made.list_denominators()
        problems = check_denominators(
            self.read("ledger"),
            stated,
            exhibit=exhibit.id,
            tables=name_tables(files),
            elsewhere=find_counts(tables),
        )
        if problems:
            raise ExhibitError("\n".join(problem.text() for problem in problems))


def describe_emptiness(exhibit: Exhibit) -> str:
    """Say in one sentence that a data set has what an exhibit needs, but no value that it can show."""
    return f"{exhibit.label} does not apply to this data set: it holds no values that can be shown."


def describe_absence(exhibit: Exhibit, missing: list[str]) -> str:
    """Say in one sentence why an exhibit does not apply to a data set."""
    codebook = read_codebook()
    words = []
    for need in missing:
        named = []
        for content in need.split(" | "):
            table, _, code = content.partition(".")
            known = {"labs": codebook.tests, "assessments": codebook.instruments}.get(table, {})
            named.append(f"{known[code].label} ({content})" if code else f"the table {content}")
        words.append(" or ".join(named))
    return f"{exhibit.label} does not apply to this data set: it needs {', '.join(words)}."


def open_study(data: str | Path, out: str | Path, *, design: Mapping | None = None) -> Study:
    """Open a data set for a notebook.

    Parameters
    ----------
    data, out
        Folder of the raw tables, and folder for what is made; a relative path starts at the project's folder,
        whatever the working folder is. In ``out/by_hand`` every table is derived from these data and options first.
    design
        Options of ``caseseries.design`` that differ from their default.

    Raises
    ------
    DataError
        If dataset.toml cannot be read.
    UsageError
        If an option or its value is not known.
    """
    data, out, chosen = ROOT / data, ROOT / out, Design(design)
    study = Study(data=data, out=out, about=open_about(data), design=chosen, plan=read_plan())
    if not out.resolve().is_relative_to((ROOT / BY_HAND).resolve()):
        return study
    # A notebook of a build must not depend on what serves runs by hand.
    from caseseries.by_hand import prepare_tables

    return replace(study, by_hand=prepare_tables(data, design=chosen))
