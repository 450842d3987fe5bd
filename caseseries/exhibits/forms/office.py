"""The record in an office document: pieces of its text as custom properties, which Word and Excel keep."""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from caseseries.exhibits.forms.files import stable_zip
from caseseries.exhibits.forms.provenance import NAME, Provenance

PART = "docProps/custom.xml"
PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MEDIUM = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
FAMILY = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""What Office calls properties that a user may define."""

LONGEST = 240
"""Office takes 255 characters of a property; a longer text goes into several."""


def add_record(content: bytes, record: Provenance) -> bytes:
    """Give a document of Word or Excel, without custom properties so far, with the record in them."""
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(PART, _properties(record.text()))
    return stable_zip(made.getvalue(), replace={"[Content_Types].xml": _declare, "_rels/.rels": _relate})


def find_record(archive: zipfile.ZipFile) -> str | None:
    """Give the text of the record in an office document, None if it has none."""
    if PART not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    pieces = {
        entry.get("name"): "".join(entry.itertext())
        for entry in etree.fromstring(archive.read(PART), parser)
        if str(entry.get("name")).startswith(f"{NAME} ")
    }
    return "".join(pieces[name] for name in sorted(pieces)) or None


def _properties(text: str) -> bytes:
    root = etree.Element(f"{{{PROPERTIES}}}Properties", nsmap={None: PROPERTIES, "vt": TYPES})
    pieces = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
    for number, piece in enumerate(pieces, start=1):
        # Office counts properties from 2.
        entry = etree.SubElement(
            root, f"{{{PROPERTIES}}}property", fmtid=FAMILY, pid=str(number + 1), name=f"{NAME} {number:03d}"
        )
        etree.SubElement(entry, f"{{{TYPES}}}lpwstr").text = piece
    return _written(root)


def _declare(content: bytes) -> bytes:
    root = etree.fromstring(content)
    etree.SubElement(root, f"{{{CONTENT_TYPES}}}Override", PartName=f"/{PART}", ContentType=MEDIUM)
    return _written(root)


def _relate(content: bytes) -> bytes:
    root = etree.fromstring(content)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    etree.SubElement(root, f"{{{RELATIONS}}}Relationship", Id="rIdRecord", Type=kind, Target=PART)
    return _written(root)


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
