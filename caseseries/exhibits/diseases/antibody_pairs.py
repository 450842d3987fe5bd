"""Autoantibodies of patients in pairs: the value before treatment and the last one after the infusion."""

from __future__ import annotations

import re

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import disease_rank
from caseseries.exhibits.drawing.measures import SHORT_NAMES
from caseseries.records.codebook import read_codebook

BEFORE, LAST = "before treatment", "last after infusion"


def pair_values(autoantibodies: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Pick the values before treatment and the last ones.

    Returns
    -------
    DataFrame, one row per patient, test and time
        The columns of the table with ``when`` (``BEFORE`` or ``LAST``) and ``antibody``, its short name. Sorted by
        antibody: those of the first disease first, then in the order of the codebook.
    """
    own = autoantibodies[autoantibodies["patient_id"].isin(patients["patient_id"])]
    # A column that is empty in a file comes back without a type.
    own = own.astype({name: "boolean" for name in own.columns if name.startswith("is_")})
    parts = [own[own["is_baseline"]].assign(when=BEFORE), own[own["is_last"]].assign(when=LAST)]
    pairs = pd.concat(parts, ignore_index=True)
    diseases = dict(zip(patients["patient_id"], patients["disease"], strict=True))
    ranks: dict[str, tuple] = {}
    for name, test in zip(pairs["patient_id"], pairs["test"], strict=True):
        rank = disease_rank(diseases[name])
        ranks[test] = min(ranks.get(test, rank), rank)
    codes = list(read_codebook().tests)
    order = sorted(ranks, key=lambda test: (ranks[test], codes.index(test)))
    pairs = pairs.assign(antibody=pairs["test"].map(short_name), place=pairs["test"].map(order.index))
    return pairs.sort_values(["place", "patient_id", "when"], kind="stable", ignore_index=True)


def short_name(test: str) -> str:
    """Name an antibody as a column bears it: Anti-dsDNA, ANA, Anti-Scl-70."""
    if test == "ANA":
        return test
    label = SHORT_NAMES.get(test) or read_codebook().tests[test].label.removesuffix(" antibodies")
    return re.sub(r" \(.*\)", "", label)


def pair_answers(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give patients and antibodies whose answer is known before treatment and at the last visit.

    Returns
    -------
    DataFrame, one row per patient and test
        ``antibody``, and whether it is positive in the columns ``BEFORE`` and ``LAST``.
    """
    keys = ["place", "antibody", "patient_id"]
    known = pairs[pairs["is_positive"].notna()].astype({"is_positive": "bool"})
    before, last = (
        known.loc[known["when"] == when, [*keys, "is_positive"]].rename(columns={"is_positive": when})
        for when in (BEFORE, LAST)
    )
    return before.merge(last, on=keys)


def describe_conversion(pairs: pd.DataFrame) -> str:
    """Say for each antibody how many patients turned negative, and how many positive."""
    answers = pair_answers(pairs)
    lost, gained = [], []
    for (_, name), own in answers.groupby(["place", "antibody"]):
        had = own[own[BEFORE]]
        lost += [f"{name} {int((~had[LAST]).sum())}/{len(had)}"] if len(had) else []
        n_gained = int((~own[BEFORE] & own[LAST]).sum())
        gained += [f"{name} {n_gained}/{int((~own[BEFORE]).sum())}"] if n_gained else []
    first = f"Of those positive before, negative at the last visit: {', '.join(lost)}." if lost else ""
    second = f"Of those negative before, positive at the last visit: {', '.join(gained) or 'none'}."
    return " ".join(filter(None, [first, second if len(answers) else ""]))


def plotted_values(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give the values of the heat map as plotted."""
    answer = pairs["is_positive"].map({True: "positive", False: "negative"}).fillna("not assessable")
    return pd.DataFrame(
        {
            "patient_id": pairs["patient_id"],
            "antibody": pairs["antibody"],
            "when": pairs["when"],
            "time (days)": pairs["day"],
            "sign": pairs["operator"],
            "value": pairs["value"],
            "unit": pairs["unit"].map(fmt.unit),
            "upper limit": pairs["upper_limit"],
            "value (multiples of upper limit)": pairs["ratio"],
            "answer": answer.astype("str"),
        }
    )
