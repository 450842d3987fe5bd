"""Who was left out of what and why: each filter of patients leaves a row, so that every denominator can be traced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

LEDGER = {
    "table": "str",
    "rule": "str",
    "n_in": "Int64",
    "n_out": "Int64",
    "patients_removed": "str",
    "reason": "str",
}
"""Type of each column in order: ``table`` is the exhibit or derived table; counts are of patients."""


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
        before, after = set(frame["patient_id"]), set(kept["patient_id"])
        row = {
            "table": table,
            "rule": rule,
            "n_in": len(before),
            "n_out": len(after),
            "patients_removed": "; ".join(sorted(before - after)) or None,
            "reason": reason if before - after else None,
        }
        return kept, Ledger((*self.rows, row))

    def as_table(self) -> pd.DataFrame:
        """Give the ledger as a table: one row per filter, in order, with the columns of ``LEDGER``."""
        return pd.DataFrame.from_records(list(self.rows), columns=list(LEDGER)).astype(LEDGER)


DISEASE_OF_MEASURE = {
    "SLEDAI_2K": "SLE",
    "CSLEDAI_2K": "SLE",
    "DORIS": "SLE",
    "CCR": "SLE",
    "CCR_0": "SLE",
    "LLDAS": "SLE",
    "CLLDAS": "SLE",
    "MSRI_4": "SLE",
    "CMAS": "JDM",
    "MMT8": "JDM",
    "CID_PRINTO": "JDM",
    "CID_REVISED": "JDM",
    "TIS": "JDM",
    "TIS_CATEGORY": "JDM",
    "MRSS": "SSc",
    "MRSS_RELEVANT_FALL": "SSc",
    "EUSTAR_2017": "SSc",
    "EUSTAR_2017_ACTIVE": "SSc",
    "CRISS_2016": "SSc",
    "RCRISS_20": "SSc",
}
"""Disease for which a measure is made; a patient with another one is left out first, and with that reason."""


def derive_ledger(
    patients: pd.DataFrame, *, scores: pd.DataFrame, tables: Mapping[str, pd.DataFrame], ledger: Ledger | None = None
) -> pd.DataFrame:
    """Derive which patients each derived table and each measure holds.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        ``disease``.
    scores : DataFrame, one row per patient, day and measure
        Of all subjects.
    tables
        Other derived tables with ``patient_id``, by name.
    ledger
        Filters that were recorded before, which come first.

    Returns
    -------
    DataFrame, one row per table and rule
        Of a table: the patients with a row. Of a measure (``scores:<measure>``), step by step: the disease it is made
        for, a record at any time, a value after the infusion.
    """
    ledger = ledger or Ledger()
    if patients.empty:
        return ledger.as_table()
    for name, frame in tables.items():
        has_row = patients["patient_id"].isin(frame["patient_id"])
        _, ledger = ledger.filter(patients, has_row, table=name, rule="has a row", reason="no record")
    for measure, own in scores.groupby("measure"):
        name, kept = f"scores:{measure}", patients
        if measure in DISEASE_OF_MEASURE:
            disease = DISEASE_OF_MEASURE[measure]
            is_meant = (kept["disease"].str.casefold() == disease.casefold()) | kept["patient_id"].isin(
                own["patient_id"]
            )
            kept, ledger = ledger.filter(
                kept, is_meant, table=name, rule=f"disease {disease}", reason="another disease, not recorded"
            )
        is_recorded = kept["patient_id"].isin(own["patient_id"])
        kept, ledger = ledger.filter(kept, is_recorded, table=name, rule="recorded", reason="never recorded")
        after = own[own["value"].notna() & (own["day"] > 0).fillna(False)]
        _, ledger = ledger.filter(
            kept,
            kept["patient_id"].isin(after["patient_id"]),
            table=name,
            rule="value after the infusion",
            reason="no value after the infusion",
        )
    return ledger.as_table()
