"""Systemic sclerosis: relevant fall of the skin score, activity index, lung function."""

import pandas as pd
import pytest
from hypothesis import Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from scored import assess, derive_lung, derive_skin, given, result, row_of, tables_of, value_of, values_of

from caseseries.derive.sclerosis import WEIGHTS, derive_sclerosis
from caseseries.derive.shared.measured import derive_measures
from caseseries.derive.shared.scores import SCORES
from caseseries.design import Design

BATCH = settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
NAMES = ("SKIN_WORSE", "DIGITAL_ULCER", "MRSS", "FRICTION_RUB", "CRP", "DLCO_PCT")


def activity(cases, **options):
    """Scores of a cohort: worse skin, ulcers, skin score, friction rubs, CRP in mg/L, DLCO in % of predicted."""
    rows, labs = [], []
    for who, parts in cases.items():
        seen = dict(zip(NAMES, parts, strict=True))
        crp = seen.pop("CRP")
        rows += assess(91, who=who, **given(**seen))
        if crp is not None:
            sign, number = (crp[0], float(crp[1:])) if isinstance(crp, str) else ("=", crp)
            labs.append(result(91, "CRP", number, operator=sign, who=who))
    return derive_skin(tables_of(rows, labs, disease="SSc"), **options)


# worse skin, ulcers, skin score, rubs, CRP mg/L, DLCO %: index, active, modified index
WORKED = {
    "skin, ulcers and diffusing capacity": ((1, 1, 26, 0, 4, 65), 5.5, 1, 5.5),
    "nothing but a little skin": ((0, 0, 12, 0, 2, 75), 0.0, 0, 1.008),
    "everything": ((1, 1, 20, 1, 20, 60), 10.0, 1, 10.0),
    "ulcers and diffusing capacity reach the limit": ((0, 1, 14, 0, 5, 68), 2.5, 1, 2.5 + 14 * 0.084),
}
EDGES = {
    "a skin score of 18 does not count": ((0, 0, 18, 0, 0, 90), 0.0, 0, 1.512),
    "a skin score of 19 does": ((0, 0, 19, 0, 0, 90), 1.5, 0, 1.5),
    "CRP of 10 does not count": ((0, 0, 0, 0, 10, 90), 0.0, 0, 0.0),
    "CRP of 10.1 does": ((0, 0, 0, 0, 10.1, 90), 2.25, 0, 2.25),
    "CRP below 10 does not": ((0, 0, 0, 0, "<10", 90), 0.0, 0, 0.0),
    "CRP above 10 does": ((0, 0, 0, 0, ">10", 90), 2.25, 0, 2.25),
    "CRP below 20 may": ((0, 0, 0, 0, "<20", 90), None, 0, None),
    "DLCO of 70 does not count": ((0, 0, 0, 0, 0, 70), 0.0, 0, 0.0),
    "DLCO of 69.9 does": ((0, 0, 0, 0, 0, 69.9), 1.0, 0, 1.0),
    "worse skin alone": ((1, 0, 0, 0, 0, 90), 1.5, 0, 1.5),
    "ulcers alone": ((0, 1, 0, 0, 0, 90), 1.5, 0, 1.5),
    "friction rubs alone": ((0, 0, 0, 1, 0, 90), 2.25, 0, 2.25),
    "active whatever the missing part is": ((1, 0, 0, None, 20, 90), None, 1, None),
    "inactive whatever the missing part is": ((None, 0, 0, 0, 0, 90), None, 0, None),
    "the missing part decides": ((None, 0, 0, 0, 0, 60), None, None, None),
    "without a skin score": ((1, 0, None, 0, 0, 90), None, None, None),
    "without a diffusing capacity": ((0, 0, 3, 0, 0, None), None, 0, None),
}


@pytest.fixture(scope="module")
def scores():
    return activity({case: parts for case, (parts, *_) in (WORKED | EDGES).items()})


