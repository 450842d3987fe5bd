"""What two builds were made from, side by side: data, code, parameters, packages; which exhibits each can reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caseseries.build.fingerprint import ABSENT
from caseseries.build.manifest import find_code_changes
from caseseries.paths import LOCK

HASH_SHOWN = 12


@dataclass(frozen=True)
class Cause:
    """One thing that is another one in the second build.

    Parameters
    ----------
    kind
        data, code, parameter, package, version.
    name
        The file, notebook, module, parameter or lock.
    detail
        What is known of it: hashes or values, then and now.
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
    for entry in new["exhibits"]:
        for name in list_runs(new, entry["notebook"]):
            first, second = old["runs"].get(name), new["runs"][name]
            for kind, place, *pair in list_run_changes(first, second) if first else ():
                labels = reached.setdefault((kind, place, _describe(kind, *pair)), [])
                labels += [] if entry["label"] in labels else [entry["label"]]
    causes = [Cause(*found, tuple(labels)) for found, labels in reached.items()]
    if old["dataset"] != new["dataset"] and not any(cause.kind == "data" for cause in causes):
        causes.append(Cause("data", "data set", _describe("data", *(made["dataset"]["sha256"] for made in (old, new)))))
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


def list_run_changes(old: dict, new: dict) -> Iterator[tuple[str, str, str, str]]:
    """Give kind, name, then and now of what one run was made from and the other was not.

    Tables that other runs made are left to these. Code is named by the module or the notebook that is another; where
    a manifest of an earlier version does not tell their hashes, no file is named that may be the same.
    """
    if old["lock"] != new["lock"]:
        yield "package", LOCK.name, old["lock"], new["lock"]
    if old["code"] != new["code"]:
        changed = find_code_changes(old, new.get("cells", ""), new.get("hashes", {}))
        for name, (then, now) in changed.items():
            is_cells = name.startswith("code of ") and "hashes" in old and "hashes" in new
            place = f"notebooks/{old['notebook']}.ipynb" if is_cells else name.removeprefix("project/")
            yield "code", place, then, now
    for name, first, second in list_settings(old["parameters"], new["parameters"]):
        yield "parameter", name, first, second
    for name in dict.fromkeys([*old["reads"], *new["reads"]]):
        pair = old["reads"].get(name, ABSENT), new["reads"].get(name, ABSENT)
        if pair[0] != pair[1] and not name.startswith("made"):
            yield "code" if name.endswith(".py") else "data", name.removeprefix("project/"), *pair


def _describe(kind: str, then: str, now: str) -> str:
    shown = None if kind == "parameter" else HASH_SHOWN
    return f"{then[:shown]} to {now[:shown]}"


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
