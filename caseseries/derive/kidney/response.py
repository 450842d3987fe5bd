"""Response of lupus nephritis: proteinuria and filtration rate against baseline to complete, partial or none."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.limits import all_of, any_of, is_above, is_below
from caseseries.derive.shared.results import result_text
from caseseries.derive.shared.scores import as_scores

RESPONSES = {0: "none", 1: "partial", 2: "complete"}
"""Value of the measure and its name."""

COMPLETE_UPCR_MG_PER_G = {"CRR500": 500, "CRR700": 700, "KDIGO_2024": 500, "BRUNNER": 200}
"""Proteinuria of a complete response: at or below the limit, below it for KDIGO and EULAR."""

HALF = 0.5
NEPHROTIC_MG_PER_G = 3000
KDIGO_DAILY_LIMITS = {
    "300_mg_per_m2": ("value", 300),
    "500_mg_per_1_73_m2": ("value", 500 / 1.73),
    "2_mg_per_kg": ("mg_per_kg", 2),
}
"""Column of the daily protein, and the limit below which it must lie."""

BRUNNER_EGFR = 95
BRUNNER_RBC_PER_HPF = 5


def derive_renal_response(samples: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Derive the renal response at each urine sample after the infusion, and whether a second sample confirms it.

    Parameters
    ----------
    samples : DataFrame, one row per patient with lupus and day of a ratio after the infusion
        As ``gather_samples`` gives it.
    design
        ``renal_response_definition`` and the options that begin with ``renal_response``, ``crr``, ``kdigo``, ``eular``;
        those of the height and of the baseline.

    Returns
    -------
    DataFrame, one row per patient, day of a urine sample and measure
        The table of scores with ``RENAL_RESPONSE`` and ``RENAL_RESPONSE_CONFIRMED``: 2 complete, 1 partial, 0 none,
        missing and ``indeterminate`` where the samples do not decide; ``partial`` where the rate rests on a height
        that was carried forward. ``decided_on`` names definition, values and baseline.

    Notes
    -----
    Asked of patients with lupus whose kidney is involved, by the record of organs or by proteinuria above the limit
    at baseline; not evaluable where baseline proteinuria lies within the limit of a complete response, be it measured
    or only a bound. A fall is one from the last measured value before lymphodepletion; rate and erythrocytes of a
    response were measured after the infusion.

    - CRR500, CRR700. Complete: ratio at or below 500 (700) mg/g and a rate of at least 90% of baseline or at least
      90 mL/min/1.73 m2. Partial: a fall by half or more, below 3000 mg/g if baseline was 3000 or more, and a rate of
      at least 90% of baseline.
    - KDIGO 2024. Complete: ratio below 500 mg/g. Partial: a fall by half or more to below 3000 mg/g. Both with a rate
      that is stable or better. By ``kdigo_time_rule`` samples outside months 6 to 12 are not evaluable; by
      ``kdigo_proteinuria_rule`` urine of 24 hours of the same day goes before the ratio.
    - EULAR 2019. As KDIGO, with its own limits for a complete response and for a rate near normal.
    - Brunner. Complete: ratio at or below 200 mg/g, rate of at least 95 mL/min/1.73 m2, at most 5 erythrocytes per
      field. Partial: two of the three better than at baseline.

    Confirmed on a day: the worst response from the latest sample that lies at least the given days earlier up to
    that day.

    References
    ----------
    Fanouriakis 2020, Ann Rheum Dis 79:713. KDIGO 2024, Kidney Int 105(1S):S1.
    """
    samples = select_asked(samples, design=design)
    is_complete, is_partial = judge_samples(samples, design=design)
    had_none = is_without_proteinuria(samples, design=design)
    hindrance = pd.Series("no proteinuria at baseline", index=samples.index).where(_holds(had_none), "")
    hindrance = hindrance.mask(~_holds(had_none) & ~_is_in_time(samples, design), "not in months 6 to 12")
    is_evaluable = hindrance == ""
    code = pd.Series(float("nan"), index=samples.index)
    code = code.mask(_holds(~is_complete & is_partial), 1.0).mask(_holds(~is_complete & ~is_partial), 0.0)
    code = code.mask(_holds(is_complete), 2.0).where(is_evaluable)
    # A bound that decides is as good as a value; a rate that rests on an old height is not.
    is_weak = (samples["egfr_status"] == "partial") & (samples["egfr_operator"] == "=")
    response = samples[["patient_id", "day"]].assign(
        measure="RENAL_RESPONSE",
        value=code,
        unit="category",
        status=is_weak.map({True: "partial", False: "complete"}).astype("str").mask(code.isna(), "indeterminate"),
        missing_items=_list_missing(samples, is_open=code.isna() & is_evaluable),
        decided_on=_describe(samples, code, hindrance, definition=design["renal_response_definition"]),
    )
    confirmed = _confirm(response, days_apart=design["renal_response_confirmation_days"])
    return as_scores(pd.concat([as_scores(response), as_scores(confirmed)]))


