"""One build from the request to the published files: what is right is kept, the rest is run, then all is moved."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from caseseries import __version__
from caseseries.build.drive import kernel_environment
from caseseries.build.engine import Engine
from caseseries.build.failures import join_failures, tell_failure
from caseseries.build.fingerprint import hash_content
from caseseries.build.lock import hold_output
from caseseries.build.manifest import files_of, list_files, read_manifest
from caseseries.build.overview import add_overview
from caseseries.build.pages import Pages, collect_entries, describe_runs
from caseseries.build.publish import finish_publishing, publish
from caseseries.build.request import Request
from caseseries.build.store import Store
from caseseries.errors import CaseSeriesError
from caseseries.paths import CACHE, DERIVED, LOCK, ROOT

SCRATCH = ".build-"
NOT_WRITTEN = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT)


class BuildError(CaseSeriesError):
    """One or more notebooks stopped, or the output folder cannot be written; nothing was published."""


def build_exhibits(request: Request, *, say: Callable[[str], None]) -> dict:
    """Keep what is right, run the other notebooks, render the pages and publish all of it.

    Returns
    -------
    dict
        The manifest that was written.

    Raises
    ------
    BuildError
        If a notebook stopped; the others have finished, and nothing was published. Also if the output folder is full
        or cannot be written.
    ExhibitError
        If a notebook did not make an exhibit that the plan promises.
    """
    try:
        with hold_output(request.out, say=say):
            if finish_publishing(request.out):
                say(f"A build was stopped while it published to {request.out}; its last moves are done now.")
            remove_scratch(request.out)
            return _build(request, request.out / f"{SCRATCH}{os.getpid()}", say=say)
    except OSError as error:
        if error.errno in NOT_WRITTEN:
            raise BuildError(f"{request.out} cannot be written: {error.strerror}. Nothing was published.") from None
        raise


def _build(request: Request, scratch: Path, *, say: Callable[[str], None]) -> dict:
    old = read_manifest(request.out) or {"exhibits": [], "derived": {}, "runs": {}}
    published = hash_published(request.out, old)
    engine = Engine(
        nodes=request.nodes,
        folder=request.folder,
        project=ROOT,
        data=request.data,
        scratch=scratch,
        lock=hash_content(LOCK),
        store=Store(request.out / CACHE),
        published=published,
        out=request.out,
        variables=kernel_environment(scratch / "settings"),
        report=request.report,
    )
    if engine.find_kept():
        entries, files = _run(request, engine)
    else:
        entries, files = collect_entries(request, engine, Pages(request, engine))
    manifest = compose_manifest(request, engine, entries=entries, old=old)
    files |= add_overview(request, engine, manifest)
    say_repairs(old, manifest, published, say=say)
    wanted = {name: files.get(name) or published[name] for name in list_files(manifest)}
    gone = set(list_files(old)) - set(wanted)
    publish(request.out, files=wanted, published=published, read=engine.read, remove=gone, manifest=manifest)
    return manifest


def _run(request: Request, engine: Engine) -> tuple[list[dict], dict[str, str]]:
    """Run what must run, and render what it made meanwhile."""
    # All that runs notebooks is slow to load, and a build that finds nothing to do does without.
    from caseseries.build.workers import start_workers

    kept = request.out / CACHE / "matplotlib"
    with made_scratch(engine.scratch, fonts=kept), start_workers(engine.variables, request) as workers:
        pages = Pages(request, engine, workers.draw)
        engine.finished = pages.begin
        failures = engine.run(workers.pool, jobs=workers.jobs)
        if failures:
            raise BuildError("\n\n".join(tell_failure(failure) for failure in join_failures(failures)))
        return collect_entries(request, engine, pages)


@contextmanager
def made_scratch(scratch: Path, *, fonts: Path) -> Iterator[None]:
    """Make the folder in which a build works, and take it away again.

    The one thing kept, in the folder ``fonts``, is matplotlib's list of what typefaces the machine has: where there are
    hundreds, making it takes seconds. A list that cannot be read is made anew by matplotlib.
    """
    settings = scratch / "settings"
    try:
        (settings / "tmp").mkdir(parents=True)
        copy_font_lists(fonts, settings / "matplotlib")
        yield
        copy_font_lists(settings / "matplotlib", fonts)
    finally:
        remove_scratch(scratch.parent)


def copy_font_lists(source: Path, target: Path) -> None:
    """Copy matplotlib's lists of typefaces from folder to folder, if there are any."""
    import shutil

    target.mkdir(parents=True, exist_ok=True)
    for path in source.glob("fontlist-*.json"):
        shutil.copyfile(path, target / path.name)


def hash_published(out: Path, manifest: dict) -> dict[str, str]:
    """Give the hash of each file of a manifest as it is now in the output folder."""
    return {name: hash_content(out / name) for name in list_files(manifest) if (out / name).is_file()}


def compose_manifest(request: Request, engine: Engine, *, entries: list[dict], old: dict) -> dict:
    """Put the entries of this build beside those of exhibits that it was not asked for."""
    planned = {exhibit.id: number for number, exhibit in enumerate(request.plan.exhibits)}
    fresh = {entry["id"] for entry in entries}
    kept = [entry for entry in old["exhibits"] if entry["id"] in planned and entry["id"] not in fresh]
    names = {name for entry in kept for name in entry["runs"]}
    runs = {name: run for name, run in old.get("runs", {}).items() if name in names} | describe_runs(engine)
    return {
        "caseseries": __version__,
        "dataset": request.dataset,
        "derived": {name: digest for name, digest in sorted(engine.collect_made().items()) if is_derived(name)},
        "exhibits": sorted([*kept, *entries], key=lambda entry: planned[entry["id"]]),
        "runs": dict(sorted(runs.items())),
    }


def is_derived(name: str) -> bool:
    """Tell whether a file is one of the derived tables."""
    return name.startswith(f"{DERIVED.as_posix()}/")


def say_repairs(old: dict, manifest: dict, published: dict[str, str], *, say: Callable[[str], None]) -> None:
    """Say which published files were missing or altered since the last build, and are as they must be again."""
    wanted = files_of(manifest)
    for name, digest in files_of(old).items():
        if name in wanted and published.get(name) != digest:
            say(f"{name} was {'altered' if name in published else 'missing'}; it is restored.")


def remove_scratch(out: Path) -> None:
    """Take away what an interrupted build left behind; only the build that holds the folder may."""
    left = list(out.glob(f"{SCRATCH}*/"))
    if left:
        import shutil

        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
