"""Sequences of edits and accidents on a project of two notebooks, held against what must come out.

What must come out follows from the files alone: the second notebook prints a number that a reader can work out from
them, and each build is held against it. What stands there at the end of a sequence is held, byte for byte, against a
build from nothing.
"""

import os
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import strategies as st
from test_engine import write_notebook

from caseseries.build.manifest import list_files, list_stale, read_manifest
from caseseries.build.request import Request
from caseseries.build.run import build_exhibits
from caseseries.errors import CaseSeriesError
from caseseries.plan import Exhibit, Plan

PREPARE = """
from pathlib import Path
rows = [int(line) for line in Path(data, "counts.csv").read_text().split()]
n_more = len(list(Path(data, "more").iterdir()))
Path(out, "data/derived").mkdir(parents=True)
Path(out, "data/derived/counts.csv").write_text(f"{sum(row for row in rows if row > 0)} {n_more}")
"""
DRAW = """
import os, sys
from pathlib import Path
from IPython.display import HTML, display
sys.path.insert(0, data)
late = 1000 * Path(data, "late").exists() + int(os.environ.get("OF_THE_SHELL", 0))
import helper
total, n_more = map(int, Path(out, "data/derived/counts.csv").read_text().split())
Path(out, "tables").mkdir()
Path(out, "tables/total.csv").write_text(str((total + 100 * n_more) * helper.FACTOR * TIMES + late))
display(HTML("total"), metadata={"caseseries": {"exhibit": "total", "files": ["tables/total.csv"], "lacks": []}})
"""
PLAN = Plan(
    title="Two notebooks",
    prepares="00_prepare",
    exhibits=(
        Exhibit("total", "Table 1", "table", "Total", "", "10_draw"),
        Exhibit("page", "S1", "supplement", "Page", "", "00_prepare"),
    ),
)
KINDS = {
    "counts": {"00_prepare", "10_draw"},
    "counts that are left out": {"00_prepare"},
    "another file in a folder": {"00_prepare", "10_draw"},
    "file whose absence was seen": {"10_draw"},
    "helper": {"10_draw"},
    "code": {"10_draw"},
    "text": set(),
    "mode": set(),
    "time": set(),
    "link": set(),
    "link to another file": {"00_prepare", "10_draw"},
    "file that nobody reads": set(),
    "environment": set(),
    "package": {"00_prepare", "10_draw"},
    "output": set(),
    "interruption": {"00_prepare", "10_draw"},
    "exhibit": {"00_prepare", "10_draw"},
}
"""For each kind of edit the runs that may follow from it."""
MOVES = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.booleans()), min_size=2, max_size=4)
"""Each with whether the time stamp is put back."""


