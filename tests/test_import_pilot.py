"""The CDISC pilot trial, imported; its own analysis data (ADaM), made by others, are the reference.

Published: age mean (SD) placebo 75.21 (8.59), high dose 74.38 (7.89), low dose 75.67 (8.29); 254 treated participants.
"""

from __future__ import annotations

import pandas as pd
import pytest

from caseseries.records.check import list_problems
from caseseries.records.sdtm import find_pilot, import_sdtm
from caseseries.records.sdtm.domains import read_domains

ADAS_11 = [f"ACITM{number:02d}" for number in (1, 2, 4, 5, 6, 7, 8, 11, 12, 13, 14)]


@pytest.fixture(scope="module")
def report(pilot_report):
    return pilot_report


@pytest.fixture(scope="module")
def data(pilot_data):
    return pilot_data


def adam(name: str) -> pd.DataFrame:
    frame = pd.read_parquet(find_pilot("adam") / f"{name}.parquet").rename(columns={"USUBJID": "patient_id"})
    if "ADY" in frame:
        frame["day"] = frame["ADY"] - (frame["ADY"] > 0)
    return frame


def drop_repeats(frame: pd.DataFrame, sequence: str) -> pd.DataFrame:
    """Drop the copies of a record that ADaM makes for analysis, such as the last value on treatment."""
    return frame.drop_duplicates(["patient_id", sequence])


@pytest.fixture(scope="module")
def adsl():
    return adam("adsl").set_index("patient_id")


def patients(data) -> pd.DataFrame:
    return data["patients"].set_index("patient_id")


def assert_same_values(ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str], *, tolerance: float, n_more: int = 0):
    """Find each of their values among ours under the same key; we may have ``n_more`` that they left out."""
    ours, theirs = (
        frame[[*keys, "value"]].astype({"day": "int64", "value": "float64"}).reset_index(drop=True)
        for frame in (ours, theirs)
    )
    pairs = theirs.reset_index(names="row").merge(ours, on=keys, suffixes=("", "_ours"))
    distance = (pairs["value"] - pairs["value_ours"]).abs().groupby(pairs["row"]).min()
    assert len(distance) == len(theirs)
    assert distance.max() <= tolerance
    assert len(ours) - len(theirs) == n_more


def test_the_import_passes_the_check_and_only_known_oddities_are_accepted(report):
    problems = list_problems(report.folder)
    assert [problem.text() for problem in problems if problem.severity == "error"] == []
    accepted = {(problem.file, problem.rule): len(problem.found) for problem in problems if problem.accepted}
    assert accepted == {
        ("medications.csv", "duplicate"): 6,
        ("assessments.csv", "duplicate"): 112,
        ("vital_signs.csv", "duplicate"): 32,
        ("adverse_events.csv", "duplicate"): 159,
        ("adverse_events.csv", "ongoing-with-end"): 21,
        ("visits.csv", "actual_day-after-last-contact"): 1,
        ("visits.csv", "out-of-order"): 2,
    }


def test_every_record_of_every_domain_is_imported_or_listed(report):
    counts = report.counts().set_index("domain")
    n_in = {name: len(domain) for name, domain in read_domains(find_pilot()).items()}
    assert (counts["n_imported"] + counts["n_not_imported"]).to_dict() == n_in
    assert counts.loc["DM", ["n_in", "n_imported", "n_not_imported"]].tolist() == [306, 254, 52]
    assert counts.loc["LB", "n_in"] == 32740 + 21927 + 4913, "three parts of LB"


def test_the_report_names_no_participant_and_no_date(report):
    text = "\n".join(report.rows["examples"])
    assert not any(name in text for name in read_domains(find_pilot())["DM"].patients())
    assert not report.rows["examples"].str.contains(r"\b20[01]\d\b").any()


@pytest.mark.parametrize(
    ("group", "n", "mean", "sd", "median"),
    [
        ("Placebo", 86, 75.21, 8.59, 76),
        ("Xanomeline High Dose", 84, 74.38, 7.89, 76),
        ("Xanomeline Low Dose", 84, 75.67, 8.29, 77.5),
    ],
)
def test_age_is_that_of_the_published_report(data, group, n, mean, sd, median):
    age = data["patients"].loc[data["patients"]["group"] == group, "age_years"]
    assert len(age) == n
    assert round(age.mean(), 2) == mean
    assert round(age.std(), 2) == sd
    assert age.median() == median


def test_patients_are_those_of_adsl(data, adsl):
    ours = patients(data)
    assert ours.index.tolist() == sorted(adsl.index)
    adsl = adsl.loc[ours.index]
    assert ours["group"].tolist() == adsl["TRT01P"].tolist()
    assert ours["sex"].tolist() == adsl["SEX"].map({"F": "female", "M": "male"}).tolist()
    assert ours["centre"].tolist() == adsl["SITEID"].tolist()
    assert ours["age_years"].tolist() == adsl["AGE"].tolist()
    assert set(ours["disease"]) == {"Alzheimer's disease"}
    # ADSL gives weight to 0.1 kg.
    assert (ours["weight_kg"] - adsl["WEIGHTBL"]).abs().max() <= 0.0501


