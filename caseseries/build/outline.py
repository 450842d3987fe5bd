"""What a page shows of an executed notebook, in the order of a reader: results, then method, then data and code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import nbformat

PARTS = ("Question", "Reads", "Makes", "Method")
"""What the first text cell of a notebook says, each after its word in bold."""
RESERVED = ("main", "method", "code", "contents")
"""Anchors that every page has."""
COLOURS = r"\x1b\[[0-9;]*m"
"""What a terminal would show as colours."""


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, each output as HTML, and the facts of the exhibit that it made, if it made one."""

    source: str
    outputs: tuple[str, ...] = ()
    made: dict[str, Any] = field(default_factory=dict)
    is_injected: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with its text, in Markdown, and the code cells under it."""

    anchor: str
    heading: str
    text: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Outline:
    """A notebook as a page: ``words`` holds question, method and the like; ``setup`` the cells before the results."""

    title: str
    words: dict[str, str]
    sections: tuple[Section, ...]
    setup: tuple[Cell, ...]


def outline_notebook(notebook: nbformat.NotebookNode) -> Outline:
    """Read the outline of an executed notebook.

    A section begins at each heading of the second level. A cell before the first one belongs to the setup, unless it
    makes an exhibit.
    """
    title, words, setup, early = "", {}, [], []
    sections: list[tuple[str, str, list[Cell]]] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = re.match(r"##\s+(.+)", cell.source)
            if heading:
                sections.append((heading[1].strip(), cell.source[heading.end() :].strip(), []))
            elif sections:
                sections.append(("", cell.source, []))
            else:
                title = title or _find_title(cell.source)
                words |= _find_words(cell.source)
        elif cell.cell_type == "code":
            read = _read_cell(cell)
            (sections[-1][2] if sections else early if read.made else setup).append(read)
    if early:
        sections.insert(0, ("Results", "", early))
    anchors = _name_anchors(sections)
    return Outline(
        title, words, tuple(Section(a, h, t, tuple(c)) for a, (h, t, c) in zip(anchors, sections, strict=True)),
        tuple(setup),
    )  # fmt: skip


def _find_title(text: str) -> str:
    found = re.search(r"^#\s+(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _find_words(text: str) -> dict[str, str]:
    found = re.finditer(rf"^\*\*({'|'.join(PARTS)})\.\*\*\s*(.+?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return {match[1].lower(): match[2] for match in found}


def _read_cell(cell: nbformat.NotebookNode) -> Cell:
    facts = [output.metadata["caseseries"] for output in cell.outputs if "caseseries" in output.get("metadata", {})]
    is_injected = "injected-parameters" in cell.metadata.get("tags", ())
    return Cell(cell.source, tuple(map(_show, cell.outputs)), facts[0] if facts else {}, is_injected)


def _show(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return f'<pre class="{output.name}">{escape(output.text)}</pre>'
    if output.output_type == "error":
        plain = re.sub(COLOURS, "", "\n".join(output.traceback))
        return f'<pre class="stderr">{escape(plain)}</pre>'
    for kind in ("text/html", "image/svg+xml"):
        if kind in output.data:
            return output.data[kind]
    if "image/png" in output.data:
        words = escape(output.data.get("text/plain", "Picture"), quote=True)
        return f'<img alt="{words}" src="data:image/png;base64,{output.data["image/png"].strip()}">'
    return f"<pre>{escape(output.data.get('text/plain', ''))}</pre>"


def _name_anchors(sections: Iterable[tuple[str, str, list[Cell]]]) -> list[str]:
    """Name each section by its heading; exhibits have their id as anchor, and keep it."""
    taken = {*RESERVED, *(cell.made.get("exhibit", "") for _, _, cells in sections for cell in cells)}
    anchors = []
    for heading, _, _ in sections:
        plain = re.sub(r"[^a-z0-9]+", "-", heading.casefold()).strip("-") or "part"
        anchor, number = plain, 1
        while anchor in taken:
            number += 1
            anchor = f"{plain}-{number}"
        taken.add(anchor)
        anchors.append(anchor)
    return anchors
