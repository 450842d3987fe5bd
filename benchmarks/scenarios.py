"""What an author does between two builds, and how few notebooks must run then."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from benchmarks.judge import RIGHT, WRONG, give_verdict_of_error
from benchmarks.runner import OFFLINE, Bench, Build
from benchmarks.workloads import PREPARE, edit_cell, write_raw


@dataclass(frozen=True)
class Finding:
    """What came of one scenario: seconds, executions and the fewest that would do, verdict, a remark."""

    scenario: str
    wall_s: float
    cpu_s: float
    executions: int
    fewest: int
    verdict: str
    remark: str = ""

    def to_json(self) -> dict:
        """Give all fields by name."""
        return asdict(self)


def find(scenario: str, build: Build, *, fewest: int, remark: str = "") -> Finding:
    """Make a finding of a build that was judged."""
    faults = "; ".join(build.faults[:3]) + (" ..." if len(build.faults) > 3 else "")
    if build.status and not remark:
        remark = (build.said.strip().splitlines() or [""])[-1][:120]
    return Finding(scenario, build.wall_s, build.cpu_s, build.ran.total(), fewest, build.verdict, remark or faults)


def run_cold(bench: Bench, *, scenarios: Collection[str]) -> list[Finding]:
    """S1: nothing is there yet; S20: the same again gives the same bytes; S18: the same without a network."""
    findings = [find("S1", bench.judged(), fewest=len(bench.workload.notebooks))]
    first = bench.hash_outputs()
    for scenario, prefix in (("S20", []), ("S18", OFFLINE)):
        if scenario not in scenarios:
            continue
        bench.clean()
        build, second = bench.judged(prefix=prefix), bench.hash_outputs()
        same = sum(first[name] == second.get(name) for name in first)
        remark = f"{same} of {len(first)} files identical" if scenario == "S20" and build.verdict == RIGHT else ""
        findings.append(find(scenario, build, fewest=len(bench.workload.notebooks), remark=remark))
    return findings


def do_nothing(bench: Bench, turn: int) -> int:
    """S2: nothing changed."""
    return 0


def touch_raw(bench: Bench, turn: int) -> int:
    """S3: the raw file has another time stamp."""
    os.utime(bench.project / "raw" / "visits.csv")
    return 0


def edit_hidden_row(bench: Bench, turn: int) -> int:
    """S4: a raw row changes that preparing drops."""
    write_raw(bench.project, hidden=-2 - turn, shift=bench.shift)
    return 1


def edit_kept_row(bench: Bench, turn: int) -> int:
    """S5: a raw row changes that everything rests on."""
    bench.shift = turn + 1
    write_raw(bench.project, hidden=-1, shift=bench.shift)
    return len(bench.workload.notebooks)


def edit_code(bench: Bench, turn: int) -> int:
    """S6: the title of one figure changes in its code."""
    edit_cell(bench.project / f"{bench.workload.figures[0]}.ipynb", r'title = ".*"', f'title = "edit {turn}"')
    return 1


def edit_markdown(bench: Bench, turn: int) -> int:
    """S7: a sentence of a notebook's text changes."""
    edit_cell(bench.project / f"{bench.workload.figures[0]}.ipynb", "(First|Edited) text", "Edited text")
    return 0


def edit_helper(bench: Bench, turn: int) -> int:
    """S8: a colour changes in the module that some figure notebooks import."""
    (bench.project / "helpers.py").write_text(f'COLOURS = ["#0{turn % 10}9E73", "#CC79A7"]\n')
    return len(bench.workload.importers)


def edit_parameter(bench: Bench, turn: int) -> int:
    """S9: one parameter of one figure changes."""
    bench.peer.set_parameter(bench.project, bench.workload.figures[0], "width", 2.0 + turn)
    return 1


EDITS: dict[str, Callable[[Bench, int], int]] = {
    "S2": do_nothing,
    "S3": touch_raw,
    "S4": edit_hidden_row,
    "S5": edit_kept_row,
    "S6": edit_code,
    "S7": edit_markdown,
    "S8": edit_helper,
    "S9": edit_parameter,
}


def run_edit(bench: Bench, scenario: str, turn: int = 0) -> Finding:
    """Edit, build, judge."""
    fewest = EDITS[scenario](bench, turn)
    return find(scenario, bench.judged(), fewest=fewest)


