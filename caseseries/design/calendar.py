"""Choices about long-term follow-up: which visits are planned for how many years, and how far off they may lie."""

from caseseries.design.option import choice, number

YEARLY = tuple(range(72, 181, 12))
SCHEDULES_MONTHS = {
    "fifteen_years": (3, 6, 12, 18, 24, 36, 48, 60, *YEARLY),
    "five_years": (3, 6, 12, 18, 24, 36, 48, 60),
    "yearly_fifteen_years": (12, 24, 36, 48, 60, *YEARLY),
}
"""Months of the planned visits by schedule."""

OPTIONS = (
    choice(
        "calendar_schedule",
        "fifteen_years",
        tuple(SCHEDULES_MONTHS),
        "Visits planned after the infusion",
        "FDA, Long term follow-up after administration of human gene therapy products, January 2020: 15 years for "
        "integrating vectors; visits of the first five years own choice",
    ),
    number(
        "calendar_half_width_days",
        45,
        0,
        180,
        "days",
        "Days by which a visit without a window of its own may lie off its day",
        "as the visits at 18 and 24 months; own choice",
    ),
)
