"""Neutropenia and thrombocytopenia after cell therapy: constructed profiles, published ones, and R as a reference."""

import csv
from pathlib import Path

import numpy as np
import pytest
from bedside import as_rows, tables_of
from cohorts import course, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.safety.cytopenia import PERIODS, derive_icaht
from caseseries.derive.safety.daily_counts import count_longest_run, fill_short_gaps, find_daily_lowest, find_runs
from caseseries.derive.safety.grades import GRADES
from caseseries.design import Design

REFERENCE = Path(__file__).parent / "reference" / "icaht.csv"


def counts(per_ul, test="ANC", patient_id="P1"):
    """One result per day; a text such as "<100" is a result below a limit."""
    rows = []
    for day, count in per_ul.items():
        operator, number = (count[0], count[1:]) if isinstance(count, str) else ("=", count)
        value = float(number) / (1000 if test == "ANC" else 1)
        rows.append({"patient_id": patient_id, "day": day, "test": test, "value": value, "operator": operator})
    return rows


def daily(*stretches, usual=2000, days=range(31)):
    """Counts of every day, ``usual`` but for the stretches of (first day, last day, count)."""
    per_day = dict.fromkeys(days, usual)
    for first, last, count in stretches:
        per_day |= dict.fromkeys(range(first, last + 1), count)
    return per_day


def grades_of(*results, options=None, patients, **tables):
    made = tables_of(labs=[row for own in results for row in own], patients=patients, **tables)
    frames = {name: made[name] for name in ("patients", "infusions", "medications")}
    return as_rows(derive_icaht(made["labs"], **frames, design=Design(options)))


def grade_of(*results, toxicity="ICAHT_EARLY", last_contact_day=365, **facts):
    rows = grades_of(*results, patients=[patient("P1", last_contact_day=last_contact_day)], **facts)
    [row] = [row for row in rows if row["toxicity"] == toxicity]
    return row


@pytest.mark.parametrize(
    ("profile", "days_500", "days_100", "grade"),
    [
        (daily((3, 8, 400)), 6, 0, 1),
        (daily((3, 7, 400), (8, 9, 800), (10, 14, 400)), 12, 0, 2),
        (daily((3, 5, 300), (6, 12, 90), (13, 14, 300)), 12, 7, 3),
        (daily((0, 30, 500)), 31, 0, 4),
        (daily((5, 14, 501)), 0, 0, 0),
        (daily((4, 30, 450)), 27, 0, 3),
        (daily((3, 30, 450)), 28, 0, 4),
        (daily((0, 29, 450)), 30, 0, 3),
        (daily((3, 9, 500)), 7, 0, 2),
        (daily((3, 15, 400)), 13, 0, 2),
        (daily((3, 16, 400)), 14, 0, 3),
        (daily((5, 10, 100)), 6, 6, 1),
        (daily((5, 11, 100)), 7, 7, 3),
        (daily((5, 11, 101)), 7, 0, 2),
        (daily((5, 17, 100)), 13, 13, 3),
        (daily((5, 18, 100)), 14, 14, 4),
        (daily((3, 7, 400), (8, 10, 800), (11, 15, 400)), 5, 0, 1),
        (daily((5, 7, 90), (8, 9, 300), (10, 11, 90)), 7, 7, 3),
        (daily((0, 2, 400), (28, 30, 400)), 3, 0, 1),
        (daily((9, 9, 0)), 1, 1, 1),
        (daily(), 0, 0, 0),
    ],
    ids=[
        "six days are grade 1",
        "a recovery of two days joins two runs, and its days count",
        "seven days of profound neutropenia are grade 3",
        "500 is not above 500: never recovered",
        "501 is above 500",
        "neutropenia from day 4 to the last day may have recovered later",
        "neutropenia from day 3 to the last day has never recovered",
        "neutropenia that ends on day 29 has recovered",
        "seven days are grade 2",
        "thirteen days are grade 2",
        "fourteen days are grade 3",
        "six days of profound neutropenia change nothing",
        "100 is not above 100",
        "101 is above 100",
        "thirteen days of profound neutropenia are grade 3",
        "fourteen days of profound neutropenia are grade 4",
        "a recovery of three days parts two runs",
        "profound runs are joined as well",
        "an early run that recovered is not made one with a late run",
        "one day is grade 1",
        "never low",
    ],
)
def test_early_neutropenia_is_graded_by_its_longest_run(profile, days_500, days_100, grade):
    """Rejeski 2023, Blood 142:865, with the algorithm of Liang 2024; profiles made by hand, days counted by hand."""
    row = grade_of(counts(profile))

    assert (row["grade"], row["status"]) == (grade, "graded")
    assert f"days with ANC <= 500/uL: {days_500}, <= 100/uL: {days_100} (longest run)" in row["decided_on"]


