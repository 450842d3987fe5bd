"""What notebooks do every day runs unrefused in a watched kernel, and gives what it gives in a Python of one's own."""

import json
import subprocess
import sys

import pytest
from test_observe import run, warm  # noqa: F401 - fixtures

CELLS = {
    "parquet by pandas": """
import io, tempfile, pandas as pd
frame = pd.DataFrame({"day": [0, 1], "ratio": [0.5, None]})
with tempfile.TemporaryDirectory() as folder:
    frame.to_parquet(folder + "/a.parquet")
    result = pd.read_parquet(folder + "/a.parquet").to_json()
""",
    "a dataset of pyarrow": """
import tempfile, pyarrow as pa, pyarrow.dataset as ds
table = pa.table({"group": ["a", "b", "a"], "n": [1, 2, 3]})
with tempfile.TemporaryDirectory() as folder:
    ds.write_dataset(table, folder, format="parquet", partitioning=["group"])
    result = sorted(ds.dataset(folder, partitioning=["group"]).to_table()["n"].to_pylist())
""",
    "feather": """
import tempfile, pandas as pd
with tempfile.NamedTemporaryFile(suffix=".feather") as file:
    pd.DataFrame({"n": [1, 2]}).to_feather(file.name)
    result = pd.read_feather(file.name)["n"].tolist()
""",
    "SQLite": """
import sqlite3, tempfile
with tempfile.TemporaryDirectory() as folder:
    connection = sqlite3.connect(folder + "/a.sqlite")
    with connection:
        connection.execute("create table t (n)")
        connection.executemany("insert into t values (?)", [(1,), (2,)])
    result = connection.execute("select sum(n) from t").fetchone()
    connection.close()
""",
    "polars": """
import polars as pl
frame = pl.DataFrame({"group": ["a", "b", "a"], "n": [1, 2, 3]})
result = frame.lazy().group_by("group").agg(pl.col("n").sum()).sort("group").collect().rows()
""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    result = list(pool.map(lambda n: n * n, range(20)))
""",
    "joblib": """
from joblib import Parallel, delayed
result = Parallel(n_jobs=2)(delayed(pow)(n, 2) for n in range(6))
""",
    "joblib in threads, with a cache": """
import tempfile
from joblib import Memory, Parallel, delayed
with tempfile.TemporaryDirectory() as folder:
    square = Memory(folder, verbose=0).cache(abs)
    result = Parallel(n_jobs=2, prefer="threads")(delayed(square)(n) for n in (-1, -2, -1))
""",
    "pickle": """
import copy, datetime, pickle, numpy as np
held = {"day": datetime.date(2020, 2, 29), "moment": datetime.datetime(2020, 1, 1, 12)}
held["state"] = np.random.RandomState(7)
again = copy.deepcopy(pickle.loads(pickle.dumps(held)))
result = [again["day"].isoformat(), again["moment"].isoformat(), again["state"].rand(2).tolist()]
""",
    "tqdm": """
from tqdm import tqdm
result = sum(tqdm(range(5)))
""",
    "warnings": """
import warnings, numpy as np
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    np.array([1.0]) / 0
    warnings.warn("careful")
result = [str(one.message) for one in caught]
""",
    "seaborn with errorbars and a seed": """
import hashlib, matplotlib.pyplot as plt, pandas as pd, seaborn as sns
frame = pd.DataFrame({"x": [1, 1, 1, 2, 2, 2], "y": [1.0, 2, 4, 2, 5, 9]})
axes = sns.lineplot(frame, x="x", y="y", errorbar=("ci", 95), n_boot=50, seed=7)
axes.figure.canvas.draw()
result = hashlib.sha256(axes.figure.canvas.buffer_rgba()).hexdigest()
plt.close(axes.figure)
""",
    "processes that are forked": """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    result = pool.map(abs, [-1, -2, -3])
""",
    "a program of the environment": """
import subprocess, sys
result = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, check=True, text=True).stdout
""",
    "random numbers with a seed": """
import random, numpy as np
generator = np.random.Generator(np.random.PCG64(7))
children = [np.random.default_rng(seed).random() for seed in np.random.SeedSequence(7).spawn(2)]
result = [random.Random(7).random(), np.random.default_rng(7).normal(), generator.integers(9), children]
result = [float(value) if not isinstance(value, list) else value for value in result]
""",
    "dates": """
import datetime, pandas as pd
days = pd.to_datetime(pd.Series(["2020-01-01", "2020-03-01"]))
first = datetime.datetime.strptime("01.02.2020", "%d.%m.%Y")
result = [int((days[1] - days[0]).days), isinstance(first, datetime.date), type(first) is datetime.datetime]
result += [str(pd.Timestamp(first) + pd.DateOffset(months=1)), datetime.date.fromordinal(1).isoformat()]
""",
    "bootstrap by scipy": """
import numpy as np
from scipy import stats
found = stats.bootstrap(([1.0, 2, 4, 8],), np.mean, n_resamples=99, random_state=np.random.default_rng(7))
result = [round(float(limit), 9) for limit in found.confidence_interval]
""",
    "a workbook": """
import io, pandas as pd
file = io.BytesIO()
pd.DataFrame({"n": [1, 2]}).to_excel(file, index=False)
result = pd.read_excel(file)["n"].tolist()
""",
    "archives": """
import gzip, os, shutil, tempfile, zipfile
with tempfile.TemporaryDirectory() as folder:
    with zipfile.ZipFile(folder + "/a.zip", "w") as archive:
        archive.writestr("a.txt", "words")
    with gzip.open(folder + "/a.gz", "wb") as file:
        file.write(b"words")
    os.makedirs(folder + "/b/c")
    shutil.move(folder + "/a.gz", folder + "/b/c")
    with zipfile.ZipFile(folder + "/a.zip") as archive, gzip.open(folder + "/b/c/a.gz") as file:
        result = [archive.read("a.txt").decode(), file.read().decode(), sorted(os.listdir(folder))]
""",
    "XML, logging, and names of its own": """
import hashlib, logging, platform, uuid
from lxml import etree
logging.getLogger("notebook").warning("careful")
platform.machine()
result = [etree.fromstring("<a><b>5</b></a>").findtext("b"), str(uuid.uuid5(uuid.NAMESPACE_URL, "a"))]
""",
}
KEEP = "\nimport json\nwith open({file!r}, 'a') as file:\n    print(json.dumps([{name!r}, result]), file=file)\n"


def write_cells(file):
    return [code + KEEP.format(file=str(file), name=name) for name, code in CELLS.items()]


@pytest.mark.filterwarnings("default")
def test_what_notebooks_do_every_day_is_not_refused_and_gives_the_same(run, tmp_path):  # noqa: F811
    plain = tmp_path / "plain.txt"
    program = "import sys\nfor code in open(0).read().split('\\0'):\n    exec(code, {'__name__': '__main__'})"
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input="\0".join(write_cells(plain)), capture_output=True, text=True, cwd=tmp_path, env=None, timeout=300,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr

    outcome = run(*write_cells("found.txt"))

    assert outcome.failure is None, (outcome.failure.cell, outcome.failure.cause)
    found = [json.loads(line) for line in (run.out / "found.txt").read_text().splitlines()]
    assert [name for name, _ in found] == list(CELLS)
    assert found == [json.loads(line) for line in plain.read_text().splitlines()]
