"""Figure 2 and the table of kinetic parameters: the numbers drawn and printed, and what is said of what is lacking."""

import pandas as pd
import pytest
from blood import EIGHT, blood_cohort, derive_blood, lab_rows, one_patient
from cohorts import patient
from layout import boxes

from caseseries.exhibits.kinetics.aplasia import aplasia_of
from caseseries.exhibits.kinetics.dots import dots_of, median_of
from caseseries.exhibits.kinetics.figure import plot_kinetics
from caseseries.exhibits.kinetics.table import table_kinetics_parameters
from caseseries.study import Study, describe_absence, open_study

MONTH = 365.25 / 12
TABLES = ("patients", "results", "kinetics", "time_to_event")
COUNTS = {-8: 200, 0: 90, 7: "<1", 60: "<1", 120: 4, 150: 20, 200: 150}


def kinetics(found, **options):
    return plot_kinetics(*(found[name] for name in TABLES), **options)


def test_plotted_numbers_are_the_derived_ones():
    found = blood_cohort(8)
    plotted = kinetics(found).plotted["CAR T cells"]
    results = found["results"]
    own = results[(results["test"] == "CART_BLOOD") & (results["day"] >= 0)].sort_values(["patient_id", "day"])

    assert plotted["CAR T cells (cells/µL)"].tolist() == own["value"].tolist()
    assert plotted["time (days)"].tolist() == own["day"].tolist()
    assert (plotted["below limit of quantification"] == "yes").tolist() == (own["operator"] == "<").tolist()


def test_results_below_the_limit_are_open_markers_at_half_of_it_in_both_parts():
    figure = kinetics(one_patient(("CART_BLOOD",))).figure
    days, months = figure.axes[:2]
    open_points = [
        (x, y)
        for axes in (days, months)
        for line in axes.lines
        if line.get_markerfacecolor() == "white"
        for x, y in line.get_xydata()
    ]

    assert open_points == [(0, 0.25), (pytest.approx(150 / MONTH), 0.25), (pytest.approx(365 / MONTH), 0.25)]
    assert days.get_ylim() == months.get_ylim()
    assert days.get_xlim() == (0, 28)
    assert months.get_xlim()[0] == pytest.approx(28 / MONTH)


def test_zeros_stand_in_a_band_of_their_own():
    with_zeros = kinetics(one_patient(("CD19",), CD19={0: 90, 7: 0, 28: 0, 60: 12, 90: 40})).figure.axes[0]
    without = kinetics(one_patient(("CD19",))).figure.axes[0]

    assert with_zeros.get_yscale() == "symlog"
    assert with_zeros.get_yticks()[0] == 0
    assert without.get_yscale() == "log"


def test_the_curve_of_return_has_the_median_of_the_worked_example():
    """Returns on days 60, 88, 92, 110, 125, 150, censored on 180 and 270: the level piece at one half ends at 125."""
    drawing = kinetics(EIGHT)
    curve = drawing.plotted["return"].set_index("time (days)")

    assert curve["without event (proportion)"].tolist() == [0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.25, 0.25]
    assert curve.loc[180, "censored (n)"] == 1
    assert "6 of 8 patients; median 3.9 months (95% CI 2.0 to not reached)" in drawing.legend


def test_numbers_at_risk_stand_under_the_curve():
    texts = [text for text, _ in boxes(kinetics(EIGHT).figure)]
    place = texts.index("At risk")

    # Months 0, 1, 2 ... 9 of 30.4375 days: on day 61 seven are left, on day 91 six.
    assert texts[place + 1 : place + 5] == ["8", "8", "7", "6"]


@pytest.mark.parametrize(
    ("rule", "end", "sure_until"),
    [
        pytest.param("two_samples_10_per_ul", 150, 120, id="the first of two samples with ten cells"),
        pytest.param("first_measurable", 120, 60, id="the first measurable sample"),
        pytest.param("aplasia_below_20_per_ul", 150, 120, id="the first sample with twenty cells"),
    ],
)
def test_the_bar_of_aplasia_follows_the_rule(rule, end, sure_until):
    found = one_patient(("CD19",), CD19=COUNTS)
    bar = aplasia_of(found["time_to_event"], rule=rule, last_month=12).iloc[0]
    drawn = kinetics(found, return_rule=rule).plotted["aplasia"].iloc[0]

    assert bar[["start", "sure_until", "end"]].tolist() == pytest.approx([7 / MONTH, sure_until / MONTH, end / MONTH])
    assert drawn["return or last sample (months)"] == pytest.approx(end / MONTH)
    assert drawn["returned"] == "yes"


def test_a_patient_without_return_has_an_open_end_and_the_curve_stays_up():
    drawing = kinetics(one_patient(("CD19",), CD19={0: 90, 7: "<1", 60: "<1"}))

    assert drawing.plotted["aplasia"]["returned"].tolist() == ["no"]
    assert drawing.plotted["return"]["without event (proportion)"].tolist() == [1.0]
    assert "median not reached" in drawing.legend


