"""The build beside other ways to the same files: seconds, executions, and whether what is green is also right.

Run it from the project folder, on a machine that does nothing else::

    python benchmarks/build.py                                   # everything; takes hours
    python benchmarks/build.py --parts verdicts --workloads WM3  # which tool ends green with stale results
    python benchmarks/build.py --parts times --peers Snakemake DVC --workloads W12 --scenarios S1 S2 --repeats 5
    python benchmarks/build.py --quick                           # a smallest project, to see that all is set up

Each peer is installed into a virtual environment of its own; one that cannot be installed is named in the report. The
notebooks tell of each execution over a socket, a judge compares every file and page with a build that cannot be stale,
and a time counts only where it found nothing amiss. With ``--keep FOLDER`` environments, projects and results stay, and
a later call adds to them. Nothing is asserted; the report goes to benchmarks/results.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.environments import NotInstalled, make_environment
from benchmarks.judge import FAILED, RIGHT, Judge
from benchmarks.package import measure_build, measure_plain_way
from benchmarks.peers.base import Cache, Client, Ours, Peer, Plain, PlainInTwo
from benchmarks.peers.pipelines import Calkit, Dvc, Myst, Ploomber, Snakemake
from benchmarks.report import write_report
from benchmarks.runner import Bench, adopt_orphans
from benchmarks.scenarios import (
    EDITS,
    Finding,
    run_cold,
    run_edit,
    run_exception,
    run_killed,
    run_lock,
    run_mistyped,
    run_no_kernel,
    run_spoilt,
)
from benchmarks.stress import start_kernels
from benchmarks.workloads import WORKLOADS, Workload

PEERS: dict[str, type[Peer]] = {
    peer.name: peer for peer in (Ours, Plain, PlainInTwo, Client, Snakemake, Ploomber, Cache, Dvc, Calkit, Myst)
}
PARTS = ("verdicts", "times", "package", "stress")
TIMED = ("S1", "S2", "S4", "S6")
SINGLE: tuple[tuple[tuple[str, ...], Callable[[Bench], list[Finding] | Finding | None]], ...] = (
    (("S10",), run_exception),
    (("S11", "S12"), run_spoilt),
    (("S13",), run_lock),
    (("S22",), run_killed),
    (("S16",), run_no_kernel),
    (("S17",), run_mistyped),
)
"""Scenarios beyond a single edit, in an order in which each begins from what the last one leaves."""


class Results:
    """What was measured so far, in a file, so that a run that is cut off loses nothing."""

    def __init__(self, path: Path):
        self.path = path
        self.content = json.loads(path.read_text()) if path.exists() else {}

    def at(self, *keys: str):
        """Give the entry at some keys, made where it is missing."""
        entry = self.content
        for key in keys:
            entry = entry.setdefault(key, {})
        return entry

    def save(self) -> None:
        """Write the file and the report."""
        self.path.write_text(json.dumps(self.content, indent=1))


def make_peers(names: list[str], folder: Path, results: Results) -> list[Peer]:
    """Install the peers; note those that cannot be installed, with the reason."""
    peers = []
    for name in names:
        kind = PEERS[name]
        try:
            python = make_environment(folder / kind.environment, kind.pins) if kind.environment else folder
            peers.append(kind(python))
            results.at("missing").pop(name, None)
            results.at("peers")[name] = [", ".join(kind.pins) or "the shared libraries", kind.__doc__]
        except NotInstalled as error:
            results.at("missing")[name] = str(error)
            print(f"{name} cannot be installed here: {error}", flush=True)
    return peers


def find_verdicts(bench: Bench, *, scenarios: list[str], tell: Callable[[list[Finding]], None]) -> None:
    """Take one tool through the scenarios; after a wrong or failed one it begins afresh."""
    findings = run_cold(bench, scenarios=scenarios)
    tell(findings)
    if findings[0].verdict != RIGHT:
        return

    def add(found: list[Finding] | Finding | None) -> None:
        found = found if isinstance(found, list) else [found] if found else []
        tell(found)
        if any(finding.verdict != RIGHT for finding in found):
            bench.clean()
            bench.build()

    for scenario in EDITS:
        if scenario in scenarios and (scenario != "S8" or bench.workload.has_helper):
            add(run_edit(bench, scenario))
    for names, run in SINGLE:
        if set(names) & set(scenarios):
            add(run(bench))


def show(name: str, findings: list[Finding]) -> None:
    """Print findings as they come."""
    for finding in findings:
        runs = f"{finding.executions} of {finding.fewest} runs"
        print(
            f"{name:24} {finding.scenario:11} {finding.wall_s:7.2f} s  {runs:14} {finding.verdict}  {finding.remark}",
            flush=True,
        )


def measure_verdicts(peers: list[Peer], workload: Workload, options, judge: Judge, results: Results) -> None:
    """Judge each tool in each scenario."""
    for peer in peers:
        bench = Bench(
            peer, workload, options.folder / "projects" / f"{workload.name}-{peer.environment or 'own'}", judge
        )
        entries = results.at("verdicts", workload.name)[peer.name] = []

        def tell(findings: list[Finding], name: str = peer.name, entries: list = entries) -> None:
            show(name, findings)
            entries.extend(finding.to_json() for finding in findings)
            results.save()

        find_verdicts(bench, scenarios=options.scenarios, tell=tell)


def measure_times(peers: list[Peer], workload: Workload, options, judge: Judge, results: Results) -> None:
    """Time each tool in some scenarios, in an order that chance gives anew each round."""
    order, folder = random.Random(2), options.folder / "projects"
    benches = [Bench(peer, workload, folder / f"{workload.name}-{number}", judge) for number, peer in enumerate(peers)]
    times, floor = results.at("times", workload.name), results.at("floor", workload.name)
    for peer in peers:
        times[peer.name] = {}
    for turn in range(options.repeats):
        for bench in order.sample(benches, len(benches)):
            findings = []
            for scenario in options.scenarios:
                if scenario == "S1":
                    bench.clean()
                    findings.append(run_edit(bench, "S2"))
                    findings[-1] = Finding(
                        **findings[-1].to_json() | {"scenario": "S1", "fewest": len(workload.notebooks)}
                    )
                elif scenario in TIMED or (scenario == "S8" and workload.has_helper):
                    findings.append(run_edit(bench, scenario, turn))
                else:
                    continue
                if findings[-1].verdict == FAILED:
                    break
            show(bench.peer.name, findings)
            for finding in findings:
                times[bench.peer.name].setdefault(finding.scenario, []).append(finding.to_json())
            reference = judge.reference(bench.project)
            floor[f"{reference.wall_s:.6f}"] = {"wall_s": reference.wall_s, "cpu_s": reference.cpu_s}
            results.save()


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER", help=", ".join(PEERS))
    names = ", ".join(WORKLOADS)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, metavar="W", help=f"{names}; default by part")
    every = ["S1", "S18", "S20", *EDITS, *(name for names, _ in SINGLE for name in names)]
    parser.add_argument("--scenarios", nargs="+", choices=every, default=every, metavar="S", help="S1 to S22")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the timed part")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep environments, projects and results here")
    parser.add_argument("--starts", type=int, default=500, help="kernel starts of the stress, eight at once")
    parser.add_argument("--stress", action="store_true", help="the kernel starts alone")
    parser.add_argument("--note", default="", metavar="TEXT", help="what a reader of the report must know of this run")
    parser.add_argument("--quick", action="store_true", help="the smallest project, one round, few kernel starts")
    parser.add_argument("--report", type=Path, default=Path(__file__).with_name("results.md"), metavar="FILE")
    options = parser.parse_args(arguments)
    if options.stress:
        options.parts = ["stress"]
    if options.quick:
        options.workloads, options.repeats, options.starts = options.workloads or ["W3"], 1, 16
        options.parts = [part for part in options.parts if part != "package"]
    return options


def main(arguments: list[str] | None = None) -> None:
    """Measure what was asked for, and write the report after each part."""
    options = read_options(arguments)
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        options.folder = (options.keep or Path(temporary)).resolve()
        options.folder.mkdir(parents=True, exist_ok=True)
        results, judge = Results(options.folder / "results.json"), Judge(options.folder / "references")
        results.content["note"] = options.note or results.content.get("note", "")
        results.content["cores"] = len(os.sched_getaffinity(0))
        peers = make_peers(options.peers, options.folder / "environments", results)
        for part in options.parts:
            load = {"start": os.getloadavg()}
            results.at("load")[part] = load
            if part == "verdicts":
                for name in options.workloads or ["WM"]:
                    measure_verdicts(peers, WORKLOADS[name], options, judge, results)
            elif part == "times":
                for name in options.workloads or ["W12", "WH", "WM", "W42", "W102"]:
                    measure_times(peers, WORKLOADS[name], options, judge, results)
            elif part == "package":
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    results.at("package")["ours"] = measure_build(Path(folder), repeats=options.repeats)
                    results.at("package")["plain"] = measure_plain_way(Path(folder))
            else:
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    results.content["stress"] = start_kernels(Path(folder), starts=options.starts, at_once=8)
            load["end"] = os.getloadavg()
            results.save()
            write_report(results.content, options.report)


if __name__ == "__main__":
    main()