def run_exception(bench: Bench) -> list[Finding]:
    """S10: one figure raises; the others must finish, the message must name notebook and cell; then it is mended."""
    name = bench.workload.figures[-1]
    path = bench.project / f"{name}.ipynb"
    before = path.read_bytes()
    write_raw(bench.project, hidden=-1, shift=77)
    bench.shift = 77
    edit_cell(path, 'title = ".*"', f'title = "{name}"\n1 / 0')
    build = bench.build()
    others = set(bench.workload.figures) - {name}
    finished = others <= set(build.ended) if bench.peer.remembers else True
    named = name in build.said and "1 / 0" in build.said
    remark = ", ".join(
        ["names notebook and cell" if named else "does not name both notebook and cell"]
        + ([] if finished else ["others did not finish"])
    )
    verdict = RIGHT if build.status else WRONG
    expected = len(bench.workload.notebooks) - 1
    findings = [Finding("S10", build.wall_s, build.cpu_s, build.ran.total(), expected, verdict, remark)]
    path.write_bytes(before)
    edit_cell(path, 'title = ".*"', 'title = "mended"')
    return [*findings, find("S10 mended", bench.judged(), fewest=2)]


def run_spoilt(bench: Bench) -> list[Finding]:
    """S11: one byte of a figure is altered; S12: a figure is deleted."""
    findings = []
    for scenario, figure in (("S11", 0), ("S12", 1)):
        name = f"figures/{bench.workload.figures[figure % bench.workload.n_figures]}.png"
        path = bench.project / name
        if not path.exists():
            continue
        if scenario == "S11":
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            # A tool may have linked the file to its cache, which an editor that writes anew would not touch.
            path.unlink()
            path.write_bytes(content)
        else:
            path.unlink()
        build = bench.judged()
        is_said = name in build.said or bench.workload.figures[figure % bench.workload.n_figures] in build.said
        remark = ("said" if is_said else "not said") if build.verdict == RIGHT else ""
        findings.append(find(scenario, build, fewest=0, remark=remark))
    return findings


def run_lock(bench: Bench) -> Finding:
    """S13: the lock names another version of a package, so that no result may stay as if it came from the old one."""
    (bench.project / "requirements.lock").write_text("pandas==3.1.1\n")
    build, fewest = bench.judged(), len(bench.workload.notebooks)
    verdict = WRONG if build.status == 0 and len(build.ran) < fewest else build.verdict
    remark = f"{fewest - len(build.ran)} results of the old lock kept" if verdict == WRONG else ""
    return Finding("S13", build.wall_s, build.cpu_s, build.ran.total(), fewest, verdict, remark)


def run_killed(bench: Bench) -> Finding:
    """S22: killed when half of the notebooks have run; the next build must do the rest and end right."""
    bench.clean()
    half = len(bench.workload.notebooks) // 2
    killed = bench.build(until=lambda log: log.count("end").total() >= half)
    build = bench.judged()
    return find("S22", build, fewest=len(bench.workload.notebooks) - killed.ended.total())


def run_no_kernel(bench: Bench) -> Finding:
    """S16: a notebook asks for a kernel that is not there; an error, or a run in the tool's own kernel."""
    bench.clean()
    path = bench.project / f"{PREPARE}.ipynb"
    before = path.read_text()
    path.write_text(before.replace('"name": "python3"', '"name": "no-such-kernel"'))
    build = bench.judged(give=give_verdict_of_error)
    path.write_text(before)
    remark = "error" if build.status else "runs in its own kernel"
    return Finding("S16", build.wall_s, build.cpu_s, build.ran.total(), 0, build.verdict, remark)


def run_mistyped(bench: Bench) -> Finding | None:
    """S17: a parameter that the notebook does not have; None for tools without parameters."""
    if not bench.peer.has_parameters:
        return None
    bench.peer.set_parameter(bench.project, bench.workload.figures[0], "widht", 3.0)
    build = bench.build()
    verdict = RIGHT if build.status else WRONG
    remark = "error" if build.status else "ignored in silence or with a warning"
    return Finding("S17", build.wall_s, build.cpu_s, build.ran.total(), 0, verdict, remark)
