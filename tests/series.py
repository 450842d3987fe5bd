"""The derived tables of the synthetic set, and cohorts of any size whose patients are copies of its patients."""

from functools import cache

import pandas as pd

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.paths import SYNTHETIC
from caseseries.records import read_dataset


@cache
def derive_series():
    """Derive every table of the synthetic set, once for all tests that only read them."""
    return derive_tables(read_dataset(SYNTHETIC), design=Design())


@cache
def copy_series(n):
    """Give the tables of the first patients, or of as many copies of them as make up a number of patients."""
    tables = derive_series()
    names = tables["patients"]["patient_id"].tolist()
    copies = pd.DataFrame({"patient_id": [names[number % len(names)] for number in range(n)]}, dtype="str")
    copies["copy"] = pd.Series([f"SYN-{number + 1:03d}" for number in range(n)], dtype="str")
    return {name: _copy(frame, copies) if "patient_id" in frame else frame for name, frame in tables.items()}


def _copy(frame, copies):
    joined = copies.merge(frame, on="patient_id")
    return joined.assign(patient_id=joined["copy"])[list(frame.columns)].astype(frame.dtypes)
