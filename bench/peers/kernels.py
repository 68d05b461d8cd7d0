"""The kernels of an OpenBLAS that is older than the processor: it takes those of 2004, at a quarter of
the speed. Then it is told by name to take the best that the processor's vectors allow.
"""

import ctypes
import os
import sys

# What OpenBLAS falls back to, and what it has for vectors of which kind, the widest first.
OLD = (b"Prescott", b"Core2", b"Generic")
BY_FLAG = (("avx512f", "SkylakeX"), ("avx2", "Haswell"))


def choose_kernels():
    """Starts this program anew with better kernels, if there are any."""
    if "OPENBLAS_CORETYPE" in os.environ:
        return
    try:
        library = ctypes.CDLL("libopenblas.so.0")
        library.openblas_get_corename.restype = ctypes.c_char_p
        with open("/proc/cpuinfo") as file:
            flags = next(line for line in file if line.startswith("flags")).split()
    except (OSError, AttributeError, StopIteration):
        return
    better = next((name for flag, name in BY_FLAG if flag in flags), None)
    if library.openblas_get_corename() in OLD and better is not None:
        os.environ["OPENBLAS_CORETYPE"] = better
        os.execv(sys.executable, [sys.executable, *sys.argv])
