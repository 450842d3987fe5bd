"""Choices about CAR T cell kinetics: how areas are computed, which line is the terminal one, what is reported."""

from caseseries.design.option import choice, number

PKNCA = "PKNCA: Denney, Duvvuri, Buckeridge 2015, J Pharmacokinet Pharmacodyn 42:S65"
OWN = "own choice"

OPTIONS = (
    choice(
        "auc_rule",
        "linear_up_log_down",
        ("linear_up_log_down", "linear"),
        "Trapezoids under the curve: logarithmic where it falls, or linear throughout",
        PKNCA,
    ),
    choice(
        "blq_between_rule",
        "drop",
        ("drop", "zero"),
        "Result below the limit of quantification between two quantifiable ones: left out, or zero",
        f"drop: {PKNCA}",
    ),
    choice(
        "day_0_sample_rule",
        "before_infusion",
        ("before_infusion", "as_measured"),
        "CAR T cells in a sample of day 0 that is not known to be later than the infusion: none, or as measured",
        OWN,
    ),
    number(
        "auc_window_days",
        28,
        1,
        365,
        "days",
        "Days after the infusion over which the early exposure is summed",
        "usual for CAR T cells, as in the labels of tisagenlecleucel and axicabtagene ciloleucel",
    ),
    number(
        "auc_window_last_sample_day",
        21,
        0,
        365,
        "day",
        "Day that the last sample must reach for the early exposure to be reported",
        OWN,
    ),
    choice(
        "lambda_z_fit_from",
        "after_tmax",
        ("after_tmax", "from_tmax"),
        "First sample that the terminal line may use: the one after the peak, or the peak",
        f"after_tmax: {PKNCA}",
    ),
    number("lambda_z_min_points", 3, 3, 20, "samples", "Fewest samples of a terminal line", PKNCA),
    number(
        "lambda_z_r2_tolerance",
        1e-4,
        1e-9,
        1,
        "",
        "Adjusted r2 by which a terminal line of more samples may fall short of the best",
        PKNCA,
    ),
    choice(
        "lambda_z_best_among",
        "all_fits",
        ("all_fits", "falling_fits"),
        "Lines that set the best adjusted r2: all, or only those that fall",
        f"all_fits: {PKNCA}",
    ),
    number(
        "lambda_z_min_r2_adjusted",
        0.8,
        0,
        1,
        "",
        "Adjusted r2 below which a terminal line is flagged as not reliable",
        OWN,
    ),
    number(
        "lambda_z_min_span_ratio",
        2.0,
        0,
        20,
        "half-lives",
        "Half-lives that the samples of a terminal line must cover, else it is flagged as not reliable",
        PKNCA,
    ),
    number(
        "auc_max_extrapolated_percent",
        20.0,
        0,
        100,
        "%",
        "Share of the area to infinity beyond the last quantifiable sample above which the area is flagged",
        PKNCA,
    ),
    choice(
        "dose_normalised_parameters",
        "none",
        ("none", "cmax_and_auc"),
        "Parameters reported per dose as well",
        OWN,
    ),
)
