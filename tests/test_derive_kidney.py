"""Filtration rates and proteinuria: equations against published examples, then samples with their height and age."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupus_visits import Scene, derive_measures, height, result, row_of, tables_of, value_of

from caseseries.derive.kidney.filtration import (
    compute_bedside_schwartz,
    compute_ckd_epi_2021,
    compute_u25_creatinine,
    compute_u25_cystatin_c,
)
from caseseries.derive.kidney.proteinuria import derive_urine_protein

EQUATIONS = ["EGFR_U25", "EGFR_SCHWARTZ", "EGFR_CKDEPI_2021"]


def series(value):
    return pd.Series([value])


def u25(creatinine, cm, age, sex):
    rate = compute_u25_creatinine(series(creatinine), height_cm=series(cm), age_years=series(age), sex=series(sex))
    return rate.iloc[0]


def cystatin(value, age, sex):
    return compute_u25_cystatin_c(series(value), age_years=series(age), sex=series(sex)).iloc[0]


def ckd_epi(creatinine, age, sex):
    return compute_ckd_epi_2021(series(creatinine), age_years=series(age), sex=series(sex)).iloc[0]


@pytest.mark.parametrize(
    ("sex", "age", "cm", "creatinine", "rate"),
    [
        ("male", 11, 120, 0.9, 51.587),
        ("female", 11, 120, 0.9, 47.751),
        ("male", 15, 160, 1.9, 37.478),
        ("female", 15, 160, 1.9, 32.546),
    ],
)
def test_u25_gives_the_examples_of_its_authors(sex, age, cm, creatinine, rate):
    """51.6, 47.8, 37.5 and 32.5 in the header of the R program of the CKiD study (ckidstudy/CKiD_U25)."""
    assert u25(creatinine, cm, age, sex) == pytest.approx(rate, abs=0.0005)


@pytest.mark.parametrize(
    ("sex", "age", "k"),
    [
        ("male", 1, 39.0 * 1.008**-11),
        ("male", 11.999, 39.0 * 1.008**-0.001),
        ("male", 12, 39.0),
        ("male", 12.5, 39.0 * 1.045**0.5),
        ("male", 17.999, 39.0 * 1.045**5.999),
        ("male", 18, 50.8),
        ("male", 25, 50.8),
        ("female", 1, 36.1 * 1.008**-11),
        ("female", 11.5, 36.1 * 1.008**-0.5),
        ("female", 12, 36.1),
        ("female", 12.5, 36.1 * 1.023**0.5),
        ("female", 14, 36.1 * 1.023**2),
        ("female", 17.999, 36.1 * 1.023**5.999),
        ("female", 18, 41.4),
        ("female", 25, 41.4),
    ],
)
def test_u25_changes_its_factor_at_12_and_18_years(sex, age, k):
    """Pierce 2021, Kidney Int 99:948, table of k; height of 1 m and creatinine of 1 mg/dL leave k alone."""
    assert u25(1.0, 100, age, sex) == pytest.approx(k, rel=1e-12)


@pytest.mark.parametrize(
    ("sex", "age", "k"),
    [
        ("male", 1, 87.2 * 1.011**-14),
        ("male", 14.999, 87.2 * 1.011**-0.001),
        ("male", 15, 87.2),
        ("male", 15.5, 87.2 * 0.960**0.5),
        ("male", 17, 87.2 * 0.960**2),
        ("male", 17.999, 87.2 * 0.960**2.999),
        ("male", 18, 77.1),
        ("female", 10, 79.9 * 1.004**-2),
        ("female", 11.5, 79.9 * 1.004**-0.5),
        ("female", 12, 79.9),
        ("female", 12.5, 79.9 * 0.974**0.5),
        ("female", 15, 79.9 * 0.974**3),
        ("female", 17.999, 79.9 * 0.974**5.999),
        ("female", 18, 68.3),
        ("female", 25, 68.3),
    ],
)
def test_u25_by_cystatin_changes_its_factor_at_12_or_15_and_18_years(sex, age, k):
    """Pierce 2021, Kidney Int 99:948, table of k for cystatin C."""
    assert cystatin(2.0, age, sex) == pytest.approx(k / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("age", "sex"), [(0.99, "male"), (25.01, "female"), (None, "male"), (12, "unknown"), (12, None)]
)
def test_u25_is_not_given_outside_1_to_25_years_or_without_age_and_sex(age, sex):
    assert pd.isna(u25(0.5, 140, age, sex))
    assert pd.isna(cystatin(0.5, age, sex))


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "rate"),
    [("male", 55, 1.09, 80.1516), ("female", 65, 85 / 88.42, 65.5509), ("female", 18, 0.7, 128.5)],
)
def test_ckd_epi_gives_the_examples_of_the_kidney_foundation(sex, age, creatinine, rate):
    """80 and 66 by the calculator of the National Kidney Foundation, in the tests of admiral's compute_egfr."""
    assert ckd_epi(creatinine, age, sex) == pytest.approx(rate, abs=0.05)


