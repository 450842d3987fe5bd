"""Whose file is this: what a copy of an exhibit was made from, and whether the project would make it again today."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from caseseries import __version__
from caseseries.build.fingerprint import ABSENT, hash_content
from caseseries.build.manifest import States, files_of, find_changes, read_manifest
from caseseries.errors import UsageError
from caseseries.exhibits.forms.provenance import Provenance
from caseseries.exhibits.forms.recorded import READERS, Recorded, read_record
from caseseries.paths import DERIVED, LOCK, ROOT
from caseseries.plan import read_plan
from caseseries.raw_behind import find_raw
from caseseries.records.decode import file_problem, plain
from caseseries.records.describe import hash_dataset, hash_file

EMPTY = {"derived": {}, "exhibits": [], "runs": {}}
SHOWN = 5
FILES = ("raw", "input", "environment")
"""Kinds of differences that are files."""


@dataclass(frozen=True)
class Difference:
    """One thing that a record says and that is otherwise now; ``now`` is None for what is not there.

    ``kind`` is raw (a raw table), input (a table that went into the exhibit), version, environment, option, parameter
    or heading.
    """

    kind: str
    name: str
    recorded: Any
    now: Any


@dataclass(frozen=True)
class Identity:
    """What was found out about one file.

    Parameters
    ----------
    file, form, sha256
        The file as it was given, its form, and the SHA-256 of its bytes.
    verdict
        same (as a file of this build), altered (after it was made), other (input, option, version or environment),
        unlike (nothing that is recorded differs, but the bytes do), alone (this build has no such file).
    finding, today
        The verdict in words, and whether the file would come out the same today.
    published_as
        The file of this build that has the same bytes; empty if none has.
    differences
        What the record says and what is otherwise now.
    record
        None for a file that carries none and was found by its SHA-256.
    """

    file: str
    form: str
    sha256: str
    verdict: str
    finding: str
    today: str
    published_as: str
    differences: tuple[Difference, ...] = field(default=())
    record: Provenance | None = None

    def text(self) -> str:
        """Write it all in a few lines."""
        lines = [f"{self.file}: {self.form}, SHA-256 {self.sha256}", *_describe_record(self.record)]
        lines += [f"  finding: {self.finding}.", f"  today: {self.today}."]
        # What stands in a file from elsewhere must not steer the terminal.
        return "\n".join(plain(line, 4000) for line in lines)


def identify_file(path: Path, *, out: Path, data: Path) -> Identity:
    """Tell what a file is.

    Parameters
    ----------
    path
        A file of an exhibit under any name.
    out
        The folder of the build to compare with.
    data
        The folder of the raw tables to compare with.

    Raises
    ------
    UsageError
        If the file cannot be read, or carries no record and is no file of this build.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        found = "a folder" if Path(path).is_dir() else (error.strerror or "no such file").lower()
        raise _refuse(path, "must be a file that can be read", found, "give the path of one file") from None
    manifest = read_manifest(out) or EMPTY
    sha256, found = hashlib.sha256(content).hexdigest(), read_record(content)
    published = next((name for name, known in _list_published(manifest) if known == sha256), "")
    if found.record is None:
        if published:
            finding = f"{_same_as(published, sha256, out)}; it was found by its SHA-256, for it carries no record"
            owner = next((entry for entry in manifest["exhibits"] if published in entry["files"]), None)
            today = _foretell((), owner, out=out, data=data) if owner else "every build makes the derived tables anew"
            form = Path(published).suffix[1:].upper()
            return Identity(str(path), form, sha256, "same", finding, today, published)
        own = _find_own(path, manifest, out)
        if not own:
            raise _refuse_unrecorded(path, found)
        owner = next((entry for entry in manifest["exhibits"] if own in entry["files"]), None)
        finding = f"altered after it was made: {own} of this build had other bytes"
        today = _foretell((), owner, out=out, data=data) if owner else "every build makes the derived tables anew"
        return Identity(str(path), Path(own).suffix[1:].upper(), sha256, "altered", finding, today, "")
    entry = next((entry for entry in manifest["exhibits"] if entry["id"] == found.record.exhibit), None)
    # What stands in a file that was altered tells nothing of how it was made.
    differences = (
        tuple(_compare(found.record, entry, manifest, path=path, out=out, data=data)) if found.is_whole else ()
    )
    verdict, finding = _judge(found, differences, published, entry, sha256, out)
    if verdict == "unlike":
        finding += _name_changed_code(entry, out=out)
    today = _foretell(differences, entry, out=out, data=data)
    return Identity(str(path), found.form, sha256, verdict, finding, today, published, differences, record=found.record)


