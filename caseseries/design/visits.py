"""Choices about time: the windows of the visits, and what counts as baseline."""

from caseseries.design.option import choice, number

VISITS = {
    "D14": (14, 3),
    "D28": (28, 4),
    "M2": (60, 14),
    "M3": (91, 14),
    "M6": (183, 21),
    "M9": (274, 30),
    "M12": (365, 30),
    "M18": (548, 45),
    "M24": (730, 45),
}
"""Per visit its default target day and half width in days; months are multiples of 30.4375 days, rounded."""

PLAN = "follow-up schedule of this series"

_TARGETS = [
    number(f"visit_{visit.casefold()}_target_day", target, 1, 6000, "day", f"Day at which visit {visit} aims", PLAN)
    for visit, (target, _) in VISITS.items()
]
_HALF_WIDTHS = [
    number(
        f"visit_{visit.casefold()}_half_width_days",
        half_width,
        0,
        400,
        "days",
        f"Days by which visit {visit} may lie off its target",
        PLAN,
    )
    for visit, (_, half_width) in VISITS.items()
]

OPTIONS = (
    *_TARGETS,
    *_HALF_WIDTHS,
    choice(
        "activity_baseline_rule",
        "on_or_before_lymphodepletion",
        ("on_or_before_lymphodepletion", "before_lymphodepletion", "before_infusion"),
        "Last day on which a complete assessment of disease activity can be the baseline",
        "own choice: lymphodepletion and stopped drugs change what is assessed between its first day and day 0",
    ),
    choice(
        "lab_baseline_rule",
        "before_lymphodepletion",
        ("before_lymphodepletion", "on_or_before_lymphodepletion", "before_infusion"),
        "Last day on which a laboratory result can be the baseline",
        "CTCAE version 5.0 speaks of a baseline without naming a day; own choice as for activity",
    ),
)
