"""Autoantibodies: which results are the first and the last, which are positive, and how pairs are drawn and told."""

import pandas as pd
import pytest
from cohorts import SYNTHETIC, course, patient, raw_tables
from disease_frames import patients, typed
from hypothesis import given, settings
from hypothesis import strategies as st
from layout import check_page, find_outside, find_overlaps

from caseseries.derive.outcomes.autoantibodies import derive_autoantibodies
from caseseries.derive.treatment.administrations import derive_administrations
from caseseries.design import Design
from caseseries.exhibits.diseases.antibody_map import CLASSES, NEGATIVE, OPEN, fill_of, text_of
from caseseries.exhibits.diseases.antibody_pairs import (
    BEFORE,
    LAST,
    describe_conversion,
    pair_answers,
    pair_values,
    short_name,
)
from caseseries.exhibits.diseases.antibody_shares import share_positive
from caseseries.exhibits.diseases.autoantibodies import plot_autoantibodies
from caseseries.exhibits.forms.made_csv import read_made_csv, write_made_csv
from caseseries.records.codebook import read_codebook

LYMPHODEPLETION = course("P1", "fludarabine", "lymphodepletion", -5, -3, purpose="lymphodepletion")


def lab(day, value, *, who="P1", test="DSDNA", operator="=", upper_limit=20.0):
    return {
        "patient_id": who, "day": day, "test": test, "value": value, "operator": operator, "unit": "IU/mL",
        "upper_limit": upper_limit,
    }  # fmt: skip


def derive(*labs, drugs=(LYMPHODEPLETION,)):
    raw = raw_tables(patients=[patient("P1"), patient("P2")], labs=list(labs), medications=list(drugs))
    given = derive_administrations(raw["medications"], patients=raw["patients"], design=Design())
    return derive_autoantibodies(
        raw["labs"], medications=raw["medications"], administrations=given, design=Design()
    )  # fmt: skip


def test_the_first_is_the_last_one_before_lymphodepletion_and_the_last_one_comes_after_infusion():
    found = derive(*(lab(day, 30.0) for day in (-40, -6, -5, 0, 90, 365)))

    assert found.loc[found["is_baseline"], "day"].tolist() == [-6]
    assert found.loc[found["is_last"], "day"].tolist() == [365]


def test_a_patient_without_a_result_after_infusion_has_no_last_one():
    assert not derive(lab(-6, 30.0), lab(0, 20.0))["is_last"].any()


@pytest.mark.parametrize(
    ("value", "operator", "upper_limit", "is_positive"),
    [
        pytest.param(20.1, "=", 20.0, True, id="above the upper limit"),
        pytest.param(20.0, "=", 20.0, False, id="on the upper limit"),
        pytest.param(10.0, "<", 20.0, False, id="below the assay"),
        pytest.param(30.0, "<", 20.0, None, id="below a limit that lies above the upper limit"),
        pytest.param(400.0, ">", 20.0, True, id="beyond the assay"),
        pytest.param(400.0, "=", None, None, id="no upper limit"),
    ],
)
def test_positive_is_above_the_upper_limit(value, operator, upper_limit, is_positive):
    row = derive(lab(30, value, operator=operator, upper_limit=upper_limit)).iloc[0]

    assert pd.isna(row["is_positive"]) if is_positive is None else row["is_positive"] == is_positive
    assert row["ratio"] == value / upper_limit if upper_limit else pd.isna(row["ratio"])


TITRES = st.dictionaries(
    st.integers(-30, 400),
    st.tuples(st.sampled_from([5.0, 20.0, 20.5, 80.0]), st.sampled_from("<=>"), st.sampled_from([20.0, 40.0, None])),
    min_size=1,
    max_size=6,
)


def rows_of(titres, *, who="P1", times=1.0):
    return [
        lab(day, value * times, who=who, operator=operator, upper_limit=None if limit is None else limit * times)
        for day, (value, operator, limit) in titres.items()
    ]


def answers(found, *, who="P1"):
    own = found[found["patient_id"] == who]
    marks = own[["is_positive", "is_baseline", "is_last"]].astype("object").where(own["is_positive"].notna(), None)
    return dict(zip(own["day"], marks.itertuples(index=False, name=None), strict=True))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(TITRES, TITRES, st.randoms())
