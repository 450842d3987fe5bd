"""The certificate: one HTML page that says what was compared, what came out, and shows every difference."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from caseseries.precision import DIGITS
from caseseries.verify.environment import describe_briefly
from caseseries.verify.grades import WORDS, Difference, Grade, Pictures
from caseseries.verify.page import make_page, make_table
from caseseries.verify.verdict import Verdict

MOST_ROWS = 1500
"""More differences are in differences.csv; a page of so many lines is read by nobody."""

MOST_PICTURE_BYTES = 1_000_000
"""All pictures together; as text they take a third more."""


def make_certificate(verdict: Verdict) -> bytes:
    """Give the certificate as a page that needs nothing but itself."""
    word = "passed" if verdict.passes else "did not pass"
    title = f"Certificate of verification: {word}"
    parts = [
        _summary(verdict),
        _grades(verdict),
        _exhibits(verdict),
        _differences(verdict),
        _pictures(verdict),
        _method(),
    ]
    return make_page(title, "\n".join(filter(None, parts)), is_synthetic=verdict.is_synthetic)


def _summary(verdict: Verdict) -> str:
    kind = " passes" if verdict.passes else ""
    settings = verdict.settings or "all at their default"
    scope = f" Published, and rebuilt, were {verdict.scope}." if verdict.scope else ""
    return (
        f'<p class="verdict{kind}"><strong>{escape(verdict.sentence())}</strong></p>\n'
        f"<p>Everything was rebuilt from raw data in an empty folder, without a cache, and compared with "
        f"<code>{escape(verdict.published)}</code>: {verdict.n_cells:,} cells of tables and every figure. "
        f"Data set: {escape(verdict.dataset)}. Parameters: {escape(settings)}.{escape(scope)}</p>{_conditions(verdict)}"
    )


def _conditions(verdict: Verdict) -> str:
    watched = f" Watched by: {escape(verdict.watched_by)}." if verdict.watched_by else ""
    if not verdict.environment:
        return f"\n<p>{watched.strip()}</p>" if watched else ""
    packages = "; ".join(f"{name} {version}" for name, version in verdict.environment["packages"].items())
    return (
        f"\n<p>Rebuilt by {escape(describe_briefly(verdict.environment))}.{watched}</p>\n"
        f"<details><summary>Packages that were installed</summary><p>{escape(packages)}</p></details>"
    )


def _grades(verdict: Verdict) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(WORDS[grade])}</th><td>{n:,}</td></tr>' for grade, n in verdict.counts.items()
    )
    return make_table("Files by grade", ("Grade", "Files"), rows)


def _exhibits(verdict: Verdict) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td class="grade">{escape(grade.words)}</td>'
        f"<td>{sum(entry.exhibit == label for entry in verdict.comparisons):,}</td></tr>"
        for label, grade in verdict.exhibits().items()
    )
    return "<h2>Exhibits</h2>\n" + make_table(
        "The worst grade of each exhibit's files", ("Exhibit", "Grade", "Files"), rows
    )


def _differences(verdict: Verdict) -> str:
    shown = verdict.differences[:MOST_ROWS]
    if not shown:
        return "<h2>Differences</h2>\n<p>There is none: every file has the bytes that are published.</p>"
    heads = ("Exhibit", "Where", "Published", "Rebuilt", "Grade", "Why")
    rest = len(verdict.differences) - len(shown)
    more = f"<p>{rest:,} more stand in <code>differences.csv</code>.</p>" if rest else ""
    rows = "".join(map(_row, shown))
    return "<h2>Differences</h2>\n" + make_table("Every difference, the worst first", heads, rows) + more


def _row(found: Difference) -> str:
    return (
        f'<tr><th scope="row">{escape(found.exhibit or "none")}</th>'
        f"<td><code>{escape(found.file)}</code><br>{escape(found.where)}</td>"
        f'<td class="value">{escape(found.published)}</td><td class="value">{escape(found.rebuilt)}</td>'
        f'<td class="grade">{escape(found.grade.words)}</td><td>{escape(found.why)}</td></tr>\n'
    )


def _pictures(verdict: Verdict) -> str:
    shown, size, left = [], 0, 0
    for found in verdict.differences:
        if found.pictures:
            size += sum(map(len, (found.pictures.published, found.pictures.rebuilt, found.pictures.difference)))
            if size <= MOST_PICTURE_BYTES:
                shown.append(_side_by_side(found, found.pictures))
            else:
                left += 1
    more = f"<p>{left:,} more figures differ; they are too many to be shown here.</p>" if left else ""
    return "\n".join(["<h2>Figures side by side</h2>", *shown, more]) if shown else ""


def _side_by_side(found: Difference, pictures: Pictures) -> str:
    kinds = (("published", pictures.published), ("rebuilt", pictures.rebuilt), ("difference", pictures.difference))
    name = f"{found.exhibit} {found.file}".strip()
    figures = "".join(
        f'<figure><img alt="{escape(name)}, {kind}" src="data:image/webp;base64,{b64encode(content).decode("ascii")}">'
        f"<figcaption>{kind.capitalize()}</figcaption></figure>"
        for kind, content in kinds
    )
    said = f"<p>{escape(found.why)}. Shown: {pictures.region}.</p>"
    return f'<h3>{escape(name)}</h3>\n{said}<div class="side">{figures}</div>'


def _method() -> str:
    passing = " and ".join(WORDS[grade] for grade in Grade if grade.passes)
    return (
        "<h2>How it was compared</h2>\n<p>Bytes first. Where they differ, tables cell by cell, rows by their keys and "
        "columns by their headings; text by paragraph; figures by the numbers drawn, then by their dots, which are "
        "equal where no eye sees a difference (CIELAB distance below 2.3). A number is equal if it is printed with the "
        f"same digits to the same last place; of numbers in workbooks {DIGITS} significant digits count. A conclusion "
        "changed if a P value crosses 0.05, if the interval of a difference crosses 0 or that of a ratio crosses 1, if "
        "a sign, a grade, a category, an answer or a count of patients is another one, or if a row, column, patient or "
        "unit is. Records inside files, and <code>MANIFEST.json</code>, say what a file was made from; where only "
        f"they differ, that is listed and passes. The verification passes with grades {passing} alone.</p>"
    )
