"""Grades of toxicities for Table 3: as derived, as recorded, and where the two differ."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column
from caseseries.exhibits.proportions import patients_ci

NOT_ASSESSABLE = "n.a."
MAY_BE_HIGHER = "†"
MOST_NAMED = 6
"""Of more patients than this a note gives the number."""


@dataclass(frozen=True)
class Toxicity:
    """A toxicity: its code among the grades, its label, and the category of the events recorded of it, if any."""

    code: str
    label: str
    category: str = ""


TOXICITIES = (
    Toxicity("CRS", "Cytokine release syndrome", "crs"),
    Toxicity("ICANS", "Neurotoxicity (ICANS)", "icans"),
    Toxicity("ICAHT_EARLY", "Neutropenia, early (ICAHT)"),
    Toxicity("ICAHT_LATE", "Neutropenia, late (ICAHT)"),
    Toxicity("T_ICAHT_EARLY", "Thrombocytopenia, early (T-ICAHT)"),
    Toxicity("T_ICAHT_LATE", "Thrombocytopenia, late (T-ICAHT)"),
    Toxicity("LICATS", "LICATS", "licats"),
    Toxicity("IEC_HS", "IEC-HS", "iec_hs"),
)
COMPARED = ("CRS", "ICANS")
"""Toxicities that are graded twice, from observations and by the investigator; the scales are the same."""

CONFIRMED = ("LICATS", "IEC_HS")
"""Toxicities whose grade is the recorded one; findings without a recorded event are told in a note."""

ABBREVIATIONS = {
    "ICANS": "immune effector cell-associated neurotoxicity syndrome",
    "T-ICAHT": "its counterpart for platelets",
    "ICAHT": "immune effector cell-associated haematotoxicity",
    "IEC-HS": "immune effector cell-associated haemophagocytic syndrome",
    "LICATS": "local immune effector cell-associated toxicity syndrome",
}


def spell_out(text: str) -> str:
    """Spell out the abbreviations that a text uses."""
    order = ("ICANS", "ICAHT", "T-ICAHT", "LICATS", "IEC-HS")
    used = [short for short in order if short in text]
    return "; ".join(f"{short}, {ABBREVIATIONS[short]}" for short in used) + "." if used else ""


def pick_grades(grades: pd.DataFrame, code: str) -> pd.DataFrame:
    """Pick the grades of one toxicity."""
    return grades[grades["toxicity"] == code]


def is_graded(own: pd.DataFrame) -> bool:
    """Tell whether a toxicity could be graded in any patient."""
    return bool(own["grade"].notna().any())


def derived_cell(column: Column, own: pd.DataFrame) -> str:
    """Write the derived grade of a patient, or how many patients of a column had the toxicity, by grade."""
    rows = column.pick(own)
    known = rows[rows["grade"].notna()]
    if column.is_single:
        if known.empty:
            return NOT_ASSESSABLE
        mark = MAY_BE_HIGHER if (known["status"] == "partial").any() else ""
        return _grade_words(int(known["grade"].iloc[0])) + mark
    had = known[known["grade"] >= 1]
    return "; ".join(filter(None, [patients_ci(len(had), len(known)), count_grades(had["grade"])]))


def _grade_words(grade: int) -> str:
    return f"grade {grade}" if grade else "none"


def count_grades(grades: pd.Series) -> str:
    """Count patients by grade in words."""
    counts = grades.dropna().value_counts().sort_index()
    return ", ".join(f"grade {grade}: {n}" for grade, n in counts.items())


def time_cell(column: Column, own: pd.DataFrame, name: str) -> str:
    """Write onset or duration of the patients who had the toxicity."""
    rows = column.pick(own)
    return fmt.median_range(rows.loc[(rows["grade"] >= 1).fillna(False).astype(bool), name])


def describe_differences(grades: pd.DataFrame, worst: pd.DataFrame) -> list[str]:
    """Say for which patients the recorded grade differs from the derived one, and which findings nobody confirmed.

    Parameters
    ----------
    grades : DataFrame, one row per patient and toxicity
        As ``derive_safety`` gives it.
    worst : DataFrame, one row per patient and category
        As ``derive_worst_grades`` gives it.
    """
    differing, n_compared, compared = [], 0, []
    for toxicity in (toxicity for toxicity in TOXICITIES if toxicity.code in COMPARED):
        recorded = worst[worst["category"] == toxicity.category].set_index("patient_id")["max_grade"]
        own = pick_grades(grades, toxicity.code)
        pairs = own.assign(recorded=own["patient_id"].map(recorded))
        pairs = pairs[pairs["grade"].notna() & pairs["recorded"].notna()]
        n_compared += len(pairs)
        compared += [toxicity.code] if len(pairs) else []
        differing += [
            f"{row.patient_id} ({toxicity.code}: recorded {row.recorded}, derived {row.grade})"
            for row in pairs[pairs["grade"] != pairs["recorded"]].itertuples()
        ]
    notes = []
    if differing:
        notes.append(f"Recorded and derived grade differ: {_name_some(differing)}.")
    elif n_compared:
        notes.append(f"Recorded and derived grades of {fmt.listing(compared)} are the same in every patient.")
    for toxicity in (toxicity for toxicity in TOXICITIES if toxicity.code in CONFIRMED):
        own = pick_grades(grades, toxicity.code)
        open_ = own[own["decided_on"].str.contains("not confirmed: ").fillna(False).astype(bool)]
        if len(open_):
            found = [
                f"{row.patient_id} ({row.decided_on.partition('not confirmed: ')[2]})" for row in open_.itertuples()
            ]
            notes.append(f"Findings like {toxicity.label} without such an event on record: {_name_some(found)}.")
    return notes


def _name_some(found: list[str]) -> str:
    more = len(found) - MOST_NAMED
    return "; ".join(found[:MOST_NAMED]) + (f"; and {more} more (derived/grades.csv)" if more > 0 else "")
