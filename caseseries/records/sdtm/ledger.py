"""The account of an import: where every record went, and what was changed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from caseseries.records.sdtm.domains import Domain

COLUMNS = ("domain", "kind", "what", "reason", "n_rows", "n_patients", "examples")
KINDS = ("imported", "not imported", "changed", "not kept")
EXAMPLES_SHOWN = 3


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Parameters
    ----------
    folder
        Where the data set was written.
    anchor
        Where day 0 came from, in words.
    rows : DataFrame, one row per domain, kind, what and reason
        ``kind``: imported; not imported (the records are in no table); changed (imported, but a cell was emptied or
        decided by a rule); not kept (a variable without a column). ``n_rows`` of the first two kinds add up to the
        records of the domain. ``examples`` holds values as the trial wrote them, never a date or a participant.
    """

    folder: Path
    anchor: str
    rows: pd.DataFrame

    def counts(self) -> pd.DataFrame:
        """Count the records of each domain: ``n_in``, ``n_imported``, ``n_not_imported``."""
        total = self.rows.pivot_table(index="domain", columns="kind", values="n_rows", aggfunc="sum", fill_value=0)
        total = total.reindex(columns=["imported", "not imported"], fill_value=0)
        total.columns = ["n_imported", "n_not_imported"]
        total.insert(0, "n_in", total.sum(axis=1))
        return total.reset_index()

    def text(self) -> str:
        """Write the report for a terminal: a line per domain, then whatever was not taken over as it stood."""
        lines = [
            f"Day 0: {self.anchor}.",
            "",
            f"{'domain':<10}{'records':>9}{'imported':>10}{'not imported':>14}",
        ]
        lines += [
            f"{row.domain:<10}{row.n_in:>9,}{row.n_imported:>10,}{row.n_not_imported:>14,}"
            for row in self.counts().itertuples()
        ]
        for kind in KINDS[1:-1]:
            part = self.rows[self.rows["kind"] == kind]
            lines += ["", f"{kind}:"] if len(part) else []
            for row in part.itertuples():
                shown = f" (such as {row.examples})" if row.examples else ""
                people = f", {row.n_patients:,} participants" if row.n_patients else ""
                lines.append(f"  {row.domain} {row.what}: {row.reason}: {row.n_rows:,} rows{people}{shown}")
        unkept = self.rows[self.rows["kind"] == KINDS[-1]]
        lines += ["", "variables without a column:"] if len(unkept) else []
        lines += [f"  {domain}: {', '.join(names)}" for domain, names in unkept.groupby("domain")["what"]]
        return "\n".join(lines)


class Ledger:
    """Books every record of every domain once: as imported, or as not imported with the reason."""

    def __init__(self) -> None:
        self._rows: list[dict] = []
        self._booked: dict[str, pd.Index] = {}

    def book(self, domain: Domain, rows: pd.Series, *, what: str) -> None:
        """Book records as imported into ``what``."""
        self._add(domain, rows, "imported", what, "", None)

    def drop(
        self,
        domain: Domain,
        rows: pd.Series,
        *,
        what: str | pd.Series,
        reason: str,
        examples: pd.Series | None = None,
    ) -> None:
        """Book records as not imported; ``what`` may differ from record to record."""
        self._add(domain, rows, "not imported", what, reason, examples)

    def change(
        self,
        domain: Domain,
        rows: pd.Series,
        *,
        what: str | pd.Series,
        reason: str,
        examples: pd.Series | None = None,
    ) -> None:
        """Note of records that a cell was emptied or decided by a rule."""
        self._add(domain, rows, "changed", what, reason, examples)

    def sift(self, domain: Domain, what: pd.Series, *reasons: tuple) -> pd.Series:
        """Drop records for the first reason that holds, and give those for which none holds.

        Each reason is (records, reason) or (records, reason, examples).
        """
        kept = pd.Series(True, index=domain.frame.index)
        for rows, reason, *examples in reasons:
            out = kept & rows.fillna(False).astype(bool)
            self.drop(domain, out, what=what, reason=reason, examples=examples[0] if examples else None)
            kept &= ~out
        return kept

    def list_unasked(self, domain: Domain) -> None:
        """Note the variables that hold something and went nowhere."""
        for name in domain.unasked():
            filled = domain.frame[name].notna()
            self._add(domain, filled, "not kept", name, "no column for this variable", None)

    def _add(self, domain, rows, kind, what, reason, examples) -> None:
        rows = rows.fillna(False).astype(bool)
        if not rows.any():
            return
        index = rows.index[rows]
        if kind in KINDS[:2]:
            booked = self._booked.get(domain.name, pd.Index([]))
            if booked.isin(index).any():
                raise AssertionError(f"{domain.name}: records booked twice ({kind}, {reason})")
            self._booked[domain.name] = booked.append(index)
        names = pd.Series(what, index=index) if isinstance(what, str) else what[index].fillna("(empty)")
        for name, part in names.groupby(names, sort=True):
            shown = []
            if examples is not None:
                shown = sorted(examples[part.index].dropna().unique())[:EXAMPLES_SHOWN]
            n_patients = domain.patients()[part.index].nunique() if "USUBJID" in domain.frame else 0
            self._rows.append(
                dict(
                    zip(
                        COLUMNS,
                        (domain.name, kind, name, reason, len(part), n_patients, "; ".join(map(str, shown))),
                        strict=True,
                    )
                )
            )

    def close(self, domains: dict[str, Domain]) -> pd.DataFrame:
        """Give the account, sorted; every record of every domain must have been booked."""
        for name, domain in domains.items():
            booked = self._booked.get(name, pd.Index([]))
            if len(booked) != len(domain):
                raise AssertionError(f"{name}: {len(domain)} records came, {len(booked)} were booked")
        rows = pd.DataFrame(self._rows, columns=list(COLUMNS))
        order = rows["kind"].map({kind: number for number, kind in enumerate(KINDS)})
        rows = rows.assign(order=order).sort_values(["domain", "order", "what", "reason"], kind="stable")
        return rows.drop(columns="order").reset_index(drop=True)
