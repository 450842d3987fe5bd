"""Table 3: recorded adverse events, by patient and in all, or by group."""

from __future__ import annotations

from functools import partial

import pandas as pd

from caseseries.derive.cohort.events import LATE_FROM_DAY, derive_worst_grades
from caseseries.estimate.proportions import estimate_proportion
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column, choose_by, code_labels, lead_out, list_columns
from caseseries.exhibits.model import DisplayTable, Row

COMMON_TERM_SHARE = 0.05
"""A term is listed for groups if at least this share of the patients of any group had it."""

CATEGORY_ROWS = {
    "crs": ("Cytokine release syndrome", "onset", "duration"),
    "icans": ("Neurotoxicity (ICANS)", "onset", "duration"),
    "iec_hs": ("IEC-HS", "onset", "duration"),
    "licats": ("LICATS", "onset", "duration"),
    "late_cytopenia": (f"Cytopenia from day {LATE_FROM_DAY} on",),
    "infection": ("Infection", "number"),
    "hypogammaglobulinaemia": ("Hypogammaglobulinaemia",),
}
MEASURES = {
    "onset": ("first onset, day", "onset_day"),
    "duration": ("longest duration, days", "duration_days"),
    "number": ("number", "n_events"),
}

EMERGENT_NOTE = (
    "Events that began on or after the first day of lymphodepletion, or of the first infusion or dose where there was "
    "no lymphodepletion."
)
ABBREVIATIONS = {
    "ICANS": "immune effector cell-associated neurotoxicity syndrome",
    "IEC-HS": "immune effector cell-associated haemophagocytic syndrome",
    "LICATS": "local immune effector cell-associated toxicity syndrome",
}


def table_safety(patients: pd.DataFrame, events: pd.DataFrame, *, by: str | None = None) -> DisplayTable:
    """Make the table of safety from the adverse events as recorded.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; all of them are the denominator.
    events : DataFrame, one row per event
        As ``derive_events`` gives it.
    by
        As in ``table_baseline``: with single patients the rows are the toxicities of cell therapy, with groups they
        are counts of patients by body system and term.

    Returns
    -------
    DisplayTable
        Shares of all patients carry their exact 95% Clopper-Pearson interval where single patients are shown.
    """
    by = choose_by(patients, by=by)
    columns = list_columns(patients, by=by)
    emergent = events[events["is_treatment_emergent"].fillna(False)]
    if any(column.is_single for column in columns):
        return _table_by_patient(patients, events, emergent, columns)
    return _table_by_group(patients, emergent, columns).with_footnotes(_undated_note(events))


def _undated_note(events: pd.DataFrame) -> str:
    n_events = int(events["is_treatment_emergent"].isna().sum())
    return f"Not counted: {fmt.count_of(n_events, 'event')} without a first day." if n_events else ""


def _table_by_patient(
    patients: pd.DataFrame, events: pd.DataFrame, emergent: pd.DataFrame, columns: list[Column]
) -> DisplayTable:
    worst = derive_worst_grades(events, patients=patients)
    rows: list[Row] = []
    without: list[str] = []
    for category, (label, *measures) in CATEGORY_ROWS.items():
        own = worst[worst["category"] == category]
        if not (own["n_events"] > 0).any():
            without.append(label)
            continue
        rows.append(Row(label, tuple(_grade_cell(column, own) for column in columns)))
        rows += [
            Row(MEASURES[measure][0], tuple(_measure_cell(column, own, measure) for column in columns), kind="detail")
            for measure in measures
            if own.loc[own["n_events"] > 0, MEASURES[measure][1]].notna().any()
        ]
    serious = emergent[emergent["is_serious"].fillna(False)]
    severe = emergent[(emergent["grade"] >= 3).fillna(False)]
    for label, subset in (("Any event of grade 3 or more", severe), ("Any serious event", serious)):
        rows.append(Row(label, tuple(_any_cell(column, subset) for column in columns)))
    rows.append(Row("Death", tuple(_any_cell(column, patients[patients["is_dead"]]) for column in columns)))
    labels = " ".join([row.label for row in rows] + without)
    texts = [cell for row in rows for cell in row.cells]
    notes = [
        EMERGENT_NOTE,
        "Of several events of a patient the worst grade is given.",
        "Onset counts days from infusion (day 0); a duration counts its first and its last day.",
        "The last column gives patients / all patients (%; exact 95% confidence interval, %), or median (range) "
        "of the patients with the event."
        if len(columns) > 1
        else "",
        f"No patient had: {', '.join(map(lead_out, without))}." if without else "",
        f"{fmt.NOT_RECORDED}, no such event, or not recorded." if fmt.NOT_RECORDED in texts else "",
        _undated_note(events),
        "; ".join(f"{short}, {words}" for short, words in ABBREVIATIONS.items() if short in labels) + ".",
    ]
    headings = ("", *(column.heading for column in columns))
    return DisplayTable(headings, tuple(rows), tuple(note for note in notes if len(note) > 1))


