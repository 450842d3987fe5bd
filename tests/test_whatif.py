"""The what-if page before it is a file: cuts, controls, results, claims and curves of hand-made patients."""

import pandas as pd
import pytest
from cohorts import cd19, course, event, patient, raw_tables

from caseseries.derive.by_definition import derive_at_cut
from caseseries.derive.cohort.data_cut import select_until
from caseseries.design import Design
from caseseries.estimate import estimate_proportion, estimate_survival
from caseseries.exhibits.whatif.claims import EVERY, MEDIAN, MOST, NOBODY_HAS, judge
from caseseries.exhibits.whatif.curves import Curves
from caseseries.exhibits.whatif.page import make_page, page_bytes
from caseseries.exhibits.whatif.settings import list_settings
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

MONTH = 365.25 / 12
PAGE = Exhibit("whatif", "S11b", "page", "What if", "", "93_whatif")
ABOUT = About("A series", "patient", "a hospital", "none", "nobody", "none")


def fact(patient_id, name, *, time=None, is_met=True, choice="", cut="whole", months=0):
    return {
        "cut": cut, "months": months, "patient_id": patient_id, "definition": "any", "choice": choice, "fact": name,
        "time_days": time, "is_met": is_met,
    }  # fmt: skip


def people(*names, disease="SLE"):
    return pd.DataFrame({"patient_id": names, "disease": disease})


def contacts(*names, days=300):
    return [fact(name, "time:CONTACT", time=days, is_met=False) for name in names]


def table(name, rows, last_day):
    return select_until(raw_tables(**{"patients": [patient("P1")], name: rows}), last_day=last_day)[name]


@pytest.mark.parametrize(
    ("last_contact", "death", "expected"),
    [
        pytest.param(365, None, (100, None), id="follow-up ends with the cut"),
        pytest.param(80, None, (80, None), id="a shorter follow-up stays"),
        pytest.param(90, 90, (90, 90), id="a death before the cut is known"),
        pytest.param(150, 150, (100, None), id="a death after the cut is not"),
        pytest.param(None, None, (None, None), id="an unknown contact stays unknown"),
    ],
)
def test_a_cut_ends_contact(last_contact, death, expected):
    rows = [patient("P1", last_contact_day=last_contact, death_day=death)]
    found = select_until(raw_tables(patients=rows), last_day=100)["patients"].iloc[0]

    assert tuple(None if pd.isna(day) else int(day) for day in found[["last_contact_day", "death_day"]]) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(10, 100, [(10, 100, False)], id="a course that ended with the cut has ended"),
        pytest.param(10, 101, [(10, None, True)], id="a course that ended later is ongoing"),
        pytest.param(100, None, [(100, None, False)], id="a course without a last day stays without one"),
        pytest.param(101, 110, [], id="a later course is not known"),
    ],
)
def test_a_cut_leaves_courses_as_they_were_known(start, end, expected):
    found = table("medications", [course("P1", "prednisone", "glucocorticoid", start, end)], 100)

    assert [
        (row.start_day, None if pd.isna(row.end_day) else row.end_day, row.ongoing) for row in found.itertuples()
    ] == expected


def test_a_cut_leaves_events_as_they_were_known():
    found = table(
        "adverse_events", [event("P1", "crs", 3, 5), event("P1", "other", 90, 120), event("P1", "other", 101)], 100
    )

    assert found["start_day"].tolist() == [3, 90]
    assert found["ongoing"].tolist() == [False, True]
    assert found["end_day"].isna().tolist() == [False, True]


def test_a_cut_knows_of_a_visit_that_was_due_but_not_that_it_was_held():
    visits = [
        {"patient_id": "P1", "visit": "M3", "planned_day": 91, "actual_day": 104, "status": "done"},
        {"patient_id": "P1", "visit": "M6", "planned_day": 183, "actual_day": 180, "status": "done"},
        {"patient_id": "P1", "visit": "UNSCHEDULED", "planned_day": None, "actual_day": 60, "status": "unscheduled"},
        {"patient_id": "P1", "visit": "UNSCHEDULED", "planned_day": None, "actual_day": 160, "status": "unscheduled"},
    ]
    found = table("visits", visits, 100)

    assert found["visit"].tolist() == ["M3", "UNSCHEDULED"]
    assert found["actual_day"].isna().tolist() == [True, False]


def test_a_cut_does_not_touch_its_input():
    tables = raw_tables(patients=[patient("P1")], medications=[course("P1", "prednisone", "glucocorticoid", 10, 200)])
    select_until(tables, last_day=100)

    assert tables["medications"]["end_day"].tolist() == [200]
    assert tables["patients"]["last_contact_day"].tolist() == [365]


def test_a_return_that_a_later_sample_would_confirm_is_none_at_the_cut():
    counts = {0: 90, 7: 0, 60: 0, 91: 30, 120: 40}
    tables = raw_tables(patients=[patient("P1")], labs=cd19("P1", counts))
    days = {}
    for months in (0, 3):
        found = derive_at_cut(tables, cut="c", months=months, design=Design())
        own = found[
            (found["fact"] == "time:B_CELL_RETURN:two_samples_10_per_ul") & (found["choice"] == "below_1_per_ul")
        ]
        days[months] = (int(own["time_days"].iloc[0]), bool(own["is_met"].iloc[0]))

    assert days == {0: (91, True), 3: (91, False)}


