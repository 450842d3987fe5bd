"""The simulated cohort: published aggregates from raw rows, events that agree with charts, the same bytes again.

Every grade and score is worked out here from raw rows by rules written anew, not by those of the package.
"""

import filecmp

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.errors import UsageError
from caseseries.paths import SYNTHETIC
from caseseries.records import list_problems
from caseseries.simulate import DEFAULT_SEED, simulate_cohort, write_cohort
from caseseries.simulate.conditions import settle
from caseseries.simulate.counts import marrow_course
from caseseries.simulate.kinetics import STEIN_2019
from caseseries.simulate.streams import PROCESSES, stream

DAYS_PER_MONTH = 30.4375
WEIGHT_8 = {"SEIZURE", "PSYCHOSIS", "OBS", "VISUAL", "CRANIAL", "HEADACHE", "CVA", "VASCULITIS"}
WEIGHT_4 = {"ARTHRITIS", "MYOSITIS", "CASTS", "HEMATURIA", "PROTEINURIA", "PYURIA"}
WEIGHT_1 = {"FEVER", "THROMBOPENIA", "LEUKOPENIA"}
SEROLOGY = {"LOWCOMP", "DSDNA"}
AGAINST_DISEASE = [
    "glucocorticoid",
    "csdmard",
    "biologic",
    "antimalarial",
    "calcineurin_inhibitor",
    "jak_inhibitor",
    "cyclophosphamide",
]
IMMUNOSUPPRESSIVE = [name for name in AGAINST_DISEASE if name not in ("glucocorticoid", "antimalarial")]


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort()


@pytest.fixture(scope="module")
def large():
    return simulate_cohort(48, seed=9)


def patients_of(tables):
    return tables["patients"].set_index("patient_id")


def crs_by_patient(tables):
    """Grade, first and last day by ASTCT: fever, low pressure or oxygen that no other cause explains."""
    ages = patients_of(tables)["age_years"]
    found = {}
    for row in tables["vital_signs"].itertuples():
        if row.attributable != "yes" or row.day < 0:
            continue
        age = ages[row.patient_id] + row.day / 365.25
        low = row.systolic_bp_mmhg < (70 + 2 * age if age <= 10 else 90)
        assert row.vasopressors == ""
        assert row.oxygen_device in ("none", "nasal_cannula")
        grade = 2 if low or row.oxygen_device == "nasal_cannula" else 1 if row.temperature_c >= 38.0 else 0
        if grade:
            worst, first, last = found.get(row.patient_id, (0, row.day, row.day))
            found[row.patient_id] = (max(worst, grade), min(first, row.day), max(last, row.day))
    return found


def icans_by_patient(tables):
    """Grade, first and last day by ASTCT; CAPD counts only where neurotoxicity was suspected."""
    patients = patients_of(tables)
    found = {}
    for row in tables["neuro_checks"].itertuples():
        patient = patients.loc[row.patient_id]
        uses_ice = patient.age_years >= 12 and patient.developmental_delay == "no"
        assert pd.isna(row.ice_score) != uses_ice
        assert pd.isna(row.capd_score) == uses_ice
        grade = {"alert": 0, "awakens_spontaneously": 1, "awakens_to_voice": 2}[row.consciousness]
        if uses_ice:
            grade = max(
                grade, 0 if row.ice_score == 10 else 1 if row.ice_score >= 7 else 2 if row.ice_score >= 3 else 3
            )
        elif row.suspected == "yes":
            grade = max(grade, 3 if row.capd_score >= 9 else 1 if row.capd_score >= 1 else 0)
        if grade:
            worst, first, last = found.get(row.patient_id, (0, row.day, row.day))
            found[row.patient_id] = (max(worst, grade), min(first, row.day), max(last, row.day))
    return found


