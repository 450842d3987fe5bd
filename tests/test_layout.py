"""The checks of a printed page find what they are there to find, and nothing on a page that is right."""

import pytest
from layout import boxes, check_page, find_outside, find_overlaps

from caseseries.exhibits.drawing.style import add_panel, add_text, journal_style, new_figure
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE


def page(change=lambda figure, axes: None):
    with journal_style():
        figure = new_figure(width_mm=89, height_mm=60)
        axes = add_panel(figure, left=15, top=8, width=50, height=35, letter="a")
        axes.plot([0, 1], [0, 1], label="P1")
        change(figure, axes)
    return figure


def test_a_page_that_is_right_passes():
    figure = page(lambda figure, axes: axes.legend(loc="upper left"))
    dpi = figure.get_dpi()

    check_page(figure, 89)
    assert find_overlaps(figure) == []
    assert find_outside(figure) == []
    assert {"a", "P1", SYNTHETIC_NOTE, "0.2"} <= {text for text, _ in boxes(figure)}
    assert (figure.get_dpi(), len(figure.texts)) == (dpi, 1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda figure, axes: add_text(figure, "late", left=1, top=5), ("a", "late")),
        (lambda figure, axes: axes.text(0.01, 0.5, "low", ha="right"), ("low", "an edge of a panel")),
        (lambda figure, axes: add_text(figure, "again", left=16, top=45.5), ("0.0", "again")),
        (lambda figure, axes: add_text(figure, "foot", left=2, top=58), ("foot", SYNTHETIC_NOTE)),
    ],
    ids=["a text on a panel letter", "a text on an edge", "a text on a tick label", "a text on the note"],
)
def test_an_overlap_is_named(change, found):
    named = [set(pair) for pair in find_overlaps(page(change))]

    assert set(found) in named


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda figure, axes: add_text(figure, "far", left=87, top=5), "far"),
        (lambda figure, axes: axes.legend(loc="center left", bbox_to_anchor=(1.45, 0.5)), "a legend"),
        (lambda figure, axes: axes.text(0.98, 0.5, "cut off here", clip_on=True), "cut off here"),
    ],
    ids=["a text off the page", "a legend off the page", "a text that its panel cuts"],
)
def test_what_leaves_the_page_is_named(change, found):
    assert found in find_outside(page(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda figure, axes: add_text(figure, "small", left=70, top=20, fontsize=4.5),
        lambda figure, axes: add_text(figure, "large", left=70, top=20, fontsize=7.5),
        lambda figure, axes: add_text(figure, "b", left=70, top=20, fontsize=9, fontweight="bold"),
        lambda figure, axes: add_text(figure, "other", left=70, top=20, fontfamily="DejaVu Sans"),
        lambda figure, axes: figure.set_figwidth(3.4),
        lambda figure, axes: figure.set_figheight(6.8),
    ],
    ids=["too small", "too large", "a panel letter too large", "another typeface", "too narrow", "too high"],
)
def test_a_page_that_the_journal_would_refuse_fails(change):
    with pytest.raises(AssertionError):
        check_page(page(change), 89)