PUBLISHED = {
    4: ("0:2150 2:2280 3:460 5:250 6:1220 8:1650 9:1670 11:890 14:680 16:630 18:650 21:370 22:7580 26:910 28:1170",
        42, 3, 0, 1),
    6: ("0:670 2:0 3:0 4:0 5:60 7:120 8:200 9:180 10:3210 11:5640 13:2430 15:440 16:2090 17:3390 20:460 22:3240 26:460 "
        "29:800", 35, 9, 5, 2),
    7: ("0:440 2:940 3:480 5:140 6:10 7:10 8:0 9:0 10:0 11:0 12:0 13:0 14:60 16:340 17:450 19:1190 20:1240 21:1980 "
        "23:2190 27:1660 30:1600", 726, 18, 9, 3),
    8: ("0:100 1:330 3:110 4:10 5:0 6:10 8:60 9:30 11:20 12:30 13:40 14:30 15:20 16:30", 16, 17, 13, 4),
    10: ("0:2370 1:1870 2:1220 3:470 5:90 6:310 7:270 9:310 10:1390 13:3120 16:4530 21:5440 30:2220", 651, 7, 1, 2),
}  # fmt: skip


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_profiles_get_the_grades_that_their_authors_print(number):
    """Liang 2024, synthetic patients of the repository emilyliangmd/automatedicahtgrading, output of its R code."""
    profile, last_contact_day, days_500, days_100, grade = PUBLISHED[number]
    own = {int(day): int(count) for day, count in (pair.split(":") for pair in profile.split())}

    row = grade_of(counts(own), last_contact_day=last_contact_day)

    assert row["grade"] == grade
    assert f"<= 500/uL: {days_500}, <= 100/uL: {days_100} " in row["decided_on"]


def test_early_neutropenia_agrees_with_r():
    """tests/reference/icaht.R: zoo::na.approx(maxgap = 7, rule = 2) and rle; 80 profiles with gaps and early ends."""
    with REFERENCE.open(encoding="utf-8") as file:
        profiles = list(csv.DictReader(line for line in file if not line.startswith("#")))
    names = [f"P{int(profile['profile']):02d}" for profile in profiles]
    results = [
        counts({day: int(text) for day, text in enumerate(profile["counts"].split(";")) if text}, patient_id=name)
        for name, profile in zip(names, profiles, strict=True)
    ]
    patients = [
        patient(name, last_contact_day=int(profile["last_day"]) if int(profile["last_day"]) < 30 else 365)
        for name, profile in zip(names, profiles, strict=True)
    ]

    rows = [row for row in grades_of(*results, patients=patients) if row["toxicity"] == "ICAHT_EARLY"]

    assert len(rows) == 80
    for row, profile in zip(rows, profiles, strict=True):
        expected = f"<= 500/uL: {profile['days_500']}, <= 100/uL: {profile['days_100']} "
        assert (row["patient_id"], str(row["grade"])) == (f"P{int(profile['profile']):02d}", profile["grade"])
        assert expected in row["decided_on"]