def describe_identity(identity: Identity) -> dict:
    """Give an identity as plain data."""
    return asdict(identity)


def _refuse(path: Path, must: str, found: str, fix: str) -> UsageError:
    return UsageError(file_problem(plain(str(path), 400), "record", must, found, fix).text())


def _refuse_unrecorded(path: Path, found: Recorded) -> UsageError:
    must = "must carry the record that this package writes into its files"
    if found.fault:
        return _refuse(path, must, f"a {found.form} that cannot be read ({found.fault})", "get the file again")
    if found.form == "unknown":
        known = ", ".join(READERS)
        return _refuse(path, must, "none of the forms that carry one", f"give a file of a form that does: {known}")
    fix = "give the file as it was published: programs that save it anew often drop the record"
    return _refuse(path, must, f"a {found.form} without one", fix)


def _find_own(path: Path, manifest: dict, out: Path) -> str:
    """Give the name of a file that stands where this build put one; empty if it does not."""
    place, root = Path(path).resolve(), Path(out).resolve()
    name = place.relative_to(root).as_posix() if place.is_relative_to(root) else ""
    return name if name in files_of(manifest) else ""


def _list_published(manifest: dict) -> Iterator[tuple[str, str]]:
    yield from manifest["derived"].items()
    for entry in manifest["exhibits"]:
        yield from entry["files"].items()


def _same_as(name: str, sha256: str, out: Path) -> str:
    is_there = find_changes(out, {name: sha256}) == ([], [])
    return f"identical to {name} of this build" + ("" if is_there else ", which is no longer there as it was built")


def _compare(
    record: Provenance, entry: dict | None, manifest: dict, *, path: Path, out: Path, data: Path
) -> Iterator[Difference]:
    # A derived table is what this build made of it, whatever was done to the file since.
    there = {name: hash_file(_place(name, out)) for name in record.inputs if _place(name, out).is_file()}
    now = there | {name: digest for name, digest in manifest["derived"].items() if name in record.inputs}
    inputs = list(_differ("input", record.inputs, now))
    if inputs:
        yield from _differ_raw(find_raw(record, path, out), data)
    yield from inputs
    yield from _differ("version", {"caseseries": record.version}, {"caseseries": __version__})
    yield from _differ("environment", {LOCK.name: record.lock}, {LOCK.name: hash_file(LOCK)})
    now = _find_counterpart(entry, out)
    if now:
        yield from _differ("option", record.options, now.options)
        yield from _differ("parameter", record.parameters, now.parameters)
        yield from _differ("heading", {"heading": record.heading}, {"heading": now.heading})


def _place(name: str, out: Path) -> Path:
    return (out if name.startswith(DERIVED.as_posix()) else ROOT) / name


def _differ_raw(recorded: dict[str, str], data: Path) -> Iterator[Difference]:
    names = sorted({*recorded, *(f"data/{name}" for name in (hash_dataset(data) if recorded else ()))})
    now = {name: hash_content(data / name.removeprefix("data/")) for name in names}
    yield from _differ("raw", recorded, {name: digest for name, digest in now.items() if digest != ABSENT})


def _differ(kind: str, recorded: dict, now: dict) -> Iterator[Difference]:
    for name in dict.fromkeys([*recorded, *now]):
        if recorded.get(name) != now.get(name):
            yield Difference(kind, name, recorded.get(name), now.get(name))


def _find_counterpart(entry: dict | None, out: Path) -> Provenance | None:
    """Find the record that this build put into the files of the same exhibit."""
    for name in (entry or EMPTY).get("files", ()):
        if find_changes(out, {name: entry["files"][name]}) == ([], []):
            record = read_record((out / name).read_bytes()).record
            if record:
                return record
    return None


