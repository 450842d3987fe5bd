"""Builds a generated project with the engine of the package that stands beside this file; copied into each project."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from caseseries.build.request import Request
from caseseries.build.run import build_exhibits
from caseseries.errors import CaseSeriesError
from caseseries.plan import Exhibit, Plan

PREPARE, SUMMARY = "00_prepare", "99_summary"
PROJECT = Path(__file__).resolve().parent
LIBRARIES = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.pyplot",
    "pandas",
    "seaborn",
)


class Ordered(Plan):
    """A plan in which the summary reads what all figure notebooks wrote."""

    def list_sources(self, notebook: str) -> tuple[str, ...]:
        """List the notebooks whose runs a notebook reads."""
        return list_figures() if notebook == SUMMARY else ()


def list_figures() -> tuple[str, ...]:
    """List the notebooks between the first and the last."""
    return tuple(sorted(path.stem for path in PROJECT.glob("fig_*.ipynb")))


def list_exhibits() -> tuple[Exhibit, ...]:
    """Promise a figure and a page of each notebook."""
    figures, all_names = list_figures(), (PREPARE, *list_figures(), SUMMARY)
    drawn = [Exhibit(name, f"Figure {name}", "figure", name, "", name) for name in (*figures, SUMMARY)]
    pages = [Exhibit(f"page_{name}", f"Page {name}", "supplement", name, "", name) for name in all_names]
    return (*drawn, *pages)


def main() -> int:
    """Build; tell in one message what stopped it."""
    plan = Ordered(title="Benchmark", prepares=PREPARE, exhibits=list_exhibits())
    request = Request(
        plan=plan,
        exhibits=plan.exhibits,
        data=PROJECT / "raw",
        out=PROJECT,
        dataset={"title": "Generated visits", "kind": "synthetic", "sha256": "0" * 64},
        parameters=json.loads((PROJECT / "parameters.json").read_text()),
        jobs=2,
        folder=PROJECT,
        libraries=LIBRARIES,
    )
    try:
        build_exhibits(request, say=print)
    except CaseSeriesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