def test_neither_the_unit_nor_the_order_nor_another_patient_changes_an_answer(titres, others, chance):
    plain = answers(derive(*rows_of(titres)))
    mixed = [*rows_of(titres), *rows_of(others, who="P2")]
    chance.shuffle(mixed)

    assert answers(derive(*mixed)) == plain
    assert answers(derive(*rows_of(titres, times=1024.0))) == plain


@settings(max_examples=10, deadline=None, derandomize=True)
@given(TITRES)
def test_a_higher_titre_is_never_less_positive(titres):
    """Twice the value; an answer that was open, as the limit of the assay does not decide, may become any."""
    before, after = derive(*rows_of(titres)), derive(*rows_of({d: (2 * v, o, u) for d, (v, o, u) in titres.items()}))

    # Below twice the bound says less than below the bound: such an answer may open, but never turn.
    assert not (before["is_positive"].fillna(False) & ~after["is_positive"].fillna(False)).any()
    assert after.loc[after["operator"] == "<", "is_positive"].fillna(False).sum() == 0


def test_only_autoantibodies_are_read():
    tests = ("DSDNA", "ANA", "ANTI_SM", "C3", "TETANUS_IGG", "IGG")
    found = derive(*(lab(30, 1.0, test=test) for test in tests))

    assert found["test"].tolist() == ["ANA", "ANTI_SM", "DSDNA"]


def test_a_sample_after_immunoglobulin_is_marked():
    ivig = course("P1", "immunoglobulin", "ivig", 80, 80, purpose="replacement")
    found = derive(*(lab(day, 30.0) for day in (79, 81, 365)), drugs=[LYMPHODEPLETION, ivig])

    assert found["is_after_immunoglobulin"].tolist() == [False, True, False]


def test_no_autoantibody_gives_an_empty_table():
    assert derive(lab(30, 1.0, test="C3")).empty


def antibody(name, test, *, before=None, last=None, day=365):
    """Rows of one patient and antibody: the values in multiples of an upper limit of 10, below 1 as ``<``."""
    rows = []
    for value, when, is_first in ((before, -8, True), (last, day, False)):
        if value is not None:
            rows.append({
                "patient_id": name, "test": test, "day": when, "value": 10 * value,
                "operator": "<" if value < 0.6 else "=", "unit": "U/mL", "upper_limit": 10.0, "ratio": value,
                "is_positive": value > 1, "is_baseline": is_first, "is_last": not is_first,
                "is_after_immunoglobulin": False,
            })  # fmt: skip
    return rows


PEOPLE = patients(("P1", "SLE", 400), ("P2", "SLE", 300), ("P3", "JDM", 400))
ROWS = [
    *antibody("P1", "DSDNA", before=4, last=0.5), *antibody("P2", "DSDNA", before=12, last=1.5),
    *antibody("P1", "ANTI_SM", before=0.5, last=2), *antibody("P2", "ANTI_SM", before=0.5),
    *antibody("P3", "ANTI_NXP2", before=3, last=3),
]  # fmt: skip
TABLE = typed(ROWS, "autoantibodies")


def test_antibodies_stand_by_disease_and_in_the_order_of_the_codebook():
    pairs = pair_values(TABLE, PEOPLE)

    assert list(dict.fromkeys(pairs["antibody"])) == ["Anti-dsDNA", "Anti-Sm", "Anti-NXP2"]
    assert len(pairs) == 9


def test_a_pair_needs_both_values():
    answers = pair_answers(pair_values(TABLE, PEOPLE))

    assert list(zip(answers["patient_id"], answers["antibody"], strict=True)) == [
        ("P1", "Anti-dsDNA"), ("P2", "Anti-dsDNA"), ("P1", "Anti-Sm"), ("P3", "Anti-NXP2")
    ]  # fmt: skip


def test_those_who_turned_negative_and_positive_are_counted():
    assert describe_conversion(pair_values(TABLE, PEOPLE)) == (
        "Of those positive before, negative at the last visit: Anti-dsDNA 1/2, Anti-NXP2 0/1. "
        "Of those negative before, positive at the last visit: Anti-Sm 1/1."
    )