def test_duration_of_disease_is_the_time_from_its_onset_to_first_treatment(data, adsl):
    onset, start = (pd.to_datetime(adsl[name]) for name in ("DISONSDT", "TRTSDT"))
    expected = ((start - onset).dt.days / 365.25).loc[patients(data).index]
    assert (patients(data)["disease_duration_years"] - expected).abs().max() < 1e-4


def test_three_participants_died_and_no_one_is_followed_beyond_death(data, adsl):
    ours = patients(data)
    died = ours["death_day"].notna()
    assert sorted(ours.index[died]) == sorted(adsl.index[adsl["DTHFL"] == "Y"])
    assert (ours.loc[died, "last_contact_day"] == ours.loc[died, "death_day"]).all()


def test_last_contact_is_not_before_the_end_of_participation(data, adsl):
    days = (pd.to_datetime(adsl["RFENDTC"]) - pd.to_datetime(adsl["TRTSDT"])).dt.days
    ours = patients(data)
    alive = ours["death_day"].isna()
    assert (ours["last_contact_day"] >= days.loc[ours.index])[alive].all()


CHEMISTRY = [
    ("SODIUM", "SODIUM", 1),
    ("ALT", "ALT", 1),
    ("BILI", "BILI", 17.1),
    ("CREAT", "CREAT", 88.42),
    ("BUN", "BUN", 1),
    ("ALB", "ALB", 1),
    ("URATE", "URATE", 1),
]


@pytest.mark.parametrize(("test", "parameter", "factor"), CHEMISTRY)
def test_chemistry_is_that_of_adlbc(data, test, parameter, factor):
    theirs = adam("adlbc")
    theirs = theirs[(theirs["PARAMCD"] == parameter) & theirs["AVAL"].notna()]
    theirs = drop_repeats(theirs, "LBSEQ").assign(value=lambda rows: rows["AVAL"] / factor)
    ours = data["labs"][(data["labs"]["test"] == test) & (data["labs"]["operator"] == "=")]
    # Two participants had samples at visits without planned chemistry, which ADLBC leaves out.
    assert_same_values(ours, theirs, ["patient_id", "day"], tolerance=0.01, n_more=2)


@pytest.mark.parametrize(
    ("test", "factor", "tolerance"),
    [
        ("WBC", 1, 1e-9),
        ("PLT", 1, 1e-9),
        ("HGB", 16.114, 0.01),
        ("MCV", 1, 1e-9),
        ("HCT", 1, 0.01),
        ("MCH", 16.114, 0.01),
    ],
)
def test_blood_counts_are_those_of_adlbh(data, test, factor, tolerance):
    theirs = adam("adlbh")
    theirs = theirs[(theirs["PARAMCD"] == {"PLT": "PLAT"}.get(test, test)) & theirs["AVAL"].notna()]
    theirs = drop_repeats(theirs, "LBSEQ").assign(value=lambda rows: rows["AVAL"] * factor)
    ours = data["labs"][data["labs"]["test"] == test]
    # Four samples were taken at visits without planned haematology, which ADLBH leaves out.
    assert_same_values(ours, theirs, ["patient_id", "day"], tolerance=tolerance, n_more=4)


def test_results_below_a_limit_keep_their_operator(data):
    below = data["labs"][data["labs"]["operator"] == "<"]
    assert below.groupby("test")["value"].agg(["count", "max"]).round(2).to_dict("index") == {
        "BILI": {"count": 5, "max": 0.2},
        "GLUC": {"count": 1, "max": 2.22},
    }


@pytest.mark.parametrize(
    ("parameter", "column"),
    [
        ("SYSBP", "systolic_bp_mmhg"),
        ("DIABP", "diastolic_bp_mmhg"),
        ("PULSE", "heart_rate_per_min"),
        ("TEMP", "temperature_c"),
    ],
)
def test_vital_signs_are_those_of_advs(data, parameter, column):
    theirs = adam("advs")
    theirs = theirs[
        (theirs["PARAMCD"] == parameter) & theirs["AVAL"].notna() & (theirs["AVISIT"] != "End of Treatment")
    ]
    theirs = theirs.assign(
        value=lambda rows: rows["AVAL"], time_point=lambda rows: rows["ATPT"].str.capitalize().fillna("")
    )
    ours = data["vital_signs"].dropna(subset=[column])
    ours = ours.assign(value=ours[column], time_point=ours["time_point"].fillna(""))
    assert_same_values(ours, theirs, ["patient_id", "day", "time_point"], tolerance=0.006)


