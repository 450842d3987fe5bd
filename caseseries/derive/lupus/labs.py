"""The SLEDAI-2K descriptors that a measurement can show: results near a visit to present or absent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from itertools import pairwise

import pandas as pd

from caseseries.derive.kidney.proteinuria import derive_urine_protein
from caseseries.derive.shared.event_windows import find_event_spans, is_within
from caseseries.derive.shared.frames import list_rows
from caseseries.derive.shared.limits import any_of, is_above, is_below
from caseseries.derive.shared.windows import find_records_within

LAB_DESCRIPTORS = ("HEMATURIA", "PROTEINURIA", "PYURIA", "LOWCOMP", "DSDNA", "THROMBOPENIA", "LEUKOPENIA")

OTHER_SOURCES = {"FEVER": "temperature", "ARTHRITIS": "joint count"}
"""Descriptors that another measurement than one of the laboratory shows, and its name."""

BY_TREATMENT_TESTS = ("PLT", "WBC", "TEMPERATURE")
"""Tests that lymphodepletion and the cells themselves change."""

# Per test: on which side of which limit a result is a finding.
RULES = {
    "C3": (is_below, "lower_limit"),
    "C4": (is_below, "lower_limit"),
    "CH50": (is_below, "lower_limit"),
    "DSDNA": (is_above, "upper_limit"),
    "UPCR": (is_above, "sledai_upcr_limit_mg_per_g"),
    "URINE_PROTEIN_24H": (is_above, "sledai_protein_limit_g_per_day"),
    "URINE_RBC": (is_above, "sledai_urine_cells_limit_per_hpf"),
    "URINE_WBC": (is_above, "sledai_urine_cells_limit_per_hpf"),
    "PLT": (is_below, "sledai_platelets_limit_10_9_per_l"),
    "WBC": (is_below, "sledai_leukocytes_limit_10_9_per_l"),
    "TEMPERATURE": (is_above, "sledai_fever_limit_c"),
    "JOINTS": (partial(is_above, or_equal=True), "sledai_arthritis_joints"),
}

SHOWS = {
    "C3": "LOWCOMP",
    "C4": "LOWCOMP",
    "CH50": "LOWCOMP",
    "UPCR": "PROTEINURIA",
    "URINE_PROTEIN_24H": "PROTEINURIA",
    "URINE_RBC": "HEMATURIA",
    "URINE_WBC": "PYURIA",
    "PLT": "THROMBOPENIA",
    "WBC": "LEUKOPENIA",
    "TEMPERATURE": "FEVER",
    "JOINTS": "ARTHRITIS",
    "DSDNA": "DSDNA",
}
"""Descriptor that each test shows."""

ABSENT, OPEN, PRESENT = 0, 1, 2


def is_under_treatment(
    records: pd.DataFrame, *, medications: pd.DataFrame, infusions: pd.DataFrame, design: Mapping
) -> pd.Series:
    """Tell which records lie in the days from a lymphodepletion on in which findings are put down to the treatment.

    Parameters
    ----------
    records : DataFrame, one row per record
        ``patient_id`` and ``day``.
    medications : DataFrame, one row per course of a drug
        Gives the first day of each lymphodepletion; without one the days begin with the infusion.
    infusions : DataFrame, one row per infusion
        The first is that of day 0; each later one has days of its own.
    design
        ``treatment_findings_last_day``.

    Returns
    -------
    Series of bool, rows as in ``records``
    """
    infused, depleted = _list_days(infusions, "day"), _list_days(medications, "start_day", purpose="lymphodepletion")
    spans: dict[str, list[tuple[int, int]]] = {}
    for patient_id in records["patient_id"].unique():
        infusion_days = sorted({0, *infused.get(patient_id, [])})
        starts = sorted(depleted.get(patient_id, []))
        spans[patient_id] = [
            (
                next((start for start in starts if previous < start <= day), day),
                day + design["treatment_findings_last_day"],
            )
            for previous, day in pairwise([-math.inf, *infusion_days])
        ]
    places = zip(records["patient_id"].tolist(), records["day"].tolist(), strict=True)
    inside = [day is not pd.NA and is_within(day, spans[patient_id]) for patient_id, day in places]
    return pd.Series(inside, index=records.index, dtype="bool")


def _list_days(records: pd.DataFrame, column: str, **wanted: str) -> dict[str, list[int]]:
    days: dict[str, list[int]] = {}
    for row in list_rows(records):
        if row[column] is not pd.NA and all(row[name] == value for name, value in wanted.items()):
            days.setdefault(row["patient_id"], []).append(row[column])
    return days


def collect_results(
    labs: pd.DataFrame, *, assessments: pd.DataFrame, vital_signs: pd.DataFrame, adverse_events: pd.DataFrame
) -> pd.DataFrame:
    """Put temperatures and counts of joints beside the results of the laboratory, as the tests of ``RULES``.

    Parameters
    ----------
    labs, assessments, vital_signs, adverse_events
        The raw tables. A temperature that was put down to cytokine release or to another cause, or was measured during
        a recorded infection or cytokine release, says nothing of lupus and is left out.

    Returns
    -------
    DataFrame, one row per result
        The columns of ``labs``.
    """
    taken = vital_signs[vital_signs["temperature_c"].notna()]
    if "attributable" in taken:
        taken = taken[taken["attributable"].isna()]
    causes = [find_event_spans(adverse_events, category=category) for category in ("infection", "crs")]
    places = zip(taken["patient_id"].tolist(), taken["day"].tolist(), strict=True)
    is_explained = [any(is_within(day, spans.get(name, [])) for spans in causes) for name, day in places]
    taken = taken[~pd.Series(is_explained, index=taken.index, dtype="bool")]
    joints = assessments[(assessments["instrument"] == "JOINTS") & assessments["score"].notna()]
    parts = [
        taken.assign(test="TEMPERATURE", value=taken["temperature_c"]),
        joints.assign(test="JOINTS", value=joints["score"]),
    ]
    columns = ["patient_id", "day", "test", "value", "operator"]
    others = [part.assign(operator="=")[columns] for part in parts]
    return pd.concat([labs, *others], ignore_index=True).astype(labs.dtypes)


def derive_lab_findings(
    labs: pd.DataFrame,
    *,
    visits: pd.DataFrame,
    medications: pd.DataFrame,
    infusions: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive which laboratory descriptors the results in the window of each visit show.

    Parameters
    ----------
    labs : DataFrame, one row per result
        The tests of ``RULES`` in the unit of the codebook; ``lower_limit`` of complement and ``upper_limit`` of
        anti-dsDNA, both of the assay that gave the result.
    visits : DataFrame, one row per visit
        ``patient_id`` and ``day``; the index names the visit.
    medications, infusions
        See ``is_under_treatment``.
    design
        ``sledai_window_days``, the limits that begin with ``sledai``, ``treatment_findings_last_day``.

    Returns
    -------
    DataFrame, one row per visit and descriptor
        ``visit``; ``descriptor``; ``is_shown``, what the results show; ``is_counted``, the same without low counts
        and fever that are put down to the treatment. Both are missing where no result in the window decides.
        ``last_shown_day``, that of the last finding.

    Notes
    -----
    One result beyond the limit is a finding, whatever the others show. Low complement is one finding for C3, C4 and
    CH50 together, and absent only if neither C3 nor C4 was low. Protein in urine of 24 hours goes before the ratio.
    """
    upcr = derive_urine_protein(labs).assign(test="UPCR")
    results = pd.concat([labs[labs["test"].isin(RULES) & (labs["test"] != "UPCR")], upcr])
    results = pd.concat([_judge(results[results["test"] == test], test, design) for test in RULES], ignore_index=True)
    is_excused = results["test"].isin(BY_TREATMENT_TESTS) & is_under_treatment(
        results, medications=medications, infusions=infusions, design=design
    )
    results["counted"] = results["shown"].mask(is_excused, ABSENT)
    pairs = find_records_within(visits, results, first_offset_days=1 - design["sledai_window_days"], last_offset_days=0)
    found = {f"is_{column}": _spread(pairs, column, index=visits.index) for column in ("shown", "counted")}
    return pd.DataFrame(found | {"last_shown_day": _find_last_days(pairs)}, index=found["is_shown"].index).reset_index()


