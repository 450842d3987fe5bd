"""Limits of normal by age and sex: what stands beside each result, rounded from paediatric reference studies.

Sources: lymphocyte subsets Shearer 2003 (J Allergy Clin Immunol 112:973); enzymes, creatinine and immunoglobulins
in the order of CALIPER; the others as hospital laboratories print them. They are plausible, not a reference.
"""

from __future__ import annotations

# test: [(from age, sex or "" for both, lower, upper)], first row that fits the age from the oldest down
LIMITS: dict[str, list[tuple[float, str, float | None, float | None]]] = {
    "WBC": [(12, "", 4.5, 11.0), (0, "", 4.5, 13.5)],
    "ANC": [(12, "", 1.8, 7.5), (0, "", 1.5, 8.0)],
    "LYM": [(12, "", 1.0, 4.8), (0, "", 1.5, 6.0)],
    "PLT": [(0, "", 150, 450)],
    "HGB": [(12, "female", 120, 160), (12, "male", 130, 165), (0, "", 115, 150)],
    "CD3": [(12, "", 1000, 2200), (0, "", 1200, 2600)],
    "CD4": [(12, "", 530, 1300), (0, "", 650, 1500)],
    "CD8": [(12, "", 330, 920), (0, "", 370, 1100)],
    "CD19": [(12, "", 110, 570), (0, "", 270, 860)],
    "CD20": [(12, "", 110, 570), (0, "", 270, 860)],
    "CRP": [(0, "", None, 5)],
    "FERRITIN": [(12, "male", 15, 200), (0, "", 10, 150)],
    "IL6": [(0, "", None, 7)],
    "FIBRINOGEN": [(0, "", 2.0, 4.0)],
    "C3": [(0, "", 0.9, 1.8)],
    "C4": [(0, "", 0.1, 0.4)],
    "DSDNA": [(0, "", None, 20)],
    "ANA": [(0, "", None, 80)],
    "UPCR": [(0, "", None, 200)],
    "URINE_RBC": [(0, "", None, 5)],
    "URINE_WBC": [(0, "", None, 5)],
    "CREAT": [
        (15, "male", 0.62, 1.08),
        (15, "female", 0.49, 0.84),
        (12, "", 0.45, 0.81),
        (0, "", 0.31, 0.61),
    ],
    "CYSC": [(0, "", 0.5, 1.0)],
    "CK": [(12, "male", 50, 300), (12, "female", 35, 170), (0, "", 40, 190)],
    "LDH": [(13, "", 130, 250), (0, "", 150, 300)],
    "ALDOLASE": [(0, "", 1.0, 8.0)],
    "ALT": [(0, "", 5, 35)],
    "AST": [(12, "", 10, 35), (0, "", 15, 45)],
    "ALP": [
        (17, "female", 48, 105),
        (17, "male", 59, 164),
        (15, "female", 54, 128),
        (15, "male", 89, 365),
        (13, "female", 62, 280),
        (13, "male", 127, 517),
        (10, "", 141, 460),
        (0, "", 156, 369),
    ],
    "BILI": [(0, "", 0.1, 1.2)],
    "IGG": [(10, "", 7.0, 15.5), (0, "", 6.3, 13.0)],
    "IGA": [(10, "", 0.6, 3.2), (0, "", 0.4, 2.2)],
    "IGM": [(10, "", 0.45, 2.4), (0, "", 0.45, 2.0)],
    "TETANUS_IGG": [(0, "", 0.1, None)],
    "DIPHTHERIA_IGG": [(0, "", 0.1, None)],
    "MEASLES_IGG": [(0, "", 0.2, None)],
    "VARICELLA_IGG": [(0, "", 0.15, None)],
}

ANTIBODY_LIMIT = (None, 10.0)


def normal_limits(test: str, *, sex: str, age_years: float) -> tuple[float | None, float | None]:
    """Give the lower and upper limit of normal of a test for a child of this sex and age; None where there is none."""
    if test.startswith("ANTI_"):
        return ANTIBODY_LIMIT
    for from_age, for_sex, lower, upper in LIMITS.get(test, ()):
        if age_years >= from_age and for_sex in ("", sex):
            return lower, upper
    return None, None
