"""Two tables cell by cell: rows by their keys, columns by their headings, whatever file they came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from caseseries.verify.cells import grade_cell
from caseseries.verify.conclusions import crosses_null, find_limits, find_null
from caseseries.verify.grades import Difference, Finding, Grade
from caseseries.verify.headings import pair_columns
from caseseries.verify.printed import as_number
from caseseries.verify.rows import Row, align_rows, count_keys

SHOWN = 300
"""Longest text of a cell that a certificate shows."""


@dataclass(frozen=True)
class Grid:
    """A table as text: headings and rows, all of one width. ``name`` tells it from other tables of its file."""

    columns: Row
    rows: tuple[Row, ...]
    is_printed: bool = True
    name: str = ""

    @property
    def n_cells(self) -> int:
        """Count the cells below the headings."""
        return len(self.columns) * len(self.rows)


@dataclass(frozen=True)
class RowPair:
    """A row of both tables: what it is called, and its cells by column."""

    name: str
    old: dict[str, str]
    new: dict[str, str]

    @property
    def changed(self) -> list[str]:
        """List the columns whose cells are not the same."""
        return [column for column in self.old if self.old[column] != self.new[column]]


def make_grid(columns: list[str], rows: list[list[str]], *, is_printed: bool, name: str = "") -> Grid:
    """Make a grid of lists; short rows are filled up, and a heading that stands twice is numbered."""
    width = max([len(columns), *map(len, rows)], default=0)
    headings = [*columns, *[""] * (width - len(columns))]
    counted = [headings[:position].count(heading) for position, heading in enumerate(headings)]
    headings = [f"{heading} #{n + 1}" if n else heading for heading, n in zip(headings, counted, strict=True)]
    filled = tuple((*row, *[""] * (width - len(row))) for row in rows)
    return Grid(tuple(headings), filled, is_printed=is_printed, name=name)


def compare_grids(old: Grid, new: Grid, *, file: str) -> list[Difference]:
    """Compare two tables; see ``list_findings`` for what each difference is."""
    stem = f"{old.name}: " if old.name else ""
    return [
        Difference(file, f"{stem}{where}", _short(a), _short(b), finding.grade, finding.why)
        for where, a, b, finding in list_findings(old, new)
    ]


def list_findings(old: Grid, new: Grid) -> Iterator[tuple[str, str, str, Finding]]:
    """Give place, published text, rebuilt text and finding of each difference of two tables.

    A row or a column that merely stands elsewhere is the same; headings that changed places over cells which did not
    are not. A row without a partner is a dropped or an added one.
    """
    columns, findings = pair_columns(old, new)
    yield from findings
    positions = {column: (old.columns.index(column), new.columns.index(other)) for column, other in columns.items()}
    olds = [tuple(row[first] for first, _ in positions.values()) for row in old.rows]
    news = [tuple(row[second] for _, second in positions.values()) for row in new.rows]
    names = list(columns)
    pairs, is_moved = [], False
    for part in dict.fromkeys(_part_of(names, row) for row in [*olds, *news]):
        left = [row for row in olds if _part_of(names, row) == part]
        right = [row for row in news if _part_of(names, row) == part]
        used = [at for at in range(len(names)) if any(row[at] for row in [*left, *right])]
        left = [tuple(row[at] for at in used) for row in left]
        right = [tuple(row[at] for at in used) for row in right]
        n_keys = count_keys(left)
        found = align_rows(left, right, n_keys=n_keys)
        is_moved = is_moved or found.is_moved
        for row in (left[position] for position in found.gone):
            yield _name_row(row, n_keys), _line(row), "", Finding(Grade.CHANGED, "a row was dropped")
        for row in (right[position] for position in found.new):
            yield _name_row(row, n_keys), "", _line(row), Finding(Grade.CHANGED, "a row was added")
        kept = [names[at] for at in used]
        pairs += [
            RowPair(
                _name_row(left[i], n_keys),
                dict(zip(kept, left[i], strict=True)),
                dict(zip(kept, right[j], strict=True)),
            )
            for i, j in found.pairs
        ]
    exchanged = find_exchanged(pairs)
    for pair in pairs:
        yield from _compare_pair(pair, is_printed=old.is_printed, partner=exchanged.get(pair.name))
    if is_moved:
        yield "rows", "", "", Finding(Grade.PRINTED, "the same rows, in another order")


def find_exchanged(pairs: list[RowPair]) -> dict[str, str]:
    """Find rows of two patients whose values changed places: name of the partner by name of the row."""
    seen: dict[tuple, RowPair] = {}
    found = {}
    for pair in pairs:
        if not pair.changed or "patient_id" in pair.changed or not pair.old.get("patient_id"):
            continue
        same = tuple(value for column, value in pair.old.items() if column not in ("patient_id", *pair.changed))
        key = tuple(pair.changed), same
        old, new = (tuple(row[column] for column in pair.changed) for row in (pair.old, pair.new))
        partner = seen.get((*key, new, old))
        if partner:
            found |= {pair.name: partner.name, partner.name: pair.name}
        seen[(*key, old, new)] = pair
    return found


def _compare_pair(pair: RowPair, *, is_printed: bool, partner: str | None) -> Iterator[tuple[str, str, str, Finding]]:
    words = " ".join([*(column for column, value in pair.old.items() if value), *filter(_is_word, pair.old.values())])
    swapped = {
        column: other
        for first, second in combinations(pair.changed, 2)
        if pair.old[first] == pair.new[second] and pair.old[second] == pair.new[first]
        for column, other in ((first, second), (second, first))
    }
    crossing = _find_crossing(pair, words) if not is_printed else {}
    for column in pair.changed:
        old, new = pair.old[column], pair.new[column]
        row = f"{pair.name} {words}" if is_printed else words
        finding = grade_cell(old, new, column=column, row=row, is_printed=is_printed)
        if finding is None or finding.grade is Grade.PRINTED:
            pass
        elif column in swapped:
            finding = Finding(Grade.CHANGED, f"exchanged with {swapped[column]}")
        elif partner:
            finding = Finding(Grade.CHANGED, f"exchanged with the row {partner}")
        elif column in crossing:
            finding = crossing[column]
        if finding:
            yield f"{pair.name}, {column}" if column else pair.name, old, new, finding


def _find_crossing(pair: RowPair, words: str) -> dict[str, Finding]:
    found, null = {}, find_null(words)
    for low, high in find_limits(list(pair.old)) if null is not None else ():
        limits = [(as_number(row[low]), as_number(row[high])) for row in (pair.old, pair.new)]
        if None not in (*limits[0], *limits[1]) and crosses_null(*limits, null):
            found |= dict.fromkeys((low, high), Finding(Grade.CHANGED, f"the interval crosses {null}"))
    return found


def _part_of(columns: list[str], row: Row) -> str:
    """Give the panel of a row: each panel of a figure has columns, and so keys, of its own."""
    return row[0] if columns and columns[0] == "panel" else ""


def _name_row(row: Row, n_keys: int) -> str:
    return ", ".join(filter(None, row[:n_keys][:6])) or _line(row)[:60]


def _line(row: Row) -> str:
    return "; ".join(filter(None, row))


def _is_word(text: str) -> bool:
    return bool(text) and as_number(text) is None


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
