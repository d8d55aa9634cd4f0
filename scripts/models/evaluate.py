"""Computes a model of networks.py with numpy: the values of all tensors, for the ranges that quantising needs."""

import numpy as np
from onnx import helper, numpy_helper


def _windows(x, kernel, strides, pads, fill):
    """x[n, c, h, w] -> [n, c, out_h, out_w, kernel_h, kernel_w], a view of the padded x."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel), axis=(2, 3))
    return views[:, :, :: strides[0], :: strides[1]]


def _conv(x, weight, bias=None, *, kernel_shape, strides, pads, group):
    views = _windows(x, kernel_shape, strides, pads, 0)
    n, _, height, width = views.shape[:4]
    if group == 1:
        columns = views.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
        y = (columns @ weight.reshape(weight.shape[0], -1).T).reshape(n, height, width, -1).transpose(0, 3, 1, 2)
    else:
        assert group == x.shape[1] == weight.shape[0], "grouped convolutions of networks.py are depthwise"
        y = np.einsum("nchwij,cij->nchw", views, weight[:, 0], optimize=True)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def _batch_norm(x, scale, shift, mean, variance, *, epsilon):
    factor = scale / np.sqrt(variance + epsilon)
    return x * factor.reshape(1, -1, 1, 1) + (shift - mean * factor).reshape(1, -1, 1, 1)


OPERATORS = {
    "Add": lambda a, b: a + b,
    "BatchNormalization": _batch_norm,
    "Clip": lambda x, low, high: np.clip(x, low, high),
    "Concat": lambda *x, axis: np.concatenate(x, axis),
    "Conv": _conv,
    "Flatten": lambda x: x.reshape(x.shape[0], -1),
    "Gemm": lambda a, b, c, *, transB: a @ (b.T if transB else b) + c,
    "GlobalAveragePool": lambda x: x.mean(axis=(2, 3), keepdims=True),
    "LeakyRelu": lambda x, *, alpha: np.where(x < 0, np.float32(alpha) * x, x),
    "MaxPool": lambda x, *, kernel_shape, strides, pads: _windows(x, kernel_shape, strides, pads, -np.inf).max(axis=(4, 5)),
    "Relu": lambda x: np.maximum(x, 0),
    "Reshape": lambda x, shape: x.reshape(shape),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Transpose": lambda x, *, perm: x.transpose(perm),
}


def evaluate(graph, inputs):
    """Values by name, of every tensor but the weights. `inputs`: arrays by name."""
    weights = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    values = dict(inputs)
    for node in graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        operands = [values[name] if name in values else weights[name] for name in node.input]
        values[node.output[0]] = OPERATORS[node.op_type](*operands, **attributes).astype(np.float32)
    return values
