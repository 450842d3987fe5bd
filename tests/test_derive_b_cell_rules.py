"""Every rule of aplasia and return on the same samples, and the depth and length of aplasia."""

import math

import pandas as pd
import pytest
from cohorts import patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.kinetics.b_cell_samples import APLASIA, RETURN_RULES, derive_b_cell_samples
from caseseries.derive.kinetics.b_cells import derive_b_cell_measures, derive_b_cell_times
from caseseries.design import OPTIONS, Design

SERIES = {0: 180, 7: 0, 28: 0, 60: 0, 91: 4, 120: 12, 150: 35, 183: 90}


def results(test, counts, patient_id="P1"):
    """One result per day; a text such as "<1" is a result beyond a limit."""
    rows = []
    for day, count in counts.items():
        operator, value = (count[0], float(count[1:])) if isinstance(count, str) else ("=", count)
        rows.append({"patient_id": patient_id, "day": day, "test": test, "value": value, "operator": operator})
    return rows


def tables_of(*, options=None, **tests):
    rows = [row for test, counts in tests.items() for row in results(test, counts)]
    tables = raw_tables(patients=[patient("P1")], labs=rows)
    return tables["labs"], {"patients": tables["patients"], "design": Design(options or {})}


def times(*, options=None, **tests):
    labs, rest = tables_of(options=options, **tests)
    frame = derive_b_cell_times(labs, **rest).astype(object)
    return {
        row.endpoint: (row.time_days, row.is_event, row.lower_day, None if pd.isna(row.upper_day) else row.upper_day)
        for row in frame.itertuples()
    }


def measures(*, options=None, **tests):
    labs, rest = tables_of(options=options, **tests)
    frame = derive_b_cell_measures(labs, **rest).set_index("parameter")
    return frame["value"], frame["flag"].fillna("")


def test_the_rules_are_those_that_the_design_offers():
    assert set(OPTIONS["b_cell_return_rule"].allowed) == set(RETURN_RULES)


def test_one_series_by_every_rule():
    """Lymphocytes 1.2 and leukocytes 4 throughout: 1% of lymphocytes is 12/uL, 3% is 36/uL, 1% of leukocytes 40/uL."""
    found = times(CD19=SERIES, LYM=dict.fromkeys(SERIES, 1.2), WBC=dict.fromkeys(SERIES, 4.0))

    assert found == {
        "B_CELL_DEPLETION:undetectable": (7, True, 0, 7),
        "B_CELL_DEPLETION:below_20_per_ul": (7, True, 0, 7),
        "B_CELL_RETURN:first_measurable": (91, True, 60, 91),
        "B_CELL_RETURN:two_samples_10_per_ul": (120, True, 91, 120),
        "B_CELL_RETURN:confirmed_100_per_ul": (183, False, 183, None),
        "B_CELL_RETURN:loss_of_aplasia_cincinnati": (150, True, 120, 150),
        "B_CELL_RETURN:aplasia_below_20_per_ul": (150, True, 120, 150),
        "B_CELL_RETURN:eliana": (183, True, 150, 183),
        "b_cell_depletion": (7, True, 0, 7),
        "b_cell_return": (120, True, 91, 120),
    }


@pytest.mark.parametrize("rule", RETURN_RULES)
def test_the_rule_of_the_design_names_the_endpoints_that_have_no_rule_in_their_name(rule):
    found = times(
        options={"b_cell_return_rule": rule},
        CD19={0: 90, 7: 15, 14: 0, 60: 30, 90: 150, 120: 150},
        LYM={60: 2, 90: 2, 120: 2},
        WBC={60: 4, 90: 4, 120: 4},
    )

    assert found["b_cell_return"] == found[f"B_CELL_RETURN:{rule}"]
    assert found["b_cell_depletion"] == found[f"B_CELL_DEPLETION:{RETURN_RULES[rule].ends}"]
    assert found["B_CELL_DEPLETION:below_20_per_ul"] == (7, True, 0, 7)
    assert found["B_CELL_DEPLETION:undetectable"] == (14, True, 7, 14)


