"""Choices about laboratory grades by the CTCAE."""

from caseseries.design.option import choice

CTCAE = "CTCAE version 5.0, National Cancer Institute 2017"

OPTIONS = (
    choice(
        "ctcae_missing_baseline",
        "as_normal",
        ("as_normal", "not_assessable"),
        "How tests are graded whose limits depend on a normal or abnormal baseline, if there is none",
        "as_normal: R package admiral; it can only grade too high",
    ),
    choice(
        "ctcae_fibrinogen_rule",
        "lower_limit",
        ("lower_limit", "lower_limit_or_fall"),
        "Whether an abnormal fibrinogen is also graded by its fall from baseline",
        CTCAE,
    ),
)