@pytest.mark.parametrize(
    ("sex", "creatinine", "factor"),
    [
        ("male", 0.45, 142 * 0.5**-0.302),
        ("male", 0.9, 142),
        ("male", 1.8, 142 * 2**-1.2),
        ("female", 0.35, 142 * 0.5**-0.241 * 1.012),
        ("female", 0.7, 142 * 1.012),
        ("female", 1.4, 142 * 2**-1.2 * 1.012),
    ],
)
def test_ckd_epi_bends_at_the_normal_creatinine_of_the_sex(sex, creatinine, factor):
    """Inker 2021, N Engl J Med 385:1737."""
    assert ckd_epi(creatinine, 40, sex) == pytest.approx(factor * 0.9938**40, rel=1e-12)


@pytest.mark.parametrize(("age", "sex"), [(17.99, "male"), (None, "male"), (40, None)])
def test_ckd_epi_is_not_given_before_18_years_or_without_sex(age, sex):
    assert pd.isna(ckd_epi(0.7, age, sex))


@pytest.mark.parametrize(
    ("cm", "creatinine", "rate"), [(140, 0.70, 82.60), (120, 0.50, 99.12), (110, 1.10, 41.30), (160, 62 / 88.42, 94.24)]
)
def test_schwartz_is_0_413_times_height_over_creatinine(cm, creatinine, rate):
    """By hand from Schwartz 2009, J Am Soc Nephrol 20:629."""
    assert compute_bedside_schwartz(series(creatinine), height_cm=series(cm)).iloc[0] == pytest.approx(rate, abs=0.005)


GIRL = {"sex": "female", "age_years": 12.0}
ADULT = {"sex": "female", "age_years": 18.0}
CREATININE = [result(100, "CREAT", 0.7)]


def sampled(heights=(), labs=(), **facts):
    return Scene([row for day, cm in heights for row in height(day, cm)], list(labs) or CREATININE, facts=GIRL | facts)


# name: (scene, height that counts, status)
HEIGHTS = {
    "height of the day": (sampled([(100, 150)]), 150, "complete"),
    "the nearer of two": (sampled([(60, 149), (120, 151)]), 151, "complete"),
    "of two as near the later": (sampled([(90, 149), (110, 151)]), 151, "complete"),
    "90 days before": (sampled([(10, 149)]), 149, "complete"),
    "90 days after": (sampled([(190, 152)]), 152, "complete"),
    "91 days before is carried forward": (sampled([(9, 149)]), 149, "partial"),
    "180 days before is carried forward": (sampled([(-80, 147)]), 147, "partial"),
    "181 days before is too old": (sampled([(-81, 147)]), None, "indeterminate"),
    "91 days after is never carried back": (sampled([(191, 152)]), None, "indeterminate"),
    "the newest of two old ones": (sampled([(-50, 147), (0, 148)]), 148, "partial"),
    "88 days after goes before 95 before": (sampled([(5, 148), (188, 152)]), 152, "complete"),
    "none": (sampled(), None, "indeterminate"),
}

