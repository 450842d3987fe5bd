"""Courses of drugs become doses, states and the day from which a patient was free of drugs."""

import numpy as np
import pandas as pd
import pytest
from cohorts import course, patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.cohort.patients import derive_patients
from caseseries.derive.treatment.glucocorticoid import compute_prednisone_mg
from caseseries.derive.treatment.medication import derive_drug_free, derive_treatment
from caseseries.design import Design


def treatment_of(*courses, assessments=(), options=None, **facts):
    tables = raw_tables(patients=[patient("P1", **facts)], medications=courses, assessments=assessments)
    return derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design(options)
    )


def on_day(treatment, day):
    return treatment[(treatment["start_day"] <= day) & (treatment["end_day"] >= day)].iloc[0]


@pytest.mark.parametrize(
    ("drug", "dose", "unit", "expected"),
    [
        pytest.param("methylprednisolone", 16, "mg", 20, id="methylprednisolone counts five quarters"),
        pytest.param("dexamethasone", 2, "mg", 13.3333, id="dexamethasone 0.75 mg is prednisone 5 mg"),
        pytest.param("hydrocortisone", 15, "mg", 3.75, id="hydrocortisone counts a quarter"),
        pytest.param("deflazacort", 12, "mg", 10, id="deflazacort 6 mg is prednisone 5 mg"),
        pytest.param("prednisone", 0.5, "mg/kg", 20, id="a dose per kg is multiplied by the weight"),
        pytest.param("prednisolone", 0.01, "g", 10, id="grams become milligrams"),
        pytest.param("prednisone", 7500, "ug", 7.5, id="micrograms become milligrams"),
        pytest.param("prednisone", 0.002, "g/kg", 80, id="grams per kg"),
        pytest.param("prednisone", 250, "ug/kg", 10, id="micrograms per kg"),
        pytest.param("prednisone", 10, "mg/m2", 12.84615, id="40 kg are (4 x 40 + 7) / (40 + 90) = 1.2846 m2"),
        pytest.param("Prednisone", 5, "mg", 5, id="a drug is known in any case of letters"),
        pytest.param("prednisone", 2, "tablet", np.nan, id="tablets are no mass"),
        pytest.param("unknownisone", 5, "mg", np.nan, id="a drug without a factor has no equivalent"),
    ],
)
def test_glucocorticoids_are_counted_as_prednisone(drug, dose, unit, expected):
    found = compute_prednisone_mg(pd.Series([drug]), pd.Series([dose]), pd.Series([unit]), weight_kg=pd.Series([40.0]))

    assert found.iloc[0] == pytest.approx(expected, abs=1e-3, nan_ok=True)


def test_doses_of_one_day_add_up_and_a_change_begins_a_new_interval():
    treatment = treatment_of(
        course("P1", "prednisone", "glucocorticoid", -100, -1, dose=20),
        course("P1", "prednisone", "glucocorticoid", 0, 40, dose=4),
        course("P1", "methylprednisolone", "glucocorticoid", 30, 40, dose=8),
        options={"weight_window_days": 365},
    )

    assert treatment["start_day"].tolist() == [-100, 0, 30, 41]
    assert treatment["end_day"].tolist() == [-1, 29, 40, 365]
    assert treatment["prednisone_mg_per_day"].tolist() == [20, 4, 14, 0]
    assert on_day(treatment, 5)["prednisone_mg_per_kg_per_day"] == pytest.approx(0.1)


@pytest.mark.parametrize("order", [1, -1], ids=["the short one first", "the long one first"])
def test_of_two_courses_of_one_drug_from_one_day_the_single_dose_reaches_to_the_next(order):
    """A dose of day 10 beside a course of days 10 to 13: the dose counts until the next one on day 40."""
    courses = [
        course("P1", "rituximab", "biologic", 10, 10, route="intravenous"),
        course("P1", "rituximab", "biologic", 10, 13, route="subcutaneous"),
        course("P1", "rituximab", "biologic", 40, 40, route="intravenous"),
    ]
    treatment = treatment_of(*courses[::order])

    assert [on_day(treatment, day)["state"] for day in (12, 25, 40, 41)] == ["on_immunosuppression"] * 3 + ["drug_free"]


