"""Two runs of paragraphs: those that are the same are passed over, the others are compared or told as cut or added."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

from caseseries.verify.grades import Difference, Finding, Grade

SHOWN = 300
Grader = Callable[[str, str], Finding | None]


def compare_texts(old: list[str], new: list[str], *, file: str, grade: Grader, where: str = "text") -> list[Difference]:
    """Compare paragraphs in their order; ``grade`` gives the finding of two that stand in the same place."""
    differences = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        n_pairs = min(b - a, d - c)
        for left, right in zip(old[a : a + n_pairs], new[c : c + n_pairs], strict=True):
            finding = grade(left, right)
            if finding:
                place = f"{where} “{left[:40]}”"
                differences.append(Difference(file, place, *show_change(left, right), finding.grade, finding.why))
        for text in old[a + n_pairs : b]:
            differences.append(Difference(file, where, text[:SHOWN], "", Grade.DIFFERS, "a text was dropped"))
        for text in new[c + n_pairs : d]:
            differences.append(Difference(file, where, "", text[:SHOWN], Grade.DIFFERS, "a text was added"))
    return differences


def show_change(old: str, new: str) -> tuple[str, str]:
    """Cut two texts to what a reader needs to see: some words before the first change, and what follows."""
    if max(len(old), len(new)) <= SHOWN:
        return old, new
    start = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    start = max(start - SHOWN // 4, 0)
    lead = "… " if start else ""
    return lead + old[start : start + SHOWN], lead + new[start : start + SHOWN]