def complete_limit(design: Mapping) -> float:
    """Give the proteinuria of a complete response in mg/g, by the definition of the design."""
    return COMPLETE_UPCR_MG_PER_G.get(design["renal_response_definition"], design["eular_upcr_limit_mg_per_g"])


def _is_in_time(samples: pd.DataFrame, design: Mapping) -> pd.Series:
    """Tell which samples lie in the months in which the definition looks for a response."""
    if (design["renal_response_definition"], design["kdigo_time_rule"]) != ("KDIGO_2024", "months_6_to_12"):
        return pd.Series(True, index=samples.index)
    first = design["visit_m6_target_day"] - design["visit_m6_half_width_days"]
    last = design["visit_m12_target_day"] + design["visit_m12_half_width_days"]
    return samples["day"].between(first, last).astype(bool)


def _holds(answer: pd.Series) -> pd.Series:
    return answer.fillna(False).astype(bool)


def select_asked(samples: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Select the samples of patients whose kidney is involved, by the record of organs or by baseline proteinuria."""
    has_kidney = samples["organs"].str.contains(r"\bkidney\b").fillna(False).astype(bool)
    is_proteinuric = _holds(~is_without_proteinuria(samples, design=design))
    return samples[has_kidney | is_proteinuric].reset_index(drop=True)


def is_without_proteinuria(samples: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Tell where proteinuria at baseline lay within the limit of a complete response; missing where nobody knows."""
    operators = samples["upcr_before_operator"]
    return is_below(samples["upcr_before"], complete_limit(design), operators=operators, or_equal=True)


def judge_samples(samples: pd.DataFrame, *, design: Mapping) -> tuple[pd.Series, pd.Series]:
    """Tell for each sample whether the response is complete, and whether it has what a partial one asks for."""
    definition, limit = design["renal_response_definition"], complete_limit(design)
    upcr, upcr_operator = samples["upcr_value"], samples["upcr_operator"]
    baseline = samples["upcr_baseline"]

    def upcr_below(bound: pd.Series | float, *, or_equal: bool = False) -> pd.Series:
        return is_below(upcr, bound, operators=upcr_operator, or_equal=or_equal)

    def egfr_reaches(bound: pd.Series | float) -> pd.Series:
        return is_above(samples["egfr_value"], bound, operators=samples["egfr_operator"], or_equal=True)

    def egfr_keeps(option: str) -> pd.Series:
        return egfr_reaches(samples["egfr_baseline"] * design[option] / 100)

    has_halved = upcr_below(baseline * HALF, or_equal=True)
    if definition in ("CRR500", "CRR700"):
        is_kept = egfr_keeps("crr_egfr_share_percent")
        is_normal = egfr_reaches(design["crr_egfr_normal_ml_per_min_per_1_73_m2"])
        was_below_nephrotic = is_below(baseline, NEPHROTIC_MG_PER_G)
        left_nephrotic = any_of(was_below_nephrotic, upcr_below(NEPHROTIC_MG_PER_G))
        is_complete = all_of(upcr_below(limit, or_equal=True), any_of(is_kept, is_normal))
        return is_complete, all_of(has_halved, left_nephrotic, is_kept)
    if definition == "BRUNNER":
        rbc, rbc_operator = samples["rbc_value"], samples["rbc_operator"]
        is_clear = is_below(rbc, BRUNNER_RBC_PER_HPF, operators=rbc_operator, or_equal=True)
        is_complete = all_of(upcr_below(limit, or_equal=True), egfr_reaches(BRUNNER_EGFR), is_clear)
        less_protein = upcr_below(baseline)
        more_filtration = is_above(samples["egfr_value"], samples["egfr_baseline"], operators=samples["egfr_operator"])
        less_blood = is_below(rbc, samples["rbc_baseline"], operators=rbc_operator)
        pairs = [(less_protein, more_filtration), (less_protein, less_blood), (more_filtration, less_blood)]
        return is_complete, any_of(*(all_of(*pair) for pair in pairs))
    is_kept = egfr_keeps("kdigo_egfr_share_percent" if definition == "KDIGO_2024" else "eular_egfr_share_percent")
    is_low = upcr_below(limit)
    if definition == "KDIGO_2024" and design["kdigo_proteinuria_rule"] in KDIGO_DAILY_LIMITS:
        column, most = KDIGO_DAILY_LIMITS[design["kdigo_proteinuria_rule"]]
        is_low = is_below(samples[column], most, operators=samples["operator"]).fillna(is_low)
    return all_of(is_low, is_kept), all_of(has_halved, upcr_below(NEPHROTIC_MG_PER_G), is_kept)


def _list_missing(samples: pd.DataFrame, *, is_open: pd.Series) -> list[str]:
    names = {"upcr_value": "UPCR", "upcr_baseline": "UPCR at baseline", "egfr_value": "EGFR"}
    names["egfr_baseline"] = "EGFR at baseline"
    missing = samples[list(names)].isna() & is_open.to_numpy()[:, None]
    return ["; ".join(name for column, name in names.items() if row[column]) for _, row in missing.iterrows()]


def _describe(samples: pd.DataFrame, code: pd.Series, hindrance: pd.Series, *, definition: str) -> list[str]:
    words = []
    for sample, own, why_not in zip(samples.itertuples(), code, hindrance, strict=True):
        answer = "not decided" if pd.isna(own) else RESPONSES[int(own)]
        facts = [f"{definition}: {f'not evaluable, {why_not}' if why_not else answer}"]
        for label, unit, prefix in (("UPCR", "mg/g", "upcr"), ("eGFR", "mL/min/1.73 m2", "egfr")):
            value, operator, baseline = (
                getattr(sample, f"{prefix}_{part}") for part in ("value", "operator", "baseline")
            )
            if pd.notna(value):
                share = "" if pd.isna(baseline) else f", {100 * value / baseline:.1f}% of baseline {baseline:.4g}"
                facts.append(f"{label} {result_text(value, operator, unit)}{share}")
        words.append("; ".join(facts))
    return words


def _confirm(response: pd.DataFrame, *, days_apart: int) -> pd.DataFrame:
    """Give at each sample the worst response since the latest sample that lies long enough before it."""
    rows = []
    for _, own in response.sort_values("day").groupby("patient_id"):
        days = own["day"].tolist()
        for place, sample in enumerate(own.to_dict("records")):
            earlier = [number for number in range(place) if days[place] - days[number] >= days_apart]
            span = own.iloc[max(earlier, default=place) : place + 1]
            worst = span["value"].min(skipna=False) if earlier else float("nan")
            # One sample without a response settles it, whatever the others are or would be.
            worst = 0.0 if (span["value"] == 0).any() else worst
            is_weak = (span["status"] == "partial").any()
            words = f"worst of days {days[max(earlier)]} to {days[place]}" if earlier else "no sample before confirms"
            changed = {
                "measure": "RENAL_RESPONSE_CONFIRMED",
                "value": worst,
                "status": "indeterminate" if pd.isna(worst) else "partial" if is_weak else "complete",
                "decided_on": f"{words}; {sample['decided_on']}",
            }
            rows.append(sample | changed)
    return pd.DataFrame(rows, columns=list(response.columns))
