"""The text and its numbers to files."""

from __future__ import annotations

from pathlib import Path

from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.made_csv import made_csv
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.manuscript.as_html import page_bytes
from caseseries.manuscript.as_pdf import pdf_bytes
from caseseries.manuscript.as_word import document_bytes
from caseseries.manuscript.text import Text
from caseseries.paths import MANUSCRIPT, TABLES
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

FORMS = {"html": page_bytes, "docx": document_bytes, "pdf": pdf_bytes}


def write_text(
    text: Text, *, exhibit: Exhibit, about: About, out: Path, provenance: Provenance | None = None
) -> list[Path]:
    """Write a text as an HTML page, a Word document and a PDF, and all numbers as CSV.

    Returns
    -------
    list of Path
        ``manuscript/<id>.html``, ``.docx``, ``.pdf`` and ``tables/numbers.csv`` under ``out``.
    """
    contents = {
        Path(out) / MANUSCRIPT / f"{exhibit.id}.{form}": give(text, about=about, provenance=provenance)
        for form, give in FORMS.items()
    }
    contents[Path(out) / TABLES / "numbers.csv"] = made_csv(text.every, about=about)
    return [write_bytes(content, path) for path, content in contents.items()]