def test_a_drug_without_a_first_day_says_nothing_of_the_time_after_the_last_contact():
    treatment = treatment_of(course("P1", "mycophenolate mofetil", "csdmard", None, 5), last_contact_day=-10)

    assert treatment[["start_day", "end_day", "state"]].to_numpy().tolist() == [[-10, -10, "indeterminate"]]


def test_the_weight_of_a_dose_is_the_nearest_within_ninety_days():
    weight = {"patient_id": "P1", "instrument": "BODY", "item": "WEIGHT_KG", "day": 200, "score": 50.0}
    treatment = treatment_of(
        course("P1", "prednisone", "glucocorticoid", -400, -301, dose=10),
        course("P1", "prednisone", "glucocorticoid", 10, 20, dose=10),
        course("P1", "prednisone", "glucocorticoid", 190, 210, dose=10),
        assessments=[weight],
    )

    assert np.isnan(on_day(treatment, -350)["prednisone_mg_per_kg_per_day"])
    assert on_day(treatment, 15)["prednisone_mg_per_kg_per_day"] == pytest.approx(10 / 40)
    assert on_day(treatment, 200)["prednisone_mg_per_kg_per_day"] == pytest.approx(10 / 50)


def test_how_far_off_a_weight_may_lie_is_an_option():
    dose = course("P1", "prednisone", "glucocorticoid", 30, 40, dose=10)

    for days, expected in ((35, 0.25), (34, np.nan)):
        per_kg = on_day(treatment_of(dose, options={"weight_window_days": days}), 35)["prednisone_mg_per_kg_per_day"]
        assert per_kg == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("dose", "is_pulse"),
    [
        pytest.param(250, True, id="250 mg of methylprednisolone is a pulse"),
        pytest.param(240, False, id="240 mg in a child of 40 kg is none"),
    ],
)
def test_an_intravenous_pulse_stands_apart_from_the_maintenance_dose(dose, is_pulse):
    treatment = treatment_of(
        course("P1", "methylprednisolone", "glucocorticoid", 5, 5, dose=dose, route="intravenous"),
        course("P1", "prednisone", "glucocorticoid", 0, 10, dose=5),
    )
    day = on_day(treatment, 5)

    assert day["prednisone_mg_per_day"] == pytest.approx(5 if is_pulse else 5 + dose * 1.25)
    assert day["pulse_prednisone_mg_per_day"] == pytest.approx(dose * 1.25 if is_pulse else 0)
    assert day["state"] == "on_glucocorticoid"


def test_ten_mg_per_kg_is_a_pulse_in_a_small_child():
    treatment = treatment_of(
        course("P1", "methylprednisolone", "glucocorticoid", 5, 5, dose=160, route="intravenous"), weight_kg=16.0
    )

    assert on_day(treatment, 5)["prednisone_mg_per_day"] == 0
    assert on_day(treatment, 5)["pulse_prednisone_mg_per_day"] == pytest.approx(200)


LOCAL = "topical inhaled intraarticular transdermal ophthalmic nasal rectal otic"


@pytest.mark.parametrize(
    ("facts", "state", "not_counted"),
    [
        pytest.param({}, "on_glucocorticoid", None, id="a glucocorticoid for the disease"),
        pytest.param({"purpose": "other"}, "on_glucocorticoid", None, id="one for another disease is one all the same"),
        pytest.param({"purpose": "replacement"}, "drug_free", "prednisone (replacement)", id="adrenal replacement"),
        pytest.param({"purpose": "crs"}, "drug_free", "prednisone (crs)", id="treatment of cytokine release"),
        pytest.param({"purpose": "icans"}, "drug_free", "prednisone (icans)", id="treatment of neurotoxicity"),
        pytest.param({"purpose": "premedication"}, "drug_free", "prednisone (premedication)", id="premedication"),
        pytest.param({"purpose": "lymphodepletion"}, "drug_free", "prednisone (lymphodepletion)", id="lymphodepletion"),
        pytest.param({"purpose": "infection"}, "on_glucocorticoid", None, id="one against an infection is one as well"),
        *[
            pytest.param({"route": route}, "drug_free", None, id=f"{route} is no systemic treatment")
            for route in LOCAL.split()
        ],
        pytest.param({"route": "subcutaneous"}, "on_glucocorticoid", None, id="an injection is systemic treatment"),
    ],
)
def test_the_purpose_and_route_of_a_glucocorticoid_decide_whether_it_counts(facts, state, not_counted):
    treatment = treatment_of(
        course("P1", "prednisone", "glucocorticoid", 10, 20, dose=10, **facts),
        course("P1", "mycophenolate mofetil", "csdmard", -50, -14),
    )
    day = on_day(treatment, 15)

    assert day["state"] == state
    assert day["prednisone_mg_per_day"] == (10 if state == "on_glucocorticoid" else 0)
    assert day["not_counted"] == not_counted or (not_counted is None and pd.isna(day["not_counted"]))


