"""CAR T cell kinetics: samples of hand-made patients become parameters, each flag standing for one reason."""

import math

import pandas as pd
import pytest
from cohorts import patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.kinetics import derive_kinetics
from caseseries.derive.kinetics.parameters import PARAMETERS
from caseseries.design import Design

EXPANDING = {0: "<0.5", 3: 2, 5: 20, 7: 80, 10: 160, 14: 80, 21: 20, 28: 5, 60: "<0.5"}
TO_DAY_28 = 1325.369861


def samples(patient_id, counts, *, test="CART_BLOOD"):
    """One result per day, or per day and hour; a text such as "<1" is a result beyond a limit."""
    rows = []
    for when, count in counts.items():
        day, hour = when if isinstance(when, tuple) else (when, None)
        operator, value = (count[0], float(count[1:])) if isinstance(count, str) else ("=", count)
        rows.append({
            "patient_id": patient_id, "day": day, "hour": hour, "test": test, "value": value, "operator": operator,
        })  # fmt: skip
    return rows


def kinetics(counts, *, infusions=({"day": 0, "dose_cells_per_kg": 1e6},), more_labs=(), **options):
    tables = raw_tables(
        patients=[patient("P1")],
        infusions=[{"patient_id": "P1"} | infusion for infusion in infusions],
        labs=[*samples("P1", counts), *more_labs],
    )
    return derive_kinetics(
        tables["labs"], patients=tables["patients"], infusions=tables["infusions"], design=Design(options)
    )


def values(counts, **options):
    frame = kinetics(counts, **options).set_index("parameter")
    return frame["value"], frame["flag"].fillna("")


def test_a_course_gives_every_parameter_with_its_unit():
    """The constructed course whose area to day 28 is 1325.369861."""
    frame = kinetics(EXPANDING)
    found = {row.parameter: (row.value, row.unit) for row in frame.itertuples()}

    assert list(frame) == list(PARAMETERS)
    assert set(frame["analyte"]) == {"CART_BLOOD"}
    expected = {
        "CMAX": (160, "cells/uL"),
        "TMAX": (10, "days"),
        "CLAST": (5, "cells/uL"),
        "TLAST": (28, "days"),
        "AUC_LAST": (TO_DAY_28, "cells/uL x days"),
        "AUC_0_28": (TO_DAY_28, "cells/uL x days"),
        "AUC_ALL": (1405.369861, "cells/uL x days"),
        "AUC_INF": (1350.617025, "cells/uL x days"),
        "AUC_EXTRAPOLATED": (1.869306, "%"),
        "LAMBDA_Z": (0.198042, "per day"),
        "N_LAMBDA_Z": (3, "samples"),
        "R2_ADJ": (1, "ratio"),
        "SPAN_RATIO": (4, "half-lives"),
        "HALF_LIFE": (3.5, "days"),
        "DETECTABLE_M3": (math.nan, "yes/no"),
        "DETECTABLE_M6": (math.nan, "yes/no"),
        "DETECTABLE_M12": (math.nan, "yes/no"),
    }
    assert list(found) == list(expected)
    for name, (value, unit) in expected.items():
        assert found[name] == (pytest.approx(value, rel=5e-6, nan_ok=True), unit), name
    assert frame["flag"].isna()[:14].all()


@pytest.mark.parametrize(
    ("change", "value", "flag"),
    [
        pytest.param({}, TO_DAY_28, "", id="a sample on day 28"),
        pytest.param({28: None, 30: 5 * 2 ** (-2 / 3.5)}, TO_DAY_28, "interpolated at day 28", id="on day 30 instead"),
        pytest.param({28: "<0.5"}, 1325.369861 - 75.741490, "Tlast 21 < 28: area until Tlast", id="gone on day 28"),
        pytest.param(
            {28: None, 60: None}, 1325.369861 - 75.741490, "Tlast 21 < 28: area until Tlast", id="last sample on day 21"
        ),
        pytest.param({21: None, 20: 20, 28: None, 60: None}, None, "the last sample is of day 20", id="on day 20"),
        pytest.param({28: "<0.5", 60: 5}, None, "interpolated at day 28", id="below the limit on day 28 only"),
    ],
)
def test_early_exposure_ends_on_day_28_or_says_why_not(change, value, flag):
    counts = {day: count for day, count in (EXPANDING | change).items() if count is not None}
    found, flags = values(counts)

    assert flags["AUC_0_28"] == flag
    if "60: 5" in str(change):
        # Dropped between two quantifiable ones: from 20 on day 21 to 5 on day 60 by the logarithm.
        rate = math.log(4) / 39
        value = TO_DAY_28 - 75.741490 + 20 / rate * -math.expm1(-7 * rate)
    assert found["AUC_0_28"] == pytest.approx(math.nan if value is None else value, rel=1e-8, nan_ok=True)


