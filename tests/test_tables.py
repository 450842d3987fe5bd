"""Tables say the right number in the right cell for one patient, a few, groups, and without data."""

import pandas as pd
import pytest
from cohorts import SYNTHETIC, course, derived, derived_cohort, event, patient, raw_tables

from caseseries.design import Design
from caseseries.exhibits.cohort import data_quality
from caseseries.exhibits.cohort.baseline import table_baseline
from caseseries.exhibits.cohort.product import table_product
from caseseries.exhibits.columns import list_columns
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.safety.table import table_safety
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import Dataset
from caseseries.records.sdtm import find_pilot


def cells(table, label, section=None):
    frame = table.frame()
    rows = frame[frame["item"] == label]
    if section is not None:
        rows = rows[rows["section"] == section]
    assert len(rows) == 1, label
    return rows.iloc[0].drop(labels=["item", "section"], errors="ignore").to_dict()


def derive(**rows):
    return derived(Dataset("hand-made", SYNTHETIC, raw_tables(**rows), tuple(rows)))


def baseline_of(found, **options):
    return table_baseline(found["patients"], found["scores"], **options)


def safety_of(found, *, design=None):
    names = ("patients", "events", "grades", "infections", "infection_rates")
    return table_safety(*(found[name] for name in names), design=Design(design))


FOUR = [
    patient("P1", disease="SSc", last_contact_day=900),
    patient("P2", disease="SLE", last_contact_day=300, sex="male", age_years=6.0),
    patient("P3", disease="SLE", last_contact_day=600, age_years=17.0),
    patient("P10", disease="JDM", last_contact_day=400, age_years=9.0, weight_kg=None),
]


def test_patients_stand_by_disease_and_length_of_follow_up():
    patients = derive(patients=FOUR)["patients"]

    assert [column.heading for column in list_columns(patients)] == ["P3", "P2", "P10", "P1", "All (n = 4)"]


def test_a_patient_has_a_column_of_facts_and_the_last_column_sums_up():
    table = baseline_of(derive(patients=FOUR))

    assert list(cells(table, "Age, years").values()) == ["17", "6", "9", "12", "10.5 (6 to 17)"]
    assert cells(table, "Sex")["All (n = 4)"] == "female 3/4; male 1/4"
    assert cells(table, "Weight, kg")["P10"] == "–"
    assert cells(table, "Follow-up, months")["P1"] == "29.6"


def test_what_nobody_has_recorded_is_left_out_and_named():
    table = baseline_of(derive(patients=FOUR))

    assert not (table.frame()["item"] == "Organs involved").any()
    assert any(note.startswith("Not recorded:") and "organs involved" in note for note in table.footnotes)


def test_groups_make_columns_with_a_total():
    rows = [patient(f"P{n}", group="B" if n > 2 else "A", age_years=float(10 + n)) for n in range(1, 6)]
    table = baseline_of(derive(patients=rows))

    assert table.columns == ("", "A (n = 2)", "B (n = 3)", "Total (n = 5)")
    assert cells(table, "Age, years: mean (SD)")["B (n = 3)"] == "14.00 (1.00)"
    assert cells(table, "Age, years: median (range)")["A (n = 2)"] == "11.5 (11 to 12)"


def test_more_patients_than_fit_on_a_page_are_shown_by_disease():
    table = baseline_of(derived_cohort(13))

    assert table.columns == ("", "SLE (n = 6)", "JDM (n = 5)", "SSc (n = 2)", "Total (n = 13)")


def test_one_patient_has_one_column():
    found = derived_cohort(1)

    assert baseline_of(found).columns == ("", "SYN-1")
    assert safety_of(found).columns == ("", "SYN-1")


@pytest.mark.parametrize("n", [1, 8, 40, 300])
def test_tables_adapt_to_the_number_of_patients(n):
    found = derived_cohort(n)
    tables = [
        baseline_of(found),
        table_product(found["infusions"], found["lymphodepletion"], found["patients"]),
        safety_of(found),
        data_quality.table_visits(found["visits"]),
        data_quality.table_contents(found["contents"]),
        data_quality.table_cells(found["filled_cells"]),
    ]

    for table in tables:
        assert len(table.columns) <= 14
        texts = [cell for row in table.rows for cell in row.cells]
        assert not [text for text in texts if "nan" in text.split() or "<NA>" in text]


