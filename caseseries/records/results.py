"""Rules of results: what a row of labs or assessments must keep; importing this module registers them."""

from __future__ import annotations

import pandas as pd

from caseseries.records.cells import name_nearest
from caseseries.records.codebook import read_codebook
from caseseries.records.instruments import find_items
from caseseries.records.rules import rule
from caseseries.records.schema import Tables
from caseseries.records.units import find_units, list_units


def _fold(unit: str) -> str:
    # casefold turns the micro sign into the Greek letter.
    return unit.casefold().replace("μ", "u").replace(" ", "")


def _name_units(text: pd.DataFrame, tables: Tables) -> str:
    fixes = []
    for test, unit in dict.fromkeys(zip(text["test"], text["unit"], strict=True)):
        known = read_codebook().tests[test]
        same = [other for other in known.factors if _fold(other) == _fold(unit)]
        others = [other for other in known.factors if other != known.unit]
        converted = f", or in {' or '.join(others)}, which the package converts" if others else ""
        fixes.append(f"write {same[0]!r} for {unit!r}" if same else f"give {test} in {known.unit}{converted}")
    return "; ".join([*fixes[:3], "or add the unit to data/codebook.csv with its factor"])


@rule(
    ["labs"],
    "unit-unknown",
    ("test", "unit"),
    must="unit must be one that the codebook lists for the test",
    fix=_name_units,
)
def _unit_unknown(table, tables):
    rows = table.sound
    return rows["test"].notna() & rows["unit"].notna() & find_units(rows)["factor"].isna()


def _name_ranges(text: pd.DataFrame, tables: Tables) -> str:
    ranges, better = [], []
    first = text.drop_duplicates(["test", "unit"])[["test", "unit", "value"]].head(3)
    for test, unit, value in first.itertuples(index=False):
        units = list_units().loc[test]
        ranges.append(f"{test} from {units['minimum'][unit]:,.6g} to {units['maximum'][unit]:,.6g} {unit}")
        fits = units.index[units["minimum"].le(float(value)) & units["maximum"].ge(float(value))]
        better += [f"{test} {value} would be plausible in {' or '.join(fits)}"] if len(fits) else []
    return "; ".join([f"compare value and unit with the source; plausible is {', '.join(ranges)}", *better])


@rule(
    ["labs"],
    "value-out-of-range",
    ("value", "unit"),
    must="value must be in the plausible range of its test",
    fix=_name_ranges,
)
def _value_out_of_range(table, tables):
    units, value = find_units(table.sound), table.sound["value"]
    return (value < units["minimum"]) | (value > units["maximum"])


@rule(
    ["labs"],
    "limits-reversed",
    ("lower_limit", "upper_limit"),
    must="lower_limit must not be above upper_limit",
    fix="exchange the two limits",
)
def _limits_reversed(table, tables):
    return table.sound["lower_limit"] > table.sound["upper_limit"]


def _name_items(text: pd.DataFrame, tables: Tables) -> str:
    instruments = read_codebook().instruments
    fixes = [
        name_nearest(item, {code: item.label for code, item in instruments[name].items.items()})
        for name, item in dict.fromkeys(zip(text["instrument"], text["item"], strict=True))
    ]
    return "; ".join(fixes[:3])


@rule(
    ["assessments"],
    "item-unknown",
    ("instrument", "item"),
    must="item must be one that the codebook lists for the instrument",
    fix=_name_items,
)
def _item_unknown(table, tables):
    rows = table.sound
    return rows["instrument"].notna() & rows["item"].notna() & find_items(rows)["minimum"].isna()


def _name_scores(text: pd.DataFrame, tables: Tables) -> str:
    items = find_items(text)
    ranges = [
        f"{instrument} {item} {low:g} to {high:g}"
        for instrument, item, low, high in dict.fromkeys(
            zip(text["instrument"], text["item"], items["minimum"], items["maximum"], strict=True)
        )
    ]
    return f"compare with the source; the codebook allows {'; '.join(ranges[:5])}"


@rule(
    ["assessments"],
    "score-out-of-range",
    ("score",),
    must="score must be in the range of its item",
    fix=_name_scores,
)
def _score_out_of_range(table, tables):
    items, score = find_items(table.sound), table.sound["score"]
    return (score < items["minimum"]) | (score > items["maximum"])


@rule(
    ["assessments"],
    "score-not-whole",
    ("score",),
    must="score must be a whole number for an item that is scored in whole points",
    fix="compare with the source; an average belongs in no item",
)
def _score_not_whole(table, tables):
    score = table.sound["score"]
    return (find_items(table.sound)["type"] == "integer") & (score % 1 != 0) & score.notna()
