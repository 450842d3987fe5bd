"""Response of systemic sclerosis: the index of 2016, its revision, and organ worsening that rules both out."""

import pandas as pd
import pytest
from hypothesis import Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from scored import assess, derive_response, event, given, row_of, tables_of, value_of, values_of

BATCH = settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
NAMES = ("MRSS", "FVC_PCT", "PATIENT_GLOBAL", "PGA", "CHAQ")
OLD = {"MRSS": 26, "FVC_PCT": 68, "PATIENT_GLOBAL": 6, "PGA": 7, "CHAQ": 1.5}
GOOD = {"MRSS": 14, "FVC_PCT": 73, "PATIENT_GLOBAL": 5, "PGA": 3, "CHAQ": 1.0}


def before_and_after(cases, *, organs=None, events=None, **options):
    """Responses of a cohort in which each case is a patient seen on days -9 and 365."""
    rows = []
    for who, (before, after) in cases.items():
        rows += assess(-9, who=who, **given(**before)) + assess(365, who=who, **given(**after))
    extra = {} if events is None else {"events": events}
    return derive_response(tables_of(rows, disease="SSc", organs=organs, **extra), **options)


def changed(*changes):
    """A patient whose five items change by given amounts."""
    old = {"MRSS": 20, "FVC_PCT": 80, "PATIENT_GLOBAL": 5, "PGA": 5, "CHAQ": 1.5}
    return old, {name: old[name] + change for name, change in zip(NAMES, changes, strict=True)}


WORKED = {
    "no change": ((0, 0, 0, 0, 0), -5.540, 0.003911),
    "some change for the better": ((-5, 3, -2, -2, -0.5), 2.525, 0.925876),
    "great change for the better": ((-10, 5, -3, -3, -0.5), 7.835, 0.999605),
    "small change for the better": ((-3, 1, -1, -1, 0), -2.060, 0.113046),
    "change for the worse": ((4, -6, 1, 1, 0.25), -11.733, 8.03e-06),
}
REVISED = {
    "four of five": (OLD, GOOD, 1),
    "two of five": (OLD, GOOD | {"FVC_PCT": 71, "CHAQ": 1.375}, 0),
    "three of five": (OLD, GOOD | {"CHAQ": 1.375}, 1),
    "exactly a fifth in three": (
        {"MRSS": 20, "FVC_PCT": 80, "PATIENT_GLOBAL": 5, "PGA": 5, "CHAQ": 1.5},
        {"MRSS": 16, "FVC_PCT": 80, "PATIENT_GLOBAL": 4, "PGA": 4, "CHAQ": 1.5},
        1,
    ),
    "just below a fifth in one of three": (
        {"MRSS": 20, "FVC_PCT": 80, "PATIENT_GLOBAL": 5, "PGA": 5, "CHAQ": 1.5},
        {"MRSS": 16, "FVC_PCT": 80, "PATIENT_GLOBAL": 4.1, "PGA": 4, "CHAQ": 1.5},
        0,
    ),
    "exactly a twentieth of FVC": (OLD | {"FVC_PCT": 80}, OLD | {"FVC_PCT": 84, "MRSS": 14, "PGA": 3}, 1),
    "just below a twentieth of FVC": (OLD | {"FVC_PCT": 80}, OLD | {"FVC_PCT": 83.9, "MRSS": 14, "PGA": 3}, 0),
    "0 at baseline cannot improve": (OLD | {"CHAQ": 0}, GOOD | {"CHAQ": 0, "FVC_PCT": 68}, 0),
    "0 at baseline, and three others did": (OLD | {"CHAQ": 0}, GOOD | {"CHAQ": 0}, 1),
    "one missing and three improved": (OLD, GOOD | {"CHAQ": None}, 1),
    "one missing that decides": (OLD, GOOD | {"CHAQ": None, "FVC_PCT": 68}, None),
    "one missing that cannot help": (OLD, OLD | {"CHAQ": None, "MRSS": 14}, 0),
    "no baseline of one": (OLD | {"CHAQ": None}, GOOD | {"FVC_PCT": 68}, None),
}


