"""The text as a Word manuscript: numbered lines, double spacing, each number a link to the line of its origin."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from caseseries.exhibits.forms.files import DOCUMENT_STAMP, stable_zip
from caseseries.exhibits.forms.note import data_note
from caseseries.exhibits.forms.office import add_record
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.manuscript.origin import HOW_TO_READ, TITLE, Origin, list_origins
from caseseries.manuscript.text import Text
from caseseries.records.dataset import About

FONT = "Arial"
SIZES = {"Normal": 11, "Title": 16, "Heading 1": 12}
STYLES = {"title": "Title", "heading": "Heading 1", "paragraph": "Normal"}
LIST_PT = 7.5


def document_bytes(text: Text, *, about: About, provenance: Provenance | None = None) -> bytes:
    """Give the text as DOCX, with its record if there is one."""
    document = Document()
    note = data_note(about)
    _set_styles(document)
    _set_page(document.sections[0], note=note)
    origins = list(list_origins(text))
    places = {origin.key: _name(origin) for origin in origins}
    for block in text.blocks:
        paragraph = document.add_paragraph(style=STYLES[block.kind])
        if block.kind == "paragraph":
            paragraph.paragraph_format.line_spacing = 2
        for span in block.spans:
            if span.key:
                paragraph._p.append(_link(span.text, places[span.key]))
            else:
                paragraph.add_run(span.text)
    _add_list(document, origins)
    properties = document.core_properties
    properties.title, properties.subject = f"{text.plan.title}. {text.title}", note
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.version = provenance.version if provenance else ""
    properties.language, properties.revision = "en-GB", 1
    stamp = datetime.fromisoformat(DOCUMENT_STAMP)
    properties.created = properties.modified = stamp.replace(tzinfo=None)
    raw = io.BytesIO()
    document.save(raw)
    return seal(add_record(raw.getvalue(), provenance)) if provenance else stable_zip(raw.getvalue())


def _name(origin: Origin) -> str:
    # Word takes 40 letters, digits and underscores for the name of a place.
    return f"number_{origin.place}"


def _set_styles(document) -> None:
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), name != "Normal"
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for slot in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[slot]
        for slot in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(slot), FONT)
        # The blue letters and the blue rule of the stock template are no part of a manuscript.
        for tag, parent in (("w:color", properties), ("w:pBdr", style.element.get_or_add_pPr())):
            found = parent.find(qn(tag))
            if found is not None:
                parent.remove(found)


def _set_page(section, *, note: str) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(25)
    section.header.paragraphs[0].text = note
    lines = OxmlElement("w:lnNumType")
    lines.set(qn("w:countBy"), "1")
    lines.set(qn("w:restart"), "continuous")
    # The schema wants it after the margins of the page.
    section._sectPr.find(qn("w:pgMar")).addnext(lines)
    page = OxmlElement("w:fldSimple")
    page.set(qn("w:instr"), "PAGE")
    section.footer.paragraphs[0]._p.append(page)


def _link(text: str, place: str):
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), place)
    link.set(qn("w:history"), "1")
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    link.append(run)
    return link


def _add_list(document, origins: list[Origin]) -> None:
    document.add_page_break()
    document.add_paragraph(TITLE, style="Heading 1")
    document.add_paragraph(HOW_TO_READ).runs[0].font.size = Pt(LIST_PT + 1)
    for origin in origins:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        _add_place(paragraph, origin)
        first = paragraph.add_run(f"{origin.text} ")
        first.bold = True
        for run in (first, paragraph.add_run(describe_origin(origin))):
            run.font.size = Pt(LIST_PT)


def describe_origin(origin: Origin) -> str:
    """Write the line of a number in the list, without the number itself."""
    exhibit = origin.exhibit.label if origin.exhibit else ""
    rows = f"{origin.table}: {origin.rows}" if origin.table else origin.rows
    parts = (f"{origin.key}: {origin.label}", origin.value, origin.made_from, origin.method, exhibit, rows)
    return "; ".join(filter(None, parts)) + "."


def _add_place(paragraph, origin: Origin) -> None:
    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(origin.place))
        if tag == "w:bookmarkStart":
            mark.set(qn("w:name"), _name(origin))
        paragraph._p.append(mark)
