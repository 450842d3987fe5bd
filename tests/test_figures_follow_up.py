"""Laboratory shift, calendar and published series: pages for any number of patients, and the numbers that they draw."""

import pandas as pd
import pytest
from cohorts import patient, raw_tables
from described import describe_patients, empty_table
from layout import check_page, find_outside, find_overlaps
from matplotlib.lines import Line2D
from matplotlib.text import Text

from caseseries.derive import DERIVED
from caseseries.derive.outcomes.calendar import derive_calendar
from caseseries.derive.outcomes.calendar_contents import derive_calendar_contents
from caseseries.derive.safety.ctcae import TOXICITIES
from caseseries.design import Design
from caseseries.estimate import estimate_proportion
from caseseries.exhibits.outcomes.published import plot_published
from caseseries.exhibits.outcomes.published_series import summarize_series
from caseseries.exhibits.safety.calendar_grid import MOST_ROWS, plot_calendar
from caseseries.exhibits.safety.lab_shift import NAMES, NOTHING, plot_lab_shift
from caseseries.records.published import PUBLISHED_SERIES, read_published

DISEASES = ("SLE", "JDM", "SSc")


def people(n, **facts):
    return [
        patient(f"SYN-{number}", disease=DISEASES[number % 3], last_contact_day=120 + 37 * number % 2000, **facts)
        for number in range(1, n + 1)
    ]


def shifts(rows):
    frame = pd.DataFrame.from_records(rows, columns=["patient_id", "toxicity", "baseline_grade", "worst_grade"])
    return frame.reindex(columns=list(DERIVED["patient_lab_shifts"])).astype(DERIVED["patient_lab_shifts"])


def every_shift(n, *, toxicities=("ANC", "ALT", "K_HIGH"), unknown=False):
    return shifts(
        [
            (f"SYN-{number}", name, pd.NA if unknown and number % 7 == 1 else number % 3, (number + place) % 5)
            for place, name in enumerate(toxicities)
            for number in range(1, n + 1)
        ]
    )


def lab_shift(n, **facts):
    return plot_lab_shift(every_shift(n, **facts), describe_patients(people(n)))


def calendar_of(rows, *, visits=(), **options):
    raw, design = raw_tables(patients=rows, visits=list(visits)), Design(options)
    calendar = derive_calendar(raw["patients"], visits=raw["visits"], design=design)
    return calendar.join(derive_calendar_contents(calendar, tables=raw))


def held(n):
    return [
        {"patient_id": f"SYN-{number}", "visit": visit, "planned_day": day, "actual_day": day + number % 9 - 4}
        | {"status": "done"}
        for number in range(1, n + 1)
        for visit, day in (("M3", 91), ("M6", 183), ("M12", 365), ("M18", 548))
        if day + 10 < 120 + 37 * number % 2000 and number % 5
    ]


def calendar(n, **options):
    rows = people(n)
    rows[-1]["death_day"] = rows[-1]["last_contact_day"]
    return plot_calendar(calendar_of(rows, visits=held(n), **options), describe_patients(rows))


def outcomes(rows):
    frame = pd.DataFrame.from_records(rows, columns=["patient_id", "outcome", "visit", "status", "is_met"])
    return frame.reindex(columns=list(DERIVED["visit_outcomes"])).astype(DERIVED["visit_outcomes"])


def every_outcome(n):
    return outcomes(
        [
            (f"SYN-{number}", name, visit, "assessed", number % 4 > 0)
            for name in ("DORIS", "CID_REVISED", "REMISSION", "TIS_MAJOR", "RCRISS_20", "DRUG_FREE")
            for visit in ("M3", "M6", "M12", "last")
            for number in range(1, n + 1)
        ]
    )


def published(n, **options):
    return plot_published(read_published(), every_outcome(n), is_synthetic=True, **options)