def _judge(
    found: Recorded, differences: tuple[Difference, ...], published: str, entry: dict | None, sha256: str, out: Path
) -> tuple[str, str]:
    if published:
        return "same", _same_as(published, sha256, out)
    if not found.is_whole:
        return "altered", "altered after it was made: the seal in its record does not fit its bytes"
    if differences:
        return "other", f"made otherwise than this build: {_name_differences(differences)}"
    own = [name for name in (entry or EMPTY).get("files", ()) if Path(name).suffix == f".{found.form.lower()}"]
    if own:
        return "unlike", f"all that it records is as it is here, yet {own[0]} has other bytes: made by other code"
    return "alone", f"all that it records is as it is here; this build has no {found.form} of it to compare with"


def _foretell(differences: tuple[Difference, ...], entry: dict | None, *, out: Path, data: Path) -> str:
    if differences:
        return f"would not come out the same: {_name_differences(differences)}"
    plan = read_plan()
    exhibit = next((exhibit for exhibit in plan.exhibits if entry and exhibit.id == entry["id"]), None)
    if exhibit is None:
        return "not known: this build does not have the exhibit; build it and ask again"
    states = States(read_manifest(out), out=out, data=data)
    state = states.describe(exhibit.id)
    if state == "fresh":
        return "the same inputs, options and version make the files of this build"
    if state.startswith("stale"):
        state = f"stale: {_name_stale(states.explain(states.entry(exhibit.id))) or 'left by a build of others'}"
    return f"not known, for the exhibit of this build is {state}; build it and ask again"


def _name_stale(changes: list[tuple[str, str, str]]) -> str:
    """Name what has changed behind an exhibit: every raw table, and the first of the other files."""
    files = [name.removeprefix("project/") for name, _, _ in changes if not name.endswith("/")]
    raw = [name for name in files if name.startswith("data/") and not name.startswith(DERIVED.as_posix())]
    others = [name for name in files if name not in raw and not name.startswith("made/")]
    rest = len(others) - SHOWN
    named = [*raw, *others[:SHOWN], *([f"{rest} more"] if rest > 0 else [])] or [name for name, _, _ in changes]
    return f"{', '.join(named)} changed since" if named else ""


def _name_changed_code(entry: dict | None, *, out: Path) -> str:
    """Name the code that has changed since this build, if any has; the file may be of before or after that."""
    states = States(read_manifest(out), out=out)
    changes = states.explain(entry) if entry else []
    code = [
        name.removeprefix("project/") for name, _, _ in changes if name.endswith(".py") or name.startswith("code of")
    ]
    return f" (changed since this build: {', '.join(code[:SHOWN])})" if code else ""


def _name_differences(differences: tuple[Difference, ...]) -> str:
    n_shown = max(SHOWN, sum(difference.kind == "raw" for difference in differences))
    named = [_name_difference(difference) for difference in differences[:n_shown]]
    rest = len(differences) - n_shown
    return "; ".join([*named, *([f"and {rest} more"] if rest > 0 else [])])


def _name_difference(difference: Difference) -> str:
    if difference.now is None and difference.kind in FILES:
        return f"{difference.name} is not there now"
    if difference.recorded is None and difference.kind in FILES:
        return f"{difference.name} was not there then"
    if difference.kind in FILES:
        return f"{difference.name} differs"
    then, now = ("its default" if value is None else value for value in (difference.recorded, difference.now))
    return f"{difference.name} was {then}, is {now}"


def _describe_record(record: Provenance | None) -> list[str]:
    if record is None:
        return []
    kind = "synthetic data, no person is described" if record.is_synthetic else "data of patients"
    settings = [f"{name} = {value}" for name, value in {**record.options, **record.parameters}.items()]
    return [
        f"  exhibit: {record.heading} ({record.exhibit})",
        f"  data: {record.dataset} ({kind})",
        f"  made by: caseseries {record.version}, {LOCK.name} {record.lock}",
        f"  options that differ from their default: {', '.join(settings) or 'none'}",
        "  made from:",
        *(f"    {sha256}  {name}" for name, sha256 in record.inputs.items()),
    ]
