"""Choices about B cells: which cells stand for them, when they count as gone, and when as returned."""

from caseseries.design.option import choice, number

RETURN_RULES = (
    "two_samples_10_per_ul",
    "first_measurable",
    "confirmed_100_per_ul",
    "loss_of_aplasia_cincinnati",
    "aplasia_below_20_per_ul",
    "eliana",
)

UNDETECTABLE_LIMITS_PER_UL = (1.0, 5.0, 10.0)
"""Limits of aplasia that are tried beside that of the run, in cells/uL; own choice."""

OPTIONS = (
    choice(
        "b_cell_return_rule",
        "two_samples_10_per_ul",
        RETURN_RULES,
        "Rule by which B cells count as returned",
        "first_measurable: Mackensen 2022, Nat Med 28:2124; loss_of_aplasia_cincinnati: preprint, Authorea 614197; "
        "eliana: Maude 2018, N Engl J Med 378:439, limits from memory; others own choice",
    ),
    choice(
        "b_cell_marker",
        "CD19",
        ("CD19", "CD20"),
        "Marker that stands for B cells; CD20 where CD19 is lost or hidden by a reagent against it",
        "own choice",
    ),
    choice(
        "b_cell_follow_up_ends",
        "next_depletion",
        ("next_depletion", "last_sample"),
        "What ends the follow-up of B cells: a later drug against them or infusion of cells, or only the last sample",
        "a second depletion hides when B cells would have returned; own choice",
    ),
    number(
        "b_cell_undetectable_below_per_ul",
        1.0,
        0,
        20,
        "cells/uL",
        "Count below which B cells are undetectable, as is any result below the limit of the assay",
        "laboratory practice; own choice",
    ),
)