@pytest.mark.parametrize(
    ("rule", "cd19", "others", "reached"),
    [
        pytest.param("first_measurable", 1, {}, True, id="1 is measurable"),
        pytest.param("first_measurable", 0.99, {}, False, id="below 1 is not"),
        pytest.param("first_measurable", "<5", {}, False, id="below the limit of the assay is not"),
        pytest.param("first_measurable", ">0.5", {}, None, id="above 0.5 leaves it open"),
        pytest.param("two_samples_10_per_ul", 10, {}, True, id="10 is enough"),
        pytest.param("two_samples_10_per_ul", 9.9, {}, False, id="9.9 is not"),
        pytest.param("two_samples_10_per_ul", 10 * (0.1 + 0.2) / 0.3, {}, True, id="10 but for the last binary digit"),
        pytest.param("aplasia_below_20_per_ul", 20, {}, True, id="20 ends aplasia below 20"),
        pytest.param("aplasia_below_20_per_ul", 19.9, {}, False, id="19.9 does not"),
        pytest.param("confirmed_100_per_ul", 100, {}, True, id="100 is at or above 100"),
        pytest.param("loss_of_aplasia_cincinnati", 100, {}, True, id="Cincinnati: 100 decides without lymphocytes"),
        pytest.param("loss_of_aplasia_cincinnati", 99, {}, None, id="Cincinnati: 99 does not"),
        pytest.param("loss_of_aplasia_cincinnati", 12, {"LYM": 1.2}, False, id="Cincinnati: 1% is not above 1%"),
        pytest.param("loss_of_aplasia_cincinnati", 12.1, {"LYM": 1.2}, True, id="Cincinnati: above 1%"),
        pytest.param("loss_of_aplasia_cincinnati", "<1", {"LYM": 0.05}, False, id="undetectable is no return"),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"LYM": "<0.2"}, True, id="Cincinnati: above 1% of the most"),
        pytest.param("loss_of_aplasia_cincinnati", 1, {"LYM": "<0.2"}, None, id="Cincinnati: fewer leave it open"),
        pytest.param("loss_of_aplasia_cincinnati", 1, {"LYM": ">0.2"}, False, id="Cincinnati: below 1% of the least"),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"LYM": ">0.2"}, None, id="Cincinnati: more leave it open"),
        pytest.param(
            "loss_of_aplasia_cincinnati", 5, {"LYM": 1, "CD19_PCT": 1.1}, True, id="the measured share counts"
        ),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"CD19_PCT": "<1"}, False, id="Cincinnati: a share below 1%"),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"CD19_PCT": "<2"}, None, id="Cincinnati: below 2% is open"),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"CD19_PCT": ">1"}, True, id="Cincinnati: a share above 1%"),
        pytest.param("loss_of_aplasia_cincinnati", 5, {"CD19_PCT": ">0.5"}, None, id="Cincinnati: above 0.5% is open"),
        pytest.param("eliana", 40, {"WBC": 4, "LYM": 2}, True, id="ELIANA: 1% of leukocytes"),
        pytest.param("eliana", 39, {"WBC": 4, "LYM": 2}, False, id="ELIANA: neither"),
        pytest.param("eliana", 36, {"WBC": 4, "LYM": 1.2}, True, id="ELIANA: 3% of lymphocytes"),
        pytest.param("eliana", 36, {"LYM": 1.2}, True, id="ELIANA: lymphocytes suffice"),
        pytest.param("eliana", 35, {"LYM": 1.2}, None, id="ELIANA: leukocytes are missing"),
        pytest.param("eliana", 0, {"WBC": 0, "LYM": 0}, False, id="none of none is no return"),
    ],
)
def test_a_sample_reaches_a_rule(rule, cd19, others, reached):
    labs, rest = tables_of(CD19={30: cd19}, **{test: {30: value} for test, value in others.items()})
    answer = derive_b_cell_samples(labs, design=rest["design"])[rule].iloc[0]

    assert (None if pd.isna(answer) else bool(answer)) == reached


