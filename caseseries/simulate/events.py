"""Adverse events as the investigator writes them down: read off the rows that the bedside and laboratory produced.

Grades follow the tables of the consensus papers: ASTCT for cytokine release and neurotoxicity, EHA/EBMT for late
neutropenia, CTCAE 5.0 for counts after lymphodepletion.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from caseseries.simulate.activity import Licats
from caseseries.simulate.infections import Infection
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import FEVER_C, systolic_limit
from caseseries.simulate.streams import happens

LATE_DAYS = range(31, 101)
EARLY_DAYS = range(-5, 31)
# term, test: CTCAE limits below which grades 2, 3 and 4 begin (anaemia has no grade 4 by laboratory)
CYTOPENIAS = {
    ("Neutropenia", "ANC"): (1.5, 1.0, 0.5),
    ("Thrombocytopenia", "PLT"): (75, 50, 25),
    ("Anaemia", "HGB"): (100, 80),
}
NAUSEA_SHARE = 0.6
LATE_NEUTROPENIA_LIMITS = (1.5, 1.0, 0.5, 0.1)


def event(
    patient: Patient,
    term: str,
    category: str,
    system: str,
    grade: int,
    start: int,
    end: int | None,
    *,
    treatment: str = "",
    is_related: bool = True,
    is_serious: bool = False,
) -> dict:
    """Give one row of ``adverse_events``; ``end`` is None while the event lasts."""
    return {
        "number": patient.number,
        "term": term,
        "category": category,
        "body_system": system,
        "grade": grade,
        "start_day": start,
        "end_day": end,
        "ongoing": "yes" if end is None else "no",
        "serious": "yes" if is_serious else "no",
        "related": "yes" if is_related else "no",
        "treatment": treatment,
    }


def reaction_events(
    patient: Patient, vital_signs: Iterable[dict], neuro_checks: Iterable[dict], drugs: Iterable[dict]
) -> list[dict]:
    """Write down cytokine release and neurotoxicity from the observations that are put down to them."""
    drugs = list(drugs)
    graded = [
        (row["day"], crs_grade(row, patient)) for row in vital_signs if row["day"] >= 0 and row["attributable"] == "yes"
    ]
    rows = []
    if graded:
        grade = max(grade for _, grade in graded)
        days = [day for day, _ in graded]
        rows.append(
            event(
                patient,
                "Cytokine release syndrome",
                "crs",
                "Immune system disorders",
                grade,
                min(days),
                max(days),
                treatment="; ".join(sorted({row["drug"] for row in drugs if row["purpose"] == "crs"})),
                is_serious=grade > 1,
            )
        )
    affected = [row for row in neuro_checks if row["suspected"] == "yes"]
    if affected:
        grade = max(icans_grade(row) for row in affected)
        rows.append(
            event(
                patient,
                "Immune effector cell-associated neurotoxicity syndrome",
                "icans",
                "Nervous system disorders",
                grade,
                min(row["day"] for row in affected),
                max(row["day"] for row in affected),
                treatment="; ".join(sorted({row["drug"] for row in drugs if row["purpose"] == "icans"})),
                is_serious=grade > 1,
            )
        )
    return rows


def crs_grade(row: dict, patient: Patient) -> int:
    """Grade one observation: low pressure without vasopressor or low-flow oxygen 2, fever alone 1."""
    is_low = row["systolic_bp_mmhg"] < systolic_limit(patient.age_on(row["day"]))
    if is_low or row["oxygen_device"] != "none":
        return 2
    return int(row["temperature_c"] >= FEVER_C)


def icans_grade(row: dict) -> int:
    """Grade one check in which neurotoxicity was suspected."""
    by_voice = 2 if row["consciousness"] == "awakens_to_voice" else 1
    if row["ice_score"] is not None:
        return max(by_voice, 1 if row["ice_score"] >= 7 else 2)
    return max(by_voice, 1 if row["capd_score"] <= 8 else 3)


def symptom_events(patient: Patient, rng: np.random.Generator) -> list[dict]:
    """Write down the nausea of lymphodepletion, which nothing else in the data shows."""
    start, length, is_worse = int(rng.integers(-5, -2)), int(rng.integers(1, 5)), happens(rng, 0.35)
    if not happens(rng, NAUSEA_SHARE):
        return []
    return [
        event(
            patient,
            "Nausea",
            "other",
            "Gastrointestinal disorders",
            2 if is_worse else 1,
            start,
            start + length - 1,
            treatment="ondansetron",
            is_related=False,
        )
    ]


def cytopenia_events(patient: Patient, labs: list[dict], drugs: Iterable[dict]) -> list[dict]:
    """Write down cytopenias of grade 2 or more after lymphodepletion, and late neutropenia.

    An event lasts from the first to the last sample of days -5 to 30 that reaches grade 2; it is written down only
    if it is worse than before lymphodepletion. Late neutropenia needs two samples of days 31 to 100 at or below 1.5.
    """
    rows = []
    gcsf = "; ".join(sorted({row["drug"] for row in drugs if row["drug_class"] == "gcsf"}))
    for (term, test), limits in CYTOPENIAS.items():
        samples = [(row["day"], row["value"]) for row in labs if row["test"] == test]
        grades = {day: 1 + sum(value < limit for limit in limits) for day, value in samples if day in EARLY_DAYS}
        before = [1 + sum(value < limit for limit in limits) for day, value in samples if day < EARLY_DAYS[0]]
        days = [day for day, grade in grades.items() if grade > 1]
        worst = max(grades.values())
        if days and worst > max(before):
            treatment = gcsf if test == "ANC" else ""
            rows.append(
                event(
                    patient,
                    term,
                    "cytopenia",
                    "Blood and lymphatic system disorders",
                    worst,
                    min(days),
                    max(days),
                    treatment=treatment,
                )
            )
    late = [(row["day"], row["value"]) for row in labs if row["test"] == "ANC" and row["day"] in LATE_DAYS]
    low = [(day, value) for day, value in late if value <= LATE_NEUTROPENIA_LIMITS[0]]
    if len(low) > 1:
        lowest = min(value for _, value in low)
        grade = sum(lowest <= limit for limit in LATE_NEUTROPENIA_LIMITS)
        rows.append(
            event(
                patient,
                "Late neutropenia (ICAHT)",
                "cytopenia",
                "Blood and lymphatic system disorders",
                grade,
                low[0][0],
                low[-1][0],
            )
        )
    return rows


def organ_events(
    patient: Patient,
    licats: Licats | None,
    infections: list[Infection],
    labs: list[dict],
    replacement_days: tuple[int, ...],
    drugs: Iterable[dict],
) -> list[dict]:
    """Write down local flare-ups, infections, and IgG below normal that was normal before or had to be replaced."""
    rows = []
    if licats:
        given = {row["drug"] for row in drugs if row["purpose"] == "other" and row["start_day"] == licats.start_day + 1}
        term = f"Local immune effector cell-associated toxicity, {licats.organ.replace('_', ' ')}"
        rows.append(
            event(
                patient,
                term,
                "licats",
                "Immune system disorders",
                licats.grade,
                licats.start_day,
                licats.end_day,
                treatment="; ".join(sorted(given)),
                is_serious=licats.grade > 2,
            )
        )
    rows += [
        event(
            patient,
            infection.kind,
            "infection",
            "Infections and infestations",
            infection.grade,
            infection.start_day,
            infection.end_day,
            treatment=infection.drug,
            is_related=False,
            is_serious=infection.grade > 2,
        )
        for infection in infections
    ]
    samples = [row for row in labs if row["test"] == "IGG"]
    was_normal = all(row["value"] >= row["lower_limit"] for row in samples if row["day"] < 0)
    low = [row["day"] for row in samples if row["day"] > 0 and row["value"] < row["lower_limit"]]
    if low and (was_normal or replacement_days):
        still = low[-1] == samples[-1]["day"]
        rows.append(
            event(
                patient,
                "Hypogammaglobulinaemia",
                "hypogammaglobulinaemia",
                "Immune system disorders",
                2 if replacement_days else 1,
                low[0],
                None if still else low[-1],
                treatment="human normal immunoglobulin" if replacement_days else "",
            )
        )
    return rows
