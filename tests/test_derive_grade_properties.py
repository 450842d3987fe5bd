"""What holds of every grade and state: what is worse never looks better, and what is missing never does so silently.

Properties of cytokine release, neurotoxicity, early neutropenia, laboratory grades and the scores of each disease
stand beside their own tests; here are those of the toxicities and states that need no more than a sentence each.
"""

import pytest
from bedside import as_rows, tables_of
from cohorts import event, patient
from hypothesis import given, settings
from hypothesis import strategies as st
from lupus_visits import Scene, derive_all, item, pga, sledai, value_of
from scored import assess, derive_lung, derive_skin, values_of
from scored import tables_of as scored_tables

from caseseries.derive.safety.cytopenia import derive_icaht
from caseseries.derive.safety.iec_hs import derive_iec_hs_candidates
from caseseries.derive.safety.infections import derive_infection_grades
from caseseries.derive.safety.licats import derive_licats
from caseseries.derive.shared.shape import as_table
from caseseries.design import Design

FEW = settings(max_examples=5, deadline=None, derandomize=True)
LATE = ("ICAHT_LATE", "T_ICAHT_EARLY", "T_ICAHT_LATE", "T_ICAHT")


def cytopenia(*courses):
    """Grades of the toxicities of ``LATE`` of one patient per course: counts in 10^9/L by test and day."""
    names = [f"P{number:02d}" for number in range(len(courses))]
    labs = [
        {"patient_id": name, "test": test, "day": day, "value": value, "operator": "="}
        for name, own in zip(names, courses, strict=True)
        for (test, day), value in own.items()
    ]
    made = tables_of(labs=labs, patients=[patient(name) for name in names])
    frames = {name: made[name] for name in ("patients", "infusions", "medications")}
    rows = as_rows(derive_icaht(made["labs"], **frames, design=Design()))
    return {(row["patient_id"], row["toxicity"]): row for row in rows if row["toxicity"] in LATE}


COUNTS = st.lists(
    st.fixed_dictionaries(
        {("ANC", day): st.sampled_from([0.05, 0.3, 0.8, 1.3, 2.5]) for day in range(31, 100, 12)}
        | {("PLT", day): st.sampled_from([10.0, 30.0, 80.0, 200.0]) for day in range(0, 100, 6)}
    ),
    min_size=3,
    max_size=3,
)


@FEW
@given(COUNTS, st.data())
def test_fewer_cells_never_have_the_lower_grade_of_late_cytopenia(courses, data):
    days = st.lists(st.sampled_from(sorted(courses[0])), min_size=1, unique=True)
    lower = [own | {key: own[key] / 4 for key in data.draw(days)} for own in courses]

    before, after = cytopenia(*courses), cytopenia(*lower)

    assert all(after[key]["grade"] >= row["grade"] for key, row in before.items())


@FEW
@given(COUNTS, st.data())
def test_a_count_that_was_not_taken_never_leaves_a_lower_grade_that_claims_to_be_whole(courses, data):
    """The lowest platelets of the early period and their neighbours are left out, more than is filled between."""
    first = data.draw(st.integers(6, 18))
    hidden = [{key: value for key, value in own.items() if not first <= key[1] < first + 12} for own in courses]

    before, after = cytopenia(*courses), cytopenia(*hidden)

    for (name, toxicity), row in before.items():
        if toxicity == "T_ICAHT_EARLY" and (after[name, toxicity]["grade"] or 0) < row["grade"]:
            assert after[name, toxicity]["status"] != "graded"


def recorded(category, *grades):
    """Grade and status of one patient by the events of one category, None where an event has no grade."""
    events = [event("P1", category, 9 + n, 20, grade=grade, term=f"E{n}") for n, grade in enumerate(grades)]
    made = tables_of(adverse_events=[*events, event("P1", "other", 5)], patients=[patient("P1")])
    if category == "infection":
        [row] = as_rows(derive_infection_grades(made["adverse_events"], patients=made["patients"]))
    else:
        candidates = as_table([], "events").assign(is_confirmed=False)
        frames = {name: made[name] for name in ("patients", "infusions")}
        [row] = as_rows(derive_licats(made["adverse_events"], candidates=candidates, **frames))
    return row["grade"], row["status"]


@pytest.mark.parametrize("category", ["infection", "licats"])
@FEW
@given(st.lists(st.one_of(st.none(), st.integers(1, 5)), max_size=4), st.integers(1, 5), st.randoms())
def test_another_event_never_lowers_a_recorded_grade(category, grades, more, chance):
    grade, _ = recorded(category, *grades)
    mixed = [*grades, more]
    chance.shuffle(mixed)

    assert recorded(category, *mixed)[0] == max([more, grade or 0])


