"""A builder of ONNX models whose weights come from a seed: the same bytes on every run and every machine."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13  # the first in which Squeeze, Unsqueeze and the 8-bit operators take their present form
IR_VERSION = 8


class Graph:
    """Nodes and weights in the order they are added. Tensors are named by strings; images are NCHW, fp32."""

    def __init__(self, name, seed=1):
        self._name = name
        self._random = np.random.RandomState(seed)  # the legacy generator: its stream is frozen
        self._nodes = []
        self._weights = []
        self._inputs = []
        self._outputs = []
        self._count = 0

    def input(self, name, shape):
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name, shape):
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def weight(self, array):
        self._count += 1
        name = f"w{self._count}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op, inputs, **attributes):
        """Adds a node of one output and returns the name of that output."""
        self._count += 1
        name = f"{op.lower()}{self._count}"
        self._nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def normal(self, shape, fan_in, gain=2.0):
        """He et al. 2015: variance gain / fan_in keeps the size of activations through layers with ReLU."""
        return (self._random.standard_normal(shape) * np.sqrt(gain / fan_in)).astype(np.float32)

    def conv(self, x, channels, filters, kernel, stride=1, pad=None, groups=1, bias=False, gain=2.0):
        """pad: one number for all four sides (by default (kernel - 1) / 2), or (top, left, bottom, right)."""
        per_group = channels // groups
        inputs = [x, self.weight(self.normal((filters, per_group, kernel, kernel), per_group * kernel**2, gain))]
        if bias:
            inputs.append(self.weight(self._random.uniform(-0.1, 0.1, filters).astype(np.float32)))
        pad = (kernel - 1) // 2 if pad is None else pad
        pads = [pad] * 4 if isinstance(pad, int) else list(pad)
        return self.node(
            "Conv", inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads, group=groups
        )

    def batch_norm(self, x, channels):
        """Statistics near those of a normalised tensor, and never trivial, so that wrong folding shows."""
        uniform = self._random.uniform
        scale, shift = uniform(0.8, 1.2, channels), uniform(-0.1, 0.1, channels)
        mean, variance = uniform(-0.1, 0.1, channels), uniform(0.8, 1.2, channels)
        weights = [self.weight(v.astype(np.float32)) for v in (scale, shift, mean, variance)]
        return self.node("BatchNormalization", [x] + weights, epsilon=1e-5)

    def relu(self, x):
        return self.node("Relu", [x])

    def relu6(self, x):
        return self.node("Clip", [x, self.weight(np.float32(0)), self.weight(np.float32(6))])

    def max_pool(self, x, kernel, stride, pads=(0, 0, 0, 0)):
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=list(pads))

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.weight(np.array(shape, np.int64))])

    def classifier(self, x, channels, classes):
        """Mean over the image, then a fully connected layer: logits of shape 1 x classes."""
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        weight = self.weight(self.normal((classes, channels), channels, gain=1.0))
        bias = self.weight(self._random.uniform(-0.1, 0.1, classes).astype(np.float32))
        return self.node("Gemm", [x, weight, bias], transB=1)

    def model(self):
        """The whole, checked, with the shape of every tensor inferred."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return onnx.shape_inference.infer_shapes(model, strict_mode=True)
