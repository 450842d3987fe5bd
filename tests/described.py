"""Derived tables of hand-made patients without the derivations that a test does not need."""

import pandas as pd

from caseseries.derive import DERIVED


def empty_table(name):
    """Give a derived table without rows, whole in its columns and types."""
    return pd.DataFrame(columns=list(DERIVED[name])).astype(DERIVED[name])


def describe_patients(people):
    """Give the table of patients from raw rows: facts as they are, alive unless dead, treated from day 0 on."""
    types = DERIVED["patients"]
    frame = pd.DataFrame.from_records(people)
    death = frame.get("death_day", pd.Series(index=frame.index, dtype="Int64"))
    frame = frame.assign(is_dead=death.notna(), follow_up_days=frame["last_contact_day"], treatment_start_day=0)
    return frame.reindex(columns=list(types)).astype(types)
