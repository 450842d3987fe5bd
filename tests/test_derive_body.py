"""The weight that counts for a dose: the nearest that was recorded, whatever the order of the rows."""

import numpy as np
import pandas as pd
import pytest
from cohorts import patient, raw_tables

from caseseries.derive.shared.body import compute_surfaces_m2, compute_weights_kg
from caseseries.design import Design


def weight(day, score):
    return {"patient_id": "P1", "instrument": "BODY", "item": "WEIGHT_KG", "day": day, "score": score}


def weight_of(*recorded, days=(100, 110), at_infusion=None, **options):
    tables = raw_tables(patients=[patient("P1", weight_kg=at_infusion)], assessments=list(recorded))
    intervals = pd.DataFrame({"patient_id": ["P1"], "start_day": [days[0]], "end_day": [days[1]]})
    found = compute_weights_kg(
        intervals, patients=tables["patients"], assessments=tables["assessments"], design=Design(options)
    )
    return found[0]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        pytest.param([(90, 30.0), (95, 31.0)], 31, id="the nearer of two counts"),
        pytest.param([(96, 30.0), (104, 31.0)], 31, id="of two as near to the first day the later counts"),
        pytest.param([(95, 30.0), (95, 31.0)], 31, id="of two on one day the higher counts"),
        pytest.param([(10, 30.0)], 30, id="90 days before the first day is near enough"),
        pytest.param([(9, 30.0)], np.nan, id="91 days before the first day is too far"),
        pytest.param([(200, 30.0)], 30, id="90 days after the last day is near enough"),
        pytest.param([(201, 30.0)], np.nan, id="91 days after the last day is too far"),
        pytest.param([(100, None), (120, 30.0)], 30, id="a weight that was not taken is passed over"),
        pytest.param([], np.nan, id="without a weight there is none"),
    ],
)
@pytest.mark.parametrize("step", [1, -1], ids=["rows in order", "rows the other way round"])
def test_the_nearest_weight_counts(recorded, expected, step):
    found = weight_of(*(weight(*own) for own in recorded[::step]))

    assert found == pytest.approx(expected, nan_ok=True)


def test_the_weight_at_infusion_is_one_of_day_0_and_stands_back_behind_the_assessment_of_that_day():
    assert weight_of(days=(5, 9), at_infusion=20.0) == 20
    assert weight_of(weight(0, 21.0), days=(5, 9), at_infusion=20.0) == 21
    assert weight_of(weight(-1, 21.0), days=(5, 9), at_infusion=20.0) == 20


def test_another_item_or_instrument_is_no_weight():
    height = weight(100, 130.0) | {"item": "HEIGHT_CM"}
    other = weight(100, 5.0) | {"instrument": "GLOBAL"}

    assert np.isnan(weight_of(height, other))


def test_a_child_of_20_kg_has_a_surface_of_four_fifths_of_a_square_metre():
    assert compute_surfaces_m2(pd.Series([20.0])).tolist() == pytest.approx([87 / 110])
