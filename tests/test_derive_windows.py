"""Time around the infusion: nearest records, the baseline before treatment, the windows of the visits."""

import pandas as pd
import pytest
from cohorts import course, patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.cohort.patients import derive_patients
from caseseries.derive.shared.windows import (
    add_baseline_and_visit,
    find_baseline,
    find_lymphodepletion_start,
    find_nearest_record,
    find_records_within,
    name_visits,
)
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design


def scores(*rows):
    """Rows of day, value and, if not complete, status; of one patient and measure unless named."""
    full = [{"patient_id": "P1", "measure": "CMAS", "status": "complete"} | row for row in rows]
    types = {"patient_id": "str", "day": "Int64", "measure": "str", "value": "float64", "status": "str"}
    return pd.DataFrame(full, columns=list(types)).astype(types)


def on(day, value=1.0, **facts):
    return {"day": day, "value": value} | facts


def drugs(*rows):
    """Rows of patient, purpose and first day."""
    frame = pd.DataFrame(rows, columns=["patient_id", "purpose", "start_day"])
    return frame.astype({"patient_id": "str", "purpose": "str", "start_day": "Int64"})


LYMPHODEPLETION = drugs(("P1", "lymphodepletion", -4), ("P1", "lymphodepletion", -5), ("P1", "disease", -200))
NONE = drugs()


def visits_of(*rows, **options):
    names = name_visits(scores(*rows), design=Design(options))
    return [None if pd.isna(name) else name for name in names]


@pytest.mark.parametrize(
    ("visit", "first", "last"),
    [
        ("D14", 11, 17),
        ("D28", 24, 32),
        ("M2", 46, 74),
        ("M3", 77, 105),
        ("M6", 162, 204),
        ("M9", 244, 304),
        ("M12", 335, 395),
        ("M18", 503, 593),
        ("M24", 685, 775),
    ],
)
def test_a_window_holds_both_its_ends_and_no_day_more(visit, first, last):
    """Targets 14, 28, 60, 91, 183, 274, 365, 548, 730 with half widths 3, 4, 14, 14, 21, 30, 30, 45, 45 days."""
    assert [visits_of(on(day))[0] for day in (first - 1, first, last, last + 1)] == [None, visit, visit, None]


@pytest.mark.parametrize(
    ("days", "names"),
    [
        pytest.param([180, 190], ["M6", None], id="3 days off goes before 7"),
        pytest.param([180, 186], [None, "M6"], id="of two as near the later"),
        pytest.param([186, 180], ["M6", None], id="of two as near the later, whatever the order"),
        pytest.param([91, 183], ["M3", "M6"], id="each window has its own"),
        pytest.param([-7, 0, 5], [None, None, None], id="days before the first window"),
    ],
)
def test_one_record_counts_per_window(days, names):
    assert visits_of(*[on(day) for day in days]) == names


def test_a_record_without_value_gives_way_to_one_that_has_it():
    assert visits_of(on(183, None), on(200)) == [None, "M6"]
    assert visits_of(on(183, None), on(200, None)) == ["M6", None]


def test_patients_and_measures_have_their_own_windows():
    assert visits_of(on(183), on(184, patient_id="P2"), on(185, measure="MMT8"), on(186)) == ["M6", "M6", "M6", None]


def test_a_record_between_two_windows_that_touch_goes_to_the_nearer():
    assert visits_of(on(75), on(76), on(74), visit_m2_half_width_days=20, visit_m3_half_width_days=20) == [
        None, "M3", "M2",
    ]  # fmt: skip


def test_targets_are_options():
    assert visits_of(on(183), visit_m6_target_day=200, visit_m6_half_width_days=10) == [None]


