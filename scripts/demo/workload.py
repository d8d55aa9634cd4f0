"""The demo's program: ordinary numpy, which knows nothing of the BLAS and LAPACK under it.

JOBS maps a name to a Job: make() builds operands (not timed), run(operands) is the work and returns an array to compare.
"""
import os
from dataclasses import dataclass
from typing import Callable

import numpy as np

TEXTS = os.environ.get("DEMO_TEXTS", "texts.npz")


@dataclass
class Job:
    title: str
    make: Callable
    run: Callable
    depth: int  # longest sum behind an element of the result: sets the tolerance


def rng():
    return np.random.default_rng(2026)


def real(shape, dtype):
    return rng().standard_normal(shape).astype(dtype)


def pair(m, n, k, dtype):
    def make():
        g = rng()
        a, b = g.standard_normal((m, k)), g.standard_normal((k, n))
        if np.dtype(dtype).kind == "c":
            a, b = a + 1j * g.standard_normal((m, k)), b + 1j * g.standard_normal((k, n))
        return a.astype(dtype), b.astype(dtype)
    return make


def product(ops):
    return ops[0] @ ops[1]


def transposed_views(n):
    def make():
        a, b = pair(n, n, n, np.float32)()
        return np.ascontiguousarray(a.T).T, np.ascontiguousarray(b.T).T
    return make


def fortran_result():
    a, b = pair(700, 900, 800, np.float64)()
    return np.asfortranarray(a), b, np.empty((700, 900), order="F")


def run_fortran_result(ops):
    np.matmul(ops[0], ops[1], out=ops[2])
    return ops[2]


def strided_slice():
    a, b = pair(1200, 1200, 1200, np.float32)()
    return a[:600, 100:900], b[100:900, :700]


def many_small():
    g = rng()
    return g.standard_normal((2000, 24, 24)).astype(np.float32), g.standard_normal((24, 24)).astype(np.float32)


def run_many_small(ops):
    return np.stack([x @ ops[1] for x in ops[0]])


def gram():
    return (real((600, 900), np.float32),)


# A multilayer perceptron on 28 x 28 images.
def mlp():
    g = rng()
    sizes = [784, 2048, 2048, 1024, 10]
    weights = [(g.standard_normal((i, o)) * np.sqrt(2 / i)).astype(np.float32) for i, o in zip(sizes, sizes[1:])]
    biases = [(0.1 * g.standard_normal(o)).astype(np.float32) for o in sizes[1:]]
    return g.random((256, 784), dtype=np.float32), weights, biases


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def run_mlp(ops):
    x, weights, biases = ops
    for w, b in zip(weights[:-1], biases):
        x = np.maximum(x @ w + b, 0)
    return softmax(x @ weights[-1] + biases[-1])


# A small convolutional network: each convolution is a matrix product of gathered patches.
def conv_net():
    g = rng()
    channels = [3, 32, 64, 128]
    kernels = [(g.standard_normal((o, i * 9)) * np.sqrt(2 / (9 * i))).astype(np.float32)
               for i, o in zip(channels, channels[1:])]
    head = (g.standard_normal((128, 100)) * 0.1).astype(np.float32)
    return g.random((8, 3, 64, 64), dtype=np.float32), kernels, head


def convolution(x, kernel):
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    columns = patches.transpose(1, 4, 5, 0, 2, 3).reshape(c * 9, n * h * w)
    return (kernel @ columns).reshape(-1, n, h, w).transpose(1, 0, 2, 3)


def run_conv_net(ops):
    x, kernels, head = ops
    for kernel in kernels:
        x = np.maximum(convolution(x, kernel), 0)
        n, c, h, w = x.shape
        x = x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    return softmax(x.mean(axis=(2, 3)) @ head)


# Which paragraphs of the machine's licence and copyright texts are closest to a query.
TOP = 10


def texts():
    data = np.load(TEXTS)
    return data["documents"], data["queries"]


def run_search(ops):
    documents, queries = ops
    scores = queries @ documents.T
    best = np.argpartition(-scores, TOP, axis=1)[:, :TOP]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    return np.stack([best, np.take_along_axis(scores, best, axis=1)])


# Tall and well-conditioned: numpy solves it by singular values (LAPACK's gelsd).
def tall():
    g = rng()
    return g.standard_normal((3000, 250)), g.standard_normal((3000, 8))


def symmetric():
    a = real((500, 500), np.float64)
    return (a + a.T,)


# Principal components of the texts' vectors: how much of their spread the first ones explain.
def spread():
    documents = texts()[0][:1500].astype(np.float64)
    return (documents - documents.mean(axis=0),)


def run_principal_components(ops):
    singular = np.linalg.svd(ops[0], full_matrices=False, compute_uv=True)[1]
    return np.cumsum(singular**2)[:100] / np.sum(singular**2)


JOBS = {
    "f32_1024": Job("matmul f32, 1024 x 1024 x 1024", pair(1024, 1024, 1024, np.float32), product, 1024),
    "f64_768": Job("matmul f64, 768 x 768 x 768", pair(768, 768, 768, np.float64), product, 768),
    "f32_odd": Job("matmul f32, 1111 x 333 x 777", pair(1111, 333, 777, np.float32), product, 777),
    "f32_views": Job("matmul f32, transposed views, 800", transposed_views(800), product, 800),
    "f64_fortran": Job("matmul f64, Fortran order, 700 x 900 x 800", fortran_result, run_fortran_result, 800),
    "f32_slice": Job("matmul f32, slices of a larger array", strided_slice, product, 800),
    "c64_400": Job("matmul complex64, 400 x 400 x 400", pair(400, 400, 400, np.complex64), product, 800),
    "c128_320": Job("matmul complex128, 320 x 320 x 320", pair(320, 320, 320, np.complex128), product, 640),
    "gram": Job("A @ A.T f32, 600 x 900 (syrk)", gram, lambda ops: ops[0] @ ops[0].T, 900),
    "f32_skinny": Job("matmul f32, 8 x 3000 x 3000 (skinny)", pair(8, 3000, 3000, np.float32), product, 3000),
    "f32_vector": Job("matrix * vector f32, 3000 x 3000", pair(3000, 1, 3000, np.float32),
                      lambda ops: ops[0] @ ops[1][:, 0], 3000),
    "small": Job("2000 products of 24 x 24, one by one", many_small, run_many_small, 24),
    "mlp": Job("neural network: MLP, batch 256", mlp, run_mlp, 2048),
    "conv": Job("neural network: 3 convolutions, batch 8", conv_net, run_conv_net, 576),
    "solve": Job("linear equations f64, 1000 x 1000 (LAPACK)", pair(1000, 16, 1000, np.float64),
                 lambda ops: np.linalg.solve(ops[0] + 100 * np.eye(1000), ops[1]), 10000),
    "least_squares": Job("least squares f64, 3000 x 250 (LAPACK)", tall,
                         lambda ops: np.linalg.lstsq(*ops, rcond=None)[0], 3000),
    "eigenvalues": Job("eigenvalues f64, symmetric 500 (LAPACK)", symmetric,
                       lambda ops: np.linalg.eigvalsh(ops[0]), 500),
    "components": Job("principal components of the texts (LAPACK)", spread, run_principal_components, 1500),
    "search": Job("similarity search over real texts", texts, run_search, 1024),
}
