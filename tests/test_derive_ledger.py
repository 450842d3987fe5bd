"""The ledger: every filter of patients leaves a row, and derived tables tell whom they hold."""

import pandas as pd
from cohorts import PATIENTS, derived_cohort, event, patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import assess

from caseseries.derive import derive_tables
from caseseries.derive.cohort.ledger import LEDGER, Ledger
from caseseries.design import Design
from caseseries.records.dataset import Dataset

ROWS = pd.DataFrame({"patient_id": ["P1", "P1", "P2", "P3"], "value": [1, 9, 9, None]})


def filter_rows(ledger, frame, keep):
    return ledger.filter(frame, keep, table="Table 1", rule="value below 5", reason="value above the limit")


def test_a_filter_keeps_rows_and_writes_down_who_is_left_out():
    kept, ledger = filter_rows(Ledger(), ROWS, (ROWS["value"] < 5).astype("boolean").mask(ROWS["value"].isna()))

    assert kept["value"].tolist() == [1]
    row = ledger.as_table().iloc[0].drop("after")
    assert row.tolist() == ["Table 1", "value below 5", 3, 1, "P2; P3", "value above the limit"]


def test_a_patient_who_keeps_one_row_is_not_left_out():
    _, ledger = filter_rows(Ledger(), ROWS.iloc[:2], pd.Series([True, False]))
    row = ledger.as_table().iloc[0]

    assert (row["n_in"], row["n_out"]) == (1, 1)
    assert pd.isna(row["patients_removed"])
    assert pd.isna(row["reason"])


def test_a_ledger_never_changes_and_grows_in_order():
    empty = Ledger()
    kept, first = filter_rows(empty, ROWS, ROWS["patient_id"] != "P3")
    _, second = first.filter(kept, kept["value"] > 5, table="Table 2", rule="high", reason="low")

    assert [len(ledger.as_table()) for ledger in (empty, first, second)] == [0, 1, 2]
    assert second.as_table()["table"].tolist() == ["Table 1", "Table 2"]
    assert list(empty.as_table().columns) == list(LEDGER)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["P1", "P2", "P3", "P4"]), st.lists(st.booleans(), min_size=3, max_size=3))))
def test_each_step_takes_in_what_the_one_before_let_out(rows):
    frame = pd.DataFrame(rows, columns=["patient_id", "answers"])
    ledger = Ledger()
    for step in range(3):
        keep = pd.Series([answers[step] for answers in frame["answers"]], index=frame.index, dtype="boolean")
        frame, ledger = filter_rows(ledger, frame, keep)
    table = ledger.as_table()

    assert table["n_in"].tolist()[1:] == table["n_out"].tolist()[:-1]
    n_removed = [0 if pd.isna(names) else len(names.split("; ")) for names in table["patients_removed"]]
    assert (table["n_in"] - table["n_out"]).tolist() == n_removed
    assert table["n_out"].iloc[-1] == frame["patient_id"].nunique()


def ledger_of(people, assessments=(), **rows):
    """Derive the ledger of hand-made rows, indexed by table and rule."""
    rows |= {"patients": people, "assessments": list(assessments)}
    tables = raw_tables(**rows)
    held = tuple(name for name, frame in tables.items() if len(frame))
    derived = derive_tables(Dataset("hand-made", PATIENTS, tables, held), design=Design())
    return derived["ledger"].set_index(["table", "rule"])


def lines(ledger, table):
    own = ledger.loc[table]
    return {rule: (row["n_in"], row["n_out"]) for rule, row in own.iterrows()}


def test_the_cohort_is_told_step_by_step_with_the_reason_of_each_patient_left_out():
    """P1 was seen at M3; P2 missed it; P3 is not due; P4 has no assessment; P5 was never infused."""
    people = [
        patient(f"P{number}", disease="JDM", last_contact_day=60 if number == 3 else 200) for number in range(1, 6)
    ]
    ledger = ledger_of(
        people,
        [row for who in ("P1", "P2", "P3", "P5") for day in (-9, 50) for row in assess(day, who=who, CMAS=30)],
        infusions=[{"patient_id": f"P{number}", "day": 0} for number in range(1, 5)],
        visits=[
            {"patient_id": "P1", "visit": "M3", "planned_day": 91, "actual_day": 90, "status": "done"},
            {"patient_id": "P2", "visit": "M3", "planned_day": 91, "status": "missed"},
        ],
    )

    assert lines(ledger, "cohort") == {
        "enrolled": (5, 5), "infused": (5, 4), "JDM": (4, 4), "JDM, evaluable": (4, 3), "JDM, seen at M3": (3, 1),
        "JDM, seen at M6": (3, 0), "JDM, seen at M12": (3, 0), "JDM, alive at last contact": (3, 3),
    }  # fmt: skip
    assert ledger.loc[("cohort", "infused"), "reason"] == "no infusion is recorded"
    assert ledger.loc[("cohort", "JDM, evaluable"), "patients_removed"] == "P4"
    assert ledger.loc[("cohort", "JDM, seen at M3"), "reason"] == "visit missed (P2); visit not due (P3)"


