"""When each patient was free of drugs, and whether remission without drugs is sustained."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import order_of_patients
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.records.codebook import read_codebook

COLUMNS = (
    "Patient",
    "Disease",
    "Last glucocorticoid (day)",
    "Free of immunosuppression from (day)",
    "Free of drugs from (day)",
    "Free of drugs (months)",
    "Treatment at last contact",
    "Sustained remission without drugs",
    "Decided on",
)


def table_drug_free(patients: pd.DataFrame) -> DisplayTable:
    """Make the table of drug-free time and of sustained remission, a row per patient.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        derived/patients.csv.
    """
    words = read_codebook().derived["patients"]["state_at_last_contact"].values  # noqa: PD011 - a dict, no array
    by_name = patients.set_index("patient_id")
    rows = [Row(name, _cells(by_name.loc[name], words)) for name in order_of_patients(patients)]
    return DisplayTable(
        COLUMNS,
        tuple(rows),
        (
            "A day is the first of the unbroken time up to the last contact; – means that the patient was not free at "
            "the last contact, or that nothing was recorded.",
        ),
        caption="Time free of drugs",
    )


def _cells(row: pd.Series, words: dict[str, str]) -> tuple[str, ...]:
    state = row["state_at_last_contact"]
    return (
        row["disease"],
        fmt.day(row["last_glucocorticoid_day"]),
        fmt.day(row["immunosuppression_free_start_day"]),
        fmt.day(row["drug_free_start_day"]),
        fmt.months(row["drug_free_days"]),
        fmt.NOT_RECORDED if pd.isna(state) else words[state],
        fmt.NOT_RECORDED if pd.isna(row["sustained_remission_status"]) else row["sustained_remission_status"],
        fmt.NOT_RECORDED if pd.isna(row["remission_decided_on"]) else row["remission_decided_on"],
    )