@dataclass
class Trial:
    """A project in a folder, its edits, and what they should lead to."""

    folder: Path
    shell: pytest.MonkeyPatch
    packages: list = field(default_factory=lambda: ["pandas-1"])
    numbers: count = field(default_factory=lambda: count(3))
    times: int = 1
    may_run: set = field(default_factory=set)
    is_said: bool = False

    def __post_init__(self):
        self.data, notebooks = self.folder / "data", self.folder / "notebooks"
        for path in (self.data / "more", notebooks):
            path.mkdir(parents=True)
        (self.data / "counts.csv").write_text("2\n-1\n")
        (self.data / "helper.py").write_text("FACTOR = 1\n")
        write_notebook(notebooks / "00_prepare.ipynb", PREPARE)
        self.request = Request(
            plan=PLAN, exhibits=PLAN.exhibits, data=self.data, out=self.folder / "out", parameters={}, jobs=1,
            dataset={"title": "Counts", "kind": "synthetic", "sha256": "0" * 64}, folder=notebooks, libraries=(),
        )  # fmt: skip
        # The copies of a build are those of a small project: the package's own files are no part of the edits.
        (self.folder / "project").mkdir()
        self.shell.setattr("caseseries.build.run.ROOT", self.folder / "project")
        self.write_code("# Title")

    def write_code(self, text):
        code = DRAW.replace("TIMES", str(self.times))
        write_notebook(self.request.folder / "10_draw.ipynb", code, text=text)

    def expect(self):
        rows = [int(line) for line in (self.data / "counts.csv").read_text().split()]
        total = sum(row for row in rows if row > 0) + 100 * len(list((self.data / "more").iterdir()))
        factor = int((self.data / "helper.py").read_text().split()[-1])
        return str(total * factor * self.times + 1000 * (self.data / "late").exists())

    def save(self, name, text, *, sly):
        path = self.data / name
        before = path.stat()
        path.write_text(text)
        if sly:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def edit(self, kind, sly):
        number, counts = next(self.numbers), self.data / "counts.csv"
        rows = counts.read_text().split()
        self.may_run |= KINDS[kind]
        if kind == "counts":
            self.save("counts.csv", f"{number}\n{rows[-1]}\n", sly=sly)
        elif kind == "counts that are left out":
            self.save("counts.csv", f"{rows[0]}\n-{number}\n", sly=sly)
        elif kind == "another file in a folder":
            (self.data / f"more/{number}").write_text("")
        elif kind == "file whose absence was seen":
            late = self.data / "late"
            late.unlink() if late.exists() else late.touch()
        elif kind == "helper":
            self.save("helper.py", f"FACTOR = {number}\n", sly=sly)
        elif kind in ("code", "text"):
            self.times = number if kind == "code" else self.times
            self.write_code(f"# Title {number}")
        elif kind == "mode":
            counts.chmod(0o600 if sly else 0o666)
        elif kind == "time":
            os.utime(counts, (number, number))
        elif kind.startswith("link"):
            target = self.folder / f"elsewhere-{number}.csv"
            target.write_text(counts.read_text() if kind == "link" else f"{number}\n-1\n")
            counts.unlink()
            counts.symlink_to(target)
        elif kind == "file that nobody reads":
            (self.data / "notes.txt").write_text(str(number))
        elif kind == "environment":
            self.shell.setenv("OF_THE_SHELL", str(number))
        elif kind == "package":
            self.packages[0] = f"pandas-{number}"
        elif kind == "output":
            path = self.request.out / "tables/total.csv"
            path.write_text("0") if sly and path.exists() else path.unlink(missing_ok=True)
        elif kind == "interruption":
            self.stop("00_prepare" if sly else "10_draw")
        elif kind == "exhibit":
            self.build(exhibits=(PLAN.exhibit("page"),))

    def stop(self, notebook):
        """Begin a build of other counts, and interrupt it as soon as a notebook runs; then put the counts back."""
        path = self.data / "counts.csv"
        before = path.read_text()
        path.write_text("77\n-1\n")

        def report(node, state):
            if (node, state) == (notebook, "running"):
                raise KeyboardInterrupt

        try:
            build_exhibits(replace(self.request, report=report), say=print)
        except KeyboardInterrupt:
            pass
        finally:
            path.write_text(before)

    def build(self, **changes):
        """Build, and hold what came out against what had to come out, unless the build said that it did not."""
        ran = set()

        def report(node, state):
            if state == "running":
                ran.add(node)

        try:
            build_exhibits(replace(self.request, report=report, **changes), say=print)
            stale = list_stale(read_manifest(self.request.out))
        except CaseSeriesError:
            stale = ["all"]
        made = self.request.out / "tables/total.csv"
        if stale or (changes and not made.exists()):
            self.is_said = True
        else:
            assert changes or made.read_text() == self.expect()
        assert ran <= self.may_run
        if not changes:
            assert not stale
            self.may_run = set()

    def compare_with_nothing(self):
        """Build into an empty folder, and hold every file against it."""
        out = self.folder / "from nothing"
        build_exhibits(replace(self.request, out=out), say=print)
        names = ["MANIFEST.json", *list_files(read_manifest(out))]
        assert list_files(read_manifest(self.request.out)) == names[1:]
        assert [name for name in names if (self.request.out / name).read_bytes() != (out / name).read_bytes()] == []


def run_sequence(folder, moves, monkeypatch):
    """Build, then edit and build again, for each edit; tell whether a build said that something was left old."""
    trial = Trial(folder, monkeypatch)
    monkeypatch.setattr("caseseries.build.installed.list_packages", lambda: list(trial.packages))
    trial.may_run = {"00_prepare", "10_draw"}
    trial.build()
    for kind, sly in moves:
        trial.edit(kind, sly)
        trial.build()
    trial.compare_with_nothing()
    return trial.is_said
