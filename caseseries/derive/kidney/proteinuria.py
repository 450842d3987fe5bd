"""Protein in urine relative to creatinine, as the laboratory gave it or from its two parts."""

from __future__ import annotations

import pandas as pd

from caseseries.derive.shared.results import derive_daily_results, result_text

UNIT = "mg/g"


def derive_urine_protein(labs: pd.DataFrame) -> pd.DataFrame:
    """Derive the protein-to-creatinine ratio of each day on which it is known.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Tests ``UPCR`` in mg/g, ``URINE_PROTEIN`` and ``URINE_CREAT`` in mg/dL.

    Returns
    -------
    DataFrame, one row per patient and day
        ``value`` in mg/g; ``operator``, ``<`` or ``>`` if a result beyond a limit gives only a bound; ``status``,
        ``partial`` for such a bound, ``indeterminate`` without a value if both parts lie beyond a limit on the same
        side; ``decided_on``.

    Notes
    -----
    The ratio of the laboratory counts; where a day has none, protein divided by creatinine of that day, times 1000.
    An albumin-to-creatinine ratio is another quantity and is not used.
    """
    given = derive_daily_results(labs, test="UPCR").assign(parts="")
    computed = _divide(derive_daily_results(labs, test="URINE_PROTEIN"), derive_daily_results(labs, test="URINE_CREAT"))
    ratios = pd.concat([given, computed]).drop_duplicates(["patient_id", "day"], keep="first")
    ratios = ratios.sort_values(["patient_id", "day"], kind="stable").reset_index(drop=True)
    status = ratios["operator"].map({"=": "complete"}).fillna("partial").mask(ratios["value"].isna(), "indeterminate")
    words = [
        parts or result_text(value, operator, UNIT)
        for value, operator, parts in zip(ratios["value"], ratios["operator"], ratios["parts"], strict=True)
    ]
    return ratios.assign(status=status.astype("str"), decided_on=pd.Series(words, index=ratios.index, dtype="str"))[
        ["patient_id", "day", "value", "operator", "status", "decided_on"]
    ]


def _divide(protein: pd.DataFrame, creatinine: pd.DataFrame) -> pd.DataFrame:
    pairs = protein.merge(creatinine, on=["patient_id", "day"], suffixes=("", "_creatinine"))
    # A bound of the divisor bounds the ratio from the other side; two that pull apart leave it open.
    turned = pairs["operator_creatinine"].map({"=": "=", "<": ">", ">": "<"})
    operator = pairs["operator"].where(pairs["operator"] != "=", turned)
    is_open = (turned != "=") & (turned != operator)
    words = [
        f"protein {result_text(*first, 'mg/dL')} / creatinine {result_text(*second, 'mg/dL')}"
        for first, second in zip(
            zip(pairs["value"], pairs["operator"], strict=True),
            zip(pairs["value_creatinine"], pairs["operator_creatinine"], strict=True),
            strict=True,
        )
    ]
    return pairs.assign(
        value=(pairs["value"] / pairs["value_creatinine"] * 1000).mask(is_open),
        operator=operator,
        parts=pd.Series(words, index=pairs.index, dtype="str"),
    )
