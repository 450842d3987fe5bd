"""Who was left out of what and why: each filter of patients leaves a row, so that every denominator can be traced."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

LEDGER = {
    "table": "str",
    "rule": "str",
    "after": "str",
    "n_in": "Int64",
    "n_out": "Int64",
    "patients_removed": "str",
    "reason": "str",
}
"""Type of each column in order: ``table`` is what is filtered (a derived table, and behind a colon the part of it),
``after`` the rule whose patients the filter takes in, empty for all patients; counts are of patients."""


@dataclass(frozen=True)
class Ledger:
    """The filters so far, in order; it never changes, each filter gives a longer one."""

    rows: tuple[Mapping, ...] = ()

    def filter(
        self, frame: pd.DataFrame, keep: pd.Series, *, table: str, rule: str, reason: str
    ) -> tuple[pd.DataFrame, Ledger]:
        """Keep some rows of a frame and write down which patients are left without any.

        Parameters
        ----------
        frame : DataFrame
            With ``patient_id``.
        keep
            Boolean, rows as in ``frame``; a missing answer does not keep the row.
        table, rule, reason
            Exhibit or table that is filtered, what is asked for, and why the others are left out.

        Returns
        -------
        DataFrame, Ledger
            The rows that are kept, and the ledger with one row more.
        """
        kept = frame[keep.fillna(False).astype(bool)]
        row = describe_filter(table, rule, set(frame["patient_id"]), set(kept["patient_id"]), reason=reason)
        return kept, Ledger((*self.rows, row))

    def as_table(self) -> pd.DataFrame:
        """Give the ledger as a table: one row per filter, in order, with the columns of ``LEDGER``."""
        return pd.DataFrame.from_records(list(self.rows), columns=list(LEDGER)).astype(LEDGER)


def describe_filter(
    table: str, rule: str, before: Collection[str], kept: Collection[str], *, reason: str | Mapping, after: str = ""
) -> dict:
    """Describe a filter as a row of the ledger.

    Parameters
    ----------
    table, rule, after
        As in ``LEDGER``.
    before, kept
        Ids of the patients who come in, and of those who stay.
    reason
        Why the others are left out: one reason, or one per patient.
    """
    removed = sorted(set(before) - set(kept))
    if isinstance(reason, Mapping):
        by_reason: dict[str, list[str]] = {}
        for patient_id in removed:
            by_reason.setdefault(reason[patient_id], []).append(patient_id)
        words = "; ".join(f"{why} ({', '.join(ids)})" for why, ids in sorted(by_reason.items()))
    else:
        words = reason
    return {
        "table": table,
        "rule": rule,
        "after": after or None,
        "n_in": len(set(before)),
        "n_out": len(set(before) & set(kept)),
        "patients_removed": "; ".join(removed) or None,
        "reason": words if removed else None,
    }
