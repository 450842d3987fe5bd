"""Ways to mutate a table so that it surely breaks a rule, or surely breaks none; they know the codebook as a bare CSV.

Each takes a source of chance and the table as rows of cells, header first, and gives the bytes of the file, or None
where the table has nothing to mutate in this way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from random import Random

Rows = list[list[str]]
Mutation = Callable[[Random, Rows], bytes | None]

CODEBOOK = Path(__file__).parents[1] / "data" / "codebook.csv"
with CODEBOOK.open(encoding="utf-8", newline="") as _file:
    COLUMNS = {(row["table"], row["code"]): row for row in csv.DictReader(_file) if row["kind"] == "column"}
KNOWN = {code for _, code in COLUMNS}


def to_bytes(rows: Rows, **options: object) -> bytes:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text, **{"lineterminator": "\n", **options}).writerows(rows)
    return text.getvalue().encode()


def _facts(rows: Rows) -> list[dict[str, str]]:
    # A table is known by its columns, so that no mutation needs to be told its name.
    table = max({table for table, _ in COLUMNS}, key=lambda name: sum((name, code) in COLUMNS for code in rows[0]))
    return [COLUMNS[table, code] for code in rows[0]]


def _change(rng: Random, rows: Rows, which: Callable[[dict, str], bool], change: Callable[[str], str]) -> bytes | None:
    """Change one cell among those of which a question is true."""
    facts = _facts(rows)
    places = [(i, j) for i in range(1, len(rows)) for j, fact in enumerate(facts) if which(fact, rows[i][j])]
    if not places:
        return None
    i, j = rng.choice(places)
    rows[i][j] = change(rows[i][j])
    return to_bytes(rows)


def _typed(*types: str) -> Callable[[dict, str], bool]:
    return lambda fact, cell: fact["type"] in types


def drop_row(rng, rows):
    del rows[rng.randrange(1, len(rows))]
    return to_bytes(rows)


def repeat_row(rng, rows):
    rows.insert(rng.randrange(1, len(rows) + 1), rows[rng.randrange(1, len(rows))])
    return to_bytes(rows)


def repeat_row_for_a_lost_one(rng, rows):
    kept, lost = rng.sample(range(1, len(rows)), 2)
    rows[lost] = rows[kept]
    return to_bytes(rows)


def shift_row(rng, rows):
    i = rng.randrange(1, len(rows))
    rows[i] = ["", *rows[i][:-1]]
    return to_bytes(rows)


def lengthen_row(rng, rows):
    rows[rng.randrange(1, len(rows))].insert(rng.randrange(len(rows[0])), "")
    return to_bytes(rows)


def shorten_row(rng, rows):
    del rows[rng.randrange(1, len(rows))][rng.randrange(len(rows[0]))]
    return to_bytes(rows)


def drop_column(rng, rows):
    j = rng.choice([j for j, fact in enumerate(_facts(rows)) if fact["required"]])
    return to_bytes([[*row[:j], *row[j + 1 :]] for row in rows])


def empty_cell(rng, rows):
    return _change(rng, rows, lambda fact, cell: fact["required"] == "cell", lambda cell: "")


def write_word_for_number(rng, rows):
    word = rng.choice(["high", "12,5", "5 mg", "<3", "NA", "n/a", "1e999", "inf", "nan", "12%", "1 000 000", "--", "½"])
    return _change(rng, rows, _typed("number", "integer"), lambda cell: word)


def write_fraction_for_whole(rng, rows):
    return _change(rng, rows, _typed("integer"), lambda cell: rng.choice(["1.5", "0.1", "2,5", "1e-1"]))


def write_date_for_day(rng, rows):
    date = rng.choice(["2024-03-01", "1.3.2024", "3/1/24", "45352", "01-Mar-2024"])
    return _change(rng, rows, lambda fact, cell: fact["unit"] == "day", lambda cell: date)


def write_number_out_of_range(rng, rows):
    facts = _facts(rows)
    places = [(i, j) for i in range(1, len(rows)) for j, fact in enumerate(facts) if fact["maximum"]]
    i, j = rng.choice(places)
    beyond = rng.choice([float(facts[j]["maximum"]) + 1, float(facts[j]["minimum"]) - 1])
    rows[i][j] = f"{beyond:.0f}"
    return to_bytes(rows)


def write_other_than_yes_or_no(rng, rows):
    word = rng.choice(["TRUE", "False", "1", "0", "Yes", "NO", "y", "maybe", "-"])
    return _change(rng, rows, _typed("boolean"), lambda cell: word)


def write_unknown_code(rng, rows):
    types = _typed("code", "codes", "test", "instrument", "unit", "item")
    return _change(
        rng, rows, lambda fact, cell: types(fact, cell) and cell, lambda cell: rng.choice([cell + "x", "??"])
    )


def write_unknown_patient(rng, rows):
    is_patient = lambda fact, cell: fact["code"] == "patient_id" and fact["table"] != "patients"  # noqa: E731
    return _change(rng, rows, is_patient, lambda cell: cell + "0")


def surround_with_space(rng, rows):
    space = rng.choice([" ", "\t", "\u00a0", "\n"])
    change = lambda cell: rng.choice([space + cell, cell + space])  # noqa: E731
    return _change(rng, rows, lambda fact, cell: cell, change)


def cut_off(rng, rows):
    whole = to_bytes(rows)
    return whole[: rng.randrange(len(whole))]


def spoil_byte(rng, rows):
    whole = to_bytes(rows)
    i = rng.randrange(len(whole))
    # None of these occurs in UTF-8 text.
    return whole[:i] + rng.choice([b"\0", b"\xff", b"\xc0", b"\xfe\xff"]) + whole[i + rng.randrange(2) :]


def open_quotation(rng, rows):
    whole = to_bytes(rows)
    if b'"' in whole:
        return None
    i = rng.choice([i for i, byte in enumerate(whole) if byte == ord(",")])
    return whole[: i + 1] + b'"' + whole[i + 1 :]


def separate_otherwise(rng, rows):
    return to_bytes(rows, delimiter=rng.choice([";", "\t", "|"]))


def encode_otherwise(rng, rows):
    rows[-1][0] += "é"
    return to_bytes(rows).decode().encode(rng.choice(["cp1252", "utf-16", "utf-16-le", "utf-32"]))


BREAKING: tuple[Mutation, ...] = (
    drop_row,
    repeat_row,
    repeat_row_for_a_lost_one,
    shift_row,
    lengthen_row,
    shorten_row,
    drop_column,
    empty_cell,
    write_word_for_number,
    write_fraction_for_whole,
    write_date_for_day,
    write_number_out_of_range,
    write_other_than_yes_or_no,
    write_unknown_code,
    write_unknown_patient,
    surround_with_space,
    cut_off,
    spoil_byte,
    open_quotation,
    separate_otherwise,
    encode_otherwise,
)


def shuffle_rows(rng, rows):
    rest = rows[1:]
    rng.shuffle(rest)
    return to_bytes([rows[0], *rest])


def shuffle_columns(rng, rows):
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    return to_bytes([[row[j] for j in order] for row in rows])


def quote_all(rng, rows):
    return to_bytes(rows, quoting=csv.QUOTE_ALL)


def end_lines_otherwise(rng, rows):
    return to_bytes(rows, lineterminator=rng.choice(["\r\n", "\r"]))


def drop_optional_column(rng, rows):
    optional = [j for j, fact in enumerate(_facts(rows)) if not fact["required"] and not fact["key"]]
    if not optional:
        return None
    j = rng.choice(optional)
    return to_bytes([[*row[:j], *row[j + 1 :]] for row in rows])


HARMLESS: tuple[Mutation, ...] = (shuffle_rows, shuffle_columns, quote_all, end_lines_otherwise, drop_optional_column)