def test_what_a_data_set_lacks_is_said_and_not_drawn():
    legend = kinetics(one_patient(("CART_DNA",))).legend

    assert "Not in this data set: CAR T cells, flow cytometry; CD19+ B cells; return of B cells" in legend
    assert legend.startswith("a, CAR transgene, PCR")


def test_the_median_of_the_last_detection_counts_later_ones_as_at_least():
    """Last days 10, 20 and, still quantifiable, 15 and 30: half are gone on day 20, two thirds of those left then."""
    labs = []
    for name, values in {
        "P1": {7: 4, 10: 2, 40: "<0.5"}, "P2": {7: 4, 20: 2, 40: "<0.5"}, "P3": {7: 4, 15: 2}, "P4": {7: 4, 30: 2},
    }.items():  # fmt: skip
        labs += lab_rows(name, "CART_BLOOD", values)
    found = derive_blood(patients=[patient(f"P{number}") for number in range(1, 5)], labs=labs)["kinetics"]
    last = found[(found["parameter"] == "TLAST")]

    # Kaplan-Meier: 3/4 on day 10, 3/4 x 1/2 on day 20, below one half.
    assert median_of(last) == 20
    assert dots_of(found, "CART_BLOOD")[-1].n_still_there == 2
    assert median_of(last[last["patient_id"].isin(["P1", "P2"])]) == 15


def test_each_parameter_has_a_dot_per_patient_at_the_derived_value():
    found = blood_cohort(8)
    plotted = kinetics(found).plotted["parameters"]
    derived = found["kinetics"]
    peaks = derived[(derived["analyte"] == "CART_DNA") & (derived["parameter"] == "CMAX")]
    own = plotted[(plotted["analyte"] == "CART_DNA") & (plotted["parameter"] == "Cmax")]

    assert own["value"].tolist() == peaks["value"].tolist()
    assert own["unit"].unique().tolist() == ["copies/µg"]


def test_the_table_marks_what_is_not_firm_and_prints_no_unreliable_half_life():
    found = one_patient(("CART_BLOOD",), CART_BLOOD={0: "<0.5", 7: 100, 14: 20, 21: 25, 28: 18})
    table = table_kinetics_parameters(found["patients"], found["kinetics"])
    cells = {row.label: row.cells for row in table.rows}

    assert cells["Cmax, cells/µL"] == ("100",)
    assert cells["Apparent half-life, days"][0].startswith("NE [")
    assert cells["Last quantifiable sample, day"][0].startswith("28 [")
    assert any("still quantifiable" in note.casefold() for note in table.footnotes)
    assert "Not in this data set: CAR transgene by PCR." in table.footnotes


def test_every_letter_of_the_table_is_explained_once():
    table = table_kinetics_parameters(*(blood_cohort(8)[name] for name in ("patients", "kinetics")))
    used = {letter for row in table.rows for cell in row.cells if "[" in cell for letter in cell[:-1].split("[")[1:]}
    explained = [note[1:].split("]")[0] for note in table.footnotes if note.startswith("[")]

    assert {part for letters in used for part in letters.split(", ")} == set(explained)
    assert len(explained) == len(set(explained))


@pytest.mark.parametrize("n", [1, 8, 40])
def test_the_table_has_a_column_per_patient_or_per_disease(n):
    found = blood_cohort(n)
    table = table_kinetics_parameters(found["patients"], found["kinetics"])

    assert len(table.columns) == {1: 2, 8: 10, 40: 5}[n]
    assert all("[" not in row.cells[-1] for row in table.rows if row.cells and n > 1)


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        pytest.param({"patients", "labs.CART_DNA"}, [], id="one of several is enough"),
        pytest.param({"patients"}, ["labs.CART_BLOOD | labs.CART_DNA"], id="none of them"),
    ],
)
def test_an_exhibit_may_need_one_of_several_tests(held, missing, monkeypatch):
    study = open_study("data/synthetic", ".")
    exhibit = study.plan.exhibit("kinetics_parameters")
    monkeypatch.setattr(Study, "read", lambda self, name: pd.DataFrame({"content": sorted(held)}))

    assert study.list_missing(exhibit) == missing
    if missing:
        words = describe_absence(exhibit, missing)
        assert "by flow cytometry (labs.CART_BLOOD) or CAR transgene in blood by PCR (labs.CART_DNA)" in words


def test_lines_run_on_to_the_edge_between_days_and_months():
    days, months = kinetics(one_patient(("CART_BLOOD",))).figure.axes[:2]

    samples = [
        {kind: sum(len(line.get_xdata()) for line in axes.lines if (line.get_linestyle() == "None") == is_marker)
         for kind, is_marker in (("markers", True), ("joined", False))}
        for axes in (days, months)
    ]  # fmt: skip

    # Of nine samples five are of the first weeks; the line of infusion and that of the limit have two points each.
    assert samples == [{"markers": 5, "joined": 9 + 4}, {"markers": 4, "joined": 9 + 2}]
