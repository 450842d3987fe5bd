"""Samples of B cells: the count on each day, and what each rule of aplasia and return says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.shared.frames import as_typed, list_rows
from caseseries.derive.shared.limits import any_of, is_above
from caseseries.derive.shared.results import derive_daily_results

CELLS_PER_UL = 1000.0
"""Cells/uL in 10^9 cells/L."""


@dataclass(frozen=True)
class ReturnRule:
    """A rule of return: a sample reaches it if one of the limits that are given is reached.

    ``n_samples`` is the number of consecutive samples that must reach it, ``ends`` the state whose end it marks.
    """

    words: str
    count_per_ul: float | None = None
    above_percent_of_lymphocytes: float | None = None
    percent_of_lymphocytes: float | None = None
    percent_of_leukocytes: float | None = None
    n_samples: int = 1
    ends: str = "undetectable"


RETURN_RULES = {
    "first_measurable": ReturnRule("measurable"),
    "two_samples_10_per_ul": ReturnRule("at or above 10/uL", count_per_ul=10, n_samples=2),
    "confirmed_100_per_ul": ReturnRule("at or above 100/uL", count_per_ul=100, n_samples=2),
    "loss_of_aplasia_cincinnati": ReturnRule(
        "above 1% of lymphocytes or at or above 100/uL", 100, above_percent_of_lymphocytes=1, n_samples=2
    ),
    "aplasia_below_20_per_ul": ReturnRule("at or above 20/uL", count_per_ul=20, ends="below_20_per_ul"),
    "eliana": ReturnRule(
        "at or above 1% of leukocytes or 3% of lymphocytes", percent_of_leukocytes=1, percent_of_lymphocytes=3
    ),
}
"""Rules of return by name; ``first_measurable`` is the end of what ``b_cell_undetectable_below_per_ul`` says."""

APLASIA = {
    "undetectable": ("first undetectable sample", "measurable in every sample"),
    "below_20_per_ul": ("first sample below 20/uL", "at or above 20/uL in every sample"),
}
"""States of aplasia by name: the words for a patient who reached the state, and for one who did not."""


DEPLETING_DRUGS = (
    *("rituximab", "obinutuzumab", "ocrelizumab", "ofatumumab", "ublituximab", "veltuzumab", "inebilizumab"),
    *("blinatumomab", "tafasitamab", "loncastuximab", "mosunetuzumab", "glofitamab", "epcoritamab", "odronextamab"),
)
"""Drugs against CD19 or CD20, by the beginning of their name."""


def select_until_next_depletion(
    labs: pd.DataFrame, *, medications: pd.DataFrame, infusions: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Select the results up to the day on which B cells were depleted again.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The raw table.
    medications : DataFrame, one row per course of a drug
        Courses of ``DEPLETING_DRUGS`` that begin after day 0.
    infusions : DataFrame, one row per infusion
        Those after day 0.
    design
        ``b_cell_follow_up_ends``.

    Returns
    -------
    DataFrame
        The rows of ``labs``. Those of the day itself stay: what was sampled on it had not yet felt the drug.
    """
    again = find_next_depletions(medications, infusions=infusions, design=design)
    first = {patient_id: day for patient_id, (day, _) in again.items()}
    last = labs["patient_id"].map(first).astype("Int64")
    return labs[(labs["day"] <= last).fillna(True).astype(bool)]


def find_next_depletions(
    medications: pd.DataFrame, *, infusions: pd.DataFrame, design: Mapping
) -> dict[str, tuple[int, str]]:
    """Find what depleted B cells again after the first infusion.

    Parameters
    ----------
    medications, infusions, design
        As in ``select_until_next_depletion``.

    Returns
    -------
    dict
        Per patient the first such day and its cause in words: the drugs, or the infusion.
    """
    if design["b_cell_follow_up_ends"] == "last_sample":
        return {}
    is_depleting = medications["drug"].str.casefold().str.startswith(DEPLETING_DRUGS).fillna(False).astype(bool)
    given = medications.loc[is_depleting, ["patient_id", "start_day", "drug"]]
    given = given.rename(columns={"start_day": "day", "drug": "cause"})
    again = pd.concat([given, infusions[["patient_id", "day"]].assign(cause="another infusion")])
    causes: dict[str, dict[int, set[str]]] = {}
    for row in list_rows(again[(again["day"] > 0).fillna(False).astype(bool)]):
        causes.setdefault(row["patient_id"], {}).setdefault(row["day"], set()).add(row["cause"])
    return {patient_id: (min(own), " and ".join(sorted(own[min(own)]))) for patient_id, own in causes.items()}