@pytest.mark.parametrize(
    ("options", "profile", "grade"),
    [
        ({"icaht_duration_rule": "cumulative"}, daily((3, 7, 400), (8, 9, 800), (10, 14, 400)), 2),
        ({"icaht_duration_rule": "cumulative"}, daily((3, 5, 400), (15, 18, 400)), 2),
        ({"icaht_duration_rule": "longest_run"}, daily((3, 5, 400), (15, 18, 400)), 1),
        ({"icaht_duration_rule": "cumulative"}, daily((3, 5, 400), (8, 10, 400)), 1),
        ({"icaht_joined_days": 0}, daily((3, 7, 400), (8, 9, 800), (10, 14, 400)), 1),
        ({"icaht_joined_days": 3}, daily((3, 7, 400), (8, 10, 800), (11, 15, 400)), 2),
        ({"icaht_rounding": "every_value"}, daily((5, 14, 501)), 2),
        ({"icaht_rounding": "every_value"}, daily((5, 14, 506)), 0),
        ({"icaht_never_recovered_from_day": 4}, daily((4, 30, 450)), 4),
        ({"icaht_early_last_day": 28}, daily((3, 28, 450)), 4),
    ],
    ids=[
        "ten days in all are grade 2",
        "runs of three and four days make seven",
        "the longest of them is four",
        "the days of a recovery do not count in all",
        "no recovery joins runs",
        "a recovery of three days joins runs",
        "501 is rounded to 500",
        "506 is rounded to 510",
        "neutropenia from day 4 on has never recovered",
        "a period of 28 days",
    ],
)
def test_options_change_the_grade_of_early_neutropenia(options, profile, grade):
    assert grade_of(counts(profile), options=options)["grade"] == grade


@pytest.mark.parametrize(("rounding", "days"), [("interpolated", 3), ("every_value", 3), ("none", 2)])
def test_a_day_between_samples_is_rounded_to_10_per_ul(rounding, days):
    # Between 600 on day 8 and 408 on day 12 days 9, 10 and 11 lie at 552, 504 and 456.
    profile = {day: count for day, count in daily((8, 8, 600), (12, 12, 408)).items() if day not in (9, 10, 11)}

    row = grade_of(counts(profile), options={"icaht_rounding": rounding})

    assert f"<= 500/uL: {days}," in row["decided_on"]


@pytest.mark.parametrize(
    ("sampled", "status", "grade"),
    [
        ({0: 2000, 4: 400, 12: 400, 20: 2000, 28: 2000}, "graded", 2),
        ({0: 2000, 4: 400, 13: 400, 20: 2000, 28: 2000}, "partial", 1),
        ({0: 2000, 8: 2000, 16: 2000, 24: 2000}, "graded", 0),
        ({0: 2000, 9: 2000, 18: 2000, 27: 2000}, "not assessable", None),
        ({0: 2000, 8: 2000, 16: 2000, 22: 2000}, "partial", 0),
        ({0: 2000}, "not assessable", None),
        ({0: 400, 1: 400, 2: 400}, "partial", 4),
        ({}, "not assessable", None),
    ],
    ids=[
        "a gap of seven days is filled",
        "a gap of eight days is not, and parts the run",
        "seven unknown days between and six at the end",
        "gaps of eight days leave too little for a grade 0",
        "eight unknown days at the end leave a grade 0 partial",
        "one count is no grade 0",
        "neutropenia to the last sample has not been seen to recover",
        "no count at all",
    ],
)
def test_unknown_days_are_filled_or_told(sampled, status, grade):
    row = grade_of(counts(sampled))

    assert (row["status"], row["grade"]) == (status, grade)


def test_the_grade_that_unknown_days_allow_is_told():
    """Eight unknown days could all be without a neutrophil, which for seven days is grade 3."""
    known, unknown = (grade_of(counts({0: 2000, 4: 400, day: 400, 20: 2000, 28: 2000})) for day in (12, 13))

    assert "allow" not in known["decided_on"]
    assert "; unknown days or counts allow grade 3;" in unknown["decided_on"]


def test_how_many_days_must_be_known_for_a_grade_0_is_an_option():
    """Seven of 31 days are known, the last three carried; 22% of 31 are 6.8 days and 23% 7.1."""
    for percent, found in ((22, ("partial", 0)), (23, ("not assessable", None))):
        row = grade_of(counts({0: 2000, 9: 2000, 18: 2000, 27: 2000}), options={"icaht_known_days_percent": percent})
        assert (row["status"], row["grade"]) == found


