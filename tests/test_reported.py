"""What was reported beside the data: verdicts are computed, and say when they cannot be."""

import pandas as pd
import pytest
from cohorts import PATIENTS, SYNTHETIC
from numbered import all_numbers

from caseseries.manuscript import compare_reported, count_verdicts, read_reported, table_reported
from caseseries.manuscript.reported import CLAIMS, OPERATORS


def claim(key="cohort.n", operator="=", value=6, *, decimals=0, paper_claim=None, kind="paper", name="one"):
    return {
        "claim": name, "statement": "Said", "kind": kind, "key": key, "operator": operator, "value": value,
        "unit": "patients", "decimals": decimals, "paper_claim": paper_claim, "source": "a source",
    }  # fmt: skip


def compare(*claims):
    frame = pd.DataFrame(claims, columns=list(CLAIMS)).astype(CLAIMS)
    return compare_reported(frame, all_numbers()).set_index("claim")


@pytest.mark.parametrize(
    ("key", "operator", "value", "decimals", "verdict"),
    [
        ("cohort.n", "=", 6, 0, "agrees"),
        ("cohort.n", "=", 7, 0, "contradicts"),
        ("cohort.n", ">", 6, 0, "contradicts"),
        ("cohort.n", ">=", 6, 0, "agrees"),
        ("followup.months.min", "=", 3.3, 1, "agrees"),
        ("followup.months.min", "=", 3.29, 2, "agrees"),
        ("followup.months.min", "=", 3.2, 1, "contradicts"),
        ("product.dose.min; product.dose.max", "=", 1e6, 0, "contradicts"),
        ("product.dose.min; product.infusions.max", ">=", 1, 0, "agrees"),
    ],
    ids=[
        "the same count", "another count", "more than itself", "at least itself", "rounded as reported",
        "rounded to two decimals", "another decimal", "one of two numbers differs", "both numbers hold",
    ],
)  # fmt: skip
def test_a_claim_is_held_against_its_number_as_it_was_rounded(key, operator, value, decimals, verdict):
    """The shortest follow-up is 100 days: 100 / 30.4375 = 3.2854 months."""
    assert compare(claim(key, operator, value, decimals=decimals)).loc["one", "verdict"] == verdict


def test_a_claim_that_the_data_cannot_answer_is_not_assessable_and_says_why():
    row = compare(claim("lupus.sledai.last.median", "=", 0)).loc["one"]

    assert row["verdict"] == "not assessable"
    assert "no patient with data" in row["reason"]


def test_the_press_is_held_against_the_paper_without_any_data():
    compared = compare(
        claim("lupus.sledai.last.median", "=", 9, name="paper_min"),
        claim("lupus.sledai.last.median", ">", 12, kind="press", paper_claim="paper_min", name="press_says_more"),
        claim("lupus.sledai.last.median", ">", 8, kind="press", paper_claim="paper_min", name="press_says_as_much"),
    )

    assert compared["paper_verdict"].fillna("").tolist() == ["", "contradicts", "agrees"]
    assert set(compared["verdict"]) == {"not assessable"}


def test_both_statements_of_the_press_on_follow_up_contradict_the_paper():
    compared = compare_reported(read_reported(), all_numbers()).set_index("claim")
    told = compared["paper_verdict"].dropna()

    assert told.to_dict() == {"press_more_than_a_year": "contradicts", "press_over_two_years": "contradicts"}


def test_the_verdict_follows_the_reported_value_not_the_name_of_the_claim():
    """Had the paper's shortest follow-up been 13 months, one statement of the press would have agreed with it."""
    claims = read_reported()
    claims.loc[claims["claim"] == "followup_min", "value"] = 13.0
    told = compare_reported(claims, all_numbers()).set_index("claim")["paper_verdict"].dropna()

    assert told.to_dict() == {"press_more_than_a_year": "agrees", "press_over_two_years": "contradicts"}


def test_every_claim_has_a_source_a_relation_and_a_number_of_the_text():
    claims = read_reported()
    keys = set(all_numbers()["key"])

    assert len(claims) >= 30
    assert claims["claim"].is_unique
    assert set(claims["operator"]) <= set(OPERATORS)
    assert claims.drop(columns="paper_claim").notna().all().all()
    assert {key for entry in claims["key"] for key in entry.split("; ")} <= keys
    assert set(claims["paper_claim"].dropna()) <= set(claims.loc[claims["kind"] == "paper", "claim"])


def test_the_table_says_that_synthetic_data_confirm_nothing():
    compared = compare_reported(read_reported(), all_numbers())
    drawn, real = (table_reported(compared, about=about) for about in (SYNTHETIC, PATIENTS))

    assert "no evidence for or against what was reported" in " ".join(drawn.footnotes)
    assert "synthetic" not in " ".join(real.footnotes)
    assert [row.label for row in drawn.rows if row.kind == "section"] == [
        "The paper",
        "A summary of the paper",
        "The press",
    ]


def test_verdicts_are_counted_by_kind_of_source():
    compared = compare_reported(read_reported(), all_numbers())
    table = count_verdicts(compared)
    press = next(row for row in table.rows if row.label == "press")

    assert sum(int(row.cells[0]) for row in table.rows) == len(compared)
    assert press.cells[-1] == "2"
