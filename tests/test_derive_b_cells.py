"""Samples of CD19+ cells become days of depletion and return, with the days between which they lie."""

import pytest
from cohorts import PATIENTS, cd19, course, derived, patient, raw_tables

from caseseries.derive.kinetics.b_cell_samples import find_next_depletions, select_until_next_depletion
from caseseries.derive.kinetics.b_cells import derive_b_cell_times
from caseseries.design import Design
from caseseries.records.dataset import Dataset

SERIES = {0: 180, 7: 0, 28: 0, 60: 0, 91: 4, 120: 12, 150: 35, 183: 90}


def times(counts, rule="two_samples_10_per_ul"):
    tables = raw_tables(patients=[patient("P1")], labs=cd19("P1", counts))
    found = derive_b_cell_times(
        tables["labs"], patients=tables["patients"], design=Design({"b_cell_return_rule": rule})
    )
    return {row["endpoint"]: row for row in found.to_dict("records")}


def facts(row):
    upper = None if row["upper_day"] is None or row["upper_day"] != row["upper_day"] else row["upper_day"]
    return row["time_days"], row["is_event"], row["lower_day"], upper if row["is_event"] else None


def test_depletion_is_the_first_undetectable_sample():
    assert facts(times(SERIES)["b_cell_depletion"]) == (7, True, 0, 7)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("first_measurable", (91, True, 60, 91), id="the first measurable sample"),
        pytest.param("two_samples_10_per_ul", (120, True, 91, 120), id="the first of two samples of 10 per uL"),
        pytest.param("confirmed_100_per_ul", (183, False, 183, None), id="100 per uL is never reached: censored"),
    ],
)
def test_return_follows_the_rule_of_the_design(rule, expected):
    assert facts(times(SERIES, rule)["b_cell_return"]) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({0: 90, 7: 0, 60: 30, 90: 2, 120: 15, 150: 20}, (120, True, 90, 120), id="a lone rise is none"),
        pytest.param({0: 90, 7: 0, 60: 0, 120: 40}, (120, False, 60, None), id="the last sample awaits confirmation"),
        pytest.param({0: 90, 7: "<1", 60: "<1", 90: 10, 120: 10}, (90, True, 60, 90), id="exactly 10 counts"),
        pytest.param({0: 90, 7: 0, 60: "<20", 90: 11, 120: 12}, (90, True, 7, 90), id="below 20 leaves 10 open"),
        pytest.param({0: 90, 7: 0, 60: "<5", 90: 11, 120: 12}, (90, True, 60, 90), id="below 5 is below 10"),
        pytest.param({0: 90, 7: 0, 60: ">200", 90: 210}, (60, True, 7, 60), id="above 200 is at or above 10"),
    ],
)  # fmt: skip
def test_unclear_samples_do_not_make_a_return(counts, expected):
    assert facts(times(counts)["b_cell_return"]) == expected


def test_a_patient_whose_b_cells_never_left_is_not_at_risk_of_return():
    found = times({0: 150, 7: 120, 28: 100})

    assert not [endpoint for endpoint in found if "return" in endpoint.casefold()]
    assert facts(found["b_cell_depletion"]) == (28, False, 28, None)


def test_depletion_before_infusion_counts_from_day_0_and_has_no_lower_bound():
    found = times({-30: 0, 0: 0, 60: 20, 90: 30})

    assert found["b_cell_depletion"]["time_days"] == 0
    assert found["b_cell_depletion"]["lower_day"] is not found["b_cell_depletion"]["upper_day"]
    assert facts(found["b_cell_return"]) == (60, True, 0, 60)


def test_without_a_sample_after_infusion_there_is_no_row():
    assert times({-30: 120}) == {}