PEOPLE = {
    "adult": Scene(height(100, 165), CREATININE, facts=ADULT),
    "just 18": Scene(height(0, 165), [result(0, "CREAT", 0.7), result(-1, "CREAT", 0.7)], facts=ADULT),
    "sex not known": sampled([(100, 150)], [*CREATININE, result(100, "CYSC", 0.8)], sex="unknown"),
    "age not known": sampled([(100, 150)], age_years=None),
    "infant": sampled([(100, 70)], age_years=0.5),
    "26 years": sampled([(100, 165)], age_years=26.0),
    "16.5 years": sampled([(100, 165)], age_years=16.5),
    "creatinine below the assay": sampled([(100, 150)], [result(100, "CREAT", "<0.2")]),
    "cystatin": sampled(labs=[result(100, "CYSC", 0.8)]),
    "cystatin above the assay": sampled(labs=[result(100, "CYSC", ">8")]),
    "two samples of a day": sampled(
        [(100, 150)], [result(100, "CREAT", 0.9, hour=7), result(100, "CREAT", 0.6, hour=19)]
    ),
    "no creatinine": sampled([(100, 150)], [result(100, "CK", 90)]),
    "turns 18": Scene(
        [row for day in (0, 60) for row in height(day, 165)],
        [result(day, "CREAT", 0.7) for day in (0, 60)],
        facts={"sex": "female", "age_years": 17.9},
    ),
}

