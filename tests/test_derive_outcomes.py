"""Times to outcomes with their bounds, improvement at the last visit, and the row of each patient."""

import pytest
from cohorts import patient, raw_tables
from followed import STOPPED, Followed, mmf, plain, prednisone, score

from caseseries.derive.outcomes import PATIENT_OUTCOMES
from caseseries.derive.outcomes.activity_change import derive_activity_change


def followed(values=None, drugs=STOPPED, *, measure="DORIS", people=None, **facts):
    return Followed(score(measure, values or {}), drugs, people=people, **facts)


@pytest.mark.parametrize(
    ("endpoint", "values", "drugs", "expected"),
    [
        pytest.param("REMISSION", {28: 0, 60: None, 91: 1, 183: 1}, STOPPED, (91, True, 28, 91),
                     id="between the last visit without it and the first with it"),
        pytest.param("REMISSION", {91: 1}, STOPPED, (91, True, 0, 91), id="since the infusion where none lies between"),
        pytest.param("REMISSION", {28: 0, 91: 0, 183: None}, STOPPED, (91, False, 91, None),
                     id="censored at the last visit that decides"),
        pytest.param("REMISSION", {91: None}, STOPPED, None, id="no visit that decides: no row"),
        pytest.param("DRUG_FREE_REMISSION", {28: 1, 91: 1}, STOPPED, (91, True, 28, 91), id="first without drugs"),
        pytest.param("DRUG_FREE_REMISSION", {28: 1, 40: 1}, STOPPED, (40, False, 40, None), id="never without drugs"),
        pytest.param("DRUG_FREE", {}, STOPPED, (41, True, 41, 41), id="the day after the last dose"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, -9)], (0, True, 0, 0), id="stopped before the infusion: day 0"),
        pytest.param("DRUG_FREE", {}, [*STOPPED, prednisone(100, 110)], (41, True, 41, 41),
                     id="the first time, though treated again"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, None, ongoing=True)], (365, False, 365, None), id="never free"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, 360)], (361, True, 361, 361), id="free days before the end"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, 364)], (365, True, 365, 365), id="free on the last day only"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, 365)], (365, False, 365, None), id="not even on the last day"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, -30), prednisone(13, 20)], (21, True, 21, 21),
                     id="13 days after the infusion are a pause"),
        pytest.param("DRUG_FREE", {}, [prednisone(-400, -30), prednisone(14, 20)], (0, True, 0, 0),
                     id="14 days are not"),
        pytest.param("DRUG_FREE", {}, [], None, id="no record of drugs: no row"),
        pytest.param("GLUCOCORTICOID_FREE", {}, [prednisone(-400, 40), mmf(-400, None, ongoing=True)],
                     (41, True, 41, 41), id="free of glucocorticoids on another drug"),
        pytest.param("IMMUNOSUPPRESSION_FREE", {}, [prednisone(-400, 40), mmf(-400, None, ongoing=True)],
                     (365, False, 365, None), id="and not of immunosuppression"),
        pytest.param("DEATH", {}, STOPPED, (365, False, 365, None), id="alive"),
    ],
)  # fmt: skip
def test_a_time_runs_from_the_infusion_and_has_bounds(endpoint, values, drugs, expected):
    found = followed(values, drugs).time(endpoint)

    columns = ["time_days", "is_event", "lower_day", "upper_day"]
    assert (found if found is None else tuple(plain(found[name]) for name in columns)) == expected


@pytest.mark.parametrize(
    ("endpoint", "values", "drugs", "reason"),
    [
        ("REMISSION", {28: 0, 91: 1}, STOPPED, "in remission: DORIS"),
        ("REMISSION", {28: 0}, STOPPED, "not in remission by the last visit that decides"),
        ("DRUG_FREE_REMISSION", {91: 1}, STOPPED, "in remission without drugs: DORIS"),
        ("DRUG_FREE_REMISSION", {28: 1}, STOPPED, "not in remission without drugs by the last visit that decides"),
        ("DRUG_FREE", {}, STOPPED, "drug free from day 41"),
        ("DRUG_FREE", {}, [prednisone(-400, -9)], "drug free from day -8"),
        ("GLUCOCORTICOID_FREE", {}, [prednisone(-400, 365)], "not glucocorticoid free by the last contact"),
        ("FLARE", {91: 1}, STOPPED, "no flare"),
        ("FLARE", {91: 1}, [*STOPPED, prednisone(150, 160)], "restart: prednisone"),
        ("DEATH", {}, STOPPED, "alive at the last contact"),
    ],
)
def test_a_time_says_what_it_rests_on(endpoint, values, drugs, reason):
    assert followed(values, drugs).time(endpoint)["reason"] == reason


def test_death_is_an_event():
    found = followed(people=[patient("P1", last_contact_day=200, death_day=200)]).time("DEATH")

    assert (found["time_days"], found["is_event"], found["reason"]) == (200, True, "death")


