"""What the paper and the press say, beside what the data give: reported claims and numbers to verdicts."""

from __future__ import annotations

import io
import operator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.forms.provenance import NAME, find_inputs
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.manuscript.number import NOT_ASSESSABLE
from caseseries.paths import REPORTED
from caseseries.records.dataset import About

CLAIMS = {
    "claim": "str",
    "statement": "str",
    "kind": "str",
    "key": "str",
    "operator": "str",
    "value": "float64",
    "unit": "str",
    "decimals": "Int64",
    "paper_claim": "str",
    "source": "str",
}
"""Type of each column of reported.csv: ``key`` names the numbers that the claim is held against (several separated by
semicolons), ``operator`` and ``value`` what they must be when rounded to ``decimals``; ``paper_claim`` a claim of the
paper about the same quantity, for what the press says of it."""

OPERATORS = {"=": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
SIGNS = {"=": "", ">=": "≥ ", ">": "> ", "<=": "≤ ", "<": "< "}
AGREES, CONTRADICTS = "agrees", "contradicts"

ON_SYNTHETIC = (
    "The cohort is synthetic and was drawn so as to resemble the reported totals. Where it agrees, this shows that the "
    "simulator and the rules of derivation meet those totals; it is no evidence for or against what was reported."
)
ON_DATA = "Each claim is held against the data set of this build, whoever its patients are."
AGAINST_PAPER = (
    "The last column holds statements of the press against the paper; it does not depend on the data set of this build."
)


def read_reported(path: Path = REPORTED) -> pd.DataFrame:
    """Read the claims, one row each, with the columns of ``CLAIMS``."""
    text = Path(path).read_text(encoding="utf-8")
    return pd.read_csv(io.StringIO(text), dtype=CLAIMS, keep_default_na=False, na_values=[""])[list(CLAIMS)]


def compare_reported(claims: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Compare each claim with the data, and each claim of the press with the claim of the paper that it names.

    Parameters
    ----------
    claims
        As ``read_reported`` gives them.
    numbers
        As ``estimate_numbers`` gives them.

    Returns
    -------
    DataFrame, one row per claim
        The columns of ``CLAIMS``; ``found``, the value in the data as it is printed; ``verdict`` (agrees, contradicts,
        not assessable) and ``reason``; ``paper_verdict``, missing where no claim of the paper is named.

    Raises
    ------
    KeyError
        If a claim names a number or a claim that there is not.
    """
    by_key, by_claim = numbers.set_index("key"), claims.set_index("claim")
    rows = []
    for claim in claims.to_dict("records"):
        keys = [by_key.loc[key] for key in claim["key"].split("; ")]
        missing = [number["reason"] for number in keys if pd.isna(number["value"])]
        texts = list(dict.fromkeys(number["text"] for number in keys))
        row = claim | {"found": fmt.listing(texts), "reason": "; ".join(dict.fromkeys(missing)) or None}
        if missing:
            row["verdict"] = NOT_ASSESSABLE
        else:
            row["verdict"] = _judge(claim, *(number["value"] for number in keys))
        if pd.notna(claim["paper_claim"]):
            row["paper_verdict"] = _judge(claim, by_claim.loc[claim["paper_claim"], "value"])
        rows.append(row)
    columns = [*CLAIMS, "found", "verdict", "reason", "paper_verdict"]
    compared = pd.DataFrame.from_records(rows, columns=columns).astype(CLAIMS | dict.fromkeys(columns[-4:], "str"))
    # The files behind the numbers are those behind the comparison.
    compared.attrs[NAME] = find_inputs([claims, numbers])
    return compared


def _judge(claim: dict, *values: float) -> str:
    quantum = Decimal(1).scaleb(-int(claim["decimals"]))
    rounded = [float(Decimal(repr(float(value))).quantize(quantum, rounding=ROUND_HALF_UP)) for value in values]
    holds = all(OPERATORS[claim["operator"]](value, claim["value"]) for value in rounded)
    return AGREES if holds else CONTRADICTS


def table_reported(compared: pd.DataFrame, *, about: About) -> DisplayTable:
    """Make the table of claims, those of the paper first, each with its verdict.

    Parameters
    ----------
    compared
        As ``compare_reported`` gives it.
    about
        Tells whether the data are synthetic, which the notes then say.
    """
    rows: list[Row] = []
    for kind, words in (("paper", "The paper"), ("paper summary", "A summary of the paper"), ("press", "The press")):
        own = compared[compared["kind"] == kind]
        rows += [Row(words, kind="section")] if len(own) else []
        rows += [_claim_row(claim) for claim in own.to_dict("records")]
    columns = ("Claim", "Reported", "In the data", "Verdict", "Against the paper", "Number compared", "Source")
    notes = (ON_SYNTHETIC if about.is_synthetic else ON_DATA, AGAINST_PAPER)
    return DisplayTable(columns, tuple(rows), notes)


def _claim_row(claim: dict) -> Row:
    sign = SIGNS[claim["operator"]]
    digits = int(claim["decimals"])
    verdict = claim["verdict"] + ("" if pd.isna(claim["reason"]) else f": {claim['reason']}")
    against = "" if pd.isna(claim["paper_verdict"]) else f"{claim['paper_verdict']} ({claim['paper_claim']})"
    unit = claim["unit"].removesuffix("s") if claim["value"] == 1 else claim["unit"]
    reported = f"{sign}{fmt.number(claim['value'], digits)} {unit}"
    cells = (reported, claim["found"], verdict, against, claim["key"], claim["source"])
    return Row(claim["statement"], cells)


def count_verdicts(compared: pd.DataFrame) -> DisplayTable:
    """Count the verdicts by kind of source, against the data and against the paper."""
    rows = []
    for kind, own in compared.groupby("kind", sort=False):
        data = [str(int((own["verdict"] == verdict).sum())) for verdict in (AGREES, CONTRADICTS, NOT_ASSESSABLE)]
        paper = [str(int((own["paper_verdict"] == verdict).sum())) for verdict in (AGREES, CONTRADICTS)]
        rows.append(Row(str(kind), (str(len(own)), *data, *paper)))
    columns = (
        "Source",
        "Claims",
        "Agrees",
        "Contradicts",
        "Not assessable",
        "Agrees with the paper",
        "Contradicts the paper",
    )
    return DisplayTable(columns, tuple(rows))
