"""The figures of the diseases: panels of what there is, cells that are the scores, pages that a journal can print."""

from functools import cache

import pandas as pd
import pytest
from cohorts import SYNTHETIC
from disease_frames import disease_cohort, interval, patients, result, score, typed
from layout import check_page, find_outside, find_overlaps

from caseseries.design import Design
from caseseries.exhibits.diseases.lupus import PLAN, plot_lupus
from caseseries.exhibits.diseases.myositis import plan_of, plot_myositis
from caseseries.exhibits.diseases.sclerosis import plot_sclerosis
from caseseries.exhibits.diseases.tables import table_courses
from caseseries.exhibits.drawing.drug_free import describe_free_time, free_time_of, share_free
from caseseries.exhibits.drawing.state_strips import State, cells_of
from caseseries.exhibits.forms.made_csv import read_made_csv, write_made_csv

MAKERS = {
    "SLE": plot_lupus,
    "JDM": lambda *tables: plot_myositis(*tables, design=Design()),
    "SSc": lambda *tables: plot_sclerosis(*tables, design=Design()),
}
EMPTY = {name: typed([], name) for name in ("patients", "scores", "results", "treatment")}
ONE = patients(("P1", "SLE", 400))


def plot(tables, disease="SLE"):
    tables = EMPTY | tables
    return MAKERS[disease](*(tables[name] for name in ("patients", "scores", "results", "treatment")))


def one(**tables):
    """Plot a single patient with lupus from rows of scores, results and treatment."""
    return plot({"patients": ONE} | {name: typed(rows, name) for name, rows in tables.items()})


def cut(tables, *names, measures=(), tests=()):
    """Leave whole tables, measures or tests out."""
    tables = {name: EMPTY[name] if name in names else frame for name, frame in tables.items()}
    scores, results = tables["scores"], tables["results"]
    return tables | {
        "scores": scores[~scores["measure"].isin(measures)],
        "results": results[~results["test"].isin(tests)],
    }


@cache
def whole(n, disease):
    """Plot patients of one disease with every measure."""
    return plot(disease_cohort(n, disease), disease)


WHOLE = {"SLE": 12, "JDM": 3, "SSc": 1}
SCENES = {
    "twelve patients with lupus": lambda: whole(12, "SLE"),
    "three patients with myositis": lambda: whole(3, "JDM"),
    "one patient with sclerosis": lambda: whole(1, "SSc"),
    "forty patients with lupus": lambda: plot(disease_cohort(40, "SLE")),
    "thirteen patients with myositis": lambda: plot(disease_cohort(13, "JDM"), "JDM"),
    "no laboratory and no drugs": lambda: plot(cut(disease_cohort(3, "SLE"), "results", "treatment")),
    "no state": lambda: plot(cut(disease_cohort(3, "SLE"), measures=("DORIS", "CCR", "LLDAS", "CLLDAS"))),
    "one state and no course": lambda: one(scores=[score("P1", 90, "DORIS", 1.0, visit="M3")]),
    "one value": lambda: one(scores=[score("P1", 90, "SLEDAI_2K", 0.0, visit="M3")]),
    "nothing": lambda: plot({"patients": ONE}),
    "another disease": lambda: plot({"patients": patients(("P1", "JDM", 400))}),
}


@pytest.fixture(scope="module", params=SCENES)
def drawing(request):
    return SCENES[request.param]()


def test_no_text_overlaps_another_or_leaves_the_page(drawing):
    assert find_overlaps(drawing.figure) == []
    assert find_outside(drawing.figure) == []


def test_the_page_is_that_of_the_journal_and_no_panel_is_empty(drawing):
    check_page(drawing.figure, 183)
    assert all(len(frame) for name, frame in drawing.plotted.items() if name != "none")
    for text in (drawing.legend, drawing.alt_text):
        assert not {"nan", "NE", "<NA>", "None"} & set(text.replace(",", " ").replace(".", " ").split())


