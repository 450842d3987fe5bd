"""Choices about systemic sclerosis: response indices, activity, and progression of lung disease."""

from caseseries.design.option import choice, number

CRISS = "Khanna 2016, Arthritis Rheumatol 68:299"
REVISED_CRISS = "Khanna 2021, Ann Rheum Dis 80:641"
LUNG = "Khanna 2015, J Rheumatol 42:2168"

OWN = "own choice: blood and lungs are often measured on other days than the skin"

OPTIONS = (
    number("sclerosis_window_days", 7, 0, 60, "days", "Days by which a result may lie off its visit", OWN),
    number("lung_function_window_days", 14, 0, 90, "days", "Days by which lung function may lie off the visit", OWN),
    number("skin_fall_points", 5.0, 0, 51, "points", "Fall of the skin score that counts, in points", "from memory"),
    number("skin_fall_percent", 25.0, 0, 100, "%", "Fall of the skin score that counts, of baseline", "from memory"),
    number("criss_improved_probability", 0.6, 0, 1, "", "CRISS from which a patient counts as improved", CRISS),
    number("criss_fvc_fall_percent", 15.0, 0, 100, "%", "Relative fall of FVC that rules improvement out", CRISS),
    number("criss_fvc_limit_percent", 80.0, 0, 120, "% of predicted", "FVC below which such a fall counts", CRISS),
    choice(
        "criss_fvc_rule",
        "confirmed",
        ("confirmed", "single"),
        "Whether a fall of FVC counts only if a second measurement confirms it",
        CRISS,
    ),
    number("criss_fvc_confirmation_days", 31, 1, 365, "days", "Time within which a fall of FVC is confirmed", CRISS),
    number("rcriss_improvement_percent", 20.0, 1, 100, "%", "Relative improvement of a core item", REVISED_CRISS),
    number("rcriss_fvc_improvement_percent", 5.0, 1, 100, "%", "Relative improvement of FVC", REVISED_CRISS),
    choice(
        "rcriss_worsening_rule",
        "off",
        ("off", "at_most_one", "none"),
        "How many core items may worsen by as much as others must improve",
        "off in Khanna 2021, Ann Rheum Dis 80:641; trials differ, from memory",
    ),
    number("lung_progression_fvc", 10.0, 1, 100, "%", "Fall of FVC that is progression by itself", LUNG),
    number("lung_progression_fvc_with_dlco", 5.0, 0, 100, "%", "Fall of FVC that is progression with DLCO", LUNG),
    number("lung_progression_dlco", 15.0, 1, 100, "%", "Fall of DLCO that goes with it", LUNG),
    number(
        "eustar_active_limit",
        2.5,
        0,
        10,
        "points",
        "Index from which sclerosis is active",
        "Valentini 2017, Ann Rheum Dis 76:270",
    ),
)
