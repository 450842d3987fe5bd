"""Raw tables for tests of toxicities: like ``cohorts.raw_tables``, but only the tables with rows are made anew."""

from functools import cache

import pandas as pd
from cohorts import TYPES, raw_tables

from caseseries.records.codebook import read_codebook

EMPTY = raw_tables()


@cache
def types_of(name):
    return {code: TYPES.get(column.type, "str") for code, column in read_codebook().tables[name].items()}


def tables_of(**rows):
    """Give the raw tables, those not named empty; patients without a word on it were infused on day 0."""
    if "infusions" not in rows:
        rows["infusions"] = [{"patient_id": row["patient_id"], "day": 0} for row in rows.get("patients", [])]
    made = {
        name: pd.DataFrame.from_records(records, columns=list(types_of(name))).astype(types_of(name))
        for name, records in rows.items()
        if records
    }
    return EMPTY | made


def as_rows(frame):
    """Give the rows as dicts, missing values as None."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
