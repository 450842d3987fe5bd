"""Numbers as they stand in print: found in a text, and compared digit by digit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MISSING = {"", "–", "—", "-", "nan", "na", "n/a", "<na>", "null", "nat"}
"""What cells hold where nothing is known."""

SUPERSCRIPTS = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
POWER = re.compile(r" ?[×x] ?10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
NUMBER = re.compile(
    r"(?<![\w.])(?<![^\W\d_][-‐])"  # not inside a word such as CD19, M3 or SYN-2
    r"(?P<sign>(?<![\d)])[-−+])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<power>[eE][-+]?\d+)?(?!\w)(?!\.\d)"
)


@dataclass(frozen=True)
class Token:
    """A number in a text: its value, and the text before and after it."""

    value: Decimal
    before: str
    after: str

    @property
    def quantum(self) -> Decimal:
        """Give one unit of the last digit that is printed."""
        return Decimal(1).scaleb(self.value.as_tuple().exponent)


def is_missing(text: str) -> bool:
    """Tell whether a cell says that nothing is known."""
    return text.strip().casefold() in MISSING


def split_numbers(text: str) -> tuple[str, list[Token]]:
    """Give a text with # for each of its numbers, and the numbers."""
    plain = POWER.sub(lambda match: f"e{match[1].translate(SUPERSCRIPTS)}", text)
    tokens, pieces, end = [], [], 0
    for match in NUMBER.finditer(plain):
        sign = "-" if match["sign"] in ("-", "−") else ""
        value = Decimal(sign + match["digits"].replace(",", "") + (match["power"] or ""))
        tokens.append(Token(value, plain[: match.start()], plain[match.end() :]))
        pieces += [plain[end : match.start()], "#"]
        end = match.end()
    return "".join([*pieces, plain[end:]]), tokens


def as_number(text: str) -> Decimal | None:
    """Read a cell that is one number and nothing else, as data files write it."""
    try:
        value = Decimal(text.strip().replace("−", "-"))
    except ArithmeticError:
        return None
    return value if value.is_finite() else None


def are_equal_as_printed(old: Decimal, new: Decimal) -> bool:
    """Tell whether two numbers are the same one, printed to the same last digit.

    This is the one rule for every form. A number stands for the digits that are printed and for no others: 0.13
    published as 0, as 0.1 or as 0.130 is another number, because a reader would take another value, or another
    precision, from it. What may differ is how the same digits are written: a minus sign or a hyphen, a thousands
    separator, a power of ten (1e-05 and 0.00001). The numbers of a workbook are what it shows, the significant
    digits that files carry (``caseseries.precision``); binary digits behind them are not printed, and do not count.
    """
    return old == new and old.as_tuple().exponent == new.as_tuple().exponent


def are_equal_when_rounded(old: Decimal, new: Decimal) -> bool:
    """Tell whether two numbers differ in nothing but how many digits are printed, halves away from zero."""
    coarser = Decimal(1).scaleb(max(number.as_tuple().exponent for number in (old, new)))
    return old.quantize(coarser, rounding=ROUND_HALF_UP) == new.quantize(coarser, rounding=ROUND_HALF_UP)
