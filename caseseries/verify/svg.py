"""Two SVG drawings: their words, and every element with its attributes; what they say of their making is left out."""

from __future__ import annotations

import re

from lxml import etree

from caseseries.verify.cells import grade_text
from caseseries.verify.contents import PARSER, UnreadableError
from caseseries.verify.grades import Difference, Finding, Grade
from caseseries.verify.texts import compare_texts

GEOMETRY = {"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "points", "transform", "viewBox"}
INVISIBLE = 0.005
"""Points of 1/72 inch; a journal prints dots ten times as large."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
WORDS = ("text", "title", "desc")
SHOWN = 120


def compare_svg(old: bytes, new: bytes, *, file: str) -> list[Difference]:
    """Compare two drawings element by element; a colour that changed is a difference, a shift no eye sees is none.

    Raises
    ------
    UnreadableError
        If one of them is not XML.
    """
    roots = [_read(old), _read(new)]
    lines = [[text for element in root.iter(etree.Element) for text in _say(element)] for root in roots]
    differences = compare_texts(*lines, file=file, grade=grade_text, where="text in the drawing")
    elements = [list(root.iter(etree.Element)) for root in roots]
    if len(elements[0]) != len(elements[1]):
        counts = [f"{len(found)} elements" for found in elements]
        finding = Finding(Grade.DIFFERS, "drawn otherwise: elements were dropped or added")
        return [*differences, Difference(file, "drawing", *counts, finding.grade, finding.why)]
    changes = [change for pair in zip(*elements, strict=True) for change in _list_changes(*pair)]
    seen = [change for change in changes if change[3]]
    for name, a, b, _ in seen[:5]:
        more = f"; {len(seen)} attributes in all" if len(seen) > 1 else ""
        differences.append(Difference(file, name, a[:SHOWN], b[:SHOWN], Grade.DIFFERS, f"drawn otherwise{more}"))
    if not changes and not differences and len({etree.tostring(root) for root in roots}) > 1:
        differences.append(Difference(file, "drawing", "", "", Grade.DIFFERS, "differs outside texts and attributes"))
    if changes and not seen:
        name, a, b, _ = changes[0]
        why = f"{len(changes)} attributes differ by less than {INVISIBLE} points"
        differences.append(Difference(file, name, a[:SHOWN], b[:SHOWN], Grade.PRINTED, why))
    return differences


def _read(content: bytes):
    try:
        root = etree.fromstring(content, PARSER)
    except etree.LxmlError as error:
        raise UnreadableError(f"not an SVG: {error}") from None
    for element in root.xpath("//*[local-name()='metadata']"):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return root


def _say(element) -> list[str]:
    if etree.QName(element).localname not in WORDS:
        return []
    text = " ".join("".join(element.itertext()).split())
    return [text] if text else []


def _list_changes(old, new) -> list[tuple[str, str, str, bool]]:
    """Give name, published and rebuilt value of each attribute that is another one, and whether an eye can see it."""
    where = etree.QName(old).localname
    if old.tag != new.tag:
        return [(where, where, etree.QName(new).localname, True)]
    changes = []
    if where in ("style", "script") and (old.text or "").strip() != (new.text or "").strip():
        changes.append((where, *_point_out(old.text or "", new.text or ""), True))
    for name in dict.fromkeys([*old.attrib, *new.attrib]):
        a, b = old.get(name, ""), new.get(name, "")
        if a != b:
            shown = etree.QName(name).localname
            changes.append((f"{where} {shown}", *_point_out(a, b), not _is_shift(shown, a, b)))
    return changes


def _point_out(old: str, new: str) -> tuple[str, str]:
    """Cut two long texts down to where they begin to differ."""
    if max(len(old), len(new)) <= SHOWN:
        return old, new
    start = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    start = max(start - SHOWN // 3, 0)
    return old[start : start + SHOWN], new[start : start + SHOWN]


def _is_shift(name: str, old: str, new: str) -> bool:
    if name not in GEOMETRY or NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(abs(float(a) - float(b)) < INVISIBLE for a, b in pairs)
