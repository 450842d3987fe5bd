"""From the words of a command to what is asked of a build: exhibits, parameters, data, and what may be replaced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from caseseries.admit import admit_dataset, hash_admission
from caseseries.build.digests import HASHES, Digests
from caseseries.build.manifest import list_stale, read_manifest
from caseseries.build.parameters import assign_settings, read_parameters
from caseseries.build.request import Request
from caseseries.build.snapshot import Sources
from caseseries.build.store import Store
from caseseries.design import OPTIONS, Design
from caseseries.errors import UsageError
from caseseries.paths import CACHE, EXHIBITS, NOTEBOOKS
from caseseries.plan import Plan, read_plan

MOST_SHOWN = 20
"""Names of files that are shown of a long list."""


def compose_request(options, out: Path, *, say: Callable[[str], None]) -> Request:
    """Compose what one ``build`` asks for, and remember which files that follows from.

    Raises
    ------
    DataError
        If the data have errors.
    UsageError
        If a name or value is not one there is.
    """
    out = out.resolve()
    digests = Digests(out / CACHE / HASHES)
    read = {path: digests.of(path) for path in (EXHIBITS, *sorted(NOTEBOOKS.glob("*.ipynb")))}
    plan = read_plan()
    exhibits = tuple(map(plan.exhibit, options.exhibits)) or plan.exhibits
    defaults = {name: read_parameters(NOTEBOOKS / f"{name}.ipynb") for name in plan.notebooks}
    parameters = assign_settings(options.settings, defaults, list(OPTIONS))
    for values in parameters.values():
        Design(values.get("design"))
    data = options.data.resolve()
    admitted = admit_dataset(options.data, Store(out / CACHE), digests)
    return Request(
        plan=plan,
        exhibits=exhibits,
        data=data,
        out=out,
        dataset=admitted.dataset,
        parameters=parameters,
        lists={"patients": admitted.patients},
        jobs=options.jobs,
        scheduler=options.scheduler,
        digests=digests,
        holds=partial(is_same_state, read, data, admitted.key),
        consent=partial(ask_consent, options, say) if needs_consent(options, out, plan, parameters) else leave_alone,
    )


def is_same_state(read: dict[Path, str], data: Path, key: str, sources: Sources) -> bool:
    """Tell whether the files that a request follows from are those of a state of project and data."""
    is_plan_same = all(sources.digests.of(sources.locate(path)) == digest for path, digest in read.items())
    return is_plan_same and hash_admission(sources.locate(data), sources.digests) == key


def needs_consent(options, out: Path, plan: Plan, parameters: dict[str, dict]) -> bool:
    """Tell whether a build with settings would write over a publication that was made without any."""
    old = read_manifest(out)
    if not options.settings or not old or not (options.out or options.publish):
        return False
    asked = {exhibit.notebook for exhibit in map(plan.exhibit, options.exhibits)} or set(plan.notebooks)
    given = {name for name, values in parameters.items() if values and name in asked}
    return options.publish or bool(given - old.get("options", {}).keys())


def leave_alone(replaced: list[str], removed: list[str]) -> None:
    """Let everything be published."""


def ask_consent(options, say: Callable[[str], None], replaced: list[str], removed: list[str]) -> None:
    """List what a build with settings would replace or remove, and go on only if that is wanted.

    Raises
    ------
    UsageError
        If it is not.
    """
    if not replaced and not removed:
        return
    for verb, names in (("replaces", replaced), ("removes", removed)):
        if names:
            rest = len(names) - MOST_SHOWN
            shown = "\n".join(f"  {name}" for name in names[:MOST_SHOWN])
            say(
                f"This build {verb} {len(names)} published files:\n{shown}"
                + (f"\n  and {rest} more" if rest > 0 else "")
            )
    if not options.publish:
        raise UsageError("These were made without settings: --publish writes over them, --out to another folder.")
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Nothing was published. To replace or remove these files, add --yes.")
    if input("Type yes to go on: ").strip().casefold() != "yes":
        raise UsageError("Nothing was published.")


def tell_stale(manifest: dict) -> list[str]:
    """Say which published exhibits no longer follow from their inputs, because they were not asked for."""
    labels = {entry["id"]: entry["label"] for entry in manifest["exhibits"]}
    stale = [f"{labels[name]} ({name})" for name in list_stale(manifest)]
    if not stale:
        return []
    return [f"Stale, for they were not asked for and their inputs have changed: {', '.join(stale)}."]
