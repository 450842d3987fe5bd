"""Rows of two tables that are the same row: by their keys first, by likeness where a key itself was changed."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[str, ...]

LIKE = 0.5
"""Share of filled cells that two rows must have in common to be one row that was changed."""

MOST_PAIRS = 40_000
"""More rows without a partner than this, times each other, are not compared for likeness; they count as other rows."""


@dataclass(frozen=True)
class Alignment:
    """Positions of rows that belong together, of published rows without a partner, and of rebuilt ones."""

    pairs: list[tuple[int, int]]
    gone: list[int]
    new: list[int]

    @property
    def is_moved(self) -> bool:
        """Whether rows that are in both stand in another order."""
        partners = [new for _, new in sorted(self.pairs)]
        return partners != sorted(partners)


def align_rows(old: Sequence[Row], new: Sequence[Row], *, n_keys: int) -> Alignment:
    """Find for each row of one table its partner in the other.

    Parameters
    ----------
    old, new
        Rows with the same columns.
    n_keys
        How many of the first columns tell rows apart, as ``count_keys`` gives it.
    """
    pairs, gone, fresh = _match(old, new, range(len(old)), range(len(new)), lambda row: row)
    keyed, gone, fresh = _match(old, new, gone, fresh, lambda row: row[:n_keys])
    like, gone, fresh = _match_alike(old, new, gone, fresh)
    return Alignment(sorted([*pairs, *keyed, *like]), gone, fresh)


def count_keys(rows: Sequence[Row]) -> int:
    """Give the smallest number of leading columns that tell all rows apart; all columns where none does."""
    width = len(rows[0]) if rows else 1
    for n_keys in range(1, width + 1):
        if len({row[:n_keys] for row in rows}) == len(rows):
            return n_keys
    return width


def _match(old, new, left, right, key) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    waiting = defaultdict(deque)
    for position in right:
        waiting[key(new[position])].append(position)
    pairs, gone = [], []
    for position in left:
        partners = waiting[key(old[position])]
        if partners:
            pairs.append((position, partners.popleft()))
        else:
            gone.append(position)
    return pairs, gone, sorted(position for partners in waiting.values() for position in partners)


def _match_alike(old, new, left, right) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    if not left or not right or len(left) * len(right) > MOST_PAIRS:
        return [], list(left), list(right)
    scores = [(measure_likeness(old[i], new[j]), i, j) for i in left for j in right]
    pairs, taken_left, taken_right = [], set(), set()
    for score, i, j in sorted(scores, key=lambda entry: (-entry[0], abs(entry[1] - entry[2]), entry[1:])):
        if score >= LIKE and i not in taken_left and j not in taken_right:
            pairs.append((i, j))
            taken_left.add(i)
            taken_right.add(j)
    gone = [position for position in left if position not in taken_left]
    return pairs, gone, [position for position in right if position not in taken_right]


def measure_likeness(old: Row, new: Row) -> float:
    """Give the share of cells, filled in either row, that are the same in both."""
    filled = [(a, b) for a, b in zip(old, new, strict=True) if a or b]
    return sum(a == b for a, b in filled) / len(filled) if filled else 1.0
