"""IgG and antibodies of vaccines after the infusion: depth, duration, and what immunoglobulin hides."""

import pandas as pd
import pytest
from cohorts import course, patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from lupus_visits import result

from caseseries.derive.kinetics.antibodies import derive_antibodies
from caseseries.derive.treatment.administrations import derive_administrations
from caseseries.design import Design

BELOW = ("lower_limit", "low", "severe")


def table(labs, *, given=(), others=(), **options):
    """The rows of P1."""
    drugs = [
        course("P1", "immunoglobulin", "ivig", day, day, purpose="replacement", dose=0.4, dose_unit="g/kg")
        for day in given
    ]
    ld = course("P1", "fludarabine", "lymphodepletion", -5, -3, purpose="lymphodepletion")
    tables = raw_tables(
        patients=[patient("P1"), patient("P2")],
        labs=[row | {"patient_id": "P1"} for row in labs] + list(others),
        medications=[ld, *drugs],
    )
    design = Design(options)
    shown = derive_administrations(tables["medications"], patients=tables["patients"], design=design)
    made = derive_antibodies(
        tables["labs"],
        patients=tables["patients"],
        medications=tables["medications"],
        administrations=shown,
        design=design,
    )
    return made[made["patient_id"] == "P1"]


def antibodies(labs, **facts):
    """Parameters of P1 by analyte and parameter: the value, None if missing, and the flag."""
    return {
        (row.analyte, row.parameter): (None if pd.isna(row.value) else row.value, "" if pd.isna(row.flag) else row.flag)
        for row in table(labs, **facts).itertuples()
    }


def igg(series, *, low=6.3):
    return [result(day, "IGG", value, low=low) for day, value in series.items()]


def days_below(series, name="low", **facts):
    return antibodies(igg(series), **facts)["IGG", f"DAYS_BELOW:{name}"]


SERIES = {-8: 9.0, 14: 7.5, 28: 6.0, 60: 3.9, 91: 4.0, 183: 7.0, 365: 8.0}
"""Below 7 g/L on days 28 to 183, below the 6.3 g/L of the laboratory on the same, below 4 g/L on days 60 to 91."""


def test_days_below_each_limit_run_to_the_first_sample_that_is_not_below_it():
    """By hand: 183 - 28 = 155 days below 7 and below 6.3 g/L, 91 - 60 = 31 days below 4 g/L; a limit is not below."""
    made = antibodies(igg(SERIES))

    assert made["IGG", "LOWEST"] == (3.9, "")
    assert made["IGG", "LOWEST_DAY"] == (60, "")
    assert [made["IGG", f"FIRST_DAY_BELOW:{name}"] for name in BELOW] == [(28, ""), (28, ""), (60, "")]
    assert [made["IGG", f"DAYS_BELOW:{name}"] for name in BELOW] == [(155, ""), (155, ""), (31, "")]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        pytest.param({14: 6.9, 28: 7.0}, (14, ""), id="7.0 is not below 7"),
        pytest.param({14: 7.0, 28: 9.0}, (0, "never below"), id="never below is no day"),
        pytest.param({14: 6.0, 28: 8.0, 60: 5.0, 91: 8.0}, (45, ""), id="two times are summed"),
        pytest.param({14: 6.0, 28: 5.0}, (14, "at least: below in the sample of day 28"), id="still below at the end"),
        pytest.param({14: 6.0}, (0, "at least: below in the sample of day 14"), id="one sample has no duration"),
        pytest.param({-8: 5.0, 14: 8.0}, (0, "never below"), id="before the infusion nothing counts"),
        pytest.param({14: "<4", 28: 8.0}, (14, ""), id="below the assay is below"),
        pytest.param({14: "<9", 28: 8.0}, (0, "never below"), id="a bound that does not decide is passed over"),
        pytest.param({14: 6.0, 28: "<9", 60: 8.0}, (46, ""), id="and does not end the time"),
        pytest.param({14: "<9"}, (None, "no sample decides"), id="nothing decides"),
    ],
)
def test_days_below_7(series, expected):
    assert days_below(series) == expected


def test_igg_of_donors_does_not_end_the_time_below():
    """Replaced on day 30, seen until day 120: 8 g/L of days 60 and 91 is the donors', that of day 150 the child's."""
    series = {28: 6.0, 60: 8.0, 91: 8.0, 150: 8.0}

    assert days_below(series) == (32, "")
    value, flag = days_below(series, given=[30])
    assert (value, flag) == (122, "2 samples with antibodies of donors do not end it")
    assert days_below({28: 6.0, 60: 8.0, 91: 5.0}, given=[30])[0] == 63
    assert days_below({28: 6.0, 60: 8.0}, given=[-31])[0] == 32


