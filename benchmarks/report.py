"""Puts what was measured into tables that a person reads."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks.environments import locked_versions
from benchmarks.judge import RIGHT, WRONG
from benchmarks.workloads import WORKLOADS

OURS = "caseseries"
HEAD = """# The build, measured

What this page holds comes from `python benchmarks/build.py` and is written anew by it. Seconds belong to the machine
that took them; ratios travel better. Wall seconds are medians with their range; processor seconds count every process
that a build started, kernels and servers included, and suffer less from what else a machine does. A time stands here
only if every file and page was right. "Runs" are executions of notebooks as these told them to the outside.
"""
SCENARIOS = {
    "S1": "cold build with HTML",
    "S2": "nothing changed",
    "S3": "raw file touched",
    "S4": "raw edit, prepared table the same",
    "S5": "raw edit that changes it",
    "S6": "code of one figure edited",
    "S7": "text of one notebook edited",
    "S8": "helper module edited",
    "S9": "one parameter changed",
    "S10": "exception in one figure",
    "S10 mended": "the same mended",
    "S11": "one byte of a figure altered",
    "S12": "a figure deleted",
    "S13": "another version in the lock",
    "S16": "a kernel that is not there",
    "S17": "mistyped parameter",
    "S18": "cold build without network",
    "S20": "two cold builds",
    "S22": "killed half-way, run again",
}


def write_report(results: dict, path: Path) -> None:
    """Write all tables; say of each part that is missing that it was not measured."""
    parts = [HEAD, results.get("note", ""), describe_machine(results), *describe_missing(results)]
    rows = [[name, *words] for name, words in results.get("peers", {}).items()]
    parts += ["## The tools", make_table(["", "pinned", "set up as"], rows)]
    parts += ["## Green and wrong", *describe_verdicts(results.get("verdicts", {}))]
    parts += ["## Seconds", *describe_times(results)]
    parts += ["## The package itself", describe_package(results.get("package", {}))]
    parts += ["## Kernel starts", describe_stress(results.get("stress", {}))]
    path.write_text("\n\n".join(part.strip() for part in parts if part) + "\n", encoding="utf-8")


def make_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def describe_machine(results: dict) -> str:
    """Say where and under which load the times were taken."""
    versions = ", ".join(f"{name} {version}" for name, version in locked_versions().items())
    loads = [
        f"{part} {load['start'][0]:.1f} to {load.get('end', load['start'])[0]:.1f}"
        for part, load in results.get("load", {}).items()
    ]
    return (
        f"Python {platform.python_version()}, {results.get('cores', '?')} cores. Load average (1 min) from start to "
        f"end of each part: {', '.join(loads) or 'none'}. A load above the number of cores means that other "
        f"programs took their share, and that wall seconds are too long. In every environment: {versions}."
    )


def describe_missing(results: dict) -> list[str]:
    """Name the peers that could not be installed."""
    rows = [[name, reason.replace("|", "/")[:300]] for name, reason in results.get("missing", {}).items()]
    return ["Not installed here:", make_table(["peer", "reason"], rows)] if rows else []


def describe_verdicts(verdicts: dict) -> list[str]:
    """Give per workload a table of scenarios and peers."""
    parts = [] if verdicts else ["Not measured."]
    for workload, peers in verdicts.items():
        names = list(peers)
        n_notebooks = len(WORKLOADS[workload].notebooks)
        found = {name: {entry["scenario"]: entry for entry in entries} for name, entries in peers.items()}
        rows = [
            [f"{scenario} {words}", *(_describe_entry(found[name].get(scenario)) for name in names)]
            for scenario, words in SCENARIOS.items()
            if any(scenario in entries for entries in found.values())
        ]
        counts = [sum(entry["verdict"] == WRONG for entry in peers[name]) for name in names]
        failed = [sum(entry["verdict"] not in (RIGHT, WRONG) for entry in peers[name]) for name in names]
        wasted = [
            sum(max(0, entry["executions"] - entry["fewest"]) for entry in peers[name] if _is_wasteful(entry))
            for name in names
        ]
        rows += [
            ["**wrong but green**", *(f"**{count}**" for count in counts)],
            ["failed", *map(str, failed)],
            ["runs that were not needed, S2 to S12", *map(str, wasted)],
        ]
        parts.append(
            f"{workload}, {n_notebooks} notebooks. Each cell: verdict, runs / fewest that would do. "
            "A dash: does not apply, or not measured. After a wrong or failed outcome the tool began afresh."
        )
        parts.append(make_table(["scenario", *names], rows))
        parts.append("Processor seconds of these builds, right or not, one of each:")
        parts.append(make_table(["scenario", *names], _list_costs(found, names)))
        remarks = [
            f"- {name}, {entry['scenario']}: {entry['remark'].replace('|', '/')}"
            for name in names
            for entry in peers[name]
            if entry["remark"]
        ]
        parts += ["What was found:\n\n" + "\n".join(remarks)] if remarks else []
    return parts


def _list_costs(found: dict[str, dict], names: list[str]) -> list[list[str]]:
    return [
        [scenario, *(f"{found[name][scenario]['cpu_s']:.1f}" if scenario in found[name] else "–" for name in names)]
        for scenario in SCENARIOS
        if any(scenario in entries for entries in found.values())
    ]


def _is_wasteful(entry: dict) -> bool:
    number = entry["scenario"].split()[0].removeprefix("S")
    return 2 <= int(number) <= 12 and entry["verdict"] == RIGHT


def _describe_entry(entry: dict | None) -> str:
    if entry is None:
        return "–"
    word = f"**{entry['verdict']}**" if entry["verdict"] == WRONG else entry["verdict"]
    return f"{word}, {entry['executions']} / {entry['fewest']}"


def describe_times(results: dict) -> list[str]:
    """Give per workload a table of peers and scenarios, and how time grows with the number of notebooks."""
    times, parts = results.get("times", {}), []
    for workload, peers in times.items():
        n_notebooks = len(WORKLOADS[workload].notebooks)
        floors = results["floor"].get(workload, {}).values()
        floor = median(entry["cpu_s"] for entry in floors) / results["cores"] if floors else float("nan")
        scenarios = sorted(
            {scenario for entries in peers.values() for scenario in entries}, key=lambda name: int(name[1:])
        )
        for scenario in scenarios:
            entries = {name: _right(peers[name].get(scenario, [])) for name in peers}
            parts.append(
                f"### {workload} ({n_notebooks} notebooks), {scenario}: {SCENARIOS[scenario]}\n\n"
                + _tabulate(entries, peers, scenario, floor=floor if scenario == "S1" else None)
            )
    return [*parts, *_describe_slopes(results)] if parts else ["Not measured."]


def _right(entries: list[dict]) -> list[dict]:
    return [entry for entry in entries if entry["verdict"] == RIGHT]


def _tabulate(entries: dict[str, list[dict]], peers: dict, scenario: str, *, floor: float | None) -> str:
    ours = median([entry["wall_s"] for entry in entries.get(OURS, [])] or [float("nan")])
    ours_cpu = median([entry["cpu_s"] for entry in entries.get(OURS, [])] or [float("nan")])
    rows = []
    for name, right in entries.items():
        all_found = peers[name].get(scenario, [])
        if not right:
            words = all_found[-1]["verdict"] if all_found else "not measured"
            rows.append((float("inf"), [name, words, "", "", "", "", ""]))
            continue
        walls, cpus = ([entry[field] for entry in right] for field in ("wall_s", "cpu_s"))
        wall, cpu = median(walls), median(cpus)
        spread = f"{min(walls):.2f} to {max(walls):.2f} (n = {len(walls)})"
        runs = ", ".join(sorted({str(entry["executions"]) for entry in right}))
        ratios = [f"{wall / ours:.1f}", f"{cpu / ours_cpu:.1f}"]
        rows.append((wall, [name, f"{wall:.2f}", spread, f"{cpu:.1f}", *ratios, runs]))
    text = make_table(
        ["", "wall s", "range", "processor s", "wall, x ours", "processor, x ours", "runs"],
        [row for _, row in sorted(rows, key=lambda pair: pair[0])],
    )
    if floor is not None:
        text += (
            f"\n\nFloor, all cells in one warm process over the cores: {floor:.2f} s. Ours is {ours / floor:.1f} x the "
            f"floor in wall seconds, and {ours_cpu / (floor * 2):.1f} x in processor seconds."
        )
    return text


def _describe_slopes(results: dict) -> list[str]:
    """Say what each further notebook costs, from the smallest to the largest workload of a kind."""
    times, floors = results["times"], results["floor"]
    sizes = [name for name in ("W12", "W42", "W102") if name in times]
    if len(sizes) < 2:
        return ["Slope per notebook (S14): not measured."]
    first, last = sizes[0], sizes[-1]
    n_more = WORKLOADS[last].n_figures - WORKLOADS[first].n_figures
    rows = []
    for name in times[last]:
        ends = [_right(times[size].get(name, {}).get("S1", [])) for size in (first, last)]
        if all(ends):
            slopes = [
                (median(e[field] for e in ends[1]) - median(e[field] for e in ends[0])) / n_more
                for field in ("wall_s", "cpu_s")
            ]
            rows.append([name, *(f"{slope:.2f}" for slope in slopes)])
    low, high = (median(entry["cpu_s"] for entry in floors[size].values()) for size in (first, last))
    slope = (high - low) / n_more
    rows.append(["floor", f"{slope / results['cores']:.2f}", f"{slope:.2f}"])
    head = ["", "wall s per notebook", "processor s per notebook"]
    return [f"### Slope from {first} to {last} (S14)\n\n{make_table(head, rows)}"]


def describe_package(package: dict) -> str:
    """Compare cold and no-op builds of the package with the plain way."""
    if "ours" not in package:
        return "Not measured."
    ours, plain = package["ours"], package.get("plain")
    still = [wall for wall, _ in ours["no-op"]]
    rows = [["python3 run_all.py build, cold", f"{ours['cold'][0]:.1f}", f"{ours['cold'][1]:.1f}"]]
    if "unwatched" in ours:
        (cold, cpu), (wall, processor) = ours["cold"], ours["unwatched"]
        rows.append(["the same, watched by Python only", f"{wall:.1f}", f"{processor:.1f}"])
        rows.append(["share of the system's witness", f"{1 - wall / cold:.0%}", f"{1 - processor / cpu:.0%}"])
    rows.append(["the same, nothing changed", f"{median(still):.2f} ({min(still):.2f} to {max(still):.2f})", ""])
    if plain:
        (cold, cpu), words = plain["cold"], f"papermill and jupyter nbconvert, {plain['runs']} runs one by one"
        rows.append([words, f"{cold:.1f}", f"{cpu:.1f}"])
        rows.append(["ratio, plain / ours", f"{cold / ours['cold'][0]:.1f}", f"{cpu / ours['cold'][1]:.1f}"])
    return make_table(["", "wall s", "processor s"], rows) + ("" if plain else "\n\nThe plain way: not measured.")


def describe_stress(stress: dict) -> str:
    """Tell how many kernels failed to start or to answer."""
    if not stress:
        return "Not measured."
    causes = f" Causes: {'; '.join(stress['causes'])}." if stress["causes"] else ""
    return (
        f"{stress['starts']} kernels, {stress['at_once']} at once, each asked for one product: {stress['failures']} "
        f"failures, {stress['wall_s']:.0f} s.{causes}"
    )
