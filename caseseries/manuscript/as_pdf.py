"""The text as PDF: embedded typeface, no time of making, each number a link to the line of its origin."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import CharVPos

from caseseries.exhibits.drawing.style import FONT_FILES, register_fonts
from caseseries.exhibits.forms.files import DOCUMENT_STAMP
from caseseries.exhibits.forms.note import data_note
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.forms.xmp import xmp_packet
from caseseries.manuscript.as_word import describe_origin
from caseseries.manuscript.origin import HOW_TO_READ, TITLE, Origin, list_origins
from caseseries.manuscript.text import Text
from caseseries.records.dataset import About

FAMILY = "Heros"
MARGIN_MM = 25.0
SIZES = {"title": 16.0, "heading": 12.0, "paragraph": 10.5, "list": 7.5}
LEADING = 1.5
MM_PER_POINT = 25.4 / 72
RAISED = re.compile("([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


class Pages(FPDF):
    """Pages with the note on synthetic data above, and their number below."""

    def __init__(self, note: str):
        super().__init__(format="A4")
        self.note = note

    def header(self) -> None:
        """Write the note above each page."""
        self.set_y(12)
        self.set_font(FAMILY, "", 8)
        self.cell(w=0, text=self.note, new_x="LMARGIN", new_y="NEXT")
        self.set_y(MARGIN_MM)

    def footer(self) -> None:
        """Write the number below each page."""
        self.set_y(-15)
        self.set_font(FAMILY, "", 8)
        self.cell(w=0, text=str(self.page_no()), align="C")


def pdf_bytes(text: Text, *, about: About, provenance: Provenance | None = None) -> bytes:
    """Give the text as PDF, with its record if there is one."""
    pages = Pages(data_note(about))
    paths = register_fonts()
    for name, style in zip(FONT_FILES[:2], ("", "B"), strict=True):
        pages.add_font(FAMILY, style, paths[name])
    pages.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    pages.set_auto_page_break(True, MARGIN_MM)
    pages.c_margin = 0
    pages.set_title(f"{text.plan.title}. {text.title}")
    pages.set_subject(data_note(about))
    pages.set_lang("en-GB")
    pages.set_creation_date(datetime.fromisoformat(DOCUMENT_STAMP))
    if provenance:
        # The library wraps the record in a packet of its own.
        packet = xmp_packet(provenance, medium="application/pdf").decode()
        pages.set_xmp_metadata(packet.partition("?>")[2].rpartition("<?xpacket")[0].strip())
    try:
        _write_all(pages, text)
        made = bytes(pages.output())
    finally:
        # The library leaves the files of the typeface open.
        for font in pages.fonts.values():
            font.ttfont.close()
    return seal(made) if provenance else made


def _write_all(pages: Pages, text: Text) -> None:
    pages.add_page()
    origins = list(list_origins(text))
    links = {origin.key: pages.add_link() for origin in origins}
    for block in text.blocks:
        style = "" if block.kind == "paragraph" else "B"
        _start(pages, SIZES[block.kind], space_mm=1 if block.kind == "paragraph" else 4)
        _write(pages, [(span.text, style, links.get(span.key)) for span in block.spans], SIZES[block.kind])
    _write_list(pages, origins, links)


def _start(pages: Pages, size: float, *, space_mm: float) -> None:
    pages.ln(space_mm)
    # A heading must not stand alone at the foot of a page.
    if pages.will_page_break(3 * size * LEADING * MM_PER_POINT):
        pages.add_page()


def _write(pages: Pages, spans: Iterable[tuple[str, str, int | None]], size: float) -> None:
    """Write spans (text, style, link) as one paragraph, broken at its spaces only, wherever a span ends."""
    for word in _words(spans):
        width = math.fsum(_place(pages, part, size, is_drawn=False) for part in word)
        if pages.get_x() > pages.l_margin and pages.get_x() + width > pages.w - pages.r_margin:
            pages.ln(size * LEADING * MM_PER_POINT)
        for part in word:
            _place(pages, part, size, is_drawn=True)
        pages.set_x(pages.get_x() + pages.get_string_width(" "))
    pages.ln(size * LEADING * MM_PER_POINT)


def _words(spans: Iterable[tuple[str, str, int | None]]) -> Iterator[list[tuple[str, str, int | None]]]:
    word: list[tuple[str, str, int | None]] = []
    for text, style, link in spans:
        first, *others = text.split(" ")
        word += [(first, style, link)] if first else []
        for other in others:
            if word:
                yield word
            word = [(other, style, link)] if other else []
    if word:
        yield word


def _place(pages: Pages, part: tuple[str, str, int | None], size: float, *, is_drawn: bool) -> float:
    """Give the width of a piece of a word, and write it if asked to."""
    text, style, link = part
    pages.set_font(FAMILY, style, size)
    width = 0.0
    for number, piece in enumerate(RAISED.split(text)):
        # The typeface has only three of the raised figures, so all are set as small ones above the line.
        is_raised = number % 2 == 1
        letters = piece.translate(PLAIN) if is_raised else piece
        pages.char_vpos = CharVPos.SUP if is_raised else CharVPos.LINE
        own = pages.get_string_width(letters) * (pages.sup_scale if is_raised else 1)
        if is_drawn and letters:
            pages.cell(own, size * LEADING * MM_PER_POINT, letters, link=link or "")
        width += own
    pages.char_vpos = CharVPos.LINE
    return width


def _write_list(pages: Pages, origins: list[Origin], links: dict[str, int]) -> None:
    pages.add_page()
    _write(pages, [(TITLE, "B", None)], SIZES["heading"])
    _write(pages, [(HOW_TO_READ, "", None)], SIZES["list"])
    for origin in origins:
        _start(pages, SIZES["list"], space_mm=0.8)
        pages.set_link(links[origin.key], y=pages.get_y(), page=pages.page_no())
        _write(pages, [(f"{origin.text} ", "B", None), (describe_origin(origin), "", None)], SIZES["list"])