def test_the_sample_of_the_day_of_immunoglobulin_is_a_trough():
    assert days_below({28: 6.0, 60: 8.0}, given=[60]) == (32, "")


def test_immunoglobulin_given_is_counted_after_day_0():
    made = antibodies(igg(SERIES), given=[-20, 0, 30, 60, 93])

    assert [made["IGG", f"IVIG_{name}"][0] for name in ("COUNT", "FIRST_DAY", "LAST_DAY")] == [3, 30, 93]
    assert made["IGG", "LOWEST"] == (3.9, "holds antibodies of donors")


def test_without_immunoglobulin_the_count_is_0_and_there_is_no_day():
    made = antibodies(igg(SERIES))

    assert [made["IGG", f"IVIG_{name}"] for name in ("COUNT", "FIRST_DAY", "LAST_DAY")] == [
        (0, ""),
        (None, ""),
        (None, ""),
    ]


def test_no_limit_of_the_laboratory_leaves_its_days_open():
    made = antibodies(igg(SERIES, low=None))

    assert made["IGG", "DAYS_BELOW:lower_limit"] == (None, "no sample decides")
    assert made["IGG", "DAYS_BELOW:low"] == (155, "")


def test_the_limits_are_options():
    made = antibodies(igg(SERIES), igg_low_g_per_l=4.1, igg_severe_g_per_l=3.0)

    assert made["IGG", "DAYS_BELOW:low"] == (183 - 60, "")
    assert made["IGG", "DAYS_BELOW:severe"] == (0, "never below")


def tetanus(series, *, cut_off=0.1):
    return [result(day, "TETANUS_IGG", value, low=cut_off) for day, value in series.items()]


def test_vaccine_antibodies_are_told_as_share_of_baseline():
    """By hand: 2.0 before treatment, lowest 0.5 (25%), last 1.5 (75%)."""
    made = antibodies(tetanus({-60: 9.0, -8: 2.0, -5: 7.0, 28: 1.0, 91: 0.5, 183: 1.5}))
    own = {name: value for (analyte, name), value in made.items() if analyte == "TETANUS_IGG"}

    assert own == {
        "BASELINE": (2.0, ""), "LAST": (1.5, ""), "LAST_DAY": (183, ""), "LAST_PERCENT_OF_BASELINE": (75, ""),
        "LOWEST_PERCENT_OF_BASELINE": (25, ""), "IS_LAST_AT_CUT_OFF": (1, ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("last", "words"),
    [("<0.1", "below the limit of the assay"), (">5", "above the limit of the assay"), (0.5, "")],
)
def test_a_result_beyond_the_limit_of_the_assay_says_so_in_every_number_that_rests_on_it(last, words):
    made = antibodies(tetanus({-8: 2.0, 28: 9.0, 183: last}))

    assert [made["TETANUS_IGG", name][1] for name in ("LAST", "LAST_PERCENT_OF_BASELINE")] == [words, words]
    lowest = made["TETANUS_IGG", "LOWEST_PERCENT_OF_BASELINE"]
    assert lowest == made["TETANUS_IGG", "LAST_PERCENT_OF_BASELINE"]
    assert made["TETANUS_IGG", "BASELINE"][1] == ""


@pytest.mark.parametrize(
    ("before", "words"), [("<0.1", "below the limit of the assay"), (">5", "above the limit of the assay")]
)
def test_a_baseline_beyond_the_limit_of_the_assay_says_so_in_each_share_of_it(before, words):
    made = antibodies(tetanus({-8: before, 183: 0.5}))

    assert made["TETANUS_IGG", "BASELINE"][1] == words
    assert made["TETANUS_IGG", "LAST"][1] == ""
    for name in ("LAST", "LOWEST"):
        assert made["TETANUS_IGG", f"{name}_PERCENT_OF_BASELINE"][1] == f"baseline {words}"


def test_of_two_results_as_low_the_one_below_the_limit_of_the_assay_is_the_lowest():
    made = antibodies(igg({14: 4.0, 28: "<4", 60: 4.0}) + tetanus({-8: 2.0, 14: 0.5, 28: "<0.5", 60: 1.0}))

    assert made["IGG", "LOWEST"] == (4.0, "below the limit of the assay")
    assert made["IGG", "LOWEST_DAY"] == (28, "")
    assert made["TETANUS_IGG", "LOWEST_PERCENT_OF_BASELINE"] == (25, "below the limit of the assay")


def test_of_equally_low_igg_the_first_day_counts():
    assert antibodies(igg({14: 5.0, 28: 4.0, 60: 4.0}))["IGG", "LOWEST_DAY"] == (28, "")


def test_every_number_has_its_unit():
    """IgG in g/L, antibodies of vaccines in IU/mL: data/codebook.csv."""
    made = table(igg(SERIES) + tetanus({-8: 2.0, 183: 1.5}), given=[30])
    units = {(row.analyte, row.parameter): row.unit for row in made.itertuples()}

    assert units == {
        ("IGG", "LOWEST"): "g/L", ("IGG", "LOWEST_DAY"): "day",
        **{("IGG", f"FIRST_DAY_BELOW:{name}"): "day" for name in BELOW},
        **{("IGG", f"DAYS_BELOW:{name}"): "days" for name in BELOW},
        ("IGG", "IVIG_COUNT"): "administrations", ("IGG", "IVIG_FIRST_DAY"): "day", ("IGG", "IVIG_LAST_DAY"): "day",
        ("TETANUS_IGG", "BASELINE"): "IU/mL", ("TETANUS_IGG", "LAST"): "IU/mL", ("TETANUS_IGG", "LAST_DAY"): "day",
        ("TETANUS_IGG", "LAST_PERCENT_OF_BASELINE"): "% of baseline",
        ("TETANUS_IGG", "LOWEST_PERCENT_OF_BASELINE"): "% of baseline",
        ("TETANUS_IGG", "IS_LAST_AT_CUT_OFF"): "yes/no",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0.1, 1, id="the cut-off itself is reached"),
        pytest.param(0.09, 0, id="below it"),
        pytest.param("<0.05", 0, id="below the assay"),
        pytest.param("<0.2", None, id="a bound above it is open"),
    ],
)
def test_the_cut_off_of_the_assay_decides_whether_the_last_result_protects(value, expected):
    assert antibodies(tetanus({-8: 2.0, 183: value}))["TETANUS_IGG", "IS_LAST_AT_CUT_OFF"][0] == expected


