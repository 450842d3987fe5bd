"""Who stands in which column of a table: single patients and all, or groups and the total."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caseseries.exhibits.drawing.style import natural_key
from caseseries.records.codebook import read_codebook

MOST_PATIENT_COLUMNS = 12
"""More patients than this do not fit on a page as columns."""

DISEASE_ORDER = ("SLE", "JDM", "SSc")
DISEASE_NAMES = {
    "SLE": "systemic lupus erythematosus",
    "JDM": "juvenile dermatomyositis",
    "SSc": "systemic sclerosis",
}


@dataclass(frozen=True)
class Column:
    """One column: its heading, its patients, and whether it describes a single one."""

    heading: str
    patient_ids: tuple[str, ...]
    is_single: bool = False

    @property
    def n(self) -> int:
        """Patients in the column."""
        return len(self.patient_ids)

    def pick(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the rows of the column's patients."""
        return frame[frame["patient_id"].isin(self.patient_ids)]


def disease_rank(disease: str) -> tuple:
    """Give the place of a disease: SLE, JDM, SSc, then others by name."""
    known = disease in DISEASE_ORDER
    return (0, DISEASE_ORDER.index(disease), "") if known else (1, 0, str(disease))


def order_of_patients(patients: pd.DataFrame) -> list[str]:
    """Give patient ids by disease, then follow-up from long to short, then id."""
    ranked = sorted(
        zip(patients["patient_id"], patients["disease"], patients["follow_up_days"], strict=True),
        key=lambda row: (disease_rank(row[1]), -(row[2] if pd.notna(row[2]) else -1), natural_key(row[0])),
    )
    return [patient_id for patient_id, _, _ in ranked]


def choose_by(patients: pd.DataFrame, *, by: str | None = None) -> str:
    """Choose what a column stands for: ``patient``, or a column of the table of patients such as ``group``.

    Groups if the data set has them, else single patients while they fit on a page, else diseases.
    """
    if by is not None:
        return by
    if patients["group"].notna().any():
        return "group"
    return "patient" if len(patients) <= MOST_PATIENT_COLUMNS else "disease"


def list_columns(patients: pd.DataFrame, *, by: str | None = None) -> list[Column]:
    """List the columns of a table, the total last; a total of one patient or of one group is left out."""
    by = choose_by(patients, by=by)
    everyone = tuple(order_of_patients(patients))
    if by == "patient":
        parts = [Column(name, (name,), is_single=True) for name in everyone]
        total = f"All (n = {len(everyone)})"
    else:
        names = patients[by].fillna("not recorded")
        key = (lambda name: disease_rank(name)) if by == "disease" else natural_key
        members = {name: tuple(patients.loc[names == name, "patient_id"]) for name in sorted(set(names), key=key)}
        parts = [Column(f"{name} (n = {len(ids)})", ids) for name, ids in members.items()]
        total = f"Total (n = {len(everyone)})"
    return [*parts, Column(total, everyone)] if len(parts) != 1 else parts


def code_labels(table: str, column: str) -> dict[str, str]:
    """Give the words of the codebook for the codes of a column."""
    return read_codebook().tables[table][column].values  # noqa: PD011 - a dict of the codebook, no array


def lead_out(word: str) -> str:
    """Begin a word in the middle of a sentence with a small letter, unless it is an abbreviation."""
    return word if word[:2].isupper() else word[:1].lower() + word[1:]
