"""Patients, diseases, groups and states can be told apart in print, in grey, and with any colour vision deficiency."""

import itertools

import pytest
from vision import DEFICIENCIES, LOOKS, ciede2000, difference, seen

from caseseries.exhibits.drawing.style import (
    DISEASE_COLOURS,
    GROUP_COLOURS,
    OTHER_COLOURS,
    PATIENT_COLOURS,
    PATIENT_MARKERS,
    STATE_COLOURS,
    patient_styles,
)

MARK, AREA = 10.0, 6.0
"""Least difference (CIEDE2000) of small marks and of filled bars.

Half of all viewers tell two colours apart from 8 units of lightness on if a mark is 0.23 degrees wide (1.2 mm at
30 cm), and from 6 if it is one degree wide (Stone, Szafir and Setlur 2014, Color and Imaging Conference 22:253).
"""

IN_COLOUR = [look for look in LOOKS if look != "grey print"]
PATIENTS_BY_COUNT = {n: patient_styles(f"P{number}" for number in range(1, n + 1)) for n in (8, 11, 88)}
OWN_STATES = ["on_glucocorticoid", "on_immunosuppression", "on_other_treatment", "drug_free", "indeterminate"]
TRIAL_STATES = ["on_study_drug", "off_study_drug", "indeterminate"]


def too_near(colours, look, least):
    pairs = itertools.combinations(dict(colours).items(), 2)
    found = [(one, other, round(difference(first, second, look), 1)) for (one, first), (other, second) in pairs]
    return [pair for pair in found if pair[2] < least]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_published_examples(first, second, expected):
    """Sharma, Wu and Dalal 2005, table 1."""
    assert ciede2000(first, second) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(second, first) == pytest.approx(expected, abs=5e-5)


def test_white_and_grey_stay_what_they_are_for_every_eye():
    for look in LOOKS:
        assert seen("#FFFFFF", look) == pytest.approx((100, 0, 0), abs=0.2)
        assert seen("#777777", look)[1:] == pytest.approx((0, 0), abs=0.2)


def test_red_and_green_come_near_each_other_without_red_or_green_cones():
    for look in ("protanopia", "deuteranopia"):
        assert difference("#D0312D", "#6B7A1E", look) < difference("#D0312D", "#6B7A1E") / 2


@pytest.mark.parametrize("look", IN_COLOUR)
def test_eight_patients_differ_by_colour_alone(look):
    colours = {name: style.colour for name, style in PATIENTS_BY_COUNT[8].items()}

    assert too_near(colours, look, MARK) == []


@pytest.mark.parametrize("n", [8, 11])
def test_up_to_eleven_patients_differ_by_marker_alone(n):
    assert len({style.marker for style in PATIENTS_BY_COUNT[n].values()}) == n


@pytest.mark.parametrize("look", IN_COLOUR)
def test_any_two_patients_differ_by_marker_or_clearly_by_colour(look):
    styles = PATIENTS_BY_COUNT[88].items()
    alike = [
        (one, other)
        for (one, first), (other, second) in itertools.combinations(styles, 2)
        if first.marker == second.marker and difference(first.colour, second.colour, look) < MARK
    ]

    assert len(PATIENT_COLOURS) * len(PATIENT_MARKERS) == 88
    assert alike == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_three_diseases_differ_also_in_grey(look):
    assert too_near(DISEASE_COLOURS, look, MARK) == []


@pytest.mark.parametrize("look", IN_COLOUR)
def test_further_diseases_and_the_arms_of_a_trial_differ(look):
    others = {f"other {number}": colour for number, colour in enumerate(OTHER_COLOURS, start=1)}

    assert too_near(DISEASE_COLOURS | others, look, MARK) == []
    assert too_near(enumerate(GROUP_COLOURS), look, MARK) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("states", [OWN_STATES, TRIAL_STATES], ids=["own treatment", "trial"])
def test_states_that_can_follow_each_other_in_a_bar_differ_also_in_grey(look, states):
    assert too_near({state: STATE_COLOURS[state] for state in states}, look, AREA) == []


@pytest.mark.parametrize("look", ["full colour vision", *DEFICIENCIES])
def test_all_states_differ_in_colour(look):
    assert set(STATE_COLOURS) == {*OWN_STATES, *TRIAL_STATES}
    assert too_near(STATE_COLOURS, look, AREA) == []


def test_the_more_treatment_the_darker():
    lightness = [seen(STATE_COLOURS[state], "full colour vision")[0] for state in OWN_STATES]

    assert lightness == sorted(lightness)
