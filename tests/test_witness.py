"""The operating system watches a kernel: what is read, looked at, drawn or started below Python is known or refused."""

import contextlib
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from test_engine import DRAW, project, write_notebook  # noqa: F401 - project is a fixture
from test_observe import names, run, warm  # noqa: F401 - fixtures

from caseseries.build.borders import INPUT, LIBRARY, OUTSIDE, OWN, PASSING, SYSTEM_FILE, Borders
from caseseries.build.run import BuildError
from caseseries.build.vdso import STILL_S
from caseseries.build.witness import PYTHON_WATCHES, SYSTEM_WATCHES, VARIABLE, witness_name

pytestmark = pytest.mark.skipif(witness_name() != SYSTEM_WATCHES, reason="the system does not watch here")

KINDS = {
    "/usr/src/app/data/labs.csv": INPUT,
    "/usr/src/app": INPUT,
    "/usr/src/application": LIBRARY,
    "/usr/src/app/caseseries/__pycache__/a.pyc": LIBRARY,
    "/usr/src/app/.venv/lib/a.py": LIBRARY,
    "/usr/src/app/out/run/a.csv": OWN,
    "/dev/shm/data/labs.csv": INPUT,
    "/dev/shm/other": PASSING,
    "/dev/null": SYSTEM_FILE,
    "/home/a": OUTSIDE,
}


@pytest.mark.parametrize("place", KINDS)
def test_the_deepest_folder_around_a_file_decides_what_it_is(place, monkeypatch):
    monkeypatch.setattr("caseseries.build.borders.library_folders", lambda: ("/usr", "/usr/src/app/.venv"))
    borders = Borders(read=("/usr/src/app", "/dev/shm/data"), write=("/usr/src/app/out/run",), log="")
    assert borders.kind(place) == KINDS[place]


READERS = {
    "parquet by pandas": ("a.parquet", "import pandas as pd\nn = pd.read_parquet(path)['n'].sum()"),
    "parquet by pyarrow": ("b.parquet", "import pyarrow.parquet as pq\nn = pq.read_table(path)['n'][0].as_py()"),
    "a dataset of pyarrow": (
        "c.parquet",
        "import pyarrow.dataset as ds\nn = ds.dataset(path, format='parquet').to_table()['n'][0].as_py()",
    ),
    "a parquet file mapped to memory": (
        "d.parquet",
        "import pyarrow.parquet as pq\nn = pq.read_table(path, memory_map=True)['n'][0].as_py()",
    ),
    "feather": ("e.feather", "import pyarrow.feather as pf\nn = pf.read_table(path)['n'][0].as_py()"),
    "CSV by pyarrow": ("f.csv", "import pyarrow.csv as pc\nn = pc.read_csv(path)['n'][0].as_py()"),
    "CSV by polars": ("g.csv", "import polars as pl\nn = pl.read_csv(path)['n'][0]"),
    "CSV scanned by polars": ("h.csv", "import polars as pl\nn = pl.scan_csv(path).collect()['n'][0]"),
    "SQLite": ("i.sqlite", "import sqlite3\nn = sqlite3.connect(path).execute('select n from t').fetchone()[0]"),
    "XML by lxml": ("j.xml", "from lxml import etree\nn = int(etree.parse(path).getroot().text)"),
    "XPT by pyreadstat": ("k.xpt", "import pyreadstat\nn = pyreadstat.read_xport(path)[0]['n'].sum()"),
    "a thread": (
        "l.csv",
        "import threading\nread = []\nthread = threading.Thread(target=lambda: read.append(open(path).read()))\n"
        "thread.start()\nthread.join()\nn = int(read[0].split()[1])",
    ),
    "a child process": (
        "m.csv",
        "import subprocess, sys\nprogram = f'print(open({path!r}).read().split()[1])'\n"
        "n = int(subprocess.run([sys.executable, '-c', program], capture_output=True, check=True, text=True).stdout)",
    ),
    "a forked process": (
        "n.csv",
        "import os\nr, w = os.pipe()\nif not os.fork():\n    os.write(w, open(path).read().split()[1].encode())\n"
        "    os._exit(0)\nos.wait()\nn = int(os.read(r, 9))",
    ),
    "the size of a file": ("o.csv", "import os\nn = os.stat(path).st_size"),
    "C": (
        "p.csv",
        "import ctypes\nlibc = ctypes.CDLL(None)\nbuffer = ctypes.create_string_buffer(9)\n"
        "libc.read(libc.open(path.encode(), 0), buffer, 9)\nn = int(buffer.value.split()[1])",
    ),
    "a link in the run's own folder": (
        "q.csv",
        "import os\nos.symlink(path, 'link')\nn = int(open('link').read().split()[1])\nos.remove('link')",
    ),
    "a folder of the process": (
        "r.csv",
        "import os\nos.chdir(data)\nn = int(open('/proc/self/cwd/r.csv').read().split()[1])\nos.chdir(out)",
    ),
}