@pytest.mark.parametrize(
    ("values", "drugs", "expected"),
    [
        pytest.param({91: 0, 183: 8}, STOPPED, (183, True, 91, 183), id="found at a visit: since the one before"),
        pytest.param({91: 0}, [*STOPPED, prednisone(150, 160)], (150, True, 150, 150), id="a restart has its day"),
        pytest.param({91: 0, 183: 0}, STOPPED, (183, False, 183, None), id="none by the last visit"),
        pytest.param({}, STOPPED, (365, False, 365, None), id="without visits none by the last contact"),
    ],
)
def test_the_time_to_a_flare(values, drugs, expected):
    scores = score("SLEDAI_2K", values) + score("DORIS", dict.fromkeys(values, 0))
    found = Followed(scores, drugs).time("FLARE")

    columns = ["time_days", "is_event", "lower_day", "upper_day"]
    assert tuple(plain(found[name]) for name in columns) == expected


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [
        pytest.param(STOPPED, None, id="nothing tells a flare of another disease"),
        pytest.param([*STOPPED, prednisone(150, 160)], 150, id="but a restart of treatment does"),
    ],
)
def test_a_flare_is_not_ruled_out_where_nothing_could_tell_it(drugs, expected):
    made = followed(drugs=drugs, people=[patient("P1", disease="myasthenia")])
    found = made.time("FLARE")

    assert (found if found is None else found["time_days"]) == expected
    assert plain(made.outcomes["patient_outcomes"]["flare_count"].iloc[0]) == (None if expected is None else 1)


def test_sclerosis_is_not_at_risk_of_a_remission_that_nobody_has_defined():
    assert followed({91: 1}, people=[patient("P1", disease="SSc")]).time("REMISSION") is None


def improved(scores, *, disease="SLE", **options):
    made = Followed(scores, people=[patient("P1", disease=disease)], **options)
    return derive_activity_change(made.scores, patients=made.tables["patients"], design=made.design).iloc[0]


RELEVANT = {"improvement_rule": "relevant_fall"}


@pytest.mark.parametrize(
    ("disease", "scores", "options", "expected"),
    [
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 365: 6}}, {}, True, id="lupus: any lower index"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 91: 2, 365: 8}}, {}, False, id="only the last visit counts"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 365: 10}}, {}, False, id="a higher index is not improved"),
        pytest.param("SLE", {"SLEDAI_2K": {91: 2, 365: 0}}, {}, None, id="no baseline"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8}}, {}, None, id="no visit after the infusion"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 183: 2, 365: None}}, {}, None, id="nothing is carried forward"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 183: 2, 365: None}}, {"last_visit_rule": "last_decided"}, True,
                     id="unless the last that decides is asked for"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 365: 4}}, RELEVANT, True, id="lupus: relevant by 4 points"),
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 365: 5}}, RELEVANT, False, id="and not by 3"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "CMAS": {-9: 30, 365: 50}}, {}, True, id="myositis: all better"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 5}, "CMAS": {-9: 30, 365: 31}}, {}, True, id="one better"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "CMAS": {-9: 30, 365: 29}}, {}, False, id="one worse"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 5}, "CMAS": {-9: 30, 365: 30}}, {}, False, id="all the same"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "MMT8": {-9: 60, 351: 70}}, {}, True, id="two weeks apart"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "MMT8": {-9: 60, 350: 70}}, {}, None, id="not there at the last"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 6}, "MMT8": {-9: 60, 365: None}}, {}, False, id="worse settles it"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "CMAS": {365: 50}}, {}, True, id="one lacks a baseline"),
        pytest.param("JDM", {"TIS_CATEGORY": {365: 1}}, RELEVANT, True, id="myositis: relevant from minimal on"),
        pytest.param("JDM", {"TIS_CATEGORY": {365: 0}}, RELEVANT, False, id="and not below"),
        pytest.param("JDM", {"TIS_CATEGORY": {365: None}}, RELEVANT, None, id="without a category not known"),
        pytest.param("SSc", {"MRSS": {-9: 28, 365: 27}}, {}, True, id="sclerosis: any lower skin score"),
        pytest.param("SSc", {"MRSS": {-9: 28, 365: 28}}, {}, False, id="the same is not improved"),
        pytest.param("SSc", {"MRSS_RELEVANT_FALL": {365: 1}}, RELEVANT, True, id="sclerosis: a relevant fall"),
        pytest.param("myasthenia", {"PGA": {-9: 5, 365: 1}}, {}, None, id="no measure for another disease"),
    ],
)  # fmt: skip
def test_improvement_at_the_last_visit_against_baseline(disease, scores, options, expected):
    rows = [row for measure, values in scores.items() for row in score(measure, values)]

    assert plain(improved(rows, disease=disease, **options)["is_improved"]) == expected


