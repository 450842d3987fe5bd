"""Any file back to the record that it carries: the form is told by the content, never by the name."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree, html
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from caseseries.exhibits.forms import office, xmp
from caseseries.exhibits.forms.provenance import NAME, Provenance, read_text
from caseseries.exhibits.forms.seal import PNG_START, ZIP_START, is_whole, png_chunks
from caseseries.exhibits.forms.tiff import XMP

TIFF_STARTS = (b"II*\0", b"MM\0*")
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    Image.DecompressionBombError,
    PyPdfError,
    etree.LxmlError,
)
"""What the readers raise for a file that is not what its first bytes promise."""


@dataclass(frozen=True)
class Recorded:
    """What was found in a file.

    Parameters
    ----------
    form
        PNG, TIFF, PDF, SVG, XLSX, DOCX, HTML; ``unknown`` for anything else.
    record
        None if the file has none.
    is_whole
        Whether the file is as it was when it was written.
    fault
        Why the file, or the record in it, could not be read; empty if it could.
    """

    form: str
    record: Provenance | None = None
    is_whole: bool = False
    fault: str = ""


def read_record(content: bytes) -> Recorded:
    """Read the record from the bytes of a file; a file that cannot be read is told of, not raised."""
    form = find_form(content)
    if form not in READERS:
        return Recorded(form)
    try:
        # Readers warn of what they meet in a damaged file; the seal tells whether it matters.
        with warnings.catch_warnings(action="ignore"):
            text = READERS[form](content)
        if not text:
            return Recorded(form)
        record = read_text(text)
    except UNREADABLE as error:
        return Recorded(form, fault=f"{type(error).__name__}: {error}".rstrip(": "))
    return Recorded(form, record, is_whole(content, record.seal))


def find_form(content: bytes) -> str:
    """Tell the form of a file from its content."""
    if content.startswith(PNG_START):
        return "PNG"
    if content.startswith(TIFF_STARTS):
        return "TIFF"
    if content.startswith(b"%PDF-"):
        return "PDF"
    if content.startswith(ZIP_START):
        return "DOCX" if b"word/document.xml" in content else "XLSX" if b"xl/workbook.xml" in content else "unknown"
    start = content[:2000].lower()
    return "HTML" if b"<html" in start else "SVG" if b"<svg" in start else "unknown"


def _from_png(content: bytes) -> str | None:
    start = NAME.encode() + b"\0"
    found = (data for kind, data in png_chunks(content) if kind == b"tEXt" and data.startswith(start))
    return next((data[len(start) :].decode("latin-1") for data in found), None)


def _from_tiff(content: bytes) -> str | None:
    with Image.open(io.BytesIO(content)) as image:
        packet = image.tag_v2.get(XMP)
    return xmp.find_record(packet) if packet else None


def _from_pdf(content: bytes) -> str | None:
    packet = PdfReader(io.BytesIO(content)).root_object.get("/Metadata")
    return xmp.find_record(packet.get_object().get_data()) if packet else None


def _from_office(content: bytes) -> str | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return office.find_record(archive)


def _from_html(content: bytes) -> str | None:
    return next(iter(html.document_fromstring(content).xpath(f"//meta[@name='{NAME}']/@content")), None)


READERS: dict[str, Callable[[bytes], str | None]] = {
    "PNG": _from_png,
    "TIFF": _from_tiff,
    "PDF": _from_pdf,
    "SVG": xmp.find_record,
    "XLSX": _from_office,
    "DOCX": _from_office,
    "HTML": _from_html,
}
