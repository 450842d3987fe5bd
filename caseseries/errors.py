"""Errors whose message is all that a user needs: they are shown without a traceback."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

ROWS_SHOWN = 5


@dataclass(frozen=True)
class Found:
    """One row of a file that breaks a rule.

    ``row`` is the number a spreadsheet shows (the header is row 1); ``who`` tells whose row it is, in the words
    of the file (``P3, UPCR``); ``value`` is what stands there. Without a row, ``value`` tells all.
    """

    row: int | None
    who: str
    value: str

    def text(self) -> str:
        """Say where and what in one phrase."""
        if self.row is None:
            return self.value
        where = f"row {self.row}" + (f" ({self.who})" if self.who else "")
        return f"{where}: {self.value}" if self.value else where


@dataclass(frozen=True)
class Problem:
    """One rule that a file breaks, with every row that breaks it.

    Parameters
    ----------
    file
        Name of the file inside the data folder.
    rule
        Name of the rule for machines, such as ``unit-unknown``.
    must
        The rule as a sentence without its file, such as ``unit must be one that the codebook lists for the test``.
    found
        The rows that break it, in the order of the file.
    n_rows
        Rows of the file that the rule was asked of; None where the rule is about the file as a whole.
    fix
        What the reader can do.
    severity
        ``error`` stops a build; ``warning`` is shown and kept.
    accepted
        Why the owner of the data lets it pass, in the words of dataset.toml; empty if nobody does.
    """

    file: str
    rule: str
    must: str
    found: tuple[Found, ...]
    n_rows: int | None
    fix: str
    severity: str = "error"
    accepted: str = ""

    def text(self) -> str:
        """Write the problem as three lines: the rule, what was found, how to mend it or why it is accepted."""
        lines = [f"{self.file}: {self.must}."]
        shown = "; ".join(found.text() for found in self.found[:ROWS_SHOWN])
        rest = len(self.found) - ROWS_SHOWN
        if rest > 0:
            shown += f"; and {rest:,} more"
        if self.n_rows is None:
            lines.append(f"  found: {shown}")
        else:
            verb = "breaks" if len(self.found) == 1 else "break"
            lines.append(f"  {len(self.found):,} of {self.n_rows:,} rows {verb} this: {shown}")
        lines.append(f"  accepted: {self.accepted}" if self.accepted else f"  fix: {self.fix}.")
        if self.severity == "warning":
            lines[0] = "warning: " + lines[0]
        return "\n".join(lines)

    def record(self) -> dict:
        """Give the problem as plain data, with every row."""
        return asdict(self)


class CaseSeriesError(Exception):
    """An error that ends in one message without a traceback."""


class DataError(CaseSeriesError):
    """Data break a rule; ``problems`` holds all of them."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class ExhibitError(CaseSeriesError):
    """A promise of exhibits.toml was not kept."""


class UsageError(CaseSeriesError):
    """A name or value on the command line, in a parameter or in an option is not one there is."""


def suggest_names(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """Give the known names nearest to a mistyped one, best first."""
    known = list(known)
    folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(str(name).casefold(), folded, n=n, cutoff=0.5)
    return [folded[match] for match in near]


def describe_unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Say that a name is not known, and which ones it may have meant."""
    near = suggest_names(name, known)
    if near:
        return f"no {what} is called {name!r}; did you mean {' or '.join(near)}?"
    return f"no {what} is called {name!r}; there are: {', '.join(known)}."


def refuse_optimized() -> None:
    """Refuse a Python that leaves out assertions, and with them checks that results rely on."""
    if sys.flags.optimize:
        raise UsageError("Python must run without -O and PYTHONOPTIMIZE: they leave out checks of the results.")
