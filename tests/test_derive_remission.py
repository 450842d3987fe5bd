"""Remission at the last visit and sustained without drugs: worked examples, gaps, and what leaves it open."""

import pandas as pd
import pytest
from cohorts import course, patient, raw_tables
from followed import STOPPED, Followed, mmf, plain, prednisone, score
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.outcomes.remission import REMISSION

DORIS = {91: 1, 183: 1, 365: 1}


def remission_of(values, drugs=STOPPED, *, measure="DORIS", disease="SLE", cut=365, **facts):
    followed = Followed(
        score(measure, values), drugs, people=[patient("P1", disease=disease, last_contact_day=cut)], **facts
    )
    return followed.remission.iloc[0]


def planned(*days, missed=(), held=None):
    return [
        {
            "patient_id": "P1", "visit": f"V{day}", "planned_day": day,
            "actual_day": None if day in missed else (held or {}).get(day, day),
            "status": "missed" if day in missed else "done",
        }
        for day in days
    ]  # fmt: skip


def test_drugs_stopped_by_day_40_and_doris_from_day_91_is_sustained_for_nine_months():
    """Example: 274 days are 9.0 months of 30.4375 days."""
    found = remission_of(DORIS)

    assert found["sustained_remission_status"] == "sustained"
    assert (found["remission_start_day"], found["remission_duration_days"]) == (91, 274)
    assert found["is_in_remission_at_last_visit"]
    assert "drug free from day 41" in found["decided_on"]


def test_with_prednisone_until_day_200_only_one_visit_counts_and_it_is_not_yet_sustained():
    found = remission_of(DORIS, (mmf(-400, -14), prednisone(-400, 200)))

    assert found["sustained_remission_status"] == "not yet"
    assert (found["remission_start_day"], found["n_visits_in_remission"]) == (365, 1)
    assert "drug free from day 201" in found["decided_on"]


HYDROCORTISONE = course(
    "P1", "hydrocortisone", "glucocorticoid", 41, 365, purpose="replacement", dose=10, dose_unit="mg/m2"
)
IVIG = [
    course("P1", "immunoglobulin", "ivig", day, day, purpose="replacement", dose=0.4, dose_unit="g/kg")
    for day in range(50, 360, 30)
]
ANTIMALARIAL = course("P1", "hydroxychloroquine", "antimalarial", -400, None, ongoing=True)


def test_hydrocortisone_as_replacement_counts_as_drug_free_with_a_footnote():
    found = remission_of(DORIS, (*STOPPED, HYDROCORTISONE))

    assert found["sustained_remission_status"] == "sustained"
    assert found["decided_on"].endswith("not counted: hydrocortisone (replacement)")


def test_immunoglobulin_as_replacement_counts_as_drug_free():
    assert remission_of(DORIS, (*STOPPED, *IVIG))["sustained_remission_status"] == "sustained"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        pytest.param({}, "no", id="on an antimalarial a patient is not free of drugs"),
        pytest.param({"remission_freedom": "immunosuppression_free"}, "sustained", id="but of immunosuppression"),
        pytest.param({"antimalarial_rule": "is_ignored"}, "sustained", id="unless antimalarials are not counted"),
    ],
)
def test_an_antimalarial_that_goes_on(options, status):
    found = remission_of(DORIS, (*STOPPED, ANTIMALARIAL), **options)

    assert found["sustained_remission_status"] == status


