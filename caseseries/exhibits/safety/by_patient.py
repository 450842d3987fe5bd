"""Table 3 with a column for each patient: grade, onset and duration of each toxicity, infections by window."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.cohort.events import derive_worst_grades
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column, lead_out
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.proportions import patients_ci
from caseseries.exhibits.safety.grades import (
    MAY_BE_HIGHER,
    NOT_ASSESSABLE,
    TOXICITIES,
    Toxicity,
    count_grades,
    derived_cell,
    describe_differences,
    is_graded,
    pick_grades,
    spell_out,
    time_cell,
)
from caseseries.exhibits.safety.infections import infection_note, list_infection_rows

EMERGENT_NOTE = (
    "Recorded events are those that began on or after the first day of lymphodepletion, or of the first infusion or "
    "dose where there was no lymphodepletion; of several the worst grade is given."
)
ONLY_RECORDED = {
    "late_cytopenia": "Cytopenia from day {first_late_day} on, as recorded",
    "infection": "Infection, worst grade",
    "hypogammaglobulinaemia": "Hypogammaglobulinaemia",
}
"""Categories of events that no observation grades."""


def undated_note(events: pd.DataFrame) -> str:
    """Say how many events are not counted, because nothing tells when they began."""
    n_events = int(events["is_treatment_emergent"].isna().sum())
    return f"Not counted: {fmt.count_of(n_events, 'event')} without a first day." if n_events else ""


def make_patient_table(
    columns: list[Column],
    patients: pd.DataFrame,
    events: pd.DataFrame,
    grades: pd.DataFrame,
    infections: pd.DataFrame,
    infection_rates: pd.DataFrame,
    *,
    design: Mapping,
) -> DisplayTable:
    """Make the table with a column for each patient; see ``table_safety``."""
    worst = derive_worst_grades(events, patients=patients, design=design)
    rows: list[Row] = []
    without: list[str] = []
    ungraded: list[str] = []
    for toxicity in TOXICITIES:
        own = pick_grades(grades, toxicity.code)
        recorded = worst[worst["category"] == toxicity.category]
        if (own["grade"] >= 1).any() or (recorded["n_events"] > 0).any():
            rows += _toxicity_rows(toxicity, columns, own, recorded)
        elif is_graded(own) or len(recorded):
            without.append(lead_out(toxicity.label))
        if toxicity.code not in ("LICATS", "IEC_HS") and not is_graded(own):
            ungraded.append(lead_out(toxicity.label))
    for category, words in ONLY_RECORDED.items():
        label = words.format(first_late_day=design["icaht_early_last_day"] + 1)
        own = worst[worst["category"] == category]
        if (own["n_events"] > 0).any():
            rows.append(Row(label, tuple(_recorded_cell(column, own) for column in columns)))
        else:
            without += [lead_out(label)] if len(own) else []
        if category == "infection":
            rows += list_infection_rows(columns, patients, infections, infection_rates)
    rows += _event_rows(columns, patients, events)
    notes = _notes(rows, columns, without, ungraded, describe_differences(grades, worst), design=design)
    headings = ("", *(column.heading for column in columns))
    return DisplayTable(headings, tuple(rows), notes).with_footnotes(undated_note(events))


def _toxicity_rows(toxicity: Toxicity, columns: list[Column], own: pd.DataFrame, recorded: pd.DataFrame) -> list[Row]:
    if not is_graded(own):
        rows = [Row(f"{toxicity.label}, as recorded", tuple(_recorded_cell(column, recorded) for column in columns))]
        times = recorded.assign(grade=recorded["max_grade"].fillna(1).where(recorded["n_events"] > 0, 0))
    else:
        rows = [Row(toxicity.label, tuple(derived_cell(column, own) for column in columns))]
        times = own
        if toxicity.code in ("CRS", "ICANS") and len(recorded):
            cells = tuple(_recorded_cell(column, recorded) for column in columns)
            rows.append(Row("as recorded", cells, kind="detail"))
    had = times[(times["grade"] >= 1).fillna(False).astype(bool)]
    for label, name in (("onset, day", "onset_day"), ("duration, days", "duration_days")):
        if had[name].notna().any():
            rows.append(Row(label, tuple(time_cell(column, times, name) for column in columns), kind="detail"))
    return rows


def _recorded_cell(column: Column, own: pd.DataFrame) -> str:
    had = column.pick(own)
    had = had[had["n_events"] > 0]
    if column.is_single:
        grade = "" if had["max_grade"].isna().all() else f"grade {had['max_grade'].iloc[0]}"
        return (grade or "yes") if len(had) else "none"
    return "; ".join(filter(None, [patients_ci(len(had), column.n), count_grades(had["max_grade"])]))


def _event_rows(columns: list[Column], patients: pd.DataFrame, events: pd.DataFrame) -> list[Row]:
    rows = []
    if len(events):
        emergent = events[events["is_treatment_emergent"].fillna(False)]
        serious = emergent[emergent["is_serious"].fillna(False)]
        severe = emergent[(emergent["grade"] >= 3).fillna(False)]
        for label, subset in (("Any event of grade 3 or more", severe), ("Any serious event", serious)):
            rows.append(Row(label, tuple(_any_cell(column, subset) for column in columns)))
    return [*rows, Row("Death", tuple(_any_cell(column, patients[patients["is_dead"]]) for column in columns))]


def _any_cell(column: Column, frame: pd.DataFrame) -> str:
    n_events = column.pick(frame)["patient_id"].nunique()
    return ("yes" if n_events else "no") if column.is_single else patients_ci(n_events, column.n)


def _notes(
    rows: list[Row],
    columns: list[Column],
    without: list[str],
    ungraded: list[str],
    differences: list[str],
    *,
    design: Mapping,
) -> tuple[str, ...]:
    labels = [row.label for row in rows]
    texts = [cell for row in rows for cell in row.cells]
    has_derived = any(toxicity.label in labels for toxicity in TOXICITIES)
    notes = (
        "Grades are derived: CRS and ICANS by ASTCT from bedside observations, ICAHT and T-ICAHT from daily counts "
        f"(early, to day {design['icaht_early_last_day']}; late, to day {design['icaht_late_last_day']}); "
        "LICATS and IEC-HS, infections and all other events are those on record."
        if has_derived
        else "",
        EMERGENT_NOTE,
        "Onset counts days from infusion (day 0); a duration counts its first and its last day.",
        "The last column gives patients / patients who could be graded (%; exact 95% confidence interval, %), or "
        "median (range) of the patients with the event; no percentage below 5 patients."
        if len(columns) > 1
        else "",
        infection_note(design) if "Infections" in labels else "",
        *differences,
        f"{MAY_BE_HIGHER}, some of the observations were not recorded and the grade may be higher."
        if any(text.endswith(MAY_BE_HIGHER) for text in texts)
        else "",
        f"{NOT_ASSESSABLE}, not assessable." if NOT_ASSESSABLE in texts else "",
        f"No patient had: {', '.join(without)}." if without else "",
        f"No observations to grade: {', '.join(ungraded)}." if ungraded else "",
        f"{fmt.NOT_RECORDED}, no such event, not recorded, or not followed so long."
        if fmt.NOT_RECORDED in texts
        else "",
        spell_out(" ".join([*labels, *without, *ungraded])),
    )
    return tuple(filter(None, notes))
