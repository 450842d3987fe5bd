"""The cache of a build: contents by their hash, and for each run what it read and what it made."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

MOST_TRACES = 8
"""Runs of the same code and parameters that are remembered, the latest first."""


@dataclass(frozen=True)
class Trace:
    """One run that went through: what it depended on, and what came out.

    ``key`` stands for what is known before a run (code cells, parameters, lock, Python). ``inputs`` maps each file or
    listing that the run read, by its place (``project/...``, ``data/...``, ``made/...``), to its hash; ``modules`` does
    so for the project's modules that it loaded. ``outputs`` maps each file that it made, by its name in the output
    folder, to its hash; ``executed`` is the hash of the executed notebook; ``facts`` are what the notebook says of the
    exhibits that it made.
    """

    key: str
    inputs: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    executed: str = ""
    facts: list[dict] = field(default_factory=list)


class Store:
    """A folder of contents and traces; whatever in it is damaged counts as not there."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def object_path(self, digest: str) -> Path:
        """Give the place of a content."""
        return self.folder / "objects" / digest[:2] / digest

    def put(self, path: Path) -> str:
        """Take a file in; give its hash."""
        return self.put_content(Path(path).read_bytes())

    def put_content(self, content: bytes) -> str:
        """Take a content in; give its hash."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            _write_whole(content, self.object_path(digest))
        return digest

    def get(self, digest: str) -> bytes | None:
        """Give a content, or None if it is not there or is no longer what its name says; then it is thrown away."""
        path = self.object_path(digest)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            path.unlink(missing_ok=True)
            return None
        return content

    def has(self, digest: str) -> bool:
        """Tell whether a content is there and whole."""
        return self.get(digest) is not None

    def place(self, digest: str, path: Path) -> bool:
        """Write a content to a file; False if the store does not have it."""
        content = self.get(digest)
        if content is not None:
            _write_whole(content, path)
        return content is not None

    def read_traces(self, key: str) -> list[Trace]:
        """Give the runs that are remembered for a key, the latest first."""
        try:
            seal, _, content = self._traces(key).read_bytes().partition(b"\n")
            is_whole = hashlib.sha256(content).hexdigest().encode() == seal
            return [Trace(**entry) for entry in json.loads(content)] if is_whole else []
        except (OSError, ValueError, TypeError):
            return []

    def add_trace(self, trace: Trace) -> None:
        """Remember a run; an earlier one that read the same is replaced."""
        seen = (trace.inputs, trace.modules)
        others = [other for other in self.read_traces(trace.key) if (other.inputs, other.modules) != seen]
        content = json.dumps([asdict(entry) for entry in [trace, *others][:MOST_TRACES]], indent=1, sort_keys=True)
        sealed = content.encode("utf-8")
        _write_whole(hashlib.sha256(sealed).hexdigest().encode() + b"\n" + sealed, self._traces(trace.key))

    def clear(self) -> None:
        """Throw everything away."""
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Throw contents away that no remembered run speaks of."""
        wanted: set[str] = set()
        for path in (self.folder / "traces").glob("*.json"):
            for trace in self.read_traces(path.stem):
                wanted |= {trace.executed, *trace.outputs.values()}
        for path in (self.folder / "objects").glob("*/*"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _traces(self, key: str) -> Path:
        return self.folder / "traces" / f"{key}.json"


def _write_whole(content: bytes, path: Path) -> None:
    # Where nothing is written, a build has no time for what this loads.
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
