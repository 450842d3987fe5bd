"""The filters of the cohort itself: enrolled, infused, by disease and group, evaluable, seen at the visits, alive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import pandas as pd

from caseseries.derive.cohort.ledger import describe_filter
from caseseries.derive.outcomes.activity_change import BETTER

FOLLOWED = ("M3", "M6", "M12")
"""Visits at which the cohort is counted."""

ENROLLED, INFUSED = "enrolled", "infused"


@dataclass(frozen=True)
class Filter:
    """One filter: who comes in, who stays, and why the others do not; ``strata`` counts it by disease and group too."""

    table: str
    rule: str
    before: frozenset
    kept: frozenset
    reason: str | Mapping
    after: str = ""
    strata: str = "where they differ"

    def row(self) -> dict:
        """Give the filter as a row of the ledger."""
        return describe_filter(self.table, self.rule, self.before, self.kept, reason=self.reason, after=self.after)


def list_parts(frame: pd.DataFrame, column: str) -> dict[str, frozenset]:
    """List the patients behind each value of a column."""
    return collect_patients(frame, (column,))


def list_patients(frame: pd.DataFrame, keep: pd.Series | None = None) -> frozenset:
    """List the patients with a row that is kept; a missing answer does not keep it."""
    return frozenset(_kept_values(frame, "patient_id", keep))


def collect_patients(
    frame: pd.DataFrame, columns: Sequence[str], keep: pd.Series | None = None
) -> dict[str, frozenset]:
    """Collect the patients of each part of a frame, by the part's name; in one pass, since there are many parts."""
    names = zip(*(_kept_values(frame, column, keep) for column in columns), strict=True)
    found: dict[tuple, set] = {}
    for patient_id, part in zip(_kept_values(frame, "patient_id", keep), names, strict=True):
        found.setdefault(part, set()).add(patient_id)
    by_name: dict[str, set] = {}
    for part, ids in found.items():
        if not any(pd.isna(value) for value in part):
            by_name.setdefault(":".join(map(str, part)), set()).update(ids)
    return {name: frozenset(by_name[name]) for name in sorted(by_name)}


def _kept_values(frame: pd.DataFrame, column: str, keep: pd.Series | None) -> list:
    values = frame[column].tolist()
    if keep is None:
        return values
    return list(compress(values, keep.array.to_numpy(dtype=bool, na_value=False)))


def list_cohort_filters(
    derived: Mapping[str, pd.DataFrame], everyone: frozenset, strata: Mapping[str, frozenset]
) -> Iterator[Filter]:
    """List the filters that lead from all patients to those of each disease who were seen at a visit or are alive."""
    patients, calendar, scores = derived["patients"], derived["calendar"], derived["scores"]
    yield Filter("cohort", ENROLLED, everyone, everyone, "")
    base, base_rule = everyone, ENROLLED
    if len(derived["infusions"]):
        base, base_rule = list_patients(patients, patients["n_infusions"] > 0), INFUSED
        yield Filter("cohort", INFUSED, everyone, base, "no infusion is recorded", ENROLLED)
    later = scores[(scores["day"] > 0).fillna(False) & scores["value"].notna()]
    alive = list_patients(patients, ~patients["is_dead"].fillna(False).astype(bool))
    diseases = list_parts(patients, "disease")
    for name, ids in strata.items():
        own = base & ids
        yield Filter("cohort", name, base, own, "another disease" if name in diseases else "another group", base_rule)
        if name not in diseases:
            continue
        seen, rule = own, name
        if scores["value"].notna().any():
            measures = BETTER.get(name.casefold())
            seen = own & list_patients(later, later["measure"].isin(measures) if measures else None)
            rule = f"{name}, evaluable"
            yield Filter("cohort", rule, own, seen, "no assessment after the infusion", name)
        for visit in FOLLOWED:
            at_visit = calendar[calendar["visit"] == visit]
            status = dict(zip(at_visit["patient_id"], at_visit["status"], strict=True))
            done = frozenset(patient_id for patient_id in seen if status.get(patient_id) == "done")
            words = {patient_id: f"visit {status.get(patient_id, 'not planned')}" for patient_id in seen}
            yield Filter("cohort", f"{name}, seen at {visit}", seen, done, words, rule)
        yield Filter("cohort", f"{name}, alive at last contact", seen, seen & alive, "died", rule)
