"""One build from the request to the published files: scratch folder first, moves into place last."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock, Timeout

from caseseries import __version__
from caseseries.build.execute import Failure, Run, enter_environment, execute_run, kernel_environment
from caseseries.build.manifest import describe_inputs, hash_files, list_files, read_manifest, write_manifest
from caseseries.build.render import collect_facts, render_page
from caseseries.errors import CaseSeriesError, ExhibitError
from caseseries.paths import DERIVED, NOTEBOOKS, SUPPLEMENTS
from caseseries.plan import Exhibit, Plan

SCRATCH = ".build-"


class BuildError(CaseSeriesError):
    """One or more notebooks stopped; nothing was published."""


@dataclass(frozen=True)
class Request:
    """What is to be built, from what, and where to.

    ``dataset`` describes the data set for manifest and pages: title, kind, is_synthetic, and the SHA-256 of each file.
    ``parameters`` holds for each notebook what is to be injected besides the folders.
    """

    plan: Plan
    exhibits: tuple[Exhibit, ...]
    data: Path
    out: Path
    dataset: dict[str, Any]
    parameters: dict[str, dict[str, Any]]
    jobs: int
    folder: Path = NOTEBOOKS
    report: Callable[[str, str], None] = field(default=lambda notebook, state: None)

    @property
    def notebooks(self) -> list[str]:
        """The notebooks to run; the one that writes the derived tables always comes first."""
        return [
            self.plan.prepares,
            *sorted({exhibit.notebook for exhibit in self.exhibits} - {self.plan.prepares}),
        ]


@contextmanager
def hold_output(out: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Keep an output folder for one build; a second one waits, and says so."""
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / ".build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Another build is writing to {out}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def build_exhibits(request: Request, *, say: Callable[[str], None]) -> dict:
    """Run the notebooks, render the pages and publish all of it.

    Returns
    -------
    dict
        The manifest that was written.

    Raises
    ------
    BuildError
        If a notebook stopped; the others have finished, and nothing was published.
    ExhibitError
        If a notebook did not make an exhibit that the plan promises.
    """
    with hold_output(request.out, say=say):
        remove_scratch(request.out)
        return _build(request)


def _build(request: Request) -> dict:
    with TemporaryDirectory(prefix=SCRATCH, dir=request.out) as folder:
        scratch = Path(folder)
        failures = _execute_all(request, scratch)
        if failures:
            raise BuildError("\n\n".join(failure.text() for failure in failures))
        entries = _collect(request, scratch)
        return _publish(request, scratch, entries)


def _execute_all(request: Request, scratch: Path) -> list[Failure]:
    places = {"data": str(request.data), "out": str(scratch)}
    runs = [
        Run(
            name=name,
            notebook=request.folder / f"{name}.ipynb",
            executed=scratch / "executed" / f"{name}.ipynb",
            work=scratch,
            parameters={**request.parameters.get(name, {}), **places},
        )
        for name in request.notebooks
    ]
    (scratch / "executed").mkdir()
    (scratch / "settings").mkdir()
    variables = kernel_environment(scratch / "settings")
    pool = ProcessPoolExecutor(
        request.jobs, mp_context=get_context("spawn"), initializer=enter_environment, initargs=(variables,)
    )
    with pool:
        return _run_stage(request, pool, runs[:1]) or _run_stage(request, pool, runs[1:])


def _run_stage(request: Request, pool: ProcessPoolExecutor, runs: list[Run]) -> list[Failure]:
    failures = []
    futures = {pool.submit(execute_run, run): run for run in runs}
    for run in runs:
        request.report(run.name, "running")
    for future in as_completed(futures):
        failure = future.result()
        request.report(futures[future].name, "failed" if failure else "done")
        failures += [failure] if failure else []
    return sorted(failures, key=lambda failure: failure.name)


def _collect(request: Request, scratch: Path) -> list[dict]:
    """Render the pages, and hold what was made against what the plan promises."""
    promised = [exhibit for exhibit in request.plan.exhibits if exhibit.notebook in request.notebooks]
    made = {
        facts["exhibit"]: facts
        for name in request.notebooks
        for facts in collect_facts(scratch / "executed" / f"{name}.ipynb")
    }
    pages = [exhibit for exhibit in promised if exhibit.kind == "supplement"]
    for page in pages:
        made[page.id] = {"files": [_render(request, scratch, page)], "lacks": []}
    lost = [
        f"{exhibit.label} ({exhibit.id}, {exhibit.notebook}.ipynb)" for exhibit in promised if exhibit.id not in made
    ]
    surplus = sorted(set(made) - {exhibit.id for exhibit in promised})
    if lost or surplus:
        raise ExhibitError(
            "exhibits.toml and the notebooks disagree: "
            + "; ".join(
                [f"{name} was not made" for name in lost] + [f"{name} was made but is not planned" for name in surplus]
            )
        )
    return [
        {
            "id": exhibit.id,
            "label": exhibit.label,
            "title": exhibit.title,
            "notebook": exhibit.notebook,
            "lacks": made[exhibit.id]["lacks"],
            "files": hash_files(scratch, made[exhibit.id]["files"]),
            "made_from": describe_inputs(
                request.folder / f"{exhibit.notebook}.ipynb",
                dataset=request.dataset,
                parameters=request.parameters.get(exhibit.notebook, {}),
            ),
        }
        for exhibit in promised
    ]


def _render(request: Request, scratch: Path, page: Exhibit) -> str:
    name = (SUPPLEMENTS / f"{page.id}.html").as_posix()
    supplements = [exhibit for exhibit in request.plan.exhibits if exhibit.kind == "supplement"]
    facts = {
        "series": request.plan.title,
        "label": page.label,
        "title": page.title,
        "notebook": page.notebook,
        "version": __version__,
        "is_synthetic": request.dataset["kind"] == "synthetic",
        "dataset": request.dataset["title"],
        "dataset_hash": request.dataset["sha256"],
        "pages": [{"label": other.label, "title": other.title, "file": f"{other.id}.html"} for other in supplements],
    }
    executed = scratch / "executed" / f"{page.notebook}.ipynb"
    render_page(executed, scratch / name, parameters=request.parameters.get(page.notebook, {}), facts=facts)
    return name


def _publish(request: Request, scratch: Path, entries: list[dict]) -> dict:
    """Move what was made into place, take away what this build no longer makes, write the manifest."""
    out = request.out
    old = read_manifest(out) or {"exhibits": [], "derived": {}}
    derived = [path.relative_to(scratch).as_posix() for path in (scratch / DERIVED).glob("*.csv")]
    planned = {exhibit.id: number for number, exhibit in enumerate(request.plan.exhibits)}
    fresh = {entry["id"] for entry in entries}
    kept = [entry for entry in old["exhibits"] if entry["id"] in planned and entry["id"] not in fresh]
    manifest = {
        "caseseries": __version__,
        "dataset": request.dataset,
        "derived": hash_files(scratch, derived),
        "exhibits": sorted([*kept, *entries], key=lambda entry: planned[entry["id"]]),
    }
    for name in list_files({"derived": manifest["derived"], "exhibits": entries}):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).replace(out / name)
    for name in set(list_files(old)) - set(list_files(manifest)):
        (out / name).unlink(missing_ok=True)
    write_manifest(out, manifest)
    return manifest


def remove_scratch(out: Path) -> None:
    """Take away what an interrupted build left behind; only the build that holds the folder may."""
    for folder in out.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
