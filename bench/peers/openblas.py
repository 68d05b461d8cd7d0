"""OpenBLAS called directly, and what the machine's memory gives: the limits that all are held to.

THREADS=n sets the threads (default: all). Needs nothing but Python and libopenblas.
"""

import ctypes
import ctypes.util
import os
import random
import threading
import time
from array import array

from kernels import choose_kernels
from protocol import Workbench, missing, serve

choose_kernels()
THREADS = int(os.environ.get("THREADS", os.cpu_count()))
ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112


def load():
    for name in (ctypes.util.find_library("openblas"), "libopenblas.so.0", "libblas.so.3"):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None and hasattr(library, "openblas_set_num_threads"):
            return library
    return missing("there is no libopenblas (Debian: apt-get install libopenblas0-openmp)")


blas = load()
blas.openblas_set_num_threads(THREADS)
blas.openblas_get_config.restype = blas.openblas_get_corename.restype = ctypes.c_char_p


def numbers(count):
    """Random f32 numbers; a short run of them again and again, which costs a product no less."""
    run = array("f", [random.uniform(-1, 1) for _ in range(4096)])
    return (ctypes.c_float * count).from_buffer((run * (count // 4096 + 1))[:count])


def matmul(task):
    m, k, n = task["m"], task["k"], task["n"]
    transposed = task.get("transposed")
    a, b, c = numbers(m * k), numbers(k * n), numbers(m * n)
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    if m == 1:  # a product with a vector has a routine of its own
        turn = PLAIN if transposed == "b" else TRANSPOSED
        rows, columns = (n, k) if transposed == "b" else (k, n)
        return lambda: blas.cblas_sgemv(
            ROW_MAJOR, turn, rows, columns, one, b, columns, a, 1, zero, c, 1
        )
    turn_a = TRANSPOSED if transposed == "a" else PLAIN
    turn_b = TRANSPOSED if transposed == "b" else PLAIN
    pitch_a, pitch_b = (m if transposed == "a" else k), (k if transposed == "b" else n)
    return lambda: blas.cblas_sgemm(
        ROW_MAJOR, turn_a, turn_b, m, n, k, one, a, pitch_a, b, pitch_b, zero, c, n
    )


def make(task):
    if task["kind"] != "matmul":
        raise ValueError(f"OpenBLAS has no {task['kind']}")
    return matmul(task)


def product_rate(seconds=0.2):
    """Best operations a second of a product of 1024x1024 matrices."""
    step = matmul({"m": 1024, "k": 1024, "n": 1024})
    step()
    best, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best


libc = ctypes.CDLL(None)
libc.memmove.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
libc.memchr.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
libc.memchr.restype = ctypes.c_void_p


def mover(size, traffic):
    """Moves `size` bytes of memory of its own: half read and half written, or all read."""
    if traffic == "read":
        block = ctypes.create_string_buffer(size)
        return lambda: libc.memchr(block, 1, size)  # there is no such byte: it reads all
    source, target = ctypes.create_string_buffer(size // 2), ctypes.create_string_buffer(size // 2)
    ctypes.memset(source, 1, size // 2)
    ctypes.memset(target, 1, size // 2)
    return lambda: libc.memmove(target, source, size // 2)


def traffic_rate(size, traffic, seconds=0.2):
    """Bytes a second when all threads move memory, `size` bytes in all, again and again."""
    share = max(65536, size // THREADS)  # less would time the calls
    begin, rates = threading.Barrier(THREADS), []

    def work():
        move = mover(share, traffic)
        move()
        begin.wait()
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            move()
            count += 1
        rates.append(count * share / (time.perf_counter() - begun))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(rates)


def ceiling(request):
    return {
        "flops": product_rate(),
        "bytes": traffic_rate(request["bytes"], request["traffic"]),
    }


version = blas.openblas_get_config().decode().split()[1]
serve(
    {
        "peer": "OpenBLAS",
        "version": f"{version} ({blas.openblas_get_corename().decode()})",
        "threads": THREADS,
        "kinds": ["matmul"],
    },
    {"time": Workbench(make).time, "ceiling": ceiling},
)
