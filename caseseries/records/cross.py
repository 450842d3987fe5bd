"""Rules that rows must keep among each other and across tables; importing this module registers them."""

from __future__ import annotations

import re

import pandas as pd

from caseseries.records.codebook import Codebook, read_codebook
from caseseries.records.instruments import TOTAL, is_additive, list_items
from caseseries.records.rules import RULES, Rule, rule
from caseseries.records.schema import Table, Tables


def _duplicate(name: str, codebook: Codebook) -> Rule:
    key = codebook.key(name)

    def find_broken(table: Table, tables: Tables) -> pd.Series:
        keys = table.sound[key]
        is_twice = keys.duplicated(keep=False)
        return is_twice & (keys.notna() | (table.text[key] == "")).all(axis=1) if is_twice.any() else is_twice

    several = f"{', '.join(key[:-1])} and {key[-1]} together" if len(key) > 1 else key[0]
    return Rule(
        name,
        "duplicate",
        tuple(key),
        f"{several} must name one row only",
        "delete the copy, or correct what tells the rows apart",
        find_broken,
    )


def _fold(name: str) -> str:
    return re.sub(r"[\W_]|(?<![0-9])0+(?=[0-9])", "", name.casefold())


def _name_patients(text: pd.DataFrame, tables: Tables) -> str:
    # Identifiers are alike by nature (P3, P4): only another way of writing the same one is a slip.
    known = {_fold(name): name for name in tables["patients"].text["patient_id"]}
    near = [
        f"write {known[_fold(name)]!r} for {name!r}" for name in text["patient_id"].unique() if _fold(name) in known
    ]
    return "; ".join(near[:3]) or "correct the identifier, or add the patient to patients.csv"


def _unknown_patient(name: str) -> Rule:
    def find_broken(table: Table, tables: Tables) -> pd.Series | bool:
        patients = tables.get("patients")
        if patients is None or not patients.is_whole or "patient_id" not in patients.columns:
            return False
        known = {*patients.text["patient_id"], *patients.partial}
        return table.sound["patient_id"].notna() & ~table.sound["patient_id"].isin(known)

    must = "patient_id must be one of patients.csv"
    return Rule(name, "patient_id-unknown", ("patient_id",), must, _name_patients, find_broken)


def _after_last_contact(name: str, column: str) -> Rule:
    def find_broken(table: Table, tables: Tables) -> pd.Series | bool:
        last = tables.last_days.reindex(table.sound["patient_id"])
        return table.sound[column] > last.set_axis(table.sound.index)

    def name_last_days(text: pd.DataFrame, tables: Tables) -> str:
        days = [f"the last day of {patient} is {tables.last_days[patient]}" for patient in text["patient_id"].unique()]
        return f"{'; '.join(days[:3])}: correct {column}, or that day in patients.csv"

    must = f"{column} must not be after last contact or death in patients.csv"
    return Rule(name, f"{column}-after-last-contact", (column,), must, name_last_days, find_broken)


for _name, _columns in read_codebook().tables.items():
    RULES.append(_duplicate(_name, read_codebook()))
    if _name != "patients":
        RULES.append(_unknown_patient(_name))
        # A visit may be planned for a day that the patient did not reach.
        _days = [code for code, column in _columns.items() if column.unit == "day" and code != "planned_day"]
        RULES.extend(_after_last_contact(_name, code) for code in _days)


@rule(
    ["infusions"],
    "first-not-day-0",
    ("day",),
    must="the first infusion of a patient must be on day 0",
    fix="count all days of the patient from the first infusion",
)
def _first_not_day_0(table, tables):
    first = table.sound.groupby("patient_id")["day"].transform("min")
    return (table.sound["day"] == first) & (first != 0)


@rule(
    ["visits"],
    "out-of-order",
    ("visit", "planned_day", "actual_day"),
    must="visits must take place in the order of their planned_day",
    fix="correct the day that is wrong, or write unscheduled into status and empty planned_day",
)
def _out_of_order(table, tables):
    rows = table.sound.dropna(subset=["patient_id", "planned_day", "actual_day"])
    rows = rows.sort_values(["patient_id", "planned_day", "actual_day"])
    latest = rows.groupby("patient_id")["actual_day"].cummax()
    return (rows["actual_day"] < latest).reindex(table.sound.index, fill_value=False)


@rule(
    ["assessments"],
    "total-disagrees",
    ("instrument", "score"),
    must="a TOTAL must agree with the items of the same day",
    fix="correct the TOTAL, or delete it: totals are derived from items",
)
def _total_disagrees(table, tables):
    instruments = read_codebook().instruments
    additive = [code for code, instrument in instruments.items() if is_additive(instrument)]
    rows = table.sound[table.sound["instrument"].isin(additive) & table.sound["item"].notna()]
    group = ["patient_id", "day", "instrument"]
    is_total = rows["item"] == TOTAL
    items = rows[~is_total].dropna(subset=["score"]).drop_duplicates([*group, "item"])
    maxima = list_items()["maximum"]
    most = pd.Series(maxima.reindex(pd.MultiIndex.from_frame(items[["instrument", "item"]])).to_numpy(), items.index)
    known = items.assign(most=most).groupby(group, as_index=False)[["score", "most"]].sum()
    known = known.rename(columns={"score": "sum", "most": "known"})
    totals = rows[is_total].reset_index(names="row").merge(known, on=group)
    # Items that were not scored may add anything from nothing to their maximum.
    most = totals["instrument"].map({code: instruments[code].maximum for code in additive}).astype(float)
    is_wrong = (totals["score"] < totals["sum"]) | (totals["score"] > totals["sum"] + most - totals["known"])
    return pd.Series(table.sound.index.isin(totals.loc[is_wrong, "row"]), table.sound.index)