def test_the_product_shows_dose_intervals_and_lymphodepletion():
    found = derived_cohort(2)
    table = table_product(found["infusions"], found["lymphodepletion"], found["patients"])

    assert cells(table, "Dose, CAR T cells/kg")["SYN-1"] == "1.0 × 10⁶"
    assert cells(table, "Apheresis to infusion, days")["SYN-1"] == "31"
    assert cells(table, "Fludarabine, mg/m²")["SYN-1"] == "75; days −5 to −3"


def test_safety_gives_grade_onset_duration_and_the_exact_interval():
    found = derived_cohort(8)
    table = safety_of(found)
    last = "All (n = 8)"

    assert cells(table, "Cytokine release syndrome, as recorded")[last] == "6/8 (75%; 35 to 97); grade 1: 6"
    assert cells(table, "Cytokine release syndrome, as recorded")["SYN-4"] == "none"
    assert cells(table, "Cytokine release syndrome, as recorded: onset, day")["SYN-1"] == "3"
    assert cells(table, "Cytokine release syndrome, as recorded: duration, days")["SYN-1"] == "5"
    assert cells(table, "Neurotoxicity (ICANS), as recorded")[last] == "1/8 (13%; 0 to 53); grade 1: 1"
    assert cells(table, "Death")[last] == "0/8 (0%; 0 to 37)"


def test_safety_without_any_event_says_so_and_invents_no_row():
    found = derive(patients=FOUR)
    table = safety_of(found)

    assert any("No observations to grade: cytokine release syndrome" in note for note in table.footnotes)
    assert [row.label for row in table.rows] == ["Death"]
    assert cells(table, "Death")["All (n = 4)"] == "0/4 (0 to 60)"


def test_safety_by_group_counts_a_patient_once_in_each_row():
    rows = [patient(f"P{n:02}", group="A" if n <= 10 else "B") for n in range(1, 21)]
    events = [event("P01", "other", day, day, term="Headache", body_system="NERVOUS SYSTEM") for day in (1, 2, 3)]
    events += [event("P11", "infection", 4, 5, term="Cold", serious=True), event("P12", "other", -9, -8, term="Fever")]
    events += [event("P13", "other", None, None, term="Rash")]
    found = derive(patients=rows, adverse_events=events)
    table = safety_of(found)
    a, b, total = table.columns[1:]

    assert cells(table, "Any event") == {a: "1/10 (10%)", b: "1/10 (10%)", total: "2/20 (10%)"}
    assert cells(table, "Serious event")[b] == "1/10 (10%)"
    assert cells(table, "Nervous system: Headache")[a] == "1/10 (10%)"
    assert cells(table, "Infection: Cold")[b] == "1/10 (10%)"
    assert "Fever" not in table.frame()["item"].str.cat()
    assert any("1 event without a first day" in note for note in table.footnotes)


def test_a_term_is_listed_from_five_per_cent_of_any_group_on():
    rows = [patient(f"P{n:02}", group="A" if n <= 20 else "B") for n in range(1, 42)]
    events = [event("P01", "other", 1, 2, term="In 1 of 20"), event("P21", "other", 1, 2, term="In 1 of 21")]
    found = derive(patients=rows, adverse_events=events)
    listed = safety_of(found).frame()["item"].str.cat(sep=" ")

    assert "In 1 of 20" in listed
    assert "In 1 of 21" not in listed


def test_a_row_must_have_a_cell_for_every_column():
    with pytest.raises(ValueError, match="must have 1 cells, not 2"):
        DisplayTable(("", "A"), (Row("x", ("1", "2")),))


def test_each_row_of_a_frame_stands_alone():
    table = DisplayTable(
        ("", "A"), (Row("Age", kind="section"), Row("Years", ("",)), Row("mean", ("7",), kind="detail"))
    )

    assert table.frame().to_dict("records") == [
        {"section": "Age", "item": "Years", "A": ""},
        {"section": "Age", "item": "Years: mean", "A": "7"},
    ]


def test_the_codebook_stands_complete_in_its_tables():
    columns, tests, items = data_quality.table_codebook(read_codebook())
    codebook = read_codebook()

    assert sum(row.kind == "row" for row in columns.rows) == sum(map(len, codebook.tables.values()))
    assert len(tests.rows) == len(codebook.tests)
    assert sum(row.kind == "section" for row in items.rows) == len(codebook.instruments)