def test_the_days_that_must_be_known_are_a_share_of_the_whole_period():
    """22 of 31 days are 70.97%."""
    profile = {day: count for day, count in daily().items() if not 5 <= day <= 13}

    for percent, found in ((70, ("partial", 0)), (71, ("not assessable", None))):
        row = grade_of(counts(profile), options={"icaht_known_days_percent": percent})
        assert (row["status"], row["grade"]) == found


@pytest.mark.parametrize(
    ("last_contact_day", "status", "grade"),
    [(16, "graded", 4), (17, "graded", 4), (365, "partial", 4)],
    ids=["death on the day of the last count", "a day after it", "followed up without counts"],
)
def test_neutropenia_to_the_last_count_has_never_recovered(last_contact_day, status, grade):
    row = grade_of(counts(daily((2, 16, 300), days=range(17))), last_contact_day=last_contact_day)

    assert (row["status"], row["grade"]) == (status, grade)


@pytest.mark.parametrize(
    ("sampled", "status"),
    [((2,), "partial"), ((2, 3), "graded"), ((2, 5), "graded")],
    ids=["one sample alone", "two samples", "two samples with days between"],
)
def test_a_grade_4_that_rests_on_one_sample_is_partial(sampled, status):
    """The last contact is on day 5; days without a sample take the nearest count."""
    row = grade_of(counts(dict.fromkeys(sampled, 300)), last_contact_day=5)

    assert (row["grade"], row["status"]) == (4, status)


@pytest.mark.parametrize(
    ("low", "status", "grade"),
    [("<100", "graded", 3), ("<500", "partial", 2), ("<501", "partial", 0), (">400", "partial", 0)],
    ids=[
        "below 100 decides both limits",
        "below 500 leaves 100 open",
        "below 501 leaves both open",
        "above 400 leaves it open",
    ],
)
def test_a_count_beyond_a_limit_of_the_assay_counts_as_far_as_it_decides(low, status, grade):
    row = grade_of(counts(daily((5, 12, low))))

    assert (row["status"], row["grade"]) == (status, grade)


def test_onset_and_end_are_those_of_the_longest_run():
    row = grade_of(counts(daily((1, 2, 400), (9, 11, 400), (13, 14, 300))))

    assert (row["onset_day"], row["end_day"], row["duration_days"]) == (9, 14, 6)


def test_the_lowest_count_of_a_day_counts():
    assert grade_of(counts(daily()), counts({6: 300}), counts({6: 5000}))["grade"] == 1


@pytest.mark.parametrize(
    ("sampled", "grade", "status"),
    [
        ({35: 1500, 45: 1500}, 1, "graded"),
        ({35: 1501, 45: 1501}, 0, "graded"),
        ({35: 1000, 45: 1500}, 2, "graded"),
        ({35: 1001, 45: 1500}, 1, "graded"),
        ({35: 500, 45: 1400}, 3, "graded"),
        ({35: 501, 45: 1400}, 2, "graded"),
        ({35: 100, 45: 1400}, 4, "graded"),
        ({35: 101, 45: 1400}, 3, "graded"),
        ({35: 200, 45: 1501, 60: 3000}, 0, "graded"),
        ({35: 200}, 3, "partial"),
        ({35: 3000}, 0, "partial"),
        ({30: 200, 31: 3000, 45: 3000}, 0, "graded"),
        ({31: 200, 100: 1400}, 3, "graded"),
        ({100: 1400, 101: 200}, 1, "partial"),
        ({30: 200, 101: 200}, None, "not assessable"),
        ({35: "<100", 45: 1400}, 4, "graded"),
        ({35: "<1000", 45: 1400}, 2, "partial"),
    ],
    ids=[
        "1500 twice is grade 1",
        "1501 is not low",
        "1000 is grade 2",
        "1001 is grade 1",
        "500 is grade 3",
        "501 is grade 2",
        "100 is grade 4",
        "101 is grade 3",
        "one low count among others is transient",
        "one count alone counts",
        "one normal count is thin",
        "day 30 is early",
        "days 31 and 100 are late",
        "day 101 is not",
        "no count in the period",
        "below 100 is grade 4",
        "below 1000 is at least grade 2",
    ],
)
def test_late_neutropenia_is_graded_by_its_lowest_count(sampled, grade, status):
    """Rejeski 2023, Blood 142:865, with the rule of the second-lowest count of Liang 2024."""
    row = grade_of(counts(sampled), toxicity="ICAHT_LATE")

    assert (row["grade"], row["status"]) == (grade, status)


