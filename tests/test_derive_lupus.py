"""SLEDAI-2K: which descriptors count, what they add up to, and what is not known. Every patient stands for one rule."""

import pandas as pd
import pytest
from cohorts import raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from lupus_visits import (
    DESCRIPTORS,
    Scene,
    derive_index,
    item,
    lymphodepletion,
    result,
    row_of,
    sledai,
    tables_of,
    value_of,
)

from caseseries.derive.lupus.descriptors import derive_descriptors
from caseseries.derive.lupus.index import derive_lupus_index, summarize_activity
from caseseries.design import Design

POINTS = {
    8: "SEIZURE PSYCHOSIS OBS VISUAL CRANIAL HEADACHE CVA VASCULITIS",
    4: "ARTHRITIS MYOSITIS CASTS HEMATURIA PROTEINURIA PYURIA",
    2: "RASH ALOPECIA MUCOSAL PLEURISY PERICARDITIS LOWCOMP DSDNA",
    1: "FEVER THROMBOPENIA LEUKOPENIA",
}
BY_LAB = "LOWCOMP DSDNA PROTEINURIA HEMATURIA PYURIA THROMBOPENIA LEUKOPENIA"
BY_TREATMENT = "ALOPECIA MUCOSAL FEVER THROMBOPENIA LEUKOPENIA"
V = 91


def normal_labs(day, **changed):
    """Every test of the seven laboratory descriptors, none of them abnormal unless changed."""
    values = {"C3": 1.2, "C4": 0.2, "DSDNA": 10, "UPCR": 100, "URINE_RBC": 1, "URINE_WBC": 1, "PLT": 250, "WBC": 6}
    limits = {"C3": {"low": 0.9}, "C4": {"low": 0.1}, "DSDNA": {"high": 30}}
    chosen = {test: value for test, value in (values | changed).items() if value is not None}
    return [result(day, test, value, **limits.get(test, {})) for test, value in chosen.items()]


def recorded(day, present="", **told):
    return Scene(sledai(day, present, **told))


def measured(day, **changed):
    """A visit at which the seven descriptors were left to the laboratory."""
    return Scene(sledai(day, blank=BY_LAB), normal_labs(day, **changed))


def left_to_lab(descriptor, *labs):
    return Scene(sledai(V, blank=descriptor), list(labs))


# name: (scene, day of the visit, SLEDAI-2K, clinical SLEDAI-2K)
WORKED = {
    "A joints, skin and serology": (recorded(V, "ARTHRITIS RASH LOWCOMP DSDNA"), V, 10, 6),
    "B nephritis": (recorded(V, "CASTS HEMATURIA PROTEINURIA PYURIA LOWCOMP DSDNA", due="LEUKOPENIA"), V, 21, 17),
    "C serologically active, clinically quiescent": (recorded(V, "LOWCOMP DSDNA"), V, 4, 0),
    "D day 8, put down to the treatment": (
        Scene(sledai(8, not_due="FEVER LEUKOPENIA THROMBOPENIA"), normal_labs(8, WBC=0.4, PLT=80)), 8, 0, 0,
    ),
    "D day 8, nobody asked for the cause": (
        Scene(sledai(8, "FEVER LEUKOPENIA THROMBOPENIA"), normal_labs(8, WBC=0.4, PLT=80)), 8, 0, 0,
    ),
    "G all 24": (recorded(V, " ".join(POINTS.values())), V, 105, 101),
    "nothing": (recorded(V), V, 0, 0),
}  # fmt: skip

