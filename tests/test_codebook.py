"""The shipped codebook is whole."""

from __future__ import annotations

import csv

import pytest

from caseseries.paths import CODEBOOK
from caseseries.records import read_codebook

with CODEBOOK.open(encoding="utf-8", newline="") as _file:
    HEADER, *CELLS = csv.reader(_file)
ROWS = [dict(zip(HEADER, cells, strict=True)) for cells in CELLS]
OF_KIND = {kind: [row for row in ROWS if row["kind"] == kind] for kind in {row["kind"] for row in ROWS}}


def test_there_are_nine_tables_with_a_grain_each():
    codebook = read_codebook()
    assert len(codebook.tables) == 9
    assert all(grain.startswith("One row per ") for grain in codebook.grains.values())


def test_no_cell_is_surrounded_by_white_space():
    assert [cell for row in CELLS for cell in row if cell != cell.strip()] == []


def test_every_kind_is_known():
    assert OF_KIND.keys() == {"table", "column", "value", "test", "instrument", "item", "derived"}


@pytest.mark.parametrize(("kind", "parent_kind"), [("value", "column"), ("item", "instrument")])
def test_every_parent_stands_above_its_children(kind, parent_kind):
    parents = {(row["table"], row["code"]): ROWS.index(row) for row in OF_KIND[parent_kind]}
    for row in OF_KIND[kind]:
        assert parents[row["table"], row["parent"]] < ROWS.index(row)


@pytest.mark.parametrize("kind", ["column", "test", "instrument", "item"])
def test_every_row_names_a_table_that_stands_above_it(kind):
    tables = {row["code"]: ROWS.index(row) for row in OF_KIND["table"]}
    for row in OF_KIND[kind]:
        assert tables[row["table"]] < ROWS.index(row)


def test_no_code_stands_twice_under_one_parent():
    codes = [(row["kind"], row["table"], row["parent"], row["code"]) for row in ROWS]
    assert len(set(codes)) == len(codes)


def test_every_row_has_a_label():
    assert [row["code"] for row in ROWS if not row["label"]] == []


def test_every_type_and_requirement_is_known():
    types = {"text", "code", "codes", "integer", "number", "boolean", "test", "unit", "instrument", "item"}
    assert {row["type"] for row in OF_KIND["column"]} <= types
    assert {row["required"] for row in OF_KIND["column"]} == {"cell", "column", ""}


def test_every_column_of_codes_has_codes():
    with_codes = {(row["table"], row["code"]) for row in OF_KIND["column"] if row["type"] in ("code", "codes")}
    assert with_codes == {(row["table"], row["parent"]) for row in OF_KIND["value"]}


def test_every_table_has_a_key_that_begins_with_the_patient():
    codebook = read_codebook()
    for table, columns in codebook.tables.items():
        assert codebook.key(table)[0] == "patient_id"
        assert columns["patient_id"].required == "cell"


def test_every_range_is_whole_and_ordered():
    for row in ROWS:
        assert bool(row["minimum"]) == bool(row["maximum"]), row
        assert not row["minimum"] or float(row["minimum"]) < float(row["maximum"]), row


def test_every_number_of_a_column_a_test_or_an_item_has_a_unit():
    for row in OF_KIND["test"] + OF_KIND["item"]:
        assert row["unit"], row
        assert row["minimum"], row
    numbers = [row for row in OF_KIND["column"] if row["type"] in ("number", "integer")]
    assert [row["code"] for row in numbers if not row["unit"]] == []


def test_every_factor_is_positive_and_the_standard_unit_is_its_own():
    for test in read_codebook().tests.values():
        assert all(factor > 0 for factor in test.factors.values()), test
        assert test.factors[test.unit] == 1, test


@pytest.mark.parametrize(
    ("test", "unit", "factor"),
    [
        pytest.param("UPCR", "mg/mmol", 8.84, id="creatinine weighs 113.12 g/mol, so 1 mg/mmol is 8.84 mg/g"),
        pytest.param("CREAT", "umol/L", 1 / 88.42, id="1 mg/dL of creatinine is 88.42 umol/L"),
        pytest.param("HGB", "g/dL", 10, id="1 g/dL is 10 g/L"),
        pytest.param("CRP", "mg/dL", 10, id="1 mg/dL is 10 mg/L"),
        pytest.param("IGG", "mg/dL", 0.01, id="100 mg/dL are 1 g/L"),
        pytest.param("ANC", "/uL", 0.001, id="1,000 cells per uL are 1 G/L"),
    ],
)
def test_a_factor_leads_to_the_standard_unit(test, unit, factor):
    assert float(read_codebook().tests[test].factors[unit]) == pytest.approx(factor, rel=1e-4)


def test_the_lower_limit_of_quantification_lies_in_the_range():
    for test in read_codebook().tests.values():
        assert test.lloq is None or test.minimum <= test.lloq <= test.maximum, test


@pytest.mark.parametrize(
    ("instrument", "n_items", "most"),
    [
        pytest.param("CMAS", 14, 52, id="the myositis scale has 14 manoeuvres and 52 points"),
        pytest.param("MMT8", 8, 80, id="eight muscle groups have 80 points"),
        pytest.param("MRSS", 17, 51, id="17 skin sites have 51 points"),
        pytest.param("EUSTAR", 3, 3, id="three findings are present or absent"),
    ],
)
def test_items_add_up_to_the_maximum(instrument, n_items, most):
    found = read_codebook().instruments[instrument]
    assert (len(found.items), found.maximum) == (n_items, most)
    assert sum(item.maximum for item in found.items.values()) == most


def test_the_lupus_index_has_24_descriptors_that_are_present_or_absent():
    index = read_codebook().instruments["SLEDAI2K"]
    assert len(index.items) == 24
    assert {(item.minimum, item.maximum, item.type) for item in index.items.values()} == {(0, 1, "integer")}
    assert index.maximum == 105


def test_derived_tables_stand_in_one_block_at_the_end_each_with_its_grain():
    kinds = [row["kind"] for row in ROWS]
    codebook = read_codebook()

    assert set(kinds[kinds.index("derived") :]) == {"derived"}
    assert codebook.derived.keys() == codebook.derived_grains.keys()
    assert all(grain.startswith("One row per ") for grain in codebook.derived_grains.values())


def test_every_derived_number_has_a_unit_and_every_derived_code_its_codes():
    for table, columns in read_codebook().derived.items():
        for column in columns.values():
            assert column.unit or column.type not in ("number", "integer"), (table, column.code)
            assert column.values or column.type not in ("code", "codes"), (table, column.code)
            assert column.type in {"text", "code", "codes", "test", "integer", "number", "boolean"}
            assert column.required in ("cell", "")


def test_a_derived_column_may_take_its_codes_from_another():
    book = read_codebook()

    assert book.derived["patients"]["sex"].values == book.tables["patients"]["sex"].values
    raw, derived = book.tables["adverse_events"]["category"], book.derived["worst_grades"]["category"]
    assert set(derived.values) - set(raw.values) == {"late_cytopenia"}


def test_a_kind_that_is_not_known_is_refused(tmp_path):
    path = tmp_path / "codebook.csv"
    path.write_text(",".join(HEADER) + "\nmade,x" + "," * (len(HEADER) - 2) + "\n", encoding="utf-8")

    with pytest.raises(ValueError, match="kind 'made' is not known"):
        read_codebook(path)