CASES = [
    pytest.param({91: 1, 183: 0, 365: 1, 548: 1}, 548, "sustained", 365, id="a visit outside ends it, it begins anew"),
    pytest.param({91: 1, 183: 1, 365: 0}, 365, "no", None, id="not in remission at the last visit"),
    pytest.param({91: 1, 183: 1}, 200, "not yet", 91, id="two visits three months apart are too near"),
    pytest.param({183: 1, 365: 1}, 365, "not yet", 183, id="182 days are less than six months"),
    pytest.param({182: 1, 365: 1}, 365, "sustained", 182, id="183 days are six months"),
    pytest.param({91: 1, 365: 1}, 365, "not assessable", 365, id="no visit at month 6: a gap"),
    pytest.param({91: 1, 365: 1, 548: 1}, 548, "sustained", 365, id="after a gap it begins anew"),
    pytest.param({91: 1, 183: None, 365: 1}, 365, "not assessable", 365, id="a visit that does not decide is a gap"),
    pytest.param({91: 1, 210: 1, 365: 1}, 365, "sustained", 91, id="119 days without a visit are no gap"),
    pytest.param({91: 1, 211: 1, 300: 1}, 365, "sustained", 91, id="120 days are no gap"),
    pytest.param({91: 1, 212: 1, 300: 1}, 365, "not assessable", 212, id="121 days with a visit missing are one"),
    pytest.param({365: 1, 548: 1, 730: 1, 1096: 1}, 1096, "sustained", 365, id="yearly visits as planned are no gap"),
    pytest.param({91: 1, 183: 1, 365: 1}, 592, "sustained", 91, id="the next visit may still come"),
    pytest.param({91: 1, 183: 1, 365: 1}, 593, "not assessable", 91, id="the next visit was missed"),
    pytest.param({-10: 1, 0: 1}, 365, "not assessable", None, id="never assessed after the infusion"),
    pytest.param({91: None}, 365, "not assessable", None, id="no visit decides"),
    pytest.param({}, 365, "not assessable", None, id="no visit at all"),
]


@pytest.mark.parametrize(("values", "cut", "status", "start"), CASES)
def test_every_visit_to_the_last_must_be_in_remission_without_a_gap(values, cut, status, start):
    found = remission_of(values, cut=cut)

    assert (found["sustained_remission_status"], plain(found["remission_start_day"])) == (status, start)


FREE = "drug free from day 41"


@pytest.mark.parametrize(
    ("values", "facts", "words"),
    [
        pytest.param(DORIS, {}, f"DORIS on days 91, 183, 365; {FREE}", id="sustained"),
        pytest.param({91: 1, 365: 1}, {}, f"DORIS on days 365; {FREE}; gap before day 365", id="a gap"),
        pytest.param(DORIS, {"cut": 593}, f"DORIS on days 91, 183, 365; {FREE}; not assessed after day 365", id="tail"),
        pytest.param({91: 1, 365: 0}, {}, "not in DORIS on day 365", id="not in remission"),
        pytest.param({91: None}, {}, "no visit decides DORIS", id="undecided"),
        pytest.param({}, {}, "not assessed after the infusion", id="not assessed"),
        pytest.param(
            DORIS, {"disease": "SSc"}, "no agreed criterion: counted as not in remission", id="none agreed"
        ),
        pytest.param(DORIS, {"disease": "myasthenia"}, "no criterion for this disease", id="another disease"),
        pytest.param(
            DORIS, {"remission_freedom": "any_treatment"}, "DORIS on days 91, 183, 365; whatever the treatment",
            id="any treatment",
        ),
        pytest.param(
            DORIS, {"drugs": (*STOPPED, HYDROCORTISONE, *IVIG)},
            f"DORIS on days 91, 183, 365; {FREE}; not counted: hydrocortisone (replacement)", id="with a footnote",
        ),
    ],
)  # fmt: skip
def test_the_row_says_what_decided_it(values, facts, words):
    assert remission_of(values, **facts)["decided_on"] == words


UNSCHEDULED = [
    *planned(91, 183, 365),
    {"patient_id": "P1", "visit": "extra", "planned_day": 274, "actual_day": 274, "status": "unscheduled"},
]


@pytest.mark.parametrize(
    ("visits", "status"),
    [
        pytest.param(planned(91, 183, 274, 365), "not assessable", id="held but not assessed"),
        pytest.param(planned(91, 183, 274, 365, missed=[274]), "not assessable", id="missed"),
        pytest.param(planned(91, 183, 365), "sustained", id="never planned"),
        pytest.param(UNSCHEDULED, "sustained", id="held without a plan"),
        pytest.param(planned(91, 230, 365, held={230: 183}), "sustained", id="planned then but held before"),
        pytest.param(planned(91, 230, 365, held={230: 198}), "not assessable", id="held 15 days off its assessment"),
    ],
)
def test_the_visits_that_were_planned_tell_a_gap_from_a_long_interval(visits, status):
    options = {"calendar_half_width_days": 20}

    assert remission_of(DORIS, visits=visits, **options)["sustained_remission_status"] == status


