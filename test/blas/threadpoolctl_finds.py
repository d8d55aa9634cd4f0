"""threadpoolctl finds, reads and sets this libblas when OpenBLAS's names are loaded beside it, and does not without.

threadpoolctl_finds.py <libblas.so.3> <libopenblas-thread-names.so>. Exit code 77: threadpoolctl or numpy is not installed.
"""
import ctypes
import os
import subprocess
import sys


def seen(path):
    """What threadpoolctl tells of a library; others (an OpenBLAS that serves LAPACK) may be loaded too."""
    import threadpoolctl

    return [lib for lib in threadpoolctl.threadpool_info() if os.path.samefile(lib["filepath"], path)]


def child(expected, blas, names):
    import numpy
    import threadpoolctl

    numpy.ones((4, 4)) @ numpy.ones((4, 4))
    threads = ctypes.CDLL(blas).blas_get_num_threads
    assert seen(blas) == []
    if expected == "without":
        assert seen(names) == []
        return
    (entry,) = seen(names)
    assert entry["num_threads"] == threads() == 2, entry
    assert entry["threading_layer"] == "pthreads" and entry["version"] is None, entry
    with threadpoolctl.threadpool_limits(limits=1, user_api="blas"):
        assert threads() == 1 and seen(names)[0]["num_threads"] == 1
    assert threads() == 2
    with threadpoolctl.threadpool_limits(limits={"libopenblas": 3}):
        assert threads() == 3
    assert threads() == 2


def main(blas, names):
    try:
        import numpy  # noqa: F401
        import threadpoolctl  # noqa: F401
    except ImportError as missing:
        print(f"SKIPPED: {missing}; install python3-threadpoolctl and python3-numpy")
        return 77
    for preload, expected in ((blas, "without"), (f"{blas}:{names}", "with")):
        environment = {**os.environ, "LD_PRELOAD": preload, "TESSERA_NUM_THREADS": "2"}
        subprocess.run([sys.executable, __file__, "--child", expected, blas, names], env=environment, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(child(*sys.argv[2:]) if sys.argv[1] == "--child" else main(*sys.argv[1:]))