def test_three_hundred_patients_fit_a_page():
    drawing = plot(disease_cohort(300, "SLE"))

    assert find_overlaps(drawing.figure) == find_outside(drawing.figure) == []
    check_page(drawing.figure, 183)
    assert "n = 300 patients with SLE" in drawing.legend


@pytest.mark.parametrize(("disease", "n"), WHOLE.items())
def test_all_measures_of_a_disease_are_drawn_and_told_in_the_order_of_the_letters(disease, n):
    drawing = whole(n, disease)
    letters = [name[0] for name in drawing.plotted]

    assert letters == [chr(ord("a") + place) for place in range(len(letters))]
    assert len(letters) == {"SLE": 12, "JDM": 10, "SSc": 11}[disease]
    assert [text for text in letters if f" {text}, " not in drawing.legend] == []


def test_what_is_missing_has_no_panel_and_is_told():
    drawing = plot(cut(disease_cohort(3, "SLE"), "treatment", measures=("CSLEDAI_2K", "LLDAS"), tests=("C4",)))
    names = [name[2:] for name in drawing.plotted]

    assert not {"C4", "Clinical SLEDAI-2K", "LLDAS", "drug-free time"} & set(names)
    assert "Not in this data set: Clinical SLEDAI-2K, C4, LLDAS and Drug-free time." in drawing.legend


def test_a_second_measure_stands_in_for_the_first():
    drawing = one(scores=[score("P1", 90, "PGA_SLE", 0.4), score("P1", 90, "EGFR_CKDEPI_2021", 101.0)])

    assert [name[2:] for name in drawing.plotted] == ["Physician global", "eGFR, CKD-EPI 2021"]


def test_nothing_to_draw_is_one_sentence_without_axes():
    drawing = plot({"patients": ONE})

    assert drawing.figure.axes == []
    assert drawing.legend == "No value of SLE in this data set can be drawn."


def test_patients_of_other_diseases_are_left_out_unless_they_have_the_index():
    people = patients(("P1", "SLE", 400), ("P2", "JDM", 400), ("P3", "Overlap", 400))
    rows = [score("P1", 90, "SLEDAI_2K", 4.0), score("P3", 90, "SLEDAI_2K", 2.0), score("P2", 90, "UPCR", 90.0)]
    drawing = plot({"patients": people, "scores": typed(rows, "scores")})

    assert drawing.plotted["a SLEDAI-2K"]["patient_id"].tolist() == ["P1", "P3"]
    assert "n = 2 patients with SLE" in drawing.legend


def test_values_long_before_infusion_are_counted_not_drawn():
    drawing = one(scores=[score("P1", day, "SLEDAI_2K", 8.0) for day in (-400, -92, -91, 30)])

    assert drawing.plotted["a SLEDAI-2K"]["time (days)"].tolist() == [-91, 30]
    assert "Not drawn: 2 values from more than 3 months before infusion." in drawing.legend


def test_limits_are_those_of_the_laboratory_and_of_several_the_lowest_and_the_highest():
    drawing = one(
        results=[
            result("P1", 30, "C3", 0.8, unit="g/L", lower_limit=0.9),
            result("P1", 60, "C3", 0.9, unit="g/L", lower_limit=0.8),
            result("P1", 60, "DSDNA", 25.0, upper_limit=20.0),
        ]
    )
    lines = [line.get_ydata()[0] for line in drawing.figure.axes[0].get_lines() if len(set(line.get_ydata())) == 1]

    assert {0.8, 0.9} <= set(lines)
    assert "LLN, lower limit of normal of the laboratory: C3 0.8 to 0.9 g/L." in drawing.legend
    assert "ULN, upper limit of normal of the laboratory: Anti-dsDNA 20 IU/mL." in drawing.legend


def test_a_limit_that_no_laboratory_gives_is_not_drawn():
    assert "LLN" not in one(results=[result("P1", 30, "C3", 0.8, unit="g/L")]).legend