def test_without_a_baseline_or_a_cut_off_nothing_is_made_up():
    made = antibodies(tetanus({183: 1.0}, cut_off=None))
    zero = antibodies(tetanus({-8: 0.0, 183: 1.0}))

    for name in ("BASELINE", "LAST_PERCENT_OF_BASELINE", "LOWEST_PERCENT_OF_BASELINE"):
        assert made["TETANUS_IGG", name] == (None, "no baseline")
    assert made["TETANUS_IGG", "IS_LAST_AT_CUT_OFF"] == (None, "no cut-off decides")
    assert zero["TETANUS_IGG", "LAST_PERCENT_OF_BASELINE"][0] is None


def test_antibodies_of_donors_are_not_the_childs():
    some = antibodies(tetanus({-8: 2.0, 28: 1.0, 60: 5.0}), given=[30])
    none = antibodies(tetanus({-8: 2.0, 60: 5.0}), given=[30])
    before = antibodies(tetanus({-8: 2.0, 183: 1.0}), given=[-30])

    assert some["TETANUS_IGG", "LAST"] == (1.0, "")
    assert none["TETANUS_IGG", "LAST"] == (None, "every sample after day 0 holds antibodies of donors")
    assert none["TETANUS_IGG", "IS_LAST_AT_CUT_OFF"][0] is None
    assert before["TETANUS_IGG", "LAST_PERCENT_OF_BASELINE"] == (50, "baseline holds antibodies of donors")


def test_a_patient_without_a_sample_after_the_infusion_has_no_row():
    assert antibodies(igg({-8: 5.0, 0: 5.0})) == {}
    assert antibodies([]) == {}


@settings(deadline=None, derandomize=True, max_examples=15)
@given(
    st.dictionaries(st.integers(1, 700), st.floats(0.5, 15), min_size=1, max_size=6),
    st.floats(0.1, 3),
    st.randoms(use_true_random=False),
)
def test_less_igg_never_has_fewer_days_below_and_neither_order_nor_others_matter(series, less, chance):
    mixed = igg(series)
    chance.shuffle(mixed)
    others = [row | {"patient_id": "P2"} for row in igg({20: 1.0, 300: 2.0})]

    made = antibodies(igg(series))
    lower = antibodies(igg({day: max(value - less, 0) for day, value in series.items()}))

    assert antibodies(mixed, others=others) == made
    for name in BELOW:
        assert lower["IGG", f"DAYS_BELOW:{name}"][0] >= made["IGG", f"DAYS_BELOW:{name}"][0]
    assert lower["IGG", "LOWEST"][0] <= made["IGG", "LOWEST"][0]
