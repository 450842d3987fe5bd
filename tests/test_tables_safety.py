"""Safety by patient: derived beside recorded grades, their differences, and infections in patient-days."""

import pandas as pd
import pytest
from cohorts import event, patient, raw_tables
from described import describe_patients, empty_table

from caseseries.derive.cohort.events import derive_events
from caseseries.derive.safety import derive_safety
from caseseries.derive.safety.infections import EVERY
from caseseries.design import Design
from caseseries.exhibits.safety.infections import count_patient_days
from caseseries.exhibits.safety.table import table_safety

FIVE = [patient(f"P{n}", last_contact_day=400 - n) for n in range(1, 6)]
ALL = "All (n = 5)"


def fever(name, day, temperature, **facts):
    return {"patient_id": name, "day": day, "hour": 8, "temperature_c": temperature} | facts


def infusion(name):
    return {"patient_id": name, "product": "zorpo-cel", "day": 0, "dose_cells_per_kg": 1e6}


def derive(*, events=(), vital_signs=(), patients=FIVE):
    tables = {
        "patients": patients,
        "infusions": [infusion(row["patient_id"]) for row in patients],
        "adverse_events": list(events),
        "vital_signs": list(vital_signs),
    }
    raw, people = raw_tables(**tables), describe_patients(patients)
    found = derive_safety(raw, time_to_event=empty_table("time_to_event"), design=Design())
    return found | {
        "patients": people,
        "events": derive_events(raw["adverse_events"], patients=people, design=Design()),
    }


def safety(found, **options):
    names = ("patients", "events", "grades", "infections", "infection_rates")
    return table_safety(*(found[name] for name in names), design=Design(options))


def cell(table, label, column):
    frame = table.frame()
    rows = frame[frame["item"] == label]
    assert len(rows) == 1, label
    return rows.iloc[0][column]


def graded(**grades):
    """Make observations of all five on two days; the temperature of those named gives grade 1 on the first."""
    return [
        fever(row["patient_id"], day, 39.0 if day == 3 and row["patient_id"] in grades else 36.5)
        for row in FIVE
        for day in (3, 4)
    ]


@pytest.fixture(scope="module")
def differing():
    """Give a cohort whose P1 had fever and no event, and whose P2 has an event and no fever."""
    return safety(derive(events=[event("P2", "crs", 3, 5, grade=2)], vital_signs=graded(P1=1)))


def test_a_derived_grade_stands_above_the_recorded_one(differing):
    rows = [cell(differing, f"Cytokine release syndrome{words}", "P1") for words in ("", ": as recorded")]

    assert rows == ["grade 1†", "none"]
    assert cell(differing, "Cytokine release syndrome: as recorded", "P2") == "grade 2"
    assert cell(differing, "Cytokine release syndrome: onset, day", "P1") == "3"


def test_each_patient_whose_two_grades_differ_is_named_with_both(differing):
    (note,) = [note for note in differing.footnotes if note.startswith("Recorded and derived")]

    assert note == (
        "Recorded and derived grade differ: P1 (CRS: recorded 0, derived 1); P2 (CRS: recorded 2, derived 0)."
    )


def test_of_many_differences_the_first_are_named_and_the_others_counted():
    many = [patient(f"P{n}") for n in range(1, 10)]
    signs = [fever(row["patient_id"], 3, 39.0) for row in many]
    table = safety(derive(patients=many, vital_signs=signs, events=[event("P9", "other", 1, 2)]))
    (note,) = [note for note in table.footnotes if note.startswith("Recorded and derived")]

    assert note.count("recorded 0, derived 1") == 6
    assert note.endswith("and 3 more (derived/grades.csv).")


def test_grades_that_agree_are_said_to_agree():
    table = safety(derive(events=[event("P1", "crs", 3, 3, grade=1)], vital_signs=graded(P1=1)))

    assert "Recorded and derived grades of CRS are the same in every patient." in table.footnotes


