"""A build works with one state of project and data, whatever is saved while it runs."""

import os
import pickle
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_engine import DRAW, EVERY, project, write_notebook  # noqa: F401 - project is a fixture
from test_engine_stops import PROGRAM

from caseseries.build.digests import Digests
from caseseries.build.manifest import read_manifest
from caseseries.build.readable import Readable
from caseseries.build.run import BuildError, build_exhibits
from caseseries.build.snapshot import Snapshot, SnapshotError, Sources, copy_file


class Saving:
    """Saves a file as soon as a notebook runs, and takes note of what the build then said."""

    def __init__(self, built, notebook, save):
        self.project, self.notebook, self.save = built, notebook, save

    def build(self):
        ran, said = [], []

        def report(node, state):
            if state == "running":
                ran.append(node)
                if node == self.notebook:
                    self.save()

        build_exhibits(replace(self.project.request, report=report), say=said.append)
        return sorted(ran), said


def test_an_input_saved_while_the_build_runs_counts_from_the_next_build_on(project):  # noqa: F811
    counts = project.data / "counts.csv"
    # In place, as some editors save; a copy that shared the file would change too.
    _, said = Saving(project, "00_prepare", lambda: counts.write_text("day,count\n0,99\n")).build()
    assert [project.total(number) for number in range(4)] == [12] * 4
    assert said == [f"Changed while the build ran: {counts}; the next build sees it."]
    assert sorted(project.build()) == EVERY
    assert project.total() == 99


def test_a_notebook_saved_while_the_build_runs_counts_from_the_next_build_on(project):  # noqa: F811
    path = project.folder / "12_table2.ipynb"
    code = DRAW.replace("NAME", "table2").replace("* factor", "* 10")
    _, said = Saving(project, "00_prepare", lambda: write_notebook(path, code)).build()
    assert project.total(2) == 12
    assert said == [f"Changed while the build ran: {path}; the next build sees it."]
    assert project.build() == ["12_table2"]
    assert project.total(2) == 120


def test_a_file_saved_with_the_same_content_is_no_change(project):  # noqa: F811
    counts = project.data / "counts.csv"
    _, said = Saving(project, "00_prepare", lambda: counts.write_text(counts.read_text())).build()
    assert said == []


def test_a_raw_file_that_is_a_link_is_read_and_what_it_points_to_is_watched(project, tmp_path):  # noqa: F811
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    counts = project.data / "counts.csv"
    counts.rename(elsewhere / "first.csv")
    counts.symlink_to(elsewhere / "first.csv")
    project.build()
    assert project.total() == 12
    assert project.build() == []

    (elsewhere / "first.csv").write_text("day,count\n0,3\n")
    assert sorted(project.build()) == EVERY
    assert project.total() == 3

    (elsewhere / "second.csv").write_text("day,count\n0,4\n")
    counts.unlink()
    counts.symlink_to(elsewhere / "second.csv")
    assert sorted(project.build()) == EVERY
    assert project.total() == 4


READ_OLD = """
from pathlib import Path
old = [path.read_text() for path in Path(PLACE).glob("out/tables/*.csv")]
factor = factor + 100 * len(old)
"""


def test_outputs_of_the_build_before_are_not_there_for_a_notebook(project, monkeypatch):  # noqa: F811
    monkeypatch.setattr("caseseries.build.run.ROOT", project.out.parent)
    code = READ_OLD.replace("PLACE", "Path(data).parent") + DRAW.replace("NAME", "table1")
    write_notebook(project.folder / "11_table1.ipynb", code)
    project.build()
    (project.data / "counts.csv").write_text("day,count\n0,6\n1,7\n2,-1\n")
    project.build()
    assert project.total(1) == 13


def test_an_error_and_a_page_name_the_folders_that_the_reader_knows(project):  # noqa: F811
    write_notebook(project.folder / "10_table0.ipynb", "print(data)\n" + DRAW.replace("NAME", "table0"))
    write_notebook(project.folder / "12_table2.ipynb", "print(open(data + '/counts.tsv'))")
    with pytest.raises(BuildError) as error:
        project.build()
    assert f"{project.data}/counts.tsv" in str(error.value)
    assert ".build-" not in str(error.value)
    write_notebook(project.folder / "12_table2.ipynb", DRAW.replace("NAME", "table2"))
    project.build()
    page = (project.out / "supplements/page.html").read_text()
    assert str(project.data) in page
    assert ".build-" not in page


