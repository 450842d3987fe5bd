"""The numbers of the text, one by one: tables/numbers.csv by its keys, one difference for each number."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from caseseries.verify.cells import SAME_DIGITS, grade_cell, grade_size
from caseseries.verify.conclusions import crosses_null, crosses_p, find_null, is_p_column
from caseseries.verify.grades import Difference, Finding, Grade
from caseseries.verify.grids import Grid, list_findings
from caseseries.verify.printed import are_equal_as_printed, as_number, is_missing

OTHERS = ("label", "denominator", "method", "exhibit", "table", "rows", "reason")
ANSWERS = ("patients", "share")
"""Units of numbers that count patients with an answer."""


def compare_numbers(old: Grid, new: Grid, *, file: str) -> list[Difference]:
    """Compare the numbers of the text; a key that is dropped or added changes a conclusion.

    Columns are key, label, value, text, unit, n and where each number comes from; another set of columns is told by
    ``list_findings`` as for any table.
    """
    if old.columns != new.columns or "key" not in old.columns:
        findings = list(list_findings(old, new))
    else:
        findings = list(_list_numbers(_by_key(old), _by_key(new)))
        for grid in (old, new):
            twice = len(grid.rows) - len(_by_key(grid))
            if twice:
                findings.append(("key", "", "", Finding(Grade.CHANGED, f"{twice} rows repeat the key of another")))
        if not findings and old.rows != new.rows:
            findings = list(list_findings(old, new))
    return [Difference(file, where, a, b, found.grade, found.why) for where, a, b, found in findings]


def _by_key(grid: Grid) -> dict[str, dict[str, str]]:
    rows = [dict(zip(grid.columns, row, strict=True)) for row in grid.rows]
    return {row["key"]: row for row in rows}


def _list_numbers(olds: dict[str, dict], news: dict[str, dict]) -> Iterator[tuple[str, str, str, Finding]]:
    for key, old in olds.items():
        new = news.get(key)
        if new is None:
            yield key, _text(old), "", Finding(Grade.CHANGED, "a number was dropped")
            continue
        if (old["value"], old["text"]) != (new["value"], new["text"]):
            yield key, _text(old), _text(new), _grade_number(key, old, new, olds, news)
        if old["unit"] != new["unit"]:
            yield f"{key}, unit", old["unit"], new["unit"], Finding(Grade.CHANGED, "another unit")
        if old["n"] != new["n"]:
            yield f"{key}, n", old["n"], new["n"], Finding(Grade.CHANGED, "made from another number of patients")
        for column in OTHERS:
            finding = grade_cell(old[column], new[column], column="reason")
            if finding:
                grade = finding.grade if finding.grade is Grade.PRINTED else Grade.DIFFERS
                yield f"{key}, {column}", old[column], new[column], Finding(grade, f"other words in {column}")
    for key in news.keys() - olds.keys():
        yield key, "", _text(news[key]), Finding(Grade.CHANGED, "a number was added")


def _grade_number(key: str, old: dict, new: dict, olds: dict, news: dict) -> Finding:
    values = as_number(old["value"]), as_number(new["value"])
    if (values[0] is None) != (values[1] is None):
        return Finding(Grade.CHANGED, "a value is gone" if values[1] is None else "a value has appeared")
    words = grade_cell(old["text"], new["text"], column=key, row=_words(key, old)) or SAME_DIGITS
    if None in values or are_equal_as_printed(*values):
        return words
    leaf = key.rpartition(".")[2]
    if values[0] != values[1]:
        if is_p_column(key) and crosses_p(*values):
            return Finding(Grade.CHANGED, "P crosses 0.05")
        if leaf in ("ci_low", "ci_high") and _crosses(key, olds, news):
            return Finding(Grade.CHANGED, f"the interval crosses {find_null(_words(key, old))}")
        if old["unit"] == "grade":
            return Finding(Grade.CHANGED, "a grade changed")
        if old["unit"] in ANSWERS and leaf not in ("ci_low", "ci_high"):
            return Finding(Grade.CHANGED, "a patient's answer flipped: the count of patients changed")
    return max(words, grade_size(*values), key=lambda finding: finding.grade.rank)


def _crosses(key: str, olds: dict[str, dict], news: dict[str, dict]) -> bool:
    null = find_null(_words(key, olds[key]))
    stem = key.rpartition(".")[0]
    limits = []
    for rows in (olds, news):
        ends = [as_number(rows.get(f"{stem}.{end}", {}).get("value", "")) for end in ("ci_low", "ci_high")]
        limits.append(ends)
    if null is None or None in (*limits[0], *limits[1]):
        return False
    return crosses_null(tuple(limits[0]), tuple(limits[1]), Decimal(null))


def _words(key: str, row: dict[str, str]) -> str:
    return f"{key} {row['label']} {row['method']}"


def _text(row: dict[str, str]) -> str:
    value = row["value"]
    if is_missing(value) or value == row["text"]:
        return row["text"]
    return f"{row['text']} ({value})"
