"""Settles what the warm parent of all kernels has after libraries: none is ever garbage, and all are known as such."""

import gc

import caseseries.build.inside_kernel  # noqa: F401 - what every kernel begins with
from caseseries.build.installed import hold_libraries
from caseseries.build.observe import settle_modules
from caseseries.build.preload import IS_PARENT

if IS_PARENT:
    settle_modules()
    hold_libraries()
    gc.freeze()
    gc.enable()
