"""Numbers as they stand in print: found in a text, and compared at the precision that both of them show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MISSING = {"", "–", "—", "-", "nan", "na", "n/a", "<na>", "null", "nat"}
"""What cells hold where nothing is known."""

PLOTTED_TOLERANCE = Decimal("5e-7")
"""Unrounded numbers are equal if they agree to six digits: a 183 mm figure at 450 dpi has 3,242 dots, far fewer."""

UNROUNDED_DIGITS = 9
"""Nobody rounds to so many digits: a number that has them was printed as it is."""

NEARLY_ZERO = Decimal("1e-12")
"""Below this a sum that must be zero is zero."""

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


def are_equal_as_printed(old: Token, new: Token) -> bool:
    """Tell whether two printed numbers are one at the coarser of their two precisions, halves away from zero."""
    if min(len(token.value.as_tuple().digits) for token in (old, new)) >= UNROUNDED_DIGITS:
        return are_equal_as_plotted(old.value, new.value)
    coarser = max(old.quantum, new.quantum)
    rounded = [token.value.quantize(coarser, rounding=ROUND_HALF_UP) for token in (old, new)]
    return rounded[0] == rounded[1]


def are_equal_as_plotted(old: Decimal, new: Decimal) -> bool:
    """Tell whether two unrounded numbers are one for any purpose of a figure; whole numbers must be the same."""
    if old == new:
        return True
    if old == old.to_integral_value() and new == new.to_integral_value():
        return False
    gap, size = abs(old - new), max(abs(old), abs(new))
    return gap <= NEARLY_ZERO or gap <= PLOTTED_TOLERANCE * size
