"""One row per patient: who was treated, with what history, and how long the follow-up is."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import as_numbers, find_order, list_groups, list_rows
from caseseries.derive.shared.shape import as_table
from caseseries.derive.shared.windows import find_lymphodepletion_start
from caseseries.derive.treatment.medication import derive_drug_free
from caseseries.design import DAYS_PER_MONTH

PRIOR_CLASSES = ("csdmard", "biologic", "anticytokine", "calcineurin_inhibitor", "jak_inhibitor", "cyclophosphamide")
"""Classes whose drugs count as prior lines; glucocorticoids, antimalarials and immunoglobulin are told apart."""

DOSES = ("prednisone_mg_per_day", "prednisone_mg_per_kg_per_day")

PRIOR_COUNTS = {
    "n_prior_csdmards": ("csdmard",),
    "n_prior_biologics": ("biologic", "anticytokine"),
    "n_prior_calcineurin_inhibitors": ("calcineurin_inhibitor",),
    "n_prior_jak_inhibitors": ("jak_inhibitor",),
}
PRIOR_FLAGS = {
    "has_prior_glucocorticoid": "glucocorticoid",
    "has_prior_cyclophosphamide": "cyclophosphamide",
    "has_prior_antimalarial": "antimalarial",
    "has_prior_ivig": "ivig",
}


def derive_patients(tables: Mapping[str, pd.DataFrame], *, treatment: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the facts of each patient at baseline, of the infusion and of the follow-up.

    Parameters
    ----------
    tables : mapping of raw tables
        ``patients``, ``infusions`` and ``medications`` are read; each may be empty.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient
        ``follow_up_days`` from day 0 to the last contact and ``follow_up_months`` (days divided by 30.4375);
        ``treatment_start_day``, the first day of lymphodepletion or else day 0; facts of the first infusion;
        prior drugs; ``prednisone_mg_per_day`` and ``prednisone_mg_per_kg_per_day`` on the day before
        lymphodepletion; the day from which the patient was free of glucocorticoids, of immunosuppression and of
        drugs, and ``drug_free_days`` from there to the last contact.

    Notes
    -----
    ``n_prior_drugs`` counts the different immunosuppressive or biologic drugs of ``PRIOR_CLASSES`` that were given
    for the disease and begun before day 0. Glucocorticoids are left out because nearly every patient has had them,
    antimalarials and immunoglobulin because they are not immunosuppressive; each has its own column. Without any
    drug for the disease in the data set all of them are missing, since no record is not the same as no drug.
    """
    raw, medications = tables["patients"], tables["medications"]
    starts = find_lymphodepletion_start(medications).to_dict()
    infused, prior = _list_infusions(tables["infusions"]), _list_prior_drugs(medications)
    has_drugs = bool((medications["purpose"] == "disease").any())
    free = {row["patient_id"]: row for row in list_rows(derive_drug_free(treatment, patients=raw))}
    drugs = list_groups(treatment, ["start_day", "end_day", *DOSES])
    rows = []
    for patient in list_rows(raw):
        patient_id, last_contact = patient["patient_id"], patient["last_contact_day"]
        start, free_from = starts.get(patient_id, 0), free[patient_id]["drug_free_start_day"]
        facts = {
            "is_dead": not pd.isna(patient["death_day"]),
            "follow_up_days": last_contact,
            "follow_up_months": last_contact / DAYS_PER_MONTH,
            "treatment_start_day": start,
            "drug_free_days": last_contact - (free_from if pd.isna(free_from) else max(free_from, 0)),
        }
        before = [row for row in drugs.get(patient_id, []) if row["start_day"] <= start - 1 <= row["end_day"]]
        doses = {name: row[name] for row in before for name in DOSES}
        counts = _count_prior_drugs(prior.get(patient_id, [])) if has_drugs else {}
        rows.append(patient | infused.get(patient_id, {}) | counts | free[patient_id] | doses | facts)
    return as_table(rows, "patients")


def _list_infusions(infusions: pd.DataFrame) -> dict[str, dict]:
    """List per patient the facts of the first infusion, and how many there were."""
    in_order = infusions.take(find_order([infusions["day"]]))
    groups = list_groups(in_order, ["product", "dose_cells_per_kg"])
    return {patient_id: own[0] | {"n_infusions": len(own)} for patient_id, own in groups.items()}


def _list_prior_drugs(medications: pd.DataFrame) -> dict[str, list[dict]]:
    # A course without a first day began before the infusion if it also ended before it.
    begun = as_numbers(medications["start_day"].fillna(medications["end_day"]))
    treats = (medications["purpose"] == "disease").to_numpy(dtype=bool)
    return list_groups(medications[treats & (begun < 0)], ["drug", "drug_class"])


def _count_prior_drugs(prior: list[dict]) -> dict[str, int | bool]:
    def count_drugs(*classes: str) -> int:
        return len({row["drug"] for row in prior if row["drug_class"] in classes})

    counts = {name: count_drugs(*classes) for name, classes in PRIOR_COUNTS.items()}
    flags = {name: count_drugs(drug_class) > 0 for name, drug_class in PRIOR_FLAGS.items()}
    return {"n_prior_drugs": count_drugs(*PRIOR_CLASSES)} | counts | flags
