"""What a printed page must keep: no text on another, on an edge or off the page, and sizes that the journal takes."""

import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import pytest
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from caseseries.exhibits.drawing.style import FAMILY, LABEL_PT, MAX_HEIGHT_MM, SMALL_PT, journal_style, size_mm
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE
from caseseries.exhibits.forms.render import noted

DPI = 300
LARGEST_TEXT_PT = 7
SLACK = 0.2 * DPI / 72
"""A fifth of a point of two boxes may meet: letters do not fill their box."""


@dataclass(frozen=True)
class Layout:
    """What a figure shows as it is printed, in pixels: boxes by their words, and for each text how it is set."""

    boxes: list
    legends: list
    edges: list
    cut: list
    page: Bbox
    texts: list


def check_page(figure, width_mm):
    """Fail unless the page has the journal's width, height, sizes of text and typeface."""
    width, height = size_mm(figure)
    texts = lay_out(figure).texts
    letters = [text for text in texts if _is_panel_letter(text)]
    sizes = {text.get_fontsize(): text.get_text() for text in texts if text not in letters}

    assert width == pytest.approx(width_mm, abs=1e-6)
    assert height <= MAX_HEIGHT_MM + 1e-6
    assert min(sizes) >= SMALL_PT, sizes[min(sizes)]
    assert max(sizes) <= LARGEST_TEXT_PT, sizes[max(sizes)]
    assert {text.get_fontsize() for text in letters} <= {LABEL_PT}
    assert {text.get_fontfamily()[0] for text in texts} == {FAMILY}


def boxes(figure):
    """Give text and box, in pixels, of every text that is drawn; that of a turned text stands upright around it."""
    return lay_out(figure).boxes


def find_overlaps(figure):
    """Name the pairs of texts that lie on each other, and the texts that lie on an edge of a panel."""
    layout = lay_out(figure)
    pairs = itertools.chain(itertools.combinations(layout.boxes, 2), itertools.product(layout.boxes, layout.edges))
    return [(one, other) for (one, first), (other, second) in pairs if _meet(first, second)]


def find_outside(figure):
    """Name the texts and legends that leave the page, and the texts that the edge of their panel cuts."""
    layout = lay_out(figure)
    return [name for name, box in layout.boxes + layout.legends if _leaves(box, layout.page)] + layout.cut


_laid_out = WeakKeyDictionary()


def lay_out(figure):
    """Lay a finished figure out, once for all that is asked of it."""
    if figure not in _laid_out:
        with drawn(figure) as renderer:
            texts = _texts(figure)
            _laid_out[figure] = Layout(
                boxes=[(text.get_text(), text.get_window_extent(renderer).frozen()) for text in texts],
                legends=[
                    ("a legend", legend.get_window_extent(renderer).frozen())
                    for legend in figure.findobj(Legend)
                    if legend.get_visible() and legend.get_texts()
                ],
                edges=[("an edge of a panel", spine.get_window_extent(renderer).frozen()) for spine in _spines(figure)],
                cut=[
                    text.get_text()
                    for text in texts
                    if text.get_clip_on() and text.axes and _leaves(text.get_window_extent(renderer), text.axes.bbox)
                ],
                page=figure.bbox.frozen(),
                texts=texts,
            )
    return _laid_out[figure]


@contextmanager
def drawn(figure):
    """Lay a figure out as it will be printed, with the note at its foot, and give what measures its text."""
    before = figure.get_dpi()
    figure.set_dpi(DPI)
    try:
        with journal_style(), noted(figure, SYNTHETIC_NOTE):
            figure.draw_without_rendering()
            yield figure.canvas.get_renderer()
    finally:
        figure.set_dpi(before)


def _texts(figure):
    ticks = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not _is_within(tick.get_loc(), axis.get_view_interval())
    }
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    texts = [text for text in texts if id(text) not in ticks and (text.axes is None or text.axes.get_visible())]
    return [text for text in texts if text.axes is None or text.axes.axison or text in text.axes.texts]


def _spines(figure):
    shown = [axes for axes in figure.axes if axes.axison and axes.get_visible()]
    return [spine for axes in shown for spine in axes.spines.values() if spine.get_visible()]


def _is_panel_letter(text):
    return text.axes is None and len(text.get_text()) == 1 and text.get_fontweight() == "bold"


def _is_within(value, interval):
    return min(interval) - 1e-9 <= value <= max(interval) + 1e-9


def _meet(first, second):
    across = min(first.x1, second.x1) - max(first.x0, second.x0)
    upright = min(first.y1, second.y1) - max(first.y0, second.y0)
    return across > _slack(first.width, second.width) and upright > _slack(first.height, second.height)


def _slack(*extents):
    # A thin line lies in a box narrower than the slack of two texts.
    return min(SLACK, *(extent / 2 for extent in extents))


def _leaves(box, page):
    return box.x0 < page.x0 - 0.5 or box.y0 < page.y0 - 0.5 or box.x1 > page.x1 + 0.5 or box.y1 > page.y1 + 0.5
