"""What several test files share and no test changes."""

import os
import pickle
import shutil
from importlib import import_module
from pkgutil import walk_packages

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from quick import TESTS, choose, describe, is_left_out

import caseseries.build  # noqa: F401 - shields the import of a slow grammar
from caseseries.cli import main
from caseseries.paths import CACHE, ROOT
from caseseries.records import read_dataset
from caseseries.records.sdtm import find_pilot, import_sdtm

# How long examples take to draw says how busy the machine is, and nothing of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser):
    parser.addoption("--sweep", action="store_true", help="make every run of every grid, not a sample of them")
    parser.addoption("--whole", action="store_true", help="make whole builds of other data sets, too")
    parser.addoption("--quick", action="store_true", help="leave out what builds, draws, or takes long")


def pytest_ignore_collect(collection_path, config):
    is_test = collection_path.is_relative_to(TESTS) and collection_path.match("test_*.py")
    return True if config.getoption("quick") and is_test and is_left_out(collection_path) else None


def pytest_collection_modifyitems(config, items):
    kept = choose(items) if config.getoption("quick") else items
    if not config.getoption("whole"):
        kept = [item for item in kept if not item.get_closest_marker("whole")]
    config.hook.pytest_deselected(items=list(set(items).difference(kept)))
    items[:] = kept


def pytest_unconfigure(config):
    if config.getoption("quick") and not hasattr(config, "workerinput"):
        print(describe())


def add(values, start=0):
    """Add as sum() does, but no floats: Python 3.12 adds those otherwise than 3.11, and bytes would differ."""
    values = list(values)
    assert float not in map(type, values), "floats are added by math.fsum, which gives the same on every Python"
    return sum(values, start)


@pytest.fixture(autouse=True, scope="session")
def exact_sums():
    """Let modules that make numbers and pictures stop where their sum depends on the version of Python."""
    for name in ("derive", "estimate", "exhibits", "manuscript"):
        package = import_module(f"caseseries.{name}")
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(found.name).sum = add


@pytest.fixture(scope="session")
def make_once(tmp_path_factory):
    """Make a folder once for all processes of a test run, by whichever asks first; whoever reads it changes nothing."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make_once(name, make):
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                # What was left by a process that failed half-way is none of ours.
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                done.touch()
        return folder

    return make_once


@pytest.fixture(scope="session")
def synthetic_build(make_once):
    """Build the whole plan from the synthetic cohort, figures as TIFF too; runs of the project's own build are kept."""

    def build(out):
        if (ROOT / CACHE).is_dir():
            # Byte code is written there by other tests meanwhile.
            shutil.copytree(ROOT / CACHE, out / CACHE, ignore=shutil.ignore_patterns("bytecode", "lab"))
        assert main(["build", "--tiff", "--out", str(out)]) == 0

    return make_once("synthetic-build", build)


@pytest.fixture(scope="session")
def pilot_report(make_once):
    """Import the CDISC pilot trial; give what the import reports, with the folder of its raw tables."""

    def write(folder):
        report = import_sdtm(find_pilot(), folder / "pilot")
        (folder / "report.pickle").write_bytes(pickle.dumps(report))

    return pickle.loads((make_once("pilot-import", write) / "report.pickle").read_bytes())


@pytest.fixture(scope="session")
def pilot_data(pilot_report):
    """Read the raw tables of the pilot trial."""
    return read_dataset(pilot_report.folder)
