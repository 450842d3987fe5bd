"""The columns of two tables: which belong together, and whether a heading was changed, moved or exchanged."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from caseseries.verify.grades import Finding, Grade

Found = tuple[str, str, str, Finding]


class Table(Protocol):
    """Anything with headings and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def pair_columns(old: Table, new: Table) -> tuple[dict[str, str], list[Found]]:
    """Give for each published column the rebuilt one to compare it with, and what is to be said of the headings."""
    if old.columns == new.columns:
        return {column: column for column in old.columns}, []
    if sorted(old.columns) == sorted(new.columns):
        return _pair_reordered(old, new)
    same = [column for column in old.columns if column in new.columns]
    gone = [column for column in old.columns if column not in same]
    fresh = [column for column in new.columns if column not in same]
    renamed = {
        column: new.columns[position]
        for position, column in enumerate(old.columns)
        if len(old.columns) == len(new.columns) and column in gone and new.columns[position] in fresh
    }
    why = "a heading changed: another patient, measure or unit"
    findings = [(_name(old, column), column, other, Finding(Grade.CHANGED, why)) for column, other in renamed.items()]
    findings += [
        (_name(old, column), column, "", Finding(Grade.CHANGED, "a column was dropped"))
        for column in gone
        if column not in renamed
    ]
    findings += [
        (_name(new, column), "", column, Finding(Grade.CHANGED, "a column was added"))
        for column in fresh
        if column not in renamed.values()
    ]
    return {
        column: renamed.get(column, column) for column in old.columns if column in same or column in renamed
    }, findings


def _pair_reordered(old: Table, new: Table) -> tuple[dict[str, str], list[Found]]:
    """Tell columns that were moved from headings that were exchanged, by where more cells stayed what they were."""
    by_name = {column: column for column in old.columns}
    by_place = dict(zip(old.columns, new.columns, strict=True))
    if _count_same(old, new, by_name) >= _count_same(old, new, by_place):
        why = "the same columns, in another order"
        return by_name, [("columns", "", "", Finding(Grade.PRINTED, why))]
    why = "headings exchanged: the cells under them stayed"
    return by_place, [
        (_name(old, column), column, other, Finding(Grade.CHANGED, why))
        for column, other in by_place.items()
        if column != other
    ]


def _count_same(old: Table, new: Table, columns: dict[str, str]) -> int:
    """Count the cells that a column of each pair has in common, wherever their rows stand."""
    return sum((_count_cells(old, column) & _count_cells(new, other)).total() for column, other in columns.items())


def _count_cells(table: Table, column: str) -> Counter[str]:
    position = table.columns.index(column)
    return Counter(row[position] for row in table.rows)


def _name(table: Table, column: str) -> str:
    return f"heading of column {table.columns.index(column) + 1}"
