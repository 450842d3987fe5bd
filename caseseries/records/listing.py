"""The raw tables as they stand, for people to read: patients by name, and the rows of one of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from caseseries.records.codebook import read_codebook
from caseseries.records.read import read_text_table

ROW = "row"
"""Column with the number that a spreadsheet shows of each row; the header is row 1."""


def list_patients(folder: Path) -> list[str]:
    """List the patients of a checked data set in the order of its file."""
    return _read_cells(Path(folder), "patients")["patient_id"].tolist()


def read_rows(folder: Path, *, patient_id: str) -> dict[str, pd.DataFrame]:
    """Read every raw row of one patient.

    Parameters
    ----------
    folder
        A checked data set.
    patient_id
        Whose rows.

    Returns
    -------
    dict of DataFrame, one row per raw row
        By table in the order of the codebook, tables without a row of the patient left out. Every cell is the text
        that stands in the file; ``row`` is the number of the row; columns empty throughout are left out.
    """
    found = {}
    for table in read_codebook().tables:
        if not (Path(folder) / f"{table}.csv").is_file():
            continue
        cells = _read_cells(Path(folder), table)
        own = cells[cells["patient_id"] == patient_id].drop(columns="patient_id")
        if len(own):
            found[table] = own.loc[:, (own != "").any()].rename_axis(ROW).reset_index().astype("str")
    return found


def _read_cells(folder: Path, table: str) -> pd.DataFrame:
    read, problems = read_text_table(folder / f"{table}.csv", read_codebook().tables[table])
    if read is None:
        raise ValueError(f"{table}.csv must be checked before it is listed: {problems[0].must}")
    return read.cells.map(str.strip)
