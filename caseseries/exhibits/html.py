"""Exhibits as HTML elements: a real table with caption and scopes, a figure with its alternative text and legend."""

from __future__ import annotations

import base64
from html import escape

from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.exhibits.note import data_note, heading
from caseseries.exhibits.provenance import NAME, Provenance
from caseseries.exhibits.render import render_figure
from caseseries.exhibits.seal import seal
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

PAGE_STYLE = """\
body{font-family:"TeX Gyre Heros",Helvetica,Arial,sans-serif;font-size:10pt;color:#111;margin:2em;line-height:1.35}
table{border-collapse:collapse;border-top:1.2pt solid #111;border-bottom:1.2pt solid #111}
caption{text-align:left;padding-bottom:.6em;max-width:60em}
thead th,thead td{border-bottom:.6pt solid #111;vertical-align:bottom}
th,td{text-align:left;font-weight:normal;padding:.18em .9em .18em 0;vertical-align:top}
thead th,th.section,caption strong{font-weight:bold}
th.section{padding-top:.6em}
th.detail{padding-left:1.2em}
th[scope=row]{max-width:28em}
.scroll{overflow-x:auto}
.notes{font-size:9pt;max-width:60em;margin:.5em 0 0}
.notes p{margin:.15em 0}
"""


def table_element(table: DisplayTable, *, exhibit: Exhibit | None = None, about: About | None = None) -> str:
    """Give a table as HTML: caption, column and row headings with their scope, one body per section, notes."""
    title = heading(exhibit) or table.caption
    legend = f" {escape(exhibit.legend)}" if exhibit and exhibit.legend else ""
    caption = f"<caption><strong>{escape(title)}</strong>{legend}</caption>" if title else ""
    head = "".join(f'<th scope="col">{escape(column)}</th>' if column else "<td></td>" for column in table.columns)
    bodies = "".join(f"<tbody>{''.join(rows)}</tbody>" for rows in _bodies(table))
    notes = [*table.footnotes, *filter(None, [data_note(about)])]
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    below = f'<div class="notes">{below}</div>' if below else ""
    # A region that scrolls must be reachable by keyboard and have a name.
    name = escape(title or "Table", quote=True)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table class="exhibit">{caption}'
        f"<thead><tr>{head}</tr></thead>{bodies}</table></div>{below}"
    )


def _bodies(table: DisplayTable) -> list[list[str]]:
    bodies: list[list[str]] = [[]]
    for row in table.rows:
        if row.kind == "section" and bodies[-1]:
            bodies.append([])
        bodies[-1].append(_table_row(row, len(table.columns)))
    return bodies


def _table_row(row: Row, n_columns: int) -> str:
    if row.kind == "section":
        return f'<tr><th class="section" scope="rowgroup" colspan="{n_columns}">{escape(row.label)}</th></tr>'
    mark = ' class="detail"' if row.kind == "detail" else ""
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
    return f'<tr><th{mark} scope="row">{escape(row.label)}</th>{cells}</tr>'


def figure_element(
    drawing: Drawing,
    *,
    exhibit: Exhibit | None = None,
    about: About | None = None,
    provenance: Provenance | None = None,
) -> str:
    """Give a figure as HTML: the picture as SVG, its alternative text, and the legend under it."""
    svg = render_figure(drawing, exhibit=exhibit, about=about, format="svg", provenance=provenance)
    picture = base64.b64encode(svg).decode("ascii")
    title = heading(exhibit)
    legend = " ".join(filter(None, [exhibit.legend if exhibit else "", drawing.legend, data_note(about)]))
    return (
        f'<figure class="exhibit"><img alt="{escape(drawing.alt_text, quote=True)}" '
        f'src="data:image/svg+xml;base64,{picture}">'
        f"<figcaption><strong>{escape(title)}</strong> {escape(legend)}</figcaption></figure>"
    )


def table_page(table: DisplayTable, *, exhibit: Exhibit, about: About, provenance: Provenance | None = None) -> bytes:
    """Give a table as a page of its own, with its record if there is one."""
    title = escape(heading(exhibit))
    body = table_element(table, exhibit=exhibit, about=about)
    meta = f'<meta name="{NAME}" content="{escape(provenance.text())}">' if provenance else ""
    made = (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>{meta}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>\n{PAGE_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>\n"
    ).encode()
    return seal(made) if provenance else made
