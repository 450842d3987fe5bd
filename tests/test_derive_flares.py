"""Flares: restart, rise of activity, loss of inactive disease; what makes one episode; LICATS is none."""

import pytest
from cohorts import course, patient
from followed import STOPPED, Followed, mmf, plain, prednisone, score

from caseseries.derive.treatment.free_time import derive_treatment_free

LICATS = {"patient_id": "P1", "term": "LICATS", "category": "licats", "start_day": 100, "end_day": 110}


def flares_of(scores=(), drugs=STOPPED, *, disease="SLE", **facts):
    return Followed(scores, drugs, people=[patient("P1", disease=disease, last_contact_day=730)], **facts).flares


def days_of(flares, *, counted=True):
    rows = flares[flares["is_flare"]] if counted else flares
    return list(zip(rows["day"], rows["kind"], strict=True))


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [
        pytest.param([*STOPPED, prednisone(100, 150)], [100], id="a glucocorticoid after 59 days without"),
        pytest.param([*STOPPED, prednisone(55, 80)], [55], id="after 14 days without"),
        pytest.param([*STOPPED, prednisone(54, 80)], [], id="13 days are a pause in the taper"),
        pytest.param([prednisone(-400, -30), prednisone(14, 20)], [14], id="days before the infusion do not count: 14"),
        pytest.param([prednisone(-400, -30), prednisone(13, 20)], [], id="days before the infusion do not count: 13"),
        pytest.param([*STOPPED, mmf(100, 150)], [100], id="an immunosuppressant"),
        pytest.param([prednisone(-400, 40), mmf(-400, None, ongoing=True), prednisone(100, 120)], [100],
                     id="a glucocorticoid again beside what goes on"),
        pytest.param([*STOPPED, prednisone(100, 150, purpose="crs")], [], id="not against cytokine release"),
        pytest.param([*STOPPED, prednisone(100, 150, purpose="other")], [], id="not for another disease"),
        pytest.param([*STOPPED, course("P1", "immunoglobulin", "ivig", 100, 100, dose=2, dose_unit="g/kg")], [100],
                     id="immunoglobulin for the disease"),
        pytest.param([*STOPPED, course("P1", "immunoglobulin", "ivig", 100, 100, purpose="replacement", dose=0.4,
                                       dose_unit="g/kg")], [], id="not immunoglobulin as replacement"),
        pytest.param([mmf(-400, None), prednisone(-400, 40), prednisone(100, 120)], [],
                     id="not known whether it was ever free"),
        pytest.param([*STOPPED, course("P1", "bosentan", "vasodilator", 100, 150)], [], id="not a vasodilator"),
    ],
)  # fmt: skip
def test_a_restart_for_the_disease_after_time_without_is_a_flare(drugs, expected):
    assert days_of(flares_of(drugs=drugs)) == [(day, "restart") for day in expected]


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        pytest.param({91: 0, 183: 4}, {}, [183], id="a rise by 4"),
        pytest.param({91: 0, 183: 3}, {}, [], id="a rise by 3"),
        pytest.param({91: 0, 183: 3}, {"flare_sledai_rise_points": 3}, [183], id="if 3 is enough"),
        pytest.param({-10: 8, 28: 12}, {}, [28], id="against the visit before the infusion"),
        pytest.param({-30: 2, -10: 8, 28: 8}, {}, [], id="the last one before it"),
        pytest.param({-30: 2, -10: 8}, {}, [], id="a rise before the infusion is none"),
        pytest.param({91: 0, 183: None, 274: 4}, {}, [274], id="a visit without a value is passed over"),
        pytest.param({91: 0, 183: 2, 274: 4}, {}, [], id="a slow rise escapes the visit before"),
        pytest.param({91: 0, 183: 2, 274: 4, 365: 4}, {"flare_sledai_reference": "lowest_so_far"}, [274],
                     id="and not the lowest so far, which counts it once"),
        pytest.param({91: 0, 183: 4, 274: 0, 365: 4}, {"flare_sledai_reference": "lowest_so_far"}, [183, 365],
                     id="two rises with a fall between"),
    ],
)  # fmt: skip
def test_a_rise_of_the_index_is_a_flare(values, options, expected):
    assert days_of(flares_of(score("SLEDAI_2K", values), **options)) == [(day, "activity") for day in expected]


