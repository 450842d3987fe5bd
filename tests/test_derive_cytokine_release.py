"""Cytokine release: single observations, the course of a patient, and what is said when data lack."""

import pytest
from bedside import as_rows, tables_of
from cohorts import course, event, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.safety.bedside_findings import compute_systolic_limits
from caseseries.derive.safety.cytokine_release import derive_crs, grade_crs_observations
from caseseries.derive.safety.grades import GRADES
from caseseries.design import Design

QUIET = {"temperature_c": 36.8, "systolic_bp_mmhg": 110, "oxygen_device": "none"}
FEVER = QUIET | {"temperature_c": 39.0}
TOCILIZUMAB = course("P1", "tocilizumab", "anticytokine", 3, 3, purpose="crs")
VASOPRESSORS = ("norepinephrine", "epinephrine", "vasopressin", "dopamine", "dobutamine", "phenylephrine", "milrinone")


def seen(day, hour=8, patient_id="P1", **findings):
    return {"patient_id": patient_id, "day": day, "hour": hour} | findings


def grades_of(*observations, options=None, patients, **tables):
    made = tables_of(vital_signs=observations, patients=patients, **tables)
    frames = {name: made[name] for name in ("patients", "infusions", "medications", "adverse_events")}
    return as_rows(derive_crs(made["vital_signs"], **frames, design=Design(options)))


def grade_of(*observations, age_years=14.0, patients=(), **facts):
    [row] = grades_of(*observations, patients=patients or [patient("P1", age_years=age_years)], **facts)
    return row


def cannula(flow, device="nasal_cannula"):
    return FEVER | {"oxygen_device": device, "oxygen_l_per_min": flow}


@pytest.mark.parametrize(
    ("age_years", "findings", "grade"),
    [
        (14, {"temperature_c": 39.1, "systolic_bp_mmhg": 104, "oxygen_device": "none"}, 1),
        (14, {"temperature_c": 38.0, "oxygen_device": "nasal_cannula", "oxygen_l_per_min": 2}, 2),
        (14, QUIET | {"temperature_c": 37.9}, 0),
        (14, cannula(2) | {"temperature_c": 38.6, "vasopressors": "norepinephrine; vasopressin"}, 3),
        (14, FEVER | {"temperature_c": 38.4, "vasopressors": "norepinephrine; epinephrine"}, 4),
        (8, FEVER | {"temperature_c": 38.3, "systolic_bp_mmhg": 84}, 2),
        (8, FEVER | {"temperature_c": 38.3, "systolic_bp_mmhg": 86}, 1),
        (14, cannula(6), 2),
        (14, cannula(6.5), 3),
        (14, FEVER | {"oxygen_device": "blow_by"}, 2),
        (14, FEVER | {"oxygen_device": "blow_by", "oxygen_l_per_min": 10}, 2),
        (14, FEVER | {"oxygen_device": "facemask", "oxygen_l_per_min": 5}, 3),
        (14, FEVER | {"oxygen_device": "non_rebreather"}, 3),
        (14, FEVER | {"oxygen_device": "venturi"}, 3),
        (14, FEVER | {"oxygen_device": "cpap"}, 4),
        (14, FEVER | {"oxygen_device": "bipap"}, 4),
        (14, FEVER | {"oxygen_device": "ventilator"}, 4),
        (14, FEVER | {"oxygen_device": "ventilator", "intubated_for_airway_only": True}, 1),
        (14, FEVER | {"oxygen_device": "ventilator", "intubated_for_airway_only": False}, 4),
        (14, FEVER | {"oxygen_device": "cpap", "intubated_for_airway_only": True}, 4),
        (14, FEVER | {"vasopressors": "vasopressin"}, 3),
        (14, FEVER | {"vasopressors": "norepinephrine"}, 3),
        (14, FEVER | {"vasopressors": "epinephrine; norepinephrine; vasopressin"}, 4),
        (14, cannula(None), 2),
        (14, cannula(None, "high_flow_cannula"), 3),
        (14, cannula(4, "high_flow_cannula"), 2),
        (14, FEVER | {"oxygen_device": None, "oxygen_l_per_min": 7}, 3),
        (14, FEVER | {"oxygen_device": None, "oxygen_l_per_min": 0.5}, 2),
        (14, FEVER | {"oxygen_device": None, "oxygen_l_per_min": 0}, 1),
        (14, {"temperature_c": 37.9 + 0.1}, 1),
        (11, FEVER | {"systolic_bp_mmhg": 89}, 2),
        (11, FEVER | {"systolic_bp_mmhg": 90}, 1),
        (None, FEVER | {"systolic_bp_mmhg": 69}, 2),
    ],
    ids=[
        "fever alone is grade 1",
        "fever of exactly 38.0 with low-flow oxygen is grade 2",
        "37.9 is no fever",
        "vasopressin beside norepinephrine is no second vasopressor",
        "two vasopressors are grade 4",
        "84 is below the limit of 86 at 8 years",
        "86 is not below the limit of 86 at 8 years",
        "6 L/min is low flow",
        "6.5 L/min is high flow",
        "blow-by is low flow",
        "blow-by is low flow whatever its flow",
        "a facemask is grade 3 at any flow",
        "a non-rebreather mask is grade 3",
        "a venturi mask is grade 3",
        "CPAP is positive pressure",
        "BiPAP is positive pressure",
        "ventilation is grade 4",
        "intubation only for the airway is no hypoxia",
        "intubation not only for the airway is grade 4",
        "CPAP is never for the airway only",
        "vasopressin alone is a vasopressor",
        "one vasopressor is grade 3 whatever the pressure",
        "two vasopressors beside vasopressin are grade 4",
        "a cannula of unknown flow is at least low flow",
        "a high-flow cannula of unknown flow is grade 3",
        "the flow and not the device tells high from low flow",
        "oxygen of unknown device goes by its flow",
        "half a litre of oxygen is oxygen",
        "no flow is no oxygen",
        "37.9 and 0.1 make 38.0",
        "89 is below the limit of 90 from 11 years on",
        "90 is not below the limit of 90",
        "pressure below every limit is low at an unknown age",
    ],
)
def test_one_observation_is_graded_by_astct(age_years, findings, grade):
    """Lee 2019, Biol Blood Marrow Transplant 25:625; limits of pressure Mahadeo 2019, Nat Rev Clin Oncol 16:45."""
    assert grade_of(seen(3, **findings), age_years=age_years)["grade"] == grade


