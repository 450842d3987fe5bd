"""What several test files share and no test changes."""

import os

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from caseseries.cli import main

# How long examples take to draw says how busy the machine is, and nothing of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


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
