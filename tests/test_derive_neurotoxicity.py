"""Neurotoxicity: single checks by age and instrument, the course of a patient, and what is said when data lack."""

import pytest
from bedside import as_rows, tables_of
from cohorts import event, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.safety.grades import GRADES
from caseseries.derive.safety.neurotoxicity import BY_CODE, derive_icans, grade_icans_observations
from caseseries.design import Design

WELL = {"consciousness": "alert", "seizure": "none", "motor": "none", "oedema": "none", "suspected": True}


def check(day, hour=8, patient_id="P1", **findings):
    return {"patient_id": patient_id, "day": day, "hour": hour} | WELL | findings


def grades_of(*checks, options=None, patients, **tables):
    made = tables_of(neuro_checks=checks, patients=patients, **tables)
    frames = {name: made[name] for name in ("patients", "infusions", "adverse_events")}
    return as_rows(derive_icans(made["neuro_checks"], **frames, design=Design(options)))


def grade_of(*checks, age_years=15.0, delay=None, patients=(), **facts):
    [row] = grades_of(
        *checks, patients=patients or [patient("P1", age_years=age_years, developmental_delay=delay)], **facts
    )
    return row


@pytest.mark.parametrize(
    ("age_years", "findings", "grade"),
    [
        (15, {"ice_score": 8}, 1),
        (15, {"ice_score": 5, "consciousness": "awakens_to_voice"}, 2),
        (15, {"ice_score": 9, "seizure": "brief"}, 3),
        (15, {"ice_score": 0, "consciousness": "unarousable"}, 4),
        (7, {"capd_score": 10}, 3),
        (7, {"capd_score": 6, "consciousness": "awakens_to_voice"}, 2),
        (7, {"seizure": "prolonged"}, 4),
        (15, {"ice_score": 10}, 0),
        (15, {"ice_score": 9}, 1),
        (15, {"ice_score": 7}, 1),
        (15, {"ice_score": 6}, 2),
        (15, {"ice_score": 3}, 2),
        (15, {"ice_score": 2}, 3),
        (15, {"ice_score": 0}, 3),
        (15, {"ice_score": 1, "consciousness": "awakens_to_touch"}, 3),
        (15, {"unable_to_perform": True}, 3),
        (15, {"unable_to_perform": True, "consciousness": "unarousable"}, 4),
        (15, {"ice_score": 10, "consciousness": "awakens_spontaneously"}, 1),
        (15, {"ice_score": 10, "consciousness": "awakens_to_touch"}, 3),
        (15, {"ice_score": 10, "motor": "deep_focal_weakness"}, 4),
        (15, {"ice_score": 10, "oedema": "focal"}, 3),
        (15, {"ice_score": 10, "oedema": "diffuse"}, 4),
        (7, {"capd_score": 0}, 0),
        (7, {"capd_score": 1}, 1),
        (7, {"capd_score": 8}, 1),
        (7, {"capd_score": 9}, 3),
        (7, {"unable_to_perform": True}, 4),
        (7, {"capd_score": 8, "suspected": False}, 0),
        (7, {"capd_score": 8, "suspected": None}, 0),
        (7, {"capd_score": 9, "suspected": False}, 3),
        (7, {"capd_score": 2, "suspected": False, "consciousness": "awakens_to_voice"}, 2),
        (15, {"ice_score": 8, "suspected": None}, 1),
        (12, {"ice_score": 8, "capd_score": 20}, 1),
        (11.99, {"ice_score": 2, "capd_score": 0}, 0),
    ],
    ids=[
        "ICE 8 is grade 1",
        "waking to voice and ICE 5 is grade 2",
        "a brief seizure is grade 3 whatever the ICE",
        "ICE 0 in an unarousable patient is grade 4",
        "CAPD 10 in a child is grade 3",
        "waking to voice makes a CAPD of 6 grade 2",
        "a seizure of 8 minutes is grade 4 without a CAPD",
        "tremor with ICE 10 is no neurotoxicity",
        "ICE 9 is grade 1",
        "ICE 7 is grade 1",
        "ICE 6 is grade 2",
        "ICE 3 is grade 2",
        "ICE 2 is grade 3",
        "ICE 0 in an awake patient with aphasia is grade 3",
        "waking only to touch is grade 3",
        "ICE not to be done in an awake patient is an ICE of 0",
        "ICE not to be done in an unarousable patient is grade 4",
        "drowsiness alone is grade 1",
        "waking only to touch with ICE 10 is grade 3",
        "deep focal weakness is grade 4",
        "focal oedema is grade 3",
        "diffuse oedema is grade 4",
        "CAPD 0 is normal",
        "CAPD 1 is grade 1 if neurotoxicity is suspected",
        "CAPD 8 is grade 1 if neurotoxicity is suspected",
        "CAPD 9 is grade 3",
        "CAPD not to be done is grade 4",
        "CAPD 8 is normal if neurotoxicity is not suspected",
        "CAPD 8 is normal if nobody says that neurotoxicity is suspected",
        "CAPD 9 is grade 3 whatever is suspected",
        "drowsiness counts whatever is suspected",
        "ICE 8 counts whatever is suspected",
        "from 12 years on ICE is graded and not CAPD",
        "before 12 years CAPD is graded and not ICE",
    ],
)
def test_one_check_is_graded_by_astct(age_years, findings, grade):
    """Lee 2019, Biol Blood Marrow Transplant 25:625; the first eight are worked examples of its tables."""
    assert grade_of(check(5, **findings), age_years=age_years)["grade"] == grade


