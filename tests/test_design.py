"""Options of method: every one has a source, and a wrong name or value is refused."""

import pytest

from caseseries.design import OPTIONS, Design
from caseseries.design.option import choice, number
from caseseries.errors import UsageError

DOSE = number("dose_limit", 5.0, 0, 100, "mg/day", "Highest dose", "by hand")
WINDOW = number("window_days", 30, 1, 365, "days", "Window", "by hand")
RULE = choice("rule", "strict", ("strict", "wide"), "Rule", "by hand")


@pytest.mark.parametrize(
    ("option", "given", "value"),
    [
        (DOSE, "7.5", 7.5),
        (DOSE, 0, 0.0),
        (DOSE, 100, 100.0),
        (WINDOW, "10", 10),
        (WINDOW, 1.0, 1),
        (RULE, "WIDE", "wide"),
    ],
)
def test_a_value_comes_back_in_the_type_of_the_option(option, given, value):
    checked = option.check_value(given)

    assert checked == value
    assert type(checked) is type(option.default)


@pytest.mark.parametrize(
    ("option", "given", "message"),
    [
        (DOSE, "100.1", "dose_limit must be a number from 0 to 100 (mg/day), not '100.1'."),
        (DOSE, "-1", "dose_limit must be a number from 0 to 100 (mg/day), not '-1'."),
        (DOSE, "nan", "dose_limit must be a number from 0 to 100 (mg/day), not 'nan'."),
        (DOSE, True, "dose_limit must be a number from 0 to 100 (mg/day), not True."),
        (WINDOW, "10.5", "window_days must be a whole number from 1 to 365 (days), not '10.5'."),
        (WINDOW, None, "window_days must be a whole number from 1 to 365 (days), not None."),
        (RULE, "loose", "rule must be one of strict, wide, not 'loose'."),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(option, given, message):
    with pytest.raises(UsageError) as refusal:
        option.check_value(given)

    assert str(refusal.value) == message


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_every_option_has_a_label_a_source_and_a_default_that_is_allowed(option):
    assert option.label
    assert option.source
    assert option.check_value(option.default) == option.default


def test_an_unknown_option_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean b_cell_return_rule"):
        Design({"b_cell_return": "first_measurable"})


def test_only_what_differs_from_the_default_counts_as_changed():
    assert Design({"b_cell_return_rule": "two_samples_10_per_ul"}).changed == {}
    assert Design({"b_cell_return_rule": "first_measurable"}).changed == {"b_cell_return_rule": "first_measurable"}
