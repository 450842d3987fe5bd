"""Processes of a build: they end with the build that asked for them, however that ends, and are warm but their own."""

import asyncio
import os
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

from caseseries.build.client import PromptClient
from caseseries.build.parent import AFTER, BEFORE, list_late
from caseseries.build.request import LIBRARIES

STARTED = """
import time
from jupyter_client import KernelManager
from caseseries.build.parent import warm_up

warm_up()
manager = KernelManager(kernel_name="python3")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(60)
"""
BUSY = f"""{STARTED}
client.execute("while True: pass")
print(manager.provisioner.pid, flush=True)
time.sleep(600)
"""
WARM = f"""{STARTED}
client.execute_interactive("import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)")
manager.shutdown_kernel(now=True)
"""
LOADED = f"""{STARTED}
client.execute_interactive(
    "import sys; from caseseries.build.observe import settled; print(*(sys.modules.keys() - settled))"
)
manager.shutdown_kernel(now=True)
"""
LOADED_BY_EACH = {"caseseries", "debugpy", "ipykernel.debugger", "matplotlib_inline", "psutil", "resource"}
"""What a kernel loads for itself: own modules, what stands in for the debugger, and what its first cell asks for."""
VARIABLES = os.environ | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "caseseries"}


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_busy_kernel_ends_when_its_builder_is_killed():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True, env=VARIABLES) as builder:
        started = int(builder.stdout.readline())
        assert is_running(started)

        builder.kill()

    until = time.monotonic() + 60
    while is_running(started) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_running(started)


def test_a_warm_kernel_collects_its_own_garbage_and_leaves_what_it_shares():
    variables = VARIABLES | {"CASESERIES_KERNELS": "forkserver"}
    made = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, env=variables, timeout=120)

    assert made.stdout.split() == ["True", "True"], made.stderr


def test_a_warm_kernel_has_what_it_needs_from_its_parent():
    variables = VARIABLES | {"CASESERIES_KERNELS": "forkserver"}
    made = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, env=variables, timeout=120)

    loaded = made.stdout.split()
    assert "caseseries.build.inside_kernel" in loaded, made.stderr
    assert [name for name in loaded if not {name, name.partition(".")[0]} & LOADED_BY_EACH] == []


def test_what_settles_the_parent_of_kernels_leaves_every_other_process_alone():
    looks = """
import gc, time, caseseries.build.preloaded
print(time.time() > 10**9, gc.isenabled(), gc.get_freeze_count())
"""
    made = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, timeout=120)

    assert made.stdout.split() == ["True", "True", "0"], made.stderr


@pytest.mark.parametrize("name", [*BEFORE, *LIBRARIES, *list_late(LIBRARIES), AFTER])
def test_what_the_parent_of_kernels_loads_is_there(name):
    assert find_spec(name) is not None


@pytest.mark.parametrize(
    ("is_alive", "words"), [(False, "it died before it answered"), (True, "it did not answer within 0.5 s")]
)
def test_a_kernel_that_does_not_answer_is_waited_for_as_long_as_it_lives_and_no_longer_than_allowed(
    tmp_path, monkeypatch, is_alive, words
):
    async def look(client):
        return is_alive

    async def wait():
        client = PromptClient(transport="ipc", ip=str(tmp_path / "k"))
        client.load_connection_info({f"{name}_port": 1 for name in ("shell", "iopub", "stdin", "control", "hb")})
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=0.5)
        finally:
            client.stop_channels()

    monkeypatch.setattr(PromptClient, "is_alive", look)
    with pytest.raises(RuntimeError, match=words):
        asyncio.run(wait())