def test_visits_in_remission_are_ringed_and_no_others():
    drawing = one(
        scores=[
            score("P1", 30, "SLEDAI_2K", 6.0), score("P1", 90, "SLEDAI_2K", 2.0), score("P1", 180, "SLEDAI_2K", 0.0),
            score("P1", 30, "DORIS", 0.0), score("P1", 90, "DORIS", 1.0), score("P1", 180, "DORIS", None),
        ]
    )  # fmt: skip
    rings = [line for line in drawing.figure.axes[0].get_lines() if line.get_markerfacecolor() == "none"]

    assert [tuple(ring.get_ydata()) for ring in rings] == [(2.0,)]
    assert "Rings: visit in DORIS remission." in drawing.legend


def test_open_markers_are_partial_scores_and_results_below_the_limit():
    drawing = one(
        scores=[score("P1", 30, "SLEDAI_2K", 6.0, status="partial"), score("P1", 90, "SLEDAI_2K", 2.0)],
        results=[result("P1", 30, "DSDNA", 80.0), result("P1", 90, "DSDNA", 10.0, operator="<")],
    )

    assert drawing.plotted["a SLEDAI-2K"]["items missing"].tolist() == ["yes", "no"]
    assert drawing.plotted["b Anti-dsDNA"]["below limit of quantification"].tolist() == ["no", "yes"]
    for axes, height in zip(drawing.figure.axes[:2], (6.0, 5.0), strict=True):
        is_open = [line for line in axes.get_lines() if line.get_markerfacecolor() == "white"]
        assert [tuple(line.get_ydata()) for line in is_open] == [(height,)]


def test_lines_of_inactive_disease_and_improvement_are_those_of_the_run():
    plan = plan_of(Design({"inactive_ck_limit_u_per_l": 170.0, "tis_thresholds": "adult"}))
    lines = {curve.codes[0]: [line.value for line in curve.lines or ()] for curve in plan.curves}

    assert lines["CK"] == [170]
    assert lines["TIS_JDM"] == [20, 40, 60]
    assert (lines["CMAS"], lines["MMT8"], lines["PGA"]) == ([48], [78], [0.2])


CELLS = [
    score("P1", -5, "DORIS", 0.0, visit="baseline"), score("P1", 90, "DORIS", None, visit="M3"),
    score("P1", 120, "DORIS", 0.0), score("P1", 200, "DORIS", 1.0),
    score("P2", -5, "DORIS", 0.0, visit="baseline"), score("P3", 90, "DORIS", 1.0, visit="M3"),
]  # fmt: skip


def test_a_strip_has_each_visit_and_the_last_one_whether_of_the_plan_or_not():
    cells = cells_of(typed(CELLS, "scores"), State("DORIS", "DORIS"), patient_ids=["P1", "P2"])
    rows = list(zip(cells["patient_id"], cells["visit"], cells["day"], cells["value"].fillna(-1), strict=True))

    assert rows == [("P1", "baseline", -5, 0), ("P1", "M3", 90, -1), ("P1", "Last", 200, 1), ("P2", "baseline", -5, 0)]


def test_counts_of_many_patients_add_up_to_those_seen():
    tables = disease_cohort(13, "SLE")
    tables["scores"] = tables["scores"][tables["scores"]["measure"] == "DORIS"]
    drawing = plot(tables)
    seen = tables["scores"].query("measure == 'DORIS' and visit == 'M6'")
    axes = next(axes for axes in drawing.figure.axes if "DORIS remission" in {text.get_text() for text in axes.texts})
    place = [label.get_text() for label in axes.get_xticklabels()].index("M6")
    bars = [bar for bar in axes.patches if abs(bar.get_x() + bar.get_width() / 2 - axes.get_xticks()[place]) < 0.01]

    assert sum(bar.get_height() for bar in bars) == len(seen) == 13
    assert bars[0].get_height() == (seen["value"] == 1).sum()


