"""The ledger: every filter of patients leaves a row, and derived tables tell whom they hold."""

import pandas as pd
from cohorts import patient, raw_tables
from followed import score
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.cohort.ledger import LEDGER, Ledger, derive_ledger
from caseseries.derive.shared.scores import as_scores

ROWS = pd.DataFrame({"patient_id": ["P1", "P1", "P2", "P3"], "value": [1, 9, 9, None]})


def filter_rows(ledger, frame, keep):
    return ledger.filter(frame, keep, table="Table 1", rule="value below 5", reason="value above the limit")


def test_a_filter_keeps_rows_and_writes_down_who_is_left_out():
    kept, ledger = filter_rows(Ledger(), ROWS, (ROWS["value"] < 5).astype("boolean").mask(ROWS["value"].isna()))

    assert kept["value"].tolist() == [1]
    assert ledger.as_table().iloc[0].tolist() == [
        "Table 1", "value below 5", 3, 1, "P2; P3", "value above the limit"
    ]  # fmt: skip


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


def test_each_measure_tells_by_steps_whom_it_holds():
    patients = raw_tables(patients=[patient("P1"), patient("P2"), patient("P3"), patient("P4", disease="JDM")])[
        "patients"
    ]
    scores = as_scores(
        score("DORIS", {91: 1}) + score("DORIS", {-9: 0, 91: None}, who="P2") + score("CMAS", {91: 50}, who="P4")
    )
    found = derive_ledger(patients, scores=scores, tables={"treatment": pd.DataFrame({"patient_id": ["P1", "P4"]})})
    doris = found[found["table"] == "scores:DORIS"]

    assert found["table"].tolist() == ["treatment", *["scores:CMAS"] * 3, *["scores:DORIS"] * 3]
    assert doris["rule"].tolist() == ["disease SLE", "recorded", "value after the infusion"]
    assert doris["n_in"].tolist() == [4, 3, 2]
    assert doris["n_out"].tolist() == [3, 2, 1]
    assert doris["patients_removed"].tolist() == ["P4", "P3", "P2"]
    assert found.iloc[0][["n_in", "n_out", "patients_removed"]].tolist() == [4, 2, "P2; P3"]


def test_a_measure_recorded_in_another_disease_keeps_that_patient():
    patients = raw_tables(patients=[patient("P1", disease="overlap"), patient("P2", disease="JDM")])["patients"]
    found = derive_ledger(patients, scores=as_scores(score("DORIS", {91: 1})), tables={})

    assert found.iloc[0][["n_in", "n_out", "patients_removed"]].tolist() == [2, 1, "P2"]


def test_earlier_filters_come_first():
    patients = raw_tables(patients=[patient("P1")])["patients"]
    _, before = filter_rows(Ledger(), ROWS, ROWS["value"] < 5)
    found = derive_ledger(patients, scores=as_scores(score("PGA", {91: 1})), tables={}, ledger=before)

    assert found["table"].tolist() == ["Table 1", "scores:PGA", "scores:PGA"]
