"""Choices about the kidney: which height counts for the filtration rate, and what a renal response is."""

from caseseries.design.option import choice, number

EGFR_EQUATIONS = ("EGFR_U25", "EGFR_U25_CYSC", "EGFR_SCHWARTZ", "EGFR_CKDEPI_2021")
RENAL_RESPONSES = ("CRR500", "CRR700", "KDIGO_2024", "EULAR_2019", "BRUNNER")

KDIGO = "KDIGO 2024, Kidney Int 105(1S):S1"
EULAR = "Fanouriakis 2020, Ann Rheum Dis 79:713"
BRUNNER = "response table of the paediatric lupus nephritis trials, protocol of 2024"
OWN = "own choice"

OPTIONS = (
    number(
        "height_window_days",
        90,
        0,
        3650,
        "days",
        "Days by which a height may lie off the blood sample that it is used with",
        OWN,
    ),
    number(
        "height_carry_forward_days",
        180,
        0,
        3650,
        "days",
        "Days for which an older height is still used, with the result marked partial",
        OWN,
    ),
    choice(
        "renal_response_definition",
        "CRR500",
        RENAL_RESPONSES,
        "Definition of the renal response",
        f"CRR500 and CRR700 {OWN}, near the trials of voclosporin and belimumab; {KDIGO}; {EULAR}; {BRUNNER}",
    ),
    choice(
        "renal_response_egfr_equation",
        "EGFR_U25",
        EGFR_EQUATIONS,
        "Equation of the filtration rate that the renal response uses throughout",
        "Pierce 2021, Kidney Int 99:948",
    ),
    number(
        "renal_response_egfr_window_days",
        14,
        0,
        90,
        "days",
        "Days by which the blood sample may lie off the urine sample of a renal response",
        OWN,
    ),
    number(
        "renal_response_confirmation_days",
        14,
        1,
        365,
        "days",
        "Days after which a second sample confirms a renal response",
        OWN,
    ),
    number(
        "crr_egfr_share_percent",
        90.0,
        0,
        100,
        "%",
        "Share of the baseline filtration rate that must be kept (CRR500, CRR700 and their partial response)",
        OWN,
    ),
    number(
        "crr_egfr_normal_ml_per_min_per_1_73_m2",
        90.0,
        0,
        200,
        "mL/min/1.73 m2",
        "Filtration rate that is normal whatever the baseline was (CRR500, CRR700)",
        OWN,
    ),
    number(
        "kdigo_egfr_share_percent",
        85.0,
        0,
        100,
        "%",
        "Share of the baseline filtration rate that counts as stable; the guideline writes a fall of 10 to 15%",
        KDIGO,
    ),
    choice(
        "kdigo_proteinuria_rule",
        "ratio",
        ("ratio", "300_mg_per_m2", "500_mg_per_1_73_m2", "2_mg_per_kg"),
        "Proteinuria of a complete response: the ratio, or where urine of 24 hours was collected on the same day a "
        "limit for children per day",
        f"{KDIGO}; its footnote on children is quoted in three ways, none of which could be held against the print",
    ),
    choice(
        "kdigo_time_rule",
        "every_sample",
        ("every_sample", "months_6_to_12"),
        "Samples that are judged: every one after day 0, or only those from the window of month 6 to that of month 12",
        f"{KDIGO}, which expects a complete response in that time and, from memory, grants that it may take longer",
    ),
    number(
        "eular_upcr_limit_mg_per_g",
        700.0,
        0,
        5000,
        "mg/g",
        "Proteinuria below which the response is complete; the guideline writes 500 to 700",
        EULAR,
    ),
    number(
        "eular_m3_fall_percent",
        25.0,
        1,
        100,
        "%",
        "Fall of proteinuria that is the target of month 3",
        EULAR,
    ),
    number(
        "eular_m6_fall_percent",
        50.0,
        1,
        100,
        "%",
        "Fall of proteinuria that is the target of month 6",
        EULAR,
    ),
    choice(
        "eular_nephrotic_complete_by",
        "M24",
        ("M12", "M18", "M24"),
        "Visit by which the response must be complete where proteinuria was nephrotic at baseline; M12 elsewhere",
        f"{EULAR}, which grants 6 to 12 months more",
    ),
    number(
        "eular_egfr_share_percent",
        90.0,
        0,
        100,
        "%",
        "Share of the baseline filtration rate that counts as near normal",
        EULAR,
    ),
)
