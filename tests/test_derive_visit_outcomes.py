"""Outcomes at visits: what is met, what cannot be told, and what is not due yet, of patients countable by eye."""

import pandas as pd
import pytest
from cohorts import patient
from followed import STOPPED, Followed, prednisone, score

from caseseries.derive.outcomes.visit_outcomes import LAST, OUTCOMES, VISIT_OUTCOMES


def outcomes(*scores, drugs=STOPPED, **facts):
    return Followed([row for part in scores for row in part], drugs, **facts).outcomes["visit_outcomes"]


def cell(frame, outcome, visit, who="P1"):
    row = frame[(frame["outcome"] == outcome) & (frame["visit"] == visit) & (frame["patient_id"] == who)]
    assert len(row) == 1
    row = row.iloc[0]
    return row["status"] if pd.isna(row["is_met"]) else bool(row["is_met"])


@pytest.mark.parametrize(
    ("values", "visit", "expected"),
    [
        pytest.param({77: 1}, "M3", True, id="the first day of the window counts"),
        pytest.param({76: 1}, "M3", "not assessable", id="the day before does not"),
        pytest.param({105: 0}, "M3", False, id="the last day counts"),
        pytest.param({80: 0, 92: 1}, "M3", True, id="the assessment nearest to the target"),
        pytest.param({92: None}, "M3", "not assessable", id="an assessment that does not decide"),
        pytest.param({92: None, 80: 1}, "M3", True, id="one that decides before a nearer one that does not"),
        pytest.param({91: 1}, "M6", "not assessable", id="nothing is carried forward"),
        pytest.param({91: 1}, "M12", "not due", id="follow-up of 365 days ends inside the window to day 395"),
        pytest.param({340: 1}, "M12", True, id="done early is done"),
        pytest.param({91: 1, 300: 0}, LAST, False, id="the last assessment, whenever it was"),
        pytest.param({91: 1, 300: None}, LAST, "not assessable", id="the last one does not decide"),
        pytest.param({}, LAST, "not assessable", id="never assessed"),
        pytest.param({-9: 0}, LAST, "not assessable", id="assessed before the infusion only"),
    ],
)
def test_an_outcome_is_that_of_the_visit_or_is_not_known(values, visit, expected):
    found = outcomes(score("DORIS", values))

    assert cell(found, "DORIS", visit) == expected
    assert cell(found, "REMISSION", visit) == expected


def test_of_visits_the_last_that_decides_can_be_the_last():
    found = outcomes(score("DORIS", {91: 1, 300: None}), last_visit_rule="last_decided")

    assert cell(found, "DORIS", LAST) is True


def test_outcomes_of_a_disease_are_asked_of_its_patients_only():
    people = [patient("P1"), patient("P2", disease="JDM"), patient("P3", disease="SSc"), patient("P4", disease="MS")]
    found = outcomes(people=people)
    asked = found.groupby("patient_id")["outcome"].agg(set)
    common = {outcome for outcome, disease, _, _ in OUTCOMES if disease == ""}

    assert asked["P1"] - common == {"DORIS", "LLDAS", "CCR", "CCR_0", "CLLDAS"}
    assert asked["P2"] - common == {"CID_REVISED", "CID_PRINTO", "TIS_MINIMAL", "TIS_MODERATE", "TIS_MAJOR"}
    assert asked["P3"] - common == {"CRISS_2016", "RCRISS_20"}
    assert asked["P4"] == {"DRUG_FREE"}


def test_a_kidney_that_was_never_ill_is_not_asked_for_a_response():
    people = [patient("P1"), patient("P2")]
    found = outcomes(score("RENAL_RESPONSE", {91: 1, 183: 2}), people=people)

    assert set(found.loc[found["outcome"] == "RENAL_COMPLETE", "patient_id"]) == {"P1"}
    assert [cell(found, "RENAL_COMPLETE", visit) for visit in ("M3", "M6")] == [False, True]
    assert cell(found, "RENAL_ANY", "M3") is True


def test_categories_of_improvement_include_the_higher_ones():
    found = outcomes(score("TIS_CATEGORY", {91: 2}), people=[patient("P1", disease="JDM")])

    assert [cell(found, f"TIS_{name}", "M3") for name in ("MINIMAL", "MODERATE", "MAJOR")] == [True, True, False]


@pytest.mark.parametrize(
    ("points", "category", "lacking", "expected"),
    [
        pytest.param(50, 2, "CHAQ", [True, True, False], id="10 points more are not major"),
        pytest.param(50, 2, "PGA", [True, True, "not assessable"], id="20 points more may be"),
        pytest.param(20, 0, "CHAQ; ENZYME", ["not assessable", False, False], id="17.5 points more may be minimal"),
        pytest.param(20, 0, "MMT8; PGA", ["not assessable"] * 3, id="52.5 points more may be anything"),
        pytest.param(70, 3, "PGA", [True, True, True], id="nothing that is missing takes away"),
    ],
)
def test_an_improvement_that_lacks_parts_is_not_met_only_if_they_cannot_matter(points, category, lacking, expected):
    """Rider 2017, table 3: at most 20 points for the physician's global, 10 for CHAQ, 7.5 for an enzyme."""
    total, kind = score("TIS_JDM", {91: points}), score("TIS_CATEGORY", {91: category})
    partial = [row | {"missing_items": lacking, "status": "partial"} for row in [*total, *kind]]
    found = outcomes(partial, people=[patient("P1", disease="JDM")])

    assert [cell(found, f"TIS_{name}", "M3") for name in ("MINIMAL", "MODERATE", "MAJOR")] == expected