@pytest.mark.parametrize(
    ("age_years", "delay", "grade"),
    [(16, True, 3), (16, False, 2), (16, None, 2), (None, True, 3), (None, None, 0)],
    ids=[
        "developmental delay calls for CAPD at 16 years",
        "normal development calls for ICE",
        "no word on development is normal development",
        "developmental delay calls for CAPD at any age",
        "without an age neither score is read",
    ],
)
def test_age_and_development_choose_the_score(age_years, delay, grade):
    assert grade_of(check(5, ice_score=5, capd_score=12), age_years=age_years, delay=delay)["grade"] == grade


@pytest.mark.parametrize(
    ("options", "findings", "grade"),
    [
        ({"icans_ice_from_age_years": 13}, {"ice_score": 5, "capd_score": 12}, 3),
        ({"icans_suspicion_rule": "every_finding"}, {"ice_score": 5, "suspected": False}, 0),
        ({"icans_suspicion_rule": "every_finding"}, {"ice_score": 5, "suspected": None}, 2),
        ({"icans_suspicion_rule": "every_finding"}, {"ice_score": 5}, 2),
    ],
    ids=[
        "ICE only from 13 years on",
        "a finding that is not suspected to be neurotoxicity does not count",
        "one without a word on it does",
        "a suspected one does",
    ],
)
def test_options_change_the_grade(options, findings, grade):
    assert grade_of(check(5, **findings), age_years=12.5, options=options)["grade"] == grade


@pytest.mark.parametrize(
    ("day", "suspected", "grade", "is_told"),
    [(30, None, 1, False), (31, None, 0, True), (31, False, 0, True), (31, True, 1, False), (-1, True, None, False)],
    ids=[
        "a finding without suspicion counts until day 30",
        "but not after it",
        "nor does one that is not suspected",
        "a suspected one counts at any time",
        "checks before the infusion are not graded",
    ],
)
def test_when_a_finding_counts(day, suspected, grade, is_told):
    row = grade_of(check(day, ice_score=8, suspected=suspected))

    assert row["grade"] == grade
    assert ("do not count for want of attribution" in row["decided_on"]) == is_told


def test_onset_end_and_duration_count_both_ends():
    ice = {4: 10, 5: 9, 6: 10, 7: 4, 8: 9, 9: 10}

    row = grade_of(*(check(day, ice_score=score) for day, score in ice.items()))

    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"]) == (2, 5, 8, 4)
    assert "ICE 4 on day 7" in row["decided_on"]
    assert "onset day 5 at hour 8" in row["decided_on"]


def test_the_findings_are_told_in_words():
    row = grade_of(check(5, ice_score=8, consciousness="awakens_to_voice", seizure="brief", oedema="focal"))

    assert row["decided_on"].startswith("ICE 8, awakens to voice, seizure brief, oedema focal on day 5")


