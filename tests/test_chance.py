"""A kernel knows no day and no chance: own code that asks is stopped, libraries get the same in each build."""

import json
import os
import subprocess
import sys

import pytest
from test_observe import run, warm  # noqa: F401 - fixtures

from caseseries.build.vdso import STILL_S, stop_clock

CLOCK = """
time.time()
time.time_ns()
time.clock_gettime(time.CLOCK_REALTIME)
time.localtime()
time.localtime(None)
time.gmtime()
time.ctime()
time.asctime()
time.strftime("%Y")
datetime.datetime.now()
datetime.datetime.now(datetime.UTC)
datetime.datetime.utcnow()
datetime.datetime.today()
datetime.date.today()
Day.today()
Moment.now()
Moment.asked()
pd.Timestamp.now()
pd.Timestamp.today()
pd.Timestamp.utcnow()
pd.Period.now("D")
pd.Timestamp("now")
pd.Timestamp("today")
pd.to_datetime("now")
pd.to_datetime(["2024-01-01", "today"])
pd.to_datetime(["now"], format="%Y-%m-%d")
pd.Series(["now"]).astype("datetime64[ns]")
pd.date_range("now", periods=2)
functools.partial(time.time)()
list(map(datetime.datetime.now, [None]))
operator.methodcaller("now")(datetime.datetime)
getattr(datetime.date, "today")()
pd.Series([0]).map(lambda _: time.time())
pd.Series([datetime.UTC]).apply(datetime.datetime.now)
in_pool(time.time)
in_pool(datetime.date.today)
eval("time.time()", {"time": time})
"""
CHANCE = """
random.Random()
random.Random(None)
random.SystemRandom().random()
random.SystemRandom(7).getrandbits(8)
Dice().random()
random.seed()
random.seed(None)
secrets.token_hex()
secrets.token_bytes(4)
secrets.randbelow(10)
secrets.choice([1, 2, 3])
uuid.uuid1()
uuid.uuid4()
os.urandom(4)
os.getrandom(4)
np.random.seed()
np.random.seed(None)
np.random.default_rng()
np.random.default_rng(None)
sns.lineplot(pd.DataFrame({"x": [1, 1, 2, 2], "y": [1.0, 2.0, 3.0, 5.0]}), x="x", y="y")
functools.partial(os.urandom, 4)()
list(map(random.Random, [None]))
in_pool(np.random.default_rng)
in_pool(uuid.uuid4)
in_pool(os.urandom, 4)
pd.Series([4]).map(os.urandom)
"""
GLOBAL = """
random.random()
random.shuffle([1, 2, 3])
np.random.normal(size=3)
pd.Series(range(9)).sample(3)
scipy.stats.norm.rvs(size=3)
scipy.stats.bootstrap(([1.0, 2.0, 4.0],), np.mean, n_resamples=9)
sns.stripplot(pd.DataFrame({"x": ["a", "a"], "y": [1.0, 2.0]}), x="x", y="y")
in_pool(random.random)
in_pool(np.random.rand)
put_back(random.getstate, random.random, random.setstate)
put_back(np.random.get_state, np.random.rand, np.random.set_state)
"""
ASK_CHANCE = """
import gc
chance = next(known for known in gc.get_objects() if type(known).__name__ == "Chance")

def ask(statement):
    chance.begin(1)
    eval(statement)
    return chance.check()
"""
MADE = """
np.random.RandomState()
np.random.RandomState(None)
np.random.RandomState(7).seed()
np.random.SeedSequence()
np.random.PCG64()
np.random.MT19937()
np.random.Philox()
np.random.SFC64()
np.random.Generator(np.random.PCG64DXSM())
State()
in_pool(np.random.PCG64)
[np.random.RandomState(), np.random.RandomState(7), np.random.seed(7)]
list(map(np.random.RandomState, [None, 7]))
"""
BEGIN = """
import datetime, functools, json, operator, os, random, secrets, time, uuid
from concurrent.futures import ThreadPoolExecutor
import numpy as np, pandas as pd, scipy.stats, seaborn as sns

class Day(datetime.date): pass

class Moment(datetime.datetime):
    @classmethod
    def asked(cls): return super().now()

class Dice(random.Random): pass

class State(np.random.RandomState): pass

def in_pool(function, *arguments):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()

def put_back(read, draw, write):
    state = read()
    draw()
    write(state)

def ask(statement):
    try:
        return f"allowed: {eval(statement)!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def statements(text):
    return list(filter(None, text.splitlines()))


@pytest.fixture
def answers(run):  # noqa: F811
    """Evaluate statements in one kernel, each in spite of what became of the others; give what each was answered."""

    def ask(text, *, begin=BEGIN):
        outcome = run(
            begin,
            f"answers = {{statement: ask(statement) for statement in {statements(text)!r}}}",
            "with open('answers.json', 'w') as file:\n    json.dump(answers, file)",
        )
        assert (run.out / "answers.json").exists(), outcome.failure.cause
        return json.loads((run.out / "answers.json").read_text())

    return ask


def test_own_code_that_asks_for_the_time_or_for_chance_is_stopped_however_it_does(answers):
    found = answers(CLOCK + CHANCE)

    words = dict.fromkeys(statements(CLOCK), "must not read the clock") | dict.fromkeys(statements(CHANCE), "must")
    wrong = {
        statement: found[statement]
        for statement in words
        if not found[statement].startswith("BorderError") or words[statement] not in found[statement]
    }
    assert wrong == {}


def test_generators_without_a_seed_are_found_even_if_they_are_put_back(answers):
    found = answers(GLOBAL + MADE, begin=BEGIN + ASK_CHANCE)

    plain = ("random.", "in_pool(random", "put_back(random")
    words = dict.fromkeys(statements(GLOBAL), "must seed numpy.random") | dict.fromkeys(
        statements(MADE), "given a seed"
    )
    words |= {line: "must seed random" for line in statements(GLOBAL) if line.startswith(plain)}
    wrong = {line: found[line] for line in words if len(found[line]) != 1 or words[line] not in found[line][0]}
    assert wrong == {}


SOUND = """
pickle.loads(pickle.dumps(moment)) == copy.copy(moment) == copy.deepcopy(moment) == moment
pickle.loads(pickle.dumps(datetime.datetime)) is datetime.datetime
type(moment) is datetime.datetime and isinstance(pd.Timestamp(moment), datetime.datetime)
issubclass(pd.Timestamp, datetime.datetime) and datetime.datetime.__module__ == "datetime"
type(Moment(2024, 1, 2)) is Moment and isinstance(Moment(2024, 1, 2), datetime.date)
type(pickle.loads(pickle.dumps(datetime.date(2024, 1, 2)))) is datetime.date
datetime.datetime.strptime("2024-01-02", "%Y-%m-%d") == moment
datetime.datetime.fromtimestamp(0, datetime.UTC).year == 1970 and datetime.date.fromisoformat("2024-01-02").day == 2
time.strftime("%Y", time.gmtime(0)) == "1970" and time.localtime(0).tm_year == 1970
time.perf_counter() < time.perf_counter() and time.monotonic() > 0 and time.clock_gettime(time.CLOCK_MONOTONIC) > 0
type(np.datetime64("2024-01-02")) is np.datetime64 and np.datetime64.__module__ == "numpy"
isinstance(np.array(["2024-01-02"], dtype="M8[D]")[0], np.datetime64)
pickle.loads(pickle.dumps(np.datetime64("2024-01-02"))) == np.datetime64("2024-01-02")
np.array(["2024"], dtype=np.datetime64).dtype == np.dtype("M8[Y]") and np.issubdtype("M8[s]", np.datetime64)
pd.date_range("2024-01-01", periods=3)[2].day == 3 and pd.Period("2024", "Y").year == 2024
pickle.loads(pickle.dumps(pd.Timestamp("2024-01-02"))) == pd.to_datetime("2024-01-02") == moment
pd.Series(["now", "today"]).str.upper().tolist() == ["NOW", "TODAY"]
{"now": 1, "today": 2}["today"] == 2
type(np.random.RandomState(7)) is np.random.RandomState and isinstance(State(7), np.random.RandomState)
pickle.loads(pickle.dumps(np.random.RandomState(7))).rand() == copy.copy(np.random.RandomState(7)).rand()
copy.deepcopy(np.random.default_rng(7)).random() == pickle.loads(pickle.dumps(np.random.default_rng(7))).random()
np.random.default_rng(np.random.SeedSequence(7).spawn(2)[1]).random() < 1
np.random.Generator(np.random.PCG64(7)).random() == np.random.default_rng(7).random()
copy.copy(random.Random(7)).random() == pickle.loads(pickle.dumps(random.Random(7))).random() == Dice(7).random()
(random.seed(7), np.random.seed(7), random.random() + np.random.rand() > 0)[-1]
pd.Series(range(9)).sample(3, random_state=7).size == 3 and scipy.stats.norm.rvs(random_state=7) < 9
scipy.stats.bootstrap(([1.0, 2.0, 4.0],), np.mean, n_resamples=9, rng=7).standard_error > 0
list(ThreadPoolExecutor(2).map(lambda seed: np.random.default_rng(seed).random() < 1, [1, 2])) == [True, True]
sns.lineplot(pd.DataFrame({"x": [1, 1, 2], "y": [1.0, 2.0, 3.0]}), x="x", y="y", seed=7) is not None
uuid.uuid5(uuid.NAMESPACE_DNS, "example.org").version == 5 and uuid.UUID(int=7).int == 7
hashlib.sha256(b"").hexdigest()[:4] == "e3b0" and hash("a") == hash("a")
os.path.exists(tempfile.mkdtemp()) and tempfile.NamedTemporaryFile().name != tempfile.NamedTemporaryFile().name
[step for step in tqdm.tqdm(range(3), file=io.StringIO())] == [0, 1, 2]
"1" in (logging.warning("warned"), warnings.warn("warned"), "1")
len(pd.DataFrame({"n": [1]}).style.to_html()) > 0
pd.DataFrame({"n": [1]}).to_parquet("a.parquet") is None and len(pd.read_parquet("a.parquet")) == 1
pd.DataFrame({"n": [1]}).to_excel("a.xlsx") is None and len(pd.read_excel("a.xlsx")) == 1
pd.DataFrame({"n": [1]}).to_sql("t", sqlite3.connect(":memory:")) == 1
pl.DataFrame({"n": [1, 2, 3]}).sample(2, seed=7).height == 2
shutil.copy2("a.parquet", "b.parquet") == "b.parquet" and shutil.make_archive("a", "zip", ".", "b.parquet") != ""
os.stat("a.parquet").st_size > 0 and type(os.stat("a.parquet")) is os.stat_result
threading.Event().wait(0.01) is False and not multiprocessing.Lock().acquire is None
inspect.signature(datetime.datetime.now) is not None and pickle.loads(pickle.dumps(time.time)) is time.time
"""
MORE = """
import copy, hashlib, inspect, io, logging, multiprocessing, pickle, shutil, sqlite3, tempfile, threading, warnings
import polars as pl, tqdm
moment = datetime.datetime(2024, 1, 2)
"""


def test_what_needs_neither_day_nor_chance_is_as_it_always_was(answers):
    found = answers(SOUND, begin=BEGIN + MORE)

    assert {
        statement: answer for statement, answer in found.items() if answer not in ("allowed: True", "allowed: np.True_")
    } == {}


DRAWN = """
import os, tempfile, time, zipfile, logging, io
import numpy as np, pandas as pd
written = open("written.txt", "w")
written.close()
with zipfile.ZipFile("made.zip", "w") as archive:
    archive.write("written.txt")