@pytest.mark.parametrize(
    ("last", "missing", "options", "expected"),
    [
        pytest.param(4, "HEMATURIA; PROTEINURIA", {}, None, id="4 of 10, 8 open"),
        pytest.param(4, "PROTEINURIA; FEVER", {}, True, id="4 of 10, 5 open"),
        pytest.param(10, "PROTEINURIA", {}, False, id="not below in any case"),
        pytest.param(4, "RASH", RELEVANT, True, id="by 4 in any case"),
        pytest.param(4, "RASH; FEVER", RELEVANT, None, id="by 3 to 6"),
        pytest.param(7, "RASH", RELEVANT, False, id="by 3 at most"),
    ],
)
def test_descriptors_that_are_missing_leave_improvement_open_where_they_could_change_it(
    last, missing, options, expected
):
    first, second = score("SLEDAI_2K", {-9: 10, 365: last})

    found = improved([first, second | {"missing_items": missing, "status": "partial"}], **options)

    assert plain(found["is_improved"]) == expected


@pytest.mark.parametrize(
    ("points", "category", "missing", "expected"),
    [
        pytest.param(20, 0, "PGA", None, id="20 of 30 points for minimal, 20 open"),
        pytest.param(20, 0, "ENZYME", False, id="20, 7.5 open"),
        pytest.param(30, 1, "PGA", True, id="30 in any case"),
    ],
)
def test_parts_that_are_missing_leave_improvement_of_myositis_open(points, category, missing, expected):
    """Rider 2017, table 3: minimal improvement from 30 points on."""
    rows = score("TIS_JDM", {365: points}) + score("TIS_CATEGORY", {365: category})

    found = improved([row | {"missing_items": missing, "status": "partial"} for row in rows], disease="JDM", **RELEVANT)

    assert plain(found["is_improved"]) == expected


def test_improvement_names_its_rule_and_its_values():
    found = improved(score("SLEDAI_2K", {-9: 8, 365: 2}))

    assert found["improvement_rule"] == "lower activity: SLEDAI_2K"
    assert found["improvement_decided_on"] == "SLEDAI_2K 8 to 2 on day 365"


@pytest.mark.parametrize(
    ("disease", "scores", "options", "rule", "words"),
    [
        pytest.param("SLE", {"SLEDAI_2K": {-9: 8, 365: 3}}, RELEVANT, "relevant fall: SLEDAI_2K",
                     "SLEDAI_2K changed by -5 on day 365", id="points of the index"),
        pytest.param("JDM", {"TIS_CATEGORY": {365: 2}}, RELEVANT, "relevant fall: TIS_CATEGORY",
                     "TIS_CATEGORY 2 on day 365", id="a category"),
        pytest.param("SSc", {}, RELEVANT, "relevant fall: MRSS_RELEVANT_FALL", "MRSS_RELEVANT_FALL not known",
                     id="nothing known of a fall"),
        pytest.param("JDM", {"PGA": {-9: 5, 365: 1}, "MMT8": {-9: 60, 350: 70}}, {}, "lower activity: PGA, CMAS, MMT8",
                     "PGA 5 to 1 on day 365; MMT8 not known at the last visit", id="one not there at the last visit"),
        pytest.param("SLE", {}, {}, "lower activity: SLEDAI_2K", "no baseline, or no value after the infusion",
                     id="nothing known of activity"),
        pytest.param("myasthenia", {}, {}, None, "no measure for this disease", id="another disease"),
    ],
)  # fmt: skip
def test_improvement_says_what_it_rests_on(disease, scores, options, rule, words):
    found = improved([row for name, own in scores.items() for row in score(name, own)], disease=disease, **options)

    assert (plain(found["improvement_rule"]), found["improvement_decided_on"]) == (rule, words)


def test_each_patient_has_one_row_of_outcomes():
    people = [patient("P1"), patient("P2"), patient("P3")]
    scores = score("DORIS", {91: 1, 183: 1, 365: 1}) + score("SLEDAI_2K", {-9: 8, 91: 0, 183: 8, 365: 0})
    drugs = [*STOPPED, prednisone(-400, None, who="P2", ongoing=True)]
    found = Followed(scores, drugs, people=people).outcomes
    first, second, third = found["patient_outcomes"].to_dict("records")

    assert first["sustained_remission_status"] == "sustained"
    assert (first["remission_start_day"], first["remission_duration_days"], first["flare_count"]) == (91, 274, 1)
    assert (first["is_in_remission_at_last_visit"], first["is_improved"]) == (True, True)
    assert first["treatment_free_days"] == 324
    assert (second["sustained_remission_status"], second["flare_count"]) == ("not assessable", 0)
    assert plain(third["flare_count"]) is None


def test_a_data_set_without_rows_gives_every_table_with_its_columns():
    empty = Followed(drugs=(), people=None)
    empty.tables = raw_tables()
    found = empty.outcomes

    assert set(found) == {
        "disease_states", "remission", "flares", "treatment_free", "activity_change", "outcome_times", "calendar",
        "washout", "visit_outcomes", "patient_outcomes",
    }  # fmt: skip
    assert list(found["patient_outcomes"].columns) == list(PATIENT_OUTCOMES)
    assert all(frame.empty for frame in found.values())
