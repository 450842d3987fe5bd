"""Who watches a kernel: the operating system where it can, otherwise Python alone, which sees what Python opens."""

from __future__ import annotations

import os
import warnings
from functools import cache

from caseseries.build.landlock import read_version
from caseseries.build.seccomp import install_filter, is_known_system

SYSTEM_WATCHES, PYTHON_WATCHES = "operating system", "Python only"
VARIABLE = "CASESERIES_WITNESS"
"""Environment variable that, with the value python, does without the operating system."""


def witness_name() -> str:
    """Name who watches the kernels of this machine."""
    return SYSTEM_WATCHES if os.environ.get(VARIABLE) != "python" and can_system_watch() else PYTHON_WATCHES


@cache
def can_system_watch() -> bool:
    """Find out, in a process for that alone, whether the system lets a process put itself under the filter."""
    if not is_known_system() or not hasattr(os, "pidfd_open") or not read_version():
        return False
    with warnings.catch_warnings():
        # The new process does nothing that a lock of another thread could hold up.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        status = 1
        try:
            install_filter()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0
