"""Choices about dermatomyositis: limits of inactive disease, and how improvement is scored."""

from caseseries.design.option import choice, number

INACTIVE = "Lazarevic 2013, Ann Rheum Dis 72:686"
IMPROVEMENT = "Rider 2017, Ann Rheum Dis 76:782"
ENZYME = "after the adult calculator of IMACS, from memory; no multiple for children was found"
OWN = "own choice: blood is often taken some days before or after the visit"

OPTIONS = (
    number(
        "inactive_ck_limit_u_per_l",
        150.0,
        0,
        2000,
        "U/L",
        "Highest CK of inactive myositis, of any laboratory",
        INACTIVE,
    ),
    number("inactive_cmas_limit", 48.0, 0, 52, "points", "Lowest CMAS of inactive myositis", INACTIVE),
    number("inactive_mmt8_limit", 78.0, 0, 80, "points", "Lowest MMT8 of inactive myositis, one side", INACTIVE),
    number(
        "inactive_physician_global_limit_cm",
        0.2,
        0,
        10,
        "cm",
        "Highest physician global of inactive myositis",
        INACTIVE,
    ),
    number(
        "inactive_revised_muscle_criteria",
        2,
        1,
        3,
        "criteria",
        "Criteria of CK, CMAS and MMT8 that the revision asks for beside the physician global",
        "Almeida 2015, Arthritis Rheumatol 67:2495; wording from memory",
    ),
    number("myositis_window_days", 7, 0, 60, "days", "Days by which a result may lie off the visit it counts for", OWN),
    choice(
        "tis_muscle_measure", "MMT8", ("MMT8", "CMAS"), "Muscle measure of the total improvement score", IMPROVEMENT
    ),
    choice(
        "tis_thresholds",
        "juvenile",
        ("juvenile", "adult"),
        "Minimal, moderate and major improvement: 30, 45, 70 in juvenile, 20, 40, 60 in adult disease",
        IMPROVEMENT,
    ),
    number(
        "tis_min_other_measures", 1, 0, 4, "measures", "Core measures needed beside physician and muscle", IMPROVEMENT
    ),
    number("tis_ck_range_x_uln", 15.0, 1, 100, "x ULN", "Range of CK in the total improvement score", ENZYME),
    number(
        "tis_aldolase_range_x_uln", 6.0, 1, 100, "x ULN", "Range of aldolase in the total improvement score", ENZYME
    ),
    number("tis_ldh_range_x_uln", 3.0, 1, 100, "x ULN", "Range of LDH in the total improvement score", ENZYME),
    number("tis_ast_range_x_uln", 3.0, 1, 100, "x ULN", "Range of AST in the total improvement score", ENZYME),
    number("tis_alt_range_x_uln", 3.0, 1, 100, "x ULN", "Range of ALT in the total improvement score", ENZYME),
)
