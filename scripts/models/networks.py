"""Well-known networks for images, layer by layer as their papers give them. Each function returns an ONNX model."""

from graph import Graph

CLASSES = 1000


def resnet50():
    """He et al. 2015, "Deep residual learning"; the stride is in the 3x3 layer ("v1.5"), as usual now."""
    g = Graph("resnet50")
    x = g.input("image", (1, 3, 224, 224))
    x = g.max_pool(g.relu(g.batch_norm(g.conv(x, 3, 64, 7, 2), 64)), 3, 2, (1, 1, 1, 1))
    channels = 64
    for width, blocks, first_stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            y = g.relu(g.batch_norm(g.conv(x, channels, width, 1), width))
            y = g.relu(g.batch_norm(g.conv(y, width, width, 3, stride), width))
            # A small branch beside the shortcut: with equal shares the activations would double in every block.
            y = g.batch_norm(g.conv(y, width, 4 * width, 1, gain=0.2), 4 * width)
            if block == 0:
                x = g.batch_norm(g.conv(x, channels, 4 * width, 1, stride, gain=1.0), 4 * width)
            x = g.relu(g.node("Add", [y, x]))
            channels = 4 * width
    g.output(g.classifier(x, channels, CLASSES), (1, CLASSES))
    return g.model()


def _separable(g, x, channels, filters, stride):
    x = g.relu6(g.batch_norm(g.conv(x, channels, channels, 3, stride, groups=channels), channels))
    return g.relu6(g.batch_norm(g.conv(x, channels, filters, 1), filters))


# Filters and stride of every depthwise-separable layer of MobileNet V1.
_MOBILENET_V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + ((512, 1),) * 5 + ((1024, 2), (1024, 1))


def mobilenet_v1():
    """Howard et al. 2017, "MobileNets"."""
    g = Graph("mobilenet_v1")
    x = g.input("image", (1, 3, 224, 224))
    x, channels = g.relu6(g.batch_norm(g.conv(x, 3, 32, 3, 2), 32)), 32
    for filters, stride in _MOBILENET_V1:
        x, channels = _separable(g, x, channels, filters, stride), filters
    g.output(g.classifier(x, channels, CLASSES), (1, CLASSES))
    return g.model()


def mobilenet_v2():
    """Sandler et al. 2018, "MobileNetV2"."""
    g = Graph("mobilenet_v2")
    x = g.input("image", (1, 3, 224, 224))
    x, channels = g.relu6(g.batch_norm(g.conv(x, 3, 32, 3, 2), 32)), 32
    for expansion, filters, blocks, first_stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):
        for block in range(blocks):
            stride, hidden = first_stride if block == 0 else 1, expansion * channels
            y = x
            if expansion > 1:
                y = g.relu6(g.batch_norm(g.conv(y, channels, hidden, 1), hidden))
            y = g.relu6(g.batch_norm(g.conv(y, hidden, hidden, 3, stride, groups=hidden), hidden))
            y = g.batch_norm(g.conv(y, hidden, filters, 1, gain=1.0), filters)
            x = g.node("Add", [x, y]) if stride == 1 and channels == filters else y
            channels = filters
    x = g.relu6(g.batch_norm(g.conv(x, channels, 1280, 1), 1280))
    g.output(g.classifier(x, 1280, CLASSES), (1, CLASSES))
    return g.model()


def squeezenet():
    """Iandola et al. 2016, "SqueezeNet", in its version 1.1."""
    g = Graph("squeezenet")

    def fire(x, channels, squeeze, expand):
        s = g.relu(g.conv(x, channels, squeeze, 1, bias=True))
        halves = [g.relu(g.conv(s, squeeze, expand, kernel, bias=True)) for kernel in (1, 3)]
        return g.node("Concat", halves, axis=1)

    x = g.input("image", (1, 3, 224, 224))
    x, channels = g.relu(g.conv(x, 3, 64, 3, 2, pad=0, bias=True)), 64
    for squeeze, expand, pool in (
        (16, 64, True), (16, 64, False), (32, 128, True), (32, 128, False),
        (48, 192, True), (48, 192, False), (64, 256, False), (64, 256, False),
    ):
        if pool:
            x = g.max_pool(x, 3, 2)
        x, channels = fire(x, channels, squeeze, expand), 2 * expand
    x = g.relu(g.conv(x, channels, CLASSES, 1, bias=True))
    g.output(g.node("Flatten", [g.node("GlobalAveragePool", [x])]), (1, CLASSES))
    return g.model()


def tiny_yolo_v2():
    """Redmon and Farhadi 2016, "YOLO9000", the tiny network for the 20 classes and 5 anchors of VOC."""
    g = Graph("tiny_yolo_v2")
    x = g.input("image", (1, 3, 416, 416))
    channels = 3
    for filters, pool_stride in ((16, 2), (32, 2), (64, 2), (128, 2), (256, 2), (512, 1), (1024, 0), (1024, 0)):
        x = g.node("LeakyRelu", [g.batch_norm(g.conv(x, channels, filters, 3), filters)], alpha=0.1)
        if pool_stride:
            # The pool of stride 1 keeps 13 x 13: one more row and column below and right.
            x = g.max_pool(x, 2, pool_stride, (0, 0, 0, 0) if pool_stride == 2 else (0, 0, 1, 1))
        channels = filters
    g.output(g.conv(x, channels, 5 * (5 + 20), 1, bias=True), (1, 125, 13, 13))
    return g.model()


def ssd_mobilenet():
    """Liu et al. 2016, "SSD", on MobileNet V1 at 300 x 300, 91 classes: 1917 raw boxes and their scores."""
    g = Graph("ssd_mobilenet")
    classes = 91
    x = g.input("image", (1, 3, 300, 300))
    x, channels = g.relu6(g.batch_norm(g.conv(x, 3, 32, 3, 2), 32)), 32
    maps = []
    for layer, (filters, stride) in enumerate(_MOBILENET_V1):
        x, channels = _separable(g, x, channels, filters, stride), filters
        if layer in (10, 12):
            maps.append((x, channels))
    for narrow, filters in ((256, 512), (128, 256), (128, 256), (64, 128)):
        x = g.relu6(g.batch_norm(g.conv(x, channels, narrow, 1), narrow))
        x, channels = g.relu6(g.batch_norm(g.conv(x, narrow, filters, 3, 2), filters)), filters
        maps.append((x, channels))
    boxes, scores = [], []
    for level, (x, channels) in enumerate(maps):
        anchors = 3 if level == 0 else 6
        for parts, width in ((boxes, 4), (scores, classes)):
            y = g.conv(x, channels, anchors * width, 1, bias=True, gain=1.0)
            parts.append(g.reshape(g.node("Transpose", [y], perm=[0, 2, 3, 1]), (1, -1, width)))
    g.output(g.node("Concat", boxes, axis=1), (1, 1917, 4))
    g.output(g.node("Sigmoid", [g.node("Concat", scores, axis=1)]), (1, 1917, classes))
    return g.model()


NETWORKS = {
    f.__name__: f for f in (resnet50, mobilenet_v1, mobilenet_v2, squeezenet, tiny_yolo_v2, ssd_mobilenet)
}
