"""The what-if page: settings, results and claims to one file that fetches nothing and computes nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from caseseries import __version__
from caseseries.estimate import Survival
from caseseries.exhibits.denominators import Stated
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.note import data_note, heading
from caseseries.exhibits.forms.provenance import NAME, Provenance
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.whatif.claims import CLAIMS, Specification, specify
from caseseries.exhibits.whatif.curves import Curves
from caseseries.exhibits.whatif.results import TIME, Found, describe, find_results, list_numbers, read_facts
from caseseries.exhibits.whatif.settings import Setting, list_settings
from caseseries.exhibits.whatif.specification import describe_specification
from caseseries.paths import SUPPLEMENTS, TEMPLATES
from caseseries.plan import Exhibit
from caseseries.precision import written
from caseseries.records.dataset import About

CURVES = {
    "return": ("B cells not back", "Patients without return of B cells (%)", False),
    "reached": ("Drug-free remission", "Patients who reached drug-free remission (%)", True),
}
"""Title and words of the y axis of the two curves, and whether they rise, by headline result."""

LEDGER = {
    "follow_up": "patients:last_contact_day, recorded",
    "return": "time_to_event:b_cell_return, has a row",
    "left": "time_to_event:b_cell_depletion, has a row",
    "remission": "visit_outcomes:REMISSION, assessed at last",
    "drug_free_remission": "visit_outcomes:DRUG_FREE_REMISSION, assessed at last",
    "sustained": "visit_outcomes:SUSTAINED_REMISSION, assessed at last",
    "reached": "time_to_event:DRUG_FREE_REMISSION, has a row",
    "flare": "patients:flare_count, recorded",
    "drug_free": "visit_outcomes:DRUG_FREE, assessed at last",
}
"""Line of the ledger that accounts for the patients of each result under the default settings."""


@dataclass(frozen=True)
class WhatIf:
    """The page before it is a file."""

    settings: Mapping[str, Setting]
    results: Mapping[str, Found]
    specifications: tuple[Specification, ...]

    @property
    def state(self) -> dict[str, int]:
        """The settings of the manuscript."""
        return {setting.code: setting.default for setting in self.settings.values()}

    def list_denominators(self) -> Iterator[Stated]:
        """List the patients behind each result as built, with the line of the ledger; variants have other ones."""
        for code, found in self.results.items():
            patients = found.cases[found.case(self.state)]
            if patients:
                yield Stated(found.headline.label, f"n = {len(patients)}", len(patients), LEDGER[code])

    def to_html(self, *, exhibit=None, about=None, provenance=None) -> str:
        """Give what the notebook shows of the page: how many variants keep each claim."""
        rows = tuple(
            Row(entry.claim.text, (str(entry.n_holds), str(len(entry.variants)))) for entry in self.specifications
        )
        table = DisplayTable(("Claim", "Variants under which it holds", "Variants"), rows)
        return table.to_html(exhibit=exhibit, about=about)


def make_page(runs: pd.DataFrame, patients: pd.DataFrame, *, design: Mapping) -> WhatIf:
    """Estimate every result that the page can show.

    Parameters
    ----------
    runs : DataFrame, one row per cut-off, patient, definition, choice and fact
        ``cut``, ``months`` and the columns of ``BY_DEFINITION``.
    patients : DataFrame, one row per patient
        ``patient_id``, ``disease``.
    design
        The options of the run; they are the settings that the page opens with.
    """
    settings = list_settings(runs, patients, design=design)
    results = find_results(read_facts(runs), settings)
    specified = (specify(claim, results[claim.headline], settings) for claim in CLAIMS)
    return WhatIf(settings, results, tuple(entry for entry in specified if entry))


def write_page(
    page: WhatIf, *, exhibit: Exhibit, about: About, out: Path, provenance: Provenance | None = None
) -> list[Path]:
    """Write the page.

    Returns
    -------
    list of Path
        ``supplements/<id>.html`` under ``out``.
    """
    content = page_bytes(page, exhibit=exhibit, about=about, provenance=provenance)
    return [write_bytes(content, Path(out) / SUPPLEMENTS / f"{exhibit.id}.html")]


def page_bytes(page: WhatIf, *, exhibit: Exhibit, about: About, provenance: Provenance | None = None) -> bytes:
    """Give the page as one file, showing the settings of the manuscript until a reader changes one."""
    curves = Curves(max((_last_day(found) for found in page.results.values()), default=0.0))
    data = {
        "settings": [
            {"code": setting.code, "choices": [choice.code for choice in setting.choices], "default": setting.default}
            for setting in page.settings.values()
        ],
        "results": [_describe_result(found, curves) for found in page.results.values()],
        "claims": [_describe_claim(entry) for entry in page.specifications],
    }
    shown = {
        entry["code"]: _pick(entry, found, page.state)
        for found, entry in zip(page.results.values(), data["results"], strict=True)
    }
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = (TEMPLATES / "whatif" / "whatif.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    html = environment.get_template("whatif/page.html.j2").render(
        exhibit=exhibit,
        heading=heading(exhibit),
        note=data_note(about),
        about=about,
        version=__version__,
        record_name=NAME,
        record=provenance.text() if provenance else "",
        settings=list(page.settings.values()),
        results=[found.headline for found in page.results.values()],
        shown=shown,
        curves={code: words for code, words in CURVES.items() if page.results[code].cases != ((),)},
        ticks=curves.ticks,
        claims=[describe_specification(entry) for entry in page.specifications],
        script=script,
        script_hash=f"sha256-{digest}",
        # A script must not be ended by what a patient is called.
        data=json.dumps(data, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c"),
    )
    made = html.encode("utf-8")
    return seal(made) if provenance else made


def _last_day(found: Found) -> float:
    if found.headline.kind != TIME:
        return 0.0
    return max((time for patients in found.cases for time, _ in patients), default=0)


def _describe_result(found: Found, curves: Curves) -> dict:
    return {
        "code": found.headline.code,
        "axes": [axis.code for axis in found.axes],
        "by": [setting.code for setting in found.by],
        "cells": found.cells,
        "cases": [_describe_case(found, case, curves) for case in range(len(found.cases))],
    }


def _describe_case(found: Found, case: int, curves: Curves) -> dict:
    estimates = [found.estimate(case, how) for how in found.list_ways()]
    described = {
        "text": [describe(estimate) for estimate in estimates],
        "numbers": [" ".join(map(_exact, list_numbers(estimate))) for estimate in estimates],
    }
    first = estimates[0]
    if not isinstance(first, Survival):
        return described
    rises = CURVES[found.headline.code][2]
    return described | {
        "line": curves.line(first, rises=rises),
        "censored": curves.censored(first, rises=rises),
        "risk": curves.at_risk(first),
        "band": [curves.band(estimate, rises=rises) for estimate in estimates],
    }


def _exact(value: float | None) -> str:
    return "NA" if value is None else written(float(value))


def _pick(entry: dict, found: Found, state: Mapping[str, int]) -> dict:
    """Give what the page shows of a result in one state."""
    case, way = entry["cases"][found.case(state)], 0
    for setting in found.by:
        way = way * len(setting.choices) + state[setting.code]
    return {name: value[way] if name in ("text", "numbers", "band") else value for name, value in case.items()}


def _describe_claim(entry: Specification) -> dict:
    return {
        "code": entry.claim.code,
        "axes": [axis.code for axis in entry.axes],
        "lookup": entry.lookup,
        "reader": [axis.code for axis in entry.reader_axes],
        "holds": entry.holds,
    }


__all__ = ["WhatIf", "make_page", "page_bytes", "write_page"]
