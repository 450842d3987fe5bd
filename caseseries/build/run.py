"""One build from the request to the published files: what is right is kept, the rest is run, then all is moved."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from caseseries import __version__
from caseseries.build.digests import HASHES, Digests
from caseseries.build.drive import kernel_environment
from caseseries.build.engine import Engine
from caseseries.build.failures import join_failures, tell_failure
from caseseries.build.fingerprint import ABSENT
from caseseries.build.installed import Installed
from caseseries.build.lock import hold_output
from caseseries.build.manifest import files_of, list_files, read_manifest
from caseseries.build.overview import add_overview
from caseseries.build.own_code import list_newer
from caseseries.build.pages import Pages, collect_entries, describe_runs
from caseseries.build.publish import finish_publishing, publish
from caseseries.build.request import Request
from caseseries.build.snapshot import Snapshot, SnapshotError, Sources
from caseseries.build.stale import LocalRecord, describe_options, find_stale, join_entry, list_other_runs
from caseseries.build.store import Store
from caseseries.errors import CaseSeriesError, refuse_optimized
from caseseries.paths import CACHE, DERIVED, LOCK, ROOT

SCRATCH = ".build-"
PRIVATE = ("patient",)
"""Kinds of data sets whose rows nobody else may read, in copies either."""
STATES = itertools.count()
"""What was read from one copy must not pass for what stands in the next one."""
MOST_NAMED = 10
"""Files that are named of those that were saved while a build ran."""
NOT_WRITTEN = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT)


class BuildError(CaseSeriesError):
    """One or more notebooks stopped, or the output folder cannot be written; nothing was published."""


class StateError(CaseSeriesError):
    """What a build was asked for follows from files that were saved meanwhile; asked again, it follows from others."""


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
    UsageError
        If Python leaves out assertions, or somebody did not want to have files replaced.
    """
    refuse_optimized()
    try:
        with hold_output(request.out, say=say):
            if finish_publishing(request.out):
                say(f"A build was stopped while it published to {request.out}; its last moves are done now.")
            remove_scratch(request.out)
            return _build(request, Path(os.path.realpath(request.out), f"{SCRATCH}{os.getpid()}"), say=say)
    except OSError as error:
        if error.errno in NOT_WRITTEN:
            raise BuildError(f"{request.out} cannot be written: {error.strerror}. Nothing was published.") from None
        raise


def _build(request: Request, scratch: Path, *, say: Callable[[str], None]) -> dict:
    old = read_manifest(request.out) or {"exhibits": [], "derived": {}, "runs": {}}
    digests = request.digests or Digests(request.out / CACHE / HASHES)
    sources = Sources(ROOT, request.data, request.folder, request.out, list_files(old), digests)
    installed = Installed(request.out / CACHE / "installed")
    engine = Engine(
        nodes=request.nodes,
        sources=sources,
        scratch=scratch,
        lock=LOCK,
        installed=installed.word,
        store=Store(request.out / CACHE),
        published=hash_published(request.out, old, digests),
        out=request.out,
        variables=kernel_environment(scratch / "settings"),
        report=request.report,
    )
    others = list_other_runs(request, old)
    try:
        if not engine.find_kept():
            return _publish(request, engine, Pages(request, engine, others=others), old, installed, say=say)
        with made_scratch(scratch, fonts=request.out / CACHE / "matplotlib"):
            snapshot = Snapshot(
                sources, scratch / f"state{next(STATES)}", is_private=request.dataset["kind"] in PRIVATE
            )
            engine.work_with(snapshot)
            try:
                check_state(request, snapshot)
                return _run(request, engine, others, old, installed, say=say)
            finally:
                changed = snapshot.list_changes()
                if changed:
                    rest = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
                    named = ", ".join(changed[:MOST_NAMED]) + rest
                    say(f"Changed while the build ran: {named}; the next build sees it.")
    finally:
        digests.keep()


def check_state(request: Request, snapshot: Snapshot) -> None:
    """Hold what a build was asked for, and its own program, against the state that it works with.

    Raises
    ------
    StateError
        If plan, parameters or data are no longer those that were read when the build was asked for.
    SnapshotError
        If the program that builds was changed after it was loaded.
    """
    if not request.holds(snapshot):
        raise StateError("Plan, notebooks or data were saved while the build began. Start it again.")
    newer = list_newer(snapshot)
    if newer:
        raise SnapshotError(f"{newer[0]} was saved after the build had loaded it. Start the build again.")


