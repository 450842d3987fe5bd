"""Choices about neurotoxicity: which score a patient's age calls for, and which findings count."""

from caseseries.design.option import choice, number

ASTCT = "Lee 2019, Biol Blood Marrow Transplant 25:625"

OPTIONS = (
    number(
        "icans_ice_from_age_years",
        12.0,
        4,
        19,
        "years",
        "Age from which ICE is graded and not CAPD",
        ASTCT + "; the National Cancer Institute prints 'over 12'",
    ),
    choice(
        "icans_suspicion_rule",
        "capd_1_to_8",
        ("capd_1_to_8", "every_finding"),
        "Which findings count only if the investigator suspects neurotoxicity: a CAPD of 1 to 8, or, beside it, "
        "every finding of a check in which it was expressly not suspected",
        "own choice: well or sedated children have a CAPD of 1 to 8",
    ),
    number(
        "icans_window_days",
        30,
        1,
        400,
        "days",
        "Last day on which a finding counts without the investigator's suspicion",
        "own choice",
    ),
    number("icans_watch_days", 14, 1, 100, "days", "Days on which a check is expected", "own choice, as for CRS"),
)
