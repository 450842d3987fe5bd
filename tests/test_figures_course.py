"""Figures of treatment, organs, definitions and single patients fit the page and draw the derived numbers."""

from functools import cache

import pandas as pd
import pytest
from cohorts import SYNTHETIC, course, derived, event, patient, raw_tables
from layout import boxes, check_page, find_outside, find_overlaps
from series import copy_series, derive_series

from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design
from caseseries.exhibits.outcomes.organ_pairs import pair_organs
from caseseries.exhibits.outcomes.organs import plot_organs
from caseseries.exhibits.outcomes.sensitivity import mark_differences, plot_sensitivity, table_sensitivity
from caseseries.exhibits.outcomes.sensitivity_results import HEADLINES, describe_run, estimate_headlines
from caseseries.exhibits.patient.course import MOST_EVENTS, list_drugs, trace_patient
from caseseries.exhibits.patient.timeline import plot_timeline
from caseseries.exhibits.treatment.cohort import median_dose
from caseseries.exhibits.treatment.immunosuppression import plot_immunosuppression
from caseseries.exhibits.treatment.months import (
    count_drugs,
    cut_treatment,
    share_by_month,
    spread_months,
    trace_doses,
)
from caseseries.records.dataset import Dataset

MONTH = 365.25 / 12
CLASSES = (
    "glucocorticoid", "csdmard", "calcineurin_inhibitor", "jak_inhibitor", "cyclophosphamide", "biologic",
    "anticytokine", "antimalarial", "ivig",
)  # fmt: skip


def derive(**rows):
    return derived(Dataset("hand-made", SYNTHETIC, raw_tables(**rows), tuple(rows)))


def treat(*, months_before=12, **rows):
    """Give raw patients and their treatment, cut to the months before."""
    tables = raw_tables(**rows)
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design()
    )
    return tables["patients"], cut_treatment(treatment, months_before=months_before)


@cache
def crowd():
    """Make twelve patients with long names, a disease each, and every class of drug."""
    names = [f"A rather long name {number}" for number in range(12)]
    return derive(
        patients=[patient(name, disease=f"Disease {number}") for number, name in enumerate(names)],
        medications=[
            course(name, f"drug {place}", drug_class, 20 * place - 300, 100 + 10 * place, dose=5)
            for name in names
            for place, drug_class in enumerate(CLASSES)
        ],
        adverse_events=[
            event(
                name,
                "infection",
                day,
                day + 9,
                grade=1 + day // 4 % 4,
                term=f"Infection with a very long name, day {day}",
            )
            for name in names
            for day in range(1, 100, 4)
        ],
    )


@cache
def sparse():
    """Make patients of whom little is known: an open end, one administration, no drug at all."""
    return derive(
        patients=[patient("P1"), patient("P2", disease="JDM", last_contact_day=40), patient("P3")],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -30, None),
            course("P2", "rituximab", "biologic", 5, 5),
        ],
    )


def runs_of(tables, n=22):
    """Make as many runs, of which every third changes something."""
    parts = []
    for number in range(n):
        methods = {"interval": "wilson"} if number % 3 == 1 else {}
        group = "As built" if number == 0 else f"Group {number // 4}"
        parts.append(describe_run(tables, group=group, label=f"Choice {number}", **methods))
    return pd.concat(parts, ignore_index=True)


DRAWN = {
    **{f"drugs of {n}": lambda n=n: drugs(copy_series(n)) for n in (1, 8, 40, 300)},
    "drugs of a crowd": lambda: drugs(crowd()),
    "drugs of whom little is known": lambda: drugs(sparse()),
    **{f"organs of {n}": lambda n=n: organs(copy_series(n)) for n in (1, 8, 40, 300)},
    **{f"definitions for {n}": lambda n=n: plot_sensitivity(runs_of(copy_series(n))) for n in (1, 8, 300)},
    "many definitions": lambda: plot_sensitivity(runs_of(copy_series(8), n=32)),
    **{
        f"timeline of {name}": lambda name=name: plot_timeline(derive_series(), patient_id=name)
        for name in ("SYN-1", "SYN-2", "SYN-8")
    },
    "timeline of one of a crowd": lambda: plot_timeline(crowd(), patient_id="A rather long name 7"),
    "timeline of one with little": lambda: plot_timeline(sparse(), patient_id="P2"),
}