@pytest.mark.parametrize(
    ("lym", "share", "value", "operator"),
    [
        pytest.param(4.2 * 0.22, 1.5, 13.86, "=", id="leukocytes 4.2, 22% lymphocytes, 1.5% of them"),
        pytest.param(2.0, "<0.05", 1.0, "<", id="share below a limit"),
        pytest.param("<0.1", 2, 2.0, "<", id="lymphocytes below a limit"),
    ],
)
def test_a_count_from_two_platforms_is_lymphocytes_times_share(lym, share, value, operator):
    """4200/uL x 0.22 x 0.015 = 13.9/uL."""
    labs, rest = tables_of(CD19_PCT={30: share}, LYM={30: lym})
    sample = derive_b_cell_samples(labs, design=rest["design"]).iloc[0]

    assert (sample["value"], sample["operator"]) == (pytest.approx(value), operator)


@pytest.mark.parametrize(
    ("tests", "is_gone", "is_low", "reaches"),
    [
        pytest.param({"CD19_PCT": {30: "<0.05"}, "LYM": {30: ">2"}}, True, True, False, id="below a limit"),
        pytest.param({"CD19_PCT": {30: 2}}, False, None, False, id="2%"),
        pytest.param({"CD19_PCT": {30: 3}}, False, None, True, id="3%"),
        pytest.param({"CD19_PCT": {30: ">3"}}, False, None, True, id="above 3%"),
        pytest.param({"CD19_PCT": {30: 0}}, True, True, False, id="none"),
    ],
)
def test_a_share_without_a_count_is_a_sample_of_its_own(tests, is_gone, is_low, reaches):
    labs, rest = tables_of(**tests)
    [row] = derive_b_cell_samples(labs, design=rest["design"]).astype(object).to_dict("records")

    assert pd.isna(row["value"])
    assert row["undetectable"] == is_gone
    assert row["below_20_per_ul"] == is_low if is_low is not None else pd.isna(row["below_20_per_ul"])
    assert row["eliana"] == reaches or (not reaches and pd.isna(row["eliana"]))


def test_lymphocytes_alone_are_no_sample():
    labs, rest = tables_of(LYM={30: 2})

    assert derive_b_cell_samples(labs, design=rest["design"]).empty


def test_a_count_is_preferred_to_a_product():
    labs, rest = tables_of(CD19={30: 9}, CD19_PCT={30: 2}, LYM={30: 1})

    assert derive_b_cell_samples(labs, design=rest["design"])["value"].tolist() == [9]


def test_another_marker_may_stand_for_b_cells():
    tests = {"CD19": dict.fromkeys(SERIES, 0), "CD20": SERIES}

    assert times(options={"b_cell_marker": "CD20"}, **tests) == times(CD19=SERIES)
    assert times(**tests)["b_cell_return"] == (183, False, 183, None)
    assert set(derive_b_cell_measures(*[tables_of(**tests)[0]], **tables_of(**tests)[1])["analyte"]) == {"CD19"}


def test_the_limit_of_detection_is_an_option():
    counts = {0: 90, 7: 2, 60: 2, 90: 5, 120: 5}

    assert times(CD19=counts)["B_CELL_DEPLETION:undetectable"] == (120, False, 120, None)
    found = times(CD19=counts, options={"b_cell_undetectable_below_per_ul": 3})
    assert found["B_CELL_DEPLETION:undetectable"] == (7, True, 0, 7)
    assert found["B_CELL_RETURN:first_measurable"] == (90, True, 60, 90)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({0: 90, 7: 0, 60: 0, 90: 12, 120: "<20"}, (90, False, 60, None), id="the last sample is open"),
        pytest.param({0: 90, 7: 0}, (7, False, 7, None), id="no sample after depletion"),
        pytest.param({0: 90, 7: 0, 60: "<20"}, (7, False, 7, None), id="no later sample decides"),
    ],
)
def test_without_return_the_time_ends_at_the_last_sample_that_decides(counts, expected):
    assert times(CD19=counts)["B_CELL_RETURN:two_samples_10_per_ul"] == expected