# name: (results, ratio, status)
RATIOS = {
    "as the laboratory gave it": ([result(9, "UPCR", 640)], 640, "complete", "640 mg/g"),
    "from protein and creatinine": (
        [result(9, "URINE_PROTEIN", 30), result(9, "URINE_CREAT", 100)], 300, "complete",
        "protein 30 mg/dL / creatinine 100 mg/dL",
    ),
    "0.45 g/L and 6.2 mmol/L": (
        [result(9, "URINE_PROTEIN", 45), result(9, "URINE_CREAT", 6.2 * 11.312)], 641.6, "complete",
        "protein 45 mg/dL / creatinine 70.1344 mg/dL",
    ),
    "the ratio goes before its parts": (
        [result(9, "UPCR", 640), result(9, "URINE_PROTEIN", 30), result(9, "URINE_CREAT", 100)], 640, "complete",
        "640 mg/g",
    ),
    "below the assay": ([result(9, "UPCR", "<50")], 50, "partial", "<50 mg/g"),
    "protein below the assay": (
        [result(9, "URINE_PROTEIN", "<4"), result(9, "URINE_CREAT", 80)], 50, "partial",
        "protein <4 mg/dL / creatinine 80 mg/dL",
    ),
    "both below the assay": (
        [result(9, "URINE_PROTEIN", "<4"), result(9, "URINE_CREAT", "<5")], None, "indeterminate",
        "protein <4 mg/dL / creatinine <5 mg/dL",
    ),
    "both above the assay": (
        [result(9, "URINE_PROTEIN", ">400"), result(9, "URINE_CREAT", ">500")], None, "indeterminate",
        "protein >400 mg/dL / creatinine >500 mg/dL",
    ),
    "urine creatinine below the assay": (
        [result(9, "URINE_PROTEIN", 30), result(9, "URINE_CREAT", "<5")], 6000, "partial",
        "protein 30 mg/dL / creatinine <5 mg/dL",
    ),
    "urine creatinine above the assay": (
        [result(9, "URINE_PROTEIN", 30), result(9, "URINE_CREAT", ">500")], 60, "partial",
        "protein 30 mg/dL / creatinine >500 mg/dL",
    ),
    "protein below and creatinine above": (
        [result(9, "URINE_PROTEIN", "<4"), result(9, "URINE_CREAT", ">500")], 8, "partial",
        "protein <4 mg/dL / creatinine >500 mg/dL",
    ),
    "no creatinine in the urine": (
        [result(9, "URINE_PROTEIN", 30), result(9, "URINE_CREAT", 0)], None, "indeterminate",
        "protein 30 mg/dL / creatinine 0 mg/dL",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    ratios = {name: Scene(labs=case[0]) for name, case in RATIOS.items()}
    parts = {
        "parts of two days": Scene(labs=[result(9, "URINE_PROTEIN", 30), result(8, "URINE_CREAT", 100)]),
        "albumin": Scene(labs=[result(9, "UACR", 300)]),
    }
    return derive_measures({name: case[0] for name, case in HEIGHTS.items()} | PEOPLE | ratios | parts)


@pytest.mark.parametrize("name", HEIGHTS)
def test_the_height_is_the_nearest_or_for_a_time_the_last(made, name):
    _, cm, status = HEIGHTS[name]
    row = row_of(made, name, "EGFR_U25", 100)

    assert row["status"] == status
    if cm is None:
        assert pd.isna(row["value"])
        assert row["missing_items"] == "HEIGHT_CM"
    else:
        assert row["value"] == pytest.approx(u25(0.7, cm, 12 + 100 / 365.25, "female"), rel=1e-12)
        assert row_of(made, name, "EGFR_SCHWARTZ", 100)["value"] == pytest.approx(0.413 * cm / 0.7, rel=1e-12)
        assert row["decided_on"].endswith("; height carried forward") == (status == "partial")


def test_the_row_says_what_the_rate_rests_on(made):
    assert row_of(made, "90 days before", "EGFR_U25", 100)["decided_on"] == (
        "CREAT 0.7 mg/dL; age 12.27 years; height 149 cm of day 10"
    )
    assert row_of(made, "90 days before", "EGFR_U25", 100)["unit"] == "mL/min/1.73 m2"


def test_a_measured_height_lies_within_windows_that_are_options():
    scenes = {"P1": HEIGHTS["91 days before is carried forward"][0], "P2": HEIGHTS["181 days before is too old"][0]}

    wide = derive_measures(scenes, height_window_days=95, height_carry_forward_days=200)

    assert row_of(wide, "P1", "EGFR_U25", 100)["status"] == "complete"
    assert row_of(wide, "P2", "EGFR_U25", 100)["status"] == "partial"


def test_at_18_years_the_equation_stays_the_same(made):
    """A girl of 18 years, 165 cm and 0.7 mg/dL: 97.6 by U25, 128.5 by CKD-EPI, which would look like a gain of 32%."""
    day = 0

    assert value_of(made, "just 18", "EGFR_U25", day) == pytest.approx(97.6, abs=0.05)
    assert value_of(made, "just 18", "EGFR_CKDEPI_2021", day) == pytest.approx(128.5, abs=0.05)
    young, old = (value_of(made, "turns 18", "EGFR_U25", day) for day in (0, 60))
    assert abs(old / young - 1) < 0.01


def test_ckd_epi_has_no_row_before_the_18th_birthday(made):
    own = made[made["measure"] == "EGFR_CKDEPI_2021"]

    assert sorted(zip(own["patient_id"], own["day"], strict=True)) == [
        ("26 years", 100), ("adult", 100), ("just 18", 0), ("turns 18", 60),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["infant", "26 years"])
def test_u25_is_indeterminate_outside_its_ages(made, name):
    row = row_of(made, name, "EGFR_U25", 100)

    assert pd.isna(row["value"])
    assert row["status"] == "indeterminate"
    assert row["decided_on"].endswith("the equation is for ages of 1 to 25 years")


def test_schwartz_is_partial_outside_its_ages(made):
    row = row_of(made, "16.5 years", "EGFR_SCHWARTZ", 100)

    assert row[["value", "status"]].tolist() == [pytest.approx(0.413 * 165 / 0.7), "partial"]
    assert row_of(made, "height of the day", "EGFR_SCHWARTZ", 100)["status"] == "complete"


def test_without_the_sex_only_schwartz_is_given(made):
    assert row_of(made, "sex not known", "EGFR_U25", 100)[["status", "missing_items"]].tolist() == [
        "indeterminate",
        "sex",
    ]
    assert row_of(made, "sex not known", "EGFR_U25_CYSC", 100)["missing_items"] == "sex"
    assert row_of(made, "sex not known", "EGFR_SCHWARTZ", 100)["status"] == "complete"


def test_without_the_age_u25_is_indeterminate_and_ckd_epi_has_no_row(made):
    row = row_of(made, "age not known", "EGFR_U25", 100)

    assert row[["status", "missing_items"]].tolist() == ["indeterminate", "age_years"]
    assert row["decided_on"].startswith("CREAT 0.7 mg/dL; height 150 cm of day 100")
    assert value_of(made, "age not known", "EGFR_SCHWARTZ", 100) == pytest.approx(0.413 * 150 / 0.7)
    assert "EGFR_CKDEPI_2021" not in set(made.loc[made["patient_id"] == "age not known", "measure"])


def test_cystatin_needs_no_height(made):
    row = row_of(made, "cystatin", "EGFR_U25_CYSC", 100)

    assert row[["value", "status"]].tolist() == [pytest.approx(cystatin(0.8, 12 + 100 / 365.25, "female")), "complete"]
    assert row["decided_on"] == "CYSC 0.8 mg/L; age 12.27 years"


@pytest.mark.parametrize(
    ("name", "measure"), [("creatinine below the assay", "EGFR_U25"), ("cystatin above the assay", "EGFR_U25_CYSC")]
)
def test_a_result_beyond_the_assay_gives_a_bound_that_is_marked(made, name, measure):
    row = row_of(made, name, measure, 100)

    assert row["status"] == "partial"
    assert row["decided_on"].endswith("only a bound")


def test_the_last_sample_of_a_day_gives_the_rate(made):
    assert value_of(made, "two samples of a day", "EGFR_SCHWARTZ", 100) == pytest.approx(0.413 * 150 / 0.6)


def test_without_a_sample_there_is_no_row(made):
    assert "no creatinine" not in set(made["patient_id"])


@pytest.mark.parametrize("name", RATIOS)
def test_proteinuria_is_the_ratio_or_protein_over_creatinine(made, name):
    """30 mg/dL over 100 mg/dL is 300 mg/g; 0.45 g/L over 6.2 mmol/L is 72.6 mg/mmol or 642 mg/g; by hand."""
    _, value, status, words = RATIOS[name]
    row = row_of(made, name, "UPCR", 9)

    assert row[["status", "decided_on", "unit"]].tolist() == [status, words, "mg/g"]
    assert pd.isna(row["value"]) if value is None else row["value"] == pytest.approx(value, abs=0.05)


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("from protein and creatinine", "="),
        ("protein below the assay", "<"),
        ("urine creatinine below the assay", ">"),
        ("urine creatinine above the assay", "<"),
        ("protein below and creatinine above", "<"),
    ],
)
def test_creatinine_bounds_the_ratio_from_the_other_side(name, operator):
    """Less creatinine than can be measured is more protein per creatinine than was computed."""
    ratios = derive_urine_protein(tables_of({name: Scene(labs=RATIOS[name][0])})["labs"])

    assert ratios["operator"].tolist() == [operator]


@pytest.mark.parametrize("name", ["parts of two days", "albumin"])
def test_parts_of_two_days_and_albumin_give_no_ratio(made, name):
    assert name not in set(made["patient_id"])


def test_nothing_at_all_gives_an_empty_table():
    assert derive_measures({}).empty


@settings(max_examples=5, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(0.2, 3), st.integers(100, 180), st.integers(-20, 60)), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_more_creatinine_is_less_filtration_and_neither_order_nor_others_matter(people, chance):
    scenes, worse = {}, {}
    for number, (creatinine, cm, day) in enumerate(people):
        rows = [*height(day, cm), *height(day - 70, cm - 3)]
        scenes[f"P{number}"] = Scene(rows, [result(day, "CREAT", creatinine)], facts=GIRL)
        worse[f"P{number}"] = Scene(rows[::-1], [result(day, "CREAT", creatinine * 1.1)], facts=GIRL)

    made = derive_measures(scenes)
    turned = derive_measures(dict(chance.sample(list(scenes.items()), len(scenes))))
    less = derive_measures(worse)

    pd.testing.assert_frame_equal(made, turned)
    assert (made["value"] > less["value"]).all()