def drugs(found):
    return plot_immunosuppression(found["patients"], found["treatment"])


def organs(found):
    return plot_organs(found["patients"], found["scores"], found["results"])


@pytest.fixture(scope="module", params=DRAWN)
def drawing(request):
    return DRAWN[request.param]()


def test_no_text_overlaps_another_or_leaves_the_page(drawing):
    assert boxes(drawing.figure)
    assert find_outside(drawing.figure) == []
    assert find_overlaps(drawing.figure) == []


def test_the_page_is_that_of_the_journal_and_its_words_hold_no_gap(drawing):
    check_page(drawing.figure, 183)
    for text in (drawing.alt_text, drawing.legend):
        assert not {"nan", "<NA>", "None"} & set(text.replace(";", " ").replace(".", " ").replace(",", " ").split())


def test_a_month_counts_the_days_on_which_a_class_was_given():
    _, treatment = treat(
        months_before=1,
        patients=[patient("P1", last_contact_day=70)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -40, 10, dose=5),
            course("P1", "mycophenolate mofetil", "csdmard", -40, -1),
        ],
    )
    months = spread_months(treatment).set_index(["drug_class", "month"])

    steroid = months.loc["glucocorticoid"]
    assert steroid["days_given"].to_dict() == {-1: 30, 0: 11, 1: 0, 2: 0}
    assert steroid["days"].to_dict() == {-1: 30, 0: 31, 1: 30, 2: 10}
    assert steroid["status"].tolist() == ["given", "given", "not given", "not given"]
    assert months.loc["csdmard"]["status"].tolist() == ["given", "not given", "not given", "not given"]


def test_of_a_course_without_an_end_the_first_day_is_given_and_the_others_are_possible():
    _, treatment = treat(
        patients=[patient("P1", last_contact_day=70)],
        medications=[course("P1", "prednisone", "glucocorticoid", -10, None, dose=5)],
    )
    months = spread_months(treatment)

    assert months["status"].tolist() == ["given", *["possibly given"] * (len(months) - 1)]
    assert months["days_given"].sum() == 1


def test_drugs_are_counted_once_before_and_on_the_day_of_the_last_contact():
    patients, treatment = treat(
        patients=[patient("P1", last_contact_day=200)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -300, -200),
            course("P1", "prednisone", "glucocorticoid", -100, 200),
            course("P1", "methotrexate", "csdmard", -300, 10),
            course("P1", "rituximab", "biologic", -900, -800),
        ],
    )
    counts = count_drugs(treatment, patients=patients)

    assert counts.to_dict("records") == [{"patient_id": "P1", "before": 2, "last": 1}]


def test_a_dose_without_a_weight_near_by_uses_that_of_the_infusion_and_says_so():
    patients, treatment = treat(
        patients=[patient("P1", weight_kg=40.0, last_contact_day=70)],
        medications=[course("P1", "prednisone", "glucocorticoid", -300, 20, dose=20)],
        assessments=[
            {"patient_id": "P1", "day": 0, "instrument": "BODY", "item": "WEIGHT_KG", "score": 50.0},
        ],
    )
    doses = trace_doses(treatment, patients=patients)
    kept = treatment["prednisone_mg_per_kg_per_day"]

    assert doses.loc[kept.isna().to_numpy(), "dose"].eq(0.5).all()
    assert doses["is_by_infusion_weight"].tolist() == (kept.isna() & (doses["dose"] > 0)).tolist()
    assert doses["end_day"].iloc[-1] == 71


def test_shares_have_the_patients_followed_in_the_month_below_the_line():
    _, treatment = treat(
        months_before=3,
        patients=[patient("P1", last_contact_day=20), patient("P2", last_contact_day=200)],
        medications=[course(name, "prednisone", "glucocorticoid", -100, 10, dose=5) for name in ("P1", "P2")],
    )
    shares = share_by_month(treatment).set_index("month")

    assert shares.loc[0, ["n_patients", "n_on", "share"]].tolist() == [2, 2, 1.0]
    assert shares.loc[1, ["n_patients", "n_on", "share"]].tolist() == [1, 0, 0.0]


