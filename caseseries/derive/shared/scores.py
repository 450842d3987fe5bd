"""The form of the long table of scores: one row per patient, day and measure, whatever the subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from caseseries.derive.shared.frames import as_typed

SCORES = {
    "patient_id": "str",
    "day": "Int64",
    "measure": "str",
    "value": "float64",
    "unit": "str",
    "status": "str",
    "missing_items": "str",
    "decided_on": "str",
}
"""Type of each column in order. ``status`` is complete, partial (something is missing, the value is what is known or
rests on a weaker basis) or indeterminate (the data do not decide, the value is missing). ``missing_items`` holds codes
joined by "; "; ``decided_on`` the findings that settled the value. Both are missing where there is nothing to say."""

YES_NO = "yes/no"
"""Unit of a state: 1 if the patient is in it, 0 if not."""


def as_scores(rows: pd.DataFrame | Iterable[Mapping]) -> pd.DataFrame:
    """Give rows the columns, the types and the order of the table of scores.

    Parameters
    ----------
    rows
        A frame or records; a column that they lack becomes missing, one that the table does not have is dropped.

    Returns
    -------
    DataFrame, one row per patient, day and measure
        Sorted by patient, measure and day, numbered from 0; without rows it still has every column.
    """
    frame = as_typed(rows, SCORES, by=("patient_id", "measure", "day"))
    for column in ("missing_items", "decided_on"):
        frame[column] = pd.array([words or None for words in frame[column].tolist()], dtype="str")
    return frame