@pytest.mark.parametrize("case", WORKED | EDGES)
def test_the_activity_index_adds_up_its_findings(scores, case):
    """Valentini 2017, Ann Rheum Dis 76:270; modified index after bindevevssykdommer.no; examples by hand."""
    _, index, active, modified = (WORKED | EDGES)[case]

    made = [value_of(scores, measure, 91, who=case) for measure in ("EUSTAR_2017", "EUSTAR_2017_ACTIVE")]

    assert made == [index, active]
    assert value_of(scores, "EUSTAR_2017_MODIFIED", 91, who=case) == (
        None if modified is None else pytest.approx(modified)
    )


def test_the_findings_are_worth_10_points_in_all():
    assert sum(WEIGHTS.values()) == 10


def test_an_index_with_a_gap_names_it_and_the_totals_it_lies_between(scores):
    index = row_of(scores, "EUSTAR_2017", 91, who="the missing part decides")
    active = row_of(scores, "EUSTAR_2017_ACTIVE", 91, who="the missing part decides")

    assert (index["status"], index["missing_items"]) == ("partial", "SKIN_WORSE")
    assert index["decided_on"] == ("DIGITAL_ULCER 0, MRSS 0, FRICTION_RUB 0, CRP 0, DLCO_PCT 60; 1 to 2.5 points")
    assert (active["status"], active["unit"]) == ("indeterminate", "yes/no")
    assert row_of(scores, "EUSTAR_2017_ACTIVE", 91, who="inactive whatever the missing part is")["status"] == "partial"
    assert row_of(scores, "EUSTAR_2017", 91, who="everything")["status"] == "complete"


def test_the_limit_of_activity_is_an_option():
    cases = {"P1": (0, 1, 14, 0, 5, 68)}

    assert value_of(activity(cases, eustar_active_limit=3.0), "EUSTAR_2017_ACTIVE", 91) == 0


def test_blood_and_lungs_of_some_days_before_or_after_belong_to_the_visit():
    """CRP within 7 days, DLCO within 14; those of the second patient are a day too far."""
    rows, labs = [], []
    for who, crp_day, lung_day in (("P1", 84, 105), ("P2", 99, 76)):
        rows += assess(91, who=who, SKIN_WORSE=0, DIGITAL_ULCER=0, MRSS=5, FRICTION_RUB=0)
        rows += assess(lung_day, who=who, DLCO_PCT=90)
        labs.append(result(crp_day, "CRP", 2, who=who))

    scores = derive_skin(tables_of(rows, labs, disease="SSc"))

    assert value_of(scores, "EUSTAR_2017", 91) == 0
    assert row_of(scores, "EUSTAR_2017", 91, who="P2")["missing_items"] == "CRP; DLCO_PCT"


def test_a_patient_with_lungs_and_another_disease_has_no_index():
    scores = derive_skin(tables_of(assess(91, FVC_PCT=80, DLCO_PCT=60), [result(91, "CRP", 20)], disease="SLE"))

    assert set(scores["measure"]) == {"FVC_PCT", "DLCO_PCT"}


@pytest.mark.parametrize(
    ("old", "new", "options", "relevant"),
    [
        pytest.param(20, 15, {}, 1, id="five points and a quarter"),
        pytest.param(21, 16, {}, 0, id="five points but less than a quarter"),
        pytest.param(16, 12, {}, 0, id="a quarter but less than five points"),
        pytest.param(28, 35, {}, 0, id="worse"),
        pytest.param(0, 0, {}, 0, id="nothing to lose"),
        pytest.param(21, 16, {"skin_fall_percent": 20}, 1, id="a fifth can be enough"),
        pytest.param(16, 12, {"skin_fall_points": 4}, 1, id="four points can be enough"),
    ],
)
def test_a_relevant_fall_of_the_skin_score_needs_points_and_a_share(old, new, options, relevant):
    """At least 5 points and at least 25% (from memory)."""
    tables = tables_of(assess(-9, MRSS=old) + assess(91, MRSS=new), disease="SSc")

    made = row_of(derive_skin(tables, **options), "MRSS_RELEVANT_FALL", 91)

    assert (made["value"], made["status"], made["decided_on"]) == (relevant, "complete", f"MRSS {old} to {new}")