def _any_cell(column: Column, frame: pd.DataFrame) -> str:
    n_events = column.pick(frame)["patient_id"].nunique()
    if column.is_single:
        return "yes" if n_events else "no"
    return patients_ci(n_events, column.n)


def patients_ci(n_events: int, n: int) -> str:
    """Write patients with an event, all patients, percentage and exact interval: 6/8 (75%; 35 to 97)."""
    if n < fmt.PERCENT_FROM_N:
        return fmt.n_percent(n_events, n)
    found = estimate_proportion(n_events, n)
    share = fmt.percent(found.estimate, n=n)
    return f"{n_events}/{n} ({share}; {fmt.percent_ci(found.ci_low, found.ci_high, n=n)})"


def _grade_cell(column: Column, own: pd.DataFrame) -> str:
    had = column.pick(own)
    had = had[had["n_events"] > 0]
    if column.is_single:
        grade = "" if had["max_grade"].isna().all() else f"grade {had['max_grade'].iloc[0]}"
        return (grade or "yes") if len(had) else "none"
    counts = had["max_grade"].dropna().value_counts().sort_index()
    grades = ", ".join(f"grade {grade}: {n}" for grade, n in counts.items())
    return "; ".join(filter(None, [patients_ci(len(had), column.n), grades]))


def _measure_cell(column: Column, own: pd.DataFrame, measure: str) -> str:
    had = column.pick(own)
    had = had[had["n_events"] > 0]
    if measure == "number":
        return fmt.number(int(had["n_events"].sum()))
    return fmt.median_range(had[MEASURES[measure][1]])


def _table_by_group(patients: pd.DataFrame, emergent: pd.DataFrame, columns: list[Column]) -> DisplayTable:
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
    system = _systems(emergent)
    what = "Body system" if emergent["body_system"].notna().any() else "Category"
    rows.append(Row(f"{what} and term", kind="section"))
    for name in _by_patients(emergent, system):
        own = emergent[system == name]
        terms = [count(str(term), own[own["term"] == term], kind="detail") for term in _common_terms(own, columns)]
        if terms or _is_common(own, columns):
            rows += [count(str(name), own), *terms]
    notes = (
        EMERGENT_NOTE,
        "Cells give patients with at least one such event / patients (%). Body systems and terms that at least "
        f"{fmt.percent(COMMON_TERM_SHARE, n=5)} of the patients of any column had are listed; a patient counts once "
        "in each row.",
    )
    return DisplayTable(("", *(column.heading for column in columns)), tuple(rows), notes)


def _count_row(label: str, frame: pd.DataFrame, *, columns: list[Column], kind: str = "row") -> Row:
    cells = (fmt.n_percent(column.pick(frame)["patient_id"].nunique(), column.n) for column in columns)
    return Row(label, tuple(cells), kind=kind)


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


def _is_common(events: pd.DataFrame, columns: list[Column]) -> bool:
    return any(column.pick(events)["patient_id"].nunique() >= COMMON_TERM_SHARE * column.n - 1e-9 for column in columns)


def _common_terms(events: pd.DataFrame, columns: list[Column]) -> list[str]:
    terms = _by_patients(events, events["term"])
    return [term for term in terms if _is_common(events[events["term"] == term], columns)]
