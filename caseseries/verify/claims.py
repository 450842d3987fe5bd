"""What a published MANIFEST.json claims, against the files that it names and against the manifest of the rebuild."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from caseseries.build.manifest import files_of
from caseseries.paths import MANIFEST
from caseseries.verify.causes import HASH_SHOWN, list_run_changes
from caseseries.verify.grades import Difference, Grade
from caseseries.verify.outputs import hash_bytes

FILE = MANIFEST.as_posix()
SHOWN = 300
UNFINISHED = {
    "stale": "left as it was by a build of other exhibits, and no longer what its inputs make",
    "failed": "could not be built",
}
"""Lists of exhibits by which a build says that a publication is not one state; a rebuild has none."""

Now = Callable[[str], str]
"""Gives the present hash of what a run read."""


def check_file(name: str, content: bytes, promised: dict[str, str]) -> list[Difference]:
    """Hold a published file against the hash that its own manifest gives."""
    found, claimed = hash_bytes(content), promised.get(name)
    if claimed in (None, found):
        return []
    why = "not the file that the published MANIFEST.json names: one of the two was altered after the build"
    return [Difference(name, FILE, claimed[:HASH_SHOWN], found[:HASH_SHOWN], Grade.DIFFERS, why)]


def compare_manifests(old: dict, new: dict, *, now: Now | None = None) -> list[Difference]:
    """Compare what a published manifest claims with what the rebuild found; no claim is believed.

    Hashes of files are left to the comparison of the files. A file that only one of the two builds saw a run read, as
    happens where builds are watched in different ways, passes if it is the one that is claimed.
    """
    return [
        *_list_unfinished(old),
        *_compare_exhibits(old, new),
        *_compare_datasets(old, new),
        *_compare_runs(old, new, now),
        *_compare_rest(old, new),
        *_explain_files(old, new),
    ]


def _differ(where: str, old: object, new: object, why: str, **more) -> Difference:
    return Difference(FILE, where, _short(old), _short(new), **{"grade": Grade.DIFFERS, "why": why, **more})


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:SHOWN]


def _list_unfinished(old: dict) -> Iterator[Difference]:
    labels = {entry["id"]: entry["label"] for entry in old["exhibits"]}
    for word, why in UNFINISHED.items():
        named = [entry["id"] for entry in old["exhibits"] if entry.get(word)]
        for name in dict.fromkeys([*(old.get(word) or ()), *named]):
            yield _differ(
                f"{name}, {word}", word, "", f"{labels.get(name, name)} was {why}", exhibit=labels.get(name, "")
            )


def _compare_exhibits(old: dict, new: dict) -> Iterator[Difference]:
    olds, news = ({entry["id"]: entry for entry in manifest["exhibits"]} for manifest in (old, new))
    for name in [name for name in olds if name in news]:
        first, second = olds[name], news[name]
        exhibit = first["label"]
        lacks = ["; ".join(entry.get("lacks", ())) for entry in (first, second)]
        if lacks[0] != lacks[1]:
            why = "an exhibit lacks data in one of the two"
            yield _differ(name, *lacks, why, grade=Grade.CHANGED, exhibit=exhibit)
        headings = [f"{entry['label']}. {entry['title']}" for entry in (first, second)]
        if headings[0] != headings[1]:
            yield _differ(name, *headings, "another heading", exhibit=exhibit)
        for key, words in (("notebook", "made by another notebook"), ("runs", "made by other runs")):
            if first.get(key) != second.get(key):
                yield _differ(f"{name}, {key}", first.get(key), second.get(key), words, exhibit=exhibit)
        files = [sorted(entry["files"]) for entry in (first, second)]
        if files[0] != files[1]:
            gone, fresh = ([file for file in files[side] if file not in files[1 - side]] for side in (0, 1))
            yield _differ(f"{name}, files", gone, fresh, "it is said to have other files", exhibit=exhibit)
    for name in sorted(olds.keys() ^ news.keys()):
        pair = (name, "") if name in olds else ("", name)
        grade = Grade.MISSING if name in olds else Grade.EXTRA
        yield _differ("exhibit", *pair, "an exhibit stands in one of the two only", grade=grade)


def _compare_datasets(old: dict, new: dict) -> Iterator[Difference]:
    if old["dataset"] == new["dataset"]:
        return
    tables = list_raw_tables(old, new)
    named = f"{', '.join(tables)} differ{'s' if len(tables) == 1 else ''}"
    why = f"made from another data set: {named}" if tables else "another data set is named than the raw tables make"
    yield _differ("data set", old["dataset"], new["dataset"], why)


def list_raw_tables(old: dict, new: dict) -> list[str]:
    """Name the raw tables that runs of two builds read with other contents."""
    reads: list[dict[str, set[str]]] = [{}, {}]
    for side, manifest in enumerate((old, new)):
        for run in manifest["runs"].values():
            for name, digest in run["reads"].items():
                reads[side].setdefault(name, set()).add(digest)
    names = [name for name in sorted({*reads[0], *reads[1]}) if name.startswith("data/") and not name.endswith("/")]
    changed = [name for name in names if reads[0].get(name) != reads[1].get(name)]
    return [name.removeprefix("data/") for name in changed]


def _compare_runs(old: dict, new: dict, now: Now | None) -> Iterator[Difference]:
    seen: dict[tuple[str, str, str, str], list[str]] = {}
    for name in sorted(old["runs"].keys() ^ new["runs"].keys()):
        pair = (name, "") if name in old["runs"] else ("", name)
        yield _differ("run", *pair, "a run stands in one of the two only")
    for name in [name for name in old["runs"] if name in new["runs"]]:
        first, second = old["runs"][name], new["runs"][name]
        for change in list_run_changes(first, second):
            seen.setdefault(change, []).append(name)
        yield from _compare_run_rest(name, first, second, old, new)
    for (kind, name, then, later), runs in seen.items():
        place = f"{name} ({runs[0]}{f' and {len(runs) - 1} more runs' if len(runs) > 1 else ''})"
        yield _judge(place, kind, then, later, is_seen=now is not None and _holds(name, then, later, now))


def _holds(name: str, then: str, later: str, now: Now) -> bool:
    """Tell whether what only one build saw being read is what it is said to be."""
    if "absent" not in (then, later):
        return False
    claimed = then if later == "absent" else later
    return claimed == now(name)


def _judge(place: str, kind: str, then: str, later: str, *, is_seen: bool) -> Difference:
    pair = (then, later) if kind == "parameter" else (then[:HASH_SHOWN], later[:HASH_SHOWN])
    if is_seen:
        why = (
            "read by a run in one of the two builds only, and the same file: the builds were watched in different ways"
        )
        return _differ(place, *pair, why, grade=Grade.PRINTED)
    words = {"package": "made with other packages", "parameter": "made with another parameter"}
    return _differ(place, *pair, words.get(kind, f"made from other {kind}"))


def _compare_run_rest(name: str, first: dict, second: dict, old: dict, new: dict) -> Iterator[Difference]:
    """Compare what else is told of a run: whatever it is, and tables of other runs that it read."""
    told = {"lock", "code", "parameters", "reads", "hashes", "cells"}
    for key in dict.fromkeys([*first, *second]):
        if key not in told and first.get(key) != second.get(key):
            yield _differ(f"{name}, {key}", first.get(key, ""), second.get(key, ""), "another is told of a run")
    if first["code"] == second["code"]:
        for key in ("hashes", "cells"):
            if first.get(key) != second.get(key):
                yield _differ(f"{name}, {key}", "", "", "hashes of code are told that the code does not have")
    files = files_of(old), files_of(new)
    for place in sorted({*first["reads"], *second["reads"]}):
        pair = first["reads"].get(place, ""), second["reads"].get(place, "")
        made = place.removeprefix("made/")
        follows = all(claim in ("", known.get(made, claim)) for claim, known in zip(pair, files, strict=True))
        if place.startswith("made") and not place.endswith("/") and pair[0] != pair[1] and not (follows and all(pair)):
            yield _differ(f"{name}, {place}", pair[0][:HASH_SHOWN], pair[1][:HASH_SHOWN], "made from another made file")


def _compare_rest(old: dict, new: dict) -> Iterator[Difference]:
    """Compare whatever else two manifests tell of the whole."""
    for key in dict.fromkeys([*old, *new]):
        if key in ("exhibits", "dataset", "runs", "derived", *UNFINISHED) or old.get(key) == new.get(key):
            continue
        yield _differ(key, old.get(key, ""), new.get(key, ""), f"another {key} is named")
    names = [sorted(manifest["derived"]) for manifest in (old, new)]
    if names[0] != names[1]:
        gone, fresh = ([name for name in names[side] if name not in names[1 - side]] for side in (0, 1))
        yield _differ("derived", gone, fresh, "other derived tables are named")


def _explain_files(old: dict, new: dict) -> Iterator[Difference]:
    first, second = files_of(old), files_of(new)
    n_other = sum(first[name] != second[name] for name in first if name in second)
    if n_other:
        why = f"it names other hashes of {n_other} files; each file is compared by itself"
        yield _differ("files", "", "", why, grade=Grade.PRINTED)