# name: (scene, day of the visit, SLEDAI-2K)
COMPLETE = {
    **{
        f"{name} alone": (recorded(V, name), V, points) for points, names in POINTS.items() for name in names.split()
    },
    **{
        f"{name} on day {day}": (recorded(day, name), day, points if counts else 0)
        for points, names in POINTS.items()
        for name in names.split()
        for day, counts in ((-6, True), (-5, False), (30, False), (31, True))
        if name in BY_TREATMENT.split()
    },
    "low count on day 8 that the investigator puts down to lupus": (recorded(8, due="LEUKOPENIA"), 8, 1),
    "rash on day 91 with another cause": (recorded(V, not_due="RASH"), V, 0),
    "rash on day 8, nobody asked for the cause": (recorded(8, "RASH"), 8, 2),
    "low count on day -2 without lymphodepletion": (
        Scene(sledai(-2, "LEUKOPENIA"), is_lymphodepleted=False), -2, 1,
    ),
    "low count on day 0 without lymphodepletion": (Scene(sledai(0, "LEUKOPENIA"), is_lymphodepleted=False), 0, 0),
    "arthritis 29 days before": (Scene([*sledai(V - 29, "ARTHRITIS"), *sledai(V)]), V, 4),
    "arthritis 30 days before": (Scene([*sledai(V - 30, "ARTHRITIS"), *sledai(V)]), V, 0),
    "arthritis the day after": (Scene([*sledai(V), *sledai(V + 1, "ARTHRITIS")]), V, 0),
    "casts 11 days before, blank now": (Scene([*sledai(80, "CASTS"), *sledai(V, blank="CASTS")]), V, 4),
    "items and a total that differs": (Scene([*sledai(V, "RASH"), item(V, "SLEDAI2K", "TOTAL", 40)]), V, 2),
    "C3 below its limit": (measured(V, C3=0.89), V, 2),
    "C3 on its limit": (measured(V, C3=0.9), V, 0),
    "C4 below its limit": (measured(V, C4=0.09), V, 2),
    "C3, C4 and CH50 low": (
        Scene(sledai(V, blank=BY_LAB), [*normal_labs(V, C3=0.5, C4=0.05), result(V, "CH50", 10, low=40)]), V, 2,
    ),
    "C4 low, C3 not measured": (measured(V, C3=None, C4=0.05), V, 2),
    "CH50 alone low": (
        Scene(sledai(V, blank=BY_LAB), [*normal_labs(V), result(V, "CH50", 39, low=40)]), V, 2,
    ),
    "anti-dsDNA above its limit": (measured(V, DSDNA=30.1), V, 2),
    "anti-dsDNA on its limit": (measured(V, DSDNA=30), V, 0),
    "anti-dsDNA below the assay": (measured(V, DSDNA="<10"), V, 0),
    "anti-dsDNA above the assay": (measured(V, DSDNA=">800"), V, 2),
    "anti-dsDNA of two assays, normal in each": (
        left_to_lab("DSDNA", result(70, "DSDNA", 90, high=100), result(V, "DSDNA", 40, high=50)), V, 0,
    ),
    "ratio of 500.1": (measured(V, UPCR=500.1), V, 4),
    "ratio of 500": (measured(V, UPCR=500), V, 0),
    "ratio from its parts, 600": (
        left_to_lab("PROTEINURIA", result(V, "URINE_PROTEIN", 60), result(V, "URINE_CREAT", 100)), V, 4,
    ),
    "0.5 g in 24 hours, ratio of 900": (
        left_to_lab("PROTEINURIA", result(V, "URINE_PROTEIN_24H", 0.5), result(V, "UPCR", 900)), V, 0,
    ),
    "0.51 g in 24 hours, ratio of 100": (
        left_to_lab("PROTEINURIA", result(V, "URINE_PROTEIN_24H", 0.51), result(V, "UPCR", 100)), V, 4,
    ),
    "ratio of 900 29 days before": (left_to_lab("PROTEINURIA", result(62, "UPCR", 900), result(V, "UPCR", 9)), V, 4),
    "ratio of 900 30 days before": (left_to_lab("PROTEINURIA", result(61, "UPCR", 900), result(V, "UPCR", 9)), V, 0),
    "ratio of 900 the day after": (
        left_to_lab("PROTEINURIA", result(V, "UPCR", 9), result(V + 1, "UPCR", 900)), V, 0,
    ),
    "6 erythrocytes": (measured(V, URINE_RBC=6), V, 4),
    "5 erythrocytes": (measured(V, URINE_RBC=5), V, 0),
    "6 leukocytes in urine": (measured(V, URINE_WBC=6), V, 4),
    "5 leukocytes in urine": (measured(V, URINE_WBC=5), V, 0),
    "platelets 99": (measured(V, PLT=99), V, 1),
    "platelets 100": (measured(V, PLT=100), V, 0),
    "leukocytes 2.9": (measured(V, WBC=2.9), V, 1),
    "leukocytes 3.0": (measured(V, WBC=3.0), V, 0),
    "leukocytes below 3": (measured(V, WBC="<3"), V, 1),
    "leukocytes above 2 on day 70, 2.9 now": (
        left_to_lab("LEUKOPENIA", result(70, "WBC", ">2"), result(V, "WBC", 2.9)), V, 1,
    ),
    "leukocytes 0.1 + 0.2 + 2.7": (measured(V, WBC=0.1 + 0.2 + 2.7), V, 0),
    "leukocytes 1.0 on day 30, visit on day 40": (
        Scene(sledai(40, blank="LEUKOPENIA"), [result(30, "WBC", 1.0), result(40, "WBC", 4.0)]), 40, 0,
    ),
    "leukocytes above 2 on day 8, which would not count either if they were low": (
        Scene(sledai(8, blank="LEUKOPENIA"), [result(8, "WBC", ">2")]), 8, 0,
    ),
    "leukocytes 1.0 on day 31, visit on day 40": (
        Scene(sledai(40, blank="LEUKOPENIA"), [result(31, "WBC", 1.0)]), 40, 1,
    ),
    "30 erythrocytes in urine on day 8": (
        Scene(sledai(8, blank="HEMATURIA"), [result(8, "URINE_RBC", 30)]), 8, 4,
    ),
    "low count with another cause on day 80, not measured since": (
        Scene([*sledai(80, not_due="LEUKOPENIA"), *sledai(V, blank="LEUKOPENIA")], [result(80, "WBC", 2.0)]), V, 0,
    ),
    "low count with another cause on day 80, low again now": (
        Scene([*sledai(80, not_due="LEUKOPENIA"), *sledai(V, blank="LEUKOPENIA")], [result(V, "WBC", 2.0)]), V, 1,
    ),
    "protein with another cause on day 80, more of it now": (
        Scene([*sledai(80, not_due="PROTEINURIA"), *sledai(V, blank="PROTEINURIA")], [result(V, "UPCR", 2000)]), V, 4,
    ),
    "complement low with another cause on day 80, another part of it low now": (
        Scene(
            [*sledai(80, not_due="LOWCOMP"), *sledai(V, blank="LOWCOMP")],
            [result(80, "C3", 0.5, low=0.9), result(V, "C3", 1.0, low=0.9), result(V, "C4", 0.05, low=0.1)],
        ), V, 2,
    ),
}  # fmt: skip

