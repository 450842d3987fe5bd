"""Choices about cytokine release: what counts as fever, hypotension and hypoxia, and for how long."""

from caseseries.design.option import choice, number

ASTCT = "Lee 2019, Biol Blood Marrow Transplant 25:625"
CHILDREN = "Mahadeo 2019, Nat Rev Clin Oncol 16:45"

OPTIONS = (
    number("crs_fever_c", 38.0, 37, 40, "degrees C", "Temperature from which there is fever", ASTCT),
    choice(
        "crs_hypotension_rule",
        "age_norm",
        ("age_norm", "fixed"),
        "Systolic pressure below which there is hypotension: 70 + 2 x age up to 10 years and the fixed limit "
        "after it, or the fixed limit at every age",
        CHILDREN + "; ASTCT leaves the norm to the institution",
    ),
    number("crs_fixed_systolic_limit_mmhg", 90.0, 50, 130, "mmHg", "Fixed limit of systolic pressure", CHILDREN),
    choice(
        "crs_age_in_limit",
        "completed_years",
        ("completed_years", "exact"),
        "Age in the limit of systolic pressure",
        "the published limits are given by whole years; own choice",
    ),
    number("crs_low_flow_limit_l_per_min", 6.0, 1, 15, "L/min", "Highest flow that is low-flow oxygen", ASTCT),
    choice(
        "crs_cannula_rule",
        "flow",
        ("flow", "device"),
        "What tells high-flow from low-flow oxygen by cannula where both the flow and the device are recorded",
        ASTCT + ", which names the flow; in small children a high-flow device may run below the limit",
    ),
    choice(
        "crs_airway_intubation_rule",
        "no_hypoxia",
        ("no_hypoxia", "positive_pressure"),
        "What ventilation only to keep the airway open counts as",
        ASTCT + ", from memory: intubation without a deficit of oxygenation is not grade 4",
    ),
    choice(
        "crs_inotrope_rule",
        "count",
        ("count", "ignore"),
        "Whether dobutamine and milrinone count as vasopressors",
        "ASTCT does not name them; own choice is the one that cannot grade too low",
    ),
    choice(
        "crs_fever_scope",
        "same_day",
        ("same_day", "same_observation"),
        "How near fever must be to hypotension or hypoxia as long as nothing was given that lowers it",
        "ASTCT grades a patient at a time and not a reading; own choice",
    ),
    number(
        "crs_fever_waiver_hours",
        72,
        0,
        1000,
        "h",
        "Time since the last finding of cytokine release in which, once treated, a finding without fever still counts",
        "ASTCT drops the need for fever after treatment and names no end; own choice",
    ),
    number(
        "crs_window_days",
        30,
        1,
        100,
        "days",
        "Last day on which a finding counts without the investigator's word that it is cytokine release",
        "Lee 2019 asks for care after day 14; own choice",
    ),
    choice(
        "crs_infection_rule",
        "infection_explains",
        ("infection_explains", "fever_counts"),
        "What counts on a day with a recorded infection and no recorded cytokine release, if nobody attributed it",
        "fever not attributable to another cause: Lee 2019; own choice",
    ),
    number("crs_watch_days", 14, 1, 100, "days", "Days on which a temperature is expected", ASTCT),
)
