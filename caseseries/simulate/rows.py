"""Rows of the raw tables as a hospital would write them: rounding, limits of quantification, limits of normal."""

from __future__ import annotations

from caseseries.records.codebook import read_codebook
from caseseries.simulate.limits import normal_limits
from caseseries.simulate.patients import Patient

# test: (decimals, specimen, method)
ANALYTES = {
    "CART_BLOOD": (1, "blood", "flow cytometry"),
    "CART_DNA": (0, "blood", "digital PCR"),
    **dict.fromkeys(("CD19", "CD20", "CD3", "CD4", "CD8"), (0, "blood", "flow cytometry")),
    **dict.fromkeys(("B_NAIVE", "B_MEMORY", "B_SWITCHED", "PLASMABLAST"), (1, "blood", "flow cytometry")),
    **dict.fromkeys(("WBC", "ANC", "LYM"), (2, "blood", "")),
    **dict.fromkeys(("PLT", "HGB"), (0, "blood", "")),
    **dict.fromkeys(("CRP", "IL6", "ALDOLASE", "BILI"), (1, "serum", "")),
    **dict.fromkeys(("FERRITIN", "CK", "LDH", "ALT", "AST", "ALP"), (0, "serum", "")),
    **dict.fromkeys(("C3", "C4", "IGG", "IGA", "IGM", "CYSC"), (2, "serum", "")),
    **dict.fromkeys(("TETANUS_IGG", "DIPHTHERIA_IGG", "MEASLES_IGG", "VARICELLA_IGG"), (2, "serum", "ELISA")),
    "CREAT": (2, "serum", "enzymatic"),
    "FIBRINOGEN": (2, "plasma", ""),
    "DSDNA": (0, "serum", "ELISA"),
    "ANA": (0, "serum", "indirect immunofluorescence"),
    "UPCR": (0, "urine", ""),
    "URINE_PROTEIN": (1, "urine", ""),
    **dict.fromkeys(("URINE_CREAT", "URINE_RBC", "URINE_WBC"), (0, "urine", "")),
}
ANTIBODY = (0, "serum", "ELISA")


def result(patient: Patient, day: int, test: str, value: float) -> dict:
    """Give the row of ``labs`` for one result; below the limit of quantification it reads ``<`` and the limit."""
    decimals, specimen, method = ANALYTES.get(test, ANTIBODY)
    book = read_codebook().tests[test]
    value = round(float(value), decimals)
    is_low = book.lloq is not None and value < book.lloq
    lower, upper = normal_limits(test, sex=patient.sex, age_years=patient.age_on(day))
    return {
        "number": patient.number,
        "day": day,
        "test": test,
        "value": book.lloq if is_low else value,
        "operator": "<" if is_low else "=",
        "unit": book.unit,
        "lower_limit": lower,
        "upper_limit": upper,
        "specimen": specimen,
        "method": method,
    }


def item(patient: Patient, day: int, instrument: str, code: str, score: float | None, attributable: str = "") -> dict:
    """Give the row of ``assessments`` for one item; ``score`` is None where it was not assessed."""
    return {
        "number": patient.number,
        "day": day,
        "instrument": instrument,
        "item": code,
        "score": score,
        "attributable": attributable,
        "assessor": f"{patient.centre[0]}{1 + patient.number % 2}",
    }


def course(
    patient: Patient,
    drug: str,
    drug_class: str,
    purpose: str,
    dose: float,
    unit: str,
    start: int,
    end: int,
    *,
    route: str = "oral",
) -> dict:
    """Give the row of ``medications`` for one course; one that reaches the last contact is ongoing."""
    is_ongoing = end >= patient.last_contact_day
    return {
        "number": patient.number,
        "drug": drug,
        "drug_class": drug_class,
        "purpose": purpose,
        "route": route,
        "daily_dose": round(float(dose), 2),
        "dose_unit": unit,
        "start_day": start,
        "end_day": None if is_ongoing else end,
        "ongoing": "yes" if is_ongoing else "no",
    }
