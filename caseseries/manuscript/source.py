"""The rows that a number is made from, with the words by which a reader selects the same rows.

The words are steps, each behind the other, separated by semicolons. A step is an expression for ``DataFrame.query``
(``toxicity == 'CRS'``), or ``last row by patient_id`` (or ``first``, in the order of days; further columns may follow),
or ``patients of TABLE: EXPRESSION``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

ONE_ROW = re.compile(r"(first|last) row by (\w+(?:, \w+)*)")
AMONG = re.compile(r"patients of (\w+): (.+)")


@dataclass(frozen=True, eq=False)
class Source:
    """Some rows of a derived table, and the words that select them; ``all rows`` without any."""

    derived: Mapping[str, pd.DataFrame]
    table: str
    rows: pd.DataFrame
    words: str = ""

    def step(self, words: str) -> Source:
        """Keep the rows that one further step selects."""
        rows = select_step(self.rows, words, derived=self.derived)
        return Source(self.derived, self.table, rows, "; ".join(filter(None, [self.words, words])))

    def last(self, *by: str) -> Source:
        """Keep the last row of each patient, or of each patient and measure."""
        return self.step(f"last row by {', '.join(('patient_id', *by))}")

    def first(self) -> Source:
        """Keep the first row of each patient."""
        return self.step("first row by patient_id")

    def known(self, column: str) -> Source:
        """Keep the rows with a value in a column."""
        step = f"{column}.notna()"
        return self if step in self.words.split("; ") else self.step(step)

    @property
    def n(self) -> int:
        """Patients with a row."""
        return self.rows["patient_id"].nunique()


@dataclass(frozen=True, eq=False)
class Tables:
    """The derived tables of a data set, to select from."""

    derived: Mapping[str, pd.DataFrame]

    def where(self, table: str, *steps: str) -> Source:
        """Select rows of a derived table, step by step."""
        source = Source(self.derived, table, self.derived[table])
        for step in steps:
            source = source.step(step)
        return source


def select_step(rows: pd.DataFrame, step: str, *, derived: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Select the rows of one step; a row for which the answer is missing is not kept."""
    if one := ONE_ROW.fullmatch(step):
        which, keys = one.groups()
        ordered = rows.sort_values("day" if "day" in rows else "end_day", kind="stable")
        return ordered.drop_duplicates(keys.split(", "), keep=which).sort_index()
    if among := AMONG.fullmatch(step):
        name, expression = among.groups()
        who = select_step(derived[name], expression, derived=derived)["patient_id"]
        return rows[rows["patient_id"].isin(who)]
    if rows.empty:
        return rows
    # Only the columns that the step names: the others would be made ready for nothing.
    named = set(re.findall(r"\w+", step)).intersection(rows.columns)
    answer = rows[sorted(named)].eval(step, engine="python")
    return rows[answer.astype("boolean").fillna(False).astype(bool)]


def select_rows(derived: Mapping[str, pd.DataFrame], table: str, words: str) -> pd.DataFrame:
    """Select the rows of a derived table by the words that stand beside a number."""
    rows = derived[table]
    for step in filter(None, words.split("; ")):
        rows = select_step(rows, step, derived=derived)
    return rows