def test_hypoxia_counts_without_fever_six_hours_after_tocilizumab():
    """Lee 2019: once treated, fever is no longer needed; high-flow oxygen of 15 L/min is grade 3."""
    hypoxia = seen(
        3, hour=14, **QUIET | {"temperature_c": 37.2, "oxygen_device": "high_flow_cannula", "oxygen_l_per_min": 15}
    )

    assert grade_of(seen(3, **FEVER), hypoxia, medications=[TOCILIZUMAB])["grade"] == 3


@pytest.mark.parametrize(
    ("hour", "infused", "grade"),
    [
        pytest.param(8, 12, 0, id="fever four hours before the infusion is not its doing"),
        pytest.param(12, 12, 1, id="at its hour"),
        pytest.param(18, 12, 1, id="after it"),
        pytest.param(8, None, 1, id="the hour of the infusion is not known"),
        pytest.param(None, 12, 1, id="the hour of the fever is not known"),
    ],
)
def test_what_day_0_showed_before_the_infusion_does_not_count(hour, infused, grade):
    infusions = [{"patient_id": "P1", "day": 0, "hour": infused}]

    later = seen(1, **QUIET | {"temperature_c": 37.0})

    assert grade_of(seen(0, hour=hour, **FEVER), later, infusions=infusions)["grade"] == grade


