"""LB to labs: tests, specimens, results with their qualifiers, units and limits."""

from __future__ import annotations

import pandas as pd

from caseseries.records.codebook import Codebook, Test, read_codebook
from caseseries.records.sdtm.clock import Clock, compute_days
from caseseries.records.sdtm.domains import Domain, compute_number, compute_sentence_case
from caseseries.records.sdtm.ledger import Ledger
from caseseries.records.sdtm.terms import SPECIMENS

RESULT = r"^(?P<operator><=|>=|<|>|≤|≥)?\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)$"
BELOW_LIMIT = r"(?i)<?\s*(?:BLQ|BLOQ|LLOQ|LOQ|LLQ)"
RATIOS = ("UPCR", "UACR")
URINE_TESTS = ("URINE_", *RATIOS)
LABS = ["patient_id", "day", "hour", "test", "value", "operator", "unit"]
LABS += ["lower_limit", "upper_limit", "specimen", "method"]


def derive_labs(lb: Domain, clock: Clock, ledger: Ledger) -> pd.DataFrame:
    """Turn LB into laboratory results in units that the codebook accepts.

    The standardised result with its unit and limits is taken; where its unit is absent or not accepted for the test,
    the result as collected. ``<0.2`` keeps its operator; ``<BLQ`` becomes below the trial's own limit of quantitation
    (LBLLOQ), or else is not imported.

    Returns
    -------
    DataFrame, one row per result
    """
    codebook = read_codebook()
    code = lb.code("LBTESTCD")
    specimen = _derive_specimen(lb)
    test = _find_tests(code, specimen, codebook)
    days = compute_days(lb, clock, ledger, date="LBDTC", study_day="LBDY")
    results = _choose_results(lb, test, codebook)
    reported = lb.text("LBORRES").fillna(lb.text("LBSTRESC"))
    kept = ledger.sift(
        lb,
        code,
        (lb.code("LBSTAT") == "NOT DONE", "not done"),
        (test.isna(), "no test of the codebook for this code and specimen", specimen),
        (results["value"].isna() & reported.isna(), "no result"),
        (results["value"].isna(), "result is not a number", reported),
        (results["unit"].isna(), "unit absent or not accepted for the test", lb.text("LBSTRESU").fillna("(no unit)")),
        (days["day"].isna(), "no complete date"),
    )
    ledger.change(
        lb,
        kept & results["is_replaced"],
        what=code,
        reason="standardised result has no accepted unit: result as collected taken",
        examples=lb.text("LBORRESU"),
    )
    ledger.change(
        lb,
        kept & results["is_inclusive"],
        what=code,
        reason="limit that is included (<=, >=) imported as < or >",
        examples=reported,
    )
    ledger.change(
        lb,
        kept & results["is_below_limit"],
        what=code,
        reason="below the limit of quantitation: LBLLOQ taken",
        examples=reported,
    )
    ledger.book(lb, kept, what="labs")
    labs = pd.DataFrame(
        {
            "patient_id": lb.patients(),
            "day": days["day"],
            "hour": days["hour"],
            "test": test,
            "specimen": specimen,
            "method": compute_sentence_case(lb.text("LBMETHOD")),
        }
    ).join(results)
    return labs.loc[kept, LABS].sort_values(LABS, ignore_index=True)


def _derive_specimen(lb: Domain) -> pd.Series:
    # Chemistry may be serum or plasma: only urinalysis names its specimen.
    specimen = lb.code("LBSPEC").map(SPECIMENS)
    is_urine = lb.code("LBCAT").str.contains("URIN").fillna(False)
    return specimen.mask(specimen.isna() & lb.code("LBSPEC").isna() & is_urine, "urine")


def _find_tests(code: pd.Series, specimen: pd.Series, codebook: Codebook) -> pd.Series:
    in_urine: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    for test in codebook.tests.values():
        for cdisc in (part.strip() for part in test.cdisc.split(",")):
            (in_urine if test.code.startswith(URINE_TESTS) else elsewhere).setdefault(cdisc, test.code)
            # A ratio to creatinine is of urine by its name.
            if test.code in RATIOS:
                elsewhere.setdefault(cdisc, test.code)
    return code.map(elsewhere).astype("str").mask(specimen == "urine", code.map(in_urine).astype("str"))


def _choose_results(lb: Domain, test: pd.Series, codebook: Codebook) -> pd.DataFrame:
    standard = _read_results(
        lb.text("LBSTRESC").fillna(lb.text("LBSTRESN")), lb.text("LBLLOQ"), test, lb.text("LBSTRESU"), codebook
    )
    number = lb.number("LBSTRESN")
    measured = standard["operator"] == "="
    standard["value"] = standard["value"].where(number.isna() | ~measured, number)
    original = _read_results(lb.text("LBORRES"), None, test, lb.text("LBORRESU"), codebook)
    for frame, part in ((standard, "LBSTNR"), (original, "LBORNR")):
        frame["lower_limit"], frame["upper_limit"] = lb.number(part + "LO"), lb.number(part + "HI")
    standard["is_replaced"], original["is_replaced"] = False, standard["value"].notna()
    fits = standard["value"].notna() & standard["unit"].notna()
    better = ~fits & original["value"].notna() & (original["unit"].notna() | standard["value"].isna())
    return standard.where(~better, original)


def _units_without_dimension(codebook: Codebook) -> dict[str, str]:
    return {
        test.code: test.unit
        for test in codebook.tests.values()
        if "1" in test.factors and all(factor == 1 for factor in test.factors.values())
    }


def _read_results(
    text: pd.Series, lloq: pd.Series | None, test: pd.Series, unit: pd.Series, codebook: Codebook
) -> pd.DataFrame:
    found = pd.Series(text.dropna().unique(), dtype="str")
    parts = found.str.extract(RESULT).set_axis(found).reindex(text).set_axis(text.index)
    sign = parts["operator"]
    value = compute_number(parts["number"])
    operator = sign.str[:1].replace({"≤": "<", "≥": ">"}).fillna("=")
    below = pd.Series(False, index=text.index)
    if lloq is not None:
        limit = compute_number(lloq)
        below = text.str.fullmatch(BELOW_LIMIT).fillna(False).astype(bool) & limit.notna()
        value, operator = value.where(~below, limit), operator.mask(below, "<")
    return pd.DataFrame(
        {
            "value": value,
            "operator": operator,
            "unit": _find_units(test, unit, codebook),
            "is_below_limit": below,
            "is_inclusive": sign.isin(["<=", ">=", "≤", "≥"]),
        }
    )


def _find_units(test: pd.Series, unit: pd.Series, codebook: Codebook) -> pd.Series:
    pairs = pd.DataFrame({"test": test, "unit": unit}).drop_duplicates().dropna()
    known = {
        f"{pair.test} {pair.unit}": _match_unit(codebook.tests[pair.test], pair.unit) for pair in pairs.itertuples()
    }
    found = (test + " " + unit).map(known).astype("str")
    # Only a test without dimension can be read without a unit.
    return found.mask(unit.isna(), test.map(_units_without_dimension(codebook)).astype("str"))


def _fold(unit: str) -> str:
    return unit.replace("µ", "u").replace("μ", "u").replace("*", "^").replace(" ", "").casefold()


def _match_unit(test: Test, unit: str) -> str | None:
    if unit in test.factors:
        return unit
    return next((accepted for accepted in test.factors if _fold(accepted) == _fold(unit)), None)