def test_a_fall_without_a_baseline_or_a_total_is_open():
    rows = assess(91, MRSS=10) + assess(-9, who="P2", MRSS=20) + assess(91, who="P2", MRSS=None)

    scores = derive_skin(tables_of(rows, disease="SSc"))

    assert row_of(scores, "MRSS_RELEVANT_FALL", 91)["missing_items"] == "baseline"
    assert row_of(scores, "MRSS_RELEVANT_FALL", 91, who="P2")["missing_items"] == "MRSS"
    assert values_of(scores, "MRSS_RELEVANT_FALL", 91) == {"P1": None, "P2": None}


# FVC before and after, DLCO before and after: progression relative, progression in points
LUNGS = {
    "a relative fall of 10%": ((80, 72), (60, 60), 1, 0),
    "a relative fall just below 10%": ((80, 72.1), (60, 60), 0, 0),
    "a fall of 10 points": ((90, 80), (60, 60), 1, 1),
    "FVC by 5% and DLCO by 15%": ((80, 76), (60, 51), 1, 0),
    "FVC by 5 points and DLCO by 15": ((80, 75), (80, 65), 1, 1),
    "FVC by less than 5%": ((80, 76.1), (60, 40), 0, 0),
    "DLCO by less than 15%": ((80, 75), (60, 51.1), 0, 0),
    "DLCO alone": ((80, 80), (60, 30), 0, 0),
    "82 to 75 is 7 points but 8.5%": ((82, 75), (60, 60), 0, 0),
    "better": ((70, 80), (60, 70), 0, 0),
    "without DLCO, FVC enough": ((80, 70), (60, None), 1, 1),
    "without DLCO, FVC in between": ((80, 75), (60, None), None, None),
    "without DLCO, FVC steady": ((80, 79), (60, None), 0, 0),
    "without a baseline": ((None, 79), (None, 60), None, None),
}


@pytest.fixture(scope="module")
def lungs():
    rows = []
    for who, (fvc, dlco, _, _) in LUNGS.items():
        for day, litres, air, gas in zip((-9, 91), (1.5, 1.9), fvc, dlco, strict=True):
            rows += assess(day, who=who, **given(FVC_PCT=air, DLCO_PCT=gas, FVC_L=litres))
    return derive_lung(tables_of(rows, disease="SLE"))


@pytest.mark.parametrize("case", LUNGS)
def test_progression_of_lung_disease_says_which_falls_it_means(lungs, case):
    """Khanna 2015, J Rheumatol 42:2168: FVC by 10%, or by 5% with DLCO by 15%, relative to baseline."""
    _, _, relative, points = LUNGS[case]

    assert value_of(lungs, "LUNG_PROGRESSION_RELATIVE", 91, who=case) == relative
    assert value_of(lungs, "LUNG_PROGRESSION_POINTS", 91, who=case) == points


def test_a_relative_change_is_a_share_of_the_baseline(lungs):
    """82 to 75% of predicted is a fall of 8.5%."""
    made = row_of(lungs, "FVC_RELATIVE_CHANGE", 91, who="82 to 75 is 7 points but 8.5%")

    assert made["value"] == pytest.approx(-8.536585, abs=1e-6)
    assert (made["unit"], made["decided_on"]) == ("%", "82 to 75")
    assert value_of(lungs, "DLCO_RELATIVE_CHANGE", 91, who="DLCO alone") == -50
    assert "without a baseline" not in set(lungs.loc[lungs["measure"] == "FVC_RELATIVE_CHANGE", "patient_id"])


