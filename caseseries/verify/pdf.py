"""Two PDF files: the text of their pages, then everything that is drawn; what they say of their making is left out."""

from __future__ import annotations

import hashlib
import io
import logging
import warnings

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from caseseries.verify.cells import grade_text
from caseseries.verify.contents import UnreadableError
from caseseries.verify.grades import Difference, Grade, worst
from caseseries.verify.texts import compare_texts

NOT_DRAWN = {"/Parent", "/Metadata", "/Length", "/StructParents", "/Filter", "/DecodeParms"}
FAULTS = (PyPdfError, ValueError, KeyError, TypeError, OSError, RecursionError, AttributeError, IndexError)


def compare_pdf(old: bytes, new: bytes, *, file: str) -> list[Difference]:
    """Compare two PDF files page by page.

    Raises
    ------
    UnreadableError
        If one of them cannot be read.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            readers = [PdfReader(io.BytesIO(content), strict=False) for content in (old, new)]
            pages = [reader.pages for reader in readers]
            lines = [[line for page in part for line in page.extract_text().splitlines()] for part in pages]
            drawn = [[_hash_drawn(page) for page in part] for part in pages]
            around = [_hash_drawn(reader.root_object) for reader in readers]
    except FAULTS as error:
        raise UnreadableError(f"not a PDF that can be read: {error}") from None
    differences = compare_texts(*lines, file=file, grade=grade_text, where="text on the page")
    if len(drawn[0]) != len(drawn[1]):
        counts = [f"{len(part)} pages" for part in drawn]
        differences.append(Difference(file, "pages", *counts, Grade.DIFFERS, "pages were dropped or added"))
    elif drawn[0] != drawn[1] and worst(found.grade for found in differences).passes:
        changed = [str(number) for number, pair in enumerate(zip(*drawn, strict=True), 1) if pair[0] != pair[1]]
        where = f"page {', '.join(changed)}"
        differences.append(Difference(file, where, "", "", Grade.DIFFERS, "drawn otherwise: lines, colours or fonts"))
    elif around[0] != around[1] and worst(found.grade for found in differences).passes:
        why = "its outline, tags or alternative text differ"
        differences.append(Difference(file, "document", "", "", Grade.DIFFERS, why))
    return differences


def _hash_drawn(part) -> str:
    digest = hashlib.sha256()
    _add(digest, part, set())
    return digest.hexdigest()


def _add(digest, value, seen: set[int]) -> None:
    """Walk through all that a page refers to; each object counts once."""
    if isinstance(value, IndirectObject):
        if value.idnum in seen:
            return
        seen.add(value.idnum)
        value = value.get_object()
    if isinstance(value, DictionaryObject):
        for name in sorted(value):
            if name not in NOT_DRAWN:
                digest.update(name.encode())
                _add(digest, value.raw_get(name), seen)
        if isinstance(value, StreamObject):
            digest.update(value.get_data())
    elif isinstance(value, ArrayObject):
        for part in value:
            _add(digest, part, seen)
    else:
        digest.update(repr(value).encode())
