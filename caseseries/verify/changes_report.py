"""What changed between two builds, for people: a page, a Word table for a response to reviewers, a few lines."""

from __future__ import annotations

import json
from html import escape
from itertools import groupby
from pathlib import Path

import pandas as pd

from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.made_csv import made_csv
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE
from caseseries.exhibits.forms.word import document_bytes
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.plan import Exhibit
from caseseries.verify.changes import Change, Changes
from caseseries.verify.page import make_page, make_row, make_table

MOST_ROWS = 1500
MOST_OF_EXHIBIT = 20
"""Rows of one exhibit that a Word table lists; a figure has thousands of plotted numbers."""

MOST_LETTERS = 80
HEADS = ("Exhibit", "Where", "Before", "After", "Meaning", "Cause")
WORD_HEADS = ("Number", "Before", "After", "Meaning", "Cause")
TITLE = "What changed, and why"


def write_changes(changes: Changes, out: Path) -> list[Path]:
    """Write changes.html, changes.docx, changes.csv and changes.json."""
    everything = [*changes.changes, *changes.derived]
    rows = [(change.difference.file, *_cells(change)) for change in everything]
    contents = {
        "changes.html": make_changes_page(changes),
        "changes.docx": make_changes_table(changes),
        "changes.csv": made_csv(pd.DataFrame.from_records(rows, columns=["File", *HEADS]), about=None),
        "changes.json": json.dumps(changes.record(), indent=1, ensure_ascii=False).encode("utf-8"),
    }
    return [write_bytes(content, out / name) for name, content in contents.items()]


def make_changes_page(changes: Changes) -> bytes:
    """Give all changes as a page: what the builds were made from, then number by number."""
    body = [f'<p class="verdict"><strong>{escape(changes.sentence())}</strong></p>']
    body.append(f"<p>First <code>{escape(changes.first)}</code>, then <code>{escape(changes.second)}</code>.</p>")
    if changes.causes:
        rows = [(f"{cause.kind}: {cause.name}", cause.detail, ", ".join(cause.exhibits)) for cause in changes.causes]
        caption = "What the two builds were made from, and which exhibits it is behind"
        body += ["<h2>Made from</h2>", _table(caption, ("What differs", "How", "Behind"), rows)]
    if changes.raw:
        rows = [(change.file, change.where, change.old, change.new, change.why) for change in changes.raw]
        body.append("<h2>Raw tables</h2>")
        body.append(_table("Rows that differ", ("File", "Row and column", "Before", "After", "What"), rows))
    if changes.failed:
        body.append(_table("Changes that cannot stand alone", ("Change", "Why"), list(changes.failed)))
    for title, listed in (("Exhibits", changes.changes), ("Derived tables", changes.derived)):
        if listed:
            rows = [_cells(change) for change in listed]
            body += [f"<h2>{title}</h2>", _table(f"{title}, the gravest changes first", HEADS, rows)]
    return make_page(TITLE, "\n".join(body), is_synthetic=changes.is_synthetic)


def make_changes_table(changes: Changes) -> bytes:
    """Give the changes of exhibits as a Word table, by exhibit; further rows of a figure are counted."""
    rows = []
    ordered = sorted(changes.changes, key=lambda change: change.difference.exhibit)
    for exhibit, group in groupby(ordered, key=lambda change: change.difference.exhibit):
        listed = list(group)
        rows.append(Row(exhibit or "No exhibit", kind="section"))
        for change in listed[:MOST_OF_EXHIBIT]:
            _, where, *cells = _cells(change)
            rows.append(Row(_short(where), tuple(map(_short, cells))))
        rest = len(listed) - MOST_OF_EXHIBIT
        if rest > 0:
            rows.append(Row(f"and {rest:,} more", ("", "", "", "see changes.csv")))
    if not rows:
        rows = [Row(changes.sentence(), ("", "", "", ""))]
    notes = [changes.sentence(), *([SYNTHETIC_NOTE] if changes.is_synthetic else [])]
    legend = "Cause: what moves the number when that alone is changed, or what differs behind the exhibit."
    exhibit = Exhibit("changes", "Table R1", "table", TITLE, legend, "")
    return document_bytes(DisplayTable(WORD_HEADS, tuple(rows), tuple(notes)), exhibit=exhibit, about=None)


def describe_changes(changes: Changes, *, n_shown: int = 20) -> str:
    """Write the changes in a few lines."""
    lines = [changes.sentence()]
    lines += [f"  {cause.kind}: {cause.name} ({cause.detail})" for cause in changes.causes]
    lines += [f"  {change.file}, {change.where}: {change.old!r} -> {change.new!r}" for change in changes.raw[:n_shown]]
    lines += [f"  {name} cannot be replayed alone: {why}" for name, why in changes.failed]
    for change in changes.changes[:n_shown]:
        found = change.difference
        where = f"{found.exhibit or found.file}, {found.where}"
        lines.append(f"  {where}: {found.published!r} -> {found.rebuilt!r} ({found.why}; {change.cause})")
    rest = len(changes.changes) - n_shown
    return "\n".join([*lines, *([f"  and {rest:,} more"] if rest > 0 else [])])


def _cells(change: Change) -> tuple[str, ...]:
    found = change.difference
    where = found.where if found.file.endswith(".csv") else f"{found.file}: {found.where}"
    return (found.exhibit or found.file, where, found.published, found.rebuilt, found.why, change.cause)


def _table(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rest = len(rows) - MOST_ROWS
    more = f"<p>{rest:,} more stand in <code>changes.csv</code>.</p>" if rest > 0 else ""
    return make_table(caption, heads, "".join(map(make_row, rows[:MOST_ROWS]))) + more


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"
