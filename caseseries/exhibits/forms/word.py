"""A table as a native Word document: real cells, a header row that repeats, horizontal rules only, notes below."""

from __future__ import annotations

import io
import math
from datetime import datetime

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from caseseries.exhibits.drawing.style import text_width_mm
from caseseries.exhibits.forms.files import DOCUMENT_STAMP, stable_zip
from caseseries.exhibits.forms.note import data_note, heading
from caseseries.exhibits.forms.office import add_record
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

FONT = "Arial"
TABLE_PT, NOTE_PT, CAPTION_PT = 8, 7.5, 9
LANDSCAPE_FROM_COLUMNS = 7
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
"""The font that measures lacks most of them; as plain digits they measure a little wider."""
CELL_PADDING_MM = 4.4
"""What Word keeps free at the two sides of a cell, and a little for a font that runs wider."""
THICK, THIN = "8", "4"  # eighths of a point


def document_bytes(
    table: DisplayTable, *, exhibit: Exhibit, about: About, provenance: Provenance | None = None
) -> bytes:
    """Give a table as DOCX, with its record if there is one; wide tables stand on a landscape page."""
    document = Document()
    note = data_note(about)
    _set_style(document)
    _set_page(document.sections[0], is_wide=len(table.columns) >= LANDSCAPE_FROM_COLUMNS, note=note)
    caption = document.add_paragraph(style="Caption")
    caption.add_run(heading(exhibit)).bold = True
    if exhibit.legend:
        caption.add_run(f" {exhibit.legend}")
    _add_table(document, table)
    for text in [*table.footnotes, *filter(None, [note])]:
        paragraph = document.add_paragraph()
        paragraph.add_run(text).font.size = Pt(NOTE_PT)
    properties = document.core_properties
    properties.title, properties.subject = heading(exhibit), note
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.identifier, properties.keywords = exhibit.id, f"{exhibit.id}; {exhibit.label}"
    properties.version = provenance.version if provenance else ""
    properties.language, properties.revision = "en-GB", 1
    stamp = datetime.fromisoformat(DOCUMENT_STAMP)
    properties.created = properties.modified = stamp.replace(tzinfo=None)
    raw = io.BytesIO()
    document.save(raw)
    return seal(add_record(raw.getvalue(), provenance)) if provenance else stable_zip(raw.getvalue())


def _set_style(document) -> None:
    for name, size in (("Normal", TABLE_PT), ("Caption", CAPTION_PT)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), False
        style.font.color.rgb = None
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for slot in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[slot]
        for slot in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(slot), FONT)
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.space_before = Pt(0)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    colour = document.styles["Caption"].element.rPr.find(qn("w:color"))
    if colour is not None:
        document.styles["Caption"].element.rPr.remove(colour)


def _set_page(section, *, is_wide: bool, note: str) -> None:
    width, height = Mm(210), Mm(297)
    if is_wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height = height, width
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(20)
    section.header.paragraphs[0].text = note


def _add_table(document, table: DisplayTable) -> None:
    section = document.sections[0]
    room = (section.page_width - section.left_margin - section.right_margin) / Mm(1)
    widths = [Mm(width) for width in fit_columns(table, room_mm=room)]
    grid = document.add_table(rows=1 + len(table.rows), cols=len(widths))
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    header = [(column, True) for column in table.columns]
    lines = [header] + [_line(row, len(widths)) for row in table.rows]
    last = len(lines) - 1
    for number, (cells, line) in enumerate(zip(grid.rows, lines, strict=True)):
        _keep_whole(cells, is_header=number == 0)
        kind = table.rows[number - 1].kind if number else "header"
        for position, (cell, (text, is_bold)) in enumerate(zip(cells.cells, line, strict=True)):
            cell.width = widths[position]
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            if position == 0 and kind == "detail":
                paragraph.paragraph_format.left_indent = Mm(3)
            paragraph.add_run(text).bold = is_bold
            rules = {"top": THICK, "bottom": THIN} if number == 0 else {}
            if number == last:
                rules["bottom"] = THICK
            _add_rules(cell, rules)
        if kind == "section":
            _span_row(cells)


def fit_columns(table: DisplayTable, *, room_mm: float) -> list[float]:
    """Give each column the width of its longest word, and share what is left by the length of its longest text."""
    lines = [table.columns, *((row.label, *row.cells) for row in table.rows if row.kind != "section")]
    columns = list(zip(*lines, strict=True))
    words = [max((_width_mm(word) for text in column for word in text.split()), default=0.0) for column in columns]
    texts = [max(map(_width_mm, column)) for column in columns]
    least = [word + CELL_PADDING_MM for word in words]
    wanted = [max(text - word, 0.0) for text, word in zip(texts, words, strict=True)]
    left = room_mm - math.fsum(least)
    if left < 0:
        return [width * room_mm / math.fsum(least) for width in least]
    share = min(1.0, left / math.fsum(wanted)) if math.fsum(wanted) else 0.0
    fitted = [width + want * share for width, want in zip(least, wanted, strict=True)]
    spare = (room_mm - math.fsum(fitted)) / len(fitted)
    return [width + spare for width in fitted]


def _width_mm(text: str) -> float:
    return text_width_mm(text.translate(SUPERSCRIPTS), size_pt=TABLE_PT, bold=True)


def _span_row(row) -> None:
    first, *others = row.cells
    for cell in others:
        row._tr.remove(cell._tc)
    properties = first._tc.get_or_add_tcPr()
    properties.grid_span = len(others) + 1


def _line(row: Row, n_columns: int) -> list[tuple[str, bool]]:
    is_section = row.kind == "section"
    cells = row.cells or ("",) * (n_columns - 1)
    return [(row.label, is_section), *((cell, False) for cell in cells)]


def _keep_whole(row, *, is_header: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_header:
        properties.append(OxmlElement("w:tblHeader"))


def _add_rules(cell, rules: dict[str, str]) -> None:
    if not rules:
        return
    borders = OxmlElement("w:tcBorders")
    for side in ("top", "bottom"):
        if side in rules:
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", rules[side]), ("space", "0"), ("color", "000000")):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)