@pytest.mark.parametrize(
    ("options", "sampled", "grade"),
    [
        ({"icaht_late_rule": "one_value"}, {35: 200, 45: 1501, 60: 3000}, 3),
        ({"icaht_late_last_day": 180}, {100: 1400, 101: 200}, 3),
    ],
    ids=["one low count is enough", "a longer period"],
)
def test_options_change_the_grade_of_late_neutropenia(options, sampled, grade):
    assert grade_of(counts(sampled), toxicity="ICAHT_LATE", options=options)["grade"] == grade


def test_onset_and_end_of_late_neutropenia_are_its_low_days():
    row = grade_of(counts({33: 2500, 40: 1200, 47: 1900, 60: 800, 75: 2200}), toxicity="ICAHT_LATE")

    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"]) == (2, 40, 60, 21)
    assert "lowest ANC 800/uL, next 1200/uL; days with ANC: 5" in row["decided_on"]


@pytest.mark.parametrize(
    ("toxicity", "profile", "grade"),
    [
        ("T_ICAHT_EARLY", daily((5, 5, 49), usual=200), 1),
        ("T_ICAHT_EARLY", daily((5, 10, 49), usual=200), 1),
        ("T_ICAHT_EARLY", daily((5, 8, 49), (15, 17, 49), usual=200), 2),
        ("T_ICAHT_EARLY", daily((5, 20, 50), usual=200), 0),
        ("T_ICAHT_EARLY", daily((5, 5, 19), usual=200), 3),
        ("T_ICAHT_EARLY", daily((5, 25, 20), usual=200), 2),
        ("T_ICAHT_EARLY", daily((5, 17, 19), usual=200), 3),
        ("T_ICAHT_EARLY", daily((5, 11, 19), (15, 21, 19), usual=200), 4),
        ("T_ICAHT_LATE", daily((40, 40, 99), usual=200, days=range(31, 101)), 1),
        ("T_ICAHT_LATE", daily((40, 60, 100), usual=200, days=range(31, 101)), 0),
        ("T_ICAHT_LATE", daily((40, 40, 49), usual=200, days=range(31, 101)), 2),
        ("T_ICAHT_LATE", daily((40, 60, 50), usual=200, days=range(31, 101)), 1),
        ("T_ICAHT_LATE", daily((40, 52, 19), usual=200, days=range(31, 101)), 3),
        ("T_ICAHT_LATE", daily((40, 53, 19), usual=200, days=range(31, 101)), 4),
        ("T_ICAHT_LATE", {31: 200, 40: 19, 46: 19, 53: 19, 59: 200}, 4),
    ],
    ids=[
        "one day below 50 is grade 1",
        "six days below 50 are grade 1",
        "seven days below 50 in all are grade 2",
        "50 is not below 50",
        "one day below 20 is grade 3",
        "20 is not below 20",
        "thirteen days below 20 are grade 3",
        "fourteen days below 20 in all are grade 4",
        "late, one day below 100 is grade 1",
        "late, 100 is not below 100",
        "late, one day below 50 is grade 2",
        "late, 50 is not below 50",
        "late, thirteen days below 20 are grade 3",
        "late, fourteen days below 20 are grade 4",
        "late, days between samples are filled",
    ],
)
def test_thrombocytopenia_is_graded_by_its_days(toxicity, profile, grade):
    """T-ICAHT as tabulated in public code: unlike neutropenia strictly below the limits, and all days together."""
    assert grade_of(counts(profile, "PLT"), toxicity=toxicity)["grade"] == grade


