"""NumPy on Tessera, not a line of it changed:

    LD_PRELOAD=/path/to/libblas.so.3 python3 numpy_swap.py

numpy must have been built against libblas.so.3, as a distribution's is; wheels of PyPI bring an OpenBLAS of their own.
Prints which library serves, and checks a product and a solution.
"""
import sys

import numpy as np

with open("/proc/self/maps") as maps:
    libraries = sorted({line.split()[-1] for line in maps if "blas" in line.rsplit("/", 1)[-1]})
print("BLAS of this process:", *libraries)

rng = np.random.default_rng(1)
a, b = rng.standard_normal((500, 300)), rng.standard_normal((300, 200))
c = a @ b
plain = np.einsum("ik,kj->ij", a, b)  # numpy's own loops
worst = np.abs(c - plain).max() / np.abs(plain).max()
s, y = rng.standard_normal((400, 400)), rng.standard_normal(400)
x = np.linalg.solve(s, y)
rest = np.abs(s @ x - y).max() / (np.abs(s).sum(axis=1).max() * np.abs(x).max())
# Tessera's promise, which a row of another BLAS breaks: the same bits whether its neighbours are computed or not.
alone = np.array_equal(a[7:8] @ b, c[7:8])
print(f"product: {worst:.1e} off, solution: {rest:.1e} off, a row computed alone has the same bits: {alone}")
sys.exit(0 if worst < 1e-14 and rest < 1e-14 and alone else 1)