def test_a_course_without_an_end_is_indeterminate_and_never_imputed():
    treatment = treatment_of(
        course("P1", "prednisone", "glucocorticoid", 0, 9, dose=5),
        course("P1", "azathioprine", "csdmard", -100, None),
    )

    assert on_day(treatment, 5)["state"] == "on_glucocorticoid"
    assert on_day(treatment, 50)["state"] == "indeterminate"
    assert on_day(treatment, -50)["state"] == "indeterminate"


def test_a_glucocorticoid_without_an_end_has_no_dose():
    treatment = treatment_of(course("P1", "prednisone", "glucocorticoid", 0, None, dose=5))

    assert on_day(treatment, 0)[["state", "prednisone_mg_per_day"]].tolist() == ["on_glucocorticoid", 5]
    assert set(treatment.loc[treatment["start_day"] > 0, "state"]) == {"indeterminate"}
    assert treatment.loc[treatment["start_day"] > 0, "prednisone_mg_per_day"].isna().all()


def test_of_a_course_without_a_first_day_the_last_one_is_sure():
    treatment = treatment_of(course("P1", "hydroxychloroquine", "antimalarial", None, None, ongoing=True))

    assert on_day(treatment, 364)["state"] == "indeterminate"
    assert on_day(treatment, 365)["state"] == "on_other_treatment"


def test_the_dose_per_kg_follows_the_growth_of_a_child():
    """Clinical rule: the weight nearest to the day, within 90 days of it; 0.12 mg/kg of 25 and of 45 kg."""
    weights = [
        {"patient_id": "P1", "instrument": "BODY", "item": "WEIGHT_KG", "day": day, "score": kg}
        for day, kg in ((-10, 25.0), (160, 45.0))
    ]
    drug = course("P1", "prednisone", "glucocorticoid", -20, 200, dose=0.12, dose_unit="mg/kg")
    fixed = course("P1", "methylprednisolone", "glucocorticoid", -20, 200, dose=4)

    per_kg = treatment_of(drug, assessments=weights, weight_kg=None)
    per_day = treatment_of(fixed, assessments=weights, weight_kg=None)

    assert [on_day(per_kg, day)["prednisone_mg_per_day"] for day in (74, 75, 200)] == pytest.approx([3, 5.4, 5.4])
    found = [on_day(per_day, day)["prednisone_mg_per_kg_per_day"] for day in (74, 75, 200)]
    assert found == pytest.approx([0.2, 5 / 45, 5 / 45])


def test_nothing_is_no_dose_per_kg_whatever_the_weight():
    treatment = treatment_of(course("P1", "prednisone", "glucocorticoid", -20, -1, dose=5), weight_kg=None)

    assert on_day(treatment, 100)["prednisone_mg_per_kg_per_day"] == 0


def test_an_ongoing_course_lasts_to_the_last_contact():
    treatment = treatment_of(course("P1", "hydroxychloroquine", "antimalarial", -100, None, ongoing=True))

    assert treatment["state"].tolist() == ["on_other_treatment"]
    assert treatment["end_day"].tolist() == [365]


def test_monthly_administrations_form_one_course_and_half_yearly_ones_do_not():
    monthly = [course("P1", "belimumab", "biologic", day, day) for day in (-90, -60, -30)]
    rare = [course("P1", "rituximab", "biologic", day, day) for day in (-400, -200)]

    assert on_day(treatment_of(*monthly), -45)["state"] == "on_immunosuppression"
    assert on_day(treatment_of(*monthly), -29)["state"] == "drug_free"
    assert on_day(treatment_of(*rare), -300)["state"] == "drug_free"


def test_a_patient_without_any_course_has_no_state():
    assert treatment_of().empty


