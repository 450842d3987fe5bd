"""What two builds were made from, side by side: data, code, parameters, packages; which exhibits each can reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caseseries.paths import LOCK
from caseseries.verify.records import list_run_changes

MODULES_SHOWN = 6


@dataclass(frozen=True)
class Cause:
    """One thing that is another one in the second build.

    Parameters
    ----------
    kind
        data, code, parameter, package, version.
    name
        The file, notebook, parameter or lock.
    detail
        What is known of it: hashes, values, modules.
    exhibits
        Numbers of the exhibits that it can reach.
    """

    kind: str
    name: str
    detail: str
    exhibits: tuple[str, ...] = ()


def list_causes(old: dict, new: dict) -> list[Cause]:
    """List everything that two manifests were made from and that differs, each with the exhibits behind which it is."""
    reached: dict[tuple[str, str, str], list[str]] = {}
    suspects = _describe_suspects(old, new)
    for entry in new["exhibits"]:
        for name in list_runs(new, entry["notebook"]):
            first, second = old["runs"].get(name), new["runs"][name]
            for found in _describe(first, second, suspects) if first else ():
                labels = reached.setdefault(found, [])
                labels += [] if entry["label"] in labels else [entry["label"]]
    causes = [Cause(*found, tuple(labels)) for found, labels in reached.items()]
    if old["caseseries"] != new["caseseries"]:
        causes.append(Cause("version", "caseseries", f"{old['caseseries']} to {new['caseseries']}"))
    return causes


def list_runs(manifest: dict, notebook: str) -> list[str]:
    """Name the runs of a notebook, and of all notebooks whose tables it needs."""
    wanted, seen = [notebook], []
    for name in wanted:
        for run, facts in manifest["runs"].items():
            if facts["notebook"] == name and run not in seen:
                seen.append(run)
                wanted += [need for need in facts["needs"] if need not in wanted]
    return seen


def find_suspects(old: dict, new: dict) -> dict[str, list[str]]:
    """Give for each notebook whose code changed the modules that may be the reason.

    A module that a notebook loads whose code did not change has not changed either; the others are under suspicion.
    """
    innocent: set[str] = set()
    changed: dict[str, set[str]] = {}
    for name in old["runs"].keys() & new["runs"].keys():
        first, second = old["runs"][name], new["runs"][name]
        modules = set(first["modules"].split()) | set(second["modules"].split())
        if first["code"] == second["code"]:
            innocent |= modules
        else:
            changed[first["notebook"]] = modules
    return {notebook: sorted(modules - innocent) for notebook, modules in changed.items()}


def _describe_suspects(old: dict, new: dict) -> dict[str, str]:
    described = {}
    for notebook, modules in find_suspects(old, new).items():
        names = [name.removeprefix("project/") for name in modules]
        shown = ", ".join(names[:MODULES_SHOWN])
        rest = len(names) - MODULES_SHOWN
        listed = shown + (f" and {rest} more" if rest > 0 else "") if names else ""
        described[notebook] = f"its cells, or one of {listed}" if listed else "its cells"
    return described


def _describe(old: dict, new: dict, suspects: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, (then, now) in list_run_changes(old, new):
        if name == LOCK.name:
            yield "package", name, f"{then[:12]} to {now[:12]}"
        elif name.startswith("code of "):
            yield "code", f"notebooks/{new['notebook']}.ipynb", suspects.get(new["notebook"], "its cells or modules")
        elif name.startswith("parameters of "):
            for key, first, second in list_settings(old["parameters"], new["parameters"]):
                yield "parameter", key, f"{first} to {second}"
        else:
            kind = "code" if name.endswith(".py") else "data"
            yield kind, name.removeprefix("project/"), f"{then[:12]} to {now[:12]}"


def list_settings(old: dict, new: dict) -> Iterator[tuple[str, str, str]]:
    """Give name, value then and value now of each parameter that differs, options of method one by one."""
    for name in dict.fromkeys([*old, *new]):
        first, second = old.get(name), new.get(name)
        if first == second:
            continue
        if name == "design":
            yield from list_settings(first or {}, second or {})
        else:
            yield name, *("its default" if value is None else str(value) for value in (first, second))