def test_the_window_of_early_exposure_is_an_option_and_names_the_parameter():
    found, _ = values(EXPANDING, auc_window_days=14)

    assert found["AUC_0_14"] == pytest.approx(3 + 22 + 100 + 360 + 320 / math.log(2))
    assert "AUC_0_28" not in found


def test_a_window_may_ask_for_fewer_or_more_days_of_follow_up():
    short = {0: 0, 7: 80, 10: 160, 14: 80}

    assert math.isnan(values(short)[0]["AUC_0_28"])
    assert values(short, auc_window_last_sample_day=14)[0]["AUC_0_28"] == pytest.approx(280 + 360 + 320 / math.log(2))


@pytest.mark.parametrize(
    ("rule", "area", "cmax", "flag"),
    [
        pytest.param("before_infusion", 0.5 * 7 * 30, 30, "result of day 0 (40 cells/uL) taken as none",
                     id="a sample of day 0 was taken before the infusion"),
        pytest.param("as_measured", 7 * (40 - 30) / math.log(4 / 3), 40, "", id="unless the design says otherwise"),
    ],
)  # fmt: skip
def test_the_product_is_foreign_to_the_body(rule, area, cmax, flag):
    found, flags = values({0: 40, 7: 30}, day_0_sample_rule=rule)

    assert (found["AUC_LAST"], found["CMAX"]) == (pytest.approx(area), cmax)
    assert (flags["AUC_LAST"], flags["CMAX"]) == (flag, flag)


@pytest.mark.parametrize("counts", [{7: 30}, {-9: 3, 7: 30}, {-9: "<0.5", 0: "<0.5", 7: 30}])
def test_a_course_starts_at_the_infusion_with_none(counts):
    found, flags = values(counts)

    assert found["AUC_LAST"] == pytest.approx(105)
    assert flags["AUC_LAST"] == ""


def test_time_is_actual_where_the_hours_are_known():
    """Infused at noon: a sample of the same day at 18 h is a quarter of a day later, one at 6 h before the infusion."""
    hours = {(0, 6): 9, (0, 18): 4, (1, 12): 10, (2, None): 10}
    found, flags = values(hours, infusions=[{"day": 0, "hour": 12}])

    assert found["AUC_LAST"] == pytest.approx(0.25 * 4 / 2 + 0.75 * 7 + 10)
    assert found["TMAX"] == 1
    assert flags["CMAX"] == ""


def test_without_the_hour_of_infusion_samples_of_one_day_are_averaged():
    found, _ = values({(1, 6): 4, (1, 18): 8})

    assert found["CMAX"] == 6


def test_a_sample_of_the_morning_of_day_21_reaches_day_21():
    found, _ = values({(7, 12): 10, (21, 8): 5}, infusions=[{"day": 0, "hour": 12}])

    assert found["AUC_0_28"] > 0


@pytest.mark.parametrize(
    ("counts", "flagged", "not_flagged"),
    [
        pytest.param(
            {7: ">100", 10: 90, 14: 40, 28: 9}, ["CMAX", "TMAX", "AUC_LAST"], ["CLAST", "LAMBDA_Z"], id="peak"
        ),
        pytest.param({7: 90, 10: ">40", 14: 20, 28: 9}, ["CMAX", "LAMBDA_Z", "HALF_LIFE"], ["CLAST"], id="decline"),
        pytest.param(
            {7: 90, 14: 40, 21: 20, 28: ">9"}, ["CLAST", "LAMBDA_Z", "HALF_LIFE", "AUC_0_28"], ["TLAST"], id="end"
        ),
        pytest.param({7: 90, 28: 20, 35: ">50"}, ["CLAST", "AUC_LAST"], ["AUC_0_28"], id="after day 28"),
        pytest.param({7: 90, 30: ">50"}, ["AUC_0_28"], [], id="used to interpolate day 28"),
    ],
)
def test_what_rests_on_a_result_above_the_limit_is_flagged(counts, flagged, not_flagged):
    _, flags = values(counts)

    words = "rests on a result above the limit of the assay"
    assert all(words in flags[name].split("; ") for name in flagged)
    assert not any("above the limit of the assay" in flags[name] for name in not_flagged)


def test_cells_below_the_limit_throughout_are_none_and_say_so():
    found, flags = values({0: "<0.5", 7: "<0.5", 14: "<0.5", 28: "<0.5"})

    assert (found["CMAX"], found["AUC_0_28"], found["AUC_LAST"]) == (0, 0, 0)
    assert found[["TMAX", "TLAST", "CLAST", "AUC_INF", "HALF_LIFE"]].isna().all()
    assert (flags[["CMAX", "TMAX", "TLAST", "AUC_0_28"]] == "no quantifiable sample").all()
    assert flags["HALF_LIFE"] == "no terminal line"


