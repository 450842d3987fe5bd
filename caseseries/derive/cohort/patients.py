"""One row per patient: who was treated, with what history, and how long the follow-up is."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.shape import as_table
from caseseries.derive.treatment.medication import derive_drug_free
from caseseries.design import DAYS_PER_MONTH

PRIOR_CLASSES = ("csdmard", "biologic", "anticytokine", "calcineurin_inhibitor", "jak_inhibitor", "cyclophosphamide")
"""Classes whose drugs count as prior lines; glucocorticoids, antimalarials and immunoglobulin are told apart."""

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
    raw = tables["patients"]
    frame = raw.assign(
        is_dead=raw["death_day"].notna(),
        follow_up_days=raw["last_contact_day"],
        follow_up_months=raw["last_contact_day"].astype("float64") / DAYS_PER_MONTH,
    )
    for part in (
        _infusion_facts(tables["infusions"]),
        _treatment_start(tables["medications"]),
        _prior_drugs(tables["medications"], patients=raw["patient_id"]),
        derive_drug_free(treatment, patients=raw),
    ):
        frame = frame.merge(part, on="patient_id", how="left", validate="one_to_one")
    frame["treatment_start_day"] = frame["treatment_start_day"].astype("Int64").fillna(0)
    doses = _dose_before_treatment(treatment, starts=frame.set_index("patient_id")["treatment_start_day"])
    frame = frame.merge(doses, on="patient_id", how="left")
    frame["drug_free_days"] = frame["last_contact_day"] - frame["drug_free_start_day"].clip(lower=0)
    return as_table(frame, "patients")


def _infusion_facts(infusions: pd.DataFrame) -> pd.DataFrame:
    first = infusions.sort_values("day").drop_duplicates("patient_id")[["patient_id", "product", "dose_cells_per_kg"]]
    return first.merge(infusions.groupby("patient_id").size().rename("n_infusions").reset_index(), on="patient_id")


def _treatment_start(medications: pd.DataFrame) -> pd.DataFrame:
    given = medications[medications["purpose"] == "lymphodepletion"]
    return given.groupby("patient_id")["start_day"].min().rename("treatment_start_day").reset_index()


def _prior_drugs(medications: pd.DataFrame, *, patients: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame({"patient_id": patients.to_numpy()})
    treats = medications["purpose"] == "disease"
    if not treats.any():
        return rows
    # A course without a first day began before the infusion if it also ended before it.
    begun = medications["start_day"].fillna(medications["end_day"])
    prior = medications[treats & (begun < 0).fillna(False)]

    def count_drugs(classes: tuple[str, ...]) -> pd.Series:
        counts = prior[prior["drug_class"].isin(classes)].groupby("patient_id")["drug"].nunique()
        return rows["patient_id"].map(counts).fillna(0)

    rows["n_prior_drugs"] = count_drugs(PRIOR_CLASSES)
    for column, classes in PRIOR_COUNTS.items():
        rows[column] = count_drugs(classes)
    for column, drug_class in PRIOR_FLAGS.items():
        rows[column] = count_drugs((drug_class,)) > 0
    return rows


def _dose_before_treatment(treatment: pd.DataFrame, *, starts: pd.Series) -> pd.DataFrame:
    day = treatment["patient_id"].map(starts).astype("Int64") - 1
    covers = (treatment["start_day"] <= day) & (treatment["end_day"] >= day)
    columns = ["patient_id", "prednisone_mg_per_day", "prednisone_mg_per_kg_per_day"]
    return treatment.loc[covers.fillna(False), columns]
