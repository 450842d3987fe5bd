"""Antibodies, infections and B cell subsets: the page for any data, and the numbers and marks drawn."""

import pytest
from blood import COHORTS, IVIG, check_words, derive_blood, lab_rows, one_patient
from cohorts import event, patient
from layout import check_page, find_outside, find_overlaps

from caseseries.exhibits.immunity.b_cell_parts import PARTS, parts_of
from caseseries.exhibits.immunity.b_cell_subsets import plot_b_cell_subsets
from caseseries.exhibits.immunity.figure import plot_immunity
from caseseries.exhibits.immunity.infection_rates import rates_of

MADE_OF = {
    plot_immunity: ("patients", "results", "administrations", "infection_rates"),
    plot_b_cell_subsets: ("patients", "results", "time_to_event"),
}
SHARES = ("B_NAIVE", "B_MEMORY", "B_SWITCHED", "PLASMABLAST")


def draw(plot, found, **options):
    return plot(*(found[name] for name in MADE_OF[plot]), **options)


PAGES = {f"{plot.__name__}: {name}": (plot, make) for plot in MADE_OF for name, make in COHORTS.items()}


@pytest.fixture(scope="module", params=PAGES)
def drawing(request):
    plot, make = PAGES[request.param]
    return draw(plot, make())


def test_the_page_keeps_to_the_journal(drawing):
    assert find_outside(drawing.figure) == []
    assert find_overlaps(drawing.figure) == []
    check_page(drawing.figure, 183)


def test_the_words_hold_no_gap_and_every_panel_has_its_numbers(drawing):
    check_words(drawing)


def test_samples_with_antibodies_of_donors_are_open():
    found = one_patient(("IGG",), medications=[IVIG], IGG={-8: 11, 100: 4, 150: 7, 191: 6})
    drawing = draw(plot_immunity, found)
    open_days = [
        round(x * 365.25 / 12)
        for line in drawing.figure.axes[0].lines
        if line.get_markerfacecolor() == "white" and line.get_marker() != "None"
        for x in line.get_xdata()
    ]

    assert open_days == [150]
    assert drawing.plotted["IgG"]["after immunoglobulin"].tolist() == ["no", "no", "yes", "no"]
    assert "within 90 days after immunoglobulin" in drawing.legend
    assert "1 dose in 1 patient" in drawing.legend


def test_the_rate_of_infections_has_the_exact_interval():
    """No event: the upper limit of Garwood is -ln(0.025) = 3.689 events; 2 events: 0.2422 to 7.2247."""
    events = [event("P1", "infection", 3, 5), event("P1", "infection", 20, 22)]
    rates = rates_of(one_patient(("IGG",), events=events)["infection_rates"]).set_index(["window", "kind"])
    per = 100 / 31

    assert rates.loc[("0-30", "all"), ["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [2 * per, 0.2422 * per, 7.2247 * per], rel=1e-3
    )
    assert rates.loc[("0-30", "severe"), ["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [0, 0, 3.689 * per], rel=1e-3
    )


def parts(**values):
    made = derive_blood(
        patients=[patient("P1")], labs=[r for test, value in values.items() for r in lab_rows("P1", test, {0: value})]
    )
    return parts_of(made["results"]).iloc[0]


def test_class_switched_cells_are_not_counted_twice():
    found = parts(B_NAIVE=50, B_MEMORY=40, B_SWITCHED=18, PLASMABLAST=7)

    assert found[["naive", "memory_unswitched", "switched", "plasmablast", "other"]].tolist() == [50, 22, 18, 7, 3]
    assert sum(found[part.name] for part in PARTS if found[part.name] == found[part.name]) == 100


@pytest.mark.parametrize(
    ("values", "is_consistent"),
    [
        pytest.param({"B_NAIVE": 50, "B_MEMORY": 40, "B_SWITCHED": 45}, False, id="more switched than memory cells"),
        pytest.param({"B_NAIVE": 70, "B_MEMORY": 40, "B_SWITCHED": 20}, False, id="more than all cells"),
        pytest.param({"B_MEMORY": 40, "B_SWITCHED": 20}, False, id="naive cells not measured"),
        pytest.param({"B_NAIVE": 60, "B_MEMORY": 40.6, "B_SWITCHED": 20}, True, id="rounding beyond the whole"),
        pytest.param({"B_NAIVE": 60, "B_MEMORY": 30}, True, id="memory cells in one part"),
    ],
)
def test_a_sample_that_contradicts_itself_has_no_bar(values, is_consistent):
    found = parts(**values)

    assert found["is_consistent"] == is_consistent
    if "B_SWITCHED" not in values:
        assert found["memory"] == 30


def test_a_share_below_the_limit_of_its_assay_is_no_cell():
    assert parts(B_NAIVE=90, B_MEMORY=8, B_SWITCHED="<1", PLASMABLAST="<0.5")["other"] == 2


def test_bars_stand_for_the_sample_before_and_the_first_from_the_return_on():
    """B cells return on day 150 by the rule of two samples with ten cells."""
    before = {-8: 50, -3: 55, 100: 70, 150: 91, 365: 80}
    found = one_patient(("CD19", *SHARES), B_NAIVE=before, B_MEMORY={-3: 30, 100: 9, 150: 5, 365: 14})
    shares = draw(plot_b_cell_subsets, found).plotted["shares"]

    assert shares["time (days)"].tolist() == [-3, 150]
    assert shares["Naive (% of B cells)"].tolist() == [55, 91]


def test_a_patient_without_return_has_no_bar_after():
    found = one_patient(("CD19", *SHARES), CD19={0: 90, 7: "<1", 150: 3})
    drawing = draw(plot_b_cell_subsets, found)

    assert drawing.plotted["shares"]["sample"].tolist() == ["Before"]
    assert "(1 patients)" not in drawing.legend