@pytest.fixture(scope="module")
def scores():
    worked = {who: changed(*changes) for who, (changes, _, _) in WORKED.items()}
    return before_and_after(worked | {who: (old, new) for who, (old, new, _) in REVISED.items()})


@pytest.mark.parametrize("case", WORKED)
def test_the_probability_of_improvement_agrees_with_the_worked_examples(scores, case):
    """Coefficients of Khanna 2016, Arthritis Care Res 68:167 (PMC4818571, table 4); values computed by hand."""
    _, z, probability = WORKED[case]

    made = row_of(scores, "CRISS_2016", 365, who=case)

    assert made["value"] == pytest.approx(probability, rel=1e-3, abs=5e-7)
    assert made["decided_on"].endswith(f"z {z:.3f}")
    assert (made["unit"], made["status"]) == ("probability", "complete")
    assert value_of(scores, "CRISS_2016_IMPROVED", 365, who=case) == (probability >= 0.6)


def test_the_limit_of_improvement_is_an_option():
    cases = {"P1": changed(-5, 3, -2, -2, -0.5)}

    assert value_of(before_and_after(cases, criss_improved_probability=0.95), "CRISS_2016_IMPROVED", 365) == 0


def test_a_probability_on_the_limit_is_improvement():
    """By hand: z is -5.54 + 0.81 x 6 + 0.40 x 1.7 = 0, which is a probability of 0.5."""
    cases = {"P1": changed(-6, 0, -1.7, 0, 0)}

    assert value_of(before_and_after(cases, criss_improved_probability=0.5), "CRISS_2016_IMPROVED", 365) == 1


def test_a_missing_item_leaves_the_probability_open(scores):
    made = row_of(scores, "CRISS_2016", 365, who="one missing and three improved")

    assert pd.isna(made["value"])
    assert (made["status"], made["missing_items"]) == ("indeterminate", "CHAQ")
    assert value_of(scores, "CRISS_2016_IMPROVED", 365, who="one missing and three improved") is None


@pytest.mark.parametrize("case", REVISED)
def test_the_revised_index_counts_items_that_improved_relative_to_their_baseline(scores, case):
    """Khanna 2021, Ann Rheum Dis 80:641: at least 20% in three of five, FVC 5%; examples computed by hand."""
    assert value_of(scores, "RCRISS_20", 365, who=case) == REVISED[case][2]


def test_what_improved_stands_beside_the_revised_index(scores):
    whole, zero = (
        row_of(scores, "RCRISS_20", 365, who=who) for who in ("four of five", "0 at baseline cannot improve")
    )

    assert whole["decided_on"] == (
        "better by MRSS +46.2%, FVC_PCT +7.4%, PATIENT_GLOBAL +16.7%, PGA +57.1%, CHAQ +33.3%; 4 of 5 improved"
    )
    assert whole["status"] == "complete"
    assert (zero["status"], zero["missing_items"]) == ("partial", "CHAQ")
    assert "CHAQ 0 at baseline; 2 of 5 improved" in zero["decided_on"]


def test_the_limits_of_the_revised_index_are_options_and_name_the_measure():
    cases = {who: REVISED[who][:2] for who in ("four of five", "two of five", "exactly a fifth in three")}

    higher = before_and_after(cases, rcriss_improvement_percent=30)
    wider = before_and_after(cases, rcriss_fvc_improvement_percent=8)

    assert values_of(higher, "RCRISS_30", 365) == {
        "four of five": 1, "two of five": 0, "exactly a fifth in three": 0,
    }  # fmt: skip
    assert "3 of 5 improved" in row_of(wider, "RCRISS_20", 365, who="four of five")["decided_on"]


WORSE = {
    "no item worse": (OLD, GOOD, (1, 1, 1)),
    "one item worse": (OLD, GOOD | {"PATIENT_GLOBAL": 7.2}, (1, 1, 0)),
    "two items worse": (OLD, GOOD | {"PATIENT_GLOBAL": 7.2, "FVC_PCT": 64.6}, (1, 0, 0)),
    "one item a little worse": (OLD, GOOD | {"PATIENT_GLOBAL": 7.1}, (1, 1, 1)),
    "one item worse than nothing": (OLD | {"PATIENT_GLOBAL": 0}, GOOD | {"PATIENT_GLOBAL": 0.1}, (1, 1, 0)),
}


