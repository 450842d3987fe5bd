"""The record as XMP: Dublin Core for library programs, and the whole record beside it; in PDF, TIFF and SVG."""

from __future__ import annotations

from lxml import etree

from caseseries.exhibits.forms.provenance import NAME, Provenance

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XML = "http://www.w3.org/XML/1998/namespace"
OURS = "urn:x-caseseries:record:"
RECORD = f"{{{OURS}}}record"
LANGUAGE = "en-GB"
PACKET = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{}\n<?xpacket end="r"?>'


def rdf_element(record: Provenance, *, medium: str) -> etree._Element:
    """Give a record as rdf:RDF; ``medium`` is the media type of the file that will carry it."""
    root = etree.Element(f"{{{RDF}}}RDF", nsmap={"rdf": RDF, "dc": DC, NAME: OURS})
    about = etree.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    _add(about, "title", record.heading, "Alt")
    _add(about, "description", record.alt_text, "Alt")
    _add(about, "identifier", record.exhibit)
    _add(about, "format", medium)
    _add(about, "language", LANGUAGE, "Bag")
    _add(about, "source", record.dataset)
    _add(about, "type", "Synthetic data" if record.is_synthetic else "Data of patients", "Bag")
    etree.SubElement(about, RECORD).text = record.text()
    return root


def _add(about: etree._Element, name: str, text: str, container: str = "") -> None:
    element = etree.SubElement(about, f"{{{DC}}}{name}")
    if container:
        element = etree.SubElement(etree.SubElement(element, f"{{{RDF}}}{container}"), f"{{{RDF}}}li")
    if container == "Alt":
        element.set(f"{{{XML}}}lang", "x-default")
    element.text = text


def xmp_packet(record: Provenance, *, medium: str) -> bytes:
    """Give a record as a whole XMP packet."""
    meta = etree.Element("{adobe:ns:meta/}xmpmeta", nsmap={"x": "adobe:ns:meta/"})
    meta.append(rdf_element(record, medium=medium))
    return PACKET.format(etree.tostring(meta, encoding="unicode")).encode("utf-8")


def find_record(content: bytes) -> str | None:
    """Give the text of the record in an XML document, None if it has none.

    Raises
    ------
    etree.XMLSyntaxError
        If the content is not XML.
    """
    # Nothing outside the file is read, and no entity is filled in.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser).findtext(f".//{RECORD}")