@pytest.mark.parametrize(
    ("drug", "grade"),
    [
        (course("P1", "tocilizumab", "anticytokine", 3, 3, purpose="crs"), 2),
        (course("P1", "anakinra", "anticytokine", 4, 6, purpose="other"), 2),
        (course("P1", "dexamethasone", "glucocorticoid", 4, 4, purpose="icans"), 2),
        (course("P1", "Paracetamol", "supportive", 3, 3, purpose="other"), 2),
        (course("P1", "prednisone", "glucocorticoid", -100, 30), 1),
        (course("P1", "tocilizumab", "anticytokine", 5, 5, purpose="crs"), 1),
        (course("P1", "tocilizumab", "anticytokine", -90, -90), 1),
        (course("P1", "tocilizumab", "anticytokine", 2, None, purpose="crs"), 1),
        (course("P1", "anakinra", "anticytokine", 1, None, purpose="crs", ongoing=True), 2),
        (course("P1", "anakinra", "anticytokine", 1, None, purpose="crs", ongoing=None), 1),
        (course("P1", "tocilizumab", "anticytokine", None, 3, purpose="crs"), 2),
        (course("P1", "tocilizumab", "anticytokine", None, 5, purpose="crs"), 1),
        (course("P1", "tocilizumab", "anticytokine", None, None, purpose="crs"), 1),
        (course("P1", "anakinra", "anticytokine", None, None, purpose="crs", ongoing=True), 1),
        (course("P2", "tocilizumab", "anticytokine", 3, 3, purpose="crs"), 1),
        (course("P1", "fluids", "supportive", 3, 3, purpose="crs"), 1),
    ],
    ids=[
        "tocilizumab lifts the need for fever",
        "an anticytokine drug does so whatever its purpose",
        "so does dexamethasone given for neurotoxicity",
        "so does paracetamol, however it is spelt",
        "prednisone for the disease does not",
        "a drug given after the finding does not",
        "a dose long before the fever does not",
        "a single dose on the day before the fever does not",
        "a course that began before and goes on does",
        "a course that began before and may have ended does not",
        "a course without a first day does from its last one on",
        "but not before it",
        "a dose without a day does not",
        "nor a course that began nobody knows when and goes on",
        "a dose of another patient does not",
        "fluids do not",
    ],
)
def test_what_lifts_the_need_for_fever_on_the_next_day(drug, grade):
    hypotension = seen(4, **QUIET | {"systolic_bp_mmhg": 80})

    assert grade_of(seen(3, **FEVER), hypotension, medications=[drug])["grade"] == grade


FEVER_DRUGS = [
    *[
        (drug, "supportive", "other")
        for drug in (
            "paracetamol", "acetaminophen", "ibuprofen", "metamizole", "dipyrone", "naproxen", "diclofenac",
            "ketoprofen", "indometacin", "indomethacin", "acetylsalicylic acid", "aspirin", "propacetamol",
        )
    ],
    ("methylprednisolone", "glucocorticoid", "crs"),
    ("ruxolitinib", "jak_inhibitor", "crs"),
    ("ruxolitinib", "jak_inhibitor", "icans"),
]  # fmt: skip


@pytest.mark.parametrize(("drug", "drug_class", "purpose"), FEVER_DRUGS)
def test_every_drug_that_hides_fever_lifts_the_need_for_it(drug, drug_class, purpose):
    """Lee 2019: after an antipyretic or anticytokine therapy fever is no longer needed."""
    hypotension = seen(4, **QUIET | {"systolic_bp_mmhg": 80})
    given_drug = course("P1", drug, drug_class, 3, 3, purpose=purpose)

    assert grade_of(seen(3, **FEVER), hypotension, medications=[given_drug])["grade"] == 2


@pytest.mark.parametrize(
    ("observations", "grade"),
    [
        ([seen(3, **QUIET | {"systolic_bp_mmhg": 70, "vasopressors": "norepinephrine"})], 0),
        ([seen(3, 8, **QUIET | {"systolic_bp_mmhg": 80}), seen(3, 14, **FEVER)], 1),
        ([seen(3, 8, **FEVER), seen(3, 14, **QUIET | {"systolic_bp_mmhg": 80})], 2),
        ([seen(3, 20, **FEVER), seen(4, 2, **QUIET | {"systolic_bp_mmhg": 80})], 1),
        ([seen(3, 8, temperature_c=39), seen(3, 8, systolic_bp_mmhg=80), seen(3, 8, oxygen_device="facemask")], 3),
        ([seen(-1, **FEVER)], None),
        ([seen(3, None, **FEVER), seen(3, None, vasopressors="norepinephrine; dopamine")], 4),
    ],
    ids=[
        "hypotension without any fever is no cytokine release",
        "hypotension before the first fever does not count",
        "hypotension after fever on the same day counts",
        "hypotension on the next day does not, if nothing was given",
        "rows of one time are one observation",
        "fever before the infusion is not observed after it",
        "rows without an hour are one observation of the day",
    ],
)
def test_fever_is_needed_until_something_was_given(observations, grade):
    found = grade_of(*observations)["grade"]

    assert found == grade


