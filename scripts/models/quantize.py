"""Quantised forms of the models of networks.py, on ONNX's own operators alone.

Activations are u8 with a zero point, weights s8 with a scale for each output channel, biases s32. Ranges are those of one
forward pass on a seeded image. Batch normalisation is folded into the convolution before it.

  qdq      fp32 operators between DequantizeLinear and QuantizeLinear, a Relu or Clip behind them too
  qlinear  QLinearConv and QLinearMatMul, MaxPool and Concat on bytes; a Relu or Clip behind a convolution is the range of its
           output; what ONNX has no quantised operator for (Add, LeakyRelu) between Dequantize- and QuantizeLinear

Global means, transposed heads and what follows them are fp32.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from evaluate import evaluate
from graph import OPSET

QUANTIZED = ("Conv", "Add", "LeakyRelu", "MaxPool", "Concat")  # their outputs are bytes if all their inputs are
ON_BYTES = ("MaxPool", "Concat")  # output and inputs have one scale, so that bytes go through unchanged
ACTIVATIONS = ("Relu", "Clip")


def seeded_image(shape):
    """What the ranges are taken from: like a normalised picture, the same on every run."""
    return np.clip(np.random.RandomState(7).standard_normal(shape), -2.5, 2.5).astype(np.float32)


def fold_batch_norm(graph):
    """Conv then BatchNormalization becomes one Conv with a bias, in place. In networks.py none has another reader."""
    weights = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    made_by = {node.output[0]: node for node in graph.node}
    for node in [n for n in graph.node if n.op_type == "BatchNormalization"]:
        conv = made_by[node.input[0]]
        scale, shift, mean, variance = (weights.pop(name).astype(np.float64) for name in node.input[1:])
        factor = scale / np.sqrt(variance + helper.get_attribute_value(node.attribute[0]))
        kernel = conv.input[1]
        weights[kernel] = (weights[kernel] * factor.reshape(-1, 1, 1, 1)).astype(np.float32)
        weights[kernel + "_bias"] = (shift - mean * factor).astype(np.float32)
        conv.input.append(kernel + "_bias")
        conv.output[0] = node.output[0]
        graph.node.remove(node)
    del graph.initializer[:]
    graph.initializer.extend(numpy_helper.from_array(w, name) for name, w in weights.items())
    return weights


class Quantizer:
    """Rewrites a graph node by node. A quantised tensor T is T_q as bytes and T_dq as what is left of it in fp32."""

    def __init__(self, graph, form):
        self.form = form
        self.weights = fold_batch_norm(graph)
        image = graph.input[0]
        shape = [d.dim_value for d in image.type.tensor_type.shape.dim]
        self.values = evaluate(graph, {image.name: seeded_image(shape)})
        self.outputs = [o.name for o in graph.output]
        self.nodes, self.constants, self.done = [], {}, set()
        self.readers, self.made_by, self.layers = {}, {}, []
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.quantized = {image.name}
        for node in graph.node:
            if node.op_type in ACTIVATIONS:
                continue  # every one stands behind a layer that takes it along
            readers = self.readers.get(node.output[0], [])
            activation = readers[0] if len(readers) == 1 and readers[0].op_type in ACTIVATIONS else None
            output = (activation or node).output[0]
            self.layers.append((node, activation, output))
            self.made_by[output] = node
            inputs = [x for x in node.input if x not in self.weights]
            if node.op_type == "Gemm":
                self.quantized.add(inputs[0])
            elif node.op_type in QUANTIZED and output not in self.outputs and self.quantized.issuperset(inputs):
                self.quantized.add(output)

    def emit(self, op, inputs, output, **attributes):
        if output not in self.done:
            self.nodes.append(helper.make_node(op, inputs, [output], name=f"{output}_{op}", **attributes))
            self.done.add(output)
        return output

    def constant(self, name, value):
        self.constants[name] = np.asarray(value)
        return name

    def kept(self, names):
        return [self.constant(name, self.weights[name]) if name in self.weights else self.real(name) for name in names]

    def scale(self, name):
        """Names of the scale and the zero point of a tensor."""
        for node in self.readers.get(name, []):
            if node.op_type == "Concat" and node.output[0] in self.quantized:
                return self.scale(node.output[0])
        if name in self.made_by and self.made_by[name].op_type == "MaxPool":
            return self.scale(self.made_by[name].input[0])
        if name + "_scale" not in self.constants:
            low, high = min(0.0, float(self.values[name].min())), max(0.0, float(self.values[name].max()))
            # Three significant digits, upwards: the last bits of a forward pass differ between machines.
            unit = 10.0 ** (np.floor(np.log10(high - low)) - 2)
            scale = np.float32(np.ceil((high - low) / unit) * unit / 255)
            self.constant(name + "_scale", scale)
            self.constant(name + "_zero", np.uint8(np.clip(np.round(-low / scale), 0, 255)))
        return [name + "_scale", name + "_zero"]

    def bytes(self, name):
        return self.emit("QuantizeLinear", [name, *self.scale(name)], name + "_q")

    def real(self, name):
        if name not in self.quantized:
            return name
        return self.emit("DequantizeLinear", [self.bytes(name), *self.scale(name)], name + "_dq")

    def weight(self, name):
        """Names of bytes, scales and zero points of a weight; channels come first."""
        w = self.weights[name].astype(np.float64)
        channels = (-1,) + (1,) * (w.ndim - 1)
        scale = (np.abs(w).max(axis=tuple(range(1, w.ndim))) / 127).astype(np.float32)
        self.constant(name + "_q", np.clip(np.round(w / scale.reshape(channels)), -127, 127).astype(np.int8))
        self.constant(name + "_scale", scale)
        self.constant(name + "_zero", np.zeros(scale.shape, np.int8))
        return [name + "_q", name + "_scale", name + "_zero"]

    def bias(self, name, x, weight):
        """Names of integers, scales and zero points of the bias of a product of these two."""
        scale = self.constants[self.scale(x)[0]] * self.constants[weight + "_scale"]
        self.constant(name + "_q", np.round(self.weights[name] / scale.astype(np.float64)).astype(np.int32))
        self.constant(name + "_scale", scale)
        self.constant(name + "_zero", np.zeros(scale.shape, np.int32))
        return [name + "_q", name + "_scale", name + "_zero"]

    def dequantized(self, names):
        return self.emit("DequantizeLinear", names, names[0][: -len("_q")] + "_dq", axis=0)

    def fp32(self, node, inputs, activation):
        """The node as it was, on these inputs, and its activation."""
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self.emit(node.op_type, inputs, node.output[0], **attributes)
        if activation:
            self.emit(activation.op_type, [node.output[0], *self.kept(activation.input[1:])], activation.output[0])

    def conv(self, node, activation, output):
        x, kernel, bias = node.input
        weight = self.weight(kernel)
        bias = self.bias(bias, x, kernel)
        if self.form == "qdq":
            self.fp32(node, [self.real(x), self.dequantized(weight), self.dequantized(bias)], activation)
            return
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        scale = self.scale(output)
        self.emit(
            "QLinearConv", [self.bytes(x), *self.scale(x), *weight, *scale, bias[0]], output + "_q", **attributes)
        if output in self.outputs:
            self.emit("DequantizeLinear", [output + "_q", *scale], output)

    def gemm(self, node, output):
        x, kernel, bias = node.input
        weight = self.weight(kernel)
        if self.form == "qdq":
            self.fp32(node, [self.real(x), self.dequantized(weight), *self.kept([bias])], None)
            return
        self.constant(weight[0], np.ascontiguousarray(self.constants[weight[0]].T))
        scale = self.scale(output)
        self.emit("QLinearMatMul", [self.bytes(x), *self.scale(x), *weight, *scale], output + "_product")
        self.emit("DequantizeLinear", [output + "_product", *scale], output + "_product_dq")
        self.emit("Add", [output + "_product_dq", *self.kept([bias])], output)

    def layer(self, node, activation, output):
        if node.op_type == "Conv":
            self.conv(node, activation, output)
        elif node.op_type == "Gemm":
            self.gemm(node, output)
        elif node.op_type in ON_BYTES and output in self.quantized and self.form == "qlinear":
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            self.emit(node.op_type, [self.bytes(x) for x in node.input], output + "_q", **attributes)
        else:
            self.fp32(node, self.kept(node.input), activation)

    def run(self):
        for layer in self.layers:
            self.layer(*layer)


def quantize(model, form):
    """The model in one of the two forms, checked, with the shape of every tensor inferred."""
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    quantizer = Quantizer(graph, form)
    quantizer.run()
    initializers = [numpy_helper.from_array(value, name) for name, value in quantizer.constants.items()]
    graph = helper.make_graph(quantizer.nodes, f"{graph.name}_{form}", graph.input, graph.output, initializers)
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=model.ir_version)
    onnx.checker.check_model(result, full_check=True)
    return onnx.shape_inference.infer_shapes(result, strict_mode=True)