def test_the_median_dose_is_that_of_the_first_day_of_a_month_and_needs_five_patients():
    doses = pd.DataFrame(
        {
            "patient_id": [f"P{number}" for number in range(6)],
            "start_day": [-40.0] * 6,
            "end_day": [20.0, 40, 40, 40, 40, 40],
            "dose": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )

    assert median_dose(doses).values.tolist() == [[-1, 6, 0.25], [0, 6, 0.25], [1, 5, 0.3]]  # noqa: PD011


def scores(values, measure="CMAS"):
    rows = [
        {"patient_id": name, "measure": measure, "day": day, "value": value, "baseline_value": before, "unit": "points"}
        for name, (before, course_) in values.items()
        for day, value in course_.items()
    ]
    columns = {"patient_id": "str", "measure": "str", "day": "Int64", "value": "float64", "baseline_value": "float64"}
    return pd.DataFrame(rows, columns=[*columns, "unit"]).astype(columns)


def no_results():
    return derive_series()["results"].head(0)


def people(n):
    rows = derive_series()["patients"].head(n)
    return rows.assign(patient_id=[f"P{number + 1}" for number in range(n)])


def test_organs_pair_the_baseline_with_the_last_value_after_infusion():
    given = scores({"P1": (30, {-5: 30, 28: 40, 90: 45}), "P2": (28, {-5: 28}), "P3": (None, {30: 41})})
    (panel,) = pair_organs(people(3), given, no_results())

    assert panel.pairs[["patient_id", "before", "after"]].values.tolist() == [["P1", 30, 45]]  # noqa: PD011
    assert panel.change.ci_low is None
    assert panel.change.p_value is None


def test_the_change_of_organs_is_what_came_minus_what_was():
    """Baseline 16 12 20 10 14 8 18 11, later 0 2 0 0 4 0 2 0: by hand -13 (-16 to -9), P = 0.0078125."""
    before, after = (16, 12, 20, 10, 14, 8, 18, 11), (0, 2, 0, 0, 4, 0, 2, 0)
    given = scores({f"P{number + 1}": (before[number], {90: after[number]}) for number in range(8)})
    (panel,) = pair_organs(people(8), given, no_results())
    change = panel.change

    assert (change.estimate, change.ci_low, change.ci_high, change.p_value) == (-13.0, -16.0, -9.0, 0.0078125)
    assert plot_organs(people(8), given, no_results()).plotted["CMAS"]["P"].unique().tolist() == [0.0078125]


def test_the_baseline_of_creatine_kinase_lies_before_the_first_day_of_treatment():
    values = {-20: 900.0, -6: 800.0, -5: 700.0, 0: 600.0, 28: 300.0, 60: 90.0}
    results = pd.DataFrame({"day": list(values), "value": list(values.values())}).assign(
        patient_id="P1", test="CK", operator="=", unit="U/L"
    )
    (panel,) = pair_organs(people(1).assign(treatment_start_day=-5), scores({}), results)

    assert panel.pairs[["before", "after", "before_day"]].values.tolist() == [[800.0, 90.0, -6]]  # noqa: PD011


def test_without_a_pair_there_is_no_figure_of_organs():
    assert plot_organs(people(1), scores({}), no_results()) is None


def test_headline_results_are_those_of_the_derived_tables():
    """Three of four with cytokine release: 0.194 to 0.994 by Clopper-Pearson; two infections in 4 x 31 days."""
    tables = {name: frame.head(0) for name, frame in derive_series().items()}
    tables["patients"] = people(4).assign(
        last_contact_day=pd.array([100, 200, 300, 400], dtype="Int64"), is_dead=False, flare_count=pd.NA
    )
    tables["grades"] = pd.DataFrame({"toxicity": "CRS", "grade": pd.array([1, 2, 1, 0], dtype="Int64")})
    tables["infection_rates"] = (
        derive_series()["infection_rates"]
        .query("pathogen_class == 'all'")
        .assign(n_infections=[2, 5, 5, 5, 17], exposure_days=[124, 200, 200, 200, 724], n_patients=4)
    )
    results = estimate_headlines(tables).set_index("headline")

    crs = results.loc["CRS"]
    assert crs[["n_events", "n_patients"]].tolist() == [3, 4]
    assert [round(crs[name], 3) for name in ("ci_low", "ci_high")] == [0.194, 0.994]
    assert results.loc["FOLLOW_UP", "estimate"] == pytest.approx(250 / MONTH)
    assert results.loc["INFECTIONS", "n_events"] == 2
    assert results.loc["INFECTIONS", "estimate"] == pytest.approx(100 * 2 / 124)
    assert results.loc["FLARE", "n_patients"] == results.loc["B_CELL_RETURN", "n_patients"] == 0
    assert results.loc["B_CELL_RETURN", "reason"] == "no patients"


@pytest.mark.parametrize(
    ("methods", "moved"),
    [
        ({"interval": "wilson"}, {"REMISSION", "SUSTAINED_REMISSION", "FLARE", "CRS", "ICAHT_EARLY"}),
        ({"survival_limits": "plain"}, {"B_CELL_RETURN"}),
        ({"follow_up": "last_contact"}, set()),
    ],
    ids=["intervals of proportions", "limits of survival", "follow-up without deaths"],
)
def test_a_method_moves_the_results_that_it_concerns_and_no_other(methods, moved):
    tables = derive_series()
    runs = pd.concat(
        [
            describe_run(tables, group="As built", label="-"),
            describe_run(tables, group="Method", label="other", **methods),
        ],
        ignore_index=True,
    )
    marked = mark_differences(runs)

    assert set(marked.loc[marked["is_other"], "headline"]) == moved
    assert not marked["is_other"].head(len(HEADLINES)).any()


def test_the_table_of_definitions_marks_what_differs():
    # Read from files, whole numbers of which one is missing are floats.
    runs = runs_of(derive_series(), n=3).astype({"n_events": "float64"})
    table = table_sensitivity(runs).frame().set_index("Definition")
    column = "Any cytokine release (% of patients)"

    assert table.loc["Choice 0", column].startswith("6/8; 75 (35 to 97)")
    assert not table.loc["Choice 2", column].endswith("*")
    assert table.loc["Choice 1", column].endswith("*")


def test_a_data_set_without_a_result_has_no_figure_of_definitions():
    runs = describe_run(derive_series(), group="As built", label="-")

    assert plot_sensitivity(runs.assign(n_patients=0)) is None


def test_courses_of_a_drug_join_where_no_day_lies_between_them():
    _, treatment = treat(
        patients=[patient("P1", last_contact_day=70)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -60, -31, dose=10),
            course("P1", "prednisone", "glucocorticoid", -30, -1, dose=5),
            course("P1", "prednisone", "glucocorticoid", 10, 20, dose=5),
            course("P1", "anakinra", "anticytokine", -5, 10),
        ],
    )
    listed = list_drugs(treatment)

    assert listed["drug"].tolist() == ["prednisone", "prednisone", "anakinra"]
    assert (listed["start"] * MONTH).round().tolist() == [-60, 10, -5]
    assert (listed["end"] * MONTH).round().tolist() == [0, 21, 11]


def test_a_timeline_shows_the_worst_events_where_there_are_too_many_and_says_so():
    course_ = trace_patient(crowd(), patient_id="A rather long name 0", months_before=12)
    drawing = plot_timeline(crowd(), patient_id="A rather long name 0")

    assert len(course_.events) == MOST_EVENTS < course_.n_events == 25
    assert set(course_.events["grade"]) <= {3, 4}
    assert "The 12 worst of 25 events are drawn." in drawing.legend


def test_a_patient_of_whom_nothing_is_known_over_time_has_no_timeline():
    assert plot_timeline(sparse(), patient_id="P3") is None


def test_a_timeline_draws_the_values_of_its_patient_alone():
    tables = derive_series()
    drawing = plot_timeline(tables, patient_id="SYN-8")
    own = tables["scores"].query("patient_id == 'SYN-8' and measure == 'MRSS'")

    panel = drawing.plotted["Modified Rodnan skin score (points, 0–51)"]
    assert panel["value"].tolist() == own["value"].tolist()
    assert "SYN-8" in drawing.alt_text