def _run(
    request: Request, engine: Engine, others: dict, old: dict, installed: Installed, *, say: Callable[[str], None]
) -> dict:
    """Run what must run, render what it made meanwhile, and publish."""
    # All that runs notebooks is slow to load, and a build that finds nothing to do does without.
    from caseseries.build.workers import start_workers

    with start_workers(engine.variables, request) as workers:
        pages = Pages(request, engine, workers.draw, others=others)
        engine.finished = pages.begin
        failures = engine.run(workers.pool, jobs=workers.jobs)
        installed.add(engine.libraries)
        if failures:
            raise BuildError("\n\n".join(tell_failure(failure) for failure in join_failures(failures)))
        engine.published = hash_published(request.out, old, Digests())
        return _publish(request, engine, pages, old, installed, say=say)


def _publish(
    request: Request, engine: Engine, pages: Pages, old: dict, installed: Installed, *, say: Callable[[str], None]
) -> dict:
    """Render the pages that are still to be rendered, say what changes, and move everything into place."""
    entries, files = collect_entries(request, engine, pages)
    manifest = compose_manifest(request, engine, entries=entries, old=old, others=pages.others)
    record = LocalRecord(installed.file.parent, installed.word)
    manifest["stale"] = find_stale(manifest, engine, record)
    files |= add_overview(request, engine, manifest)
    wanted = {name: digest for name, digest in files_of(manifest).items() if files.get(name) == digest}
    published, gone = engine.published, set(list_files(old)) - set(list_files(manifest))
    newer = list_newer(engine.sources)
    if newer:
        raise SnapshotError(f"{newer[0]} was saved while the build ran, which uses it. Start the build again.")
    request.consent(
        sorted(name for name, digest in wanted.items() if published.get(name, digest) != digest),
        sorted(gone & published.keys()),
    )
    say_repairs(old, wanted, published, say=say)
    publish(request.out, files=wanted, published=published, read=engine.read, remove=gone, manifest=manifest)
    record.keep(engine.done.values())
    return manifest


@contextmanager
def made_scratch(scratch: Path, *, fonts: Path) -> Iterator[None]:
    """Make the folder in which a build works, and take it away again.

    The one thing kept, in the folder ``fonts``, is matplotlib's list of what typefaces the machine has: where there are
    hundreds, making it takes seconds. A list that cannot be read is made anew by matplotlib.
    """
    settings = scratch / "settings"
    try:
        # Rows of patients stand here meanwhile.
        scratch.mkdir(mode=0o700)
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


def hash_published(out: Path, manifest: dict, digests: Digests) -> dict[str, str]:
    """Give the hash of each file of a manifest as it is now in the output folder."""
    hashes = {name: digests.of(out / name) for name in list_files(manifest)}
    return {name: digest for name, digest in hashes.items() if digest != ABSENT}


def compose_manifest(
    request: Request, engine: Engine, *, entries: list[dict], old: dict, others: dict[str, list[str]]
) -> dict:
    """Put the entries of this build beside those of exhibits and runs that it was not asked for."""
    planned = {exhibit.id: number for number, exhibit in enumerate(request.plan.exhibits)}
    before = {entry["id"]: entry for entry in old["exhibits"] if entry["id"] in planned}
    made = [join_entry(entry, before.get(entry["id"]), others.get(entry["notebook"], ())) for entry in entries]
    entries = sorted((before | {entry["id"]: entry for entry in made}).values(), key=lambda entry: planned[entry["id"]])
    names = {name for entry in entries for name in entry["runs"]}
    runs = {name: run for name, run in old["runs"].items() if name in names} | describe_runs(engine)
    manifest = {
        "caseseries": __version__,
        "dataset": request.dataset,
        "derived": {name: digest for name, digest in sorted(engine.collect_made().items()) if is_derived(name)},
        "exhibits": entries,
        "runs": dict(sorted(runs.items())),
        "stale": [],
    }
    options = describe_options(request, entries, old, others)
    return manifest | ({"options": options} if options else {})


def is_derived(name: str) -> bool:
    """Tell whether a file is one of the derived tables."""
    return name.startswith(f"{DERIVED.as_posix()}/")


def say_repairs(old: dict, wanted: dict[str, str], published: dict[str, str], *, say: Callable[[str], None]) -> None:
    """Say which published files were missing or altered since the last build, and what becomes of them."""
    for name, digest in files_of(old).items():
        if published.get(name) != digest:
            if name in wanted:
                end = "it is restored" if wanted[name] == digest else "it is replaced by what is made now"
            else:
                end = "it was not asked for, and stays so"
            say(f"{name} was {'altered' if name in published else 'missing'}; {end}.")


def remove_scratch(out: Path) -> None:
    """Take away what an interrupted build left behind; only the build that holds the folder may."""
    left = list(out.glob(f"{SCRATCH}*/"))
    if left:
        import shutil

        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
