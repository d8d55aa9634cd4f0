"""Runs jobs of workload.py in one process: a job's name a line in, a JSON answer a line out.

"library" asks which file serves cblas_sgemm to numpy: the address that numpy's own extension module resolves, looked up
in this process's map. Other answers: seconds per run, and with "keep NAME PATH" the result saved as .npy.
"""
import ctypes
import json
import sys
import time

import numpy as np

import workload

SHORTEST = 0.02  # seconds that one measurement lasts at least


def library():
    try:
        import numpy.core._multiarray_umath as core
    except ImportError:
        import numpy._core._multiarray_umath as core
    address = ctypes.cast(ctypes.CDLL(core.__file__).cblas_sgemm, ctypes.c_void_p).value
    with open("/proc/self/maps") as maps:
        for line in maps:
            bounds, _, _, _, _, *path = line.split(maxsplit=5)
            begin, end = (int(x, 16) for x in bounds.split("-"))
            if begin <= address < end:
                return {"file": path[0].strip() if path else "(no file)", "map": line.strip()}
    return {"file": "(not mapped)", "map": ""}


def main():
    operands, repetitions = {}, {}
    for line in sys.stdin:
        command, *rest = line.split()
        if command == "library":
            answer = library()
        elif command == "keep":
            name, path = rest
            np.save(path, workload.JOBS[name].run(operands[name]))
            answer = {}
        elif command == "warm":
            name, = rest
            job = workload.JOBS[name]
            operands[name] = job.make()
            job.run(operands[name])
            begin = time.perf_counter()
            job.run(operands[name])
            repetitions[name] = max(1, int(SHORTEST / (time.perf_counter() - begin)))
            answer = {}
        else:
            name, = rest
            run, ops = workload.JOBS[name].run, operands[name]
            begin = time.perf_counter()
            for _ in range(repetitions[name]):
                run(ops)
            answer = {"seconds": (time.perf_counter() - begin) / repetitions[name]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