def test_an_answer_without_dlco_says_so(lungs):
    enough = row_of(lungs, "LUNG_PROGRESSION_RELATIVE", 91, who="without DLCO, FVC enough")
    between = row_of(lungs, "LUNG_PROGRESSION_RELATIVE", 91, who="without DLCO, FVC in between")

    assert (enough["status"], enough["missing_items"]) == ("partial", "DLCO_PCT")
    assert (between["status"], between["decided_on"]) == ("indeterminate", "fall of FVC 6.25, of DLCO unknown")


@pytest.mark.parametrize(
    ("option", "value", "fvc", "dlco"),
    [
        ("lung_progression_fvc", 8, 73, 60),
        ("lung_progression_fvc_with_dlco", 4, 76.5, 50),
        ("lung_progression_dlco", 10, 75, 53),
    ],
)
def test_each_limit_of_progression_is_an_option(option, value, fvc, dlco):
    tables = tables_of(assess(-9, FVC_PCT=80, DLCO_PCT=60) + assess(91, FVC_PCT=fvc, DLCO_PCT=dlco))

    assert value_of(derive_lung(tables), "LUNG_PROGRESSION_RELATIVE", 91) == 0
    assert value_of(derive_lung(tables, **{option: value}), "LUNG_PROGRESSION_RELATIVE", 91) == 1


def test_no_data_give_empty_tables():
    assert derive_skin(tables_of([])).empty
    assert derive_lung(tables_of([])).empty


PARTS = st.tuples(
    st.none() | st.integers(0, 1),
    st.none() | st.integers(0, 1),
    st.integers(0, 51),
    st.none() | st.integers(0, 1),
    st.none() | st.sampled_from([0, 10, 10.5, 80]),
    st.none() | st.sampled_from([40, 69, 70, 95]),
)


@BATCH
@drawn(st.lists(PARTS, min_size=60, max_size=60), st.sampled_from(range(6)))
def test_a_worse_finding_never_lowers_the_index_and_leaving_one_out_never_turns_the_answer(cohort, n):
    cases = {f"P{number}": parts for number, parts in enumerate(cohort)}
    worst = (1, 1, 51, 1, 100, 20)[n]
    worse = {f"{who} worse": (*parts[:n], worst, *parts[n + 1 :]) for who, parts in cases.items()}
    less = {f"{who} less": (*parts[:n], None if n != 2 else parts[n], *parts[n + 1 :]) for who, parts in cases.items()}

    scores = activity(cases | worse | less)

    index, active = values_of(scores, "EUSTAR_2017", 91), values_of(scores, "EUSTAR_2017_ACTIVE", 91)
    for who in cases:
        if index[who] is not None:
            assert index[f"{who} worse"] >= index[who]
            assert active[who] == (index[who] >= 2.5)
        assert active[f"{who} less"] is None or active[f"{who} less"] == active[who]