def test_drug_free_time_ends_at_last_contact_and_begins_when_the_last_drug_ends():
    people = patients(("P1", "SLE", 365), ("P2", "SLE", 200), ("P3", "SLE", 100))
    rows = [
        interval("P1", -50, 59, "on_glucocorticoid"), interval("P1", 60, 365, "drug_free"),
        interval("P2", -50, 200, "on_glucocorticoid"), interval("P3", -50, 100, "indeterminate"),
    ]  # fmt: skip
    states = free_time_of(typed(rows, "treatment"), people, months_before=3)
    free = states[states["state"] == "drug_free"]
    month = 365.25 / 12

    assert sorted(set(states["patient_id"])) == ["P1", "P2"]
    assert free[["start_months", "end_months"]].to_numpy().tolist() == [[60 / month, 365 / month]]
    assert describe_free_time(states) == "Drug-free time: 2 patients, 1 drug-free at last contact."


def test_the_share_of_drug_free_patients_counts_those_still_followed_with_known_treatment():
    """Five patients until month 6, then four: too few. Two of the five are free from month 3 on."""
    rows = [(f"P{k}", "drug_free" if k < 2 else "on_glucocorticoid", 3.0, 9.0 if k else 6.0) for k in range(5)]
    rows += [(f"P{k}", "on_glucocorticoid", 0.0, 3.0) for k in range(5)] + [("P9", "indeterminate", 0.0, 9.0)]
    states = pd.DataFrame(rows, columns=["patient_id", "state", "start_months", "end_months"])
    course = share_free(states, last=9).set_index("months")

    assert (course.loc[2.75, "share"], course.loc[3.0, "share"], course.index.max()) == (0, 0.4, 5.75)
    assert set(course["n"]) == {5}


def test_the_table_gives_main_visits_and_the_last_value_with_its_day():
    rows = [
        score("P1", -5, "SLEDAI_2K", 8.0, visit="baseline"), score("P1", 90, "SLEDAI_2K", 4.0, visit="M3"),
        score("P1", 183, "SLEDAI_2K", 2.0, status="partial", visit="M6"), score("P1", 190, "SLEDAI_2K", None),
        score("P1", 90, "DORIS", None, visit="M3"), score("P1", 183, "DORIS", 1.0, visit="M6"),
    ]  # fmt: skip
    table = table_courses(ONE, typed(rows, "scores"), plan=PLAN)
    cells = {(row.label, row.kind): row.cells for row in table.rows}
    values = [row.cells for row in table.rows if row.label == "P1"]

    assert ("SLEDAI-2K (points)", "section") in cells
    assert values == [("8", "4", "2*", "–", "2* (day 183)"), ("–", "NA", "met", "–", "met (day 183)")]
    assert {"NA, not assessable.", "* Items are missing."} <= set(table.footnotes)


def test_many_patients_have_a_row_per_measure_with_n():
    people = patients(*((f"P{k}", "SLE", 400) for k in range(13)))
    rows = [score(f"P{k}", -5, "SLEDAI_2K", float(k), visit="baseline") for k in range(13)]
    rows += [score(f"P{k}", 365, "DORIS", float(k > 2), visit="M12") for k in range(12)]
    table = table_courses(people, typed(rows, "scores"), plan=PLAN)

    assert [row.label for row in table.rows] == ["SLEDAI-2K (points)", "DORIS remission"]
    assert table.rows[0].cells[0] == "6 (0 to 12); n = 13"
    assert table.rows[1].cells[3] == "9/12 (75%)"


def test_tables_that_were_written_and_read_again_give_the_same_figure(tmp_path):
    def again(tables):
        paths = {
            name: write_made_csv(frame, tmp_path / f"{name}.csv", about=SYNTHETIC) for name, frame in tables.items()
        }
        return {name: read_made_csv(path) for name, path in paths.items()}

    for tables in (disease_cohort(1, "SLE"), EMPTY | {"patients": ONE}):
        assert plot(again(tables)).legend == plot(tables).legend


def test_a_table_of_nothing_says_so():
    assert table_courses(ONE, EMPTY["scores"], plan=PLAN).footnotes == ("No value of SLE in this data set.",)