DRAWN = {
    **{f"lab shift: {n} patients": lambda n=n: lab_shift(n) for n in (1, 8, 12, 13, 300)},
    "lab shift: grades that are not known": lambda: lab_shift(12, unknown=True),
    "lab shift: not known, many patients": lambda: lab_shift(300, unknown=True),
    "lab shift: one toxicity": lambda: lab_shift(8, toxicities=("ANC",)),
    "lab shift: every toxicity": lambda: lab_shift(300, toxicities=tuple(TOXICITIES), unknown=True),
    "lab shift: nothing": lambda: lab_shift(8, toxicities=()),
    **{f"calendar: {n} patients": lambda n=n: calendar(n) for n in (1, 8, 40, MOST_ROWS, 300)},
    "calendar: five years": lambda: calendar(8, calendar_schedule="five_years"),
    "calendar: no visit was recorded": lambda: plot_calendar(calendar_of(people(3)), describe_patients(people(3))),
    **{f"published: {n} patients": lambda n=n: published(n) for n in (1, 300)},
    "published: every visit": lambda: published(8, visits=["M3", "M6", "M12"]),
    "published: nobody of this series was assessed": lambda: plot_published(
        read_published(), empty_table("visit_outcomes"), is_synthetic=False
    ),
}


@pytest.fixture(scope="module", params=DRAWN)
def drawing(request):
    return DRAWN[request.param]()


def test_the_page_is_that_of_the_journal_and_no_text_lies_on_another(drawing):
    check_page(drawing.figure, 183)

    assert not find_overlaps(drawing.figure)
    assert not find_outside(drawing.figure)


def test_legend_and_alternative_text_hold_no_gap(drawing):
    for text in (drawing.alt_text, drawing.legend):
        assert text.endswith(".")
        assert not {"nan", "NE", "<NA>", "None"} & set(text.replace(";", " ").replace(".", " ").split())


def markers(figure):
    lines = [line for axes in figure.axes for line in axes.get_lines()]
    return [line for line in lines if isinstance(line, Line2D) and line.get_marker() not in ("None", "", None)]


def test_every_toxicity_has_a_name():
    assert set(NAMES) == set(TOXICITIES)


def test_a_marker_stands_in_the_cell_of_its_grades():
    rows = [("SYN-1", "ANC", 0, 4), ("SYN-2", "ANC", 0, 4), ("SYN-3", "ANC", 2, 1)]
    figure = plot_lab_shift(shifts(rows), describe_patients(people(3))).figure
    (axes,) = [axes for axes in figure.axes if axes.get_title(loc="left")]
    places = [(int(line.get_xdata()[0]), int(line.get_ydata()[0])) for line in axes.get_lines()]

    assert sorted(places) == [(1, 2), (4, 0), (4, 0)]


def test_cells_of_many_patients_hold_their_number():
    drawn = plot_lab_shift(every_shift(300, toxicities=("ANC",)), describe_patients(people(300)))
    (axes,) = drawn.figure.axes
    numbers = [int(text.get_text()) for text in axes.texts]

    assert sum(numbers) == 300
    assert drawn.plotted["lab_shift"]["patients (n)"].sum() == 300
    assert not markers(drawn.figure)


def test_a_grade_that_is_not_known_has_a_row_of_its_own():
    drawn = plot_lab_shift(shifts([("SYN-1", "ANC", pd.NA, 3)]), describe_patients(people(1)))
    (axes,) = [axes for axes in drawn.figure.axes if axes.get_title(loc="left")]

    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2", "3", "4", "?"]
    assert "?, not known" in drawn.legend


def test_without_any_grade_the_page_says_so_and_has_no_panel():
    drawn = lab_shift(8, toxicities=())

    assert not drawn.figure.axes
    assert drawn.legend == NOTHING


def test_patients_who_got_worse_are_counted_by_toxicity():
    rows = [("SYN-1", "ANC", 0, 4), ("SYN-2", "ANC", 2, 2), ("SYN-3", "ANC", 2, 1), ("SYN-1", "ALT", 0, 0)]
    drawn = plot_lab_shift(shifts(rows), describe_patients(people(3)))

    assert drawn.alt_text.endswith("above that at baseline: Neutrophils low 1.")


def held_visit(visit, planned, actual, status="done"):
    return {"patient_id": "SYN-1", "visit": visit, "planned_day": planned, "actual_day": actual, "status": status}


