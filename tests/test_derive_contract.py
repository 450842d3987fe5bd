"""Derived tables are what the codebook says of them: in name, column, order, type, code, unit and key."""

from pathlib import Path

import pandas as pd
import pytest
from cohorts import derived
from contract import TYPES, list_breaks

from caseseries.derive import DERIVED
from caseseries.derive.cohort.events import CATEGORIES
from caseseries.derive.cohort.milestones import MARKS
from caseseries.derive.kinetics.b_cell_samples import APLASIA, RETURN_RULES
from caseseries.derive.outcomes.calendar import STATUSES
from caseseries.derive.safety.ctcae import TOXICITIES
from caseseries.derive.treatment.medication import STATES
from caseseries.design import OPTIONS
from caseseries.design.visits import VISITS
from caseseries.exhibits.cohort.data_quality import table_derived
from caseseries.paths import ROOT
from caseseries.records import read_codebook, read_dataset

BOOK = read_codebook()


def codes_of(table, column):
    return set(BOOK.derived[table][column].values)


@pytest.fixture(scope="module")
def tables():
    return derived(read_dataset(ROOT / "data" / "synthetic"))


def test_the_codebook_names_the_derived_tables_and_their_columns_in_order():
    described = {name: list(columns) for name, columns in BOOK.derived.items()}

    assert described == {name: list(columns) for name, columns in DERIVED.items()}
    assert list(described) == list(DERIVED)


@pytest.mark.parametrize("name", DERIVED)
def test_types_agree_with_the_codebook(name):
    assert {code: TYPES[column.type] for code, column in BOOK.derived[name].items()} == DERIVED[name]


def test_raw_and_derived_tables_stand_apart():
    assert len(BOOK.tables) == 9
    assert set(BOOK.tables) & set(BOOK.derived) == {"patients", "infusions", "visits"}
    assert "follow_up_days" not in BOOK.tables["patients"]
    assert codes_of("visits", "status") - set(BOOK.tables["visits"]["status"].values) == {"not_due", "no_record"}


@pytest.mark.parametrize(
    ("table", "column", "codes"),
    [
        ("treatment", "state", set(STATES)),
        ("worst_grades", "category", set(CATEGORIES)),
        ("milestones", "mark", set(MARKS)),
        ("scores", "visit", {"baseline", *VISITS}),
        ("calendar", "status", set(STATUSES)),
        ("patient_lab_shifts", "toxicity", set(TOXICITIES)),
        (
            "patients",
            "remission_criterion",
            {code for disease in ("sle", "jdm", "ssc") for code in OPTIONS[f"remission_criterion_{disease}"].allowed},
        ),
    ],
)
def test_the_codes_of_the_codebook_are_those_of_the_derivation(table, column, codes):
    assert codes_of(table, column) == codes


def test_every_rule_of_b_cells_has_its_endpoint_and_its_parameters():
    named = codes_of("time_to_event", "endpoint") | codes_of("kinetics", "parameter")
    for rule in RETURN_RULES:
        assert {f"B_CELL_RETURN:{rule}", f"RETURN_DAY:{rule}", f"APLASIA_DAYS:{rule}"} <= named
    for state in APLASIA:
        assert {f"B_CELL_DEPLETION:{state}", f"DEPLETION_DAY:{state}"} <= named


def test_every_laboratory_toxicity_has_a_grade():
    by_ctcae = {code for code in codes_of("grades", "toxicity") if code.startswith("CTCAE:")}

    assert by_ctcae == {f"CTCAE:{toxicity}" for toxicity in TOXICITIES}


def test_the_tables_of_the_synthetic_cohort_hold_only_what_the_codebook_knows(tables):
    assert list_breaks(tables) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda frame: frame.assign(status="surely"), "grades.status: surely"),
        (lambda frame: frame.assign(toxicity=pd.NA), "grades.toxicity: empty cell"),
        (lambda frame: pd.concat([frame, frame]), "grades: patient_id, toxicity twice"),
        (lambda frame: frame.astype({"grade": "float64"}), "grades: columns and types"),
    ],
)
def test_a_table_that_breaks_the_codebook_is_found(tables, change, found):
    assert found in list_breaks({"grades": change(tables["grades"])})


MEASURES = (
    "SLEDAI_2K CSLEDAI_2K SLEDAI_BAND DORIS LLDAS CCR CCR_0 CLLDAS MSRI_4 UPCR EGFR_U25 EGFR_SCHWARTZ "
    "EGFR_CKDEPI_2021 RENAL_RESPONSE CMAS MMT8 PGA CID_PRINTO CID_REVISED TIS_JDM TIS_PHYSICIAN TIS_PATIENT TIS_MUSCLE "
    "TIS_CHAQ TIS_ENZYME TIS_EXTRAMUSCULAR TIS_CATEGORY MRSS CRISS_2016 RCRISS_20 EUSTAR_2017 FVC_PCT DLCO_PCT"
)
TOXICITY = "CRS ICANS ICAHT_EARLY ICAHT_LATE T_ICAHT LICATS IEC_HS INFECTION CTCAE:ANC CTCAE:ALT CTCAE:CREAT"
PARAMETERS = (
    "CMAX TMAX TLAST CLAST AUC_LAST AUC_0_28 AUC_ALL AUC_INF LAMBDA_Z N_LAMBDA_Z R2_ADJ HALF_LIFE DETECTABLE_M3 "
    "DETECTABLE_M6 DETECTABLE_M12"
)


def test_the_synthetic_cohort_feeds_every_measure_toxicity_and_parameter(tables):
    scores, kinetics = tables["scores"], tables["kinetics"]

    assert set(MEASURES.split()) <= set(scores.loc[scores["value"].notna(), "measure"])
    assert set(TOXICITY.split()) <= set(tables["grades"].loc[tables["grades"]["grade"].notna(), "toxicity"])
    for analyte in ("CART_BLOOD", "CART_DNA"):
        own = kinetics[(kinetics["analyte"] == analyte) & kinetics["value"].notna()]
        assert set(PARAMETERS.split()) <= set(own["parameter"])


def test_proteinuria_is_in_mg_per_g(tables):
    scores = tables["scores"]

    assert set(scores.loc[scores["measure"] == "UPCR", "unit"]) == {"mg/g"}


def test_the_supplement_shows_every_derived_column_with_its_codes():
    table = table_derived(BOOK)
    assert [row.label.split(":")[0] for row in table.rows if row.kind == "section"] == list(DERIVED)
    assert sum(row.kind == "row" for row in table.rows) == sum(len(columns) for columns in DERIVED.values())
    frame = table.frame().set_index(["section", table.columns[0]])["Meaning"]
    treatment = next(row.label for row in table.rows if row.label.startswith("treatment: "))
    assert frame[treatment, "state: drug_free"] == "On no drug for the disease"
    assert Path(ROOT / "notebooks" / "00_data.ipynb").read_text(encoding="utf-8").count("table_derived") == 1
