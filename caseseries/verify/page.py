"""A page of its own in the look of the supplements: one file that fetches nothing, with tables for any reader."""

from __future__ import annotations

from html import escape

from caseseries import __version__
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE
from caseseries.paths import TEMPLATES

STYLE = TEMPLATES / "supplement" / "style.css"
OWN_STYLE = """\
.verdict { padding: .8rem 1rem; border-left: 5px solid #b3261e; background: var(--field); font-size: 1.1rem; }
.verdict.passes { border-color: #2e7d32; }
td.value { overflow-wrap: anywhere; min-width: 7rem; max-width: 20rem; }
td code, th code { overflow-wrap: anywhere; font-size: .8rem; }
.side { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0 1.5rem; }
.side figure { flex: 1 1 15rem; max-width: 27rem; }
.side img { width: 100%; border: 1px solid var(--line); background: #fff; }
.grade { white-space: nowrap; }
main > h2 { margin-top: 2.5rem; }
"""


def make_page(title: str, body: str, *, is_synthetic: bool) -> bytes:
    """Give a page with its title as its first heading; ``body`` is HTML."""
    note = f'<p class="synthetic"><strong>{escape(SYNTHETIC_NOTE)}</strong></p>' if is_synthetic else ""
    style = STYLE.read_text(encoding="utf-8") + OWN_STYLE
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>\n{style}</style></head>\n'
        f'<body>\n<header><p class="label">caseseries {__version__}</p>{note}</header>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    ).encode()


def make_table(caption: str, heads: tuple[str, ...], rows: str) -> str:
    """Give a table with caption and scopes inside a region that the keyboard can scroll; ``rows`` is HTML."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption, quote=True)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>\n"
    )


def make_row(cells: tuple[str, ...]) -> str:
    """Give a row of texts; the first one is its heading."""
    first, *others = (escape(cell) for cell in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td class=value>{cell}</td>" for cell in others)}</tr>\n'