@pytest.mark.parametrize(
    ("counts", "flag"),
    [
        pytest.param({7: 100, 14: 50, 21: 30, 28: 14}, "not reliable: fewer than 2 half-lives", id="short"),
        pytest.param({7: 100, 14: 50, 21: 25, 28: 12.5}, "", id="just long enough"),
        pytest.param({7: 100, 14: 50, 21: 9, 28: 40, 60: 2, 90: 9}, "not reliable: adjusted r2 below 0.8", id="noisy"),
        pytest.param({7: 100, 14: 50, 21: 25}, "no terminal line", id="two points"),
        pytest.param({7: 100, 14: 50, 21: 25, 28: 12.5, 35: 6.25}, "", id="long and straight"),
    ],
)
def test_a_terminal_line_that_cannot_be_trusted_says_why(counts, flag):
    found, flags = values(counts)

    assert flags["HALF_LIFE"].startswith(flag) if flag else flags["HALF_LIFE"] == ""
    assert math.isnan(found["HALF_LIFE"]) == (flag == "no terminal line")


@pytest.mark.parametrize(("limit", "flag"), [(1.86, "more than 1.86% extrapolated"), (1.87, "")])
def test_much_extrapolation_is_flagged(limit, flag):
    """The constructed course: 1.869306% of the area to infinity is extrapolated."""
    _, flags = values(EXPANDING, auc_max_extrapolated_percent=limit)

    assert (flags["AUC_INF"], flags["AUC_EXTRAPOLATED"]) == (flag, flag)


@pytest.mark.parametrize(
    ("late", "expected", "flag"),
    [
        pytest.param({91: 0.5}, 1, "", id="quantifiable at the target"),
        pytest.param({91: "<0.5"}, 0, "", id="below the limit"),
        pytest.param({77: 3}, 1, "", id="first day of the window"),
        pytest.param({76: 3, 106: 3}, None, "no sample within 14 days of day 91", id="outside the window"),
        pytest.param({85: 3, 95: "<0.5"}, 0, "", id="the nearest counts"),
        pytest.param({87: 3, 95: "<0.5"}, 0, "", id="of two as near the later"),
    ],
)
def test_persistence_is_read_from_the_sample_nearest_to_the_visit(late, expected, flag):
    found, flags = values({7: 80} | late)

    assert flags["DETECTABLE_M3"] == flag
    assert found["DETECTABLE_M3"] == pytest.approx(math.nan if expected is None else expected, nan_ok=True)


def test_a_result_without_an_operator_is_a_measured_one():
    plain = [row | {"operator": None} for row in samples("P1", {7: 80, 28: 5})]

    pd.testing.assert_frame_equal(kinetics({}, more_labs=plain), kinetics({7: 80, 28: 5}))


def test_an_ongoing_persistence_is_marked():
    assert values(EXPANDING)[1]["TLAST"] == ""
    assert values({7: 80, 91: 3})[1]["TLAST"] == "the last sample is quantifiable"


def test_a_second_infusion_ends_the_course():
    twice = [{"day": 0, "dose_cells_per_kg": 1e6}, {"day": 100, "dose_cells_per_kg": 1e6}]
    found, flags = values({7: 80, 28: 5, 100: 1, 107: 500, 180: 3}, infusions=twice)

    assert (found["CMAX"], found["TLAST"]) == (80, 100)
    assert flags["AUC_LAST"] == "followed until the second infusion on day 100"
    assert flags["TLAST"] == "followed until the second infusion on day 100; the last sample is quantifiable"
    assert math.isnan(found["DETECTABLE_M6"])


def test_of_several_later_infusions_the_first_ends_the_course():
    found, flags = values({7: 80, 60: 500, 107: 900}, infusions=[{"day": day} for day in (0, 100, 50)])

    assert (found["CMAX"], flags["CMAX"]) == (80, "followed until the second infusion on day 50")


def test_the_second_infusion_may_be_on_the_day_after_the_first():
    found, flags = values({1: 3, 7: 500}, infusions=[{"day": 0}, {"day": 1}])

    assert (found["CMAX"], flags["CMAX"]) == (3, "followed until the second infusion on day 1")


