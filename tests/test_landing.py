"""A data folder is written whole or not at all, and what interrupts it leaves the earlier one."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from caseseries.errors import UsageError
from caseseries.paths import ROOT
from caseseries.records.landing import landing
from caseseries.simulate import write as simulated
from caseseries.simulate import write_cohort

OLD = {"dataset.toml": "old", "labs.csv": "old", "medications.csv": "old", "mine.txt": "precious"}
NEW = {"dataset.toml": "new", "labs.csv": "new", "visits.csv": "new"}
MOVES = 7
"""Files that are moved: three away, one of them because it is not written anew, three in, and the end of it."""


def fill(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)


def read(folder):
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else None


def land(dest):
    with landing(dest, replaces=["medications.csv"]) as new:
        fill(new, NEW)


def is_left_alone(dest):
    return [path.name for path in dest.parent.iterdir() if path != dest] == []


@pytest.mark.parametrize("is_there", [False, True], ids=["no folder", "an empty folder"])
def test_a_folder_that_was_not_there_comes_whole(tmp_path, is_there):
    dest = tmp_path / "a/b/dest"
    if is_there:
        dest.mkdir(parents=True)

    land(dest)

    assert read(dest) == NEW
    assert is_left_alone(dest)


def test_files_of_others_stay_and_files_that_are_not_written_anew_go(tmp_path):
    fill(tmp_path / "dest", OLD)

    land(tmp_path / "dest")

    assert read(tmp_path / "dest") == NEW | {"mine.txt": "precious"}
    assert is_left_alone(tmp_path / "dest")


@pytest.mark.parametrize("earlier", [None, OLD], ids=["no folder", "an earlier one"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_what_stops_the_writing_leaves_what_was_there(tmp_path, earlier, stop):
    dest = tmp_path / "dest"
    if earlier:
        fill(dest, earlier)

    def write():
        with landing(dest) as new:
            fill(new, {"labs.csv": "new"})
            raise stop

    with pytest.raises(stop):
        write()

    assert read(dest) == earlier
    assert is_left_alone(dest)


@pytest.mark.parametrize("number", range(MOVES))
def test_what_stops_the_moves_puts_the_earlier_files_back(tmp_path, monkeypatch, number):
    fill(tmp_path / "dest", OLD)
    replace, moves = os.replace, []

    def stop_at(source, target):
        moves.append(target)
        if len(moves) == number + 1:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop_at)
    with pytest.raises(KeyboardInterrupt):
        land(tmp_path / "dest")

    assert read(tmp_path / "dest") == OLD
    assert is_left_alone(tmp_path / "dest")


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_landing import land
replace, moves = os.replace, []
def stop_at(source, target):
    moves.append(target)
    if len(moves) == {number}:
        os.kill(os.getpid(), 9)
    replace(source, target)
os.replace = stop_at
land(Path({dest!r}))
"""


@pytest.mark.parametrize("number", [2, 5, MOVES])
def test_after_a_kill_no_mixture_passes_for_a_data_set_and_the_next_writer_puts_it_right(tmp_path, number):
    dest = tmp_path / "dest"
    fill(dest, OLD)
    program = KILLED.format(tests=str(ROOT / "tests"), number=number, dest=str(dest))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)

    assert done.returncode == -9
    assert number == MOVES or "dataset.toml" not in read(dest)

    def stop():
        with landing(dest):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert read(dest) == OLD
    land(dest)
    assert read(dest) == NEW | {"mine.txt": "precious"}
    assert is_left_alone(dest)


def test_a_writer_that_is_still_at_work_is_not_disturbed(tmp_path):
    other = tmp_path / f".dest.partial-{os.getppid()}"
    fill(other / "new", NEW)

    land(tmp_path / "dest")

    assert read(other / "new") == NEW


def test_a_file_is_no_folder_to_write_into(tmp_path):
    (tmp_path / "dest").write_text("x")

    with pytest.raises(UsageError, match="is a file"):
        land(tmp_path / "dest")


@pytest.mark.parametrize("n_written", [0, 3])
def test_a_simulation_that_stops_while_it_writes_leaves_the_cohort_before(tmp_path, monkeypatch, n_written):
    folder, before = tmp_path / "cohort", {"dataset.toml": "old", "labs.csv": "old"}
    fill(folder, before)
    monkeypatch.setattr(
        simulated, "simulate_cohort", lambda n, seed: {"patients": pd.DataFrame(), "labs": pd.DataFrame()}
    )

    def stop(tables, about, new):
        fill(new, dict(list(NEW.items())[:n_written]))
        raise KeyboardInterrupt

    monkeypatch.setattr(simulated, "write_dataset", stop)
    with pytest.raises(KeyboardInterrupt):
        write_cohort(folder, 1)

    assert read(folder) == before
    assert is_left_alone(folder)