# name: (scene, SLEDAI-2K of what is known, what is missing)
PARTIAL = {
    "seizure not asked now, absent 11 days before": (
        Scene([*sledai(80), *sledai(V, "RASH", blank="SEIZURE")]), 2, "SEIZURE",
    ),
    "rash without score": (
        Scene([row | {"score": None} if row["item"] == "RASH" else row for row in sledai(V, "FEVER")]), 1, "RASH",
    ),
    "no leukocytes": (measured(V, WBC=None), 0, "LEUKOPENIA"),
    "leukocytes above 2": (measured(V, WBC=">2"), 0, "LEUKOPENIA"),
    "leukocytes above 2 on day 70, 6 now": (
        left_to_lab("LEUKOPENIA", result(70, "WBC", ">2"), result(V, "WBC", 6)), 0, "LEUKOPENIA",
    ),
    "anti-dsDNA without limit on day 70, normal now": (
        left_to_lab("DSDNA", result(70, "DSDNA", 400), result(V, "DSDNA", 10, high=30)), 0, "DSDNA",
    ),
    "C3 normal, C4 not measured": (measured(V, C4=None), 0, "LOWCOMP"),
    "no ratio": (measured(V, UPCR=None), 0, "PROTEINURIA"),
    "anti-dsDNA without limit of the assay": (left_to_lab("DSDNA", result(V, "DSDNA", 400)), 0, "DSDNA"),
    "anti-dsDNA 30 days before": (left_to_lab("DSDNA", result(V - 30, "DSDNA", 400, high=30)), 0, "DSDNA"),
    "two blank": (recorded(V, "FEVER", blank="RASH LOWCOMP"), 1, "RASH; LOWCOMP"),
}  # fmt: skip

