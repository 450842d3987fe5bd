"""Name the vector extensions of this processor that numpy can do without."""

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

print(*(name for name in __cpu_dispatch__ if __cpu_features__.get(name)))
