"""Supplement S1 as tables: faults found, contents, visits, cells filled, the codebook, and what the data support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from caseseries.errors import Problem
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import lead_out
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.plan import Exhibit
from caseseries.records.codebook import Codebook

REQUIRED_WORDS = {"cell": "every cell", "column": "column"}


def table_problems(problems: Sequence[Problem]) -> DisplayTable:
    """Make the table of rules that the raw tables break; one row that says so where they break none."""
    rows = [
        Row(
            problem.file,
            (problem.severity, problem.must, f"{len(problem.found):,}", problem.found[0].text(), problem.fix),
        )
        for problem in problems
    ]
    if not rows:
        return DisplayTable(("File", "Result"), (Row("All raw tables", ("No rule of the codebook is broken.",)),))
    columns = ("File", "Kind", "Rule", "Rows", "First row", "What to do")
    n_errors = sum(problem.severity == "error" for problem in problems)
    note = f"{fmt.count_of(n_errors, 'error')}, {fmt.count_of(len(rows) - n_errors, 'warning')}."
    return DisplayTable(columns, tuple(rows), (note,))


def table_exhibits(exhibits: Iterable[Exhibit], contents: pd.DataFrame) -> DisplayTable:
    """Make the table of exhibits: which ones the data support, and what the others lack.

    Parameters
    ----------
    exhibits
        The plan of the manuscript.
    contents : DataFrame, one row per table, test and instrument
        As ``summarize_contents`` gives it.
    """
    held = set(contents["content"])
    rows = []
    for exhibit in exhibits:
        lacks = [need for need in exhibit.needs if need not in held]
        rows.append(Row(exhibit.label, (exhibit.title, f"lacks {', '.join(lacks)}" if lacks else "supported")))
    return DisplayTable(("Exhibit", "Title", "These data"), tuple(rows))


def table_contents(contents: pd.DataFrame) -> DisplayTable:
    """Make the table of what a data set holds: rows, patients, days, and results beyond a limit of the assay.

    Parameters
    ----------
    contents : DataFrame, one row per table, test and instrument
        As ``summarize_contents`` gives it.
    """
    columns = ("", "Unit", "Patients", "Rows", "Days", "Below limit", "Above limit")
    headings = {"table": "Raw tables", "test": "Laboratory tests", "instrument": "Instruments"}
    rows = []
    for kind, heading in headings.items():
        own = contents[contents["kind"] == kind]
        if len(own):
            rows += [Row(heading, kind="section"), *map(_content_row, own.to_dict("records"))]
    notes = (
        "Days: first to last day of the rows, from infusion or first dose (day 0). Below and above limit: results that "
        "the laboratory gave as beyond a limit, and their share.",
    )
    return DisplayTable(columns, tuple(rows), notes)


def _content_row(row: dict) -> Row:
    name = row["content"].rpartition(".")[2]
    label = name if pd.isna(row["label"]) or row["kind"] == "table" else f"{row['label']} ({name})"
    beyond = ("", "")
    if row["kind"] == "test":
        beyond = tuple(
            f"{n:,} ({fmt.percent(n / row['n_rows'], n=5)})" if n else "0" for n in (row["n_below"], row["n_above"])
        )
    days = "" if pd.isna(row["first_day"]) else fmt.span([row["first_day"], row["last_day"]])
    unit = "" if pd.isna(row["unit"]) else fmt.unit(row["unit"])
    return Row(label, (unit, f"{row['n_patients']:,}", f"{row['n_rows']:,}", days, *beyond))


def table_visits(visits: pd.DataFrame) -> DisplayTable:
    """Make the table of planned visits: how many were due, done and missed, and how far from their day.

    Parameters
    ----------
    visits : DataFrame, one row per patient and visit
        As ``derive_visits`` gives it.
    """
    planned = visits[visits["status"] != "unscheduled"]
    rows = []
    for name in order_of_visits(visits):
        own = planned[planned["visit"] == name]
        counts = own["status"].value_counts()
        n_done, n_missed, n_unknown = (int(counts.get(status, 0)) for status in ("done", "missed", "no_record"))
        n_due = n_done + n_missed + n_unknown
        rows.append(
            Row(
                str(name),
                (
                    fmt.recorded(own["planned_day"].astype("float64").median()),
                    f"{n_due:,}",
                    fmt.n_percent(n_done, n_due) if n_due else fmt.NOT_RECORDED,
                    f"{n_missed:,}",
                    f"{n_unknown:,}",
                    fmt.median_range(own["deviation_days"]),
                ),
            )
        )
    n_extra = int((visits["status"] == "unscheduled").sum())
    notes = (
        "Due: planned on or before the last contact of the patient, or done. Deviation: actual minus planned day, "
        "median (range).",
        f"{fmt.count_of(n_extra, 'unscheduled visit')} not shown." if n_extra else "",
        f"{fmt.NOT_RECORDED}, none." if any(fmt.NOT_RECORDED in row.cells for row in rows) else "",
    )
    columns = ("Visit", "Planned day", "Due", "Done", "Missed", "No record", "Deviation, days")
    return DisplayTable(columns, tuple(rows), tuple(filter(None, notes)))


def order_of_visits(visits: pd.DataFrame) -> list[str]:
    """Give the names of planned visits in the order of their planned days."""
    planned = visits[visits["status"] != "unscheduled"]
    days = planned.groupby("visit")["planned_day"].median().astype("float64")
    return sorted(days.index, key=lambda name: (days[name], name))


def table_cells(filled_cells: pd.DataFrame) -> DisplayTable:
    """Make the table of filled cells, by raw table and column.

    Parameters
    ----------
    filled_cells : DataFrame, one row per table and column
        As ``summarize_cells`` gives it.
    """
    rows = []
    for table, own in filled_cells.groupby("table", sort=False):
        rows.append(Row(str(table), kind="section"))
        for row in own.to_dict("records"):
            need = REQUIRED_WORDS.get(row["required"], "optional")
            share = fmt.percent(row["share_filled"], n=5)
            rows.append(Row(row["column"], (need, f"{row['n_filled']:,}/{row['n_rows']:,}", share)))
    notes = ("Required: every cell must be filled, the column must be there, or the column may be left out.",)
    return DisplayTable(("Column", "Required", "Filled", "Share"), tuple(rows), notes)


def table_codebook(codebook: Codebook) -> tuple[DisplayTable, DisplayTable, DisplayTable]:
    """Make the codebook as three tables: columns of the raw tables, laboratory tests, items of the instruments."""
    return _columns_table(codebook), _tests_table(codebook), _items_table(codebook)


def table_derived(codebook: Codebook) -> DisplayTable:
    """Make the table of the columns of the derived tables, with the codes that each may hold."""
    rows = []
    for table, columns in codebook.derived.items():
        grain = codebook.derived_grains[table]
        rows.append(Row(f"{table}: {lead_out(grain)}", kind="section"))
        for code, column in columns.items():
            always = "always" if column.required == "cell" else "may be empty"
            rows.append(Row(code, (column.label, column.type, fmt.unit(column.unit), always, column.cdisc)))
            rows += [
                Row(value, (label, "", fmt.unit(column.units.get(value, "")), "", ""), kind="detail")
                for value, label in column.values.items()  # noqa: PD011 - a dict of the codebook, no array
            ]
    headings = ("Column, and its codes", "Meaning", "Type", "Unit", "Filled", "ADaM")
    return DisplayTable(headings, tuple(rows), caption="Columns of the derived tables")


def _columns_table(codebook: Codebook) -> DisplayTable:
    rows = []
    for table, columns in codebook.tables.items():
        rows.append(Row(f"{table}: {codebook.grains[table][0].lower()}{codebook.grains[table][1:]}", kind="section"))
        for code, column in columns.items():
            values = ", ".join(column.values)
            rows.append(
                Row(
                    code,
                    (
                        column.label,
                        column.type,
                        fmt.unit(column.unit),
                        values or _limits(column.minimum, column.maximum),
                        REQUIRED_WORDS.get(column.required, "optional"),
                        column.cdisc,
                    ),
                )
            )
    headings = ("Column", "Meaning", "Type", "Unit", "Allowed", "Required", "CDISC")
    return DisplayTable(headings, tuple(rows), caption="Columns of the raw tables")


def _tests_table(codebook: Codebook) -> DisplayTable:
    rows = tuple(
        Row(
            code,
            (
                test.label,
                fmt.unit(test.unit),
                ", ".join(fmt.unit(unit) for unit in test.factors if unit != test.unit),
                _limits(test.minimum, test.maximum),
                "" if test.lloq is None else fmt.significant(test.lloq),
                test.cdisc,
            ),
        )
        for code, test in codebook.tests.items()
    )
    headings = ("Test", "Meaning", "Unit", "Also accepted", "Plausible", "Usual lower limit of the assay", "CDISC")
    return DisplayTable(headings, rows, caption="Laboratory tests")


def _items_table(codebook: Codebook) -> DisplayTable:
    rows = []
    for instrument in codebook.instruments.values():
        total = _limits(instrument.minimum, instrument.maximum)
        rows.append(
            Row(f"{instrument.label} ({instrument.code})" + (f", total {total}" if total else ""), kind="section")
        )
        rows += [
            Row(code, (item.label, fmt.unit(item.unit), _limits(item.minimum, item.maximum)))
            for code, item in instrument.items.items()
        ]
    return DisplayTable(("Item", "Meaning", "Unit", "Range"), tuple(rows), caption="Items of the instruments")


def _limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f"{fmt.significant(low, 8)} to {fmt.significant(high, 8)}"
