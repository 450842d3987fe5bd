"""What a reader can set on the page: each control with its choices, and the choice that the manuscript makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.by_definition import CONTACT, list_aplasia_limits, name_limit
from caseseries.derive.kinetics.b_cell_samples import RETURN_RULES
from caseseries.design import OPTIONS
from caseseries.exhibits import format as fmt
from caseseries.exhibits.kinetics.aplasia import describe_rule

INTERVALS = {"clopper-pearson": "Clopper-Pearson (exact)", "wilson": "Wilson (score)"}
LIMITS = {"log-log": "log-log", "log": "log", "plain": "plain"}
LEVELS = {"95": 0.95, "90": 0.90, "99": 0.99}
WHOLE, NOBODY = "whole", ""

MOST_LEFT_OUT = 12
"""In a larger cohort one patient moves little, and nobody can be left out."""

RULE_NAMES = {
    "loss_of_aplasia_cincinnati": " (Cincinnati)",
    "eliana": " (as in ELIANA)",
    "aplasia_below_20_per_ul": ", aplasia being below 20/µL",
}
CRITERIA = {
    "sle": {
        "DORIS": "DORIS 2021 (adult)",
        "CCR": "cCR (childhood)",
        "CCR_0": "cCR-0 (childhood, no glucocorticoids)",
    },
    "jdm": {
        "CID_REVISED": "Inactive disease, revised criteria (childhood)",
        "CID_PRINTO": "Inactive disease, PRINTO 2013 (childhood)",
    },
    "ssc": {
        "none_agreed": "None agreed: nobody counts as in remission",
        "no_progression": "No progression without immunosuppression",
    },
}
DISEASES = {"sle": "Remission of lupus", "jdm": "Remission of dermatomyositis", "ssc": "Remission of sclerosis"}


@dataclass(frozen=True)
class Choice:
    """One choice of a control: its code, which the address of the page holds, and its words."""

    code: str
    label: str


@dataclass(frozen=True)
class Setting:
    """One control; ``default`` is the place of the choice that the manuscript makes."""

    code: str
    label: str
    choices: tuple[Choice, ...]
    default: int = 0


def list_settings(runs: pd.DataFrame, patients: pd.DataFrame, *, design: Mapping) -> dict[str, Setting]:
    """List the controls that a data set has a use for.

    Parameters
    ----------
    runs : DataFrame, one row per cut-off, patient, definition, choice and fact
        ``cut``, ``months`` (0 for all follow-up) and the columns of ``BY_DEFINITION``.
    patients : DataFrame, one row per patient
        ``patient_id``, ``disease``.
    design
        The options of the run.

    Returns
    -------
    dict of Setting by code
        A cut-off that cuts nobody off, and the criterion of a disease that nobody has, are left out.
    """
    diseases = set(patients["disease"].str.casefold())
    rules = {rule: _capital(describe_rule(rule)) + RULE_NAMES.get(rule, "") for rule in RETURN_RULES}
    limits = {name_limit(limit): f"{fmt.significant(limit)}/µL" for limit in list_aplasia_limits(design)}
    usual = name_limit(design["b_cell_undetectable_below_per_ul"])
    found = [
        _cut(runs),
        _choose("aplasia", "Aplasia: B cells below", limits, usual),
        _choose("return", "Return of B cells", rules, design["b_cell_return_rule"]),
        *(_criterion(disease, design) for disease in DISEASES if disease in diseases),
        _choose("interval", "Interval of a proportion", INTERVALS),
        _choose("limits", "Limits of a curve", LIMITS),
        _choose("level", "Level", {code: f"{code}%" for code in LEVELS}),
    ]
    names = sorted(patients["patient_id"]) if len(patients) <= MOST_LEFT_OUT else []
    if len(names) > 1:
        found.append(_choose("without", "Patient left out", {NOBODY: "Nobody"} | {name: name for name in names}))
    return {setting.code: setting for setting in found}


def _choose(code: str, label: str, choices: Mapping[str, str], default: str = "") -> Setting:
    made = tuple(Choice(choice, words) for choice, words in choices.items())
    return Setting(code, label, made, list(choices).index(default) if default else 0)


def _criterion(disease: str, design: Mapping) -> Setting:
    name = f"remission_criterion_{disease}"
    words = {code: CRITERIA[disease][code] for code in OPTIONS[name].allowed}
    return _choose(disease, DISEASES[disease], words, design[name])


def _cut(runs: pd.DataFrame) -> Setting:
    contact = runs[runs["fact"] == CONTACT]
    longest = contact.groupby("cut", sort=False).agg(months=("months", "first"), days=("time_days", "max"))
    total = longest["days"].max()
    shorter = longest[(longest["months"] > 0) & (longest["days"] < total)].sort_values("months")
    words = {cut: f"{fmt.number(row.months)} months" for cut, row in shorter.iterrows()} | {WHOLE: "All follow-up"}
    return _choose("cut", "Follow-up until", words, WHOLE)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