def test_visits_are_counted_among_those_due():
    found = derived_cohort(8)
    table = data_quality.table_visits(found["visits"])
    statuses = found["visits"].query("visit == 'M12'")["status"].value_counts()

    n_due = statuses.sum() - statuses["not_due"]
    assert cells_of_row(table, "M12")[1] == str(n_due)


def cells_of_row(table, label):
    return next(row.cells for row in table.rows if row.label == label)


@pytest.fixture(scope="module")
def pilot():
    """Give ADSL and ADAE of the CDISC pilot study as they were analysed."""
    folder = find_pilot("adam")
    return pd.read_parquet(folder / "adsl.parquet"), pd.read_parquet(folder / "adae.parquet")


@pytest.fixture(scope="module")
def pilot_tables(pilot):
    """Give the pilot's participants and events in our form, straight from its analysis data."""
    adsl, adae = pilot
    adsl = adsl[adsl["SAFFL"] == "Y"]
    patients = [
        patient(row["USUBJID"], disease="AD", group=row["TRT01P"], age_years=row["AGE"], last_contact_day=200)
        for row in adsl.to_dict("records")
    ]
    # ADY has no day 0.
    day = adae["ASTDY"].where(adae["ASTDY"] < 0, adae["ASTDY"] - 1)
    events = [
        event(
            row["USUBJID"], "other", start, None, grade=None, term=row["AEDECOD"], body_system=row["AEBODSYS"],
            serious=row["AESER"] == "Y",
        )
        for row, start in zip(adae.to_dict("records"), day.astype("Int64"), strict=True)
    ]  # fmt: skip
    return derive(patients=patients, adverse_events=events)


def test_baseline_of_the_cdisc_pilot_agrees_with_its_report(pilot_tables):
    """Age by arm as in table 14-2.01 of the study report."""
    table = baseline_of(pilot_tables)
    placebo, high, low, _ = table.columns[1:]

    assert [cells(table, "Age, years: n")[arm] for arm in (placebo, high, low)] == ["86", "84", "84"]
    means = cells(table, "Age, years: mean (SD)")
    assert [means[arm] for arm in (placebo, high, low)] == ["75.21 (8.59)", "74.38 (7.89)", "75.67 (8.29)"]
    medians = cells(table, "Age, years: median (range)")
    assert [medians[arm].split(" ")[0] for arm in (placebo, high, low)] == ["76", "76", "77.5"]


def test_safety_of_the_cdisc_pilot_agrees_with_its_analysis_data(pilot, pilot_tables):
    """Participants with treatment-emergent events by arm, counted from the flags of ADAE."""
    adsl, adae = pilot
    flagged = adae[(adae["TRTEMFL"] == "Y") & (adae["SAFFL"] == "Y")].merge(adsl[["USUBJID", "TRT01P"]], on="USUBJID")
    table = safety_of(pilot_tables)
    arms = {column.rpartition(" (n =")[0]: column for column in table.columns[1:-1]}

    def expect(subset):
        counts = subset.groupby("TRT01P")["USUBJID"].nunique()
        return {column: str(counts.get(arm, 0)) for arm, column in arms.items()}

    def found(label):
        row = cells(table, label)
        return {column: row[column].split("/")[0] for column in arms.values()}

    assert expect(flagged) == dict(zip(arms.values(), ["65", "76", "77"], strict=True))
    assert found("Any event") == expect(flagged)
    assert found("Serious event") == expect(flagged[flagged["AESER"] == "Y"])
    for system, own in flagged.groupby("AEBODSYS"):
        label = system.capitalize()
        if (table.frame()["item"] == label).any():
            assert found(label) == expect(own), system
    pruritus = flagged[flagged["AEDECOD"] == "APPLICATION SITE PRURITUS"]
    label = "General disorders and administration site conditions: APPLICATION SITE PRURITUS"
    assert found(label) == expect(pruritus)


def test_courses_of_treatment_show_in_the_table_of_patients():
    found = derive(
        patients=[patient("P1"), patient("P2")],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -300, 20, dose=10),
            course("P2", "methotrexate", "csdmard", -300, -20),
        ],
    )
    table = baseline_of(found)

    assert cells(table, "Glucocorticoid")["P1"] == "yes"
    assert cells(table, "Prednisone equivalent at start of treatment, mg/day")["P1"] == "10"
    assert any("JAK inhibitors" in note for note in table.footnotes if note.startswith("Earlier treatment"))