@pytest.mark.parametrize("rule", ["off", "at_most_one", "none"])
def test_items_that_worsen_count_only_where_a_rule_is_chosen(rule):
    made = before_and_after({who: case[:2] for who, case in WORSE.items()}, rcriss_worsening_rule=rule)

    wanted = {who: answers[("off", "at_most_one", "none").index(rule)] for who, (_, _, answers) in WORSE.items()}
    assert values_of(made, "RCRISS_20", 365) == wanted


# event, answers of the index of 2016 and of the revised one
EVENTS = {
    "renal crisis": (event("Scleroderma renal crisis", 100), 0, 0),
    "renal crisis on the day of the visit": (event("SCLERODERMA RENAL CRISIS", 365), 0, 0),
    "renal crisis after the visit": (event("Scleroderma renal crisis", 366), 1, 1),
    "renal crisis before treatment": (event("Scleroderma renal crisis", -100), 1, 1),
    "renal crisis on the last day of the baseline": (event("Scleroderma renal crisis", -5), 1, 1),
    "renal crisis of an unknown day": (event("Scleroderma renal crisis", None), None, None),
    "renal crisis of an unknown day, over before treatment": (
        event("Scleroderma renal crisis", None, end_day=-30), 1, 1,
    ),
    "treated pulmonary arterial hypertension": (
        event("Pulmonary arterial hypertension", 90, treatment="bosentan"), 0, 0,
    ),
    "pulmonary arterial hypertension of unknown treatment": (event("Pulmonary arterial hypertension", 90), None, None),
    "pulmonary hypertension of another kind": (event("Pulmonary hypertension", 90, treatment="bosentan"), None, None),
    "treated left ventricular failure": (event("Left ventricular failure", 90, treatment="enalapril"), 0, 0),
    "treated left ventricular systolic dysfunction": (
        event("Left ventricular systolic dysfunction", 90, treatment="enalapril"), 0, 0,
    ),
    "left ventricular failure of unknown treatment": (event("Left ventricular failure", 90), None, None),
    "left ventricular systolic dysfunction of unknown treatment": (
        event("Left ventricular systolic dysfunction", 90, treatment=" "), None, None,
    ),
    "a failing ventricle beside pulmonary hypertension": (
        event("Pulmonary hypertension with left ventricular failure", 90, treatment="enalapril"), 0, 0,
    ),
    "heart failure": (event("Heart failure", 90, treatment="enalapril"), None, None),
    "cardiac failure": (event("Cardiac failure", 90, treatment="enalapril"), None, None),
    "a lower ejection fraction": (event("Ejection fraction decreased", 90, treatment="enalapril"), None, None),
    "left ventricular dysfunction": (event("Left ventricular dysfunction", 90, treatment="x"), None, None),
    "an event of another organ": (event("Headache", 90), 1, 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def with_events():
    events = [found | {"patient_id": who} for who, (found, _, _) in EVENTS.items()]
    return before_and_after(dict.fromkeys(EVENTS, (OLD, GOOD)), events=events)


@pytest.mark.parametrize("case", EVENTS)
def test_a_failing_organ_rules_a_response_out(with_events, case):
    """Khanna 2016, Arthritis Care Res 68:167, table 4: kidney, heart and pulmonary arteries."""
    _, improved, responds = EVENTS[case]

    assert value_of(with_events, "CRISS_2016_IMPROVED", 365, who=case) == improved
    assert value_of(with_events, "RCRISS_20", 365, who=case) == responds


def test_after_organ_worsening_the_probability_is_0_and_says_why(with_events):
    made = row_of(with_events, "CRISS_2016", 365, who="renal crisis")
    other = row_of(with_events, "CRISS_2016", 365, who="pulmonary arterial hypertension of unknown treatment")

    assert made["value"] == 0
    assert made["decided_on"].startswith("Scleroderma renal crisis, day 100; change of MRSS -12")
    assert pd.isna(other["value"])
    assert other["decided_on"].startswith(
        "Pulmonary arterial hypertension, day 90, not proven to be what the criteria ask for; change of"
    )


def test_a_probability_below_the_limit_is_no_improvement_even_if_worsening_is_open():
    cases, events = {"P1": changed(0, 0, 0, 0, 0)}, [event("Heart failure", 90)]

    scores = before_and_after(cases, events=events)

    assert value_of(scores, "CRISS_2016", 365) is None
    assert value_of(scores, "CRISS_2016_IMPROVED", 365) == 0


def test_without_any_adverse_event_in_the_data_set_a_response_rests_on_a_weaker_basis():
    made = row_of(before_and_after({"P1": (OLD, GOOD)}, events=()), "RCRISS_20", 365)

    assert (made["value"], made["status"], made["missing_items"]) == (1, "partial", "adverse_events")


# FVC by day; answer of the index of 2016 at day 365 with lung disease known, and without
FALLS = {
    "15% and measured again": ({-9: 90, 350: 76.5, 365: 76.5}, 0, None),
    "15% and measured again 31 days later": ({-9: 90, 334: 76, 365: 76}, 0, None),
    "15% and measured again after the visit": ({-9: 90, 365: 76, 380: 76}, 0, None),
    "15% and not measured again": ({-9: 90, 365: 76}, None, None),
    "15% and measured again too late": ({-9: 90, 333: 76, 365: 76}, None, None),
    "15% and gone when measured again": ({-9: 90, 100: 76, 120: 88, 365: 95}, 1, 1),
    "less than 15%": ({-9: 90, 350: 76.6, 365: 76.6}, "by the items", "by the items"),
    "15% but not below 80": ({-9: 96, 350: 81, 365: 81}, "by the items", "by the items"),
    "15% to exactly 80": ({-9: 95, 350: 80, 365: 80}, "by the items", "by the items"),
    "15% long ago, recovered": ({-9: 90, 90: 76, 110: 76, 365: 95}, 0, None),
}


@pytest.mark.parametrize("organs", ["skin; lung", "skin", None])
def test_a_fall_of_fvc_counts_if_confirmed_and_if_lung_disease_is_known(organs):
    """Khanna 2016, table 4: relative fall of 15%, confirmed within a month, lung disease on CT, FVC below 80%."""
    rows = []
    for who, (fvc, _, _) in FALLS.items():
        for day, score in fvc.items():
            rows += assess(day, who=who, FVC_PCT=score)
        for day, seen in ((-9, OLD), (365, GOOD | {"MRSS": 6})):
            rows += assess(day, who=who, **{name: seen[name] for name in seen if name != "FVC_PCT"})

    scores = derive_response(tables_of(rows, disease="SSc", organs=organs))

    made = values_of(scores, "RCRISS_20", 365)
    for who, (_, known, unknown) in FALLS.items():
        answer = known if organs == "skin; lung" else unknown
        assert (who, made[who]) == (who, 1 if answer == "by the items" else answer)


def test_a_single_fall_of_fvc_can_be_enough_and_the_time_of_confirmation_is_an_option():
    rows = []
    for who, days in {"P1": (365,), "P2": (325, 365)}.items():
        rows += assess(-9, who=who, **OLD | {"FVC_PCT": 90}) + assess(365, who=who, **GOOD | {"FVC_PCT": None})
        rows += [row for day in days for row in assess(day, who=who, FVC_PCT=76)]
    tables = tables_of([row for row in rows if row["score"] is not None], disease="SSc", organs="lung")

    assert values_of(derive_response(tables), "CRISS_2016", 365) == {"P1": None, "P2": None}
    assert values_of(derive_response(tables, criss_fvc_rule="single"), "CRISS_2016", 365) == {"P1": 0, "P2": 0}
    assert values_of(derive_response(tables, criss_fvc_confirmation_days=40), "CRISS_2016", 365) == {
        "P1": None,
        "P2": 0,
    }
    assert value_of(derive_response(tables, criss_fvc_rule="single", criss_fvc_fall_percent=16), "CRISS_2016", 365) > 0
    assert value_of(derive_response(tables, criss_fvc_rule="single", criss_fvc_limit_percent=76), "CRISS_2016", 365) > 0


def test_lung_disease_is_known_by_an_adverse_event_as_well():
    rows = assess(-9, **OLD | {"FVC_PCT": 90}) + assess(350, FVC_PCT=76) + assess(365, **GOOD | {"FVC_PCT": 76})

    scores = derive_response(tables_of(rows, disease="SSc", events=[event("Interstitial lung disease", 200)]))

    assert value_of(scores, "CRISS_2016", 365) == 0
    assert row_of(scores, "CRISS_2016", 365)["decided_on"].startswith(
        "FVC 90 to 76% on day 350; FVC 90 to 76% on day 365"
    )


@pytest.mark.parametrize(
    ("found", "is_known"),
    [
        pytest.param(event("Interstitial pneumonia", 200), True, id="interstitial pneumonia"),
        pytest.param(event("PULMONARY FIBROSIS", 200), True, id="pulmonary fibrosis, however it is written"),
        pytest.param(event("Idiopathic interstitial lung disease", 200), True, id="with another word before it"),
        pytest.param(event("Pneumonia", 200), False, id="a pneumonia is none"),
        pytest.param(event("Interstitial lung disease", 200, who="P2"), False, id="that of another patient"),
    ],
)
def test_which_adverse_events_tell_of_lung_disease(found, is_known):
    rows = assess(-9, **OLD | {"FVC_PCT": 90}) + assess(350, FVC_PCT=76) + assess(365, **GOOD | {"FVC_PCT": 76})

    scores = derive_response(tables_of(rows, disease="SSc", events=[found]))

    assert value_of(scores, "CRISS_2016", 365) == (0 if is_known else None)


def test_a_response_is_asked_for_only_after_the_baseline_and_only_in_sclerosis():
    rows = assess(-9, **OLD) + assess(-5, **OLD) + assess(28, **GOOD) + assess(28, who="P2", PGA=3)
    tables = tables_of(rows, disease="SSc")
    tables["patients"]["disease"] = ["SSc", "JDM"]

    made = derive_response(tables)

    assert set(zip(made["patient_id"], made["day"], strict=True)) == {("P1", 28)}


def test_lung_function_of_the_weeks_around_the_visit_belongs_to_it():
    rows = assess(-9, **OLD) + assess(365, **given(**GOOD | {"FVC_PCT": None})) + assess(379, FVC_PCT=73)

    assert row_of(derive_response(tables_of(rows, disease="SSc")), "CRISS_2016", 365)["status"] == "complete"
    later = derive_response(tables_of(rows, disease="SSc"), lung_function_window_days=13)
    assert row_of(later, "CRISS_2016", 365)["missing_items"] == "FVC_PCT"


def test_no_data_give_an_empty_table():
    assert derive_response(tables_of([])).empty


SEEN = st.fixed_dictionaries(
    {
        "MRSS": st.integers(0, 51),
        "FVC_PCT": st.integers(81, 120),
        "PATIENT_GLOBAL": st.integers(0, 10),
        "PGA": st.integers(0, 10),
        "CHAQ": st.integers(0, 24).map(lambda eighths: eighths / 8),
    }
)


@BATCH
@drawn(st.lists(st.tuples(SEEN, SEEN), min_size=50, max_size=50), st.sampled_from(NAMES))
def test_a_better_visit_never_has_the_lower_response_and_a_gap_never_turns_it(cohort, name):
    best = 120 if name == "FVC_PCT" else 0
    cases = {f"P{n}": case for n, case in enumerate(cohort)}
    better = {f"{who} better": (old, new | {name: best}) for who, (old, new) in cases.items()}
    less = {f"{who} less": (old, new | {name: None}) for who, (old, new) in cases.items()}

    # The gap must not take the visit away, so that of the skin score keeps the physician global and vice versa.
    scores = before_and_after(cases | better | less)

    for measure in ("CRISS_2016", "RCRISS_20"):
        made = values_of(scores, measure, 365)
        for who in cases:
            assert made[f"{who} better"] >= made[who] - 1e-12
            assert made[f"{who} less"] is None or made[f"{who} less"] == made[who]
