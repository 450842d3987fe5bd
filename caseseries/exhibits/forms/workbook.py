"""The numbers behind a figure as a workbook: one sheet per panel, never a formula, the same bytes every time."""

from __future__ import annotations

import io
import re

import openpyxl
import pandas as pd
from openpyxl.styles import Font

from caseseries.exhibits.forms.files import DOCUMENT_STAMP, stable_zip
from caseseries.exhibits.forms.made_csv import starts_formula
from caseseries.exhibits.forms.note import data_note, heading
from caseseries.exhibits.forms.office import add_record
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.plan import Exhibit
from caseseries.precision import written
from caseseries.records.dataset import About

NOT_IN_SHEET_NAMES = r"[\[\]:*?/\\']"
LONGEST_SHEET_NAME = 31
WIDEST_COLUMN = 40


def workbook_bytes(
    panels: dict[str, pd.DataFrame], *, exhibit: Exhibit, about: About, provenance: Provenance | None = None
) -> bytes:
    """Give plotted numbers as XLSX: per sheet a line that names the panel, the note if any, the header, the rows.

    With ``provenance`` the workbook carries that record, sealed.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    note = data_note(about)
    for panel, frame in panels.items():
        name = re.sub(NOT_IN_SHEET_NAMES, " ", f"{exhibit.label} {panel}".strip())[:LONGEST_SHEET_NAME]
        sheet = book.create_sheet(name)
        part = f", panel {panel}" if len(panels) > 1 else ""
        lines = [f"Source data of {heading(exhibit)}{part}", *filter(None, [note])]
        for number, line in enumerate([[line] for line in lines] + [list(frame.columns)], start=1):
            for column, value in enumerate(line, start=1):
                _set(sheet.cell(number, column), str(value))
        header = len(lines) + 1
        for cell in sheet[header]:
            cell.font = Font(bold=True)
        for number, record in enumerate(frame.itertuples(index=False, name=None), start=header + 1):
            for column, value in enumerate(record, start=1):
                _set(sheet.cell(number, column), value)
        sheet.freeze_panes = sheet.cell(header + 1, 1)
        for column, title in enumerate(frame.columns, start=1):
            longest = max([len(str(title)), *(len(str(_plain(value))) for value in frame.iloc[:, column - 1])])
            letter = openpyxl.utils.get_column_letter(column)
            sheet.column_dimensions[letter].width = min(longest + 2, WIDEST_COLUMN)
    properties = book.properties
    properties.title, properties.creator, properties.subject = heading(exhibit), "", note
    properties.identifier, properties.keywords = exhibit.id, f"{exhibit.id}; {exhibit.label}"
    if provenance:
        properties.version, properties.description = provenance.version, provenance.alt_text
    raw = io.BytesIO()
    book.save(raw)
    fixed = stable_zip(raw.getvalue(), replace={"docProps/core.xml": _fix_times})
    return seal(add_record(fixed, provenance)) if provenance else fixed


def _set(cell, value) -> None:
    if value is None or value is pd.NA or value == "" or (isinstance(value, float) and pd.isna(value)):
        return
    cell.value = _plain(value)
    if isinstance(value, str):
        # openpyxl would take a text that begins with = for a formula.
        cell.data_type = "s"
        cell.quotePrefix = starts_formula(value)
    elif isinstance(value, float):
        # openpyxl would write 16 digits of a number, but of its text no more than there are.
        cell.data_type = "n"


def _plain(value):
    """Give a value as the sheet holds it: a float as its text, which has no more digits than a file carries."""
    plain = value.item() if hasattr(value, "item") else value
    return written(plain) if isinstance(plain, float) else plain


def _fix_times(core: bytes) -> bytes:
    return re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + DOCUMENT_STAMP.encode("ascii"), core)