def test_the_first_of_several_treatments_lifts_the_need_for_fever():
    drugs = [course("P1", "tocilizumab", "anticytokine", day, day, purpose="crs") for day in (9, 4)]

    assert grade_of(seen(3, **FEVER), seen(4, **QUIET | {"systolic_bp_mmhg": 80}), medications=drugs)["grade"] == 2


def test_a_reading_without_a_temperature_is_no_watched_day():
    row = grade_of(seen(3, systolic_bp_mmhg=80, oxygen_device="none"))

    assert (row["grade"], row["status"]) == (None, "not assessable")


def test_fever_must_be_in_the_same_observation_if_the_option_says_so():
    observations = [seen(3, 8, **FEVER), seen(3, 14, **QUIET | {"systolic_bp_mmhg": 80})]

    assert grade_of(*observations, options={"crs_fever_scope": "same_observation"})["grade"] == 1


@pytest.mark.parametrize(
    ("between", "day", "grade"),
    [([], 6, 2), ([seen(4, **QUIET), seen(5, **QUIET)], 6, 2), ([seen(4, **QUIET)], 7, 1), ([], 28, 1)],
    ids=[
        "three days after the last finding",
        "whatever lies between",
        "four days after it no more",
        "a low pressure at a later visit is no cytokine release",
    ],
)
def test_the_need_for_fever_is_lifted_for_three_days_after_the_last_finding(between, day, grade):
    hypotension = seen(day, **QUIET | {"systolic_bp_mmhg": 80})

    assert grade_of(seen(3, **FEVER), *between, hypotension, medications=[TOCILIZUMAB])["grade"] == grade


@pytest.mark.parametrize(
    ("first_hour", "hour", "grade"),
    [(20, 20, 2), (20, 21, 1), (8, 20, 1), (None, 12, 2), (None, 13, 1), (12, None, 2), (13, None, 2), (11, None, 1)],
    ids=[
        "72 hours later",
        "73 hours later",
        "84 hours later",
        "72 hours after noon of a day without an hour",
        "73 hours after it",
        "72 hours before noon of a day without an hour",
        "71 hours before it",
        "73 hours before it",
    ],
)
def test_the_three_days_are_72_hours_and_a_reading_without_an_hour_is_one_of_noon(first_hour, hour, grade):
    low = seen(6, hour, **QUIET | {"systolic_bp_mmhg": 80})

    assert grade_of(seen(3, first_hour, **FEVER), low, medications=[TOCILIZUMAB])["grade"] == grade


def test_each_finding_prolongs_the_time_without_the_need_for_fever():
    low = QUIET | {"systolic_bp_mmhg": 80}
    days = (5, 8, 11)

    row = grade_of(seen(3, **FEVER), *(seen(day, **low) for day in days), medications=[TOCILIZUMAB])

    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"]) == (2, 3, 11, 9)