def _find_last_days(pairs: pd.DataFrame) -> pd.Series:
    findings = pairs[pairs["shown"] == PRESENT]
    findings = findings.assign(descriptor=findings["test"].map(SHOWS))
    last = findings.groupby(["descriptor", "target"])["day"].max()
    return last.rename_axis(["descriptor", "visit"]).astype("Int64")


def _judge(results: pd.DataFrame, test: str, design: Mapping) -> pd.DataFrame:
    is_finding, limit = RULES[test]
    bounds = results[limit] if limit in results else design[limit]
    answer = is_finding(results["value"], bounds, operators=results["operator"])
    code = answer.map({True: PRESENT, False: ABSENT}).astype("float64").fillna(OPEN)
    return results[["patient_id", "day", "test"]].assign(shown=code)


def _spread(pairs: pd.DataFrame, column: str, *, index: pd.Index) -> pd.Series:
    """Take the worst result of each test in the window of a visit, and put the tests together to descriptors."""
    worst = pairs.pivot_table(index="target", columns="test", values=column, aggfunc="max")
    worst = worst.reindex(index=index, columns=list(RULES)).astype("float64")
    worst = worst.where(worst != OPEN)
    seen = {test: (worst[test] == PRESENT).astype("boolean").mask(worst[test].isna()) for test in RULES}
    descriptors = {
        "HEMATURIA": seen["URINE_RBC"],
        "PROTEINURIA": seen["URINE_PROTEIN_24H"].fillna(seen["UPCR"]),
        "PYURIA": seen["URINE_WBC"],
        "LOWCOMP": any_of(seen["C3"], seen["C4"], seen["CH50"].fillna(False)),
        "DSDNA": seen["DSDNA"],
        "THROMBOPENIA": seen["PLT"],
        "LEUKOPENIA": seen["WBC"],
        "FEVER": seen["TEMPERATURE"],
        "ARTHRITIS": seen["JOINTS"],
    }
    return pd.concat(descriptors, names=["descriptor", "visit"])
