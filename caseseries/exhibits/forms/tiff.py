"""A figure as TIFF, for journals that ask for one: the pixels of its PNG, RGB, LZW, 450 dpi."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image, TiffImagePlugin

from caseseries.exhibits.forms.provenance import NAME, UNSEALED, read_text
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.forms.xmp import xmp_packet

DOCUMENT_NAME, IMAGE_DESCRIPTION, XMP = 269, 270, 700
BYTES = 1


def tiff_bytes(png: bytes) -> bytes:
    """Give the PNG of a figure as TIFF, with the record that it carries."""
    with Image.open(io.BytesIO(png)) as image:
        facts, pixels, dpi = dict(image.info), image.convert("RGB"), round(image.info["dpi"][0])
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[DOCUMENT_NAME], tags[IMAGE_DESCRIPTION] = facts["Source"], facts["Title"]
    if NAME in facts:
        record = replace(read_text(facts[NAME]), seal=UNSEALED)
        tags.tagtype[XMP] = BYTES
        tags[XMP] = xmp_packet(record, medium="image/tiff")
    made = io.BytesIO()
    pixels.save(made, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi), tiffinfo=tags)
    return seal(made.getvalue()) if NAME in facts else made.getvalue()
