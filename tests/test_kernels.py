"""Kernels as processes: they end with the build that asked for them, however that ends."""

import os
import subprocess
import sys
import time

BUILDER = """
import time
from jupyter_client import KernelManager
from caseseries.build.kernels import warm_up

warm_up()
manager = KernelManager(kernel_name="python3")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(60)
client.execute("while True: pass")
print(manager.provisioner.pid, flush=True)
time.sleep(600)
"""


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_busy_kernel_ends_when_its_builder_is_killed():
    variables = os.environ | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "caseseries"}
    command = [sys.executable, "-c", BUILDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables) as builder:
        kernel = int(builder.stdout.readline())
        assert is_running(kernel)

        builder.kill()

    until = time.monotonic() + 60
    while is_running(kernel) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_running(kernel)


WARM = """
from jupyter_client import KernelManager
from caseseries.build.kernels import warm_up

warm_up()
manager = KernelManager(kernel_name="python3")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(60)
client.execute_interactive("import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)")
manager.shutdown_kernel(now=True)
"""


def test_a_warm_kernel_collects_its_own_garbage_and_leaves_what_it_shares():
    variables = os.environ | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "caseseries", "CASESERIES_KERNELS": "forkserver"}
    made = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, env=variables, timeout=120)

    assert made.stdout.split() == ["True", "True"], made.stderr
