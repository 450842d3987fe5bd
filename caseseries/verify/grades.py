"""What a comparison can come to, from identical bytes to a changed conclusion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import Enum


class Grade(Enum):
    """How a rebuilt file or number stands to the published one, the worst last.

    The value is what machines read; ``words`` is what people read. Whatever could not be compared is as bad as a
    changed conclusion, for nobody knows.
    """

    IDENTICAL = "identical"
    PRINTED = "equal-as-printed"
    DIFFERS = "differs"
    EXTRA = "extra"
    MISSING = "missing"
    CHANGED = "conclusion-changed"
    UNCOMPARED = "not-compared"

    @property
    def words(self) -> str:
        """Say the grade as a certificate does."""
        return WORDS[self]

    @property
    def rank(self) -> int:
        """Give the place among all grades, the worst highest."""
        return list(Grade).index(self)

    @property
    def passes(self) -> bool:
        """Whether what is published stands as it is."""
        return self in (Grade.IDENTICAL, Grade.PRINTED)


WORDS = {
    Grade.IDENTICAL: "1 identical bytes",
    Grade.PRINTED: "2 equal at the printed precision",
    Grade.DIFFERS: "3 differs, the conclusion stands",
    Grade.CHANGED: "4 conclusion changed",
    Grade.MISSING: "missing",
    Grade.EXTRA: "extra",
    Grade.UNCOMPARED: "could not be compared",
}


@dataclass(frozen=True)
class Finding:
    """A grade and why; what a comparison of two values gives before it is known where they stand."""

    grade: Grade
    why: str


@dataclass(frozen=True)
class Pictures:
    """Two pictures and their difference, as WebP, for people to look at."""

    published: bytes
    rebuilt: bytes
    difference: bytes
    region: str


@dataclass(frozen=True)
class Difference:
    """One place where rebuilt and published are not the same.

    Parameters
    ----------
    file, exhibit
        Name in the output folder, and the exhibit's number in the manuscript; empty for what belongs to none.
    where
        Row and column, page, sheet or element.
    published, rebuilt
        What stands there; shortened where it is long.
    grade, why
        The grade, and what decided it.
    pictures
        For a figure, what it looked like and looks like.
    """

    file: str
    where: str
    published: str
    rebuilt: str
    grade: Grade
    why: str
    exhibit: str = ""
    pictures: Pictures | None = field(default=None, repr=False, compare=False)

    def record(self) -> dict:
        """Give the difference as plain data, without pictures."""
        facts = {name: value for name, value in self.__dict__.items() if name != "pictures"}
        return facts | {"grade": self.grade.value}


@dataclass(frozen=True)
class Comparison:
    """One file of the two outputs: its grade (the worst of its differences), and how many cells were compared."""

    file: str
    exhibit: str
    grade: Grade
    n_cells: int
    differences: tuple[Difference, ...] = ()

    def record(self) -> dict:
        """Give file and grade as plain data."""
        facts = {name: value for name, value in asdict(self).items() if name != "differences"}
        return facts | {"grade": self.grade.value, "n_differences": len(self.differences)}


def worst(grades: Iterable[Grade]) -> Grade:
    """Give the worst of some grades; identical if there is none."""
    return max(grades, key=lambda grade: grade.rank, default=Grade.IDENTICAL)