def write_number(path, number):
    """Write a file of the kind that its name says, with one number in it."""
    frame = pd.DataFrame({"n": [number]})
    path.unlink(missing_ok=True)
    kind = path.suffix
    if kind == ".parquet":
        frame.to_parquet(path)
    elif kind == ".feather":
        frame.to_feather(path, compression="uncompressed")
    elif kind == ".sqlite":
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("create table t (n)")
            connection.execute("insert into t values (?)", [number])
    elif kind == ".xml":
        path.write_text(f"<n>{number}</n>")
    elif kind == ".xpt":
        import pyreadstat

        pyreadstat.write_xport(frame.astype(float), path)
    else:
        path.write_text(f"n\n{number}\n")


def write_reader(project, number, code):  # noqa: F811
    write_notebook(
        project.folder / f"1{number}_table{number}.ipynb",
        f"{code}\n" + DRAW.replace("NAME", f"table{number}").replace("* factor", "+ int(n)"),
    )


def test_whatever_reads_a_raw_file_depends_on_it(project):  # noqa: F811
    code = ["n, every = 0, {}"]
    for name, source in READERS.values():
        write_number(project.data / name, 5)
        code.append(f"path = data + '/{name}'\n{source}\nevery[{name!r}] = n")
    write_reader(project, 1, "\n".join(code) + "\nn = sum(every.values())")
    project.build()
    assert project.build() == []
    for name, _ in READERS.values():
        write_number(project.data / name, 50_000)
        assert project.build() == ["11_table1"], name


PROBES = {
    "import": "import sys\nsys.path.insert(0, data)\ntry:\n    from late import n\nexcept ImportError:\n    n = 0",
    "exists": "from pathlib import Path\nn = Path(data, 'late.csv').exists()",
    "open": "try:\n    open(data + '/late.csv')\n    n = 1\nexcept FileNotFoundError:\n    n = 0",
    "C": "import ctypes\nn = ctypes.CDLL(None).access((data + '/late.csv').encode(), 0) == 0",
}


def test_a_file_that_was_missed_and_then_comes_runs_who_looked_for_it(project):  # noqa: F811
    for number, code in enumerate(PROBES.values()):
        write_reader(project, number, code)
    project.build()
    (project.data / "other.csv").write_text("")
    assert project.build() == []
    (project.data / "late.csv").write_text("")
    assert sorted(project.build()) == [f"1{n}_table{n}" for n in range(1, 4)]
    (project.data / "late.py").write_text("n = 1")
    assert sorted(project.build()) == ["10_table0"]
    assert [project.total(n) for n in range(4)] == [13] * 4


def test_a_folder_that_is_listed_by_c_is_an_input(project):  # noqa: F811
    (project.data / "parts").mkdir()
    write_number(project.data / "parts" / "a.parquet", 5)
    code = "import pyarrow.dataset as ds\nn = ds.dataset(data + '/parts').to_table()['n'].to_pandas().sum()"
    write_reader(project, 1, code)
    project.build()
    write_number(project.data / "parts" / "b.parquet", 7)
    assert project.build() == ["11_table1"]
    assert project.total(1) == 24


