"""Published series beside which this one is shown: data/published.csv to a checked frame."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from caseseries.errors import DataError, Found, Problem
from caseseries.paths import PUBLISHED

PUBLISHED_SERIES = {
    "series": "str",
    "year": "Int64",
    "disease": "str",
    "people": "str",
    "kind": "str",
    "outcome": "str",
    "time": "str",
    "n_events": "Int64",
    "n_patients": "Int64",
    "follow_up": "str",
    "certainty": "str",
    "source": "str",
}
"""Type of each column in order. ``certainty``: abstract, the count was read in the abstract of the paper; press, in a
statement to the press; secondary, on a page about the paper; memory, nowhere yet; no count, the paper is known to
report the outcome, but its count was not to be had, and ``n_events`` is empty."""

KINDS = ("remission", "response", "drug_free")
DISEASES = ("SLE", "IIM", "JDM", "SSc", "all")
CERTAINTIES = ("abstract", "paper", "press", "secondary", "memory", "no count")


def read_published(path: Path = PUBLISHED) -> pd.DataFrame:
    """Read the published series, one row per series, disease and outcome, with the columns of ``PUBLISHED_SERIES``.

    Raises
    ------
    DataError
        If a code is not known, a source is missing, or a count is missing, negative or above the number of patients.
    """
    text = Path(path).read_text(encoding="utf-8")
    frame = pd.read_csv(io.StringIO(text), dtype=PUBLISHED_SERIES, keep_default_na=False, na_values=[""])
    frame = frame[list(PUBLISHED_SERIES)]
    n_events, n_patients = frame["n_events"], frame["n_patients"]
    has_count = frame["certainty"] != "no count"
    rules = (
        ("kind", f"kind must be one of {', '.join(KINDS)}", ~frame["kind"].isin(KINDS)),
        ("disease", f"disease must be one of {', '.join(DISEASES)}", ~frame["disease"].isin(DISEASES)),
        ("certainty", f"certainty must be one of {', '.join(CERTAINTIES)}", ~frame["certainty"].isin(CERTAINTIES)),
        ("source", "source must say where the count was read", frame["source"].isna()),
        ("n_patients", "n_patients must be 1 or more", ~(n_patients >= 1).fillna(False)),
        ("n_events", "n_events must be 0 to n_patients", ((n_events < 0) | (n_events > n_patients)).fillna(False)),
        ("n_events", "n_events must be given, or certainty be no count, not both", n_events.notna() != has_count),
    )
    problems = [
        _describe(Path(path).name, must, frame[is_broken.astype(bool)], column, n_rows=len(frame))
        for column, must, is_broken in rules
        if is_broken.any()
    ]
    if problems:
        raise DataError(problems)
    return frame


def _describe(file: str, must: str, rows: pd.DataFrame, column: str, *, n_rows: int) -> Problem:
    found = tuple(Found(index + 2, str(row["series"]), str(row[column])) for index, row in rows.iterrows())
    return Problem(file, f"published-{column}", must, found, n_rows, "correct the cell, with its source")
