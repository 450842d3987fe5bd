"""What a reader concludes from a number: P below 0.05, an interval without its null, an answer, a grade, a count."""

from __future__ import annotations

import re
from decimal import Decimal

from caseseries.verify.printed import Token

SIGNIFICANT = Decimal("0.05")

P_COLUMN = re.compile(r"^(p|p[ _-]?values?|.*\.p)$", re.IGNORECASE)
P_BEFORE = re.compile(r"\b[Pp](?:[ -]values?)?\s*(?:of\s+)?([=<>≤≥]?)\s*$")
GRADE_BEFORE = re.compile(r"\bgrades?\s*(?:of\s*)?[=:]?\s*$", re.IGNORECASE)
GRADE_COLUMN = re.compile(r"(^|[^a-z])grade([^a-z]|$)|(^|[^a-z])stage([^a-z]|$)", re.IGNORECASE)
PATIENTS_BEFORE = re.compile(r"\b[nN]\s*=\s*$")
PATIENTS_AFTER = re.compile(r"^\s+(?:of\s+\d+\s+)?(?:patients?|children)\b(?!-)")
PATIENTS_COLUMN = re.compile(r"\bpatients \(n\)|\(patients\)|^n_patients|^patients$|^n$", re.IGNORECASE)
SHARE_BEFORE, SHARE_AFTER = re.compile(r"\d/$"), re.compile(r"^/\d")
RANGE_AFTER = re.compile(r"^\s*(?:to|–|,|;)\s*$")
DIFFERENCE_WORDS = re.compile(r"\b(change|difference|hodges-lehmann|walsh)\b", re.IGNORECASE)
RATIO_WORDS = re.compile(r"\b(hazard|odds|risk|rate|relative|geometric mean)[ -](ratio|risk)\b|\bfold\b", re.IGNORECASE)
LOW, HIGH = re.compile(r"\b(lower|low)\b|(^|[._])(ci_)?low$"), {"lower": "upper", "low": "high"}


def is_p_column(name: str) -> bool:
    """Tell whether a column, or a key, holds P values."""
    return bool(P_COLUMN.match(name))


def find_null(words: str) -> Decimal | None:
    """Give the value of no effect of the interval that some words describe; None where there is no such value.

    A change or a difference has 0, a ratio of two groups 1. A share, a median, a rate and a time have none.
    """
    spaced = re.sub(r"[._]", " ", words)
    if RATIO_WORDS.search(spaced):
        return Decimal(1)
    return Decimal(0) if DIFFERENCE_WORDS.search(spaced) else None


def crosses_p(old: Decimal, new: Decimal) -> bool:
    """Tell whether one of two P values is below 0.05 and the other is not."""
    return (old < SIGNIFICANT) != (new < SIGNIFICANT)


def crosses_null(old: tuple[Decimal, Decimal], new: tuple[Decimal, Decimal], null: Decimal) -> bool:
    """Tell whether one of two intervals holds the value of no effect and the other does not."""
    return (old[0] <= null <= old[1]) != (new[0] <= null <= new[1])


def role_of(token: Token, *, column: str = "") -> str:
    """Say what a number in a text is: p, grade, share, patients, or empty for a plain quantity."""
    if P_BEFORE.search(token.before):
        return "p"
    if GRADE_BEFORE.search(token.before) or GRADE_COLUMN.search(column):
        return "grade"
    if SHARE_BEFORE.search(token.before) or SHARE_AFTER.match(token.after):
        return "share"
    if PATIENTS_BEFORE.search(token.before) or PATIENTS_AFTER.match(token.after) or PATIENTS_COLUMN.search(column):
        return "patients"
    return ""


def p_of(token: Token) -> Decimal:
    """Give a printed P value; one that is only said to be smaller counts as smaller."""
    operator = P_BEFORE.search(token.before)
    bare = re.search(r"([<≤])\s*$", token.before)
    is_below = (operator and operator[1] in ("<", "≤") and operator[1]) or (bare and bare[1])
    return token.value - token.quantum / 1000 if is_below == "<" else token.value


def find_intervals(tokens: list[Token]) -> list[tuple[int, int]]:
    """Find the pairs of neighbouring numbers that are the limits of an interval: 3 (1 to 5)."""
    pairs = []
    for number in range(len(tokens) - 1):
        between = tokens[number + 1].before[len(tokens[number].before) :]
        between = re.sub(r"^[-−+]?[\d.,]*\d(?:[eE][-+]?\d+)?", "", between)
        if RANGE_AFTER.match(between) and re.search(r"[(\[;]\s*$", tokens[number].before):
            pairs.append((number, number + 1))
    return pairs


def find_limits(columns: list[str]) -> list[tuple[str, str]]:
    """Find the columns that hold the lower and the upper limit of one interval."""
    pairs = []
    for column in columns:
        found = LOW.search(column.casefold())
        if found:
            high = re.sub(r"lower|low", lambda match: HIGH[match[0].casefold()], column, flags=re.IGNORECASE)
            pairs += [(column, high)] if high in columns else []
    return pairs