def test_data_in_shared_memory_are_inputs_and_what_others_left_there_is_refused(project):  # noqa: F811
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        shutil.copytree(project.data, folder / "data")
        (folder / "left").write_text("3")
        code = "import os\nwith open('/dev/shm/own', 'w') as file:\n    file.write('1')\n"
        code += "n = int(open('/dev/shm/own').read())\nos.remove('/dev/shm/own')"
        write_reader(project, 1, code)
        project.build(data=folder / "data")
        (folder / "data" / "counts.csv").write_text("day,count\n0,5\n1,8\n")
        assert "00_prepare" in project.build(data=folder / "data")
        write_reader(project, 1, f"n = int(open('{folder}/left').read())")
        with pytest.raises(BuildError, match="must read files of the project"):
            project.build(data=folder / "data")
    finally:
        shutil.rmtree(folder)


REFUSED = {
    "a write by C into the data": (
        "import ctypes; n = ctypes.CDLL(None).open((data + '/counts.csv').encode(), 1 | 512)",
        r"must write to the folder in its parameter out only, not to .*counts\.csv",
    ),
    "a mark changed below Python": (
        "import ctypes; n = ctypes.CDLL(None).chmod((data + '/counts.csv').encode(), 0)",
        r"must write to the folder in its parameter out only, not to .*counts\.csv",
    ),
    "a write by pyarrow": (
        "import pyarrow as pa, pyarrow.parquet as pq\n"
        "try:\n    pq.write_table(pa.table({'n': [1]}), data + '/more.parquet')\nexcept OSError:\n    n = 0",
        "must write to the folder in its parameter out only",
    ),
    "a child that reads elsewhere": (
        "import subprocess, sys\n"
        "n = subprocess.run([sys.executable, '-c', 'open(\"/var/log/dpkg.log\")'], capture_output=True).returncode",
        "must read files of the project",
    ),
    "a child that connects": (
        "import subprocess, sys\nprogram = 'import socket; socket.socket().connect((\"127.0.0.1\", 9))'\n"
        "n = subprocess.run([sys.executable, '-c', program], capture_output=True).returncode",
        "must not use the network",
    ),
    "a program of the system": ("import subprocess\nn = subprocess.call(['ls'])", "must not start other programs"),
    "random bytes from a file": ("n = open('/dev/urandom', 'rb').read(1)[0]", "must seed"),
}


def test_what_goes_past_the_borders_is_refused_and_leaves_all_as_it_is(project):  # noqa: F811
    project.build()
    before = {path: path.read_bytes() for path in project.data.iterdir()}
    kinds = list(REFUSED.values())
    for group in (kinds[:4], kinds[4:]):
        for number, (code, _) in enumerate(group):
            write_reader(project, number, code)
        with pytest.raises(BuildError) as stop:
            project.build()
        for number, (_, words) in enumerate(group):
            (told,) = [part for part in str(stop.value).split("\n\n") if f"1{number}_table{number}" in part]
            assert re.search(words, told), told
        for number in range(len(group)):
            write_reader(project, number, "n = 0")
    assert {path: path.read_bytes() for path in project.data.iterdir()} == before
    assert oct((project.data / "counts.csv").stat().st_mode & 0o777) != "0o0"


LEGITIMATE = """
import concurrent.futures, multiprocessing, os, pickle, platform, sqlite3, subprocess, sys, tempfile, warnings
import multiprocessing.shared_memory
assert "SECRET" not in os.environ and "HOME" in os.environ
assert os.environ["PATH"] == os.path.dirname(sys.executable)
platform.processor()
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
block = multiprocessing.shared_memory.SharedMemory(create=True, size=8)
block.close()
block.unlink()
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/a", "wb") as file:
        pickle.dump([1], file)
    os.rename(folder + "/a", folder + "/b")
    assert pickle.load(open(folder + "/b", "rb")) == [1]
os.makedirs(os.path.expanduser("~/.cache/x"))
with sqlite3.connect(tempfile.gettempdir() + "/x.sqlite") as connection:
    connection.execute("create table t (n)")
assert subprocess.run([sys.executable, "--version"], capture_output=True).returncode == 0
open(os.devnull, "w").write("x")
assert not os.path.exists("/tmp/elsewhere") and not os.path.exists("/root/.netrc")
from tqdm import tqdm
assert sum(tqdm([1, 2])) == 3
warnings.warn("careful")
"""


