"""One text cell to a value of its column's type, or the reason why it cannot be read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from caseseries.errors import suggest_names
from caseseries.records.codebook import Column
from caseseries.records.decode import clip

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[+-]?[0-9]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\u200b\ufeff]")
SPREADSHEET_ERRORS = frozenset(("#n/a", "#value!", "#ref!", "#div/0!", "#name?"))
WORDLESS = SPREADSHEET_ERRORS | {"na", "n/a", "n.a.", "nan", "null", "<na>", "-", "--", ".", "..", "?", "??"}
PLACEHOLDERS = WORDLESS | {"nd", "n.d.", "nil", "none", "missing", "unknown", "x", "not done", "not available"}
STAND_INS = frozenset(sign + digits for sign in ("", "-") for digits in ("9", "99", "999", "9999", "99999", "999999"))
YES = frozenset(("yes", "true", "t", "y", "1", "1.0", "ja", "oui", "wahr", "x"))
NO = frozenset(("no", "false", "f", "n", "0", "0.0", "nein", "non", "falsch"))
MOST_DIGITS = 15


@dataclass(frozen=True)
class Refusal:
    """Why a cell cannot be read: a kind that names the rule, the rule's sentence and the way to mend it."""

    kind: str
    must: str
    fix: str


def _or_leave(column: Column) -> str:
    return "" if column.required == "cell" else ", or leave the cell empty"


def _refuse_placeholder(column: Column) -> Refusal:
    if column.required == "cell":
        must, fix = f"{column.code} must hold a value, not a placeholder", "give the value; the cell must be filled"
    else:
        must, fix = f"{column.code} must not hold a placeholder for what is missing", "leave the cell empty"
    return Refusal("placeholder", must, fix)


def _explain_number(text: str, column: Column) -> tuple[str, str]:
    """Tell the kind of fault in a cell that is not a number, and how to mend it."""
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    is_whole = column.type == "integer"
    if re.fullmatch(r"[+-]?inf(inity)?", text.casefold()):
        return "not-finite", f"give the number itself{_or_leave(column)}"
    if re.fullmatch(r"[−–]\s?[0-9.]+", text):
        return "minus-sign", f"write the minus sign as a hyphen: -{text[1:].strip()}"
    if re.match(r"[0-9]{4}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}|[0-9]{1,2}[-. ][A-Za-z]{3}", text):
        return "calendar-date", "count days from the infusion, which is day 0; no date may stand in a data set"
    if re.fullmatch(r"[+-]?[0-9]{1,3}([,. '’_][0-9]{3})+([.,][0-9]+)?", text):
        digits = re.sub(r"[,. '’_](?=[0-9]{3}([^0-9]|$))", "", text).replace(",", ".")
        is_decimal = not is_whole and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text)
        other = f", or {text.replace(',', '.')} if the comma is a decimal one" if is_decimal else ""
        return "thousands-separator", f"write {digits}{other}"
    if re.fullmatch(r"[+-]?[0-9]*,[0-9]+", text):
        return "decimal-comma", f"write {text.replace(',', '.')}{', rounded to a whole number' if is_whole else ''}"
    if re.fullmatch(r"[0-9.,+-]+\s*%", text):
        return "percent-sign", f"write the number alone: {text.rstrip('% ')}"
    if re.match(r"[<>≤≥=]", text):
        into = "write the sign into operator and the number into value"
        return "with-sign", into if column.code == "value" else f"write a number without a sign{_or_leave(column)}"
    if number := re.match(NUMBER.pattern + r"(?=\s*([^\W\d_](?![0-9])|[°/%]))", text):
        unit = f"; the column is in {column.unit}" if column.unit not in ("", "unit", "item", "dose_unit") else ""
        unit = "; its unit belongs in the column unit" if column.unit == "unit" else unit
        return "with-unit", f"write the number alone: {number[0]}{unit}"
    return "not-a-number", f"write a number with digits and a decimal point{_or_leave(column)}"


def _must(column: Column) -> str:
    sentence = f"{column.code} must be a {'whole ' if column.type == 'integer' else ''}number"
    return sentence + " of days from the infusion" if column.unit == "day" else sentence


def read_number(text: str, column: Column) -> float | Refusal:
    """Read a number with a decimal point."""
    if text.casefold() in PLACEHOLDERS:
        return _refuse_placeholder(column)
    if not NUMBER.fullmatch(text):
        kind, fix = _explain_number(text, column)
        return Refusal(kind, _must(column), fix)
    value = float(text)
    if not math.isfinite(value):
        return Refusal("too-large", _must(column), "compare with the source; no such number can be stored")
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    if text in STAND_INS and not low <= value <= high:
        return _refuse_placeholder(column)
    if column.unit == "day" and value > high and 20_000 < value < 60_000:
        fix = "count days from the infusion, which is day 0; Excel writes dates as such numbers"
        return Refusal("calendar-date", _must(column), fix)
    return value


def read_integer(text: str, column: Column) -> int | Refusal:
    """Read a whole number without a decimal point."""
    value = read_number(text, column)
    if isinstance(value, Refusal):
        return value
    if not WHOLE.fullmatch(text):
        fix = f"write {value:.0f}" if value == round(value) else "round it to a whole number"
        return Refusal("not-whole", _must(column), fix)
    if abs(value) >= 10**MOST_DIGITS:
        return Refusal("too-large", _must(column), "compare with the source; no such number can be stored")
    return int(value)


def read_boolean(text: str, column: Column) -> bool | Refusal:
    """Read yes or no."""
    if text in ("yes", "no"):
        return text == "yes"
    must, folded = f"{column.code} must be yes or no", text.casefold()
    for word, others in (("yes", YES), ("no", NO)):
        if folded in others:
            return Refusal("not-yes-or-no", must, f"write {word} for {text!r}")
    if folded in PLACEHOLDERS:
        return _refuse_placeholder(column)
    return Refusal("not-yes-or-no", must, f"write yes or no{_or_leave(column)}")


def read_word(text: str, column: Column) -> str | Refusal:
    """Read a text or a code; which codes there are is asked later."""
    if CONTROL.search(text):
        must = f"{column.code} must not contain control characters or lost letters"
        return Refusal("control-character", must, "write the cell again as it stands in the source")
    is_free = column.type == "text" and column.required != "cell"
    if not is_free and text not in column.values and text.casefold() in WORDLESS:
        return _refuse_placeholder(column)
    return text


READERS = {"number": read_number, "integer": read_integer, "boolean": read_boolean}
DTYPES = {"number": "float64", "integer": "Int64", "boolean": "boolean"}


def read_cell(text: str, column: Column) -> Any | Refusal:
    """Read one filled cell, stripped of white space, as its column's type."""
    return READERS.get(column.type, read_word)(text, column)


def name_nearest(text: str, known: dict[str, str]) -> str:
    """Say which code an unknown one may mean: by its label, else by likeness, else give all of them."""
    labels = {label.casefold(): code for code, label in known.items()}
    near = [labels[text.casefold()]] if text.casefold() in labels else suggest_names(text, known, n=1)
    shown = repr(clip(text, 40))
    if near:
        return f"write {near[0]!r} for {shown}"
    if len(known) > 20:
        return f"add {shown} to data/codebook.csv, or use one of its codes"
    return f"use one of {', '.join(known)} for {shown}"
