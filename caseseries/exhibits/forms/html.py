"""Exhibits as HTML elements: a real table with caption and scopes, a figure with its alternative text and legend."""

from __future__ import annotations

from html import escape

from caseseries.exhibits.forms.inline import inline_svg
from caseseries.exhibits.forms.note import data_note, heading
from caseseries.exhibits.forms.provenance import NAME, Provenance
from caseseries.exhibits.forms.render import render_figure
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.plan import Exhibit
from caseseries.records.dataset import About

SHORT = 12
"""Letters of a heading of a column that stay on one line."""
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
.short{white-space:nowrap}
.notes{font-size:9pt;max-width:60em;margin:.5em 0 0}
.notes p{margin:.15em 0}
"""


def table_element(table: DisplayTable, *, exhibit: Exhibit | None = None, about: About | None = None) -> str:
    """Give a table as HTML: caption, column and row headings with their scope, one body per section, notes."""
    title = heading(exhibit) or table.caption
    legend = f" {escape(exhibit.legend)}" if exhibit and exhibit.legend else ""
    title_end = "." if legend else ""
    # The words stand in a block of their own, which can stay in sight while a wide table is moved sideways.
    caption = (
        f'<caption><span class="words"><strong>{escape(title)}{title_end}</strong>{legend}</span></caption>'
        if title
        else ""
    )
    head = "".join(map(_head_cell, table.columns))
    bodies = "".join(f"<tbody>{''.join(rows)}</tbody>" for rows in _bodies(table))
    notes = [*table.footnotes, *filter(None, [data_note(about)])]
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    below = f'<div class="notes">{below}</div>' if below else ""
    place = f' id="{escape(exhibit.id, quote=True)}"' if exhibit else ""
    # A region that scrolls must be reachable by keyboard and have a name.
    name = escape(title or f"Table: {', '.join(filter(None, table.columns))}", quote=True)
    return (
        f'<div class="table"{place}><div class="scroll" role="region" tabindex="0" aria-label="{name}">'
        f'<table class="exhibit">{caption}<thead><tr>{head}</tr></thead>{bodies}</table></div>{below}</div>'
    )


def _head_cell(column: str) -> str:
    if not column:
        return "<td></td>"
    # A name such as P-1 must not be broken at its hyphen.
    mark = ' class="short"' if len(column) <= SHORT else ""
    return f'<th{mark} scope="col">{escape(column)}</th>'


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
    """Give a figure as HTML: the picture as SVG with its title and description, and the legend under it.

    ``provenance`` is carried by the figure's files and not by a picture in a page.
    """
    svg = render_figure(drawing, exhibit=exhibit, about=about, format="svg")
    title, name = heading(exhibit), exhibit.id if exhibit else "figure"
    legend = " ".join(filter(None, [exhibit.legend if exhibit else "", drawing.legend, data_note(about)]))
    # On a narrow screen the picture keeps a width at which it can be read, and scrolls.
    return (
        f'<figure class="exhibit" id="{escape(name, quote=True)}">'
        f'<div class="plate" role="group" tabindex="0" aria-label="{escape(f"Picture: {title}", quote=True)}">'
        f"{inline_svg(svg, name=name)}</div>"
        f"<figcaption><strong>{escape(title)}.</strong> {escape(legend)}</figcaption></figure>"
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