def wide(data, instrument: str) -> pd.DataFrame:
    rows = data["assessments"][data["assessments"]["instrument"] == instrument]
    return rows.pivot_table(index=["patient_id", "day"], columns="item", values="score", aggfunc="last")


def test_the_sum_of_mmse_items_is_the_total_of_adsl(data, adsl):
    total = wide(data, "MMSE").sum(axis=1).droplevel("day")
    assert len(total) == 254
    assert (total == adsl["MMSETOT"].loc[total.index]).all()


def test_the_sum_of_eleven_adas_cog_items_is_the_total_that_the_trial_gives(data):
    scores = wide(data, "ADASCOG")
    complete = scores[ADAS_11].notna().all(axis=1)
    assert complete.sum() > 790
    assert (scores[ADAS_11].sum(axis=1) - scores["ACTOT"])[complete].abs().max() < 1e-6


def test_the_total_of_npi_is_that_of_adnpix(data):
    theirs = adam("adnpix")
    theirs = theirs[(theirs["PARAMCD"] == "NPTOT") & theirs["AVAL"].notna()].assign(value=lambda rows: rows["AVAL"])
    ours = data["assessments"][data["assessments"]["item"] == "NPTOT"].rename(columns={"score": "value"})
    assert len(theirs) == 2360
    assert_same_values(ours, theirs, ["patient_id", "day"], tolerance=1e-6)


def test_items_of_dad_are_0_1_or_empty(data):
    score = data["assessments"].loc[data["assessments"]["instrument"] == "DAD", "score"]
    assert score.value_counts().to_dict() == {1: 23734, 0: 7438}
    assert score.isna().sum() == 1748


def test_adverse_events_are_in_adae_on_the_same_day(data):
    # The shipped AE holds 961 of the 1,191 events of ADAE.
    theirs = adam("adae")
    theirs["start_day"] = theirs["ASTDY"] - (theirs["ASTDY"] > 0)
    theirs["end_day"] = theirs["AENDY"] - (theirs["AENDY"] > 0)
    theirs = theirs.assign(
        term=theirs["AEDECOD"].str.capitalize(), grade=theirs["AESEV"].map({"MILD": 1, "MODERATE": 2, "SEVERE": 3})
    )
    theirs.loc[theirs["AEOUT"] == "FATAL", "grade"] = 5
    keys = ["patient_id", "term", "start_day", "end_day", "grade"]
    ours = data["adverse_events"].dropna(subset=["start_day"])
    count = [
        frame[keys]
        .astype({"start_day": "float64", "end_day": "float64", "grade": "float64"})
        .fillna(-9999)
        .value_counts()
        for frame in (ours, theirs)
    ]
    assert len(data["adverse_events"]) == 961
    assert (count[0] <= count[1].reindex(count[0].index, fill_value=0)).all()


def test_each_participant_has_the_study_drug_from_day_0_to_the_end_that_adsl_gives(data, adsl):
    drug = data["medications"][data["medications"]["drug_class"] == "study_drug"]
    assert (drug.groupby("patient_id")["start_day"].min() == 0).all()
    assert set(drug["route"]) == {"transdermal"}
    placebo = data["patients"].set_index("patient_id")["group"][drug["patient_id"]] == "Placebo"
    assert (drug["daily_dose"].to_numpy()[placebo] == 0).all()
    assert (drug["daily_dose"].to_numpy()[~placebo] > 0).all()
    end = drug.groupby("patient_id")["end_day"].agg(lambda days: days.max() if days.notna().all() else pd.NA).dropna()
    expected = (pd.to_datetime(adsl["TRTEDT"]) - pd.to_datetime(adsl["TRTSDT"])).dt.days
    assert (end == expected.loc[end.index]).all()


def test_no_medication_is_ongoing_unless_on_record_at_last_contact(data):
    drugs = data["medications"]
    assert drugs.loc[drugs["end_day"].notna(), "ongoing"].eq(False).all()
    assert drugs.loc[drugs["end_day"].isna() & (drugs["drug_class"] == "study_drug"), "ongoing"].isna().all()


def test_visits_after_the_end_of_participation_are_not_due(data):
    missed = data["visits"][data["visits"]["status"] == "missed"]
    last = patients(data)["last_contact_day"]
    assert len(missed) > 0
    assert (missed["planned_day"] <= missed["patient_id"].map(last)).all()
    assert not missed["visit"].isin(["RETRIEVAL", "AE FOLLOW-UP", "Rash followup"]).any()


def test_a_second_import_gives_the_same_bytes(report, tmp_path):
    again = import_sdtm(find_pilot(), tmp_path / "again").folder
    names = sorted(path.name for path in again.iterdir())
    assert names == sorted(path.name for path in report.folder.iterdir())
    assert all((again / name).read_bytes() == (report.folder / name).read_bytes() for name in names)