def late_icaht_by_patient(tables, until_day):
    """Grade of late ICAHT: two neutrophil counts after day 30 at or below 1.5; the lowest decides."""
    labs = tables["labs"]
    late = labs[(labs["test"] == "ANC") & labs["day"].between(31, until_day)]
    found = {}
    for patient, values in late.groupby("patient_id")["value"]:
        low = values[values <= 1.5]
        if len(low) >= 2:
            found[patient] = sum(low.min() <= limit for limit in (1.5, 1.0, 0.5, 0.1))
    return found


def sledai_by_day(tables, serology):
    rows = tables["assessments"].query("instrument == 'SLEDAI2K' and score == 1 and attributable == 'yes'")
    rows = rows if serology else rows[~rows["item"].isin(SEROLOGY)]
    weights = rows["item"].map(
        lambda code: 8 if code in WEIGHT_8 else 4 if code in WEIGHT_4 else 2 - (code in WEIGHT_1)
    )
    return weights.groupby([rows["patient_id"], rows["day"]]).sum()


def scores(tables, instrument, day, patient, item=None):
    rows = tables["assessments"].query("instrument == @instrument and day == @day and patient_id == @patient")
    return rows[rows["item"].isin([item]) if item else slice(None)]["score"].sum(skipna=False)


def first_and_last_day(tables):
    return tables["assessments"].groupby("patient_id")["day"].agg(["min", "max"])


def in_remission(tables):
    """SLE: clinical SLEDAI-2K 0 and global below 0.5. JDM: global at most 0.2 and two of three muscle criteria."""
    days, labs = first_and_last_day(tables), tables["labs"]
    clinical = sledai_by_day(tables, serology=False)
    found = set()
    for patient, disease in patients_of(tables)["disease"].items():
        last = days.loc[patient, "max"]
        if disease == "SLE":
            global_score = scores(tables, "PGA_SLE", last, patient)
            is_reached = clinical.get((patient, last), 0) == 0 and global_score < 0.5
        elif disease == "JDM":
            ck = labs.query("test == 'CK' and day == @last and patient_id == @patient")["value"].item()
            met = [ck <= 150, scores(tables, "CMAS", last, patient) >= 48, scores(tables, "MMT8", last, patient) >= 78]
            is_reached = scores(tables, "GLOBAL", last, patient, "PHYSICIAN") <= 0.2 and sum(met) >= 2
        else:
            is_reached = False
        found |= {patient} if is_reached else set()
    return found


def improved(tables):
    days, sledai = first_and_last_day(tables), sledai_by_day(tables, serology=True)
    found = set()
    for patient, disease in patients_of(tables)["disease"].items():
        first, last = days.loc[patient]
        if disease == "SLE":
            before, after = (sledai.get((patient, day), 0) for day in (first, last))
        elif disease == "JDM":
            before, after = (scores(tables, "GLOBAL", day, patient, "PHYSICIAN") for day in (first, last))
        else:
            before, after = (scores(tables, "MRSS", day, patient) for day in (first, last))
        found |= {patient} if after < before else set()
    return found


def cleared_by_day_7(tables):
    early = tables["labs"].query("test == 'CD19' and 1 <= day <= 7 and operator == '<' and value <= 1")
    return set(early["patient_id"])


def drug_free(tables):
    drugs = tables["medications"].query("purpose == 'disease' and drug_class in @AGAINST_DISEASE")
    last = drugs["patient_id"].map(patients_of(tables)["last_contact_day"])
    treated = drugs[(drugs["ongoing"] == "yes") | (drugs["end_day"] >= last)]
    return set(tables["patients"]["patient_id"]) - set(treated["patient_id"])


def months(tables):
    return tables["patients"]["last_contact_day"].astype(float) / DAYS_PER_MONTH


def prior_lines(tables):
    drugs = tables["medications"].query("start_day < 0 and purpose == 'disease' and drug_class in @IMMUNOSUPPRESSIVE")
    return drugs.groupby("patient_id")["drug"].nunique()


