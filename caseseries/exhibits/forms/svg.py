"""A figure as SVG that looks the same anywhere: text stays text, the typeface travels inside, ids are unique."""

from __future__ import annotations

import base64
import io
import re
from functools import lru_cache
from weakref import WeakKeyDictionary

from fontTools import subset
from fontTools.ttLib import TTFont
from lxml import etree
from matplotlib.figure import Figure

from caseseries.exhibits.drawing.style import FAMILY, FONT_FILES, register_fonts, size_mm
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.xmp import rdf_element

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
FACES = {
    FONT_FILES[0]: ("normal", "normal"),
    FONT_FILES[1]: ("bold", "normal"),
    FONT_FILES[2]: ("normal", "italic"),
    FONT_FILES[3]: ("bold", "italic"),
}


OF_EACH = re.compile(r"(?<![-\w])(opacity|clip-path|mask|filter)\s*:")
"""Styles that say something else of a group than of each mark in it."""

_drawn: WeakKeyDictionary[Figure, dict[tuple[str, str, str], bytes]] = WeakKeyDictionary()
"""A figure is drawn once for its file, which carries a record, and for the page that shows it, which does not."""


def svg_bytes(figure: Figure, *, name: str, title: str, description: str, record: Provenance | None = None) -> bytes:
    """Give a figure as SVG.

    Parameters
    ----------
    figure
        Drawn in the journal's style, and saved within it.
    name
        Goes in front of every id, so that several figures can stand in one page.
    title, description
        What the figure is called and what it shows, for readers who cannot see it.
    record
        Written as metadata if there is one.
    """
    known, key = _drawn.setdefault(figure, {}), (name, title, description)
    if key not in known:
        known[key] = _draw(figure, name=name, title=title, description=description)
    if not record:
        return known[key]
    root = etree.fromstring(known[key])
    metadata = etree.Element(f"{{{SVG}}}metadata", id=f"{name}-metadata")
    metadata.append(rdf_element(record, medium="image/svg+xml"))
    root.insert(3, metadata)
    return _written(root)


def _draw(figure: Figure, *, name: str, title: str, description: str) -> bytes:
    raw = io.BytesIO()
    figure.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    root = etree.fromstring(raw.getvalue(), etree.XMLParser(remove_comments=True))
    for element in root.findall(f"{{{SVG}}}metadata"):
        root.remove(element)
    _share_styles(root)
    _rename_ids(root, name)
    width, height = size_mm(figure)
    root.set("width", f"{width:g}mm")
    root.set("height", f"{height:g}mm")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = etree.Element(f"{{{SVG}}}{tag}", id=f"{name}-{tag}")
        element.text = text
        root.insert(position, element)
    faces = etree.Element(f"{{{SVG}}}style", type="text/css")
    faces.text = _font_faces(root)
    root.insert(2, faces)
    return _written(root)


def _written(root: etree._Element) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n"


def _share_styles(root: etree._Element) -> None:
    """Say once how the marks of a group look: 300 patients have so many that it halves the file."""
    for group in root.iter(f"{{{SVG}}}g"):
        styles = {mark.get("style") if mark.tag == f"{{{SVG}}}use" else None for mark in group}
        if len(group) > 1 and len(styles) == 1 and None not in styles and not group.get("style"):
            style = styles.pop()
            if not OF_EACH.search(style):
                group.set("style", style)
                for mark in group:
                    del mark.attrib["style"]


def _rename_ids(root: etree._Element, name: str) -> None:
    seen: dict[str, int] = {}
    for element in root.iter():
        old = element.get("id")
        if old is not None:
            seen[old] = seen.get(old, 0) + 1
            element.set("id", f"{name}-{old}" + (f"-{seen[old]}" if seen[old] > 1 else ""))
        for attribute, value in element.attrib.items():
            if attribute == f"{{{XLINK}}}href" and value.startswith("#"):
                element.set(attribute, f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.set(attribute, value.replace("url(#", f"url(#{name}-"))


def _font_faces(root: etree._Element) -> str:
    letters: dict[str, set[str]] = {}
    for element in root.iter(f"{{{SVG}}}text"):
        for part in (element, *element):
            style = f"{element.get('style', '')};{part.get('style', '')}"
            is_bold = re.search(r"\b(bold|700)\b", style) is not None
            is_italic = "italic" in style or "oblique" in style
            file = FONT_FILES[is_bold + 2 * is_italic]
            letters.setdefault(file, set()).update(part.text or "")
    rules = []
    for file in sorted(letters, key=FONT_FILES.index):
        weight, slant = FACES[file]
        data = base64.b64encode(_subset_font(file, frozenset(letters[file]))).decode("ascii")
        rules.append(
            f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-style:{slant};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}"
        )
    return "".join(rules)


@lru_cache(maxsize=32)
def _subset_font(file: str, letters: frozenset[str]) -> bytes:
    options = subset.Options(hinting=False, layout_features=["kern"])
    options.drop_tables += ["FFTM"]
    made = io.BytesIO()
    with TTFont(register_fonts()[file], recalcTimestamp=False, lazy=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(letters)))
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(made)
    return made.getvalue()
