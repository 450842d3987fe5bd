"""The records in files: what they say of the making may differ where what is shown does not."""

from __future__ import annotations

from collections.abc import Iterator

from caseseries.exhibits.forms.recorded import Recorded, read_record
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