def test_who_could_not_be_graded_is_no_part_of_the_denominator():
    signs = [row for row in graded(P1=1) if row["patient_id"] != "P5"]
    table = safety(derive(events=[event("P1", "crs", 3, 3)], vital_signs=signs))

    assert cell(table, "Cytokine release syndrome", "P5") == "n.a."
    assert cell(table, "Cytokine release syndrome", ALL) == "1/4 (1 to 81); grade 1: 1"
    assert "n.a., not assessable." in table.footnotes


def test_infections_count_by_window_with_an_exact_rate_in_all():
    """Two in the first 31 days of five patients: 200/155 per 100 days; Garwood limits of 2 events 0.2422 to 7.2247."""
    events = [event("P1", "infection", day, day + 3, grade=grade) for day, grade in ((0, 1), (30, 2), (31, 3))]
    table = safety(derive(events=events))

    assert [cell(table, f"Infections: days {words}", "P1") for words in ("0 to 30", "31 to 90")] == ["2", "1"]
    assert cell(table, "Infections: days 0 to 30", ALL) == "2 in 155 days; 1.29 (0.16 to 4.66)"
    assert cell(table, "Infections: severe", ALL) == "1 in 1,990 days; 0.05 (0.00 to 0.28)"
    assert cell(table, "Infections: days 0 to 30", "P2") == "0"


def test_a_patient_not_followed_into_a_window_has_no_number_there():
    people = [patient("P1", last_contact_day=60), patient("P2")]
    table = safety(derive(patients=people, events=[event("P2", "infection", 100, 110)]))

    assert cell(table, "Infections: days 91 to 180", "P1") == "–"
    assert cell(table, "Infections: days 91 to 180", "All (n = 2)") == "1 in 90 days; 1.11 (0.03 to 6.19)"


def test_days_and_numbers_in_all_are_those_of_the_table_of_rates():
    events = [event(f"P{n}", "infection", 20 * n, None, grade=n % 4 + 1) for n in range(1, 6)]
    found = derive(events=events)
    ends = found["patients"].set_index("patient_id")["last_contact_day"]
    rates = found["infection_rates"]

    for window in rates[rates["pathogen_class"] == EVERY].itertuples():
        last = None if pd.isna(window.last_day) else window.last_day
        assert count_patient_days(ends, first=window.first_day, last=last) == window.exposure_days
        own = found["infections"]
        counted = own if window.window == EVERY else own[own["window"] == window.window]
        assert len(counted) == window.n_infections


def test_the_day_from_which_cytopenia_is_late_is_an_option():
    found = derive(events=[event("P1", "cytopenia", 50, 60)])

    assert cell(safety(found), "Cytopenia from day 31 on, as recorded", "P1") == "grade 1"
    later = safety(found, icaht_early_last_day=55)
    assert any("No patient had: " in note and "cytopenia from day 56 on" in note for note in later.footnotes)


def test_findings_that_nobody_confirmed_are_named():
    found = derive(events=[event("P1", "other", 1, 2)])
    row = {"patient_id": "P3", "toxicity": "LICATS"}
    grades = found["grades"].copy()
    mask = (grades["patient_id"] == row["patient_id"]) & (grades["toxicity"] == row["toxicity"])
    grades.loc[mask, "decided_on"] = "no event recorded; not confirmed: kidney: creatinine doubled on day 12"
    table = safety(found | {"grades": grades})

    words = "Findings like LICATS without such an event on record: P3 (kidney: creatinine doubled on day 12)."
    assert words in table.footnotes


def test_groups_show_derived_toxicities_with_the_interval_in_the_last_column():
    people = [patient(f"P{n}", group="A" if n < 4 else "B") for n in range(1, 6)]
    table = safety(derive(patients=people, events=[event("P1", "crs", 3, 3)], vital_signs=graded(P1=1, P5=1)))
    section = "Toxicities of cell therapy, derived grade"
    rows = table.frame().set_index(["section", "item"])
    found = rows.loc[(section, "Cytokine release syndrome")]

    assert found.tolist() == ["1/3", "1/2", "2/5 (40%; 5 to 85)"]
    assert rows.loc[(section, "Cytokine release syndrome: grade 3 or more"), "Total (n = 5)"] == "0/5 (0%; 0 to 52)"
