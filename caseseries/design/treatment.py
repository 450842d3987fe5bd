"""Choices about drugs: glucocorticoids as prednisone, pulses, replacement, immunoglobulin, and what ends free time."""

from caseseries.design.option import choice, number

POTENCY = "potencies as in the prescribing information of prednisolone; Liu 2013, Allergy Asthma Clin Immunol 9:30"

EQUIVALENTS_MG = {
    "methylprednisolone": (4.0, POTENCY),
    "triamcinolone": (4.0, POTENCY),
    "hydrocortisone": (20.0, POTENCY),
    "cortisone": (25.0, POTENCY),
    "dexamethasone": (0.75, f"{POTENCY}; 1 where a label sets 4 mg of it equal to 20 mg of prednisone"),
    "betamethasone": (0.6, f"{POTENCY}; some tables print 0.75"),
    "deflazacort": (6.0, "from memory of the label; some tables print 7.5"),
}
"""Milligrams of each glucocorticoid that equal prednisone 5 mg, with their source."""

OWN = "own choice"

OPTIONS = (
    *(
        number(
            f"{drug}_equal_to_prednisone_5_mg",
            dose,
            0.1,
            100,
            "mg",
            f"Dose of {drug} that equals prednisone 5 mg",
            source,
        )
        for drug, (dose, source) in EQUIVALENTS_MG.items()
    ),
    number(
        "weight_window_days",
        90,
        0,
        3650,
        "days",
        "Days by which a body weight may lie off the dose that it is used with",
        f"{OWN}, as for the height",
    ),
    number(
        "pulse_methylprednisolone_mg",
        250.0,
        1,
        5000,
        "mg/day",
        "Intravenous dose as methylprednisolone from which a day is a pulse",
        OWN,
    ),
    number(
        "pulse_methylprednisolone_mg_per_kg",
        10.0,
        0.1,
        100,
        "mg/kg/day",
        "Intravenous dose per body weight from which a day is a pulse as well",
        OWN,
    ),
    number(
        "replacement_hydrocortisone_mg_per_m2",
        12.0,
        0,
        1000,
        "mg/m2/day",
        "Highest dose as hydrocortisone that is replacement; a course of it at more treats like any other",
        "physiological production is 8 to 12 mg/m2/day; own choice",
    ),
    number(
        "replacement_stress_days",
        14,
        0,
        365,
        "days",
        "Longest course of replacement above that dose that is taken for stress cover",
        OWN,
    ),
    choice(
        "ivig_rule",
        "purpose_or_dose",
        ("purpose_or_dose", "dose", "purpose"),
        "What makes immunoglobulin a treatment of the disease rather than replacement: its purpose, its dose, or "
        "either",
        OWN,
    ),
    number(
        "ivig_immunomodulatory_g_per_kg",
        1.0,
        0,
        5,
        "g/kg",
        "Immunoglobulin in one administration from which it modulates immunity",
        "usual immunomodulatory dose 1 to 2 g/kg, replacement 0.4 to 0.6 g/kg; own choice",
    ),
    number(
        "ivig_in_blood_days",
        90,
        0,
        365,
        "days",
        "Days after immunoglobulin in which a sample shows antibodies of its donors",
        "about four half-lives of IgG, 21 days; own choice",
    ),
    choice(
        "antimalarial_rule",
        "is_treatment",
        ("is_treatment", "is_ignored"),
        "Whether a patient on an antimalarial is free of immunosuppression only, or free of drugs",
        OWN,
    ),
    number(
        "administration_gap_days",
        35,
        1,
        200,
        "days",
        "Longest time between single administrations of a drug that make one course",
        "monthly dosing and a late week; own choice",
    ),
    number(
        "free_days_before_restart",
        14,
        1,
        365,
        "days",
        "Days after the infusion without a drug from which its next course is a restart, and not a pause in a taper",
        OWN,
    ),
)