def test_in_a_trial_the_drug_under_trial_names_the_state():
    treatment = treatment_of(
        course("P1", "xanomeline", "study_drug", 0, 100),
        course("P1", "prednisone", "glucocorticoid", 90, 120),
        options={"weight_window_days": 365},
    )

    assert treatment[["start_day", "state"]].to_numpy().tolist() == [
        [0, "on_study_drug"], [90, "on_study_drug"], [101, "off_study_drug"], [121, "off_study_drug"],
    ]  # fmt: skip
    assert on_day(treatment, 95)["prednisone_mg_per_day"] == 1
    assert on_day(treatment, 95)["study_drug"] == "xanomeline"


def test_the_drugs_of_an_interval_stand_by_class_in_the_order_of_their_names():
    treatment = treatment_of(
        course("P1", "prednisone", "glucocorticoid", 0, 20),
        course("P1", "methylprednisolone", "glucocorticoid", 10, 20),
        course("P1", "rituximab", "biologic", 10, 20),
        course("P1", "dexamethasone", "glucocorticoid", 10, 20, purpose="crs"),
        course("P1", "hydrocortisone", "glucocorticoid", 10, 20, purpose="replacement"),
        course("P1", "sildenafil", "vasodilator", 10, 20),
    )
    day = on_day(treatment, 15)

    assert (day["glucocorticoid"], day["biologic"]) == ("methylprednisolone; prednisone", "rituximab")
    assert day["not_counted"] == "dexamethasone (crs); hydrocortisone (replacement)"
    assert pd.isna(day["csdmard"])
    assert not treatment.isin(["sildenafil"]).any(axis=None)


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        pytest.param([("prednisone", -400, 40, {}), ("prednisone", 60, 80, {})], 80, id="of the last course"),
        pytest.param([("prednisone", -400, 40, {}), ("dexamethasone", 60, 61, {"purpose": "crs"})], 40, id="treating"),
        pytest.param([("dexamethasone", 5, 6, {"purpose": "crs"})], None, id="none that treated the disease"),
        pytest.param([("prednisone", -400, None, {"ongoing": True})], 365, id="not stopped by the last contact"),
    ],
)
def test_the_last_day_of_glucocorticoids_is_told(courses, expected):
    given = [course("P1", drug, "glucocorticoid", start, end, **facts) for drug, start, end, facts in courses]
    patients = raw_tables(patients=[patient("P1")])["patients"]

    found = derive_drug_free(treatment_of(*given), patients=patients)["last_glucocorticoid_day"].iloc[0]

    assert (None if pd.isna(found) else found) == expected


def test_a_high_dose_by_mouth_is_no_pulse():
    treatment = treatment_of(course("P1", "methylprednisolone", "glucocorticoid", 5, 5, dose=400, route="oral"))

    assert on_day(treatment, 5)["prednisone_mg_per_day"] == pytest.approx(500)
    assert on_day(treatment, 5)["pulse_prednisone_mg_per_day"] == 0


FREE = [
    pytest.param(
        [("mycophenolate mofetil", "csdmard", -400, -14, {}), ("prednisone", "glucocorticoid", -400, 40, {})],
        (41, 41, 41),
        id="the last drug is a glucocorticoid that ends on day 40",
    ),
    pytest.param(
        [("mycophenolate mofetil", "csdmard", -400, -14, {}), ("prednisone", "glucocorticoid", -400, 200, {})],
        (201, 201, 201),
        id="the same, but until day 200",
    ),
    pytest.param(
        [
            ("prednisone", "glucocorticoid", -400, 40, {}),
            ("hydrocortisone", "glucocorticoid", 41, 365, {"purpose": "replacement"}),
        ],
        (41, 41, 41),
        id="hydrocortisone as replacement does not count",
    ),
    pytest.param(
        [
            ("prednisone", "glucocorticoid", -400, 40, {}),
            ("immunoglobulin", "ivig", 60, 60, {"purpose": "replacement"}),
        ],
        (41, 41, 41),
        id="immunoglobulin as replacement does not count",
    ),
    pytest.param(
        [
            ("prednisone", "glucocorticoid", -400, 40, {}),
            ("hydroxychloroquine", "antimalarial", -400, None, {"ongoing": True}),
        ],
        (41, 41, None),
        id="an antimalarial that goes on: free of immunosuppression, not of drugs",
    ),
    pytest.param(
        [("prednisone", "glucocorticoid", -400, 40, {}), ("prednisone", "glucocorticoid", 100, 150, {})],
        (151, 151, 151),
        id="after a restart the free time begins anew",
    ),
    pytest.param(
        [("prednisone", "glucocorticoid", -400, -5, {}), ("azathioprine", "csdmard", 300, 365, {})],
        (-4, None, None),
        id="on another drug at last contact",
    ),
]