def test_peak_and_exposure_per_dose_are_given_on_demand():
    """Two bags of 1e6 and 0.5e6 cells/kg on day 0 are one dose."""
    bags = [{"day": 0, "dose_cells_per_kg": dose} for dose in (1e6, 0.5e6)]
    found, flags = values(EXPANDING, infusions=bags, dose_normalised_parameters="cmax_and_auc")
    unknown, why = values(EXPANDING, infusions=[], dose_normalised_parameters="cmax_and_auc")
    units = kinetics(EXPANDING, dose_normalised_parameters="cmax_and_auc").set_index("parameter")["unit"]

    assert found["CMAX_PER_DOSE"] == pytest.approx(160 / 1.5)
    assert found["AUC_0_28_PER_DOSE"] == pytest.approx(TO_DAY_28 / 1.5)
    assert units["CMAX_PER_DOSE"] == "cells/uL per 10^6 cells/kg"
    assert units["AUC_0_28_PER_DOSE"] == "cells/uL x days per 10^6 cells/kg"
    assert flags["CMAX_PER_DOSE"] == ""
    assert values(EXPANDING, dose_normalised_parameters="cmax_and_auc")[0]["CMAX_PER_DOSE"] == pytest.approx(160)
    assert math.isnan(unknown["CMAX_PER_DOSE"])
    assert why["CMAX_PER_DOSE"] == "the dose is not recorded"
    assert "CMAX_PER_DOSE" not in values(EXPANDING)[0]


def test_cells_and_copies_are_two_analytes_with_their_own_units():
    copies = samples("P1", {0: "<50", 7: 9000, 28: 400}, test="CART_DNA")
    frame = kinetics(EXPANDING, more_labs=copies).set_index(["analyte", "parameter"])

    assert frame.loc[("CART_DNA", "CMAX"), "value"] == 9000
    assert frame.loc[("CART_DNA", "AUC_0_28"), "unit"] == "copies/ug x days"
    assert frame.loc[("CART_BLOOD", "CMAX"), "value"] == 160


@pytest.mark.parametrize("counts", [{}, {0: 5}, {-9: 0, 0: "<0.5"}, {7: None}])
def test_without_a_result_after_the_infusion_there_is_no_row(counts):
    frame = kinetics(counts)

    assert frame.empty
    assert frame.dtypes.astype(str).to_dict() == PARAMETERS


def test_samples_of_someone_who_is_not_a_patient_are_left_out():
    assert set(kinetics(EXPANDING, more_labs=samples("STRANGER", EXPANDING))["patient_id"]) == {"P1"}


DECLINE = {0: 0, 3: 2, 7: 100, 10: 60, 14: 18, 17: "<0.5", 21: 5, 28: 2, 35: 1}
HALVING = {7: 100, 14: 50, 21: 25, 28: 12.5}
LATE_RISE = {7: 64, 8: 30, 9: 13, 10: 6.2, 11: 2, 12: 4, 13: 8}


@pytest.mark.parametrize(
    ("counts", "option", "value", "parameter", "numbers"),
    [
        pytest.param(
            HALVING, "auc_rule", "linear", "AUC_LAST", (350 + 612.5 / math.log(2), 350 + 918.75), id="trapezoids"
        ),
        pytest.param({1: 8, 2: 0, 3: 8}, "blq_between_rule", "zero", "AUC_LAST", (20, 12), id="zero in between"),
        pytest.param(HALVING, "lambda_z_fit_from", "from_tmax", "N_LAMBDA_Z", (3, 4), id="peak in the line"),
        pytest.param(HALVING, "lambda_z_min_points", 4, "N_LAMBDA_Z", (3, math.nan), id="points of the line"),
        pytest.param(DECLINE, "lambda_z_r2_tolerance", 1.0, "N_LAMBDA_Z", (3, 5), id="tolerance of the line"),
        pytest.param(
            LATE_RISE, "lambda_z_best_among", "falling_fits", "N_LAMBDA_Z", (math.nan, 6), id="lines that are compared"
        ),
    ],
)
def test_every_choice_of_the_analysis_moves_its_number(counts, option, value, parameter, numbers):
    found = (values(counts)[0][parameter], values(counts, **{option: value})[0][parameter])

    assert found == pytest.approx(numbers, nan_ok=True)


COURSES = st.lists(
    st.lists(st.tuples(st.integers(-10, 400), st.integers(0, 500)), min_size=1, max_size=10), min_size=6, max_size=6
)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(COURSES, st.randoms())
def test_neither_the_order_of_rows_nor_other_patients_matter(courses, random):
    own = [row for day, count in courses[0] for row in samples("P0", {day: f"<{count or 1}" if count < 5 else count})]
    mixed = own + [row for n, course in enumerate(courses[1:]) for row in samples(f"P{n + 1}", dict(course))]
    random.shuffle(mixed)
    frames = []
    for labs in (own, mixed):
        tables = raw_tables(patients=[patient(f"P{n}") for n in range(6)], labs=labs)
        infusions = tables["infusions"]
        frames.append(
            derive_kinetics(tables["labs"], patients=tables["patients"], infusions=infusions, design=Design())
        )
    alone, together = frames

    pd.testing.assert_frame_equal(together[together["patient_id"] == "P0"].reset_index(drop=True), alone, rtol=1e-12)
