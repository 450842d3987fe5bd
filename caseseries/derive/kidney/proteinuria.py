"""Protein in urine relative to creatinine, as the laboratory gave it or from its two parts."""

from __future__ import annotations

import pandas as pd

from caseseries.derive.shared.frames import as_typed, list_rows
from caseseries.derive.shared.results import derive_daily_results, result_text

UNIT = "mg/g"

RATIOS = {
    "patient_id": "str",
    "day": "Int64",
    "value": "float64",
    "operator": "str",
    "status": "str",
    "decided_on": "str",
}


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
        side, or if there was no creatinine; ``decided_on``.

    Notes
    -----
    The ratio of the laboratory counts; where a day has none, protein divided by creatinine of that day, times 1000.
    An albumin-to-creatinine ratio is another quantity and is not used.
    """
    samples = {
        test: {(row["patient_id"], row["day"]): row for row in list_rows(derive_daily_results(labs, test=test))}
        for test in ("UPCR", "URINE_PROTEIN", "URINE_CREAT")
    }
    ratios = {
        day: row | {"decided_on": result_text(row["value"], row["operator"], UNIT)}
        for day, row in samples["UPCR"].items()
    }
    for day, protein in samples["URINE_PROTEIN"].items():
        if day in samples["URINE_CREAT"] and day not in ratios:
            ratios[day] = protein | _divide(protein, samples["URINE_CREAT"][day])
    return as_typed((ratios[day] | {"status": _tell_status(ratios[day])} for day in sorted(ratios)), RATIOS)


def _divide(protein: dict, creatinine: dict) -> dict:
    # A bound of the divisor bounds the ratio from the other side; two that pull apart leave it open.
    turned = {"=": "=", "<": ">", ">": "<"}[creatinine["operator"]]
    operator = turned if protein["operator"] == "=" else protein["operator"]
    is_open = creatinine["value"] == 0 or turned not in ("=", operator)
    first, second = (result_text(part["value"], part["operator"], "mg/dL") for part in (protein, creatinine))
    return {
        "value": None if is_open else protein["value"] / creatinine["value"] * 1000,
        "operator": operator,
        "decided_on": f"protein {first} / creatinine {second}",
    }


def _tell_status(ratio: dict) -> str:
    if ratio["value"] is None:
        return "indeterminate"
    return "complete" if ratio["operator"] == "=" else "partial"
