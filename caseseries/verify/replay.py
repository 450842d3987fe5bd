"""Causes by replay: the first build made again with one change at a time, to see which numbers that change moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from caseseries.errors import CaseSeriesError
from caseseries.paths import MANIFEST
from caseseries.verify.compare import compare_files
from caseseries.verify.grades import Difference, Grade
from caseseries.verify.outputs import FOLDERS
from caseseries.verify.raw_rows import list_raw_files
from caseseries.verify.rebuild import Order

CODE = "code or packages"
Build = Callable[[Order, Path], object]
Place = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """The first build with one change: its name, and the order that makes it."""

    name: str
    order: Order


@dataclass(frozen=True)
class Replay:
    """What was seen: for each step the value that it gives to each number it moves, or why it could not be built."""

    moved: dict[str, dict[Place, str]]
    failed: dict[str, str]

    def explain(self, difference: Difference) -> str:
        """Name the changes that move a number; alone, in part, or only together with others."""
        place = difference.file, difference.where
        alone = [name for name, values in self.moved.items() if values.get(place) == difference.rebuilt]
        if alone:
            also = f", besides {CODE}" if CODE not in alone and place in self.moved.get(CODE, ()) else ""
            return " or ".join(alone) + also
        partly = [name for name, values in self.moved.items() if place in values]
        if partly:
            return f"{' and '.join(partly)}, together" if len(partly) > 1 else f"{partly[0]}, with others"
        return "several changes together" if len(self.moved) > 1 else "not found by replay"


def list_steps(old: Order, new: Order, work: Path) -> list[Step]:
    """List the changes that lead from one order to another: each raw table, each parameter.

    Data folders with one table exchanged are made under ``work``.
    """
    steps = []
    for name in list_raw_files(old.data, new.data):
        folder = work / "data" / name
        copy_tables(old.data, folder)
        (folder / name).unlink(missing_ok=True)
        if (new.data / name).is_file():
            shutil.copyfile(new.data / name, folder / name)
        steps.append(Step(f"data: {name}", replace(old, data=folder)))
    settings = {}
    for notebook in dict.fromkeys([*old.parameters, *new.parameters]):
        first, second = _flat(old.parameters.get(notebook, {})), _flat(new.parameters.get(notebook, {}))
        for key in dict.fromkeys([*first, *second]):
            if first.get(key) != second.get(key):
                settings.setdefault(key, {})[notebook] = second.get(key)
    for key, values in settings.items():
        parameters = {notebook: dict(own) for notebook, own in old.parameters.items()}
        for notebook, value in values.items():
            parameters[notebook] = _with(parameters.get(notebook, {}), key, value)
        steps.append(Step(f"parameter: {key[-1]}", replace(old, parameters=parameters)))
    return steps


def copy_tables(source: Path, target: Path) -> None:
    """Copy the files of a data folder, and not their modes: those of a folder that is only read must not be kept."""
    target.mkdir(parents=True)
    for path in source.iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)


def replay_changes(
    first: Path, old: Order, new: Order, work: Path, *, build: Build, say: Callable[[str], None]
) -> Replay:
    """Build the first order with the present code and packages, then with one change after the other.

    Parameters
    ----------
    first
        The outputs of the first build; where its order gives other numbers today, code or packages have changed.
    old, new
        The orders of the two builds.
    work
        A folder for the time being.
    build
        Builds an order into a folder.
    """
    made, base = work / "made", work / "base"
    moved: dict[str, dict[Place, str]] = {}
    failed: dict[str, str] = {}
    say("Replay: the first build, made today.")
    build(old, made)
    keep_numbers(made, base)
    moved[CODE] = find_moved(compare_numbers_of(first, base))
    for step in list_steps(old, new, work):
        say(f"Replay: {step.name}.")
        try:
            build(step.order, made)
        except CaseSeriesError as error:
            failed[step.name] = str(error).splitlines()[0]
            continue
        moved[step.name] = find_moved(compare_numbers_of(base, made))
    return Replay(moved, failed)


def keep_numbers(made: Path, kept: Path) -> None:
    """Copy the tables of numbers of a build aside, for the next one writes to the same folder."""
    for name in FOLDERS:
        for path in (made / name).rglob("*.csv") if (made / name).is_dir() else ():
            target = kept / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copyfile(made / MANIFEST, kept / MANIFEST)


def compare_numbers_of(old: Path, new: Path) -> list[Difference]:
    """Compare the tables of numbers of two outputs."""
    found = compare_files(old, new, only=lambda name: name.endswith(".csv"))
    return [difference for comparison in found for difference in comparison.differences]


def find_moved(differences: Iterable[Difference]) -> dict[Place, str]:
    """Give what stands now at each place that differs."""
    return {(found.file, found.where): found.rebuilt for found in differences if found.grade is not Grade.PRINTED}


def _flat(parameters: dict) -> dict[tuple[str, ...], object]:
    """Give parameters by their path: options of method stand inside ``design``."""
    design = {("design", name): value for name, value in parameters.get("design", {}).items()}
    return {(name,): value for name, value in parameters.items() if name != "design"} | design


def _with(parameters: dict, key: tuple[str, ...], value: object) -> dict:
    changed = dict(parameters)
    inner = dict(changed.get("design", {})) if len(key) > 1 else changed
    if value is None:
        inner.pop(key[-1], None)
    else:
        inner[key[-1]] = value
    if len(key) > 1:
        changed["design"] = inner
    return changed