def abnormal_organ_better(tables):
    """Patients whose proteinuria above 500 mg/g or vital capacity below 80% was nearer normal at the end."""
    labs, assessments = tables["labs"].query("test == 'UPCR'"), tables["assessments"].query("item == 'FVC_PCT'")
    found = set()
    for patient, rows in labs.sort_values("day").groupby("patient_id")["value"]:
        found |= {patient} if rows.iloc[0] > 500 > rows.iloc[-1] else set()
    for patient, rows in assessments.sort_values("day").groupby("patient_id")["score"]:
        found |= {patient} if rows.iloc[0] < 80 and rows.iloc[-1] > rows.iloc[0] else set()
    return found


def grades_of(found):
    return sorted(grade for grade, *_ in found.values())


PUBLISHED = {
    "four had lupus": (lambda t: (t["patients"]["disease"] == "SLE").sum(), 4),
    "three had dermatomyositis": (lambda t: (t["patients"]["disease"] == "JDM").sum(), 3),
    "one had sclerosis": (lambda t: (t["patients"]["disease"] == "SSc").sum(), 1),
    "seven were girls": (lambda t: (t["patients"]["sex"] == "female").sum(), 7),
    "five were treated in Rome": (lambda t: (t["patients"]["centre"] == "Rome").sum(), 5),
    "three were treated in Erlangen": (lambda t: (t["patients"]["centre"] == "Erlangen").sum(), 3),
    "the youngest was five": (lambda t: t["patients"]["age_years"].min(), 5),
    "the oldest was seventeen": (lambda t: t["patients"]["age_years"].max(), 17),
    "each had at least two drugs before": (
        lambda t: prior_lines(t).reindex(t["patients"]["patient_id"]).ge(2).sum(),
        8,
    ),
    "each product had several bags": (lambda t: (t["infusions"]["bags"] >= 2).sum(), 8),
    "each got one million cells per kg": (lambda t: (t["infusions"]["dose_cells_per_kg"] == 1e6).sum(), 8),
    "each got one infusion": (lambda t: t["infusions"]["patient_id"].nunique(), 8),
    "B cells were gone by day 7 in all": (lambda t: len(cleared_by_day_7(t)), 8),
    "six had cytokine release, all grade 1": (lambda t: grades_of(crs_by_patient(t)), [1] * 6),
    "one had neurotoxicity, grade 1": (lambda t: grades_of(icans_by_patient(t)), [1]),
    "two had late haematotoxicity, grade 1": (lambda t: sorted(late_icaht_by_patient(t, 100).values()), [1, 1]),
    "nor was there more after day 100": (lambda t: sorted(late_icaht_by_patient(t, 9999).values()), [1, 1]),
    "no infection was severe": (
        lambda t: t["adverse_events"].query("category == 'infection' and grade >= 3").shape[0],
        0,
    ),
    "the median follow-up was 16.5 months": (lambda t: round(months(t).median(), 1), 16.5),
    "the shortest follow-up was 9 months": (lambda t: round(months(t).min(), 1), 9.0),
    "the longest follow-up was 24 months": (lambda t: round(months(t).max(), 1), 24.0),
    "all improved": (lambda t: len(improved(t)), 8),
    "all were free of drugs against the disease": (lambda t: len(drug_free(t)), 8),
    "seven were in remission": (lambda t: len(in_remission(t)), 7),
    "the one without remission has sclerosis": (
        lambda t: set(t["patients"].query("disease == 'SSc'")["patient_id"]) & in_remission(t),
        set(),
    ),
    "some organ damage went back": (lambda t: len(abnormal_organ_better(t)) >= 1, True),
    "nobody died": (lambda t: t["patients"]["death_day"].notna().sum(), 0),
}


@pytest.mark.parametrize("said", PUBLISHED)
def test_the_eight_children_bear_out_what_was_published(said, cohort):
    """Becilli 2026, Nat Med, abstract; press statements of 5 and 6 February 2026."""
    count, expected = PUBLISHED[said]

    assert count(cohort) == expected


