"""What one build is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from caseseries.build.digests import Digests
from caseseries.build.nodes import Node, list_nodes
from caseseries.build.parameters import check_names
from caseseries.build.snapshot import Sources
from caseseries.paths import NOTEBOOKS
from caseseries.plan import Exhibit, Plan

LIBRARIES = (
    "docx",
    "fontTools.subset",
    "fontTools.ttLib",
    "lxml.etree",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "openpyxl",
    "pandas",
    "pandera.pandas",
    "pypdf",
    "scipy.stats",
    "seaborn",
    "tomllib",
)
"""Libraries that the notebooks of this project share, loaded once for all of them."""


def hold_always(sources: Sources) -> bool:
    """Tell that a request depends on no file."""
    return True


def consent_always(replaced: list[str], removed: list[str]) -> None:
    """Let everything be published."""


@dataclass(frozen=True)
class Request:
    """What is to be built, from what, and where to.

    ``dataset`` describes the data set for manifest and pages: title, kind, is_synthetic, and the SHA-256 of each file.
    ``parameters`` holds for each notebook what is to be injected besides the folders; ``lists`` the names, such as the
    patients, over which a notebook may run; ``libraries`` is loaded once for all kernels of this machine.
    ``scheduler`` is the address of a Dask cluster that runs the notebooks; empty where this machine does. ``digests``
    remembers hashes of files; without it the cache of the output folder does. ``holds`` tells whether all of this still
    follows from a state of project and data. ``consent`` is told, before anything is published, which files would be
    replaced and which removed, and raises an error where that is not wanted.
    """

    plan: Plan
    exhibits: tuple[Exhibit, ...]
    data: Path
    out: Path
    dataset: dict[str, Any]
    parameters: dict[str, dict[str, Any]]
    jobs: int
    scheduler: str = ""
    lists: dict[str, list[str]] = field(default_factory=dict)
    folder: Path = NOTEBOOKS
    libraries: tuple[str, ...] = LIBRARIES
    report: Callable[[str, str], None] = field(default=lambda node, state: None)
    digests: Digests | None = None
    holds: Callable[[Sources], bool] = hold_always
    consent: Callable[[list[str], list[str]], None] = consent_always

    @cached_property
    def nodes(self) -> list[Node]:
        """What is to be run; the notebook that writes the derived tables always comes first."""
        nodes = list_nodes(self.plan, self.exhibits, parameters=self.parameters, lists=self.lists)
        for notebook in {node.notebook: None for node in nodes}:
            names = {name for node in nodes if node.notebook == notebook for name in node.parameters}
            check_names(self.folder / f"{notebook}.ipynb", names)
        return nodes
