"""Outcomes at visits: n/N with the exact interval, who is no part of N, and what the notes say of them."""

import pandas as pd
import pytest
from cohorts import derived_cohort, patient
from described import describe_patients, empty_table
from scipy.stats import binomtest

from caseseries.derive import DERIVED
from caseseries.derive.outcomes.visit_outcomes import VISIT_OUTCOMES
from caseseries.design import Design
from caseseries.exhibits.cohort.baseline import table_baseline
from caseseries.exhibits.outcomes.outcomes import table_outcomes
from caseseries.exhibits.proportions import patients_ci

NAMES = ("visit_outcomes", "patients", "time_to_event")


def tables_of(people):
    return {name: empty_table(name) for name in NAMES} | {"patients": describe_patients(people)}


def cohort_of(answers, *, diseases=None):
    """Make a cohort whose answers stand in lists by outcome and visit: True, False, None (not known), "due"."""
    n = max(len(values) for values in answers.values())
    people = [patient(f"P{number}", disease=(diseases or ["SLE"] * n)[number]) for number in range(n)]
    rows = [
        {
            "patient_id": f"P{number}", "outcome": outcome, "visit": visit,
            "status": {None: "not assessable", "due": "not due"}.get(value, "assessed"),
            "is_met": value if isinstance(value, bool) else pd.NA,
        }
        for (outcome, visit), values in answers.items()
        for number, value in enumerate(values)
    ]  # fmt: skip
    frame = pd.DataFrame.from_records(rows).reindex(columns=list(VISIT_OUTCOMES)).astype(VISIT_OUTCOMES)
    return tables_of(people) | {"visit_outcomes": frame}


def outcomes(found, **options):
    return table_outcomes(*(found[name] for name in NAMES), design=Design(options.pop("design", None)), **options)


def cell(table, label, column):
    frame = table.frame()
    rows = frame[frame["item"] == label]
    assert len(rows) == 1, label
    return rows.iloc[0][column]


@pytest.mark.parametrize(
    ("n_events", "n", "expected"),
    [
        pytest.param(7, 8, "7/8 (88%; 47 to 100)", id="seven of eight"),
        pytest.param(8, 8, "8/8 (100%; 63 to 100)", id="all: the two-sided limit, not 69"),
        pytest.param(0, 8, "0/8 (0%; 0 to 37)", id="none"),
        pytest.param(4, 4, "4/4 (40 to 100)", id="below five no percentage, but the interval"),
        pytest.param(1, 1, "1/1 (3 to 100)", id="one"),
        pytest.param(0, 0, "NE", id="nobody"),
    ],
)
def test_a_cell_has_n_and_the_exact_interval(n_events, n, expected):
    assert patients_ci(n_events, n) == expected


def test_the_interval_is_that_of_scipy():
    interval = binomtest(3, 11).proportion_ci(0.95, method="exact")

    assert patients_ci(3, 11) == f"3/11 (27%; {100 * interval.low:.0f} to {100 * interval.high:.0f})"


def test_who_was_not_assessed_is_no_part_of_n_and_is_counted_in_a_note():
    table = outcomes(cohort_of({("DORIS", "M3"): [True, True, False, None, "due"], ("DORIS", "last"): [True] * 5}))

    assert cell(table, "DORIS remission", "M3") == "2/3 (9 to 99)"
    assert cell(table, "DORIS remission", "Last visit") == "5/5 (100%; 48 to 100)"
    assert "Not assessable (patients at M3, M6, M12, last visit): DORIS: 1, 0, 0, 0." in table.footnotes
    short = "Follow-up shorter than the window of the visit (patients at M3, M6, M12, last visit): DORIS: 1, 0, 0, 0."
    assert short in table.footnotes


def test_the_method_of_the_interval_is_a_parameter():
    found = cohort_of({("DORIS", "last"): [True] * 8})
    table = outcomes(found, method="wilson")

    assert cell(table, "DORIS remission", "Last visit") == "8/8 (100%; 68 to 100)"
    assert any("Wilson" in note for note in table.footnotes)


