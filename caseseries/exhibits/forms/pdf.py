"""A drawn PDF page made whole: a structure tree whose one figure has its alternative text, and the record as XMP."""

from __future__ import annotations

import io
import re

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.xmp import LANGUAGE, xmp_packet

VERSION = "%PDF-1.7"
PLACE = re.compile(rb"\((?:\\.|[^\\()])*\)|-?\d+\.\d{5,}")
"""A text, which stays as it is, or a number with more decimals than a place on a page needs."""


def finish_pdf(content: bytes, *, facts: dict[str, str], alt_text: str, record: Provenance | None) -> bytes:
    """Give a PDF of one page with what a reader of the page needs besides it.

    Parameters
    ----------
    content
        The page as it was drawn.
    facts
        The document information: Title, Subject, Keywords.
    alt_text
        Read out in place of the figure by those who cannot see it.
    record
        Written as XMP if there is one.
    """
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.pdf_header = VERSION
    writer.metadata = {f"/{name}": text for name, text in facts.items()}
    _tag_figure(writer, alt_text)
    root = writer.root_object
    root[NameObject("/MarkInfo")] = _dictionary(Marked=BooleanObject(True))
    root[NameObject("/Lang")] = TextStringObject(LANGUAGE)
    root[NameObject("/ViewerPreferences")] = _dictionary(DisplayDocTitle=BooleanObject(True))
    if record:
        packet = StreamObject()
        packet.set_data(xmp_packet(record, medium="application/pdf"))
        packet.update(_dictionary(Type=NameObject("/Metadata"), Subtype=NameObject("/XML")))
        root[NameObject("/Metadata")] = writer._add_object(packet)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _tag_figure(writer: PdfWriter, alt_text: str) -> None:
    """Mark the whole content of the page as one figure."""
    page = writer.pages[0]
    drawn = page.raw_get("/Contents")
    drawn.get_object().set_data(PLACE.sub(_round_place, drawn.get_object().get_data()))
    opening, closing = StreamObject(), StreamObject()
    opening.set_data(b"/Figure <</MCID 0>> BDC\n")
    closing.set_data(b"\nEMC\n")
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(opening), drawn, writer._add_object(closing)])
    page[NameObject("/StructParents")] = NumberObject(0)
    page[NameObject("/Tabs")] = NameObject("/S")
    tree, document, figure = DictionaryObject(), DictionaryObject(), DictionaryObject()
    at_tree, at_document, at_figure = map(writer._add_object, (tree, document, figure))
    figure.update(
        _dictionary(
            Type=NameObject("/StructElem"),
            S=NameObject("/Figure"),
            P=at_document,
            Pg=page.indirect_reference,
            K=NumberObject(0),
            Alt=TextStringObject(alt_text),
            A=_dictionary(O=NameObject("/Layout"), BBox=ArrayObject(page.mediabox)),
        )
    )
    document.update(
        _dictionary(Type=NameObject("/StructElem"), S=NameObject("/Document"), P=at_tree, K=ArrayObject([at_figure]))
    )
    parents = _dictionary(Nums=ArrayObject([NumberObject(0), ArrayObject([at_figure])]))
    tree.update(
        _dictionary(
            Type=NameObject("/StructTreeRoot"),
            K=ArrayObject([at_document]),
            ParentTree=writer._add_object(parents),
            ParentTreeNextKey=NumberObject(1),
        )
    )
    writer.root_object[NameObject("/StructTreeRoot")] = at_tree


def _round_place(found: re.Match[bytes]) -> bytes:
    """Give a place in points with four decimals, which is 35 nm: its last bits differ between processors."""
    if found[0].startswith(b"("):
        return found[0]
    text = f"{float(found[0]):.4f}".rstrip("0").rstrip(".")
    return b"0" if text == "-0" else text.encode()


def _dictionary(**entries) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