@pytest.mark.parametrize(
    ("attributable", "day", "events", "grade"),
    [
        (True, 5, [], 1),
        (None, 5, [], 1),
        (False, 5, [], 0),
        (None, 30, [], 1),
        (None, 31, [], 0),
        (True, 31, [], 1),
        (None, 5, [event("P1", "infection", 4, 6)], 0),
        (True, 5, [event("P1", "infection", 4, 6)], 1),
        (None, 5, [event("P1", "infection", 4, 6), event("P1", "crs", 5, 7)], 1),
        (None, 5, [event("P1", "infection", 6, 9)], 1),
        (None, 5, [event("P1", "infection", 1, 4)], 1),
        (None, 5, [event("P2", "infection", 4, 6)], 1),
        (None, 5, [event("P1", "infection", 5)], 0),
        (None, 5, [event("P1", "infection", None)], 1),
        (None, 5, [event("P1", "infection", 4)], 1),
        (None, 5, [event("P1", "infection", 4, ongoing=True)], 0),
        (None, 5, [event("P1", "infection", 4, ongoing=True), event("P1", "crs", 3, ongoing=True)], 1),
    ],
    ids=[
        "fever that is attributed counts",
        "fever that nobody attributed counts",
        "fever put down to another cause does not",
        "fever that nobody attributed counts until day 30",
        "but not after it",
        "fever that is attributed counts at any time",
        "a recorded infection explains fever that nobody attributed",
        "but not fever that is attributed",
        "nor fever for which cytokine release is recorded",
        "an infection that began later explains nothing",
        "an infection that was over explains nothing",
        "an infection of another patient explains nothing",
        "an infection without a last day explains its first",
        "an infection without a day explains nothing",
        "an infection whose end nobody knows explains no later day",
        "an infection that goes on explains all later days",
        "unless cytokine release goes on, too",
    ],
)
def test_what_fever_is_put_down_to(attributable, day, events, grade):
    assert grade_of(seen(day, **FEVER, attributable=attributable), adverse_events=events)["grade"] == grade


def test_fever_that_is_set_aside_is_told():
    row = grade_of(seen(2, **QUIET), seen(35, **FEVER))

    assert (row["grade"], "1 findings do not count for want of attribution" in row["decided_on"]) == (0, True)


def test_an_infection_explains_nothing_if_the_option_says_so():
    events = [event("P1", "infection", 4, 6)]

    assert (
        grade_of(seen(5, **FEVER), adverse_events=events, options={"crs_infection_rule": "fever_counts"})["grade"] == 1
    )


@pytest.mark.parametrize(
    ("options", "findings", "grade"),
    [
        ({"crs_hypotension_rule": "fixed"}, FEVER | {"systolic_bp_mmhg": 88}, 2),
        ({"crs_hypotension_rule": "fixed", "crs_fixed_systolic_limit_mmhg": 80}, FEVER | {"systolic_bp_mmhg": 84}, 1),
        ({"crs_age_in_limit": "exact"}, FEVER | {"systolic_bp_mmhg": 86.5}, 2),
        ({"crs_age_in_limit": "completed_years"}, FEVER | {"systolic_bp_mmhg": 86.5}, 1),
        ({"crs_cannula_rule": "device"}, cannula(4, "high_flow_cannula"), 3),
        ({"crs_cannula_rule": "device"}, cannula(8), 3),
        ({"crs_inotrope_rule": "ignore"}, FEVER | {"vasopressors": "norepinephrine; milrinone"}, 3),
        ({"crs_inotrope_rule": "count"}, FEVER | {"vasopressors": "norepinephrine; milrinone"}, 4),
        (
            {"crs_airway_intubation_rule": "positive_pressure"},
            FEVER | {"oxygen_device": "ventilator", "intubated_for_airway_only": True},
            4,
        ),
        ({"crs_low_flow_limit_l_per_min": 4}, cannula(5), 3),
        ({"crs_fever_c": 38.5}, FEVER | {"temperature_c": 38.4}, 0),
    ],
    ids=[
        "88 is low at every age",
        "84 is not below 80",
        "the exact age of 8.4 years gives a limit of 86.8",
        "8 completed years give a limit of 86",
        "a high-flow device counts as high flow",
        "a plain cannula goes by its flow still",
        "milrinone does not count",
        "milrinone counts",
        "ventilation only for the airway counts as any other",
        "5 L/min is above 4",
        "38.4 is below 38.5",
    ],
)
def test_options_change_the_grade(options, findings, grade):
    assert grade_of(seen(3, **findings), age_years=8.4, options=options)["grade"] == grade


@pytest.mark.parametrize(
    ("age_years", "limits"),
    [(0.5, (70, 70)), (1, (72, 72)), (5, (80, 80)), (10.9, (90, 90)), (11, (90, 90)), (17, (90, 90)), (None, (70, 90))],
)
def test_the_limit_of_systolic_pressure_follows_the_age(age_years, limits):
    """Mahadeo 2019: 70 + 2 x age from 1 to 10 years, 90 above."""
    assert compute_systolic_limits(age_years, design=Design()) == limits


