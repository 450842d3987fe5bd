"""Targets of lupus nephritis over time: proteinuria at months 3, 6 and 12 to reached or not."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.kidney.response import NEPHROTIC_MG_PER_G, is_without_proteinuria, judge_samples, select_asked
from caseseries.derive.shared.limits import is_above, is_below
from caseseries.derive.shared.results import result_text
from caseseries.derive.shared.scores import YES_NO, as_scores
from caseseries.derive.shared.windows import name_visits

FALLS = {"M3": "eular_m3_fall_percent", "M6": "eular_m6_fall_percent"}
COMPLETE_BY = "M12"


def derive_renal_targets(samples: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Derive whether the response of the kidney keeps pace with the targets of the guideline.

    Parameters
    ----------
    samples : DataFrame, one row per patient with lupus and day of a ratio after the infusion
        As ``gather_samples`` gives it; patients are asked as in ``derive_renal_response``.
    design
        The options that begin with ``eular``, and what ``derive_renal_response`` reads.

    Returns
    -------
    DataFrame, one row per patient and visit that has a target
        The table of scores with ``RENAL_TARGET``, yes or no, on the day of the urine sample that counts for the visit;
        ``indeterminate`` where a value, or one at baseline, is missing. No row for a visit without a sample, or where
        proteinuria at baseline lies within the limit of a complete response.

    Notes
    -----
    Month 3: a fall of proteinuria by a quarter. Month 6: by half. Month 12: a complete response; where proteinuria was
    nephrotic at baseline, at the later visit ``eular_nephrotic_complete_by``.

    References
    ----------
    Fanouriakis 2020, Ann Rheum Dis 79:713.
    """
    by_guideline = dict(design) | {"renal_response_definition": "EULAR_2019"}
    samples = select_asked(samples, design=by_guideline)
    is_complete, _ = judge_samples(samples, design=by_guideline)
    is_within = is_without_proteinuria(samples, design=by_guideline).fillna(False)
    is_nephrotic = is_above(samples["upcr_baseline"], NEPHROTIC_MG_PER_G, or_equal=True).fillna(False).astype(bool)
    samples["visit"] = name_visits(samples.assign(measure="UPCR", value=samples["upcr_value"]), design=design)
    last = pd.Series(COMPLETE_BY, index=samples.index).mask(is_nephrotic, design["eular_nephrotic_complete_by"])
    parts = [
        _judge_fall(samples[samples["visit"] == visit], visit, percent=design[option])
        for visit, option in FALLS.items()
    ]
    due = samples[samples["visit"] == last]
    words = [f"{visit}: complete response" for visit in due["visit"]]
    parts.append(_as_rows(due, is_complete[due.index], words))
    kept = samples.index[~is_within.astype(bool)]
    return as_scores(pd.concat([part[part.index.isin(kept)] for part in parts]))


def _judge_fall(samples: pd.DataFrame, visit: str, *, percent: float) -> pd.DataFrame:
    limit = samples["upcr_baseline"] * (1 - percent / 100)
    answer = is_below(samples["upcr_value"], limit, operators=samples["upcr_operator"], or_equal=True)
    return _as_rows(samples, answer, [f"{visit}: fall by {percent:g}% or more"] * len(samples))


def _as_rows(samples: pd.DataFrame, answer: pd.Series, targets: list[str]) -> pd.DataFrame:
    facts = [
        f"{target}; UPCR {result_text(own.upcr_value, own.upcr_operator, 'mg/g')}, baseline "
        + ("not known" if pd.isna(own.upcr_baseline) else f"{own.upcr_baseline:.4g}")
        for target, own in zip(targets, samples.itertuples(), strict=True)
    ]
    is_open = answer.isna()
    lacks = samples["upcr_baseline"].isna().map({True: "UPCR at baseline", False: "EGFR"})
    return samples[["patient_id", "day"]].assign(
        measure="RENAL_TARGET",
        value=answer.astype("Float64"),
        unit=YES_NO,
        status=is_open.map({True: "indeterminate", False: "complete"}),
        missing_items=lacks.where(is_open, ""),
        decided_on=pd.Series(facts, index=samples.index, dtype="str"),
    )
