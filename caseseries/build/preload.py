"""Settles what the warm parent of all kernels must have before libraries are imported."""

import gc
import sys

import caseseries.build  # noqa: F401 - shields the import of a slow grammar
from caseseries.build.vdso import stop_clock

IS_PARENT = "multiprocessing.forkserver" in sys.orig_argv[-1]
"""Whether this process is that parent: in any other that imports this module, nothing is settled."""

if IS_PARENT:
    # Libraries look at the clock while they are imported, and all kernels have what they saw.
    stop_clock()
    # Libraries are there for good: looking for garbage between them takes a fifth of the time of their import.
    gc.disable()