def test_a_higher_limit_of_aplasia_is_met_earlier():
    tables = raw_tables(patients=[patient("P1")], labs=cd19("P1", {0: 90, 3: 9, 5: 4, 7: 0, 60: 0}))
    found = derive_at_cut(tables, cut="c", months=0, design=Design())
    own = found[found["fact"] == "time:B_CELL_DEPLETION:undetectable"].set_index("choice")["time_days"]

    assert own.to_dict() == {"below_1_per_ul": 7, "below_5_per_ul": 5, "below_10_per_ul": 3}


def test_each_patient_has_facts_under_every_criterion_of_the_own_disease_and_no_other():
    tables = raw_tables(patients=[patient("P1"), patient("P2", disease="JDM"), patient("P3", disease="SSc")])
    found = derive_at_cut(tables, cut="c", months=0, design=Design({"remission_criterion_sle": "CCR"}))
    own = found[found["definition"] == "remission"].groupby("patient_id")["choice"].agg(set).to_dict()

    # Nobody was ever seen: only sclerosis without a criterion has an answer, which is no.
    assert own == {"P3": {"none_agreed"}}


@pytest.mark.parametrize(
    ("kind", "estimate", "expected"),
    [
        pytest.param(EVERY, estimate_proportion(8, 8), (True, False), id="all"),
        pytest.param(EVERY, estimate_proportion(7, 8), (False, False), id="all but one"),
        pytest.param(NOBODY_HAS, estimate_proportion(0, 8), (True, False), id="none"),
        pytest.param(NOBODY_HAS, estimate_proportion(1, 8), (False, False), id="one"),
        pytest.param(MOST, estimate_proportion(4, 8), (False, False), id="a half is not most"),
        pytest.param(MOST, estimate_proportion(7, 8), (True, False), id="most, the exact interval reaches to 47%"),
        pytest.param(MOST, estimate_proportion(7, 8, method="wilson"), (True, True), id="most, above half by Wilson"),
        pytest.param(MOST, estimate_proportion(0, 0), (False, False), id="nobody proves nothing"),
        pytest.param(MEDIAN, estimate_survival([5, 9], [True, False]), (True, False), id="a median, no upper limit"),
        pytest.param(MEDIAN, estimate_survival([5, 9], [False, False]), (False, False), id="no median"),
        pytest.param(MEDIAN, estimate_survival([], []), (False, False), id="no patient, no median"),
    ],
)  # fmt: skip
def test_a_claim_is_judged_by_direction(kind, estimate, expected):
    assert judge(kind, estimate) == expected


def test_a_falling_curve_is_drawn_step_by_step():
    curves = Curves(12 * MONTH)
    curve = estimate_survival([3 * MONTH, 6 * MONTH, 6 * MONTH, 9 * MONTH], [True, True, False, False])

    assert curves.end == 12
    assert curves.line(curve, rises=False) == "M0 0H250V250H500V500H750"
    assert curves.line(curve, rises=True) == "M0 1000H250V750H500V500H750"
    assert curves.censored(curve, rises=False) == "M500 478v44M750 478v44"
    assert curves.at_risk(curve) == ["4", "4", "3", "1", "0"]


def test_a_band_goes_once_around_the_limits_and_is_none_where_there_are_no_limits():
    curves = Curves(12 * MONTH)
    some = estimate_survival([3 * MONTH, 6 * MONTH], [True, False], ci="plain")
    last = estimate_survival([3 * MONTH], [True])

    # S = 0.5, Greenwood's error 0.3536: 0.5 - 1.96 x 0.3536 lies below 0, the upper limit above 1.
    assert curves.band(some, rises=False) == "M250 0h250v1000h-250Z"
    assert curves.band(some, rises=True) == "M250 1000h250v-1000h-250Z"
    assert curves.band(last, rises=False) == ""
    assert curves.band(estimate_survival([], []), rises=False) == ""


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(0, ["0", "3"], id="nobody was followed"),
        pytest.param(729, ["0", "3", "6", "9", "12", "15", "18", "21", "24"], id="two years by quarters"),
        pytest.param(900, ["0", "6", "12", "18", "24", "30"], id="more by halves"),
        pytest.param(5479, ["0", "24", "48", "72", "96", "120", "144", "168", "192"], id="fifteen years"),
    ],
)
def test_the_axis_has_few_ticks(days, expected):
    assert [words for words, _ in Curves(days).ticks] == expected


def test_controls_that_could_change_nothing_are_not_there():
    rows = [
        *contacts("P1", "P2"),
        *(fact(name, "time:CONTACT", time=180, is_met=False, cut="m6", months=6) for name in ("P1", "P2")),
        *(fact(name, "time:CONTACT", time=300, is_met=False, cut="m12", months=12) for name in ("P1", "P2")),
    ]
    found = list_settings(pd.DataFrame(rows), people("P1", "P2", disease="JDM"), design=Design())

    assert "sle" not in found
    assert "ssc" not in found
    assert [choice.code for choice in found["cut"].choices] == ["m6", "whole"]
    assert found["cut"].choices[found["cut"].default].code == "whole"