@pytest.mark.parametrize(
    ("counts", "words"), [({7: 0}, "no later sample"), ({7: 0, 9: "<20"}, "no later sample decides")]
)
def test_the_reason_tells_a_missing_sample_from_one_that_does_not_decide(counts, words):
    labs, rest = tables_of(CD19=counts)

    assert derive_b_cell_times(labs, **rest).set_index("endpoint").loc["b_cell_return", "reason"] == words


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({0: 100}, (0, False, 0, None), id="measured on day 0 only"),
        pytest.param({-9: 100, 7: ">0.5"}, None, id="judged before the infusion only"),
        pytest.param({7: ">0.5"}, None, id="never judged"),
    ],
)
def test_depletion_is_judged_from_day_0_on(counts, expected):
    assert times(CD19=counts).get("B_CELL_DEPLETION:undetectable") == expected
    assert math.isnan(measures(CD19=counts)[0]["DEPLETION_DAY:undetectable"])


def test_every_row_gives_its_reason_in_words():
    labs, rest = tables_of(CD19=SERIES, options={"b_cell_return_rule": "first_measurable"})
    reasons = derive_b_cell_times(labs, **rest).set_index("endpoint")["reason"]

    assert reasons["b_cell_depletion"] == "first undetectable sample"
    assert reasons["b_cell_return"] == "measurable in one sample"
    assert reasons["B_CELL_RETURN:two_samples_10_per_ul"] == "at or above 10/uL in 2 consecutive samples"
    assert reasons["B_CELL_RETURN:confirmed_100_per_ul"] == "not at or above 100/uL in 2 consecutive samples by day 183"
    assert reasons["B_CELL_RETURN:loss_of_aplasia_cincinnati"].endswith("by day 60")


def test_the_reason_of_depletion_names_the_state_of_aplasia():
    def reasons(counts):
        labs, rest = tables_of(CD19=counts)
        made = derive_b_cell_times(labs, **rest).set_index("endpoint")["reason"]
        return made["B_CELL_DEPLETION:undetectable"], made["B_CELL_DEPLETION:below_20_per_ul"]

    assert reasons({0: 90, 7: 0}) == ("first undetectable sample", "first sample below 20/uL")
    assert reasons({0: 90, 7: 30}) == ("measurable in every sample", "at or above 20/uL in every sample")


def test_the_reason_of_return_names_the_limits_of_its_rule():
    back = {0: 90, 7: 0, 60: 150, 90: 150}
    labs, rest = tables_of(CD19=back, LYM=dict.fromkeys(back, 1.2), WBC=dict.fromkeys(back, 4.0))
    reasons = derive_b_cell_times(labs, **rest).set_index("endpoint")["reason"]

    assert {name: reasons[f"B_CELL_RETURN:{name}"] for name in RETURN_RULES} == {
        "first_measurable": "measurable in one sample",
        "two_samples_10_per_ul": "at or above 10/uL in 2 consecutive samples",
        "confirmed_100_per_ul": "at or above 100/uL in 2 consecutive samples",
        "loss_of_aplasia_cincinnati": "above 1% of lymphocytes or at or above 100/uL in 2 consecutive samples",
        "aplasia_below_20_per_ul": "at or above 20/uL in one sample",
        "eliana": "at or above 1% of leukocytes or 3% of lymphocytes in one sample",
    }