@pytest.mark.parametrize(
    ("early", "late", "grade", "status", "onset_day"),
    [
        pytest.param({5: 49}, {40: 19}, 3, "graded", 40, id="the late one is worse"),
        pytest.param({5: 19}, {40: 99}, 3, "graded", 5, id="the early one is worse"),
        pytest.param({}, {}, 0, "graded", None, id="neither"),
        pytest.param({5: 49}, None, 1, "partial", 5, id="at least the early one where no late count is known"),
        pytest.param({}, None, None, "not assessable", None, id="none seen early says nothing of late"),
        pytest.param(None, None, None, "not assessable", None, id="no count at all"),
    ],
)
def test_thrombocytopenia_as_a_whole_is_its_worse_period(early, late, grade, status, onset_day):
    """Early: one day below 50 grade 1, below 20 grade 3. Late: one day below 100 grade 1, below 20 grade 3."""
    per_day = {} if early is None else dict.fromkeys(range(31), 200) | early
    per_day |= {} if late is None else dict.fromkeys(range(31, 101), 200) | late
    row = grade_of(counts(per_day, "PLT"), toxicity="T_ICAHT")

    assert (row["grade"], row["status"], row["onset_day"]) == (grade, status, onset_day)


def test_thrombocytopenia_by_the_longest_run():
    profile = daily((5, 8, 49), (15, 17, 49), usual=200)

    row = grade_of(counts(profile, "PLT"), toxicity="T_ICAHT_EARLY", options={"ticaht_duration_rule": "longest_run"})

    assert (row["grade"], row["onset_day"], row["end_day"]) == (1, 5, 17)


def test_a_second_infusion_ends_the_period():
    infusions = [{"patient_id": "P1", "day": 0}, {"patient_id": "P1", "day": 50}]
    late = counts({40: 1400, 50: 1300, 60: 90})

    assert grade_of(late, toxicity="ICAHT_LATE", infusions=infusions)["grade"] == 1


def therapy(start_day, *, drug="mycophenolate mofetil", drug_class="csdmard", **facts):
    return course("P1", drug, drug_class, start_day, **facts)


@pytest.mark.parametrize(
    ("medications", "options", "grade"),
    [
        pytest.param([therapy(50, end_day=90)], {}, 1, id="the day of the next therapy still counts"),
        pytest.param([therapy(50, end_day=90)], {"icaht_late_ends": "last_contact"}, 4, id="unless the design goes on"),
        pytest.param([therapy(60, end_day=90)], {}, 4, id="what came before it counts"),
        pytest.param([therapy(-300, end_day=90)], {}, 4, id="a drug taken all along is no next therapy"),
        pytest.param([therapy(-300, end_day=49), therapy(50, end_day=90)], {}, 4, id="nor is another dose of it"),
        pytest.param([therapy(-300, end_day=36), therapy(50, end_day=90)], {}, 4, id="nor after a pause of 14 days"),
        pytest.param([therapy(-300, end_day=35), therapy(50, end_day=90)], {}, 1, id="after a longer pause it is"),
        pytest.param([therapy(-300), therapy(50, end_day=90)], {}, 4, id="nor one of which no end is known"),
        pytest.param([therapy(50, drug="prednisone", drug_class="glucocorticoid")], {}, 4, id="prednisone is spared"),
        pytest.param([therapy(50, drug="hydroxychloroquine", drug_class="antimalarial")], {}, 4,
                     id="so is an antimalarial"),
        pytest.param([therapy(50, drug="a new drug", drug_class="study_drug")], {}, 1, id="a drug under trial"),
        pytest.param([therapy(0, end_day=90)], {}, 4, id="a drug begun with the infusion is no next therapy"),
        pytest.param([therapy(50, purpose="prophylaxis")], {}, 4, id="no drug for something else"),
        pytest.param([therapy(None, end_day=70)], {}, 4, id="no drug without a first day"),
        pytest.param([therapy(50, drug="fludarabine", drug_class="lymphodepletion", purpose="lymphodepletion")], {}, 1,
                     id="a second lymphodepletion"),
    ],
)  # fmt: skip
def test_the_next_therapy_ends_the_late_period(medications, options, grade):
    """Liang 2024 stops late grading at subsequent therapy: 1300/uL on day 50 counts, 90/uL on day 60 no more."""
    late = counts({40: 1400, 50: 1300, 60: 90})
    early = counts(daily((2, 9, 90)))

    row = grade_of(late, toxicity="ICAHT_LATE", medications=medications, options=options)

    assert row["grade"] == grade
    assert grade_of(early, toxicity="ICAHT_EARLY", medications=[therapy(5, end_day=90)])["grade"] == 3