def test_the_calendar_tells_done_missed_due_and_not_due_with_days_from_the_target():
    rows = [patient("SYN-1", last_contact_day=360)]
    drawn = plot_calendar(calendar_of(rows, visits=[held_visit("M3", 91, 99)]), describe_patients(rows))
    cells = drawn.plotted["a"].set_index("visit")
    texts = {text.get_text() for text in drawn.figure.findobj(Text)}

    assert cells["status"].tolist()[:4] == ["Done", "Missed", "Due, window open", "Not due yet"]
    assert cells.loc["M3", "from target (days)"] == 8
    assert {"+8", "1/2", "15 y"} <= texts
    assert "1 of 2 expected visits done" in drawn.legend


def test_visits_after_death_are_neither_missed_nor_due():
    rows = [patient("SYN-1", last_contact_day=120, death_day=120)]
    drawn = plot_calendar(calendar_of(rows, visits=[held_visit("M3", 91, 91)]), describe_patients(rows))

    assert set(drawn.plotted["a"]["status"]) == {"Done", "After death"}
    assert "No colour, after death" in drawn.legend


def test_examinations_are_counted_among_expected_visits():
    rows = people(8)
    table = calendar_of(rows, visits=held(8))
    table["has_growth"] = (table["status"] == "done").astype("boolean")
    counts = plot_calendar(table, describe_patients(rows)).plotted["b"].set_index("visit")
    expected = table[table["is_expected"] & (table["visit"] == "M3")]

    assert counts.loc["M3", "expected (patients)"] == len(expected)
    assert counts.loc["M3", "Visit done"] == (expected["status"] == "done").sum()
    assert counts.loc["M3", "Height and weight"] == counts.loc["M3", "Visit done"]


def test_bars_of_many_patients_add_up_to_all():
    drawn = calendar(300)
    totals = drawn.plotted["a"].groupby("visit")["patients (n)"].sum()

    assert (totals == 300).all()


def test_each_published_count_has_the_exact_interval():
    rows = summarize_series(read_published(), every_outcome(8), visits=["M3"], is_synthetic=True)

    assert len(rows) == 11 + 3 * 2 + 3
    for row in rows.itertuples():
        found = estimate_proportion(int(row.n_events), int(row.n_patients))
        assert (row.ci_low, row.estimate, row.ci_high) == (found.ci_low, found.estimate, found.ci_high)


def test_who_was_not_assessed_is_no_part_of_this_series():
    rows = [("P1", "DORIS", "last", "assessed", True), ("P2", "DORIS", "last", "not assessable", pd.NA)]
    own = summarize_series(read_published(), outcomes(rows), visits=[], is_synthetic=False)
    own = own[own["is_own"]]

    assert own[["series", "n_events", "n_patients"]].to_numpy().tolist() == [["This series", 1, 1]]


def test_a_synthetic_series_says_so_beside_every_interval_and_in_the_legend():
    drawn = published(8)
    names = drawn.plotted["published"]["series"]

    assert set(names[names.str.startswith("This")]) == {"This series (synthetic)"}
    assert "This series is synthetic: a simulator drew it to meet totals of Becilli 2026" in drawn.legend
    assert "definitions" in drawn.legend.casefold()
    assert "no comparison was tested" in drawn.legend


def test_a_series_of_patients_is_not_called_synthetic():
    drawn = plot_published(read_published(), every_outcome(8), is_synthetic=False)

    assert "synthetic" not in drawn.legend + drawn.alt_text


def test_a_series_without_a_count_is_named_and_not_drawn():
    drawn = published(8)

    assert "CASTLE 2026 (10 SLE, 5 IIM, 9 SSc;" in drawn.legend
    assert not drawn.plotted["published"]["series"].str.contains("CASTLE 2026").any()


def test_where_a_count_was_read_only_in_the_press_the_legend_says_so():
    assert "Counts read in a statement to the press: Becilli 2026 (all diseases)." in published(8).legend


def test_counts_are_drawn_as_they_are():
    one = pd.DataFrame([["X 2020", 2020, "SLE", "adults", "remission", "R", "1 y", 3, 4, "", "abstract", "J"]])
    one = one.set_axis(list(PUBLISHED_SERIES), axis=1).astype(PUBLISHED_SERIES)
    drawn = plot_published(one, empty_table("visit_outcomes"), is_synthetic=False)
    (point,) = [line for line in drawn.figure.axes[0].get_lines() if line.get_marker() == "o"]

    assert point.get_xdata()[0] == pytest.approx(75)
    assert "3/4" in {text.get_text() for text in drawn.figure.findobj(Text)}
