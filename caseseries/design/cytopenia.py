"""Choices about cytopenia after cell therapy (ICAHT): periods, gaps between samples, and how days are counted."""

from caseseries.design.option import choice, number

ICAHT = "Rejeski 2023, Blood 142:865"
ALGORITHM = "Liang 2024, R code automatedicahtgrading"
PLATELETS = "T-ICAHT as tabulated in public code after Rejeski 2023; confirm in print"

OPTIONS = (
    number("icaht_early_last_day", 30, 14, 60, "day", "Last day of the early period, which begins on day 0", ICAHT),
    number("icaht_late_last_day", 100, 32, 400, "day", "Last day of the late period", ICAHT),
    number(
        "icaht_longest_gap_days",
        7,
        0,
        30,
        "days",
        "Longest run of days without a sample that is filled between its neighbours",
        ALGORITHM,
    ),
    choice(
        "icaht_rounding",
        "interpolated",
        ("interpolated", "every_value", "none"),
        "Which neutrophil counts are rounded to 10/uL before they meet the limits",
        "every_value: Liang 2024, by which a measured 501/uL counts as 500/uL",
    ),
    number(
        "icaht_joined_days",
        2,
        0,
        10,
        "days",
        "Longest recovery that does not end a run of neutropenia",
        ALGORITHM + "; recovery is three days above the limit (CIBMTR)",
    ),
    choice(
        "icaht_duration_rule",
        "longest_run",
        ("longest_run", "cumulative"),
        "Days of neutropenia that count: the longest run or all of them",
        ALGORITHM,
    ),
    number(
        "icaht_never_recovered_from_day",
        3,
        0,
        14,
        "day",
        "Last day on which neutropenia may begin that counts as never recovered if it lasts to the last sample",
        ALGORITHM,
    ),
    number(
        "icaht_known_days_percent",
        50.0,
        0,
        100,
        "%",
        "Share of the days of a period that must be known for a grade 0 that unknown days could raise",
        "own choice",
    ),
    choice(
        "icaht_late_rule",
        "two_values",
        ("two_values", "one_value"),
        "Whether late neutropenia must be seen on two days, where there are two samples",
        ICAHT + " asks for two time points or non-transient neutropenia",
    ),
    choice(
        "icaht_late_ends",
        "next_therapy",
        ("next_therapy", "last_contact"),
        "What ends the late period before its last day: the next therapy that can lower counts, or only the last "
        "contact",
        ALGORITHM + ", which stops at subsequent therapy",
    ),
    choice(
        "ticaht_duration_rule",
        "cumulative",
        ("cumulative", "longest_run"),
        "Days of thrombocytopenia that count: all of them or the longest run",
        PLATELETS,
    ),
)