ODD = {
    "total of 12 alone": Scene([item(V, "SLEDAI2K", "TOTAL", 12)]),
    "total of 0 alone": Scene([item(V, "SLEDAI2K", "TOTAL", 0)]),
    "total of 12 after arthritis": Scene([*sledai(80, "ARTHRITIS"), item(V, "SLEDAI2K", "TOTAL", 12)]),
    "no score at all": Scene([row | {"score": None} for row in sledai(V)]),
    "not seen": Scene(),
    **{f"total of {points}": Scene([item(V, "SLEDAI2K", "TOTAL", points)]) for points in (1, 4, 5, 10, 11, 105)},
    "12 without rash": recorded(V, "SEIZURE ARTHRITIS", blank="RASH"),
    "4 without rash": recorded(V, "ARTHRITIS", blank="RASH"),
    "both say low count": Scene(sledai(V, "LEUKOPENIA"), normal_labs(V, WBC=2.0)),
    "laboratory says low count": Scene(sledai(V), normal_labs(V, WBC=2.0)),
    "record says low count": Scene(sledai(V, "LEUKOPENIA"), normal_labs(V)),
    "low count with another cause": Scene(sledai(V, not_due="LEUKOPENIA"), normal_labs(V, WBC=2.0)),
    "low count of lupus on day 8": Scene(sledai(8, due="LEUKOPENIA"), normal_labs(8, WBC=2.0)),
    "low count blank on day 8": Scene(sledai(8, blank="LEUKOPENIA"), normal_labs(8, WBC=2.0)),
}


@pytest.fixture(scope="module")
def made():
    scenes = {name: case[0] for cases in (WORKED, COMPLETE, PARTIAL) for name, case in cases.items()}
    return derive_index(scenes | ODD)


@pytest.fixture(scope="module")
def by_lab():
    return derive_index(ODD, sledai_lab_descriptors="labs")


@pytest.fixture(scope="module")
def by_record():
    return derive_index(ODD, sledai_lab_descriptors="items")


@pytest.mark.parametrize("name", WORKED)
def test_descriptors_add_up_to_both_indices(made, name):
    """Weights of Gladman 2002, J Rheumatol 29:288: 8 x 8 + 6 x 4 + 7 x 2 + 3 x 1 = 105, and 101 without serology."""
    _, day, total, clinical = WORKED[name]

    assert (value_of(made, name, "SLEDAI_2K", day), value_of(made, name, "CSLEDAI_2K", day)) == (total, clinical)


@pytest.mark.parametrize("name", COMPLETE)
def test_a_visit_with_all_descriptors_known_is_complete(made, name):
    _, day, total = COMPLETE[name]

    assert row_of(made, name, "SLEDAI_2K", day)[["value", "status"]].tolist() == [total, "complete"]


@pytest.mark.parametrize("name", PARTIAL)
def test_what_is_not_known_is_named_and_adds_nothing(made, name):
    _, total, missing = PARTIAL[name]

    row = row_of(made, name, "SLEDAI_2K", V)

    assert row[["value", "status", "missing_items"]].tolist() == [total, "partial", missing]


def test_the_clinical_index_lacks_only_what_is_clinical(made):
    assert row_of(made, "two blank", "CSLEDAI_2K", V)["missing_items"] == "RASH"
    assert row_of(made, "no ratio", "CSLEDAI_2K", V)["status"] == "partial"
    assert row_of(made, "C3 normal, C4 not measured", "CSLEDAI_2K", V)["status"] == "complete"


def test_a_visit_without_any_score_is_indeterminate(made):
    own = made[made["patient_id"] == "no score at all"]

    assert own["status"].tolist() == ["indeterminate"] * 3
    assert own["value"].isna().all()


def test_a_patient_without_assessment_has_no_row(made):
    assert "not seen" not in set(made["patient_id"])


