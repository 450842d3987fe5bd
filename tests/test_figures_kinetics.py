"""Figure 2 on the page: for any number of patients, and with parts of the data lacking."""

import pytest
from blood import EIGHT, blood_cohort, check_words, one_patient, returning
from layout import check_page, find_outside, find_overlaps

from caseseries.exhibits.kinetics.figure import plot_kinetics

TABLES = ("patients", "results", "kinetics", "time_to_event")


def kinetics(found, **options):
    return plot_kinetics(*(found[name] for name in TABLES), **options)


PAGES = {
    **{f"{n} patients": lambda n=n: kinetics(blood_cohort(n)) for n in (1, 8, 40, 300)},
    "transgene alone": lambda: kinetics(one_patient(("CART_DNA",))),
    "B cells alone, eight patients": lambda: kinetics(EIGHT),
    "cells that were never quantifiable": lambda: kinetics(
        one_patient(("CART_BLOOD", "CD19"), CART_BLOOD={0: "<0.5", 7: "<0.5", 28: "<0.5"})
    ),
    "B cells counted as none": lambda: kinetics(one_patient(("CD19",), CD19={0: 90, 7: 0, 28: 0, 60: 12, 90: 40})),
    "B cells that never left": lambda: kinetics(one_patient(("CART_BLOOD", "CD19"), CD19={0: 90, 28: 80, 60: 70})),
    "two limits of quantification": lambda: kinetics(
        one_patient(("CART_BLOOD",), CART_BLOOD={0: "<0.5", 7: 40, 60: "<0.6", 120: "<0.5"})
    ),
    "results only after the first weeks": lambda: kinetics(one_patient(("CART_BLOOD",), CART_BLOOD={60: 4, 90: 2})),
    "twelve patients with long names": lambda: kinetics(
        returning(**{f"CENTRE_{number:02d}_LONG": 60 + number for number in range(12)})
    ),
}


@pytest.fixture(scope="module", params=PAGES)
def drawing(request):
    return PAGES[request.param]()


def test_the_page_keeps_to_the_journal(drawing):
    assert find_outside(drawing.figure) == []
    assert find_overlaps(drawing.figure) == []
    check_page(drawing.figure, 183)


def test_the_words_hold_no_gap_and_every_panel_has_its_numbers(drawing):
    check_words(drawing)
