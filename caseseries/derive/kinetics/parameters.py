"""The form of the long table of kinetic parameters: one row per patient, analyte and parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from caseseries.derive.shared.frames import as_typed

PARAMETERS = {
    "patient_id": "str",
    "analyte": "str",
    "parameter": "str",
    "value": "float64",
    "unit": "str",
    "flag": "str",
}
"""Type of each column in order. ``flag`` says in words why a value is missing or how far it can be trusted, several
reasons joined by "; "; it is missing where there is nothing to say."""


def as_parameters(rows: Iterable[Mapping]) -> pd.DataFrame:
    """Give rows the columns, the types and the order of the table of kinetic parameters.

    Parameters
    ----------
    rows
        Records; ``flag`` is a list of texts.

    Returns
    -------
    DataFrame, one row per patient, analyte and parameter
        Sorted by patient and analyte, the parameters as they came; without rows it still has every column.
    """
    rows = [row | {"flag": "; ".join(row["flag"]) or None} for row in rows]
    return as_typed(rows, PARAMETERS, by=("patient_id", "analyte"))
