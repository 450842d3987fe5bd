"""Laboratory limits of the Common Terminology Criteria for Adverse Events (CTCAE), version 5.0."""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "CTCAE version 5.0, National Cancer Institute 2017; limits as in the R package admiral (ncictcaev5.json)"


class Limit(NamedTuple):
    """One limit of one term: a result beyond it has at least the grade.

    ``branch`` tells when it applies: ``any``, only from a ``normal`` or an ``abnormal`` baseline, or, with
    ``below_lln``, only to results below the lower limit of normal and if the option asks for it. ``sign`` is < or >,
    or >= where the text of the grade begins with the limit itself. The limit is ``factor`` times ``reference``:
    ``lln`` and ``uln`` are the limits of normal of the sample, ``baseline`` the patient's own value, ``unit`` the unit
    of the codebook.
    """

    toxicity: str
    test: str
    branch: str
    grade: int
    sign: str
    factor: float
    reference: str


# toxicity (also the test, unless it has two directions), sign; limits of grades 1 to 4 in the codebook's unit.
# Grade 1 begins at the limit of normal.
_ABSOLUTE = """
ANC          <  1.5    1.0    0.5
WBC          <  3.0    2.0    1.0
LYM          <  0.8    0.5    0.2
CD4          <  500    200    50
PLT          <  75     50     25
HGB          <  100    80
ALB          <  30     20
SODIUM_LOW   <  130    125    120
SODIUM_HIGH  >  150    155    160
K_HIGH       >  5.5    6.0    7.0
"""

# toxicity; multiples from which grades 1 to 4 begin; the multiple of an abnormal baseline from which grade 1 begins
# (with = where the limit itself belongs to it, and - where the term knows no baseline).
_MULTIPLES = """
ALT          1    3    5    20    1.5=
AST          1    3    5    20    1.5=
ALP          1    2.5  5    20    2.0=
GGT          1    2.5  5    20    2.0=
BILI         1    1.5  3    10    1.0
CK           1    2.5  5    10    -
"""

_SINGLE = (
    # Hypokalaemia of grade 2 is that of grade 1 with symptoms, which no laboratory knows.
    Limit("K_LOW", "K", "any", 1, "<", 1.0, "lln"),
    Limit("K_LOW", "K", "any", 3, "<", 3.0, "unit"),
    Limit("K_LOW", "K", "any", 4, "<", 2.5, "unit"),
    Limit("CREAT", "CREAT", "any", 1, ">", 1.0, "uln"),
    Limit("CREAT", "CREAT", "any", 2, ">", 1.5, "uln"),
    Limit("CREAT", "CREAT", "any", 3, ">", 3.0, "uln"),
    Limit("CREAT", "CREAT", "any", 4, ">", 6.0, "uln"),
    Limit("CREAT", "CREAT", "any", 2, ">", 1.5, "baseline"),
    Limit("CREAT", "CREAT", "any", 3, ">", 3.0, "baseline"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "any", 1, "<", 1.0, "lln"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "any", 2, "<", 0.75, "lln"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "any", 3, "<", 0.5, "lln"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "any", 4, "<", 0.25, "lln"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "any", 4, "<", 0.5, "unit"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "below_lln", 2, "<=", 0.75, "baseline"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "below_lln", 3, "<=", 0.5, "baseline"),
    Limit("FIBRINOGEN", "FIBRINOGEN", "below_lln", 4, "<=", 0.25, "baseline"),
)


def _absolute(line: str) -> list[Limit]:
    toxicity, sign, *limits = line.split()
    test = toxicity.removesuffix("_LOW").removesuffix("_HIGH")
    normal = Limit(toxicity, test, "any", 1, sign, 1.0, "lln" if sign == "<" else "uln")
    return [
        normal,
        *(Limit(toxicity, test, "any", grade, sign, float(limit), "unit") for grade, limit in enumerate(limits, 2)),
    ]


def _multiples(line: str) -> list[Limit]:
    test, *multiples, abnormal = line.split()
    factors = list(enumerate(map(float, multiples), 1))
    if abnormal == "-":
        return [Limit(test, test, "any", grade, ">", factor, "uln") for grade, factor in factors]
    first = Limit(test, test, "abnormal", 1, ">=" if "=" in abnormal else ">", float(abnormal.strip("=")), "baseline")
    return [
        *(Limit(test, test, "normal", grade, ">", factor, "uln") for grade, factor in factors),
        first,
        *(Limit(test, test, "abnormal", grade, ">", factor, "baseline") for grade, factor in factors[1:]),
    ]


LIMITS = (
    *(limit for line in _ABSOLUTE.strip().splitlines() for limit in _absolute(line)),
    *(limit for line in _MULTIPLES.strip().splitlines() for limit in _multiples(line)),
    *_SINGLE,
)
"""Every limit. Life-threatening consequences, symptoms and transfusions, which also make a grade, are no laboratory
results: they stand in the recorded events."""

TOXICITIES = {limit.toxicity: limit.test for limit in LIMITS}
"""Test of each toxicity."""