@pytest.mark.parametrize(
    ("name", "total", "clinical"),
    [("total of 12 alone", 12, None), ("total of 0 alone", 0, 0), ("total of 12 after arthritis", 12, None)],
)
def test_a_total_without_descriptors_is_taken_as_it_is(made, name, total, clinical):
    assert row_of(made, name, "SLEDAI_2K", V)[["value", "status"]].tolist() == [total, "complete"]
    assert value_of(made, name, "CSLEDAI_2K", V) == clinical
    assert row_of(made, name, "CSLEDAI_2K", V)["status"] == ("complete" if clinical == 0 else "indeterminate")


@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("total of 0 alone", 0),
        ("total of 1", 1),
        ("total of 4", 1),
        ("total of 5", 2),
        ("total of 10", 2),
        ("total of 11", 3),
        ("total of 105", 3),
        ("12 without rash", 3),
    ],
)
def test_bands_end_at_0_and_4_and_10(made, name, band):
    assert row_of(made, name, "SLEDAI_BAND", V)[["value", "status"]].tolist() == [band, "complete"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("total of 0 alone", "none: SLEDAI-2K 0"),
        ("total of 4", "low: SLEDAI-2K 4"),
        ("total of 10", "moderate: SLEDAI-2K 10"),
        ("total of 11", "high: SLEDAI-2K 11"),
    ],
)
def test_the_row_of_a_band_says_its_name_and_the_points(made, name, words):
    assert row_of(made, name, "SLEDAI_BAND", V)[["decided_on", "unit"]].tolist() == [words, "category"]


def test_a_band_that_what_is_missing_could_change_is_not_given(made):
    row = row_of(made, "4 without rash", "SLEDAI_BAND", V)

    assert row[["status", "missing_items", "decided_on"]].tolist() == ["indeterminate", "RASH", "SLEDAI-2K 4 to 6"]
    assert pd.isna(row["value"])


@pytest.mark.parametrize(
    ("name", "day", "words"),
    [
        ("both say low count", V, "LEUKOPENIA 1"),
        ("laboratory says low count", V, "no descriptor present; LEUKOPENIA shown by laboratory, not recorded"),
        ("record says low count", V, "LEUKOPENIA 1; LEUKOPENIA recorded, not shown by laboratory"),
        ("low count with another cause", V, "no descriptor present; LEUKOPENIA not attributable"),
        ("low count blank on day 8", 8, "no descriptor present; LEUKOPENIA put down to treatment"),
        ("leukocytes 2.9", V, "LEUKOPENIA 1; LEUKOPENIA by laboratory"),
        ("A joints, skin and serology", V, "ARTHRITIS 4; RASH 2; LOWCOMP 2; DSDNA 2"),
        ("total of 12 after arthritis", V, "total 12 as recorded, without descriptors"),
    ],
)
def test_the_row_says_what_was_present_and_where_record_and_laboratory_differ(made, name, day, words):
    assert row_of(made, name, "SLEDAI_2K", day)["decided_on"] == words


def test_the_clinical_index_says_nothing_of_serology(made):
    assert row_of(made, "A joints, skin and serology", "CSLEDAI_2K", V)["decided_on"] == "ARTHRITIS 4; RASH 2"


@pytest.mark.parametrize(
    ("name", "day", "total", "status"),
    [
        ("laboratory says low count", V, 1, "complete"),
        ("record says low count", V, 0, "complete"),
        ("low count with another cause", V, 0, "complete"),
        ("low count of lupus on day 8", 8, 1, "complete"),
        ("12 without rash", V, 12, "partial"),
    ],
)
def test_by_option_the_laboratory_decides_its_descriptors(by_lab, name, day, total, status):
    assert row_of(by_lab, name, "SLEDAI_2K", day)[["value", "status"]].tolist() == [total, status]


def test_by_option_a_descriptor_without_result_is_missing_even_if_recorded(by_lab):
    missing = row_of(by_lab, "12 without rash", "SLEDAI_2K", V)["missing_items"]

    assert set(missing.split("; ")) == {*BY_LAB.split(), "RASH"}


def test_by_option_the_laboratory_is_not_asked(by_record):
    silent = row_of(by_record, "laboratory says low count", "SLEDAI_2K", V)
    blank = row_of(by_record, "low count blank on day 8", "SLEDAI_2K", 8)

    assert silent[["value", "decided_on"]].tolist() == [0, "no descriptor present"]
    assert blank["missing_items"] == "LEUKOPENIA"