@pytest.mark.parametrize(
    ("days", "drugs_given", "options", "baseline"),
    [
        pytest.param([-30, -5, -2, 91], LYMPHODEPLETION, {}, -5, id="up to the first day of lymphodepletion"),
        pytest.param([-30, -4, 91], LYMPHODEPLETION, {}, -30, id="not the second day of it"),
        pytest.param([-30, -1, 0, 91], NONE, {}, -1, id="without it, before the infusion"),
        pytest.param([0, 91], NONE, {}, None, id="the day of the infusion is too late"),
        pytest.param([-4, 91], LYMPHODEPLETION, {}, None, id="nothing early enough"),
        pytest.param(
            [-30, -5, 91], LYMPHODEPLETION, {"activity_baseline_rule": "before_lymphodepletion"}, -30, id="before it",
        ),
        pytest.param(
            [-30, -1, 0], LYMPHODEPLETION, {"activity_baseline_rule": "before_infusion"}, -1, id="up to the infusion",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
def test_the_baseline_of_activity_is_the_last_record_before_treatment(days, drugs_given, options, baseline, turned):
    rows = [on(day, float(day)) for day in days]

    made = find_baseline(scores(*rows[:: -1 if turned else 1]), medications=drugs_given, design=Design(options))

    assert made["baseline_day"].tolist() == ([] if baseline is None else [baseline])
    assert made["baseline_value"].tolist() == ([] if baseline is None else [float(baseline)])


def test_only_a_complete_assessment_is_a_baseline_of_activity():
    rows = [on(-30, 30.0), on(-8, 20.0, status="partial"), on(-7, None, status="indeterminate"), on(91, 9.0)]

    assert find_baseline(scores(*rows), medications=NONE, design=Design())["baseline_day"].tolist() == [-30]


@pytest.mark.parametrize(
    ("rule", "day"),
    [("before_lymphodepletion", -6), ("on_or_before_lymphodepletion", -5), ("before_infusion", -1)],
)
def test_the_baseline_of_a_laboratory_measure_is_the_last_value_before_treatment(rule, day):
    rows = [on(-6, 1.0, status="partial"), on(-5, 2.0), on(-1, 3.0), on(-30, 0.0), on(-2, None), on(0, 4.0)]
    lab = scores(*[row | {"measure": "UPCR"} for row in rows])

    made = find_baseline(lab, medications=LYMPHODEPLETION, design=Design({"lab_baseline_rule": rule}))

    assert made["baseline_day"].tolist() == [day]


def test_a_later_lymphodepletion_is_not_the_first():
    given_twice = drugs(("P1", "lymphodepletion", -5), ("P1", "lymphodepletion", 195), ("P2", "lymphodepletion", 195))

    assert find_lymphodepletion_start(given_twice).to_dict() == {"P1": -5}


def test_change_and_visit_are_added_to_every_record():
    rows = [
        on(-30, 20.0),
        on(-8, 30.0),
        on(-2, 31.0),
        on(92, 40.0),
        on(95, 41.0),
        on(183, None),
        on(0, 5.0, measure="X"),
    ]

    made = add_baseline_and_visit(scores(*rows), medications=LYMPHODEPLETION, design=Design())

    assert made["baseline_value"].fillna(-1).tolist() == [30, 30, 30, 30, 30, 30, -1]
    assert made["change"].fillna(-1).tolist() == [-1, 0, 1, 10, 11, -1, -1]
    assert made["visit"].fillna("").tolist() == ["", "baseline", "", "M3", "", "M6", ""]
    assert made.columns.tolist() == [
        "patient_id", "day", "measure", "value", "status", "baseline_value", "change", "visit",
    ]  # fmt: skip


def test_nothing_at_all_keeps_its_columns():
    made = add_baseline_and_visit(scores(), medications=NONE, design=Design())

    assert made.empty
    assert made.dtypes[["baseline_value", "change", "visit"]].astype(str).tolist() == ["float64", "float64", "str"]


def nearest(day, days, before, after, values=None):
    target = pd.DataFrame({"patient_id": ["P1"], "day": pd.array([day], dtype="Int64")}, index=[7])
    records = scores(*[on(own, value) for own, value in zip(days, values or days, strict=True)])
    made = find_nearest_record(target, records, first_offset_days=-before, last_offset_days=after)
    assert made.index.tolist() == [7]
    return None if pd.isna(made.loc[7, "offset_days"]) else (made.loc[7, "day"], made.loc[7, "value"])


@pytest.mark.parametrize(
    ("days", "found"),
    [
        pytest.param([10, 90], 90, id="10 days before is nearer than 90"),
        pytest.param([90, 110], 110, id="of two as near the later"),
        pytest.param([110, 90], 110, id="of two as near the later, whatever the order"),
        pytest.param([10], 10, id="the first day of the window"),
        pytest.param([9], None, id="the day before the window"),
        pytest.param([130], 130, id="the last day of the window"),
        pytest.param([131], None, id="the day after the window"),
        pytest.param([], None, id="no record"),
    ],
)
def test_the_nearest_record_in_the_window_is_found(days, found):
    assert nearest(100, days, 90, 30) == (None if found is None else (found, found))


def test_of_two_records_of_a_day_the_higher_counts_and_one_without_value_does_not():
    assert nearest(100, [99, 99, 100], 5, 5, [2.0, 3.0, None]) == (99, 3.0)


def test_records_of_others_are_not_near():
    target = pd.DataFrame({"patient_id": ["P1"], "day": [100]})

    assert find_records_within(target, scores(on(100, patient_id="P2")), first_offset_days=-9, last_offset_days=9).empty


DAYS = st.lists(st.integers(-60, 800), min_size=1, max_size=12, unique=True)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(DAYS, st.randoms(use_true_random=False))
def test_a_visit_is_named_once_and_order_and_other_patients_never_matter(days, chance):
    rows = [on(day, float(day)) for day in days]
    others = [on(day + 1, patient_id="P2") for day in days]
    turned = chance.sample([*rows, *others], 2 * len(rows))

    made, other = (
        add_baseline_and_visit(scores(*own), medications=LYMPHODEPLETION, design=Design()).sort_values("day")
        for own in (rows, turned)
    )

    same = other[other["patient_id"] == "P1"]
    pd.testing.assert_frame_equal(made.reset_index(drop=True), same.reset_index(drop=True))
    assert not made["visit"].dropna().duplicated().any()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([-5, -3], -5, id="the first of them before the infusion"),
        pytest.param([195], 0, id="one before a second infusion does not begin the treatment"),
        pytest.param([], 0, id="without one the treatment begins with the infusion"),
    ],
)
def test_treatment_starts_with_lymphodepletion(days, expected):
    given = [course("P1", "fludarabine", "lymphodepletion", day, day, purpose="lymphodepletion") for day in days]
    tables = raw_tables(patients=[patient("P1")], medications=given)
    design = Design({})
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=design
    )

    described = derive_patients(tables, treatment=treatment, design=design)

    assert described["treatment_start_day"].tolist() == [expected]