def test_without_an_agreed_remission_a_patient_who_was_seen_is_not_in_it():
    found = outcomes(score("MRSS", {-9: 20, 91: 9}), people=[patient("P1", disease="SSc")])

    assert [cell(found, "REMISSION", visit) for visit in ("M3", "M6", LAST)] == [False, "not assessable", False]
    assert cell(found, "SUSTAINED_REMISSION", LAST) is False


@pytest.mark.parametrize(
    ("drugs", "visit", "expected"),
    [
        pytest.param([prednisone(-400, 90)], "M3", True, id="the day after the last dose"),
        pytest.param([prednisone(-400, 91)], "M3", False, id="on the day of the last dose"),
        pytest.param([prednisone(-400, None, ongoing=True)], LAST, False, id="still treated"),
        pytest.param([prednisone(-400, None)], "M6", "not assessable", id="an end that was not recorded"),
        pytest.param([], "M3", "not assessable", id="no record of drugs"),
    ],
)
def test_freedom_from_drugs_is_that_of_the_day(drugs, visit, expected):
    assert cell(outcomes(drugs=drugs), "DRUG_FREE", visit) == expected


def test_remission_without_drugs_needs_both():
    found = outcomes(score("DORIS", {91: 1, 183: 1, 350: 0}), drugs=[prednisone(-400, 100)])

    assert [cell(found, "DRUG_FREE_REMISSION", visit) for visit in ("M3", "M6", "M12")] == [False, True, False]


def test_remission_that_does_not_last_yet_is_not_sustained():
    short = outcomes(score("DORIS", {183: 1, 274: 1, 350: 1}))
    long = outcomes(score("DORIS", {91: 1, 183: 1, 274: 1, 350: 1}))

    assert cell(short, "SUSTAINED_REMISSION", LAST) is False
    assert short.set_index("outcome").loc["SUSTAINED_REMISSION", "reason"].startswith("not yet")
    assert cell(long, "SUSTAINED_REMISSION", LAST) is True


def test_a_visit_after_death_is_not_due():
    found = outcomes(score("DORIS", {91: 1}), people=[patient("P1", last_contact_day=150, death_day=150)])

    assert [cell(found, "DORIS", visit) for visit in ("M3", "M6")] == [True, "not due"]
    assert cell(found, "DRUG_FREE", "M6") == "not due"


def test_without_data_the_table_is_empty_but_whole():
    found = outcomes(people=[patient("P1", disease="MS")], drugs=[])

    assert dict(found.dtypes.astype(str)) == VISIT_OUTCOMES
    assert set(found["status"]) == {"not assessable"}


@pytest.mark.parametrize(
    ("outcome", "visit", "reason"),
    [
        ("REMISSION", "M3", "said of day 91"),
        ("DRUG_FREE_REMISSION", "M3", "said of day 91; drug free"),
        ("DRUG_FREE", "M3", "drug free"),
        ("DORIS", "M6", "no assessment on days 162 to 204"),
        ("DORIS", "M12", "follow-up ends before the window does"),
        ("CCR", "last", "no assessment after the infusion"),
        ("LLDAS", "M3", "lacks PGA_SLE"),
    ],
)
def test_an_outcome_says_what_it_rests_on(outcome, visit, reason):
    doris = [row | {"decided_on": f"said of day {row['day']}"} for row in score("DORIS", {91: 1})]
    lldas = [row | {"missing_items": "PGA_SLE"} for row in score("LLDAS", {91: None})]
    found = outcomes(doris, lldas)

    own = found[(found["outcome"] == outcome) & (found["visit"] == visit)]
    assert own["reason"].tolist() == [reason]


def test_an_outcome_without_a_record_of_drugs_says_so():
    doris = [row | {"decided_on": "cSLEDAI-2K 0"} for row in score("DORIS", {91: 1})]
    found = outcomes(doris, drugs=[]).set_index(["outcome", "visit"])["reason"]

    assert found["DRUG_FREE", "M3"] == "treatment not known"
    assert found["DRUG_FREE_REMISSION", "M3"] == "cSLEDAI-2K 0; treatment not known"


def test_windows_of_the_visits_are_those_of_the_design():
    found = outcomes(score("DORIS", {85: 1, 200: 0}), visit_m3_target_day=100, visit_m3_half_width_days=10)

    assert cell(found, "DORIS", "M3") == "not assessable"
    assert cell(found, "DORIS", "M6") is False


@pytest.mark.parametrize(
    ("outcome", "disease", "measure"),
    [
        ("DORIS", "SLE", "DORIS"),
        ("LLDAS", "SLE", "LLDAS"),
        ("CCR", "SLE", "CCR"),
        ("CCR_0", "SLE", "CCR_0"),
        ("CLLDAS", "SLE", "CLLDAS"),
        ("RENAL_ANY", "SLE", "RENAL_RESPONSE"),
        ("CID_REVISED", "JDM", "CID_REVISED"),
        ("CID_PRINTO", "JDM", "CID_PRINTO"),
        ("TIS_MINIMAL", "JDM", "TIS_CATEGORY"),
        ("CRISS_2016", "SSc", "CRISS_2016_IMPROVED"),
        ("RCRISS_20", "SSc", "RCRISS_20"),
    ],
)
def test_each_outcome_is_told_by_its_own_measure(outcome, disease, measure):
    found = outcomes(score(measure, {91: 1, 183: 0}), people=[patient("P1", disease=disease)])

    assert [cell(found, outcome, visit) for visit in ("M3", "M6")] == [True, False]
