"""Choices about recorded adverse events: which terms are worth a line of their own."""

from caseseries.design.option import number

OPTIONS = (
    number(
        "event_common_term_percent",
        5.0,
        0,
        100,
        "%",
        "Share of the patients of any group from which a term is listed for groups",
        "usual for tables of trials; own choice",
    ),
)
