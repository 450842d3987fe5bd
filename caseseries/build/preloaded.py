"""Settles what the warm parent of all kernels has after libraries are imported: none of it is ever garbage."""

import gc

gc.freeze()
gc.enable()
