"""What holds of every derived table: the order of rows, other patients and the unit of a result never matter."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest
from bedside import tables_of
from cohorts import derived, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.all_scores import derive_scores
from caseseries.derive.safety.ctcae import LIMITS, TOXICITIES
from caseseries.derive.safety.lab_grades import derive_lab_grades
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design
from caseseries.paths import ROOT
from caseseries.records import read_dataset
from caseseries.records.dataset import Dataset

SYNTHETIC = ROOT / "data" / "synthetic"
ABOUT_ALL = {"contents", "rows", "filled_cells", "visits", "lab_shifts", "infection_rates", "ledger"}
"""Tables that count the whole data set, or take the planned visits of a patient from the others."""

IN_WORDS = ("decided_on", "remission_decided_on", "improvement_decided_on", "reason", "flag", "sign")
"""Columns in which a number stands as text, where the last digit may differ."""

OTHER_UNITS = {
    "HGB": ("g/dL", 0.1), "CREAT": ("umol/L", 88.42), "UPCR": ("mg/mmol", 1 / 8.84), "BILI": ("umol/L", 17.1),
    "CRP": ("mg/dL", 0.1), "C3": ("mg/dL", 100), "C4": ("mg/L", 1000), "FIBRINOGEN": ("mg/dL", 100),
    "IGG": ("mg/dL", 100), "ANC": ("/uL", 1000), "WBC": ("/uL", 1000), "CK": ("ukat/L", 1 / 60),
    "CART_DNA": ("copies/100 ng", 0.1), "CD19": ("10^9/L", 0.001),
}  # fmt: skip


def choose(dataset, patient_ids, *, rng=None):
    """The data set with some of its patients, in another order of rows if there is a source of chance."""
    tables = {}
    for name, frame in dataset.tables.items():
        own = frame[frame["patient_id"].isin(patient_ids)]
        order = np.arange(len(own)) if rng is None else rng.permutation(len(own))
        tables[name] = own.iloc[order].reset_index(drop=True)
    return Dataset(dataset.name, dataset.about, tables, dataset.present)


@pytest.fixture(scope="module")
def dataset():
    return read_dataset(SYNTHETIC)


@pytest.fixture(scope="module")
def one_of_each(dataset):
    """One patient with each disease."""
    return choose(dataset, dataset.tables["patients"].drop_duplicates("disease")["patient_id"].tolist())


@pytest.fixture(scope="module")
def tables(one_of_each):
    return derived(one_of_each)


def with_ties(dataset, *, rng):
    """The data set with second results, events and courses of the same days, as another method or term gave them."""
    tables = dict(dataset.tables)

    def add(name, n_rows, **changes):
        own = tables[name].iloc[rng.choice(len(tables[name]), n_rows, replace=False)].reset_index(drop=True)
        more = own.assign(**{column: change(own) for column, change in changes.items()})
        tables[name] = pd.concat([tables[name], more.astype(own.dtypes)], ignore_index=True)

    add(
        "labs", 900,
        method=lambda own: [f"method {number}" for number in range(len(own))],
        operator=lambda own: rng.choice(["<", "=", ">"], len(own)),
        value=lambda own: own["value"] * rng.choice([1, 1, 3], len(own)),
        lower_limit=lambda own: own["lower_limit"].where(rng.random(len(own)) < 0.7),
        hour=lambda own: rng.choice([np.nan, 8.0], len(own)),
    )  # fmt: skip
    add(
        "adverse_events", 12,
        term=lambda own: [f"{term} {number}" for number, term in enumerate(own["term"])],
        end_day=lambda own: own["end_day"] + rng.integers(0, 9, len(own)),
        grade=lambda own: own["grade"].where(rng.random(len(own)) < 0.7),
    )  # fmt: skip
    add("medications", 20, route=lambda own: ["subcutaneous"] * len(own), end_day=lambda own: own["end_day"] + 3)
    return Dataset(dataset.name, dataset.about, tables, dataset.present)


def test_the_order_of_rows_never_matters_not_even_on_one_day(one_of_each):
    rng = np.random.default_rng(20261122)
    tied = with_ties(one_of_each, rng=rng)
    patient_ids = tied.tables["patients"]["patient_id"].tolist()
    tables, shuffled = derived(tied), derived(choose(tied, patient_ids, rng=rng))

    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, shuffled[name], obj=name)


def test_other_patients_never_matter(one_of_each, tables):
    for patient_id in one_of_each.tables["patients"]["patient_id"]:
        alone = derived(choose(one_of_each, [patient_id]))
        for name in set(tables) - ABOUT_ALL:
            own = tables[name][tables[name]["patient_id"] == patient_id].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, alone[name], obj=f"{name} of {patient_id}")


def test_the_unit_of_a_result_never_matters(one_of_each, tables, tmp_path):
    folder = shutil.copytree(SYNTHETIC, tmp_path / "other-units")
    with (folder / "labs.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    reader = csv.DictReader(lines)
    rows = list(reader)
    for row in rows:
        if row["test"] in OTHER_UNITS:
            row["unit"], factor = OTHER_UNITS[row["test"]]
            row |= {
                name: repr(float(row[name]) * factor) for name in ("value", "lower_limit", "upper_limit") if row[name]
            }
    with (folder / "labs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    other = derived(choose(read_dataset(folder), one_of_each.tables["patients"]["patient_id"].tolist()))

    assert sum(row["test"] in OTHER_UNITS for row in rows) > 1000
    for name, frame in tables.items():
        columns = [column for column in frame if column not in IN_WORDS]
        pd.testing.assert_frame_equal(frame[columns], other[name][columns], obj=name, rtol=1e-9)


ORIGINLESS = (
    "SLEDAI_2K CSLEDAI_2K SLEDAI_BAND PGA_SLE DORIS CCR CCR_0 LLDAS CLLDAS UPCR CMAS MMT8 PGA CID_PRINTO CID_REVISED "
    "MRSS EUSTAR_2017 FVC_PCT DLCO_PCT"
)
"""Measures that look back from a visit and not to day 0; filtration rates are left out, since they go by age."""


@pytest.mark.parametrize("days", [1, 100])
def test_a_shift_of_all_days_shifts_the_scores_with_them(one_of_each, days):
    """Records from day 120 on, which no window around the infusion reaches; drugs from the first one on."""
    found = []
    for shift in (0, days):
        tables = dict(one_of_each.tables)
        for name in ("labs", "assessments", "vital_signs"):
            late = tables[name][tables[name]["day"] >= 120]
            tables[name] = late.assign(day=late["day"] + shift)
        drugs = tables["medications"][tables["medications"]["purpose"] != "lymphodepletion"]
        moved = {name: drugs[name] + shift for name in ("start_day", "end_day")}
        tables["medications"] = drugs.assign(**moved)
        tables["adverse_events"] = tables["adverse_events"].iloc[:0]
        people = tables["patients"].assign(
            last_contact_day=tables["patients"]["last_contact_day"] + shift, weight_kg=np.nan
        )
        tables["patients"] = people
        treatment = derive_treatment(
            tables["medications"], patients=people, assessments=tables["assessments"], design=Design()
        )
        scores = derive_scores(tables, treatment=treatment, design=Design())
        scores = scores[scores["measure"].isin(ORIGINLESS.split())]
        found.append(scores.assign(day=scores["day"] - shift)[["patient_id", "day", "measure", "value", "status"]])

    assert len(found[0]) > 80
    pd.testing.assert_frame_equal(*(frame.reset_index(drop=True) for frame in found))


SIGNS = {limit.toxicity: limit.sign[0] for limit in LIMITS}


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.sampled_from(sorted(TOXICITIES)),
    st.lists(st.floats(0.001, 5000), min_size=2, max_size=8, unique=True),
    st.one_of(st.none(), st.floats(0.1, 500)),
)
def test_a_worse_result_never_has_the_lower_grade(toxicity, values, baseline):
    """Same limits of normal and same baseline; a limit that is missing leaves the least grade to be compared."""
    test = TOXICITIES[toxicity]
    ordered = sorted(values, reverse=SIGNS[toxicity] == "<")
    common = {"test": test, "operator": "=", "lower_limit": 20.0, "upper_limit": 100.0}
    rows = [
        common | {"patient_id": f"P{number}", "day": day, "value": value}
        for number, worse in enumerate(ordered)
        for day, value in ((-9, baseline), (9, worse))
        if value is not None
    ]
    made = tables_of(patients=[patient("P0")], labs=rows)
    grades = derive_lab_grades(made["labs"], medications=made["medications"], design=Design())
    own = grades[(grades["toxicity"] == toxicity) & (grades["day"] == 9)].sort_values("patient_id")

    assert len(own) == len(ordered)
    assert own["least_grade"].is_monotonic_increasing
    assert own["most_grade"].is_monotonic_increasing
