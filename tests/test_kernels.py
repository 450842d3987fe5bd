"""Processes of a build: they end with the build that asked for them, however that ends, and are warm but their own."""

import os
import subprocess
import sys
import time

STARTED = """
import time
from jupyter_client import KernelManager
from caseseries.build.kernels import warm_up

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
