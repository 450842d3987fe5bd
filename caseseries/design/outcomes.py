"""Choices about outcomes: remission and how long it must last, flares, and what counts as improved."""

from caseseries.design.option import choice, number

OWN = "own choice"
NO_CONSENSUS = "no definition is agreed; own choice"

OPTIONS = (
    choice(
        "remission_criterion_sle",
        "DORIS",
        ("DORIS", "CCR", "CCR_0"),
        "State that is remission of lupus",
        "van Vollenhoven 2021, Lupus Sci Med 8:e000538; childhood: Smith 2024, Clin Immunol 263:110214",
    ),
    choice(
        "remission_criterion_jdm",
        "CID_REVISED",
        ("CID_REVISED", "CID_PRINTO"),
        "State that is remission of dermatomyositis",
        "Lazarevic 2013, Ann Rheum Dis 72:686; revision: Almeida 2015, Arthritis Rheumatol 67:2495",
    ),
    choice(
        "remission_criterion_ssc",
        "none_agreed",
        ("none_agreed", "no_progression"),
        "State that is remission of sclerosis: none, so that nobody counts as in remission, or no progression of skin, "
        "lungs and other organs while off immunosuppression",
        NO_CONSENSUS,
    ),
    choice(
        "remission_freedom",
        "drug_free",
        ("drug_free", "immunosuppression_free", "glucocorticoid_free", "any_treatment"),
        "What a patient must be free of for remission to count as sustained",
        OWN,
    ),
    number("sustained_min_visits", 2, 1, 20, "visits", "Visits in remission that make it sustained", OWN),
    number(
        "sustained_min_months",
        6.0,
        0,
        60,
        "months",
        "Time from first to last visit in remission that makes it sustained, in months of 30.4375 days",
        OWN,
    ),
    number(
        "sustained_max_gap_days",
        120,
        1,
        1000,
        "days",
        "Longest time between assessments that a planned visit without one may leave",
        OWN,
    ),
    choice(
        "sustained_gap_rule",
        "begins_anew",
        ("begins_anew", "not_assessable"),
        "What a longer gap does: remission counts from the visit after it, or its duration cannot be told",
        OWN,
    ),
    number(
        "visit_assessment_tolerance_days",
        14,
        0,
        90,
        "days",
        "Days by which an assessment may lie off the visit it belongs to",
        OWN,
    ),
    choice(
        "last_visit_rule",
        "last_visit",
        ("last_visit", "last_decided"),
        "Which visit tells the outcome: the last one, even if its data do not decide, or the last that decides",
        "no value is carried forward; own choice",
    ),
    choice(
        "improvement_rule",
        "lower_activity",
        ("lower_activity", "relevant_fall"),
        "What is improved against baseline: any lower activity, or a fall by the size that a response asks for",
        "relevant: SLEDAI-2K by 4 points (SRI), total improvement score of at least minimal response, skin score by "
        "its relevant fall; own choice",
    ),
    number("relevant_sledai_fall_points", 4, 1, 105, "points", "Fall of SLEDAI-2K that is relevant", "as in SRI-4"),
    choice(
        "flare_sledai_measure",
        "SLEDAI_2K",
        ("SLEDAI_2K", "CSLEDAI_2K"),
        "Index whose rise is a flare, with serology or without",
        OWN,
    ),
    number("flare_sledai_rise_points", 4, 1, 105, "points", "Rise of the index that is a flare", OWN),
    choice(
        "flare_sledai_reference",
        "visit_before",
        ("visit_before", "lowest_so_far"),
        "Value against which the rise is measured",
        "visit before, as in the SELENA flare index (Petri 2005, N Engl J Med 353:2550)",
    ),
    choice(
        "flare_loss_rule",
        "confirmed",
        ("confirmed", "single"),
        "Whether loss of inactive myositis must be seen at two visits in a row to be a flare",
        OWN,
    ),
    number(
        "flare_episode_days",
        90,
        0,
        365,
        "days",
        "Days within which signs of a flare belong to the same one",
        OWN,
    ),
    number(
        "flare_licats_margin_days",
        7,
        0,
        60,
        "days",
        "Days around recorded local toxicity of the cells in which nothing is a flare",
        "LICATS is no flare: Hagen 2025, Lancet Rheumatol, PMID 40318690; own choice of margin",
    ),
)
