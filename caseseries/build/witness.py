"""Who watches a kernel: the operating system where it can, otherwise Python alone, which sees what Python opens."""

from __future__ import annotations

import ctypes
import os
import socket
import warnings
from functools import cache

from caseseries.build.landlock import read_version
from caseseries.build.seccomp import install_filter, is_known_system, read_memory

SYSTEM_WATCHES, PYTHON_WATCHES = "operating system", "Python only"
VARIABLE = "CASESERIES_WITNESS"
"""Environment variable that, with the value python, does without the operating system."""


def witness_name() -> str:
    """Name who watches the kernels of this machine."""
    return SYSTEM_WATCHES if os.environ.get(VARIABLE) != "python" and can_system_watch() else PYTHON_WATCHES


@cache
def can_system_watch() -> bool:
    """Find out, with a process for that alone, whether it may put itself under the filter and be read by this one."""
    if not is_known_system() or not hasattr(os, "pidfd_open") or not read_version():
        return False
    mark = ctypes.create_string_buffer(b"mark")
    ours, theirs = socket.socketpair()
    with warnings.catch_warnings(), ours, theirs:
        # The new process does nothing that a lock of another thread could hold up.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            try:
                ours.close()
                install_filter()
                theirs.send(b"under the filter")
                theirs.recv(1)
            finally:
                os._exit(0)
        theirs.close()
        try:
            return bool(ours.recv(1)) and read_memory(child, ctypes.addressof(mark), 4) == b"mark"
        except OSError:
            return False
        finally:
            ours.close()
            os.waitpid(child, 0)