@pytest.mark.parametrize(
    ("day", "status"),
    [
        pytest.param(228, "sustained", id="on the last day of its window"),
        pytest.param(229, "not assessable", id="the day after"),
    ],
)
def test_an_assessment_belongs_to_a_missed_visit_as_long_as_its_window_is_open(day, status):
    visits = planned(91, 183, missed=[183])

    assert remission_of({91: 1, day: 1, 365: 1}, visits=visits)["sustained_remission_status"] == status


@pytest.mark.parametrize(
    ("options", "status"),
    [
        pytest.param({"sustained_min_visits": 3}, "sustained", id="three visits are three"),
        pytest.param({"sustained_min_visits": 4}, "not yet", id="and not four"),
        pytest.param({"sustained_min_months": 274 / 30.4375}, "sustained", id="274 days are 274 days"),
        pytest.param({"sustained_min_months": 274.1 / 30.4375}, "not yet", id="and not more"),
    ],
)
def test_visits_and_months_are_options(options, status):
    assert remission_of(DORIS, **options)["sustained_remission_status"] == status


def test_a_gap_may_be_told_to_leave_the_duration_open():
    values = {91: 1, 365: 1, 548: 1}

    assert remission_of(values, cut=548, sustained_gap_rule="not_assessable")["sustained_remission_status"] == (
        "not assessable"
    )


@pytest.mark.parametrize(
    ("drugs", "cut", "status", "words"),
    [
        pytest.param(
            [prednisone(-400, 40), prednisone(360, 370)], 380, "no", "on glucocorticoid", id="on the last day"
        ),
        pytest.param([prednisone(-400, 40), mmf(370, 380)], 380, "no", "day 370: on immuno", id="again after it"),
        pytest.param([prednisone(-400, None)], 365, "not assessable", "indeterminate", id="no last day recorded"),
        pytest.param([], 365, "not assessable", "no record of treatment", id="no drugs recorded at all"),
        pytest.param([prednisone(-400, 91)], 365, "not yet", "drug free from day 92", id="the first visit on the drug"),
        pytest.param([prednisone(-400, 90)], 365, "sustained", "drug free from day 91", id="free on the first visit"),
    ],
)
def test_treatment_at_the_last_visit_or_after_it_ends_the_remission(drugs, cut, status, words):
    found = remission_of(
        {91: 1, 183: 1, 274: 1, 365: 1} if status != "not yet" else {91: 1, 183: 1, 270: 1}, drugs, cut=cut
    )

    assert found["sustained_remission_status"] == status
    assert words in found["decided_on"]


def test_without_the_need_of_freedom_treatment_does_not_matter():
    found = remission_of(DORIS, [prednisone(-400, None, ongoing=True)], remission_freedom="any_treatment")

    assert found["sustained_remission_status"] == "sustained"


def test_an_undecided_last_visit_is_not_replaced_by_the_one_before():
    values = {91: 1, 183: 1, 274: None}

    assert plain(remission_of(values)["is_in_remission_at_last_visit"]) is None
    assert remission_of(values)["last_assessed_day"] == 274
    found = remission_of(values, last_visit_rule="last_decided")
    assert found["is_in_remission_at_last_visit"]
    assert found["last_assessed_day"] == 183


@pytest.mark.parametrize(
    ("disease", "measure", "options", "expected"),
    [
        pytest.param("SLE", "CCR_0", {}, None, id="lupus goes by DORIS"),
        pytest.param("SLE", "CCR_0", {"remission_criterion_sle": "CCR_0"}, True, id="or by childhood remission"),
        pytest.param("JDM", "CID_REVISED", {}, True, id="myositis goes by the revised criteria"),
        pytest.param("JDM", "CID_PRINTO", {}, None, id="not by the first ones"),
        pytest.param("JDM", "CID_PRINTO", {"remission_criterion_jdm": "CID_PRINTO"}, True, id="unless chosen"),
        pytest.param("SSc", "DORIS", {}, False, id="sclerosis has none and counts as not in remission"),
        pytest.param("myasthenia", "DORIS", {}, None, id="another disease is not judged"),
    ],
)
def test_the_criterion_follows_the_disease(disease, measure, options, expected):
    found = remission_of({183: 1, 365: 1}, measure=measure, disease=disease, **options)

    assert plain(found["is_in_remission_at_last_visit"]) == expected