def derive_b_cell_samples(labs: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Derive the count of B cells on each day, and which limits it reaches.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Counts (tests ``CD19``, ``CD20``, cells/uL), shares of lymphocytes (``CD19_PCT``, ``CD20_PCT``, %), ``LYM`` and
        ``WBC`` (10^9/L), each with ``operator``.
    design
        ``b_cell_marker`` and ``b_cell_undetectable_below_per_ul``.

    Returns
    -------
    DataFrame, one row per patient and day
        ``value`` (cells/uL), missing where nothing but a share is known, and ``operator``; a boolean column per state
        of ``APLASIA`` and per rule of ``RETURN_RULES``, missing where the sample does not decide.

    Notes
    -----
    Where only the share was measured the count is lymphocytes times share (two platforms); without lymphocytes the
    share alone decides what it can. Shares of leukocytes and, where they were not measured, of lymphocytes are those
    of the counts of the same day. Any result below the
    limit of the assay is undetectable, and an undetectable sample reaches no rule.
    """
    marker, limit = design["b_cell_marker"], design["b_cell_undetectable_below_per_ul"]
    samples = _joined(labs, {"": marker, "share_": f"{marker}_PCT", "lym_": "LYM", "wbc_": "WBC"})
    samples = samples[samples["value"].notna() | samples["share_value"].notna()].reset_index(drop=True)
    count, operator = samples["value"], samples["operator"]
    is_measurable = is_above(count, limit, operators=operator, or_equal=True).mask(operator == "<", False)
    # A share of cells that nobody counted tells whether there are any, and whether a limit in percent is reached.
    share = is_above(samples["share_value"], 0, operators=samples["share_operator"])
    is_measurable = is_measurable.where(count.notna(), share.mask(samples["share_operator"] == "<", False))
    is_gone = is_measurable.eq(False).fillna(False).astype(bool)
    samples["undetectable"] = ~is_measurable
    samples["below_20_per_ul"] = (~is_above(count, 20, operators=operator, or_equal=True)).mask(
        is_gone & count.isna(), True
    )
    for name, rule in RETURN_RULES.items():
        reached = is_measurable if name == "first_measurable" else _reaches(samples, rule)
        samples[name] = reached.mask(is_gone & ~(count > limit), False)
    return samples[["patient_id", "day", "value", "operator", *APLASIA, *RETURN_RULES]]


def _joined(labs: pd.DataFrame, tests: Mapping[str, str]) -> pd.DataFrame:
    """Give one row per patient and day of the marker, in counts or in shares, with the other tests of that day."""
    parts = {
        prefix: {(row["patient_id"], row["day"]): row for row in list_rows(derive_daily_results(labs, test=test))}
        for prefix, test in tests.items()
    }
    types = {"patient_id": "str", "day": "Int64"}
    types |= {f"{prefix}{name}": kind for prefix in tests for name, kind in (("value", "float64"), ("operator", "str"))}
    rows = []
    for patient_id, day in sorted(parts[""].keys() | parts["share_"].keys()):
        found = {prefix: own.get((patient_id, day), {}) for prefix, own in parts.items()}
        results = {f"{prefix}{name}": own.get(name) for prefix, own in found.items() for name in ("value", "operator")}
        rows.append({"patient_id": patient_id, "day": day} | results)
    samples = as_typed(rows, types)
    operators = samples[["lym_operator", "share_operator"]]
    is_known = ~(operators.eq("<").any(axis=1) & operators.eq(">").any(axis=1))
    product = (samples["lym_value"] * CELLS_PER_UL * samples["share_value"] / 100).where(is_known)
    beyond = samples["share_operator"].mask(samples["share_operator"] == "=", samples["lym_operator"])
    is_counted = samples["value"].notna()
    samples["value"] = samples["value"].where(is_counted, product)
    samples["operator"] = samples["operator"].where(is_counted, beyond)
    return samples


def _reaches(samples: pd.DataFrame, rule: ReturnRule) -> pd.Series:
    answers = []
    if rule.count_per_ul is not None:
        answers.append(is_above(samples["value"], rule.count_per_ul, operators=samples["operator"], or_equal=True))
    if rule.above_percent_of_lymphocytes is not None:
        answers.append(_reaches_lymphocytes(samples, rule.above_percent_of_lymphocytes, or_equal=False))
    if rule.percent_of_lymphocytes is not None:
        answers.append(_reaches_lymphocytes(samples, rule.percent_of_lymphocytes, or_equal=True))
    if rule.percent_of_leukocytes is not None:
        answers.append(_reaches_share(samples, "wbc", rule.percent_of_leukocytes, or_equal=True))
    return any_of(*answers)


def _reaches_lymphocytes(samples: pd.DataFrame, percent: float, *, or_equal: bool) -> pd.Series:
    measured = is_above(samples["share_value"], percent, operators=samples["share_operator"], or_equal=or_equal)
    return measured.where(samples["share_value"].notna(), _reaches_share(samples, "lym", percent, or_equal=or_equal))


def _reaches_share(samples: pd.DataFrame, of: str, percent: float, *, or_equal: bool) -> pd.Series:
    """Tell whether the count is a share of other cells; those counted as beyond a limit decide one way only."""
    limit = samples[f"{of}_value"] * CELLS_PER_UL * percent / 100
    answer = is_above(samples["value"], limit, operators=samples["operator"], or_equal=or_equal)
    is_open = ((samples[f"{of}_operator"] == "<") & ~answer) | ((samples[f"{of}_operator"] == ">") & answer)
    return answer.mask(is_open.fillna(False).astype(bool))