@pytest.mark.parametrize("category", ["infection", "licats"])
@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        pytest.param((), (0, "graded"), id="none at all"),
        pytest.param((2, 1), (2, "graded"), id="the worst of all"),
        pytest.param((None,), (None, "not assessable"), id="the only one without a grade"),
        pytest.param((1, None), (1, "partial"), id="one more without a grade could be worse"),
        pytest.param((5, None), (5, "graded"), id="nothing is worse than death"),
    ],
)
def test_an_event_without_a_grade_never_lowers_silently(category, grades, expected):
    assert recorded(category, *grades) == expected


def test_of_two_events_of_one_day_the_longer_counts_in_either_order():
    short, long = (event("P1", "infection", 10, end, grade=2, term=f"to {end}") for end in (12, 30))
    ends = []
    for events in ([short, long], [long, short]):
        made = tables_of(adverse_events=events, patients=[patient("P1")])
        ends += [row["end_day"] for row in as_rows(
            derive_infection_grades(made["adverse_events"], patients=made["patients"])
        )]  # fmt: skip

    assert ends == [30, 30]


SIGNS = {"FERRITIN": (-1, 500, 300.0), "ALT": (-1, 200, 40.0), "FIBRINOGEN": (1, 2.5, 2.0), "PLT": (1, 120, 150.0)}


@FEW
@given(st.lists(st.tuples(st.sampled_from(sorted(SIGNS)), st.integers(1, 60), st.floats(1, 30)), max_size=12))
def test_worse_results_never_take_a_candidate_of_haemophagocytosis_away(results):
    def candidates(worse_by):
        labs = [
            {
                "patient_id": "P1", "test": test, "day": day, "operator": "=", "upper_limit": SIGNS[test][2],
                "value": SIGNS[test][1] * (factor * worse_by) ** -SIGNS[test][0],
            }
            for test, day, factor in results
        ]  # fmt: skip
        made = tables_of(labs=labs, patients=[patient("P1")])
        frames = {name: made[name] for name in ("infusions", "medications", "adverse_events")}
        found = as_rows(derive_iec_hs_candidates(made["labs"], **frames, design=Design()))
        return found[0]["n_days"] if found else 0

    assert candidates(1.0) <= candidates(1.5) <= candidates(4.0)


ADDED = ("RASH", "ARTHRITIS", "PROTEINURIA", "LOWCOMP")


@settings(max_examples=2, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sets(st.sampled_from(ADDED)), st.floats(0, 2)), min_size=2, max_size=3))
def test_a_further_finding_or_a_higher_global_never_brings_a_response_of_lupus(people):
    before = sledai(-8, "ARTHRITIS RASH PROTEINURIA PYURIA") + pga(-8, 1.5)
    scenes = {}
    for number, (found, score) in enumerate(people):
        words = " ".join(sorted(found))
        scenes[f"P{number}"] = Scene([*before, *sledai(91, words), *pga(91, score)])
        scenes[f"P{number} more"] = Scene([*before, *sledai(91, words + " VASCULITIS"), *pga(91, score)])
        scenes[f"P{number} higher"] = Scene([*before, *sledai(91, words), *pga(91, score + 0.5)])
        rest = [row for row in scenes[f"P{number}"].assessments if row["item"] != "RASH" or row["day"] < 0]
        scenes[f"P{number} less known"] = Scene([*rest, item(91, "SLEDAI2K", "RASH", None)])

    made = derive_all(scenes)

    for number in range(len(people)):
        answer, more, higher, less = (
            value_of(made, f"P{number}{what}", "MSRI_4", 91) for what in ("", " more", " higher", " less known")
        )
        assert answer >= more
        assert answer >= higher
        assert less in (None, answer)


COURSES = st.lists(
    st.fixed_dictionaries(
        {name: st.tuples(st.sampled_from(values), st.sampled_from(values)) for name, values in
         {"MRSS": [0, 4, 20, 26, 40], "FVC_PCT": [50, 70, 78, 82, 95], "DLCO_PCT": [40, 55, 60, 75]}.items()}
    ),
    min_size=4, max_size=12,
)  # fmt: skip


@FEW
@given(COURSES)
def test_worse_skin_and_lungs_never_look_better(cohort):
    def states(worse):
        rows, factor = [], {"MRSS": 1.2, "FVC_PCT": 0.8, "DLCO_PCT": 0.8}
        for number, own in enumerate(cohort):
            later = {name: after * (factor[name] if worse else 1) for name, (_, after) in own.items()}
            rows += assess(-9, who=f"P{number}", **{name: before for name, (before, _) in own.items()})
            rows += assess(183, who=f"P{number}", **later)
        tables = scored_tables(rows, disease="SSc")
        return values_of(derive_skin(tables), "MRSS_RELEVANT_FALL", 183), values_of(
            derive_lung(tables), "LUNG_PROGRESSION_RELATIVE", 183
        )

    (fall, progress), (worse_fall, worse_progress) = states(worse=False), states(worse=True)

    assert all(worse_fall[who] <= fall[who] for who in fall)
    assert all(worse_progress[who] >= progress[who] for who in progress)
