"""A table as a native Word document: real cells, a header row that repeats, horizontal rules only, notes below."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from caseseries.exhibits.files import DOCUMENT_STAMP, stable_zip
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.note import data_note, heading
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

FONT = "Arial"
TABLE_PT, NOTE_PT, CAPTION_PT = 8, 7.5, 9
LANDSCAPE_FROM_COLUMNS = 7
LABEL_SHARE = 2.2
"""Width of the column of labels in widths of another column."""
THICK, THIN = "8", "4"  # eighths of a point


def document_bytes(table: DisplayTable, *, exhibit: Exhibit, about: About) -> bytes:
    """Give a table as DOCX; wide tables stand on a landscape page."""
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
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.language, properties.revision = "en-GB", 1
    stamp = datetime.fromisoformat(DOCUMENT_STAMP)
    properties.created = properties.modified = stamp.replace(tzinfo=None)
    raw = io.BytesIO()
    document.save(raw)
    return stable_zip(raw.getvalue())


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
    room = section.page_width - section.left_margin - section.right_margin
    n_columns = len(table.columns)
    unit = room / (LABEL_SHARE + n_columns - 1)
    grid = document.add_table(rows=1 + len(table.rows), cols=n_columns)
    grid.autofit = False
    header = [(column, True) for column in table.columns]
    lines = [header] + [_line(row, n_columns) for row in table.rows]
    last = len(lines) - 1
    for number, (cells, line) in enumerate(zip(grid.rows, lines, strict=True)):
        _keep_whole(cells, is_header=number == 0)
        for position, (cell, (text, is_bold)) in enumerate(zip(cells.cells, line, strict=True)):
            cell.width = int(unit * (LABEL_SHARE if position == 0 else 1))
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            if position == 0 and number and table.rows[number - 1].kind == "detail":
                paragraph.paragraph_format.left_indent = Mm(3)
            paragraph.add_run(text).bold = is_bold
            rules = {"top": THICK, "bottom": THIN} if number == 0 else {}
            if number == last:
                rules["bottom"] = THICK
            _add_rules(cell, rules)


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
