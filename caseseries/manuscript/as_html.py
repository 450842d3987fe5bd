"""The text as one HTML page: each number a link to the line that tells its origin, nothing fetched."""

from __future__ import annotations

from html import escape

from caseseries.exhibits.forms.html import PAGE_STYLE
from caseseries.exhibits.forms.note import data_note
from caseseries.exhibits.forms.provenance import NAME, Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.manuscript.origin import HOW_TO_READ, TITLE, Origin, find_page, list_origins
from caseseries.manuscript.text import Block, Span, Text
from caseseries.plan import Plan
from caseseries.records.dataset import About

STYLE = """\
article{max-width:42em;font-size:11pt;line-height:1.5}
h1{font-size:16pt}h2{font-size:12pt;margin-top:1.6em}
a{color:inherit;text-decoration:underline dotted;text-underline-offset:.2em}
a:hover{text-decoration-style:solid}:focus-visible{outline:2px solid currentcolor}
tr:target{background:#fff4d6;color:#111}
.note{background:#fff4d6;padding:.5em .8em;max-width:52em}
td code{font-size:8.5pt;overflow-wrap:anywhere}
"""
RANKS = {"title": 0, "heading": 1}


def article_element(text: Text, *, page: str = "", level: int = 1) -> str:
    """Give the text as one HTML element.

    Parameters
    ----------
    page
        Where the lines of the numbers stand; empty if on the same page.
    level
        Rank of the title among the headings of the page.
    """
    blocks = "\n".join(_block(block, text.plan, page, level) for block in text.blocks)
    return f'<article class="text">\n{blocks}\n</article>'


def page_bytes(text: Text, *, about: About, provenance: Provenance | None = None) -> bytes:
    """Give the text as a page, with its record if there is one."""
    origins = list(list_origins(text))
    note = data_note(about)
    meta = f'<meta name="{NAME}" content="{escape(provenance.text())}">' if provenance else ""
    above = f'<p class="note"><strong>{escape(note)}</strong></p>' if note else ""
    title = escape(f"{text.plan.title}. {text.title}")
    made = (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>{meta}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>\n{PAGE_STYLE}{STYLE}</style>'
        f"</head>\n<body><main>{above}\n{article_element(text)}\n{_list(origins)}</main></body></html>\n"
    ).encode()
    return seal(made) if provenance else made


def _block(block: Block, plan: Plan, page: str, level: int) -> str:
    tag = f"h{level + RANKS[block.kind]}" if block.kind in RANKS else "p"
    return f"<{tag}>{''.join(_span(span, plan, page) for span in block.spans)}</{tag}>"


def _span(span: Span, plan: Plan, page: str) -> str:
    text = escape(span.text)
    if span.key:
        return f'<a href="{escape(page)}#{escape(span.key)}">{text}</a>'
    if span.exhibit:
        shown_on = find_page(plan.exhibit(span.exhibit), plan=plan)
        return f'<a href="../{escape(shown_on)}">{text}</a>' if shown_on else text
    return text


def _list(origins: list[Origin]) -> str:
    heads = ("Number", "What it is", "Value", "Patients", "Method", "Exhibit", "Rows")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "\n".join(map(_row, origins))
    return (
        f'<section><h2 id="origins">{TITLE}</h2><p class="notes">{HOW_TO_READ}</p>'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{TITLE}"><table class="exhibit">'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div></section>"
    )


def _row(origin: Origin) -> str:
    exhibit = escape(origin.exhibit.label) if origin.exhibit else ""
    if origin.page:
        exhibit = f'<a href="../{escape(origin.page)}">{exhibit}</a>'
    table = f'<a href="../{escape(origin.table)}">{escape(origin.table)}</a> ' if origin.table else ""
    cells = (
        f"{escape(origin.label)}<br><code>{escape(origin.key)}</code>",
        escape(origin.value),
        escape(origin.made_from),
        escape(origin.method),
        exhibit,
        f"{table}<code>{escape(origin.rows)}</code>",
    )
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="{escape(origin.key)}"><th scope="row">{escape(origin.text)}</th>{body}</tr>'