@pytest.mark.parametrize(("courses", "expected"), FREE)
def test_free_time_begins_the_day_after_the_last_dose(courses, expected):
    medications = [course("P1", drug, group, start, end, **facts) for drug, group, start, end, facts in courses]
    treatment = treatment_of(*medications)
    found = derive_drug_free(treatment, patients=raw_tables(patients=[patient("P1")])["patients"]).iloc[0]
    names = ("glucocorticoid_free_start_day", "immunosuppression_free_start_day", "drug_free_start_day")

    assert tuple(None if pd.isna(found[name]) else found[name] for name in names) == expected


def test_prior_drugs_count_each_drug_once_and_leave_the_broad_ones_apart():
    tables = raw_tables(
        patients=[patient("P1"), patient("P2")],
        medications=[
            course("P1", "methotrexate", "csdmard", -900, -500),
            course("P1", "methotrexate", "csdmard", -400, -300),
            course("P1", "rituximab", "biologic", -200, -200),
            course("P1", "rituximab", "biologic", -186, -186),
            course("P1", "cyclophosphamide", "cyclophosphamide", -700, -700),
            course("P1", "prednisone", "glucocorticoid", -900, 10),
            course("P1", "hydroxychloroquine", "antimalarial", -900, -5),
            course("P1", "cyclophosphamide", "lymphodepletion", -4, -3, purpose="lymphodepletion"),
            course("P1", "azathioprine", "csdmard", 100, 120),
        ],
    )
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design()
    )
    first, second = derive_patients(tables, treatment=treatment, design=Design()).to_dict("records")

    assert first["n_prior_drugs"] == 3
    assert (first["n_prior_csdmards"], first["n_prior_biologics"]) == (1, 1)
    assert all(first[f"has_prior_{name}"] for name in ("cyclophosphamide", "antimalarial", "glucocorticoid"))
    assert first["treatment_start_day"] == -4
    assert second["n_prior_drugs"] == 0


def test_without_any_record_of_treatment_prior_drugs_are_not_known():
    tables = raw_tables(patients=[patient("P1")])
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design()
    )
    found = derive_patients(tables, treatment=treatment, design=Design()).iloc[0]

    assert pd.isna(found["n_prior_drugs"])
    assert found["treatment_start_day"] == 0
    assert found["follow_up_months"] == pytest.approx(365 / 30.4375)


def test_a_course_of_several_days_is_not_stretched_to_the_next_one():
    treatment = treatment_of(
        course("P1", "rituximab", "biologic", 10, 12, route="intravenous"),
        course("P1", "rituximab", "biologic", 20, 20, route="intravenous"),
    )

    assert on_day(treatment, 12)["state"] == "on_immunosuppression"
    assert on_day(treatment, 13)["state"] == "drug_free"


def test_the_state_at_the_last_contact_is_told():
    tables = raw_tables(
        patients=[patient("P1"), patient("P2")],
        medications=[course("P1", "mycophenolate mofetil", "csdmard", -100, None, ongoing=True)],
    )
    treatment = derive_treatment(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design()
    )
    found = derive_drug_free(treatment, patients=tables["patients"]).set_index("patient_id")["state_at_last_contact"]

    assert found["P1"] == "on_immunosuppression"
    assert pd.isna(found["P2"])


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.lists(st.tuples(st.integers(-300, 300), st.integers(0, 200), st.integers(1, 40)), min_size=1, max_size=6))
def test_intervals_leave_no_gap_and_their_dose_is_the_sum_of_the_courses(spans):
    courses = [
        course("P1", "prednisone", "glucocorticoid", start, start + length, dose=dose) for start, length, dose in spans
    ]
    treatment = treatment_of(*courses)

    assert (treatment["start_day"].iloc[1:].to_numpy() == treatment["end_day"].iloc[:-1].to_numpy() + 1).all()
    assert treatment["end_day"].iloc[-1] == 365
    for row in treatment.to_dict("records"):
        given = sum(dose for start, length, dose in spans if start <= row["start_day"] <= start + length)
        assert row["prednisone_mg_per_day"] == pytest.approx(given)
