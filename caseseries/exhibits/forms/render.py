"""A drawn figure to the bytes of one file: exact size, embedded typeface, title and alternative text inside."""

from __future__ import annotations

import io
from contextlib import contextmanager

import matplotlib as mpl
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.text import Text

from caseseries.errors import ExhibitError
from caseseries.exhibits.drawing.style import (
    FONT_FILES,
    NOTE_STRIP_MM,
    SMALL_PT,
    journal_style,
    register_fonts,
    size_mm,
)
from caseseries.exhibits.forms.note import data_note, heading
from caseseries.exhibits.forms.pdf import finish_pdf
from caseseries.exhibits.forms.provenance import NAME, Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.forms.svg import svg_bytes
from caseseries.exhibits.model import Drawing
from caseseries.plan import Exhibit
from caseseries.records.dataset import About


def render_figure(
    drawing: Drawing,
    *,
    exhibit: Exhibit | None,
    about: About | None,
    format: str,  # noqa: A002
    provenance: Provenance | None = None,
) -> bytes:
    """Give a figure as pdf, svg or png, with title, alternative text and the note on synthetic data inside.

    With ``provenance`` the file carries that record, sealed.
    """
    name = exhibit.id if exhibit else "figure"
    title, note = heading(exhibit), data_note(about)
    description = " ".join(filter(None, [note, drawing.alt_text]))
    with journal_style(), noted(drawing.figure, note):
        mpl.rcParams["svg.hashsalt"] = name
        if format == "svg":
            made = svg_bytes(drawing.figure, name=name, title=title, description=description, record=provenance)
        elif format == "pdf":
            without = dict.fromkeys(("Creator", "Producer", "CreationDate", "ModDate"))
            facts = {"Title": title, "Subject": description, "Keywords": f"{name}; {note}" if note else name}
            made = finish_pdf(
                _saved(drawing.figure, "pdf", without), facts=facts, alt_text=description, record=provenance
            )
        else:
            facts = {"Title": title, "Description": description, "Source": name, "Software": None}
            record = {NAME: provenance.text()} if provenance else {}
            made = _saved(drawing.figure, "png", facts | record)
    return seal(made) if provenance else made


def _saved(figure: Figure, form: str, facts: dict[str, str | None]) -> bytes:
    raw = io.BytesIO()
    figure.savefig(raw, format=form, metadata=facts)
    return raw.getvalue()


@contextmanager
def noted(figure: Figure, note: str):
    """Write the note into the strip at the foot of the figure while it is being saved."""
    if not note:
        yield
        return
    width, height = size_mm(figure)
    # The middle of the strip keeps the letters clear of the panels and of the edge.
    text = figure.text(0.5 / width, NOTE_STRIP_MM / 2 / height, note, fontsize=SMALL_PT, ha="left", va="center")
    try:
        yield
    finally:
        text.remove()


def check_letters(figure: Figure, *, name: str) -> None:
    """Refuse a figure with a letter that its typeface does not have, since a fallback would go unnoticed.

    Raises
    ------
    ExhibitError
        Naming the letters.
    """
    with TTFont(register_fonts()[FONT_FILES[0]], lazy=True) as font:
        known = font.getBestCmap()
    written = {letter for text in figure.findobj(Text) if "$" not in text.get_text() for letter in text.get_text()}
    missing = sorted(letter for letter in written - {"\n"} if ord(letter) not in known)
    if missing:
        raise ExhibitError(f"{name}: the typeface has no {', '.join(map(repr, missing))}; use words or mathtext.")
