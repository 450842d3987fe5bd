"""Choices about local (LICATS) and systemic (IEC-HS) inflammation after cell therapy: what makes a candidate."""

from caseseries.design.option import choice, number

LICATS = "Hagen 2025, Lancet Rheumatol, PMID 40318690"
IEC_HS = "Hines 2023, Transplant Cell Ther 29:438; limits from memory, confirm in print"

OPTIONS = (
    number("licats_creatinine_ratio", 1.5, 1, 5, "x baseline", "Creatinine from which the kidney is affected", LICATS),
    number(
        "licats_upcr_ratio",
        1.5,
        1,
        10,
        "x baseline",
        "Protein-to-creatinine ratio in urine from which it has risen",
        "Hagen 2025 names a rise without its size; own choice",
    ),
    number(
        "licats_upcr_limit_mg_per_g",
        200.0,
        0,
        3500,
        "mg/g",
        "Protein-to-creatinine ratio in urine up to which a rise is not counted",
        "upper limit of normal; own choice",
    ),
    number(
        "licats_window_days",
        100,
        14,
        400,
        "days",
        "Last day of candidates where no count of B cells tells when aplasia ended",
        "own choice: mean time to return of B cells 110 days (Mackensen 2022, Nat Med 28:2124)",
    ),
    number("iec_hs_ferritin_ratio", 2.0, 1, 20, "x", "Ferritin that is a sign, by upper limit or baseline", IEC_HS),
    choice(
        "iec_hs_ferritin_rule",
        "either",
        ("either", "both"),
        "Whether ferritin must exceed the upper limit or baseline by that factor, or both",
        IEC_HS,
    ),
    number("iec_hs_transaminase_ratio", 5.0, 1, 20, "x upper limit", "ALT or AST that is a sign", IEC_HS),
    number("iec_hs_fibrinogen_g_per_l", 1.5, 0, 4, "g/L", "Fibrinogen below which it is a sign", IEC_HS),
    number(
        "iec_hs_cytopenia_from_day",
        31,
        0,
        400,
        "day",
        "First day on which new cytopenia is a sign",
        "own choice: lymphodepletion explains it before",
    ),
    number("iec_hs_signs_beside_ferritin", 1, 1, 4, "signs", "Signs needed beside ferritin", IEC_HS),
    number("iec_hs_window_days", 60, 14, 400, "days", "Last day of candidates", "own choice"),
)