@pytest.mark.parametrize(
    ("drugs", "infused", "options", "expected"),
    [
        pytest.param([("rituximab", 100)], [], {}, (91, False, 91, None), id="rituximab ends the follow-up"),
        pytest.param([("Rituximab-abbs", 100)], [], {}, (91, False, 91, None), id="whatever its maker"),
        pytest.param([("rituximab", 120)], [], {}, (120, False, 91, None), id="the sample of its day still counts"),
        pytest.param([("rituximab", 151)], [], {}, (120, True, 91, 120), id="not if B cells were back before"),
        pytest.param([("rituximab", -90)], [], {}, (120, True, 91, 120), id="not rituximab before the infusion"),
        pytest.param([("belimumab", 100)], [], {}, (120, True, 91, 120), id="not a drug that spares them"),
        pytest.param([], [100], {}, (91, False, 91, None), id="a second infusion of cells"),
        pytest.param([("rituximab", 100)], [], {"b_cell_follow_up_ends": "last_sample"}, (120, True, 91, 120),
                     id="unless the design says otherwise"),
    ],
)  # fmt: skip
def test_a_second_depletion_ends_the_follow_up_of_b_cells(drugs, infused, options, expected):
    tables = raw_tables(
        patients=[patient("P1")],
        labs=cd19("P1", SERIES),
        medications=[course("P1", drug, "biologic", day, day) for drug, day in drugs],
        infusions=[{"patient_id": "P1", "day": day} for day in [0, *infused]],
    )
    design = Design(options)
    labs = select_until_next_depletion(
        tables["labs"], medications=tables["medications"], infusions=tables["infusions"], design=design
    )
    again = find_next_depletions(tables["medications"], infusions=tables["infusions"], design=design)
    found = derive_b_cell_times(labs, patients=tables["patients"], design=design, depleted_again=again)
    returned = found.set_index("endpoint").loc["b_cell_return"]

    assert facts(returned.to_dict()) == expected
    day, cause = again.get("P1", (None, ""))
    words = f"; follow-up ended by {cause} on day {day}" if again and not expected[1] else ""
    assert returned["reason"].endswith(words or ("samples" if expected[1] else "by day 120"))


@pytest.mark.parametrize(
    "drug",
    [
        *("rituximab", "obinutuzumab", "ocrelizumab", "ofatumumab", "ublituximab", "veltuzumab", "inebilizumab"),
        *("blinatumomab", "tafasitamab"),
    ],
)
def test_every_antibody_against_cd19_or_cd20_depletes_b_cells(drug):
    tables = raw_tables(medications=[course("P1", drug, "biologic", day, day) for day in (200, 100)])

    again = find_next_depletions(tables["medications"], infusions=tables["infusions"], design=Design())

    assert again == {"P1": (100, drug)}


def test_the_reason_names_the_drug_that_ended_follow_up():
    tables = raw_tables(
        patients=[patient("P1"), patient("P2")],
        labs=[*cd19("P1", {0: 180, 7: 0, 91: 4}), *cd19("P2", {0: 180, 7: 0, 91: 4})],
        medications=[course("P1", drug, "biologic", 150, 150) for drug in ("rituximab", "inebilizumab")],
        infusions=[{"patient_id": name, "day": day} for name, day in (("P1", 0), ("P2", 0), ("P2", 200))],
    )
    dataset = Dataset("two", PATIENTS, tables, ("patients", "labs", "medications", "infusions"))
    made = derived(dataset)
    reasons = made["time_to_event"].set_index(["patient_id", "endpoint"])["reason"]
    aplasia = made["kinetics"].set_index(["patient_id", "parameter"])["flag"]

    not_back = "not at or above 10/uL in 2 consecutive samples by day 91; follow-up ended by"
    assert reasons["P1", "b_cell_return"] == f"{not_back} inebilizumab and rituximab on day 150"
    assert reasons["P2", "b_cell_return"] == f"{not_back} another infusion on day 200"
    assert aplasia["P2", "APLASIA_DAYS:two_samples_10_per_ul"] == f"at least: {not_back} another infusion on day 200"
