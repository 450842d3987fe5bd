"""What changed between two builds: number by number, with what caused it as far as that can be known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from caseseries.build.manifest import files_of, unpack
from caseseries.errors import UsageError
from caseseries.paths import DERIVED, MANIFEST
from caseseries.verify.causes import Cause, list_causes
from caseseries.verify.compare import compare_files
from caseseries.verify.grades import Difference, Grade
from caseseries.verify.outputs import Outputs, open_outputs, read_json
from caseseries.verify.raw_rows import RawChange, list_raw_changes
from caseseries.verify.rebuild import make_order, rebuild
from caseseries.verify.replay import Replay, replay_changes


@dataclass(frozen=True)
class Change:
    """One number, text or file that is another one, and its cause in words."""

    difference: Difference
    cause: str


@dataclass(frozen=True)
class Changes:
    """All that two builds differ in.

    Parameters
    ----------
    first, second
        What was compared, for people.
    changes
        What changed in exhibits, the worst first; forms of an exhibit whose numbers are listed are left out.
    derived
        What changed in the derived tables behind them.
    causes
        What the manifests say that the builds were made from and that differs.
    raw
        Rows of raw tables that differ; empty where the data folders were not given.
    failed
        Changes that could not be replayed alone, and why.
    is_synthetic
        Whether both builds come from a simulator.
    """

    first: str
    second: str
    changes: tuple[Change, ...]
    derived: tuple[Change, ...] = ()
    causes: tuple[Cause, ...] = ()
    raw: tuple[RawChange, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    is_synthetic: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every file could be compared."""
        return all(change.difference.grade is not Grade.UNCOMPARED for change in (*self.changes, *self.derived))

    def sentence(self) -> str:
        """Say what came out in one sentence."""
        if not self.changes and not self.derived:
            return "Nothing changed in any exhibit or derived table."
        n_changed = sum(change.difference.grade is Grade.CHANGED for change in self.changes)
        exhibits = {change.difference.exhibit for change in self.changes} - {""}
        return (
            f"{len(self.changes):,} changes in {len(exhibits):,} exhibits, {n_changed:,} of which change a conclusion; "
            f"{len(self.derived):,} changes in derived tables."
        )

    def record(self) -> dict:
        """Give all of it as plain data."""
        return {
            "summary": self.sentence(),
            "first": self.first,
            "second": self.second,
            "causes": [asdict(cause) for cause in self.causes],
            "raw": [asdict(change) for change in self.raw],
            "not_replayed": dict(self.failed),
            "changes": [change.difference.record() | {"cause": change.cause} for change in self.changes],
            "derived": [change.difference.record() | {"cause": change.cause} for change in self.derived],
        }


class Promised(Outputs):
    """A MANIFEST.json without its files: their hashes alone are known."""

    def __init__(self, path: Path):
        super().__init__(str(path), [])
        try:
            self.manifest = unpack(read_json(path.read_text(encoding="utf-8")))
            files_of(self.manifest), self.manifest["runs"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path} must be a MANIFEST.json: {type(error).__name__}: {error}.") from None


def open_build(path: Path) -> Outputs:
    """Open an output folder, a zip of one, or a MANIFEST.json."""
    return Promised(path) if path.is_file() and path.suffix == ".json" else open_outputs(path)


def find_changes(
    first: Path,
    second: Path,
    *,
    data: tuple[Path, Path] | None = None,
    jobs: int = 1,
    say: Callable[[str], None] = lambda text: None,
) -> Changes:
    """Find what changed between two builds, and why.

    Parameters
    ----------
    first, second
        Output folders, zip files, or manifests; of manifests alone only files are compared, by their hashes.
    data
        The raw tables of the two builds. With them rows are named, and causes are found by replay.
    jobs
        Notebooks at a time, for the replay.
    """
    old, new = open_build(first), open_build(second)
    is_whole = not isinstance(old, Promised) and not isinstance(new, Promised)
    differences = _list_differences(old, new) if is_whole else _list_hashes(old, new)
    causes = list_causes(old.manifest, new.manifest) if old.manifest and new.manifest else []
    raw = list_raw_changes(*data) if data else []
    replayed = Replay({}, {})
    if data and is_whole and differences:
        orders = [make_order(found, data=folder, jobs=jobs) for found, folder in zip((old, new), data, strict=True)]
        with TemporaryDirectory(prefix="replay-") as folder:

            def build(order, out):
                return rebuild(order, out, say=say)

            replayed = replay_changes(old, *orders, Path(folder), build=build, say=say)
    altered = {found.file: name_altered(found.file, old, new) for found in differences}
    changes = [Change(found, altered[found.file] or name_cause(found, causes, replayed)) for found in differences]
    changes.sort(key=lambda change: -change.difference.grade.rank)
    is_derived = [change.difference.file.startswith(DERIVED.as_posix()) for change in changes]
    kinds = [(found.manifest or {}).get("dataset", {}).get("kind") for found in (old, new)]
    return Changes(
        old.place,
        new.place,
        tuple(change for change, derived in zip(changes, is_derived, strict=True) if not derived),
        tuple(change for change, derived in zip(changes, is_derived, strict=True) if derived),
        tuple(causes),
        tuple(raw),
        tuple(replayed.failed.items()),
        is_synthetic=kinds == ["synthetic", "synthetic"],
    )


def name_altered(name: str, old: Outputs, new: Outputs) -> str:
    """Say in which of two builds a file is not as it was built; such a file tells nothing of data, code or packages."""
    sides = [word for word, build in (("first", old), ("second", new)) if build.is_altered(name)]
    return f"altered after it was built, in the {' and the '.join(sides)}" if sides else ""


def name_cause(difference: Difference, causes: list[Cause], replayed: Replay) -> str:
    """Say what caused a difference: what a replay showed, otherwise what differs behind the exhibit."""
    if replayed.moved and difference.file.endswith(".csv"):
        return replayed.explain(difference)
    behind = [cause for cause in causes if not difference.exhibit or difference.exhibit in cause.exhibits]
    named = list(dict.fromkeys(f"{cause.kind}: {cause.name.rpartition('/')[2]}" for cause in behind))
    if not named:
        return "nothing that the manifests record"
    rest = len(named) - 4
    return f"{' or '.join(named[:4])}{f' or {rest} more' if rest > 0 else ''}"


def _list_differences(old: Outputs, new: Outputs) -> list[Difference]:
    """List differences of numbers; other forms of an exhibit only where its numbers are the same."""
    found = [difference for comparison in compare_files(old, new) for difference in comparison.differences]
    found = [change for change in found if change.grade is not Grade.PRINTED and change.file != MANIFEST.as_posix()]
    numbered = {change.exhibit for change in found if change.file.endswith(".csv")}
    return [change for change in found if change.file.endswith(".csv") or change.exhibit not in numbered]


def _list_hashes(old: Outputs, new: Outputs) -> list[Difference]:
    exhibits = {name: entry["label"] for entry in new.manifest["exhibits"] for name in entry["files"]}
    differences = []
    for name in sorted({*old.promised, *new.promised}):
        pair = old.promised.get(name, ""), new.promised.get(name, "")
        if pair[0] != pair[1]:
            grade = Grade.EXTRA if not pair[0] else Grade.MISSING if not pair[1] else Grade.DIFFERS
            why = "other bytes; give the folders to see which numbers"
            label = exhibits.get(name, "")
            differences.append(Difference(name, "file", pair[0][:12], pair[1][:12], grade, why, label))
    return differences