@pytest.mark.parametrize(
    ("option", "value", "total"),
    [
        ("sledai_upcr_limit_mg_per_g", 600, 1),
        ("sledai_leukocytes_limit_10_9_per_l", 2.0, 4),
        ("treatment_findings_last_day", 100, 4),
        ("sledai_window_days", 10, 1),
    ],
)
def test_limits_and_windows_are_options(option, value, total):
    """Proteinuria 16 days before and leukocytes now make 5 by default."""
    visit = Scene(sledai(V, blank=BY_LAB), [result(75, "UPCR", 550), result(V, "WBC", 2.5)])

    made = derive_index({"P1": visit}, **{option: value})

    assert value_of(made, "P1", "SLEDAI_2K", V) == total


@pytest.mark.parametrize(
    ("infused", "depleted", "day", "total"),
    [
        pytest.param([0], [-5], 220, 1, id="a low count long after the only infusion is lupus"),
        pytest.param([0, 200], [-5], 230, 0, id="until day 30 after a second one it is put down to the treatment"),
        pytest.param([0, 200], [-5], 231, 1, id="but not later"),
        pytest.param([0, 200], [-5, 195], 195, 0, id="from its lymphodepletion on"),
        pytest.param([0, 200], [-5, 195], 194, 1, id="but not before"),
        pytest.param([0, 200], [-5], 199, 1, id="without a lymphodepletion from the infusion on"),
        pytest.param([0], [-5, 195], 199, 1, id="a lymphodepletion that no infusion followed begins nothing"),
        pytest.param([], [-5], 30, 0, id="day 0 is an infusion whether recorded or not"),
    ],
)
def test_each_infusion_has_days_of_its_own(infused, depleted, day, total):
    tables = tables_of({"P1": Scene(sledai(day, blank=BY_LAB), [result(day, "WBC", 2.5)], is_lymphodepleted=False)})
    drugs = [lymphodepletion(first) | {"patient_id": "P1"} for first in depleted]
    others = raw_tables(medications=drugs, infusions=[{"patient_id": "P1", "day": number} for number in infused])
    descriptors = derive_descriptors(
        tables["assessments"],
        labs=tables["labs"],
        medications=others["medications"],
        infusions=others["infusions"],
        design=Design({"sledai_window_days": 1}),
    )
    assert value_of(derive_lupus_index(summarize_activity(descriptors)), "P1", "SLEDAI_2K", day) == total


def test_nothing_at_all_gives_an_empty_table_with_every_column():
    made = derive_index({})

    assert made.empty
    assert made.columns.tolist() == [
        "patient_id", "day", "measure", "value", "unit", "status", "missing_items", "decided_on",
    ]  # fmt: skip


SCORES = st.dictionaries(st.sampled_from(DESCRIPTORS), st.sampled_from([0, 1, None]), min_size=1)


def visit_of(scores):
    return Scene([item(V, "SLEDAI2K", code, score) for code, score in scores.items()])


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.lists(SCORES, min_size=1, max_size=6), st.sampled_from(DESCRIPTORS), st.randoms(use_true_random=False))
def test_findings_never_lower_and_neither_order_nor_others_matter(visits, descriptor, chance):
    scenes = {f"P{number}": visit_of(scores) for number, scores in enumerate(visits)}
    worse = {f"P{number}": visit_of(scores | {descriptor: 1}) for number, scores in enumerate(visits)}
    turned = dict(chance.sample(list(scenes.items()), len(scenes)))
    for scene in turned.values():
        chance.shuffle(scene.assessments)

    made, more, other = derive_index(scenes), derive_index(worse), derive_index(turned)

    pd.testing.assert_frame_equal(made, other)
    index = made["measure"] == "SLEDAI_2K"
    assert (made.loc[index, "value"].fillna(0) <= more.loc[index, "value"]).all()
    for name, scores in zip(scenes, visits, strict=True):
        unknown = [code for code in DESCRIPTORS if scores.get(code) is None]
        row = row_of(made, name, "SLEDAI_2K", V)
        assert (row["status"] == "complete") == (not unknown)
        assert (row["missing_items"].split("; ") if unknown else []) == unknown
