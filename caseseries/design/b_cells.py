"""Choices about B cells: when they count as gone, and when as returned."""

from caseseries.design.option import choice

OPTIONS = (
    choice(
        "b_cell_return_rule",
        "two_samples_10_per_ul",
        ("two_samples_10_per_ul", "first_measurable", "confirmed_100_per_ul"),
        "Rule by which B cells count as returned",
        "first_measurable: Mackensen 2022, Nat Med 28:2124",
    ),
)
