"""The manuscript's plan: exhibits.toml, the only home of exhibit numbers, titles and widths."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from caseseries.errors import ExhibitError, UsageError, describe_unknown
from caseseries.paths import EXHIBITS


@dataclass(frozen=True)
class Exhibit:
    """One table, figure or supplement of the manuscript.

    ``id`` names its files (``figures/swimmer.pdf``); ``label`` is its number in the manuscript; ``kind`` is table,
    figure or supplement; ``needs`` are the raw tables, tests or instruments without which it does not apply.
    """

    id: str
    label: str
    kind: str
    title: str
    legend: str
    notebook: str
    needs: tuple[str, ...] = ()
    width_mm: float = 183.0


@dataclass(frozen=True)
class Plan:
    """All exhibits in the order of the manuscript, and the facts of the manuscript as a whole.

    ``prepares`` names the notebook that writes the derived tables; it runs before all others.
    """

    title: str
    prepares: str
    exhibits: tuple[Exhibit, ...]

    def exhibit(self, name: str) -> Exhibit:
        """Find an exhibit by id or by label, or say which one may have been meant."""
        for exhibit in self.exhibits:
            if name.casefold() in (exhibit.id.casefold(), exhibit.label.casefold()):
                return exhibit
        names = [exhibit.id for exhibit in self.exhibits] + [exhibit.label for exhibit in self.exhibits]
        raise UsageError(describe_unknown("exhibit", name, names))

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The notebooks in the order in which a reader meets them."""
        return tuple(sorted({exhibit.notebook for exhibit in self.exhibits}))


def read_plan(path: Path = EXHIBITS) -> Plan:
    """Read exhibits.toml.

    Raises
    ------
    ExhibitError
        If an entry lacks a field, has one that is not known, or repeats an id or a label.
    """
    content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    exhibits = []
    for entry in content["exhibit"]:
        try:
            exhibit = Exhibit(**{**entry, "needs": tuple(entry.get("needs", ()))})
        except TypeError as error:
            raise ExhibitError(f"exhibits.toml: {entry.get('id', entry)}: {error}") from None
        if any(exhibit.id == other.id or exhibit.label == other.label for other in exhibits):
            raise ExhibitError(f"exhibits.toml: {exhibit.id} ({exhibit.label}) stands twice")
        exhibits.append(exhibit)
    return Plan(**content["manuscript"], exhibits=tuple(exhibits))
