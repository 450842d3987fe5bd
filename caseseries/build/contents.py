"""What the page that leads to all others finds in the published pages: their headings, words and tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lxml import html

MOST_WORDS = 2500
"""Letters of a section that can be searched; longer ones are tables whose rows begin alike."""
QUIET = frozenset({"made", "code", "here"})
"""Classes of what a page says of its own making."""
UNREAD = frozenset({"style", "script", "h2", "td", "g", "defs", "metadata"})
"""Elements whose words say nothing of what a section is about."""


@dataclass(frozen=True)
class Passage:
    """One section of a page, as it can be searched."""

    anchor: str
    heading: str
    text: str


@dataclass(frozen=True)
class Page:
    """What was found in one page: its heading, its question, its sections, and the anchors of its exhibits."""

    heading: str
    question: str
    passages: tuple[Passage, ...]
    anchors: tuple[str, ...]

    @classmethod
    def from_json(cls, text: bytes) -> Page:
        """Read what ``find_contents`` gave."""
        found = json.loads(text)
        return cls(**found | {"passages": tuple(Passage(**passage) for passage in found["passages"])})


def find_contents(content: bytes) -> bytes:
    """Give what was found in a page as JSON, so that a page is read once as long as it stays the same."""
    return json.dumps(asdict(read_page(content)), ensure_ascii=False).encode("utf-8")


def read_page(content: bytes) -> Page:
    """Read the sections of a page that this package rendered."""
    root = html.document_fromstring(content.decode("utf-8"))
    main = next(iter(root.xpath("//main")), root)
    question = main.xpath("string(.//*[@class='question'])").strip()
    passages = tuple(_read_section(section) for section in main.xpath("./section[h2]"))
    anchors = tuple(main.xpath(".//*[self::figure or self::div[@class='table']]/@id"))
    return Page(main.xpath("string(.//h1)").strip(), question, passages, anchors)


def _read_section(section: html.HtmlElement) -> Passage:
    heading = section.find("h2")
    words = " ".join(dict.fromkeys(" ".join(part.split()) for part in _words(section) if part.strip()))
    return Passage(heading.get("id"), " ".join((heading.text or "").split()), words[:MOST_WORDS])


def _words(element: html.HtmlElement) -> Iterator[str]:
    """Give the words of prose, legends and descriptions; of a table those of captions, headings and row headings."""
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if not QUIET & set(child.get("class", "").split()) and tag not in UNREAD:
            yield child.text or ""
            yield from _words(child)
        yield child.tail or ""


def measure_table(content: bytes) -> list[list[int]]:
    """Count the letters in each cell of the first table of a page; without a table, those of each paragraph."""
    root = html.document_fromstring(content.decode("utf-8"))
    tables = root.xpath("//table")
    if tables:
        return [[len(cell.text_content()) for cell in row] for row in tables[0].xpath(".//tr")]
    words = [len(part.text_content()) for part in root.xpath("//p")]
    return [[26] * 4 if number else [0] for length in words for number in [1] * max(1, length // 110) + [0]]