def test_counts_are_per_ul_and_a_day_is_not_a_duration():
    labs, rest = tables_of(CD19=SERIES)
    made = derive_b_cell_measures(labs, **rest)

    kinds = {"NADIR": "cells/uL", "NADIR_DAY": "day", "DEPLETION_DAY": "day", "RETURN_DAY": "day",
             "APLASIA_DAYS": "days"}  # fmt: skip
    assert set(zip(made["parameter"].str.split(":").str[0], made["unit"], strict=True)) == set(kinds.items())


def test_aplasia_below_20_begins_and_ends_at_20_although_b_cells_were_never_undetectable():
    counts = {0: 90, 7: 15, 28: 4, 60: 20}
    value, _ = measures(CD19=counts)

    assert times(CD19=counts)["B_CELL_RETURN:aplasia_below_20_per_ul"] == (60, True, 28, 60)
    assert value["APLASIA_DAYS:aplasia_below_20_per_ul"] == 53
    assert "B_CELL_RETURN:first_measurable" not in times(CD19=counts)


def test_aplasia_has_a_depth_and_a_length():
    value, flag = measures(CD19=SERIES)

    assert (value["NADIR"], value["NADIR_DAY"], flag["NADIR"]) == (0, 7, "")
    assert (value["DEPLETION_DAY:undetectable"], value["DEPLETION_DAY:below_20_per_ul"]) == (7, 7)
    assert value["RETURN_DAY:two_samples_10_per_ul"] == 120
    assert value["APLASIA_DAYS:two_samples_10_per_ul"] == 113
    assert value["APLASIA_DAYS:first_measurable"] == 84
    assert math.isnan(value["RETURN_DAY:confirmed_100_per_ul"])
    assert value["APLASIA_DAYS:confirmed_100_per_ul"] == 176
    assert flag["APLASIA_DAYS:confirmed_100_per_ul"].startswith("at least: not at or above 100/uL")


@pytest.mark.parametrize(
    ("counts", "nadir", "day", "flag"),
    [
        pytest.param({-30: 1, 0: 90, 7: 5, 14: 2, 28: 2, 60: 40}, 2, 14, "", id="the first of the lowest from day 0"),
        pytest.param({0: 90, 7: 1, 14: "<1"}, 1, 14, "below the limit of the assay", id="below 1 is lower than 1"),
        pytest.param({0: 90, 7: "<5", 14: 2}, 2, 14, "", id="2 is lower than below 5 promises"),
    ],
)
def test_the_nadir_is_the_lowest_count_from_day_0(counts, nadir, day, flag):
    value, flags = measures(CD19=counts)

    assert (value["NADIR"], value["NADIR_DAY"], flags["NADIR"]) == (nadir, day, flag)


def test_where_b_cells_never_left_there_is_a_nadir_and_no_aplasia():
    value, flag = measures(CD19={0: 150, 7: 120, 28: 100})

    assert list(value.index) == ["NADIR", "NADIR_DAY", "DEPLETION_DAY:undetectable", "DEPLETION_DAY:below_20_per_ul"]
    assert value[list(value.index)[2:]].isna().all()
    assert flag["DEPLETION_DAY:undetectable"] == APLASIA["undetectable"][1]


def test_without_samples_both_tables_are_empty_but_whole():
    for frame in (derive_b_cell_times, derive_b_cell_measures):
        labs, rest = tables_of(CD19={-9: 100})
        assert frame(labs, **rest).empty


N_DRAWN = 12
COUNTS = st.one_of(st.sampled_from(["<1", "<5", "<20", ">50"]), st.integers(0, 200))
SERIES_OF_PATIENTS = st.lists(
    st.dictionaries(st.integers(0, 400), COUNTS, min_size=1, max_size=9), min_size=N_DRAWN, max_size=N_DRAWN
)


def times_of(rows, n):
    tables = raw_tables(patients=[patient(f"P{number}") for number in range(n)], labs=rows)
    return derive_b_cell_times(tables["labs"], patients=tables["patients"], design=Design())