@pytest.mark.parametrize(
    ("before", "words"),
    [({-9: 4500, -2: 800}, "ANC 4.5 before treatment"), ({-2: 800}, "no ANC before treatment")],
    ids=["the last count before lymphodepletion", "none before it"],
)
def test_the_count_before_treatment_and_gcsf_are_told(before, words):
    given_drugs = [
        course("P1", "fludarabine", "lymphodepletion", -5, -3, purpose="lymphodepletion"),
        course("P1", "filgrastim", "gcsf", 8, 10, purpose="other"),
    ]

    row = grade_of(counts(daily() | before), medications=given_drugs)

    assert words in row["decided_on"]
    assert row["decided_on"].endswith("G-CSF given")


@pytest.mark.parametrize(
    ("toxicity", "start_day", "is_told"),
    [
        ("ICAHT_EARLY", 31, False),
        ("ICAHT_EARLY", 30, True),
        ("ICAHT_EARLY", 0, True),
        ("ICAHT_EARLY", -1, False),
        ("ICAHT_LATE", 31, True),
        ("ICAHT_LATE", 30, False),
        ("T_ICAHT_EARLY", 8, False),
    ],
    ids=[
        "given after the period",
        "given on its last day",
        "given on its first day",
        "given before it",
        "given on the first late day",
        "given on the day before",
        "of no use to platelets",
    ],
)
def test_gcsf_is_told_in_its_period(toxicity, start_day, is_told):
    drugs = [course("P1", "filgrastim", "gcsf", start_day, start_day, purpose="other")]
    results = [counts(daily() | {40: 2000, 50: 2000}), counts(daily(usual=200), "PLT")]

    assert ("G-CSF" in grade_of(*results, toxicity=toxicity, medications=drugs)["decided_on"]) == is_told


def test_a_patient_without_an_infusion_has_no_grade():
    rows = grades_of(counts(daily()), patients=[patient("P1")], infusions=[])

    assert {row["toxicity"] for row in rows} == {*PERIODS, "T_ICAHT"}
    assert all(row["status"] == "not assessable" and row["grade"] is None for row in rows)


def test_empty_tables_give_an_empty_table_with_its_columns():
    empty = tables_of()
    frames = {name: empty[name] for name in ("patients", "infusions", "medications")}

    result = derive_icaht(empty["labs"], **frames, design=Design())

    assert result.empty
    assert dict(result.dtypes.astype(str)) == GRADES


@pytest.mark.parametrize(
    ("values", "longest", "filled"),
    [
        ([1, None, 3], 7, [1, 2, 3]),
        ([None, 2, None, None], 7, [2, 2, 2, 2]),
        ([1, None, None, 4], 2, [1, 2, 3, 4]),
        ([1, None, None, 4], 1, [1, None, None, 4]),
        ([None, None, 2], 1, [None, None, 2]),
        ([2, None, None], 1, [2, None, None]),
        ([None, None], 7, [None, None]),
        ([1, None, np.inf, None, 5], 7, [1, np.inf, np.inf, np.inf, 5]),
    ],
    ids=[
        "on the line between",
        "the nearest before and after",
        "as long as allowed",
        "longer than allowed",
        "too long at the beginning",
        "too long at the end",
        "nothing to go by",
        "no line to a count without an upper end",
    ],
)
def test_gaps_are_filled_on_the_line_between_their_neighbours(values, longest, filled):
    result = fill_short_gaps(np.array(values, dtype=float), longest=longest)

    np.testing.assert_array_equal(result, np.array(filled, dtype=float))