def test_a_share_has_its_exact_interval():
    """Clopper-Pearson for 1 of 2: 1.3 to 98.7%."""
    shares = share_positive(pair_answers(pair_values(TABLE, PEOPLE))).set_index(["antibody", "when"])
    row = shares.loc[("Anti-dsDNA", LAST)]

    assert (row["n_positive"], row["n"], row["estimate"]) == (1, 2, 0.5)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([0.0126, 0.9874], abs=1e-4)
    assert shares.loc[("Anti-dsDNA", BEFORE), "n_positive"] == 2


@pytest.mark.parametrize(
    ("is_positive", "ratio", "operator", "fill", "text"),
    [
        pytest.param(False, 0.5, "<", NEGATIVE, "neg", id="negative"),
        pytest.param(True, 1.2, "=", CLASSES[0][2], "1.2", id="just above the upper limit"),
        pytest.param(True, 3.0, "=", CLASSES[0][2], "3", id="the end of a class belongs to it"),
        pytest.param(True, 3.1, "=", CLASSES[1][2], "3.1", id="above it the next begins"),
        pytest.param(True, 25.0, ">", CLASSES[2][2], ">25", id="beyond the assay"),
        pytest.param(pd.NA, 0.8, "=", OPEN, "?", id="not known"),
    ],
)
def test_a_value_has_its_fill_and_its_text(is_positive, ratio, operator, fill, text):
    assert (fill_of(is_positive, ratio), text_of(is_positive, ratio, operator)) == (fill, text)


@pytest.mark.parametrize(
    ("test", "name"),
    [("ANA", "ANA"), ("DSDNA", "Anti-dsDNA"), ("ANTI_SCL70", "Anti-Scl-70"), ("ANTI_RO", "Anti-Ro/SSA")],
)
def test_an_antibody_has_a_short_name(test, name):
    assert short_name(test) == name


def many(n, n_tests):
    tests = [code for code in read_codebook().tests if code in ("DSDNA", "ANA") or code.startswith("ANTI_")]
    width = len(str(n))
    people = [(f"SYN-{k:0{width}d}", ("SLE", "JDM", "SSc")[k % 3], 400 + k % 90) for k in range(1, n + 1)]
    rows = [
        row
        for k, (name, _, _) in enumerate(people)
        for place, test in enumerate(tests[:n_tests])
        if (k + place) % 4
        for row in antibody(name, test, before=(k * 7 + place) % 15 / 1.3, last=(k + place) % 5 / 2)
    ]
    return patients(*people), typed(rows, "autoantibodies")


SCENES = {
    "one patient": lambda: many(1, 3),
    "eight patients": lambda: many(8, 12),
    "eight patients with every antibody": lambda: many(8, 23),
    "forty patients": lambda: many(40, 6),
    "three hundred patients with every antibody": lambda: many(300, 23),
    "before only": lambda: (PEOPLE, TABLE[TABLE["is_baseline"]]),
    "no upper limit": lambda: (PEOPLE, TABLE.assign(ratio=float("nan"), upper_limit=float("nan"), is_positive=pd.NA)),
    "nothing": lambda: (PEOPLE, TABLE[:0]),
}


@pytest.mark.parametrize("make", SCENES.values(), ids=SCENES)
def test_a_page_holds_any_number_of_patients_and_antibodies(make):
    drawing = plot_autoantibodies(*make())

    assert find_overlaps(drawing.figure) == []
    assert find_outside(drawing.figure) == []
    check_page(drawing.figure, 183)
    for text in (drawing.legend, drawing.alt_text):
        assert not {"nan", "NE", "<NA>", "None"} & set(text.replace(",", " ").replace(".", " ").split())


def test_many_patients_are_counted_and_few_are_shown_one_by_one():
    few, several = plot_autoantibodies(*many(40, 3)), plot_autoantibodies(*many(41, 3))

    assert "patient_id" in few.plotted["autoantibodies"]
    assert "positive (share)" in several.plotted["autoantibodies"]
    assert "exact 95% intervals" in several.legend


def test_a_table_that_was_written_and_read_again_gives_the_same_figure(tmp_path):
    for name, table in (("whole", TABLE), ("empty", TABLE[:0])):
        path = write_made_csv(table, tmp_path / f"{name}.csv", about=SYNTHETIC)
        again = plot_autoantibodies(PEOPLE, read_made_csv(path))
        assert again.legend == plot_autoantibodies(PEOPLE, table).legend