def test_what_notebooks_do_is_allowed(run, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SECRET", "1")
    outcome = run(LEGITIMATE)
    assert outcome.failure is None, outcome.failure.cause


def test_random_bytes_below_python_are_those_of_the_run(run):  # noqa: F811
    code = "import ctypes; b = ctypes.create_string_buffer(8); ctypes.CDLL(None).getrandom(b, 8, 0)"
    code += "\nwith open('drawn', 'wb') as file:\n    file.write(b.raw)"
    drawn = []
    for _ in range(2):
        assert run(code).failure is None
        drawn.append((run.out / "drawn").read_bytes())
    assert drawn[0] == drawn[1] != bytes(8)


ASKS_FOR_THE_TIME = """
import ctypes, subprocess, sys
libc, pair, found = ctypes.CDLL(None), (ctypes.c_long * 2)(), []
for number, arguments in ((228, (0, pair)), (228, (5, pair)), (96, (pair, None)), (201, (pair,))):
    pair[0] = 0
    libc.syscall(number, *arguments)
    found.append(pair[0])
found.append(libc.syscall(201, None))
anew = "import time; print(int(time.time()))"
found.append(int(subprocess.run([sys.executable, "-c", anew], capture_output=True, check=True, text=True).stdout))
nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {anew!r}])"
found.append(int(subprocess.run([sys.executable, "-c", nested], capture_output=True, check=True, text=True).stdout))
with open("found", "w") as file:
    print(*set(found), file=file)
"""


def test_the_time_of_day_stands_still_for_bare_calls_and_for_programs_that_are_started_anew(run):  # noqa: F811
    outcome = run(ASKS_FOR_THE_TIME)
    assert outcome.failure is None, outcome.failure.cause
    assert (run.out / "found").read_text() == f"{STILL_S}\n"


WAITS = """
import ctypes, multiprocessing, queue, time
context = multiprocessing.get_context("fork")
lock, numbers = context.Lock(), context.Queue()
lock.acquire()
begin = time.monotonic()
assert not lock.acquire(timeout=0.5)
assert 0.5 <= time.monotonic() - begin < 20, time.monotonic() - begin
try:
    numbers.get(timeout=0.5)
    raise AssertionError
except queue.Empty:
    assert 1 <= time.monotonic() - begin < 40
child = context.Process(target=lambda: (time.sleep(0.3), lock.release()))
child.start()
assert lock.acquire(timeout=60) and time.monotonic() - begin >= 1.3
child.join()
"""


def test_who_waits_for_a_while_waits_as_long_as_the_clock_of_durations_says(run):  # noqa: F811
    outcome = run(WAITS)
    assert outcome.failure is None, outcome.failure.cause


def test_where_python_watches_alone_a_run_depends_on_every_file(project, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv(VARIABLE, "python")
    monkeypatch.setattr("caseseries.build.run.ROOT", project.folder)
    assert witness_name() == PYTHON_WATCHES
    project.build()
    assert project.build() == []
    (project.data / "nobody.csv").write_text("")
    assert sorted(project.build())[0] == "00_prepare"
    assert len(project.ran) == 5


def test_what_a_kernel_started_ends_with_it(run):  # noqa: F811
    code = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])"
    outcome = run(f"{code}\nwith open('pid', 'w') as file:\n    file.write(str(p.pid))")
    assert outcome.failure is None, outcome.failure.cause
    pid = int((run.out / "pid").read_text())
    status = Path(f"/proc/{pid}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"
