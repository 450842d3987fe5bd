"""Folder to checked tables: all files are read and all rules asked before anything is refused."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from caseseries.errors import DataError, Problem, suggest_names
from caseseries.records import cross, results  # noqa: F401 - they register their rules
from caseseries.records.about import FILE, read_about
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import About, Dataset, Oddity
from caseseries.records.decode import file_problem, plain
from caseseries.records.read import TextTable, read_text_table
from caseseries.records.rules import RULES
from caseseries.records.schema import Tables, check_columns, type_cells
from caseseries.records.units import convert_labs

KNOWN_REPORTS = ("import_report.csv",)
HARMLESS = {".md", ".rst", ".pdf", ""}
NEEDED = "patients"


def _check_names(folder: Path, tables: Iterable[str]) -> list[Problem]:
    """Report files that are no table, and tables that go by another name."""
    problems = []
    expected = [f"{name}.csv" for name in tables]
    names = sorted(os.fsencode(path.name).decode("utf-8", "replace") for path in folder.iterdir())
    absent = [Path(name).stem for name in expected if name not in names]
    for name in names:
        path = Path(name)
        if name in (*expected, FILE, *KNOWN_REPORTS) or name.startswith(".") or path.suffix in HARMLESS:
            continue
        near = difflib.get_close_matches(path.stem.casefold(), absent, n=1, cutoff=0.75)
        verb = "rename it to" if path.suffix.casefold() == ".csv" else "export it as"
        fix = f"{verb} {near[0]}.csv" if near else "move it out of the folder; it is not read"
        must = f"must be {FILE} or a table that the codebook knows"
        # A table under a wrong name would be left out without a trace.
        severity = "error" if near else "warning"
        problems.append(file_problem(plain(name), "file-unknown", must, "another name", fix, severity=severity))
    if NEEDED in absent:
        must, fix = "must be in the folder of the data set", "add the table with one row per patient"
        problems.append(file_problem(f"{NEEDED}.csv", "file-missing", must, "no such file", fix))
    return problems


def _check_counts(told: Mapping[str, int], found: Mapping[str, TextTable | None]) -> list[Problem]:
    """Compare the rows of each table with those that dataset.toml tells."""
    problems = []
    for name in sorted({*told, *found}):
        file, table = f"{name}.csv", found.get(name)
        if name not in found and name != NEEDED:
            must, fix = f"must be there, as {FILE} tells", f"add the file, or delete {name} from [rows]"
            problems.append(file_problem(file, "file-missing", must, "no such file", fix))
        elif table is not None and name not in told:
            must, fix = f"must be named under [rows] in {FILE}", f"add {name} = {table.n_rows} there"
            problems.append(file_problem(file, "rows-not-told", must, f"{table.n_rows:,} rows", fix))
        elif table is not None and table.is_whole and told[name] != table.n_rows:
            must = f"must have the number of rows that {FILE} tells, {told[name]:,}"
            fix = f"find out which rows were lost or added; if the file is right, write {name} = {table.n_rows}"
            problems.append(file_problem(file, "rows-differ", must, f"{table.n_rows:,} rows", fix))
    return problems


def _ask_rules(tables: Tables) -> list[Problem]:
    problems = []
    for rule in RULES:
        table = tables.get(rule.table)
        if table is None or table.text.empty:
            continue
        columns = read_codebook().tables[rule.table]
        if any(columns[code].required and code not in table.columns for code in rule.shows):
            continue
        broken = pd.Series(rule.find_broken(table, tables), table.text.index)
        rows = table.text.index[broken.fillna(False).astype(bool)]
        if rows.empty:
            continue
        fix = rule.fix if isinstance(rule.fix, str) else rule.fix(table.text.loc[rows], tables)
        values = table.quote(rows, [code for code in rule.shows if code in table.columns])
        problems.append(table.problem(rule.name, rows, must=rule.must, fix=fix, values=values, severity=rule.severity))
    return problems


def _accept_oddities(problems: list[Problem], oddities: Iterable[Oddity]) -> list[Problem]:
    """Turn what dataset.toml accepts into warnings that carry the reason."""
    by_rule = {(problem.file, problem.rule): problem for problem in problems}
    gone = []
    for oddity in oddities:
        name = oddity.file, oddity.rule
        problem = by_rule.get(name)
        if problem is None:
            near = suggest_names(oddity.rule, [rule for file, rule in by_rule if file == oddity.file], n=1)
            gone.append(f"{oddity.file} {oddity.rule}" + (f" (did you mean {near[0]}?)" if near else ""))
        elif problem.n_rows is None:
            fix = f"{problem.fix}; {FILE} can accept single rows, but not this"
            by_rule[name] = replace(problem, fix=fix)
        elif len(problem.found) != oddity.n:
            told = f"{FILE} accepts n = {oddity.n}, not {len(problem.found)}"
            by_rule[name] = replace(problem, fix=f"{problem.fix}; {told}")
        else:
            by_rule[name] = replace(problem, severity="warning", accepted=plain(oddity.reason, 300))
    accepted = list(by_rule.values())
    if gone:
        must, fix = "an [[oddity]] must be one that the data have", "delete the entry, or correct its file and rule"
        accepted.append(file_problem(FILE, "oddity-gone", must, plain("; ".join(gone), 400), fix))
    return accepted


def _inspect(folder: Path) -> tuple[About | None, Tables, list[Problem]]:
    """Read everything and ask every rule."""
    codebook = read_codebook()
    try:
        problems = _check_names(folder, codebook.tables)
    except (OSError, ValueError) as error:
        must, fix = "must be a folder that can be read", "give the folder that holds dataset.toml and patients.csv"
        found = getattr(error, "strerror", None) or str(error)
        return None, Tables(), [file_problem(plain(str(folder)), "folder", must, found, fix)]
    facts, found = read_about(folder, codebook.tables)
    problems += found
    texts, tables = {}, Tables()
    names = {path.name for path in folder.iterdir()}
    for name, columns in codebook.tables.items():
        if f"{name}.csv" not in names:
            continue
        texts[name], found = read_text_table(folder / f"{name}.csv", columns)
        problems += found
        if texts[name] is not None:
            table, found = type_cells(name, texts[name].cells, codebook)
            problems += found
            table, found = check_columns(table, codebook)
            problems += found
            tables[name] = replace(table, partial=texts[name].partial, is_whole=texts[name].is_whole)
    if NEEDED in tables and texts[NEEDED].n_rows == 0 and tables[NEEDED].is_whole:
        must, fix = "must have at least one row", "add one row per patient"
        problems.append(file_problem(f"{NEEDED}.csv", "no-rows", must, "only the header", fix))
    if facts.rows is not None:
        problems += _check_counts(facts.rows, texts)
    problems += _ask_rules(tables)
    order = {FILE: -1, **{f"{name}.csv": i for i, name in enumerate(codebook.tables)}}
    problems = _accept_oddities(problems, facts.oddities)
    problems.sort(key=lambda problem: (order.get(problem.file, len(order)), problem.file, problem.rule))
    return facts.about, tables, problems


def _refuse_errors(problems: Iterable[Problem]) -> None:
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise DataError(errors)


def list_problems(folder: Path) -> list[Problem]:
    """List all that is wrong with a data set, errors and warnings.

    Parameters
    ----------
    folder
        Folder with dataset.toml and the raw tables; nothing in it, or its absence, makes this function fail.

    Returns
    -------
    list of Problem, one per file and rule
        dataset.toml first, then the tables in the order of the codebook, within a file by rule.
    """
    return _inspect(Path(folder))[2]


def check_dataset(folder: Path) -> None:
    """Refuse a data set that breaks a rule.

    Raises
    ------
    DataError
        With every problem that is an error; warnings stop nothing.
    """
    _refuse_errors(list_problems(folder))


def read_dataset(folder: Path) -> Dataset:
    """Read a data set and check it.

    Returns
    -------
    Dataset
        Typed tables in the order of their files. A cell that an accepted oddity made unreadable is missing.

    Raises
    ------
    DataError
        With every problem that is an error.
    """
    folder = Path(folder)
    about, tables, problems = _inspect(folder)
    _refuse_errors(problems)
    codebook = read_codebook()
    frames = {}
    for name in codebook.tables:
        table = tables.get(name) or type_cells(name, pd.DataFrame(index=pd.RangeIndex(0)), codebook)[0]
        frames[name] = table.typed.reset_index(drop=True)
    frames["labs"] = convert_labs(frames["labs"])
    return Dataset(folder.resolve().name, about, frames, tuple(tables))


def problems_json(problems: Iterable[Problem]) -> str:
    """Give problems as JSON: one record each, in their order, with every row."""
    return json.dumps([problem.record() for problem in problems], ensure_ascii=False, indent=2) + "\n"