record = logging.LogRecord("", 0, "", 0, "", (), None)
found = [
    os.path.basename(tempfile.mkdtemp()),
    pd.DataFrame({"n": [1]}).style.uuid,
    record.created,
    record.relativeCreated,
    open("made.zip", "rb").read().hex(),
    os.stat("written.txt").st_mtime,
    os.path.getmtime("written.txt"),
    next(entry for entry in os.scandir(".") if entry.name == "written.txt").stat().st_mtime_ns,
]
print(*found, file=open("found.txt", "w"))
"""


def test_what_libraries_draw_and_when_they_do_is_the_same_in_each_kernel(run):  # noqa: F811
    found = []
    for _ in range(2):
        outcome = run(DRAWN)
        assert outcome.failure is None, outcome.failure.cause
        found.append((run.out / "found.txt").read_text())

    assert found[0] == found[1]
    assert str(float(STILL_S)) in found[0]


BELOW = """
import ctypes, datetime, os, sys, threading, time
from caseseries.build.vdso import is_clock_stopped, stop_clock
begin = time.monotonic()
if not stop_clock():
    sys.exit(f"the clock goes on: {time.time()}")
import numpy as np
libc, pair = ctypes.CDLL(None), (ctypes.c_long * 2)(1, 2)
seconds = [time.time(), time.time_ns() / 1e9, libc.time(None), time.clock_gettime(5)]
seconds += [time.clock_gettime(11), datetime.datetime.now(datetime.UTC).timestamp()]
seconds += [np.datetime64("now").astype(int), np.array(["now"], dtype="M8[s]").astype(int)[0]]
assert libc.gettimeofday(pair, None) == 0 and pair[1] == 0
assert libc.clock_gettime(0, pair) == 0 and pair[1] == 0
seconds.append(pair[0])
assert libc.gettimeofday(None, None) == 0 and libc.clock_gettime(99, pair) == -1
assert time.monotonic() > begin and time.perf_counter() > 0 and time.process_time() > 0
assert not threading.Event().wait(0.2) and 0.2 <= time.monotonic() - begin < 20
child = os.fork()
if not child:
    os._exit(not is_clock_stopped())
assert os.waitpid(child, 0)[1] == 0
print(*{int(second) for second in seconds})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.uname().machine != "x86_64", reason="Linux on x86-64")
def test_the_time_of_day_stands_still_in_every_language_and_durations_go_on():
    made = subprocess.run([sys.executable, "-c", BELOW], capture_output=True, text=True, timeout=120)

    assert made.stdout == f"{STILL_S}\n", made.stderr


@pytest.mark.parametrize("place", ["sys.platform", "platform.machine"])
def test_elsewhere_the_time_of_day_goes_on_and_is_said_to(monkeypatch, place):
    if place == "sys.platform":
        monkeypatch.setattr("sys.platform", "darwin")
    else:
        monkeypatch.setattr("platform.machine", lambda: "aarch64")

    assert not stop_clock()