def test_the_page_opens_with_the_options_of_the_run():
    options = {"b_cell_return_rule": "eliana", "remission_criterion_sle": "CCR", "b_cell_undetectable_below_per_ul": 2}
    found = list_settings(pd.DataFrame(contacts("P1")), people("P1"), design=Design(options))

    codes = {code: setting.choices[setting.default].code for code, setting in found.items()}
    assert (codes["return"], codes["sle"], codes["aplasia"]) == ("eliana", "CCR", "below_2_per_ul")
    assert [choice.label for choice in found["aplasia"].choices] == ["1/µL", "2/µL", "5/µL", "10/µL"]


@pytest.mark.parametrize(("n", "expected"), [(1, None), (2, 3), (12, 13), (13, None)])
def test_a_patient_can_be_left_out_of_a_cohort_that_is_neither_one_nor_large(n, expected):
    names = [f"P{number:02}" for number in range(n)]
    found = list_settings(pd.DataFrame(contacts(*names)), people(*names), design=Design())

    assert (len(found["without"].choices) if "without" in found else None) == expected


def test_one_who_is_left_out_is_in_no_number():
    rows = [
        *contacts("P1", "P2", "P3"),
        fact("P1", "REMISSION", choice="DORIS"),
        fact("P2", "REMISSION", choice="DORIS", is_met=False),
        fact("P3", "REMISSION", choice="DORIS"),
        fact("P1", "REMISSION", choice="CCR", is_met=False),
    ]
    made = make_page(pd.DataFrame(rows), people("P1", "P2", "P3"), design=Design())
    found = made.results["remission"]

    def counts(**state):
        patients = found.cases[found.case(made.state | state)]
        return sum(met for _, met in patients), len(patients)

    assert counts() == (2, 3)
    assert counts(without=1) == (1, 2)
    assert counts(sle=1) == (0, 1)
    assert counts(sle=1, without=1) == (0, 0)


def test_a_claim_counts_each_set_of_definitions_once():
    rows = contacts("P1", "P2")
    for choice in ("below_1_per_ul", "below_5_per_ul", "below_10_per_ul"):
        for name in ("P1", "P2"):
            rows.append(
                fact(
                    name,
                    "time:B_CELL_DEPLETION:undetectable",
                    time=7,
                    choice=choice,
                    is_met=name == "P1" or choice != "below_1_per_ul",
                )
            )
            rows.append(
                fact(name, "time:B_CELL_RETURN:eliana", time=100, choice=choice, is_met=choice == "below_5_per_ul")
            )
            rows.append(fact(name, "time:B_CELL_RETURN:aplasia_below_20_per_ul", time=90, choice=choice))
    made = make_page(pd.DataFrame(rows), people("P1", "P2"), design=Design())
    found = {entry.claim.code: entry for entry in made.specifications}

    assert (found["left"].n_holds, len(found["left"].variants)) == (2, 3)
    assert not found["left"].variants[found["left"].built].holds
    # Five rules with three limits each, and the rule that has its own limit; only two of the rules have data.
    assert len(found["return"].variants) == 16
    assert found["return"].n_holds == 2
    assert found["left"].left_out == (5, 6)
    assert "remission" not in found


def test_a_large_cohort_makes_a_page_below_three_megabytes():
    names = [f"P{number:03}" for number in range(300)]
    rows = []
    for place, name in enumerate(names):
        for cut, months in (("m6", 6), ("m12", 12), ("whole", 0)):
            end = min(int(months * MONTH) or 9999, 400 + place)
            rows.append(fact(name, "time:CONTACT", time=end, is_met=False, cut=cut, months=months))
            for step, choice in enumerate(("below_1_per_ul", "below_5_per_ul", "below_10_per_ul")):
                for number, rule in enumerate(("eliana", "first_measurable", "two_samples_10_per_ul")):
                    day = 60 + (place * 7 + 31 * number + 11 * step) % 300
                    rows.append(
                        fact(
                            name,
                            f"time:B_CELL_RETURN:{rule}",
                            time=min(day, end),
                            choice=choice,
                            cut=cut,
                            months=months,
                            is_met=day <= end,
                        )
                    )
    made = make_page(pd.DataFrame(rows), people(*names), design=Design())

    assert len(page_bytes(made, exhibit=PAGE, about=ABOUT)) < 3_000_000


def test_the_same_facts_in_another_order_make_the_same_bytes():
    rows = [*contacts("P1", "P2", "P3"), *(fact(name, "REMISSION", choice="DORIS") for name in ("P1", "P2"))]
    pages = [
        page_bytes(make_page(pd.DataFrame(own), people("P1", "P2", "P3"), design=Design()), exhibit=PAGE, about=ABOUT)
        for own in (rows, rows[::-1])
    ]

    assert pages[0] == pages[1]