@pytest.mark.parametrize("seed", [0, 77])
def test_another_seed_gives_other_children_who_bear_it_out_too(seed, cohort):
    other = simulate_cohort(seed=seed)

    assert not other["labs"].equals(cohort["labs"])
    assert {said: count(other) for said, (count, _) in PUBLISHED.items()} == {
        said: expected for said, (_, expected) in PUBLISHED.items()
    }


def test_the_two_press_statements_on_follow_up_are_contradicted(cohort):
    """Follow-up of every child beyond 12 and beyond 24 months, against 9 to 24 months in the paper."""
    assert months(cohort).min() < 12
    assert months(cohort).max() < 24.05


def test_the_same_seed_gives_the_same_bytes_as_the_embedded_data_set(tmp_path):
    written = write_cohort(tmp_path / "again")
    names = sorted(path.name for path in SYNTHETIC.iterdir())

    assert sorted(path.name for path in written.iterdir()) == names
    same, different, unread = filecmp.cmpfiles(SYNTHETIC, written, names, shallow=False)
    assert (sorted(same), different, unread) == (names, [], [])


def test_the_embedded_data_set_says_that_it_is_synthetic_and_has_no_problem():
    about = (SYNTHETIC / "dataset.toml").read_text(encoding="utf-8")

    assert 'kind = "synthetic"' in about
    assert "Synthetic" in about
    assert [problem.text() for problem in list_problems(SYNTHETIC)] == []
    assert sum(path.stat().st_size for path in SYNTHETIC.iterdir()) < 3_000_000


@pytest.mark.parametrize("n_patients", [1, 3, 9])
def test_a_larger_cohort_begins_with_the_smaller_one(n_patients, large):
    small = simulate_cohort(n_patients, seed=9)

    for name, table in large.items():
        number = table["patient_id"].str.removeprefix("SYN-").astype(int)
        beginning = table[number <= n_patients].drop(columns="patient_id")
        pd.testing.assert_frame_equal(small[name].drop(columns="patient_id"), beginning, check_dtype=False)


def test_each_block_of_eight_keeps_the_published_composition(large):
    patients = large["patients"]

    assert patients["patient_id"].tolist()[:2] == ["SYN-001", "SYN-002"]
    assert patients["disease"].value_counts().to_dict() == {"SLE": 24, "JDM": 18, "SSc": 6}
    assert patients["sex"].value_counts().to_dict() == {"female": 42, "male": 6}
    assert patients["centre"].value_counts().to_dict() == {"Rome": 30, "Erlangen": 18}


def test_every_patient_and_process_has_a_stream_of_its_own():
    first = {(number, process): stream(1, number, process).random() for number in (1, 2) for process in PROCESSES}
    again = stream(1, 2, PROCESSES[-1], 0).random()

    assert len(set(first.values())) == 2 * len(PROCESSES)
    assert again == first[2, PROCESSES[-1]]
    assert stream(1, 2, PROCESSES[-1], 1).random() != again


def test_a_condition_that_nothing_meets_is_told_and_not_waited_for():
    with pytest.raises(RuntimeError, match="take another seed"):
        settle(lambda attempt: attempt, lambda drawn: False)


def test_the_typical_patient_of_the_published_model_has_its_published_numbers():
    """Stein 2019, CPT Pharmacometrics Syst Pharmacol 8:285: closed form and half-lives of the typical patient."""
    assert STEIN_2019.area(28) == pytest.approx(171_774, rel=1e-5)
    assert np.log(2) / STEIN_2019.rho == pytest.approx(0.780, abs=5e-4)
    assert np.log(2) / STEIN_2019.alpha == pytest.approx(4.33, abs=5e-3)
    assert np.log(2) / STEIN_2019.beta == pytest.approx(216.6, abs=0.05)


