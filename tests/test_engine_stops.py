"""A build that is stopped, or that cannot write, says so and leaves the old outputs; nothing goes on behind it."""

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_engine import DRAW, project, write_notebook  # noqa: F401 - project is a fixture

from caseseries.build.run import BuildError, build_exhibits

PROGRAM = """
import pickle, signal, sys
from caseseries.build.run import build_exhibits

# A shell takes Ctrl-C away from what it starts in the background, and with it from all that this starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

def report(node, state):
    print(node, state, flush=True)

if __name__ == "__main__":
    from dataclasses import replace
    request = pickle.load(open(sys.argv[1], "rb"))
    build_exhibits(replace(request, report=report), say=print)
"""


def list_kernels(mark):
    """List the processes that carry a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_build_stopped_by_ctrl_c_ends_its_kernels_and_leaves_the_old_outputs(project, tmp_path):  # noqa: F811
    project.build()
    before = project.files()
    write_notebook(
        project.folder / "12_table2.ipynb", "import time\ntime.sleep(300)\n" + DRAW.replace("NAME", "table2")
    )
    (project.data / "counts.csv").write_text("day,count\n0,99\n")
    program, pickled = tmp_path / "build.py", tmp_path / "request"
    program.write_text(PROGRAM)
    pickled.write_bytes(pickle.dumps(replace(project.request, report=print)))
    # The folders of a run are named in the environment of its kernel.
    mark = f"TMPDIR={project.out}"
    process = subprocess.Popen(
        [sys.executable, program, pickled], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.startswith("12_table2 running"):
            break
    time.sleep(2)
    assert list_kernels(mark.encode())
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert time.monotonic() - start < 30
    # The parent of the kernels goes when the last of them is gone.
    until = time.monotonic() + 60
    while list_kernels(mark.encode()) and time.monotonic() < until:
        time.sleep(0.2)
    assert not list_kernels(mark.encode())
    assert project.files() == before


FULL = {
    "the cache": "caseseries.build.store._write_whole",
    "the journal": "caseseries.build.publish.finish_publishing",
}


@pytest.mark.parametrize("place", FULL)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_folder_that_cannot_be_written_is_said_and_the_old_outputs_stay(project, monkeypatch, place, number):  # noqa: F811
    project.build()
    before = project.files()
    write_notebook(project.folder / "12_table2.ipynb", DRAW.replace("NAME", "table2").replace("* factor", "* 10"))

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(FULL[place], fail)
        with pytest.raises(BuildError, match=f"cannot be written: {os.strerror(number)}. Nothing was published"):
            build_exhibits(project.request, say=print)
    if place == "the cache":
        assert project.files() == before
    project.build()
    assert project.total(2) == 120
