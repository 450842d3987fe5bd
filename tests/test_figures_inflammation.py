"""Inflammation and blood counts: the page for any data, the numbers drawn, and the marks that carry a meaning."""

import pandas as pd
import pytest
from blood import COHORTS, PATTERN, blood_cohort, check_words, one_patient
from cohorts import course, event
from layout import check_page, find_outside, find_overlaps
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from caseseries.exhibits.drawing.grade_tiles import GRADE_COLOURS
from caseseries.exhibits.drawing.panels import raised
from caseseries.exhibits.safety.cytokines import plot_cytokines
from caseseries.exhibits.safety.cytopenia import plot_cytopenia

MADE_OF = {
    plot_cytokines: ("patients", "results", "grades", "administrations"),
    plot_cytopenia: ("patients", "results", "grades", "administrations"),
}


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


def rectangles(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_days_of_cytokine_release_are_a_bar_in_the_colour_of_the_grade():
    found = one_patient(("CRP",), events=[event("P1", "crs", 5, 8, grade=2)])
    drawing = draw(plot_cytokines, found)
    bars = drawing.figure.axes[1].collections[0]
    corners = bars.get_paths()[0].vertices

    assert (corners[:, 0].min(), corners[:, 0].max()) == (4.5, 8.5)
    assert to_hex(bars.get_facecolor()[0]).upper() == GRADE_COLOURS[2]
    assert drawing.plotted["cytokine release"][["onset (days)", "end (days)"]].iloc[0].tolist() == [5, 8]


def test_patients_without_cytokine_release_are_shown_as_such():
    found = one_patient(("CRP",))
    drawing = draw(plot_cytokines, found)
    open_grade = draw(plot_cytokines, {**found, "grades": found["grades"].assign(grade=pd.NA)})

    assert "none" in [text.get_text() for text in drawing.figure.axes[1].texts]
    assert "b, cytokine release syndrome: no patient had it." in drawing.legend
    assert "cytokine release syndrome: not known. Not assessable in 1 patient." in open_grade.legend


def test_many_patients_without_cytokine_release_have_no_empty_panel():
    found = blood_cohort(40)
    none = found["grades"].assign(grade=found["grades"]["grade"].mask(found["grades"]["toxicity"] == "CRS", 0))
    drawing = draw(plot_cytokines, {**found, "grades": none})

    assert len(drawing.figure.axes) == len(draw(plot_cytokines, found).figure.axes) - 1
    assert "Cytokine release syndrome: no patient had it." in drawing.legend


def test_raised_digits_that_the_typeface_lacks_are_set_as_mathtext():
    assert raised("Neutrophils (10⁹/L)") == "Neutrophils (10$^{9}$/L)"
    assert raised("10⁻¹²") == "10$^{-12}$"
    assert raised("mg/m²") == "mg/m²"


def test_a_drug_against_a_cytokine_is_marked_on_its_day_and_counted():
    given = course("P1", "tocilizumab", "anticytokine", 7, 7, purpose="crs")
    found = one_patient(("CRP",), events=[event("P1", "crs", 5, 8)], medications=[given])
    drawing = draw(plot_cytokines, found)

    assert drawing.plotted["drugs"].to_numpy().tolist() == [["P1", "tocilizumab", 7]]
    assert "Drugs against cytokines were given to 1 patient." in drawing.legend


def test_tests_that_were_not_done_are_named_and_have_no_panel():
    drawing = draw(plot_cytokines, one_patient(("CRP",)))

    assert "Not in this data set: Ferritin; Interleukin 6; Highest temperature; Fibrinogen." in drawing.legend
    assert list(drawing.plotted) == ["CRP", "cytokine release"]


def test_a_tile_carries_its_grade_and_a_hatched_one_is_not_assessable():
    """On the lines between 1200, 300, 90 and 800/uL of days 0, 5, 8 and 12 days 4 to 10 are low: seven, grade 2.

    From day 21 to 29 there is no count, so it may be more; after day 30 there is none at all.
    """
    early = {day: value for day, value in PATTERN["ANC"].items() if day <= 30}
    found = one_patient(("ANC",), ANC=early)
    axes = draw(plot_cytopenia, found).figure.axes[1]
    tiles = [patch for patch in rectangles(axes) if patch.get_width() > 0.5]
    texts = [text.get_text() for text in axes.texts if text.get_text().lstrip("≥").isdigit()]

    assert texts == ["≥2"]
    assert to_hex(tiles[0].get_facecolor()).upper() == GRADE_COLOURS[2]
    assert [bool(tile.get_hatch()) for tile in tiles] == [False, True, True, True]


def test_many_patients_are_counted_by_grade():
    found = blood_cohort(40)
    axes = draw(plot_cytopenia, found).figure.axes[4]
    widths = {}
    for bar in rectangles(axes):
        row = round(bar.get_y() + bar.get_height() / 2)
        widths[row] = widths.get(row, 0) + bar.get_width()

    assert widths == {0: 40, 1: 40, 2: 40, 3: 40}


def test_limits_of_neutropenia_are_drawn_in_the_unit_of_the_counts():
    axes = draw(plot_cytopenia, one_patient(("ANC",))).figure.axes[0]
    dashed = [line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] < 1]

    assert {0.5, 0.1} <= set(dashed)
    assert axes.get_ylim()[0] < 0.1


def test_courses_of_g_csf_are_bars_at_the_foot_of_the_neutrophils():
    """Days 5 to 9; a course that ended eleven days before the infusion lies outside of the days drawn."""
    courses = [
        course("P1", "filgrastim", "gcsf", start, end, purpose="other", dose=5, dose_unit="ug/kg")
        for start, end in ((-20, -11), (5, 9))
    ]
    drawing = draw(plot_cytopenia, one_patient(("ANC",), medications=courses))
    axes = drawing.figure.axes[0]
    bars = [line for line in axes.lines if line.get_transform() == axes.get_xaxis_transform()]
    text = next(text for text in axes.texts if text.get_text() == "G-CSF")

    assert [(line.get_xdata()[0], line.get_xdata()[1]) for line in bars if line.get_linewidth() > 1] == [(4.5, 9.5)]
    assert text.get_position()[0] > 9.5
    assert drawing.plotted["G-CSF"][["first day (days)", "last day (days)"]].to_numpy().tolist() == [[5, 9]]
    assert "G-CSF (1 patient)." in drawing.legend
