"""Raw rows are listed as they stand in the files, with the numbers that a spreadsheet shows."""

import pandas as pd
from cohorts import SYNTHETIC, course, patient

from caseseries.records.dataset import write_dataset
from caseseries.records.listing import list_patients, read_rows


def write(folder, **rows):
    return write_dataset({name: pd.DataFrame(entries) for name, entries in rows.items()}, SYNTHETIC, folder)


def test_patients_are_listed_in_the_order_of_the_file(tmp_path):
    write(tmp_path, patients=[patient("P2"), patient("P10"), patient("P1")])

    assert list_patients(tmp_path) == ["P2", "P10", "P1"]


def test_rows_of_one_patient_keep_their_text_and_their_row_numbers(tmp_path):
    write(
        tmp_path,
        patients=[patient("P1"), patient("P2", weight_kg=40.0)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -30, 13, dose=7.5),
            course("P2", "<b>drug</b>", "csdmard", -400, None, dose=0.1),
        ],
    )
    rows = read_rows(tmp_path, patient_id="P2")

    assert list(rows) == ["patients", "medications"]
    assert rows["patients"]["row"].tolist() == ["3"]
    assert rows["medications"].iloc[0][["row", "drug", "daily_dose"]].tolist() == ["3", "<b>drug</b>", "0.1"]
    assert "end_day" not in rows["medications"]
    assert "patient_id" not in rows["patients"]


def test_a_patient_who_is_not_there_has_no_rows(tmp_path):
    write(tmp_path, patients=[patient("P1")])

    assert read_rows(tmp_path, patient_id="P9") == {}