@settings(max_examples=8, deadline=None, derandomize=True)
@given(SERIES_OF_PATIENTS, st.randoms())
def test_times_keep_their_bounds_and_row_order_never_matters(series, random):
    rows = []
    for number, counts in enumerate(series):
        for test, values in (
            ("CD19", counts),
            ("LYM", dict.fromkeys(counts, 1.2)),
            ("WBC", dict.fromkeys(counts, 4.0)),
        ):
            rows += results(test, values, f"P{number}")
    found = times_of(rows, N_DRAWN)
    random.shuffle(rows)
    pd.testing.assert_frame_equal(times_of(rows, N_DRAWN), found)

    last = {f"P{number}": max(counts) for number, counts in enumerate(series)}
    for row in found.itertuples():
        if row.is_event:
            assert pd.isna(row.lower_day) or row.lower_day < row.time_days == row.upper_day
        else:
            assert row.lower_day <= row.time_days <= last[row.patient_id]
    by_endpoint = {endpoint: own.set_index("patient_id")["time_days"] for endpoint, own in found.groupby("endpoint")}
    if "B_CELL_RETURN:first_measurable" in by_endpoint:
        wait = by_endpoint["B_CELL_RETURN:first_measurable"] - by_endpoint["B_CELL_DEPLETION:undetectable"]
        assert (wait.dropna() >= 0).all()


RAISED = st.tuples(st.lists(st.integers(0, 200), min_size=3, max_size=9), st.integers(0, 8), st.integers(1, 200))
COUNT_RULES = ("first_measurable", "two_samples_10_per_ul", "confirmed_100_per_ul", "aplasia_below_20_per_ul")


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(RAISED, min_size=N_DRAWN, max_size=N_DRAWN))
def test_more_b_cells_never_return_later(drawn):
    """A sample after depletion is raised: by no rule of counts is the return later than before."""
    rows = []
    for number, (counts, place, more) in enumerate(drawn):
        low = {0: 100, 7: 0} | {37 + 30 * n: count for n, count in enumerate(counts)}
        day = list(low)[2 + place % len(counts)]
        rows += results("CD19", low, f"P{2 * number}") + results(
            "CD19", low | {day: low[day] + more}, f"P{2 * number + 1}"
        )
    found = times_of(rows, 2 * N_DRAWN).set_index(["patient_id", "endpoint"])

    for number in range(N_DRAWN):
        for rule in COUNT_RULES:
            before, after = (found.loc[(f"P{2 * number + n}", f"B_CELL_RETURN:{rule}")] for n in (0, 1))
            assert after["time_days"] <= before["time_days"] or not before["is_event"]


def test_shares_of_lymphocytes_that_nobody_counted_decide_what_they_can():
    """ELIANA: at or above 3% of lymphocytes; loss of aplasia: above 1% of them, twice."""
    shares = {0: 12, 14: 0, 60: 0, 120: 5, 150: 8}
    found = times(CD19_PCT=shares)

    assert found["B_CELL_DEPLETION:undetectable"] == (14, True, 0, 14)
    assert found["B_CELL_RETURN:eliana"] == found["B_CELL_RETURN:loss_of_aplasia_cincinnati"] == (120, True, 60, 120)
    assert found["B_CELL_RETURN:first_measurable"] == (120, True, 60, 120)
    assert not found["B_CELL_RETURN:confirmed_100_per_ul"][1]
    assert "NADIR" not in measures(CD19_PCT=shares)[0]


def test_a_share_between_counts_ends_aplasia_by_the_rules_in_percent():
    counts = {14: "<1", 60: "<1", 183: 150, 210: 200}
    found = times(CD19=counts, CD19_PCT={91: 6, 120: 9})

    assert found["B_CELL_RETURN:eliana"] == (91, True, 60, 91)
    assert found["B_CELL_RETURN:confirmed_100_per_ul"] == (183, True, 60, 183)
    assert measures(CD19=counts, CD19_PCT={91: 6, 120: 9})[0]["NADIR"] == 1