@pytest.mark.parametrize(("age_years", "limit"), [(9, 88), (10, 90), (10.9, 90), (11, 85)])
def test_the_fixed_limit_stands_for_those_older_than_10_years_only(age_years, limit):
    """Mahadeo 2019: 70 + 2 x age from 1 to 10 years."""
    design = Design({"crs_fixed_systolic_limit_mmhg": 85})

    assert compute_systolic_limits(age_years, design=design) == (limit, limit)


def test_onset_end_and_duration_count_both_ends_and_cover_days_without_findings():
    days = {2: QUIET, 3: FEVER, 4: QUIET, 5: FEVER | {"systolic_bp_mmhg": 80}, 6: FEVER, 7: QUIET}

    row = grade_of(*(seen(day, **findings) for day, findings in days.items()))

    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"]) == (2, 3, 6, 4)
    assert "systolic pressure 80 mmHg (limit 90) on day 5" in row["decided_on"]


@pytest.mark.parametrize(
    ("hour", "words"),
    [(14, "onset 68.5 h after the infusion"), (None, "onset day 3 at hour 10.5")],
    ids=["with the hour of the infusion", "without it"],
)
def test_the_onset_is_told_in_hours_from_the_infusion(hour, words):
    infusions = [{"patient_id": "P1", "day": 0, "hour": hour}]

    row = grade_of(seen(3, 20, **QUIET), seen(3, 10.5, **FEVER), seen(4, **FEVER), infusions=infusions)

    assert words in row["decided_on"]


@pytest.mark.parametrize(
    ("observed", "last_contact_day", "status"),
    [
        (dict.fromkeys(range(1, 15), FEVER), 365, "graded"),
        (dict.fromkeys(range(1, 15), QUIET), 365, "graded"),
        (dict.fromkeys(range(1, 14), QUIET), 365, "partial"),
        (dict.fromkeys(range(1, 6), QUIET), 5, "graded"),
        ({day: {"temperature_c": 36.5} for day in range(1, 15)}, 365, "graded"),
        ({day: {"temperature_c": 38.5, "oxygen_device": "none"} for day in range(1, 15)}, 365, "partial"),
        ({day: {"temperature_c": 38.5, "systolic_bp_mmhg": 110} for day in range(1, 15)}, 365, "partial"),
        ({day: {"temperature_c": 38.5, "vasopressors": "dopamine; milrinone"} for day in range(1, 15)}, 365, "graded"),
        (dict.fromkeys(range(1, 15), cannula(2) | {"systolic_bp_mmhg": 110}), 365, "graded"),
        (dict.fromkeys(range(1, 15), cannula(None) | {"systolic_bp_mmhg": 110}), 365, "partial"),
        (dict.fromkeys(range(1, 15), cannula(None) | {"vasopressors": "dopamine"}), 365, "graded"),
        (dict.fromkeys(range(1, 15), cannula(None, "high_flow_cannula") | {"systolic_bp_mmhg": 110}), 365, "graded"),
        (dict.fromkeys(range(1, 15), cannula(None) | {"temperature_c": 37.0}), 365, "graded"),
    ],
    ids=[
        "every day observed",
        "every day observed without a finding",
        "one day without a temperature",
        "watched to the last contact",
        "without fever pressure and oxygen are not needed",
        "fever without a pressure",
        "fever without a word on oxygen",
        "grade 4 cannot be raised",
        "a cannula with its flow",
        "a cannula whose flow may be high",
        "no flow raises grade 3",
        "a cannula that is high by its name",
        "without fever no flow is needed",
    ],
)  # fmt: skip
def test_a_grade_that_more_data_could_raise_is_partial(observed, last_contact_day, status):
    patients = [patient("P1", age_years=14.0, last_contact_day=last_contact_day)]

    row = grade_of(*(seen(day, **findings) for day, findings in observed.items()), patients=patients)

    assert row["status"] == status


