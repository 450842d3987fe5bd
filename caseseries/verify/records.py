"""The records in files, and MANIFEST.json: what they say of the making may differ where the exhibit does not."""

from __future__ import annotations

from collections.abc import Iterator

from caseseries.exhibits.forms.recorded import Recorded, read_record
from caseseries.paths import LOCK, MANIFEST
from caseseries.verify.grades import Difference, Grade

HASH_SHOWN = 12


def compare_records(old: bytes, new: bytes, *, file: str) -> Difference:
    """Say how the records of two files differ whose contents are the same.

    A file whose seal is broken was altered after it was made, and one that names other inputs, settings or packages
    than the rebuild does is not what was rebuilt; neither passes.
    """
    records = read_record(old), read_record(new)
    broken = [word for word, found in zip(("published", "rebuilt"), records, strict=True) if _is_broken(found)]
    if broken:
        why = f"the {broken[0]} file was altered after it was made, in its record or around what it shows"
        return Difference(file, "record", _state(records[0]), _state(records[1]), Grade.DIFFERS, why)
    changes = list(_list_changes(*records))
    if changes:
        then, now = ("; ".join(f"{name} {pair[side]}" for name, *pair in changes[:5]) for side in (0, 1))
        named = ", ".join(name for name, *_ in changes[:5])
        why = f"it shows the same, but its record says that it was made from something else: {named}"
        return Difference(file, "record", then, now, Grade.DIFFERS, why)
    return Difference(
        file, "bytes", "", "", Grade.PRINTED, "it shows the same; only the container is written otherwise"
    )


def compare_manifests(old: dict, new: dict) -> list[Difference]:
    """Say how two manifests differ: exhibits that need what the data lack, headings, and what all was made from."""
    file = MANIFEST.as_posix()
    differences = []
    olds, news = ({entry["id"]: entry for entry in manifest["exhibits"]} for manifest in (old, new))
    for name in [name for name in olds if name in news]:
        first, second = olds[name], news[name]
        lacks = ["; ".join(entry.get("lacks", ())) for entry in (first, second)]
        if lacks[0] != lacks[1]:
            why = "an exhibit lacks data in one of the two"
            differences.append(Difference(file, name, *lacks, Grade.CHANGED, why, exhibit=first["label"]))
        headings = [f"{entry['label']}. {entry['title']}" for entry in (first, second)]
        if headings[0] != headings[1]:
            differences.append(Difference(file, name, *headings, Grade.DIFFERS, "another heading", first["label"]))
    for name in olds.keys() ^ news.keys():
        pair = (name, "") if name in olds else ("", name)
        grade = Grade.MISSING if name in olds else Grade.EXTRA
        differences.append(Difference(file, "exhibit", *pair, grade, "an exhibit stands in one of the two only"))
    inputs = list(list_inputs(old, new))
    if inputs:
        named = ", ".join(name for name, *_ in inputs[:8]) + (f" and {len(inputs) - 8} more" if len(inputs) > 8 else "")
        then, now = ("; ".join(f"{name} {pair[side]}" for name, *pair in inputs[:8]) for side in (0, 1))
        why = f"made from other inputs: {named}; the exhibits tell whether it matters"
        differences.append(Difference(file, "inputs", then, now, Grade.PRINTED, why))
    if not differences:
        why = "it names other hashes of files; each file is compared by itself"
        differences.append(Difference(file, "files", "", "", Grade.PRINTED, why))
    return differences


def list_inputs(old: dict, new: dict) -> Iterator[tuple[str, str, str]]:
    """Give name and shortened hash, then and now, of everything that two builds were made from and that differs."""
    seen: dict[str, tuple[str, str]] = {}
    if old["dataset"] != new["dataset"]:
        seen["data set"] = (old["dataset"]["sha256"], new["dataset"]["sha256"])
    if old.get("caseseries") != new.get("caseseries"):
        seen["caseseries"] = (old.get("caseseries", ""), new.get("caseseries", ""))
    for name in dict.fromkeys([*old["runs"], *new["runs"]]):
        first, second = old["runs"].get(name, {}), new["runs"].get(name, {})
        if first and second:
            seen |= dict(list_run_changes(first, second))
    yield from ((name, *(value[:HASH_SHOWN] for value in pair)) for name, pair in seen.items())


def list_run_changes(old: dict, new: dict) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give what one run was made from and the other was not; tables that other runs made are left to these."""
    if old["lock"] != new["lock"]:
        yield LOCK.name, (old["lock"], new["lock"])
    if old["code"] != new["code"]:
        yield f"code of {old['notebook']}", (old["code"], new["code"])
    if old["parameters"] != new["parameters"]:
        yield f"parameters of {old['notebook']}", (str(old["parameters"]), str(new["parameters"]))
    for name in dict.fromkeys([*old["reads"], *new["reads"]]):
        pair = old["reads"].get(name, "absent"), new["reads"].get(name, "absent")
        if pair[0] != pair[1] and not name.startswith("made/"):
            yield name, pair


def _is_broken(found: Recorded) -> bool:
    return bool(found.fault) or (found.record is not None and not found.is_whole)


def _state(found: Recorded) -> str:
    if found.fault:
        return f"cannot be read: {found.fault}"
    if found.record is None:
        return "none"
    return "whole" if found.is_whole else "seal broken"


def _list_changes(old: Recorded, new: Recorded) -> Iterator[tuple[str, str, str]]:
    if old.record is None or new.record is None:
        if old.record is not new.record:
            yield "record", _state(old), _state(new)
        return
    for name in ("label", "title", "dataset", "is_synthetic", "alt_text", "version", "lock"):
        pair = [str(getattr(found.record, name))[: HASH_SHOWN if name == "lock" else 80] for found in (old, new)]
        if getattr(old.record, name) != getattr(new.record, name):
            yield name, *pair
    for kind in ("inputs", "options", "parameters"):
        first, second = getattr(old.record, kind), getattr(new.record, kind)
        for name in dict.fromkeys([*first, *second]):
            if first.get(name) != second.get(name):
                yield name, *(str(values.get(name, "default"))[:HASH_SHOWN] for values in (first, second))