def test_a_killed_build_leaves_rows_of_patients_to_their_owner_and_the_next_one_takes_them_away(project, tmp_path):  # noqa: F811
    request = replace(project.request, dataset=project.request.dataset | {"kind": "patient"})
    write_notebook(project.folder / "12_table2.ipynb", "import time\ntime.sleep(300)")
    program, pickled = tmp_path / "build.py", tmp_path / "request"
    program.write_text(PROGRAM)
    pickled.write_bytes(pickle.dumps(replace(request, report=print)))
    process = subprocess.Popen(
        [sys.executable, program, pickled], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if line.startswith("12_table2 running"):
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    (copy,) = project.out.glob(".build-*/state*/data/counts.csv")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    for folder in list(copy.parents)[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    write_notebook(project.folder / "12_table2.ipynb", DRAW.replace("NAME", "table2"))
    project.build()
    assert not list(project.out.glob(".build-*"))


@pytest.mark.parametrize("keeps_inode", [True, False], ids=["in place", "as another file"])
def test_a_hash_is_taken_again_whatever_is_done_about_the_time_stamp(tmp_path, monkeypatch, keeps_inode):
    # Every file counts as one that has been at rest.
    monkeypatch.setattr("caseseries.build.digests.YOUNG_NS", -(10**12))
    file = tmp_path / "a.csv"
    file.write_text("1")
    os.utime(file, (10**9, 10**9))
    digests = Digests()
    first = digests.of(file)
    if not keeps_inode:
        file.unlink()
    file.write_text("2")
    os.utime(file, (10**9, 10**9))
    assert digests.of(file) != first


def test_a_hash_is_remembered_for_a_file_that_has_been_at_rest_and_not_for_a_young_one(tmp_path, monkeypatch):
    file, kept = tmp_path / "a.csv", tmp_path / "hashes.json"
    file.write_text("1")
    young = Digests(kept)
    young.of(file)
    young.keep()
    assert not kept.exists()
    monkeypatch.setattr("caseseries.build.digests.YOUNG_NS", -(10**12))
    digests = Digests(kept)
    digests.of(file)
    digests.keep()
    assert list(Digests(kept).known) == [str(file)]
    kept.write_bytes(kept.read_bytes().replace(b"a.csv", b"b.csv"))
    assert Digests(kept).known == {}


def make_sources(folder, **changes):
    for name in ("project/caseseries", "project/notebooks", "project/tables", "project/.git", "data"):
        (folder / name).mkdir(parents=True)
    for name in ("caseseries/a.py", "notebooks/n.ipynb", "tables/t.csv", ".git/config", "MANIFEST.json", "notes.txt"):
        (folder / "project" / name).write_text(name)
    (folder / "data/raw.csv").write_text("1")
    root = folder / "project"
    return Sources(root, folder / "data", root / "notebooks", **{"out": root} | changes)


def list_copied(snapshot):
    return sorted(path.relative_to(snapshot.project).as_posix() for path in snapshot.project.rglob("*.*"))


def test_a_copy_holds_what_may_be_read_and_nothing_that_builds_make(tmp_path):
    sources = make_sources(tmp_path)
    old = tmp_path / "project/older"
    (old / "tables").mkdir(parents=True)
    for name in (".build.lock", "tables/t.csv"):
        (old / name).write_text("")
    snapshot = Snapshot(sources, tmp_path / "copy", is_private=False)
    assert list_copied(snapshot) == ["caseseries/a.py", "notebooks/n.ipynb", "notes.txt"]
    assert snapshot.data == tmp_path / "copy/data"
    assert snapshot.folder == tmp_path / "copy/project/notebooks"
    assert {path.stat().st_mtime for path in (tmp_path / "copy").rglob("*")} == {315_532_800}


def test_links_are_followed_and_those_that_lead_nowhere_or_in_a_circle_are_not_there(tmp_path):
    sources = make_sources(tmp_path)
    (tmp_path / "far").mkdir()
    (tmp_path / "far/deep.csv").write_text("2")
    links = {"far": tmp_path / "far", "loop": tmp_path / "data", "up": tmp_path, "gone.csv": tmp_path / "nothing"}
    for name, target in links.items():
        (tmp_path / "data" / name).symlink_to(target)
    before = sources.hash_listing(tmp_path / "data")
    snapshot = Snapshot(sources, tmp_path / "copy", is_private=False)
    assert sorted(path.name for path in snapshot.data.rglob("*")) == ["deep.csv", "far", "raw.csv"]
    assert not [path for path in snapshot.data.rglob("*") if path.is_symlink()]
    assert snapshot.hash_listing(snapshot.data) == before


def test_a_copy_does_not_share_what_it_holds_with_its_original(tmp_path):
    sources = make_sources(tmp_path)
    snapshot = Snapshot(sources, tmp_path / "copy", is_private=False)
    with (tmp_path / "data/raw.csv").open("r+") as file:
        file.write("7")
    assert (snapshot.data / "raw.csv").read_text() == "1"
    assert snapshot.list_changes() == [str(tmp_path / "data/raw.csv")]


def test_a_file_saved_while_it_is_copied_is_copied_again(tmp_path, monkeypatch):
    sources, copied = make_sources(tmp_path), []

    def save_meanwhile(source, target, *, is_needed):
        copy_file(source, target, is_needed=is_needed)
        if source.name == "raw.csv" and len(copied) < 3:
            copied.append(source)
            source.write_text(f"saved {len(copied)}")

    monkeypatch.setattr("caseseries.build.snapshot.copy_file", save_meanwhile)
    snapshot = Snapshot(sources, tmp_path / "copy", is_private=False)
    assert (snapshot.data / "raw.csv").read_text() == "saved 3"
    assert snapshot.list_changes() == []


def test_a_folder_that_holds_far_too_many_files_is_named(tmp_path, monkeypatch):
    sources = make_sources(tmp_path)
    monkeypatch.setattr("caseseries.build.snapshot.MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"data/scan{number}.dcm").write_text("")
    with pytest.raises(SnapshotError, match="holds 6 files that a notebook might read"):
        Snapshot(sources, tmp_path / "copy", is_private=False)


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        ("data/reported.csv", True), ("caseseries/a.py", True), (".cache/x", False), ("out/set/x.csv", False),
        ("data/derived/scores.csv", False), ("tables/safety.csv", False), ("manuscript/results.md", True),
        ("manuscript/results.docx", False), ("MANIFEST.json", False), ("notes/out/x.csv", True),
    ],
)  # fmt: skip
def test_what_of_a_project_may_be_read(tmp_path, name, is_open):
    assert Readable(tmp_path, is_project=True).is_open(tmp_path / name) is is_open


def test_the_manifest_of_a_full_build_calls_nothing_stale(project):  # noqa: F811
    project.build()
    assert read_manifest(project.out)["stale"] == []
    assert Path(project.out, ".cache/hashes.json").parent.exists()