def test_without_any_assessment_visits_are_counted_of_the_disease():
    ledger = ledger_of([patient("P1"), patient("P2")])

    assert "SLE, evaluable" not in ledger.loc["cohort"].index
    assert ledger.loc[("cohort", "SLE, seen at M3"), "n_in"] == 2


def test_each_measure_tells_by_steps_whom_it_holds():
    """P1 has a baseline and a later value, P2 only a baseline, P3 none at all, P4 lupus."""
    people = [patient(name, disease="JDM") for name in ("P1", "P2", "P3")] + [patient("P4", disease="SLE")]
    values = {"P1": {-9: 20, 91: 40}, "P2": {-9: 30}}
    ledger = ledger_of(
        people, [row for who, own in values.items() for day, n in own.items() for row in assess(day, who=who, CMAS=n)]
    )
    found = lines(ledger, "scores:CMAS")

    assert found["disease JDM"] == (4, 3)
    assert found["recorded"] == (3, 2)
    assert found["value after the infusion"] == (2, 1)
    assert found["baseline value"] == (2, 2)
    assert found["M3 value"] == (2, 1)
    assert found["baseline and M3 value"] == (2, 1)
    assert ledger.loc[("scores:CMAS", "recorded"), "patients_removed"] == "P3"


def test_a_measure_recorded_in_another_disease_keeps_that_patient_and_parts_by_disease():
    people = [patient("P1", disease="overlap"), patient("P2", disease="JDM"), patient("P3", disease="SLE")]
    ledger = ledger_of(people, [row for who in ("P1", "P2") for row in assess(91, who=who, CMAS=40)])
    found = lines(ledger, "scores:CMAS")

    assert found["disease JDM"] == (3, 2)
    assert found["M3 value"] == (2, 2)
    assert found["M3 value, overlap"] == (2, 1)


def test_a_column_with_a_gap_is_counted_by_group_where_groups_differ():
    people = [
        patient("P1", group="A", age_years=None), patient("P2", group="A"), patient("P3", group="B"),
        patient("P4", group="B"),
    ]  # fmt: skip
    ledger = ledger_of(people)

    assert lines(ledger, "patients:age_years") == {"recorded": (4, 3), "recorded, A": (3, 1)}
    assert lines(ledger, "cohort")["A"] == (4, 2)


def test_grades_and_events_tell_who_was_assessable_and_who_had_them():
    ledger = ledger_of(
        [patient("P1"), patient("P2"), patient("P3")],
        adverse_events=[event("P1", "licats", 9, grade=2)],
        infusions=[{"patient_id": who, "day": 0} for who in ("P1", "P2", "P3")],
    )

    assert lines(ledger, "grades:LICATS")["grade known"] == (3, 3)
    assert lines(ledger, "grades:LICATS")["grade 1 or more"] == (3, 1)
    assert lines(ledger, "grades:LICATS")["grade 2"] == (3, 1)
    assert lines(ledger, "grades:CRS")["grade known"] == (3, 0)
    assert lines(ledger, "worst_grades:licats")["with an event"] == (3, 1)


def test_every_filter_of_a_cohort_takes_out_those_whom_it_names_and_no_more():
    ledger = derived_cohort(8)["ledger"]
    n_removed = (
        ledger["patients_removed"].fillna("").str.split("; ").map(lambda names: len([name for name in names if name]))
    )

    assert (ledger["n_in"] - ledger["n_out"]).tolist() == n_removed.tolist()
    assert (ledger["reason"].notna() == (n_removed > 0)).all()
    assert not ledger.duplicated(["table", "rule"]).any()
    assert list(ledger.columns) == list(LEDGER)


def test_nobody_leaves_an_empty_ledger():
    assert ledger_of([]).empty