@pytest.mark.parametrize(
    ("days", "joined", "runs"),
    [
        ("..xx..x", 0, [(2, 3), (6, 6)]),
        ("..xx..x", 1, [(2, 3), (6, 6)]),
        ("..xx..x", 2, [(2, 6)]),
        ("xxx", 2, [(0, 2)]),
        (".x.x.x.", 1, [(1, 5)]),
        ("...", 2, []),
    ],
)
def test_runs_are_joined_over_short_recoveries_only(days, joined, runs):
    is_low = np.array([day == "x" for day in days])

    assert find_runs(is_low, joined_days=joined) == runs
    assert count_longest_run(is_low, joined_days=joined) == max((end - start + 1 for start, end in runs), default=0)


def test_the_period_has_both_its_ends():
    labs = tables_of(labs=counts({-1: 100, 0: 200, 30: 300, 31: 400}))["labs"]

    found = find_daily_lowest(labs, test="ANC", first_day=0, last_day=30)

    assert list(found["P1"].index) == [0, 30]


PROFILES = st.lists(
    st.lists(st.one_of(st.none(), st.sampled_from([0, 90, 100, 110, 300, 500, 510, 2000])), min_size=31, max_size=31),
    min_size=4,
    max_size=8,
)
LITTLE = settings(max_examples=5, deadline=None, derandomize=True)


def profiles_of(*profiles, shuffle=None):
    """Grade several profiles at once, each as a patient of its own."""
    names = [f"P{number:02d}" for number in range(1, len(profiles) + 1)]
    results = [
        row
        for name, profile in zip(names, profiles, strict=True)
        for row in counts({day: count for day, count in enumerate(profile) if count is not None}, patient_id=name)
    ]
    if shuffle:
        shuffle(results)
    rows = grades_of(results, patients=[patient(name) for name in names])
    return [row for row in rows if row["toxicity"] == "ICAHT_EARLY"]


@LITTLE
@given(profiles=PROFILES, order=st.randoms(use_true_random=False))
def test_neither_row_order_nor_other_patients_matter(profiles, order):
    together = profiles_of(*profiles)

    assert profiles_of(*profiles, shuffle=order.shuffle) == together
    assert profiles_of(profiles[0]) == together[:1]


@LITTLE
@given(profiles=PROFILES, data=st.data())
def test_the_grade_never_falls_when_counts_fall(profiles, data):
    full = [[2000 if count is None else count for count in profile] for profile in profiles]
    first = data.draw(st.integers(0, 30))
    last = data.draw(st.integers(first, 30))
    lower = [[min(count, 90) if first <= day <= last else count for day, count in enumerate(own)] for own in full]

    for higher, fallen in zip(profiles_of(*full), profiles_of(*lower), strict=True):
        assert fallen["grade"] >= higher["grade"]


@LITTLE
@given(profiles=PROFILES, data=st.data())
def test_a_count_that_is_missing_at_the_nadir_never_leaves_a_whole_grade_0(profiles, data):
    first = data.draw(st.integers(1, 20))
    hidden = [[None if first <= day < first + 9 else 2000 for day in range(31)] for _ in profiles]

    assert all(row["status"] == "partial" and row["grade"] == 0 for row in profiles_of(*hidden))


@pytest.mark.parametrize(
    ("sampled", "grade", "days_500"),
    [
        pytest.param(dict.fromkeys((4, 12, 20, 28), 501), 0, 0, id="501 whenever it was measured"),
        pytest.param({0: 2000, 7: 2000, 15: 2000, 23: 504}, 0, 0, id="504 at last"),
        pytest.param({0: 600, 2: 400, 30: 600} | dict.fromkeys(range(3, 30), 2000), 1, 2, id="500 in the middle"),
        pytest.param({0: 2000} | dict.fromkeys((4, 12, 20, 28), 499), 3, 27, id="499 whenever it was measured"),
    ],
)
def test_rounding_makes_no_low_day_between_counts_that_are_not_low(sampled, grade, days_500):
    row = grade_of(counts(sampled), options={"icaht_longest_gap_days": 7})

    assert row["grade"] == grade
    assert f"<= 500/uL: {days_500}," in row["decided_on"]