def test_pressure_once_a_day_is_enough():
    observations = [seen(day, hour, temperature_c=38.5) for day in range(1, 15) for hour in (2, 8, 20)]
    observations += [seen(day, 14, systolic_bp_mmhg=120, oxygen_device="none") for day in range(1, 15)]

    assert grade_of(*observations)["status"] == "graded"


def test_pressure_between_the_limits_of_an_unknown_age_leaves_the_grade_partial():
    observations = [seen(day, **FEVER | {"systolic_bp_mmhg": 80}) for day in range(1, 15)]

    row = grade_of(*observations, age_years=None)

    assert (row["grade"], row["status"]) == (1, "partial")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "no observation is recorded after the infusion"),
        ({"adverse_events": [event("P1", "crs", 3, 5, grade=2)]}, "the investigator recorded grade 2"),
        ({"infusions": [{"patient_id": "P2", "day": 0}]}, "no infusion of cells is recorded"),
    ],
    ids=["no vital signs", "no vital signs but a recorded event", "no infusion"],
)
def test_without_data_there_is_no_grade(facts, words):
    row = grade_of(**facts)

    assert (row["grade"], row["status"]) == (None, "not assessable")
    assert words in row["decided_on"]


@pytest.mark.parametrize(
    ("events", "grade"),
    [
        ([event("P1", "crs", 3, 9, grade=5)], 5),
        ([event("P1", "crs", 3, 9, grade=4)], 1),
        ([event("P1", "icans", 3, 9, grade=5)], 1),
    ],
    ids=["fatal cytokine release", "recorded grade 4", "death of another toxicity"],
)
def test_only_fatal_cytokine_release_is_read_from_the_recorded_events(events, grade):
    patients = [patient("P1", death_day=9, last_contact_day=9)]

    row = grade_of(seen(4, **FEVER), adverse_events=events, patients=patients)

    assert row["grade"] == grade
    if grade == 5:
        assert (row["onset_day"], row["end_day"], row["status"]) == (4, 9, "graded")


def test_a_fatal_event_is_graded_without_any_vital_sign():
    patients = [patient("P1", death_day=8, last_contact_day=8)]

    row = grade_of(adverse_events=[event("P1", "crs", 3, grade=5)], patients=patients)

    assert (row["grade"], row["onset_day"], row["end_day"]) == (5, 3, 8)


def test_observations_tell_their_parts():
    tables = tables_of(
        patients=[patient("P1")],
        vital_signs=[seen(3, **cannula(8) | {"systolic_bp_mmhg": 80}), seen(4, temperature_c=36.5)],
    )
    frames = {name: tables[name] for name in ("patients", "medications", "adverse_events")}

    first, second = as_rows(grade_crs_observations(tables["vital_signs"], **frames, design=Design()))

    assert [first[name] for name in ("fever", "hypotension", "hypoxia", "grade")] == [True, 2, 3, 3]
    assert [second[name] for name in ("fever", "hypotension", "hypoxia", "grade")] == [False, None, None, 0]
    assert first["finding"] == "39 degrees C, nasal cannula 8 L/min, systolic pressure 80 mmHg (limit 90)"


def test_empty_tables_give_an_empty_table_with_its_columns():
    empty = tables_of()
    frames = {name: empty[name] for name in ("patients", "infusions", "medications", "adverse_events")}

    result = derive_crs(empty["vital_signs"], **frames, design=Design())

    assert result.empty
    assert dict(result.dtypes.astype(str)) == GRADES


FINDINGS = st.fixed_dictionaries(
    {
        "day": st.integers(0, 12),
        "hour": st.sampled_from([2.0, 8.0, 14.0]),
        "temperature_c": st.sampled_from([36.5, 37.9, 38.0, 39.4, None]),
        "systolic_bp_mmhg": st.sampled_from([60.0, 89.0, 90.0, 115.0, None]),
        "oxygen_device": st.sampled_from(["none", "nasal_cannula", "facemask", "cpap", None]),
        "oxygen_l_per_min": st.sampled_from([2.0, 6.0, 8.0, None]),
        "vasopressors": st.lists(st.sampled_from(VASOPRESSORS), max_size=2).map("; ".join),
        "attributable": st.sampled_from([True, False, None]),
    }
)
COURSE = st.lists(FINDINGS, min_size=1, max_size=8, unique_by=lambda finding: (finding["day"], finding["hour"]))
COURSES = st.lists(COURSE, min_size=3, max_size=8)
LITTLE = settings(max_examples=6, deadline=None, derandomize=True)


