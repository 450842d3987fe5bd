"""Settles what the warm parent of all kernels must have before libraries are imported."""

import caseseries.build  # noqa: F401 - shields the import of a slow grammar
