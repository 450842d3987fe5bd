"""Files to what they say: tables, texts, pictures, and the rest by which they may still look otherwise."""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field

import openpyxl
from lxml import etree, html

from caseseries.exhibits.forms.provenance import NAME
from caseseries.precision import written
from caseseries.verify.archives import list_members
from caseseries.verify.grids import Grid, make_grid

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BLOCKS = "p|h1|h2|h3|h4|h5|h6|li|caption|figcaption|summary|pre|title|nav|dt|dd|blockquote|text|desc"
FORMS = {".jpeg": ".jpg", ".tif": ".tiff", ".plain": ".txt"}
SPOKEN = ("alt", "title", "aria-label")
DATA_ADDRESS = re.compile(r"^data:([\w/+.-]+);base64,(.*)$", re.DOTALL)
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


class UnreadableError(Exception):
    """A file is not what its name promises, so it cannot be compared."""


@dataclass
class Content:
    """What a file says.

    ``grids`` are its tables, ``texts`` its paragraphs in order, ``pictures`` the files inside it as (suffix, bytes),
    ``rest`` everything else by which it may look otherwise: the markup without texts. ``whole`` is all of it but the
    pictures, so that nothing passes which the other fields do not hold. Its record is left out.
    """

    grids: list[Grid] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    rest: str = ""
    whole: str = ""


def read_content(content: bytes, suffix: str, *, is_printed: bool) -> Content:
    """Read a file of one of the forms of ``READERS``.

    Raises
    ------
    UnreadableError
        If it is damaged.
    """
    try:
        return READERS[suffix](content, is_printed)
    except (ValueError, KeyError, OSError, RuntimeError, csv.Error, zipfile.BadZipFile, zlib.error) as error:
        raise UnreadableError(f"{type(error).__name__}: {error}") from None
    except (etree.LxmlError, SyntaxError, AttributeError, IndexError, TypeError) as error:
        raise UnreadableError(f"{type(error).__name__}: {error}") from None


def _read_csv(content: bytes, is_printed: bool) -> Content:
    text = content.decode("utf-8")
    notes = []
    while text.startswith("# "):
        line, _, text = text.partition("\n")
        notes.append(line.rstrip())
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    columns = lines[0] if lines else []
    return Content([make_grid(columns, lines[1:], is_printed=is_printed)], notes)


def _read_docx(content: bytes, is_printed: bool) -> Content:
    members = _read_members(content)
    found = Content(rest="")
    for name in sorted(members):
        if name.startswith("docProps/") or name in ("[Content_Types].xml", "_rels/.rels"):
            continue
        if not name.endswith((".xml", ".rels")):
            found.pictures.append((f".{name.rpartition('.')[2]}", members[name]))
            continue
        root = etree.fromstring(members[name], PARSER)
        for number, table in enumerate(root.iter(f"{WORD}tbl"), start=len(found.grids) + 1):
            rows = [[_word_text(cell) for cell in row.iterchildren(f"{WORD}tc")] for row in table.iter(f"{WORD}tr")]
            found.grids.append(_grid_of(rows, is_printed=is_printed, name=f"table {number}"))
        paragraphs = root.xpath("//*[local-name()='p'][not(ancestor::*[local-name()='tbl'])]")
        found.texts += [text for text in map(_word_text, paragraphs) if text]
        found.whole += f"\n{name}\n{etree.tostring(root, encoding='unicode')}"
        found.rest += f"\n{name}\n{_blank(root)}"
    return found


def _read_members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in list_members(archive)}


def _word_text(element) -> str:
    return " ".join("".join(part.text or "" for part in element.iter(f"{WORD}t")).split())


def _read_xlsx(content: bytes, is_printed: bool) -> Content:
    members = _read_members(content)
    found = Content()
    with warnings.catch_warnings(action="ignore"):
        book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        rows = [list(map(_as_text, row)) for row in sheet.iter_rows(values_only=True)]
        start = next((at for at, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
        found.texts += [f"{sheet.title}: {text}" for row in rows[:start] for text in row if text]
        columns, body = (rows[start], rows[start + 1 :]) if rows else ([], [])
        found.grids.append(make_grid(columns, body, is_printed=is_printed, name=sheet.title))
    for name in sorted(members):
        is_record = name.startswith("docProps/") or name in ("[Content_Types].xml", "_rels/.rels")
        if not is_record and name != "xl/sharedStrings.xml":
            found.rest += f"\n{name}\n{_blank_cells(etree.fromstring(members[name], PARSER))}"
    return found


def _blank_cells(root) -> str:
    """Give a part of a workbook without the contents of its cells, which are compared by themselves."""
    for element in root.iter(etree.Element):
        if etree.QName(element).localname in ("v", "t", "f"):
            element.text = None
    return etree.tostring(root, encoding="unicode")


def _as_text(value) -> str:
    if value is None:
        return ""
    return written(value) if isinstance(value, float) and math.isfinite(value) else str(value)


def _read_html(content: bytes, is_printed: bool) -> Content:
    root = html.document_fromstring(content.decode("utf-8"))
    found = Content()
    for meta in root.xpath(f"//meta[@name='{NAME}']"):
        meta.getparent().remove(meta)
    for number, table in enumerate(root.iter("table"), start=1):
        rows = [[_html_text(cell) for cell in row.iterchildren("td", "th")] for row in table.iter("tr")]
        found.grids.append(_grid_of(rows, is_printed=is_printed, name=f"table {number}"))
    tags = "|".join(f"self::{tag}" for tag in BLOCKS.split("|"))
    for element in root.xpath(f"//*[{tags}][not(ancestor::td or ancestor::th)]"):
        found.texts += list(filter(None, [_html_text(element)]))
    known = "|".join(f"ancestor::{tag}" for tag in [*BLOCKS.split("|"), "td", "th", "script", "style"])
    found.texts += list(filter(None, (" ".join(text.split()) for text in root.xpath(f"//text()[not({known})]"))))
    for element in root.iter(etree.Element):
        found.texts += [element.attrib.pop(name) for name in SPOKEN if element.get(name)]
        for name in ("src", "href"):
            address = DATA_ADDRESS.match(element.get(name, ""))
            if address:
                form = address[1].rpartition("/")[2].partition("+")[0]
                suffix = f".{element.get('download', form).rpartition('.')[2].lower()}"
                found.pictures.append((FORMS.get(suffix, suffix), b64decode(address[2])))
                element.set(name, f"data:{address[1]}")
    found.whole = etree.tostring(root, encoding="unicode")
    found.rest = _blank(root, keep=("style", "script"))
    return found


def _html_text(element) -> str:
    return " ".join(element.text_content().split())


def _grid_of(rows: list[list[str]], *, is_printed: bool, name: str) -> Grid:
    """Give rows as a grid; a row of one cell is a heading of those below, and becomes their first column."""
    body, section = [], ""
    for row in rows[1:]:
        if len(row) == 1 and len(rows[0]) > 1:
            section = row[0]
            body.append([section, "", *[""] * (len(rows[0]) - 1)])
        else:
            body.append([section, *row])
    return make_grid(["section", *(rows[0] if rows else [])], body, is_printed=is_printed, name=name)


def _blank(root, *, keep: tuple[str, ...] = ()) -> str:
    for element in root.iter(etree.Element):
        if element.tag not in keep:
            element.text = None
        element.tail = None
    return etree.tostring(root, encoding="unicode").replace("><", ">\n<")


READERS: dict[str, Callable[[bytes, bool], Content]] = {
    ".csv": _read_csv,
    ".docx": _read_docx,
    ".xlsx": _read_xlsx,
    ".html": _read_html,
}
