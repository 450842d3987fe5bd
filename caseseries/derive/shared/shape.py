"""The form of the derived tables that describe cohort, treatment, events and data: columns, types, order of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from caseseries.derive.shared.frames import as_typed

TEXT, WHOLE, REAL, FLAG = "str", "Int64", "float64", "boolean"

DRUG_CLASSES = (
    "glucocorticoid",
    "csdmard",
    "calcineurin_inhibitor",
    "jak_inhibitor",
    "cyclophosphamide",
    "biologic",
    "anticytokine",
    "antimalarial",
    "ivig",
    "study_drug",
)
"""Classes that treat the disease (or, the last one, are under trial), from the broadest suppression to the least."""

DESCRIBED: dict[str, dict[str, str]] = {
    "patients": {
        "patient_id": TEXT,
        "disease": TEXT,
        "group": TEXT,
        "sex": TEXT,
        "age_years": REAL,
        "centre": TEXT,
        "disease_duration_years": REAL,
        "weight_kg": REAL,
        "organs": TEXT,
        "last_contact_day": WHOLE,
        "death_day": WHOLE,
        "is_dead": FLAG,
        "follow_up_days": WHOLE,
        "follow_up_months": REAL,
        "treatment_start_day": WHOLE,
        "product": TEXT,
        "dose_cells_per_kg": REAL,
        "n_infusions": WHOLE,
        "n_prior_drugs": WHOLE,
        "n_prior_csdmards": WHOLE,
        "n_prior_biologics": WHOLE,
        "n_prior_calcineurin_inhibitors": WHOLE,
        "n_prior_jak_inhibitors": WHOLE,
        "has_prior_glucocorticoid": FLAG,
        "has_prior_cyclophosphamide": FLAG,
        "has_prior_antimalarial": FLAG,
        "has_prior_ivig": FLAG,
        "prednisone_mg_per_day": REAL,
        "prednisone_mg_per_kg_per_day": REAL,
        "last_glucocorticoid_day": WHOLE,
        "glucocorticoid_free_start_day": WHOLE,
        "immunosuppression_free_start_day": WHOLE,
        "drug_free_start_day": WHOLE,
        "drug_free_days": WHOLE,
        "state_at_last_contact": TEXT,
    },
    "infusions": {
        "patient_id": TEXT,
        "product": TEXT,
        "day": WHOLE,
        "dose_cells_per_kg": REAL,
        "viability_percent": REAL,
        "transduction_percent": REAL,
        "cd4_cd8_ratio": REAL,
        "vector_copy_number": REAL,
        "bags": WHOLE,
        "fresh_or_frozen": TEXT,
        "vein_to_vein_days": WHOLE,
        "manufacturing_days": WHOLE,
    },
    "lymphodepletion": {
        "patient_id": TEXT,
        "drug": TEXT,
        "dose_unit": TEXT,
        "total_dose": REAL,
        "first_day": WHOLE,
        "last_day": WHOLE,
        "n_days": WHOLE,
    },
    "treatment": {
        "patient_id": TEXT,
        "start_day": WHOLE,
        "end_day": WHOLE,
        "state": TEXT,
        "prednisone_mg_per_day": REAL,
        "prednisone_mg_per_kg_per_day": REAL,
        "pulse_prednisone_mg_per_day": REAL,
        **dict.fromkeys(DRUG_CLASSES, TEXT),
        "not_counted": TEXT,
    },
    "time_to_event": {
        "patient_id": TEXT,
        "endpoint": TEXT,
        "time_days": WHOLE,
        "is_event": FLAG,
        "lower_day": WHOLE,
        "upper_day": WHOLE,
        "reason": TEXT,
    },
    "events": {
        "patient_id": TEXT,
        "category": TEXT,
        "term": TEXT,
        "body_system": TEXT,
        "grade": WHOLE,
        "start_day": WHOLE,
        "end_day": WHOLE,
        "duration_days": WHOLE,
        "is_ongoing": FLAG,
        "is_serious": FLAG,
        "is_related": FLAG,
        "is_treatment_emergent": FLAG,
        "window": TEXT,
        "treatment": TEXT,
    },
    "worst_grades": {
        "patient_id": TEXT,
        "category": TEXT,
        "n_events": WHOLE,
        "max_grade": WHOLE,
        "onset_day": WHOLE,
        "duration_days": WHOLE,
        "is_serious": FLAG,
    },
    "milestones": {
        "patient_id": TEXT,
        "day": WHOLE,
        "mark": TEXT,
        "grade": WHOLE,
        "is_serious": FLAG,
    },
    "contents": {
        "content": TEXT,
        "kind": TEXT,
        "label": TEXT,
        "unit": TEXT,
        "n_patients": WHOLE,
        "n_rows": WHOLE,
        "n_below": WHOLE,
        "n_above": WHOLE,
        "first_day": WHOLE,
        "last_day": WHOLE,
    },
    "rows": {
        "table": TEXT,
        "patient_id": TEXT,
        "n_rows": WHOLE,
        "n_days": WHOLE,
        "first_day": WHOLE,
        "last_day": WHOLE,
    },
    "visits": {
        "patient_id": TEXT,
        "visit": TEXT,
        "planned_day": WHOLE,
        "actual_day": WHOLE,
        "status": TEXT,
        "deviation_days": WHOLE,
    },
    "filled_cells": {
        "table": TEXT,
        "column": TEXT,
        "required": TEXT,
        "n_rows": WHOLE,
        "n_filled": WHOLE,
        "share_filled": REAL,
    },
}
"""Type of each column by derived table; the order is the order of the file."""

SORTED_BY = {
    "patients": ["patient_id"],
    "infusions": ["patient_id", "day"],
    "lymphodepletion": ["patient_id", "first_day", "drug"],
    "treatment": ["patient_id", "start_day"],
    "time_to_event": ["endpoint", "patient_id"],
    "events": ["patient_id", "start_day", "term", "end_day"],
    "worst_grades": ["patient_id"],
    "milestones": ["patient_id", "day", "mark", "grade", "is_serious"],
    "contents": [],
    "rows": [],
    "visits": ["patient_id", "planned_day", "actual_day", "visit"],
    "filled_cells": [],
}


def as_table(rows: pd.DataFrame | Iterable[Mapping], name: str) -> pd.DataFrame:
    """Give rows the columns, the types and the order of a derived table.

    Parameters
    ----------
    rows
        A frame or records; a column that they lack becomes missing, one that the table does not have is dropped.
    name
        Name of the derived table, a key of ``DESCRIBED``.

    Returns
    -------
    DataFrame
        Sorted by ``SORTED_BY`` and numbered from 0; without rows it still has every column.
    """
    return as_typed(rows, DESCRIBED[name], by=SORTED_BY[name])