def test_the_capd_before_the_infusion_is_told_beside_a_graded_one():
    before = [check(-6, capd_score=5), check(-2, capd_score=3), check(-1, ice_score=4)]

    row = grade_of(*before, check(5, capd_score=7), age_years=7)

    assert row["decided_on"].startswith("CAPD 7 on day 5")
    assert row["decided_on"].endswith("; CAPD 3 before the infusion")


def test_a_child_without_findings_is_told_no_earlier_capd():
    assert (
        "before the infusion"
        not in grade_of(check(-2, capd_score=3), check(5, capd_score=0), age_years=7)["decided_on"]
    )


@pytest.mark.parametrize(
    ("age_years", "findings", "grade", "status"),
    [
        (15, {"ice_score": 10}, 0, "graded"),
        (15, {}, 0, "partial"),
        (15, {"capd_score": 3}, 0, "partial"),
        (7, {"ice_score": 10}, 0, "partial"),
        (15, {"ice_score": 10, "motor": None}, 0, "partial"),
        (15, {"ice_score": 9, "consciousness": None}, 1, "partial"),
        (15, {"oedema": "diffuse"}, 4, "graded"),
        (15, {"ice_score": 0, "consciousness": None}, 3, "partial"),
    ],
    ids=[
        "everything recorded",
        "no score",
        "CAPD where ICE is called for",
        "ICE where CAPD is called for",
        "no word on weakness",
        "no word on consciousness",
        "grade 4 cannot be raised",
        "an ICE of 0 may be that of an unarousable patient",
    ],
)
def test_a_grade_that_more_data_could_raise_is_partial(age_years, findings, grade, status):
    row = grade_of(*(check(day, **findings) for day in range(1, 15)), age_years=age_years)

    assert (row["grade"], row["status"]) == (grade, status)


@pytest.mark.parametrize(
    ("days", "last_contact_day", "status"),
    [(range(1, 15), 300, "graded"), (range(1, 14), 300, "partial"), (range(1, 7), 6, "graded")],
    ids=["every day checked", "a day not checked", "checked to the last contact"],
)
def test_a_day_that_was_not_checked_leaves_the_grade_partial(days, last_contact_day, status):
    patients = [patient("P1", age_years=15.0, last_contact_day=last_contact_day)]

    assert grade_of(*(check(day, ice_score=10) for day in days), patients=patients)["status"] == status


@pytest.mark.parametrize(
    ("age_years", "findings", "words"),
    [
        pytest.param(15, {"capd_score": 10}, "CAPD where ICE is asked for, not read (14 times)", id="CAPD at 15 years"),
        pytest.param(7, {"ice_score": 5}, "ICE where CAPD is asked for, not read (14 times)", id="ICE at 7 years"),
        pytest.param(15, {"ice_score": 10, "capd_score": 10}, "", id="both, the right one is read"),
        pytest.param(7, {"capd_score": 3, "suspected": None}, "CAPD 1-8, nobody said whether suspect", id="not asked"),
        pytest.param(7, {"capd_score": 3, "suspected": False}, "", id="not suspected"),
    ],
)
def test_what_of_a_check_was_not_read_is_told_and_leaves_the_grade_partial(age_years, findings, words):
    row = grade_of(*(check(day, **findings) for day in range(1, 15)), age_years=age_years)

    assert (row["grade"], row["status"]) == (0, "partial" if words else "graded")
    assert row["decided_on"].startswith("no finding; observed on 14 of 14 days" + ("; " + words if words else ""))


def test_checks_without_any_finding_recorded_are_no_checks():
    nothing = dict.fromkeys(("consciousness", "seizure", "motor", "oedema"))

    row = grade_of(check(5, **nothing))

    assert (row["grade"], row["status"]) == (None, "not assessable")