@BATCH
@drawn(st.lists(PARTS, min_size=20, max_size=20), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_other_patients_matter(cohort, random):
    rows, labs = [], []
    for number, (worse, ulcer, skin, rub, crp, dlco) in enumerate(cohort):
        seen = given(SKIN_WORSE=worse, DIGITAL_ULCER=ulcer, MRSS=skin, FRICTION_RUB=rub, DLCO_PCT=dlco)
        rows += assess(91, who=f"P{number}", **seen) + assess(-9, who=f"P{number}", MRSS=20)
        labs += [result(day, "CRP", crp or 3, who=f"P{number}") for day in (90, 92)]
    own = [[row for row in frame if row["patient_id"] == "P7"] for frame in (rows, labs)]
    alone = derive_skin(tables_of(*own, disease="SSc"))
    random.shuffle(rows)
    random.shuffle(labs)

    together = derive_skin(tables_of(rows, labs, disease="SSc"))

    pd.testing.assert_frame_equal(
        together[together["patient_id"] == "P7"].reset_index(drop=True),
        alone[alone["patient_id"] == "P7"].reset_index(drop=True),
    )


def test_everything_of_sclerosis_stands_in_one_table():
    tables = tables_of(assess(-9, MRSS=20, PGA=5) + assess(91, MRSS=10, PGA=0.1), disease="SSc")

    made = derive_sclerosis(derive_measures(tables["assessments"]), tables=tables, design=Design())

    assert set(made["measure"]) == {
        "MRSS_RELEVANT_FALL", "EUSTAR_2017", "EUSTAR_2017_ACTIVE", "EUSTAR_2017_MODIFIED",
        "CRISS_2016", "CRISS_2016_IMPROVED", "RCRISS_20",
    }  # fmt: skip
    assert made.columns.tolist() == list(SCORES)


def test_every_measure_has_its_unit_and_says_what_it_rests_on():
    before, after = {"MRSS": 20, "FVC_PCT": 80, "DLCO_PCT": 70}, {"MRSS": 10, "FVC_PCT": 72, "DLCO_PCT": 63}
    tables = tables_of(assess(-9, **before) + assess(91, **after), disease="SSc")
    measures, design = derive_measures(tables["assessments"]), Design()

    made = pd.concat([derive_sclerosis(measures, tables=tables, design=design), derive_lung(tables)])
    made = made[made["day"] == 91].set_index("measure")

    assert made["unit"].to_dict() == {
        "MRSS_RELEVANT_FALL": "yes/no", "EUSTAR_2017": "points", "EUSTAR_2017_ACTIVE": "yes/no",
        "EUSTAR_2017_MODIFIED": "points", "CRISS_2016": "probability", "CRISS_2016_IMPROVED": "yes/no",
        "RCRISS_20": "yes/no", "FVC_RELATIVE_CHANGE": "%", "DLCO_RELATIVE_CHANGE": "%",
        "LUNG_PROGRESSION_RELATIVE": "yes/no", "LUNG_PROGRESSION_POINTS": "yes/no",
    }  # fmt: skip
    assert made["decided_on"].to_dict() == {
        "MRSS_RELEVANT_FALL": "MRSS 20 to 10",
        **dict.fromkeys(
            ("EUSTAR_2017", "EUSTAR_2017_ACTIVE", "EUSTAR_2017_MODIFIED"), "MRSS 10, DLCO_PCT 63; 1 to 8.5 points"
        ),
        "CRISS_2016": "change of MRSS -10, FVC_PCT -8",
        "CRISS_2016_IMPROVED": "change of MRSS -10, FVC_PCT -8",
        "RCRISS_20": "better by MRSS +50.0%, FVC_PCT -10.0%; 1 of 5 improved",
        "FVC_RELATIVE_CHANGE": "80 to 72",
        "DLCO_RELATIVE_CHANGE": "70 to 63",
        "LUNG_PROGRESSION_RELATIVE": "fall of FVC 10, of DLCO 10",
        "LUNG_PROGRESSION_POINTS": "fall of FVC 8, of DLCO 7",
    }
    assert made["missing_items"].dropna().to_dict() == {
        **dict.fromkeys(
            ("EUSTAR_2017", "EUSTAR_2017_ACTIVE", "EUSTAR_2017_MODIFIED"),
            "SKIN_WORSE; DIGITAL_ULCER; FRICTION_RUB; CRP",
        ),
        **dict.fromkeys(("CRISS_2016", "CRISS_2016_IMPROVED", "RCRISS_20"), "PATIENT_GLOBAL; PGA; CHAQ"),
    }
    assert {name: set(own.index) for name, own in made.groupby("status")} == {
        "complete": {
            "MRSS_RELEVANT_FALL", "FVC_RELATIVE_CHANGE", "DLCO_RELATIVE_CHANGE", "LUNG_PROGRESSION_RELATIVE",
            "LUNG_PROGRESSION_POINTS",
        },
        "partial": {"EUSTAR_2017", "EUSTAR_2017_MODIFIED"},
        "indeterminate": {"EUSTAR_2017_ACTIVE", "CRISS_2016", "CRISS_2016_IMPROVED", "RCRISS_20"},
    }  # fmt: skip