def test_the_index_without_serology_may_stand_for_activity():
    scores = score("SLEDAI_2K", {91: 0, 183: 4}) + score("CSLEDAI_2K", {91: 0, 183: 0})

    assert days_of(flares_of(scores, flare_sledai_measure="CSLEDAI_2K")) == []


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        pytest.param({91: 1, 183: 0, 274: 0}, {}, [183], id="lost at two visits in a row"),
        pytest.param({91: 1, 183: 0, 274: 1}, {}, [], id="lost at one visit only"),
        pytest.param({91: 1, 183: 0}, {}, [], id="lost at the last visit, not confirmed"),
        pytest.param({91: 1, 183: 0}, {"flare_loss_rule": "single"}, [183], id="one visit is enough if so chosen"),
        pytest.param({91: 1, 183: 0, 230: None, 274: 0}, {}, [183], id="a visit that does not decide is passed over"),
        pytest.param({91: 0, 183: 0}, {}, [], id="never inactive before"),
    ],
)
def test_loss_of_inactive_myositis_is_a_flare_once_confirmed(values, options, expected):
    found = flares_of(score("CID_REVISED", values), disease="JDM", **options)

    assert days_of(found) == [(day, "loss_of_remission") for day in expected]


def test_a_loss_that_is_not_confirmed_stays_visible():
    found = flares_of(score("CID_REVISED", {91: 1, 183: 0}), disease="JDM").iloc[0]

    assert (found["day"], found["is_flare"], plain(found["episode"])) == (183, False, None)
    assert found["reason"] == "CID_REVISED lost, not confirmed"


def test_a_sign_says_what_it_rests_on():
    again = [*STOPPED, prednisone(100, 120), mmf(100, 150), course("P1", "prednisone", "glucocorticoid", 100, 101)]
    lupus = flares_of(score("SLEDAI_2K", {91: 2, 183: 6.5}), again)
    myositis = flares_of(score("CID_REVISED", {91: 1, 183: 0, 274: 0}), disease="JDM")

    assert lupus["reason"].tolist() == ["mycophenolate mofetil, prednisone", "SLEDAI_2K 2 to 6.5"]
    assert lupus["patient_id"].tolist() == ["P1", "P1"]
    assert myositis["reason"].tolist() == ["CID_REVISED lost, confirmed at the next visit"]


def test_each_patient_has_flares_of_its_own():
    people = [patient(name, last_contact_day=730) for name in ("P1", "P2")]
    rises = score("SLEDAI_2K", {91: 0, 183: 8}) + score("SLEDAI_2K", {91: 0, 183: 8, 365: 0, 548: 9}, who="P2")
    licats = LICATS | {"start_day": 183, "end_day": 183}
    found = Followed(rises, [], people=people, events=[licats]).flares

    assert list(zip(found["patient_id"], found["day"], found["episode"], strict=True)) == [
        ("P2", 183, 1), ("P2", 548, 2),
    ]  # fmt: skip


def test_loss_of_remission_of_lupus_is_judged_by_the_index_alone():
    assert flares_of(score("DORIS", {91: 1, 183: 0, 274: 0})).empty


@pytest.mark.parametrize(
    ("day", "is_flare"),
    [
        pytest.param(92, True, id="8 days before it"),
        pytest.param(93, False, id="7 days before it"),
        pytest.param(117, False, id="7 days after it"),
        pytest.param(118, True, id="8 days after it"),
    ],
)
def test_recorded_licats_is_no_flare(day, is_flare):
    drugs = [*STOPPED, prednisone(day, day + 10)]
    found = flares_of(score("SLEDAI_2K", {60: 0, day: 8}), drugs, events=[LICATS])

    assert days_of(found) == ([(day, "activity"), (day, "restart")] if is_flare else [])
    assert ("LICATS" in found["reason"].iloc[-1]) == (not is_flare)


