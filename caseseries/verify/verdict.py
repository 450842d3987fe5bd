"""All comparisons to one verdict: the counts, one sentence, and plain data for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from caseseries.exhibits.forms.made_csv import made_csv
from caseseries.verify.grades import WORDS, Comparison, Difference, Grade, worst

COLUMNS = ("exhibit", "file", "where", "published", "rebuilt", "grade", "why")


@dataclass(frozen=True)
class Verdict:
    """What came out of a comparison of everything.

    ``published`` says what was compared with; ``settings`` are the parameters other than their defaults, and ``scope``
    says which part of the plan was published with them; ``order`` gives the numbers of the exhibits as the manuscript
    has them; ``environment`` is what was installed where it was rebuilt, ``watched_by`` what saw the runs' inputs.
    """

    published: str
    comparisons: tuple[Comparison, ...]
    dataset: str = ""
    is_synthetic: bool = False
    settings: str = ""
    scope: str = ""
    order: tuple[str, ...] = ()
    environment: dict = field(default_factory=dict)
    watched_by: str = ""

    @cached_property
    def differences(self) -> list[Difference]:
        """All differences, the worst first, in the order of the files within a grade."""
        found = [difference for comparison in self.comparisons for difference in comparison.differences]
        return sorted(found, key=lambda difference: -difference.grade.rank)

    @cached_property
    def counts(self) -> dict[Grade, int]:
        """Number of files by grade."""
        return {grade: sum(entry.grade is grade for entry in self.comparisons) for grade in Grade}

    @property
    def n_cells(self) -> int:
        """Number of cells that were compared."""
        return sum(entry.n_cells for entry in self.comparisons)

    @property
    def passes(self) -> bool:
        """Whether all is identical or equal as printed; what could not be compared, or was not there, is not."""
        return bool(self.comparisons) and all(entry.grade.passes for entry in self.comparisons)

    def exhibits(self) -> dict[str, Grade]:
        """Give the worst grade of each exhibit's files."""
        found = dict.fromkeys(entry.exhibit for entry in self.comparisons if entry.exhibit)
        labels = [
            *(label for label in self.order if label in found),
            *(label for label in found if label not in self.order),
        ]
        return {label: worst(entry.grade for entry in self.comparisons if entry.exhibit == label) for label in labels}

    def sentence(self) -> str:
        """Say what came out in one sentence."""
        total, n_failed = len(self.comparisons), sum(not entry.grade.passes for entry in self.comparisons)
        if self.passes:
            return f"All {total:,} files are as published, {self.counts[Grade.IDENTICAL]:,} of them byte for byte."
        n_changed = self.counts[Grade.CHANGED]
        worse = f"; in {n_changed:,} of them a conclusion changed" if n_changed else ""
        return f"{n_failed:,} of {total:,} files are not as published{worse}."

    def conditions(self) -> list[str]:
        """Say what was rebuilt in what way, where it is not the whole plan with every parameter at its default."""
        return [
            *([f"rebuilt with {self.settings}"] if self.settings else []),
            *([f"published and rebuilt: {self.scope}"] if self.scope else []),
            *([f"watched by: {self.watched_by}"] if self.watched_by else []),
        ]

    def text(self, *, n_shown: int = 20) -> str:
        """Write verdict, counts and the worst differences in a few lines."""
        lines = [self.sentence(), f"  compared with {self.published}; {self.n_cells:,} cells"]
        lines += [f"  {fact}" for fact in self.conditions()]
        lines += [f"  {WORDS[grade]}: {n:,} files" for grade, n in self.counts.items() if n]
        failed = [difference for difference in self.differences if not difference.grade.passes]
        for found in failed[:n_shown]:
            change = f": {found.published!r} -> {found.rebuilt!r}" if found.published or found.rebuilt else ""
            lines.append(f"  {found.file}, {found.where}{change} ({found.grade.words}: {found.why})")
        rest = len(failed) - n_shown
        return "\n".join([*lines, *([f"  and {rest:,} more"] if rest > 0 else [])])

    def record(self) -> dict:
        """Give all of it as plain data."""
        return {
            "passes": self.passes,
            "summary": self.sentence(),
            "published": self.published,
            "dataset": self.dataset,
            "settings": self.settings,
            "scope": self.scope,
            "watched_by": self.watched_by,
            "environment": self.environment,
            "n_cells": self.n_cells,
            "files": {grade.value: n for grade, n in self.counts.items()},
            "exhibits": {label: grade.value for label, grade in self.exhibits().items()},
            "comparisons": [entry.record() for entry in self.comparisons],
            "differences": [difference.record() for difference in self.differences],
        }

    def csv(self) -> bytes:
        """Give every difference as one row of a table."""
        records = [difference.record() for difference in self.differences]
        return made_csv(pd.DataFrame.from_records(records, columns=list(COLUMNS)), about=None)