SKIN = {-10: 20, 183: 20, 365: 22}


@pytest.mark.parametrize(
    ("skin", "lungs", "drugs", "events", "expected"),
    [
        pytest.param(SKIN, {365: 0}, STOPPED, [], True, id="skin and lungs are stable"),
        pytest.param(SKIN, {}, STOPPED, [], True, id="lungs that were not measured are not held against"),
        pytest.param(SKIN, {365: 1}, STOPPED, [], False, id="the lungs have progressed"),
        pytest.param(SKIN, {379: 1}, STOPPED, [], False, id="lungs measured two weeks later"),
        pytest.param(SKIN, {380: 1}, STOPPED, [], True, id="lungs measured later than that belong elsewhere"),
        pytest.param(SKIN | {365: 25}, {}, STOPPED, [], False, id="the skin rose by 5 points and a quarter"),
        pytest.param(SKIN | {365: 24}, {}, STOPPED, [], True, id="by 4 points only"),
        pytest.param({-10: 28, 365: 33}, {}, STOPPED, [], True, id="by 5 points, less than a quarter"),
        pytest.param({-10: 0, 365: 5}, {}, STOPPED, [], False, id="from no skin score to 5 points"),
        pytest.param(SKIN, {}, [mmf(-400, None, ongoing=True)], [], False, id="still on immunosuppression"),
        pytest.param(SKIN, {}, [*STOPPED, ANTIMALARIAL], [], True, id="an antimalarial is no immunosuppression"),
        pytest.param(SKIN, {}, [], [], None, id="treatment not known"),
        pytest.param({183: 20, 365: 20}, {}, STOPPED, [], None, id="no baseline of the skin"),
        pytest.param(
            SKIN,
            {},
            STOPPED,
            [{"patient_id": "P1", "term": "Scleroderma renal crisis", "category": "other", "start_day": 200}],
            False,
            id="a renal crisis",
        ),
    ],
)
def test_sclerosis_without_progression_and_off_immunosuppression(skin, lungs, drugs, events, expected):
    found = Followed(
        score("MRSS", skin) + score("LUNG_PROGRESSION_RELATIVE", lungs),
        drugs,
        people=[patient("P1", disease="SSc")],
        events=events,
        remission_criterion_ssc="no_progression",
    ).states

    assert plain(found["is_in_remission"].iloc[-1]) == expected


def test_without_patients_the_table_has_its_columns():
    followed = Followed()
    followed.tables = raw_tables()

    assert list(followed.remission.columns) == list(REMISSION)
    assert followed.remission.empty


ONE = st.tuples(
    st.dictionaries(st.sampled_from([60, 91, 183, 274, 365, 548, 730]), st.sampled_from([0, 1, None]), max_size=7),
    st.integers(-20, 400),
)


@settings(deadline=None, derandomize=True, max_examples=4)
@given(st.lists(ONE, min_size=10, max_size=10))
def test_a_later_stop_never_makes_remission_longer_and_neither_order_nor_others_matter(cohort):
    people, scores, drugs = [], [], []
    for number, (values, stop) in enumerate(cohort):
        for name, end in ((f"early {number}", stop), (f"late {number}", stop + 60)):
            people.append(patient(name, last_contact_day=760))
            scores += score("DORIS", values, who=name)
            drugs.append(prednisone(-400, end, who=name))
    found = Followed(scores, drugs, people=people).remission
    length = found.set_index("patient_id")["remission_duration_days"].fillna(0)
    for number in range(len(cohort)):
        assert length[f"early {number}"] >= length[f"late {number}"]

    alone = {"early 0", "late 0"}
    rest = Followed(
        [row for row in reversed(scores) if row["patient_id"] in alone],
        [row for row in reversed(drugs) if row["patient_id"] in alone],
        people=[row for row in reversed(people) if row["patient_id"] in alone],
    ).remission
    of_both = found[found["patient_id"].isin(alone)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, of_both)
