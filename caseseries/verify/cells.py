"""Two cells, or two texts, to a finding: equal as printed, other, or other in what a reader concludes."""

from __future__ import annotations

import re
from decimal import Decimal

from caseseries.verify.conclusions import (
    GRADE_COLUMN,
    PATIENTS_COLUMN,
    crosses_null,
    crosses_p,
    find_intervals,
    find_null,
    is_p_column,
    p_of,
    role_of,
)
from caseseries.verify.grades import Finding, Grade
from caseseries.verify.printed import (
    Token,
    are_equal_as_printed,
    are_equal_when_rounded,
    as_number,
    is_missing,
    split_numbers,
)

PROSE_COLUMN = re.compile(
    r"(^|_)(reasons?|decided_on|label|method|rows|source|denominator|notes?|legend|claim|what it is)$", re.IGNORECASE
)
MARKS = re.compile(r" \[[a-z](?:, [a-z])*\]")
ROLES = {
    "grade": "a grade changed",
    "share": "a patient's answer flipped: the count of patients changed",
    "patients": "the number of patients changed",
}
SAME_DIGITS = Finding(Grade.PRINTED, "the same digits; signs or separators are written otherwise")


def grade_cell(old: str, new: str, *, column: str = "", row: str = "", is_printed: bool = True) -> Finding | None:
    """Compare two cells of the same row and column; None if they are the same text.

    Parameters
    ----------
    old, new
        What is published, and what was rebuilt.
    column, row
        Heading of the column and of the row; they tell what the numbers are.
    is_printed
        Whether the cell was rounded for print; the numbers of data files were not.
    """
    if old == new:
        return None
    if is_missing(old) or is_missing(new):
        return _grade_missing(old, new, is_printed=is_printed)
    values = as_number(old), as_number(new)
    if not is_printed and None not in values:
        return _grade_data(*values, column=column)
    return grade_text(old, new, column=column, row=row, is_prose=bool(PROSE_COLUMN.search(column)))


def grade_text(old: str, new: str, *, column: str = "", row: str = "", is_prose: bool = True) -> Finding | None:
    """Compare two texts; None if they are the same.

    In prose other words are told and left to the reader; in the cell of a table other words are another answer.
    """
    if old == new:
        return None
    (frame, olds), (new_frame, news) = split_numbers(old), split_numbers(new)
    p_values = [list(map(p_of, _find_p(tokens, column))) for tokens in (olds, news)]
    are_paired = 0 < len(p_values[0]) == len(p_values[1])
    if are_paired and any(map(crosses_p, *p_values)):
        return Finding(Grade.CHANGED, "P crosses 0.05")
    if frame == new_frame:
        return _grade_numbers(olds, news, column=column, row=row)
    if are_paired and p_values[0] != p_values[1]:
        return Finding(Grade.DIFFERS, "P differs, on the same side of 0.05")
    if MARKS.sub("", old) == MARKS.sub("", new):
        return Finding(Grade.DIFFERS, "only the mark of a note differs")
    if _plain(old) == _plain(new):
        return Finding(Grade.DIFFERS, "only spaces, case or punctuation differ")
    if is_prose:
        return Finding(Grade.DIFFERS, "the words differ; a reader must judge them")
    return Finding(Grade.CHANGED, "another answer, category or unit")


def _grade_missing(old: str, new: str, *, is_printed: bool) -> Finding:
    if is_missing(old) and is_missing(new):
        if is_printed:
            return Finding(Grade.DIFFERS, "both say that nothing is known, in other signs")
        return Finding(Grade.PRINTED, "both say that nothing is known")
    return Finding(Grade.CHANGED, "a value is gone" if is_missing(new) else "a value has appeared")


def _grade_data(old: Decimal, new: Decimal, *, column: str) -> Finding:
    if are_equal_as_printed(old, new):
        return SAME_DIGITS
    if is_p_column(column) and crosses_p(old, new):
        return Finding(Grade.CHANGED, "P crosses 0.05")
    if old != new and GRADE_COLUMN.search(column):
        return Finding(Grade.CHANGED, ROLES["grade"])
    if old != new and PATIENTS_COLUMN.search(column):
        return Finding(Grade.CHANGED, ROLES["patients"])
    return grade_size(old, new)


def grade_size(old: Decimal, new: Decimal) -> Finding:
    """Grade two numbers that are not equal as printed and stand for plain quantities."""
    if old * new < 0:
        return Finding(Grade.CHANGED, "the sign flipped")
    if are_equal_when_rounded(old, new):
        return Finding(Grade.DIFFERS, "printed with fewer or more digits")
    return Finding(Grade.DIFFERS, "the number differs")


def _grade_numbers(olds: list[Token], news: list[Token], *, column: str, row: str) -> Finding:
    pairs = list(zip(olds, news, strict=True))
    other = [(a, b) for a, b in pairs if not are_equal_as_printed(a.value, b.value)]
    if not other:
        return SAME_DIGITS
    for first, last in find_intervals(olds):
        null = find_null(f"{column} {row} {olds[first].before[-80:]}")
        limits = [(tokens[first].value, tokens[last].value) for tokens in (olds, news)]
        if null is not None and crosses_null(*limits, null):
            return Finding(Grade.CHANGED, f"the interval crosses {null}")
    findings = [_grade_pair(*pair, column=column) for pair in other]
    return max(findings, key=lambda finding: finding.grade.rank)


def _grade_pair(old: Token, new: Token, *, column: str) -> Finding:
    role = role_of(old, column=column)
    if role in ROLES and old.value != new.value:
        return Finding(Grade.CHANGED, ROLES[role])
    if role == "p" or is_p_column(column):
        return Finding(Grade.DIFFERS, "P differs, on the same side of 0.05")
    return grade_size(old.value, new.value)


def _find_p(tokens: list[Token], column: str) -> list[Token]:
    return tokens[:1] if is_p_column(column) else [token for token in tokens if role_of(token) == "p"]


def _plain(text: str) -> str:
    return re.sub(r"[\s.,;:]+", "", text).casefold()