def test_the_area_in_closed_form_is_that_under_the_curve():
    days = np.linspace(0, 28, 280_001)

    assert STEIN_2019.concentration(STEIN_2019.tmax) == pytest.approx(STEIN_2019.cmax)
    assert STEIN_2019.concentration(0.0) == pytest.approx(STEIN_2019.cmax / STEIN_2019.fold)
    assert np.trapezoid(STEIN_2019.concentration(days), days) == pytest.approx(STEIN_2019.area(28), rel=1e-6)


@given(st.floats(0, 1.2), st.floats(0.05, 0.4))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_an_undisturbed_marrow_stays_and_a_poisoned_one_falls_and_comes_back(toxicity, more):
    usual = {"baseline": 3.0, "transit_days": 5.0, "late_suppression": 0.0, "late_day": 40}

    mild, strong = (marrow_course(200, toxicity=each, **usual) for each in (toxicity, toxicity + more))

    assert marrow_course(200, toxicity=0.0, **usual) == pytest.approx(3.0)
    assert strong.min() < mild.min() <= 3.0 + 1e-9
    assert strong[-1] == pytest.approx(3.0, rel=0.02)


def recorded(tables, category, term=None):
    events = tables["adverse_events"]
    events = events[(events["category"] == category) & ((events["term"] == term) if term else True)]
    return {row.patient_id: (row.grade, row.start_day, row.end_day) for row in events.itertuples()}


def test_recorded_cytokine_release_is_what_the_charts_say(large):
    assert recorded(large, "crs") == crs_by_patient(large)
    assert {grade for grade, *_ in crs_by_patient(large).values()} == {1, 2}


def test_recorded_neurotoxicity_is_what_the_checks_say(large):
    assert recorded(large, "icans") == icans_by_patient(large)
    assert icans_by_patient(large)


def test_recorded_late_neutropenia_is_what_the_counts_say(large):
    events = recorded(large, "cytopenia", "Late neutropenia (ICAHT)")

    assert {patient: grade for patient, (grade, *_) in events.items()} == late_icaht_by_patient(large, 100)
    assert len(events) > 2


@pytest.mark.parametrize(
    ("term", "test", "limits"),
    [("Neutropenia", "ANC", (1.5, 1.0, 0.5)), ("Thrombocytopenia", "PLT", (75, 50, 25)), ("Anaemia", "HGB", (100, 80))],
)
def test_recorded_cytopenias_have_the_worst_ctcae_grade_of_their_days(term, test, limits, large):
    """CTCAE 5.0: grades 2, 3 and 4 begin below the limits."""
    events = recorded(large, "cytopenia", term)
    labs = large["labs"].query("test == @test")
    for patient, (grade, start, end) in events.items():
        values = labs[(labs["patient_id"] == patient) & labs["day"].between(start, end)].set_index("day")["value"]
        assert grade == 1 + sum(values.min() < limit for limit in limits)
        assert max(values[start], values[end]) < limits[0]

    assert events


def test_recorded_infections_have_the_grade_of_their_treatment(large):
    drugs = large["medications"].query("purpose == 'infection'")
    used = 0
    for event in large["adverse_events"].query("category == 'infection'").itertuples():
        given_for_it = drugs[
            (drugs["patient_id"] == event.patient_id)
            & (drugs["start_day"] >= event.start_day)
            & (drugs["end_day"] == event.end_day)
        ]
        routes = set(given_for_it["route"])
        assert event.grade == (3 if "intravenous" in routes else 2 if routes else 1)
        assert event.treatment == "".join(given_for_it["drug"])
        used += len(given_for_it)

    assert used == len(drugs) > 0


def test_fever_of_an_infection_is_charted_as_such_and_within_it(large):
    other = large["vital_signs"].query("attributable == 'no'")
    infections = large["adverse_events"].query("category == 'infection'")
    for row in other.itertuples():
        same = infections[infections["patient_id"] == row.patient_id]
        assert ((same["start_day"] <= row.day) & (row.day <= same["end_day"])).any()
        assert row.temperature_c >= 38

    assert len(other) > 0


