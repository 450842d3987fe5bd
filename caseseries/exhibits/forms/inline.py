"""A figure's SVG as part of a page: its rules and its typeface stay its own, whatever else stands in the page."""

from __future__ import annotations

from lxml import etree

from caseseries.exhibits.drawing.style import FAMILY
from caseseries.exhibits.forms.svg import SVG


def inline_svg(content: bytes, *, name: str) -> str:
    """Give an SVG file as an element of a page.

    Rules for all elements are bound to this picture, and its typeface, which holds only the letters that it needs,
    gets a name that no other picture of the page uses.

    Parameters
    ----------
    content
        As ``svg_bytes`` gives it; every id in it begins with ``name``.
    name
        The exhibit's id.
    """
    root = etree.fromstring(content)
    root.set("id", f"{name}-picture")
    for element in root.findall(f"{{{SVG}}}metadata"):
        root.remove(element)
    for element in root.iter(f"{{{SVG}}}style"):
        if element.text.startswith("*{"):
            element.text = f"#{name}-picture {element.text}"
    return etree.tostring(root, encoding="unicode").replace(f"'{FAMILY}'", f"'{FAMILY} {name}'")
