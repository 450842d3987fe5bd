"""Table 3 with a column for each group: counts of patients by kind of event, derived toxicity, body system and term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from caseseries.derive.cohort.events import derive_worst_grades
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column, code_labels
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.proportions import patients_ci
from caseseries.exhibits.safety.by_patient import EMERGENT_NOTE, undated_note
from caseseries.exhibits.safety.grades import TOXICITIES, describe_differences, is_graded, pick_grades, spell_out
from caseseries.exhibits.safety.infections import infection_note, list_infection_rows


def make_group_table(
    columns: list[Column],
    patients: pd.DataFrame,
    events: pd.DataFrame,
    grades: pd.DataFrame,
    infections: pd.DataFrame,
    infection_rates: pd.DataFrame,
    *,
    design: Mapping,
) -> DisplayTable:
    """Make the table with a column for each group; see ``table_safety``."""
    emergent = events[events["is_treatment_emergent"].fillna(False)]
    count = partial(_count_row, columns=columns)
    rows = [
        Row("Patients with events", kind="section"),
        count("Any event", emergent),
        count("Serious event", emergent[emergent["is_serious"].fillna(False)]),
        count("Related event", emergent[emergent["is_related"].fillna(False)]),
    ]
    graded = emergent[emergent["grade"].notna()]
    if len(graded):
        rows.append(count("Event of grade 3 or more", graded[graded["grade"] >= 3]))
    rows.append(count("Death", patients[patients["is_dead"]]))
    toxicities = _toxicity_rows(columns, grades)
    rows += [Row("Toxicities of cell therapy, derived grade", kind="section"), *toxicities] if toxicities else []
    incidence = list_infection_rows(columns, patients, infections, infection_rates)
    rows += [Row("Infections in patient-days", kind="section"), *incidence] if incidence else []
    least_percent = design["event_common_term_percent"]
    rows += _term_rows(columns, emergent, least_percent=least_percent)
    worst = derive_worst_grades(events, patients=patients, design=design)
    differences = describe_differences(grades, worst) if toxicities else []
    notes = (
        EMERGENT_NOTE,
        "Cells give patients with at least one such event / patients (%). Body systems and terms that at least "
        f"{least_percent:g}% of the patients of any column had are listed; a patient counts once "
        "in each row.",
        "Derived grades: patients with grade 1 or more / patients who could be graded (%); in the last column with "
        "their exact 95% confidence interval, %."
        if toxicities
        else "",
        infection_note(design) if incidence else "",
        *differences,
        spell_out(" ".join(row.label for row in toxicities)),
        undated_note(events),
    )
    headings = ("", *(column.heading for column in columns))
    return DisplayTable(headings, tuple(rows), tuple(filter(None, notes)))


def _count_row(label: str, frame: pd.DataFrame, *, columns: list[Column], kind: str = "row") -> Row:
    cells = (fmt.n_percent(column.pick(frame)["patient_id"].nunique(), column.n) for column in columns)
    return Row(label, tuple(cells), kind=kind)


def _toxicity_rows(columns: list[Column], grades: pd.DataFrame) -> list[Row]:
    rows = []
    for toxicity in TOXICITIES:
        own = pick_grades(grades, toxicity.code)
        if not is_graded(own):
            continue
        for label, least, kind in ((toxicity.label, 1, "row"), ("grade 3 or more", 3, "detail")):
            *groups, total = columns
            cells = (
                *(_share(column, own, least, write=fmt.n_percent) for column in groups),
                _share(total, own, least, write=patients_ci),
            )
            rows.append(Row(label, cells, kind=kind))
    return rows


def _share(column: Column, own: pd.DataFrame, least: int, *, write: Callable[[int, int], str]) -> str:
    known = column.pick(own)["grade"].dropna()
    return write(int((known >= least).sum()), len(known)) if len(known) else fmt.NOT_RECORDED


def _term_rows(columns: list[Column], emergent: pd.DataFrame, *, least_percent: float) -> list[Row]:
    """List body systems, and under each its terms, that are common in any column."""
    what = "Body system" if emergent["body_system"].notna().any() else "Category"
    rows = [Row(f"{what} and term", kind="section")]

    def is_common(frame: pd.DataFrame) -> bool:
        counts = ((column.pick(frame)["patient_id"].nunique(), column.n) for column in columns)
        return any(100 * n_events >= least_percent * n - 1e-9 for n_events, n in counts)

    system = _systems(emergent)
    for name in _by_patients(emergent, system):
        own = emergent[system == name]
        by_term = {term: own[own["term"] == term] for term in _by_patients(own, own["term"])}
        terms = [
            _count_row(str(term), frame, columns=columns, kind="detail")
            for term, frame in by_term.items()
            if is_common(frame)
        ]
        if terms or is_common(own):
            rows += [_count_row(str(name), own, columns=columns), *terms]
    return rows if len(rows) > 1 else []


def _systems(events: pd.DataFrame) -> pd.Series:
    """Give the heading under which each event is counted: its body system, or the words of its category."""
    labels = code_labels("adverse_events", "category")
    return _sentence(events["body_system"]).astype("str").fillna(events["category"].map(labels).astype("str"))


def _sentence(words: pd.Series) -> pd.Series:
    """Write names that a data set has in capitals as a sentence does."""
    return words.map(lambda text: text.capitalize() if text.isupper() else text, na_action="ignore")


def _by_patients(events: pd.DataFrame, keys: pd.Series) -> list:
    counts = events.groupby(keys)["patient_id"].nunique()
    return sorted(counts.index, key=lambda key: (-counts[key], str(key)))
