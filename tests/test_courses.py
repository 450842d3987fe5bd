"""Courses of single patients: who is drawn how, what is drawn of a result, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
from cohorts import cohort, derived, derived_cohort, patient, raw_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from caseseries.derive.shared.results import derive_results
from caseseries.exhibits.drawing.courses import (
    course_of,
    describe_change,
    describe_course,
    drawn_values,
    last_month,
    look_of,
    plotted_course,
)
from caseseries.exhibits.drawing.measures import Measure, measure_of
from caseseries.exhibits.drawing.panels import draw_courses, median_course, set_months, set_scale
from caseseries.exhibits.drawing.style import add_panel, journal_style, new_figure


def lab(patient_id, day, value, *, test="DSDNA", operator="=", unit="IU/mL", **facts):
    base = {"patient_id": patient_id, "day": day, "test": test, "value": value, "operator": operator, "unit": unit}
    return base | facts


def vital(patient_id, day, hour, temperature_c):
    return {"patient_id": patient_id, "day": day, "hour": hour, "temperature_c": temperature_c}


def results(labs=(), vitals=()):
    raw = raw_tables(labs=list(labs), vital_signs=list(vitals))
    return derive_results(raw["labs"], raw["vital_signs"])


def panel():
    return add_panel(new_figure(width_mm=89, height_mm=60), left=15, top=5, width=60, height=40)


def test_of_several_samples_of_a_day_the_last_is_shown():
    found = results([lab("P1", 3, 40.0, hour=20), lab("P1", 3, 90.0, hour=6), lab("P1", 4, 7.0)])
    assert found[["day", "value"]].to_numpy().tolist() == [[3, 40.0], [4, 7.0]]


def test_the_highest_temperature_of_a_day_is_shown():
    found = results(vitals=[vital("P1", 2, 6, 37.1), vital("P1", 2, 18, 39.2), vital("P1", 2, 23, 38.0)])
    assert found[["test", "value", "unit"]].to_numpy().tolist() == [["TEMPERATURE", 39.2, "degrees C"]]


def test_a_result_without_a_value_is_not_shown():
    found = results([lab("P1", 3, None)], [vital("P1", 3, 6, None)])
    assert found.empty


def test_a_result_below_the_limit_is_drawn_at_half_of_it_and_told_as_the_limit():
    drawn = course_of(results([lab("P1", 0, 10.0, operator="<"), lab("P1", 30, 80.0)]), "DSDNA")
    assert drawn_values(drawn).tolist() == [5.0, 80.0]
    assert drawn["value"].tolist() == [10.0, 80.0]
    assert "1 below the limit of quantification" in describe_course(drawn, measure_of("DSDNA"))
    assert plotted_course(drawn, measure_of("DSDNA"))["Anti-dsDNA (IU/mL)"].tolist() == [10.0, 80.0]


def test_a_patient_keeps_colour_and_marker_when_others_have_no_value():
    everyone = derived_cohort(8)["patients"]
    look = look_of(everyone)
    assert {key.label: key.colour for key in look.key_entries(everyone["patient_id"][:3])}.items() <= {
        key.label: key.colour for key in look.key_entries()
    }.items()
    assert len({(style.colour, style.marker) for style in look.styles.values()}) == 8


def test_many_patients_share_the_key_of_their_disease():
    look = look_of(derived(cohort(40))["patients"])
    assert [key.label for key in look.key_entries()] == ["SLE", "JDM", "SSc"]


def test_the_month_axis_ends_with_the_longest_follow_up_in_whole_quarters():
    rows = [patient("P1", last_contact_day=365), patient("P2", last_contact_day=290)]
    patients = pd.DataFrame(rows)
    assert last_month(patients) == 12
    assert last_month(patients.assign(last_contact_day=[366, 10])) == 15
    assert last_month(patients.assign(last_contact_day=[20, 10])) == 3


def test_the_change_is_told_of_patients_with_both_values_only():
    labs = [lab("P1", -5, 100.0), lab("P1", 90, 20.0), lab("P2", -5, 300.0), lab("P3", 90, 1.0)]
    told = describe_change(course_of(results(labs), "DSDNA"), measure_of("DSDNA"))
    assert told == "Anti-dsDNA, value before infusion 100, at the last visit 20 (n = 1)."


def test_a_log_axis_shows_zero_in_a_band_of_its_own():
    axes = panel()
    set_scale(axes, Measure("CD19", "B cells", "cells/uL", "log"), pd.Series([0.0, 5.0, 400.0]))
    bottom, top = axes.get_ylim()
    assert bottom < 0 < 400 < top
    assert axes.get_yscale() == "symlog"
    assert 0 in axes.get_yticks()


def test_a_log_axis_without_zero_is_a_plain_one():
    axes = panel()
    set_scale(axes, Measure("CD19", "B cells", "cells/uL", "log"), pd.Series([5.0, 400.0]))
    assert (axes.get_yscale(), axes.get_ylim()) == ("log", (1, 1000))


@settings(deadline=None, max_examples=25)
@given(
    values=st.lists(st.floats(0, 1e6).map(lambda value: round(value, 6)), min_size=1, max_size=6),
    scale=st.sampled_from(["linear", "log"]),
)
def test_no_value_lies_outside_the_axis(values, scale):
    axes = panel()
    set_scale(axes, Measure("X", "X", "g/L", scale), pd.Series(values))
    low, high = axes.get_ylim()
    assert low <= min(values)
    assert high >= max(values)


def test_every_point_of_every_patient_is_drawn():
    found = derived(cohort(8))
    drawn = course_of(found["results"], "CD19")
    look = look_of(found["patients"])
    with journal_style():
        axes = panel()
        draw_courses(axes, drawn, measure_of("CD19"), look)
        set_months(axes, first=-2, last=12, start="infusion")
    points = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() not in ("None", "none", ""))
    assert points == len(drawn)


def test_the_median_line_counts_each_patient_once_in_a_period():
    days = np.array([30.0, 40.0, 35.0, 35.0, 35.0, 35.0])
    drawn = pd.DataFrame(
        {"patient_id": ["A", "A", "B", "C", "D", "E"], "day": days, "height": [900.0, 10.0, 20.0, 30.0, 40.0, 50.0]}
    )
    middle = median_course(drawn, by="day")
    assert middle[["n", "height"]].to_numpy().tolist() == [[5, 30.0]]
    assert median_course(drawn[drawn["patient_id"] != "E"], by="day").empty


def test_an_unknown_measure_is_refused():
    with pytest.raises(KeyError):
        measure_of("CHOLESTEROL_OF_THE_MOON")