def courses_of(*courses, shuffle=None):
    """Grade several courses at once, each as a patient of its own."""
    names = [f"P{number:02d}" for number in range(1, len(courses) + 1)]
    observations = [
        seen(**finding, patient_id=name) for name, own in zip(names, courses, strict=True) for finding in own
    ]
    if shuffle:
        shuffle(observations)
    return grades_of(*observations, patients=[patient(name, age_years=8.0) for name in names])


@LITTLE
@given(courses=COURSES, order=st.randoms(use_true_random=False))
def test_neither_row_order_nor_other_patients_matter(courses, order):
    together = courses_of(*courses)

    assert courses_of(*courses, shuffle=order.shuffle) == together
    assert courses_of(courses[0]) == together[:1]


@LITTLE
@given(courses=COURSES)
def test_the_grade_rises_with_what_is_added(courses):
    febrile = [[own[0] | {"temperature_c": 39.4, "attributable": True}, *own[1:]] for own in courses]
    severe = [[own[0] | {"oxygen_device": "ventilator"}, *own[1:]] for own in febrile]

    rows = courses_of(*courses, *febrile, *severe)

    n = len(courses)
    for as_it_is, with_fever, ventilated in zip(rows[:n], rows[n : 2 * n], rows[2 * n :], strict=True):
        assert ventilated["grade"] == 4
        assert with_fever["grade"] >= 1
        assert as_it_is["grade"] is None or as_it_is["grade"] <= with_fever["grade"]


@LITTLE
@given(courses=COURSES)
def test_what_was_not_recorded_never_leaves_a_lower_grade_that_claims_to_be_whole(courses):
    poorer = [[finding | {"systolic_bp_mmhg": None, "vasopressors": None} for finding in own] for own in courses]

    rows = courses_of(*courses, *poorer)

    for whole, less in zip(rows[: len(courses)], rows[len(courses) :], strict=True):
        assert less["grade"] is None or less["grade"] == whole["grade"] or less["status"] == "partial"


PRESSORS = {"systolic_bp_mmhg": 70, "vasopressors": "norepinephrine; epinephrine", "oxygen_device": "none"}


@pytest.mark.parametrize(
    ("observations", "grade", "status"),
    [
        pytest.param([(4, 2, PRESSORS), (4, 8, FEVER)], 4, "graded", id="before the fever of its day, no temperature"),
        pytest.param(
            [(4, 2, PRESSORS | {"temperature_c": 37.9}), (4, 8, FEVER)], 4, "graded", id="before it, without fever"
        ),
        pytest.param([(4, 2, FEVER), (4, 8, PRESSORS)], 4, "graded", id="after it"),
        pytest.param([(4, 2, PRESSORS), (4, 14, QUIET)], 1, "partial", id="on a day without a fever, no temperature"),
        pytest.param([(4, 2, PRESSORS | {"temperature_c": 37.5}), (4, 14, QUIET)], 1, "graded", id="without any fever"),
    ],
)
def test_findings_count_on_a_day_with_fever_before_and_after_it(observations, grade, status):
    """ASTCT 2019: the grade is the worst of fever, hypotension and hypoxia once there was fever."""
    course_of = [(1, 8, QUIET), (2, 8, QUIET), (3, 20, FEVER), *observations]
    row = grade_of(*(seen(*time, **found) for *time, found in course_of), patients=[patient("P1", last_contact_day=4)])

    assert (row["grade"], row["status"]) == (grade, status)


def test_what_came_before_the_first_fever_is_no_cytokine_release():
    row = grade_of(seen(1, 2, **PRESSORS), seen(1, 8, **FEVER), patients=[patient("P1", last_contact_day=1)])

    assert (row["grade"], row["status"]) == (1, "graded")
