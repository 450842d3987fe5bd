"""What several test files share and no test changes."""

import os
from importlib import import_module
from pkgutil import walk_packages

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from caseseries.cli import main

# How long examples take to draw says how busy the machine is, and nothing of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


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
def synthetic_build(tmp_path_factory):
    """Build the whole plan from the synthetic cohort, figures as TIFF too; once for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = shared / "synthetic-build"
    with FileLock(shared / "synthetic-build.lock"):
        if not (shared / "synthetic-build.done").exists():
            assert main(["build", "--tiff", "--out", str(out)]) == 0
            (shared / "synthetic-build.done").touch()
    return out