def test_licats_without_an_end_lasts_to_the_last_contact_only_if_it_is_ongoing():
    values = score("SLEDAI_2K", {60: 0, 400: 8})
    without_end = LICATS | {"end_day": None}

    assert days_of(flares_of(values, events=[without_end | {"ongoing": True}])) == []
    assert days_of(flares_of(values, events=[without_end | {"ongoing": False}])) == [(400, "activity")]


def test_inactive_disease_that_stays_lost_after_licats_is_a_flare_from_then_on():
    found = flares_of(score("CID_REVISED", {60: 1, 105: 0, 183: 0, 274: 0}), disease="JDM", events=[LICATS])

    assert days_of(found) == [(183, "loss_of_remission")]


@pytest.mark.parametrize(
    ("restart", "episodes", "needs_therapy"),
    [
        pytest.param(273, [1, 1], [True, True], id="90 days later it is the same flare"),
        pytest.param(274, [1, 2], [False, True], id="91 days later it is another"),
    ],
)
def test_signs_near_each_other_make_one_flare(restart, episodes, needs_therapy):
    found = flares_of(score("SLEDAI_2K", {91: 0, 183: 8}), [*STOPPED, prednisone(restart, 400)])

    assert found["episode"].tolist() == episodes
    assert found["needs_therapy"].tolist() == needs_therapy


@pytest.mark.parametrize(
    ("values", "drugs", "expected"),
    [
        pytest.param({}, STOPPED, (41, 730, 689, "last contact"), id="to the last contact"),
        pytest.param({}, [*STOPPED, prednisone(200, 300)], (41, 200, 159, "restart"), id="to the restart"),
        pytest.param({91: 0, 183: 8}, [*STOPPED, prednisone(200, 300)], (41, 183, 142, "flare that was treated"),
                     id="to the flare that was treated"),
        pytest.param({28: 0, 41: 8}, [*STOPPED, prednisone(100, 150)], (41, 41, 0, "flare that was treated"),
                     id="to a flare on the first free day"),
        pytest.param({28: 0, 40: 8}, [*STOPPED, prednisone(100, 150)], (41, 100, 59, "restart"),
                     id="not to one before it"),
        pytest.param({91: 0, 183: 8}, STOPPED, (41, 730, 689, "last contact"), id="not to one that was not"),
        pytest.param({}, [prednisone(-400, -9)], (-8, 730, 730, "last contact"), id="counted from the infusion"),
        pytest.param({}, [*STOPPED, mmf(None, 400)], (401, 730, 329, "last contact"), id="once surely free"),
        pytest.param({}, [*STOPPED, mmf(200, None)], (41, 200, 159, "restart"), id="to a course without a last day"),
        pytest.param({}, [*STOPPED, prednisone(50, 60)], (61, 730, 669, "last contact"), id="after a mere pause"),
        pytest.param({}, [prednisone(-400, None, ongoing=True)], None, id="never free"),
    ],
)  # fmt: skip
def test_the_treatment_free_interval_ends_with_restart_treated_flare_or_last_contact(values, drugs, expected):
    people = [patient("P1", last_contact_day=730)]
    followed = Followed(score("SLEDAI_2K", values), drugs, people=people)
    found = derive_treatment_free(followed.treatment, flares=followed.flares, design=followed.design)

    columns = ["start_day", "end_day", "treatment_free_days", "end_reason"]
    assert [tuple(row) for row in found[columns].itertuples(index=False)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        pytest.param("PROTEINURIA", [], id="4 points may have been there before"),
        pytest.param("RASH", [], id="2 points may have been"),
        pytest.param("", [183], id="nothing was missing"),
    ],
)
def test_what_may_have_been_there_before_is_no_rise(missing, expected):
    before, after = score("SLEDAI_2K", {91: 0, 183: 4})
    before |= {"missing_items": missing, "status": "partial" if missing else "complete"}

    assert [day for day, _ in days_of(flares_of([before, after]))] == expected


def test_a_rise_beyond_what_may_have_been_there_is_one():
    before, after = score("SLEDAI_2K", {91: 0, 183: 6})
    before |= {"missing_items": "RASH", "status": "partial"}

    assert days_of(flares_of([before, after])) == [(183, "activity")]