@pytest.mark.parametrize(
    ("facts", "grade", "words"),
    [
        ({}, None, "no observation is recorded"),
        ({"adverse_events": [event("P1", "icans", 5, grade=2)]}, None, "the investigator recorded grade 2"),
        ({"infusions": []}, None, "no infusion of cells is recorded"),
        ({"adverse_events": [event("P1", "icans", 5, 9, grade=5)]}, 5, "fatal event recorded"),
    ],
    ids=["no check", "no check but a recorded event", "no infusion", "a fatal event"],
)
def test_what_stands_without_checks(facts, grade, words):
    row = grade_of(**facts)

    assert row["grade"] == grade
    assert words in row["decided_on"]


def test_a_check_tells_its_parts():
    tables = tables_of(
        patients=[patient("P1", age_years=7.0)], neuro_checks=[check(5, capd_score=9, seizure="brief", motor=None)]
    )

    [row] = as_rows(grade_icans_observations(tables["neuro_checks"], patients=tables["patients"], design=Design()))

    assert [row[name] for name in ("instrument", "score", "consciousness", "seizure", "motor", "oedema")] == [
        "CAPD", 3, 0, 3, None, 0,
    ]  # fmt: skip
    assert (row["grade"], row["is_complete"]) == (3, False)


def test_empty_tables_give_an_empty_table_with_its_columns():
    empty = tables_of()
    frames = {name: empty[name] for name in ("patients", "infusions", "adverse_events")}

    result = derive_icans(empty["neuro_checks"], **frames, design=Design())

    assert result.empty
    assert dict(result.dtypes.astype(str)) == GRADES


FINDINGS = st.fixed_dictionaries(
    {
        "day": st.integers(0, 20),
        "hour": st.sampled_from([8.0, 20.0, None]),
        "ice_score": st.one_of(st.none(), st.integers(0, 10)),
        "capd_score": st.one_of(st.none(), st.integers(0, 32)),
        "suspected": st.sampled_from([True, False, None]),
        **{name: st.sampled_from([*codes, None]) for name, codes in BY_CODE.items()},
    }
)
COURSES = st.lists(st.lists(FINDINGS, min_size=1, max_size=5), min_size=4, max_size=8)
LITTLE = settings(max_examples=6, deadline=None, derandomize=True)


def courses_of(*courses, shuffle=None):
    """Grade several courses at once, each as a patient of its own, younger and older in turn."""
    names = [f"P{number:02d}" for number in range(1, len(courses) + 1)]
    checks = [check(**finding, patient_id=name) for name, own in zip(names, courses, strict=True) for finding in own]
    if shuffle:
        shuffle(checks)
    return grades_of(*checks, patients=[patient(name, age_years=9.0 + 6 * (int(name[1:]) % 2)) for name in names])


@LITTLE
@given(courses=COURSES, order=st.randoms(use_true_random=False))
def test_neither_row_order_nor_other_patients_matter(courses, order):
    together = courses_of(*courses)

    assert courses_of(*courses, shuffle=order.shuffle) == together
    assert courses_of(courses[0]) == together[:1]


@LITTLE
@given(courses=COURSES)
def test_the_grade_never_falls_when_a_finding_is_added(courses):
    worse = [[own[0] | {"seizure": "prolonged", "suspected": True}, *own[1:]] for own in courses]

    as_it_is, with_seizure = courses_of(*courses), courses_of(*worse)

    assert all(row["grade"] == 4 for row in with_seizure)
    assert all(row["grade"] is None or row["grade"] <= 4 for row in as_it_is)


@LITTLE
@given(courses=COURSES, domain=st.sampled_from([*BY_CODE]))
def test_what_was_not_recorded_never_leaves_a_lower_grade_that_claims_to_be_whole(courses, domain):
    poorer = [[finding | {domain: None} for finding in own] for own in courses]

    for whole, less in zip(courses_of(*courses), courses_of(*poorer), strict=True):
        assert less["grade"] is None or less["grade"] == whole["grade"] or less["status"] == "partial"


def test_a_check_of_day_0_before_the_infusion_does_not_count():
    infusions = [{"patient_id": "P1", "day": 0, "hour": 12}]
    before, after = check(0, hour=8, ice_score=5), check(0, hour=14, ice_score=10)

    assert grade_of(before, after, infusions=infusions)["grade"] == 0
    assert grade_of(before, after)["grade"] == 2
