"""Runs what must run: every node whose inputs are not those of a run that is remembered, several at a time."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from caseseries.build.drive import Failure, Outcome, Run, execute_run
from caseseries.build.failures import find_fault
from caseseries.build.fingerprint import ABSENT, ALL_FILES, LOOK, hash_code_cells, hash_content, key_of
from caseseries.build.installed import LIBRARIES
from caseseries.build.nodes import Node
from caseseries.build.observe import EVERYTHING
from caseseries.build.packed import PACKED, pack_modules
from caseseries.build.snapshot import Sources
from caseseries.build.store import Store, Trace
from caseseries.paths import PACKAGE

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

WAY = "1"
"""Changes whenever the way in which notebooks are run changes what they make."""


SEEN = ("absent", "list", "look", "module", "read")
"""Kinds of facts that are inputs of a run."""
ROOTS = frozenset(("project", "data", "made"))
AHEAD = 1
"""Runs that wait in the pool for the next one to end: nobody who could run a notebook then waits for its successor."""


@dataclass(frozen=True)
class Done:
    """A node whose outputs are those of its present inputs; ``is_kept`` if no run was needed."""

    node: Node
    trace: Trace
    is_kept: bool


@dataclass
class Engine:
    """Takes nodes to their outputs.

    Parameters
    ----------
    nodes
        What is to be run, each after those that it needs.
    sources
        Project, raw tables and notebooks: the files themselves, or copies once something must run.
    scratch
        Where runs work.
    lock
        The lock file.
    installed
        Names what is installed by one word.
    store
        What earlier runs made.
    published
        Hash of each file in the output folder as it is now.
    out
        The output folder, from which files that are still right are taken.
    variables
        Environment of the kernels.
    report, finished
        Told of each node how it stands, and of each one that has gone through.
    """

    nodes: list[Node]
    sources: Sources
    scratch: Path
    lock: Path
    installed: str
    store: Store
    published: Mapping[str, str]
    out: Path
    variables: dict[str, str]
    report: Callable[[str, str], None] = field(default=lambda node, state: None)
    finished: Callable[[Done], None] = field(default=lambda done: None)

    def __post_init__(self):
        self.libraries: set[str] = set()
        self.work_with(self.sources)

    def work_with(self, sources: Sources) -> None:
        """Work with another state from now on: nothing counts as done, and every file is looked at again."""
        self.sources = sources
        self.lock_hash = hash_content(sources.locate(self.lock))
        self.done: dict[str, Done] = {}
        self.code: dict[str, str] = {}
        self.hashes = sources.hashes(self.scratch, {})
        vars(self).pop("packed", None)

    def hash_code(self, notebook: str) -> str:
        """Give the hash of the code cells of a notebook; it is read once in each state."""
        if notebook not in self.code:
            self.code[notebook] = hash_code_cells(self.sources.folder / f"{notebook}.ipynb")
        return self.code[notebook]

    def find_kept(self) -> list[Node]:
        """Take over every node that need not run; give those that may have to, each after those that it needs."""
        waiting, is_moving = list(self.nodes), True
        while is_moving:
            is_moving = False
            for node in self.list_ready(waiting):
                kept = self._find_kept(node)
                if kept:
                    waiting.remove(node)
                    self.done[node.name] = kept
                    is_moving = True
        return waiting

    def run(self, pool: Executor, *, jobs: int) -> list[Failure]:
        """Run what must run; give what failed. A node that needs one that failed is not run."""
        from concurrent.futures import FIRST_COMPLETED, wait

        waiting, failures = self.find_kept(), []
        for done in self.done.values():
            self.report(done.node.name, "kept")
        running: dict[Future[Outcome], tuple[Node, Run]] = {}
        while waiting or running:
            for node in self.list_ready(waiting)[: jobs + AHEAD - len(running)]:
                waiting.remove(node)
                kept = self._find_kept(node)
                if kept:
                    self.done[node.name] = kept
                    self.report(node.name, "kept")
                else:
                    run = self._prepare(node)
                    self.report(node.name, "running")
                    running[pool.submit(execute_run, run)] = (node, run)
            if not running and not self.list_ready(waiting):
                break
            if running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    node, run = running.pop(future)
                    failure = self._finish(node, run, future.result())
                    self.report(node.name, "failed" if failure else "done")
                    if failure:
                        failures.append(failure)
                    else:
                        self.finished(self.done[node.name])
        return failures

    def list_ready(self, waiting: Iterable[Node]) -> list[Node]:
        """List the nodes whose needs are all done."""
        waiting = list(waiting)
        total = Counter(node.notebook for node in self.nodes)
        done = Counter(entry.node.notebook for entry in self.done.values())
        return [node for node in waiting if all(done[need] == total[need] for need in node.needs)]

    def collect_made(self, notebooks: Iterable[str] | None = None) -> dict[str, str]:
        """Give the files that nodes of some notebooks, or of all, have made: names to hashes."""
        made: dict[str, str] = {}
        for entry in self.done.values():
            if notebooks is None or entry.node.notebook in notebooks:
                made |= entry.trace.outputs
        return made

    def read(self, digest: str, name: str) -> bytes | None:
        """Give the content of a file that was made, from the store or from where it is published."""
        content = self.store.get(digest)
        if content is None and self.published.get(name) == digest == hash_content(self.out / name):
            content = (self.out / name).read_bytes()
        return content

    def key(self, node: Node) -> str:
        """Give the key of a node."""
        code = self.hash_code(node.notebook)
        return key_of(code, parameters=node.parameters, lock=self.lock_hash, by=f"{WAY} {self.installed}")

    def _find_kept(self, node: Node) -> Done | None:
        self.hashes.made = self.collect_made(node.needs)
        for trace in self.store.read_traces(self.key(node)):
            if self.hashes.match(trace.modules) and self.hashes.match(trace.inputs) and self._has(trace):
                return Done(node, trace, is_kept=True)
        return None

    def _has(self, trace: Trace) -> bool:
        return self.store.has(trace.executed) and all(
            self.published.get(name) == digest or self.store.has(digest) for name, digest in trace.outputs.items()
        )

    def _work_folder(self, node: Node) -> Path:
        return self.scratch / "runs" / str(self.nodes.index(node))

    def _prepare(self, node: Node) -> Run:
        """Give a node a folder of its own, with what those that it needs have made."""
        work = self._work_folder(node)
        work.mkdir(parents=True)
        for name, digest in self.collect_made(node.needs).items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(digest, name) or b"")
        executed = self.scratch / node.executed
        executed.parent.mkdir(parents=True, exist_ok=True)
        return Run(
            name=node.notebook,
            label=node.label,
            notebook=self.sources.folder / f"{node.notebook}.ipynb",
            executed=executed,
            work=work,
            parameters={**node.parameters, "data": str(self.sources.data), "out": str(work)},
            variables=self.variables,
            readable=tuple(map(os.path.realpath, (self.sources.project, self.sources.data, self.sources.folder))),
            writable=(str(work.resolve()),),
            shared=(str((self.scratch / "settings").resolve()),),
            kept=str(self.store.folder / "bytecode"),
            packed=self.packed,
        )

    @cached_property
    def packed(self) -> str:
        """File with the modules of the package as all runs of this build load them."""
        return pack_modules(self.sources.project / PACKAGE.name, self.scratch / "settings" / PACKED)

    def _finish(self, node: Node, run: Run, outcome: Outcome) -> Failure | None:
        import nbformat

        from caseseries.build.render import collect_facts, settle

        run = outcome.run or run
        if outcome.failure:
            return replace(outcome.failure, cause=self._tell(outcome.failure.cause, run))
        given = self.collect_made(node.needs)
        found = {path.relative_to(run.work).as_posix(): path for path in sorted(run.work.rglob("*")) if path.is_file()}
        spoilt = [name for name in given if name not in found or hash_content(found[name]) != given[name]]
        if spoilt:
            words = f"The notebook changed {spoilt[0]}, which another notebook makes."
            return Failure(node.notebook, "none", words, (node.label,) if node.label else ())
        content = nbformat.read(run.executed, as_version=4)
        facts = collect_facts(content)
        problem = find_fault(found, given, facts, self.scratch)
        if problem:
            return Failure(node.notebook, "none", problem, (node.label,) if node.label else ())
        outputs = {name: self.store.put(path) for name, path in found.items() if name not in given}
        settled = json.dumps(settle(content, node.parameters), ensure_ascii=False)
        run.executed.write_text(self._tell(settled, run), encoding="utf-8")
        inputs, modules = self._describe_seen(run, outcome, given)
        trace = Trace(self.key(node), inputs, modules, outputs, self.store.put(run.executed), facts)
        self.store.add_trace(trace)
        self.done[node.name] = Done(node, trace, is_kept=False)
        return None

    def _describe_seen(self, run: Run, outcome: Outcome, given: Mapping[str, str]) -> tuple[dict, dict]:
        """Name what a run read: files of the project, of the data, and those that other nodes made."""
        places, inputs, modules, looks = self.sources.places(run.work), {}, {}, {}
        hashes = self.sources.hashes(run.work, dict(given))
        for fact in outcome.seen:
            if fact["kind"] == EVERYTHING:
                inputs |= {name: hashes.of(name) for name in (f"project/{ALL_FILES}", f"data/{ALL_FILES}")}
            if fact["kind"] == LIBRARIES:
                self.libraries |= set(fact["what"].splitlines())
            name = places.name(fact["what"]) if fact["kind"] in SEEN else None
            # What shows HTML first looks whether the text names a file.
            if name is None or "<" in name:
                continue
            if fact["kind"] == "list":
                inputs[f"{name}/"] = hashes.of(f"{name}/")
            elif fact["kind"] == "absent":
                inputs.setdefault(name, ABSENT)
            elif fact["kind"] == "look":
                looks[name] = hashes.of(f"{LOOK}made/{name[5:]}") if name.startswith("made/") else fact["sha256"]
            elif fact["kind"] == "module" or name.endswith(".py"):
                modules[name] = fact["sha256"]
            elif not name.startswith("made/") or name.removeprefix("made/") in given:
                inputs[name] = fact["sha256"]
        return inputs | drop_implied(looks, inputs | modules), modules

    def _tell(self, text: str, run: Run) -> str:
        """Give a text with the places of files as the reader knows them."""
        return self.sources.tell(text).replace(str(run.work), str(self.out))


def drop_implied(looks: Mapping[str, str], contents: Mapping[str, str]) -> dict[str, str]:
    """Give the looks at files that tell more than what was read besides: a folder is there if a file in it was read."""
    there = {name.rstrip("/") for name, digest in contents.items() if digest != ABSENT} | looks.keys()
    implied = {folder.as_posix() for name in there for folder in PurePosixPath(name).parents}
    read = {name.rstrip("/") for name in contents}
    return {f"{LOOK}{name}": look for name, look in looks.items() if name not in read and name not in implied | ROOTS}