def test_lupus_descriptors_follow_the_results_of_the_same_day(large):
    labs = large["labs"].set_index(["patient_id", "day", "test"])
    value, lower, upper = labs["value"], labs["lower_limit"], labs["upper_limit"]
    items = large["assessments"].query("instrument == 'SLEDAI2K' and score.notna()")
    rules = {
        "LOWCOMP": lambda key: any(value[(*key, test)] < lower[(*key, test)] for test in ("C3", "C4")),
        "DSDNA": lambda key: value[(*key, "DSDNA")] > upper[(*key, "DSDNA")],
        "PROTEINURIA": lambda key: value[(*key, "UPCR")] > 500,
        "HEMATURIA": lambda key: value[(*key, "URINE_RBC")] > 5,
        "PYURIA": lambda key: value[(*key, "URINE_WBC")] > 5,
        "THROMBOPENIA": lambda key: value[(*key, "PLT")] < 100,
        "LEUKOPENIA": lambda key: value[(*key, "WBC")] < 3.0,
    }
    for code, rule in rules.items():
        rows = items[items["item"] == code]
        shown = [bool(rule((row.patient_id, row.day))) for row in rows.itertuples()]
        assert shown == (rows["score"] == 1).tolist(), code
        assert 0 < sum(shown) < len(shown), code


def test_the_protein_ratio_is_that_of_the_two_urine_results(cohort):
    wide = cohort["labs"].pivot_table(index=["patient_id", "day"], columns="test", values="value")
    urine = wide[["UPCR", "URINE_PROTEIN", "URINE_CREAT"]].dropna()

    assert (urine["UPCR"] - 1000 * urine["URINE_PROTEIN"] / urine["URINE_CREAT"]).abs().max() <= 0.5
    assert len(urine) > 20


def test_nothing_is_charted_after_the_last_contact(large):
    last = patients_of(large)["last_contact_day"]
    for name in ("labs", "assessments", "vital_signs", "neuro_checks"):
        assert (large[name]["day"] <= large[name]["patient_id"].map(last)).all(), name
    ends = large["medications"]["end_day"].fillna(-999)
    assert (ends < large["medications"]["patient_id"].map(last)).all()


def test_the_embedded_charts_hold_what_charts_hold(cohort):
    """Visits missed or unscheduled, late samples, results below the limit, empty items, fever of another cause."""
    labs = cohort["labs"]

    assert {"done", "missed", "unscheduled"} == set(cohort["visits"]["status"])
    assert (labs["operator"] == "<").sum() > 100
    assert set(labs.query("test == 'CART_BLOOD' and day < 40")["day"]) & {11, 13, 15, 22, 29}
    assert cohort["assessments"]["score"].isna().any()
    assert {"yes", "no"} < set(cohort["vital_signs"]["attributable"])
    assert (cohort["medications"]["purpose"] == "replacement").any()
    assert cohort["medications"].query("drug == 'tocilizumab' and purpose == 'crs'").shape[0] == 1
    assert (labs.query("test == 'CD19' and day > 200")["value"] > 50).any()


@given(seed=st.integers(0, 2**31), n_patients=st.integers(1, 3))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_any_seed_and_size_passes_the_checks_of_real_data(seed, n_patients, tmp_path_factory):
    folder = write_cohort(tmp_path_factory.mktemp("any"), n_patients, seed=seed)

    assert [problem.text() for problem in list_problems(folder)] == []
    assert len(pd.read_csv(folder / "patients.csv")) == n_patients


def test_the_default_is_the_embedded_cohort():
    assert f"seed {DEFAULT_SEED};" in (SYNTHETIC / "dataset.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("n_patients", "seed"), [(0, 1), (-3, 1), (8, -1)])
def test_a_cohort_of_nobody_is_refused(n_patients, seed):
    with pytest.raises(UsageError, match="must have 1 patient or more"):
        simulate_cohort(n_patients, seed=seed)
