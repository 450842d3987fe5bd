"""The tables of one patient's page: facts, grades, remission and flares with what decided them, and every raw row."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.records.codebook import Column, read_codebook

FACTS = {
    "Patient": {
        "disease": "Disease",
        "group": "Group",
        "sex": "Sex",
        "age_years": "Age at infusion (years)",
        "centre": "Centre",
        "disease_duration_years": "Time from diagnosis to infusion (years)",
        "weight_kg": "Body weight at infusion (kg)",
        "organs": "Organs involved before infusion",
        "n_prior_drugs": "Different drugs for the disease before infusion",
        "prednisone_mg_per_kg_per_day": "Prednisone equivalent before treatment (mg/kg/day)",
    },
    "Treatment and follow-up": {
        "product": "Product",
        "dose_cells_per_kg": "Dose (cells/kg)",
        "n_infusions": "Infusions",
        "treatment_start_day": "First day of treatment",
        "last_contact_day": "Last contact (day)",
        "follow_up_months": "Follow-up (months)",
        "death_day": "Death (day)",
    },
    "Drugs after infusion": {
        "state_at_last_contact": "Treatment at last contact",
        "last_glucocorticoid_day": "Last day of a systemic glucocorticoid for the disease",
        "immunosuppression_free_start_day": "Free of immunosuppression from day",
        "drug_free_start_day": "Free of drugs for the disease from day",
        "drug_free_days": "Time free of drugs, from day 0 or later to last contact (days)",
    },
    "Outcome": {
        "remission_criterion": "Criterion of remission",
        "last_assessed_day": "Last assessment (day)",
        "is_in_remission_at_last_visit": "In remission at the last assessment",
        "sustained_remission_status": "Sustained remission without drugs",
        "remission_start_day": "First visit of the remission that lasts to the last visit (day)",
        "remission_duration_days": "From that visit to the last one in remission (days)",
        "remission_decided_on": "Sustained remission, decided on",
        "is_improved": "Improved against baseline",
        "improvement_decided_on": "Improved, decided on",
        "flare_count": "Flares after infusion",
    },
}
"""Columns of the table of patients with their words, by section of the page."""

STATUS_WORDS = {
    "sustained": "yes: in remission and free of drugs at enough visits over enough time",
    "not yet": "not yet: in remission and free of drugs, at too few visits or for too short a time",
    "no": "no: not in remission, or treated",
    "not assessable": "not assessable: no decided visit, treatment not known, or a gap",
}

DECIMALS = {"prednisone_mg_per_kg_per_day": 2}


def table_facts(patients: pd.DataFrame, *, patient_id: str) -> DisplayTable:
    """Make the table of facts of one patient; what was not recorded is left out.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        derived/patients.csv.
    patient_id
        Whose facts.
    """
    row = _own(patients, patient_id).iloc[0]
    columns = read_codebook().derived["patients"]
    rows = []
    for section, names in FACTS.items():
        known = [name for name in names if pd.notna(row[name])]
        rows += [Row(section, kind="section")] if known else []
        rows += [Row(names[name], (_text(row[name], columns[name]),)) for name in known]
    return DisplayTable(("Fact", patient_id), tuple(rows), caption=f"Facts of {patient_id}")


def table_grades(grades: pd.DataFrame, *, patient_id: str) -> DisplayTable:
    """Make the table of grades of one patient, with the findings that settled each; the laboratory ones come last.

    Parameters
    ----------
    grades : DataFrame, one row per patient and toxicity
        derived/grades.csv.
    patient_id
        Whose grades.
    """
    own, words = _own(grades, patient_id), read_codebook().derived["grades"]["toxicity"].values  # noqa: PD011
    is_laboratory = own["toxicity"].str.contains(":", regex=False)
    rows = [
        Row(
            words.get(row.toxicity, row.toxicity),
            (fmt.recorded(row.grade), fmt.day(row.onset_day), fmt.day(row.end_day), row.status, _plain(row.decided_on)),
        )
        for part in (own[~is_laboratory], own[is_laboratory])
        for row in part.itertuples()
    ]
    columns = ("Toxicity", "Worst grade", "First day", "Last day", "Status", "Decided on")
    return DisplayTable(columns, tuple(rows), caption=f"Grades of {patient_id}")


def table_states(disease_states: pd.DataFrame, *, patient_id: str) -> DisplayTable:
    """Make the table of remission at each visit of one patient, with the findings that settled it.

    Parameters
    ----------
    disease_states : DataFrame, one row per patient and visit after the infusion
        derived/disease_states.csv.
    patient_id
        Whose visits.
    """
    words = read_codebook().derived["disease_states"]["criterion"].values  # noqa: PD011
    rows = [
        Row(
            fmt.day(row.day),
            (words.get(row.criterion, row.criterion), _yes(row.is_in_remission), _plain(row.decided_on)),
        )
        for row in _own(disease_states, patient_id).itertuples()
    ]
    return DisplayTable(
        ("Day", "Criterion", "In remission", "Decided on"), tuple(rows), caption=f"Remission of {patient_id} by visit"
    )


def table_flares(flares: pd.DataFrame, *, patient_id: str) -> DisplayTable:
    """Make the table of the signs of a flare of one patient.

    Parameters
    ----------
    flares : DataFrame, one row per patient and sign
        derived/flares.csv.
    patient_id
        Whose signs.
    """
    words = read_codebook().derived["flares"]["kind"].values  # noqa: PD011
    own = _own(flares, patient_id)
    rows = [
        Row(
            fmt.day(row.day),
            (words.get(row.kind, row.kind), _yes(row.is_flare), _yes(row.needs_therapy), _plain(row.reason)),
        )
        for row in own.itertuples()
    ]
    note = () if len(own) else ("No sign of a flare was found.",)
    columns = ("Day", "Sign", "Counts as a flare", "Led to treatment", "What was found")
    return DisplayTable(columns, tuple(rows), note, caption=f"Signs of a flare of {patient_id}")


def list_raw_tables(rows: Mapping[str, pd.DataFrame]) -> list[DisplayTable]:
    """List every raw row of one patient as tables, cell by cell as they stand in the files.

    Parameters
    ----------
    rows : mapping of DataFrame
        As ``read_rows`` gives it: text by raw table, the number of the row first.
    """
    return [
        DisplayTable(
            tuple(frame.columns),
            tuple(Row(row[0], row[1:]) for row in frame.itertuples(index=False, name=None)),
            caption=f"{table}.csv ({fmt.count_of(len(frame), 'row')})",
        )
        for table, frame in rows.items()
    ]


def _own(frame: pd.DataFrame, patient_id: str) -> pd.DataFrame:
    return frame[frame["patient_id"] == patient_id]


def _text(value, column: Column) -> str:
    if column.type == "boolean":
        return _yes(value)
    if column.code == "sustained_remission_status":
        return STATUS_WORDS[value]
    if column.type in ("text", "code", "codes"):
        return column.values.get(value, str(value))  # noqa: PD011 - a dict of the codebook
    if column.code == "dose_cells_per_kg":
        return fmt.power_of_ten(float(value))
    if column.type == "integer":
        return fmt.recorded(value)
    return fmt.number(float(value), DECIMALS.get(column.code, 1))


def _yes(value) -> str:
    return fmt.NOT_RECORDED if pd.isna(value) else "yes" if value else "no"


def _plain(value) -> str:
    return "" if pd.isna(value) else str(value)
