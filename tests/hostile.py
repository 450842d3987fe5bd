"""A data set whose every free text attacks the pages: markup, scripts, handlers, templates, odd letters, length."""

import csv
import re
import shutil

from caseseries.paths import SYNTHETIC
from caseseries.records import read_codebook

STRINGS = (
    "<script>window.attacked=1</script>",
    "</script><script>window.attacked=1</script>",
    "<img src=x onerror=window.attacked=1>",
    "<svg onload=window.attacked=1><desc>",
    "\" onmouseover=\"window.attacked=1\" x=\"",
    "' autofocus onfocus='window.attacked=1",
    "javascript:window.attacked=1",
    "[click](javascript:window.attacked=1)",
    "</style><style>*{display:none}</style>",
    "</title></svg><iframe src=https://example.org>",
    "--><!--<b>bold</b>",
    "]]><![CDATA[<u>under</u>",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "&lt;script&gt; &amp; &#60;b&#62;",
    "`code` **bold** # heading | cell |",
    "=HYPERLINK(\"https://example.org\")",
    "\u202etxt.exe\u202c \u2067right\u2069",
    "a\u00a0b\u2003c wide\u2028line",
    "Ω≈ç 𝔘𝔫𝔦 漢字 עברית",
    "W" * 10_000,
)  # fmt: skip
DRAWN = ("disease", "group", "drug", "term", "visit")
"""Columns whose text stands in figures, which refuse letters that their typeface does not have."""


def list_free():
    """List the columns of the raw tables that hold any text; identifiers are attacked apart."""
    columns = [column for table in read_codebook().tables.values() for column in table.values()]
    return sorted({column.code for column in columns if column.type == "text"} - {"patient_id"})


def pick(number, column):
    strings = [text for text in STRINGS if text.isascii()] if column in DRAWN else STRINGS
    return strings[number % len(strings)]


def write_hostile(folder, *, patients):
    """Write the synthetic set for some patients with a hostile string in every cell of free text; give their new names.

    Identifiers are hostile, too, but for letters that a figure cannot be set in and those that no name may hold.
    """
    names = {patient: f"{STRINGS[number]} {patient}" for number, patient in enumerate(patients)}
    shutil.copytree(SYNTHETIC, folder)
    about = folder / "dataset.toml"
    text = about.read_text(encoding="utf-8").replace("Synthetic cohort", f"{STRINGS[2]} cohort")
    text = text.replace("Drawn by", f"{STRINGS[0]} drawn by")
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [row for row in reader if row["patient_id"] in names]
        for number, row in enumerate(rows):
            row["patient_id"] = names[row["patient_id"]]
            row |= {column: pick(number + at, column) for at, column in enumerate(list_free()) if row.get(column)}
            if path.stem == "patients":
                # The first keeps its disease, so that exhibits of one disease have a patient; the longest come next.
                row |= {"disease": pick(-number, "disease") if number else "JDM", "group": pick(-number - 1, "group")}
        text = re.sub(rf"^{path.stem} = \d+", f"{path.stem} = {len(rows)}", text, flags=re.MULTILINE)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    about.write_text(text, encoding="utf-8")
    return list(names.values())