def test_visits_that_are_shown_are_a_parameter():
    assert outcomes(cohort_of({("DORIS", "M6"): [True]}), visits=["M6"]).columns == ("", "M6", "Last visit")


def test_an_outcome_that_nobody_was_assessed_for_is_named_and_has_no_row():
    table = outcomes(cohort_of({("DORIS", "M3"): [True], ("LLDAS", "M3"): [None]}))

    assert not (table.frame()["item"] == "LLDAS").any()
    assert "Assessed in nobody: LLDAS." in table.footnotes


def test_diseases_stand_in_their_order_with_their_numbers():
    answers = {(name, "last"): [True, True, True] for name in ("RCRISS_20", "DORIS", "TIS_MAJOR", "REMISSION")}
    table = outcomes(cohort_of(answers, diseases=["SSc", "SLE", "JDM"]))

    assert [row.label for row in table.rows if row.kind == "section"] == [
        "All patients (n = 3)", "Systemic lupus erythematosus (n = 1)", "Juvenile dermatomyositis (n = 1)",
        "Systemic sclerosis (n = 1)",
    ]  # fmt: skip


def test_months_to_remission_are_a_median_with_its_interval():
    """Four events on days 91, 183, 274, 365: the curve rests at one half from 183 to 274, its middle is 228.5."""
    found = cohort_of({("REMISSION", "last"): [True] * 4})
    times = pd.DataFrame(
        {"patient_id": [f"P{n}" for n in range(4)], "endpoint": "REMISSION", "time_days": [91, 183, 274, 365]}
    ).assign(is_event=True)
    table = outcomes(found | {"time_to_event": times})

    assert cell(table, "First remission", "Last visit").startswith("7.5 (")
    assert cell(table, "First remission", "Last visit").endswith("; 4/4")


def test_a_trial_of_another_disease_says_what_can_be_said():
    table = outcomes(tables_of([patient("P1", disease="AD")]))

    assert [row.label for row in table.rows] == ["No outcome could be assessed"]
    assert table.columns == ("", "M3", "M6", "M12", "Last visit")


@pytest.mark.parametrize("n", [1, 40])
def test_outcomes_adapt_to_the_number_of_patients(n):
    table = outcomes(derived_cohort(n))
    texts = [cell for row in table.rows for cell in row.cells]

    assert cell(table, "Without drugs for the disease", "Last visit").split("/")[1].startswith(f"{n}")
    assert not [text for text in texts if "nan" in text or "<NA>" in text]


def baseline(people, scores):
    frame = pd.DataFrame.from_records(scores).reindex(columns=list(DERIVED["scores"])).astype(DERIVED["scores"])
    return table_baseline(describe_patients(people), frame)


def score(who, measure, value, visit="baseline"):
    return {"patient_id": who, "measure": measure, "value": value, "visit": visit}


def test_activity_at_baseline_stands_by_patient_with_the_number_of_values():
    table = baseline(
        [patient("P1"), patient("P2"), patient("P3", disease="SSc")],
        [score("P1", "SLEDAI_2K", 18.0), score("P2", "SLEDAI_2K", 8.0), score("P2", "SLEDAI_2K", 0.0, visit="M3")],
    )
    row = [cell(table, "SLEDAI-2K (0 to 105)", name) for name in ("P1", "P2", "P3", "All (n = 3)")]

    assert row == ["18", "8", "–", "13 (8 to 18); n = 2"]


def test_only_measures_of_a_disease_that_is_there_are_missed():
    table = baseline([patient("P1", disease="SSc")], [score("P1", "MRSS", 28.0)])
    (note,) = [note for note in table.footnotes if note.startswith("Not recorded: ")]

    assert cell(table, "Modified Rodnan skin score (0 to 51)", "P1") == "28"
    assert "FVC" in note
    assert "SLEDAI" not in note
