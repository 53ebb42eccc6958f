"""Compares the converted detector with a plain evaluation of the graph that it was made of.

    check.py GRAPH.json WEIGHTS.bin MODEL.onnx

Every node of the TensorFlow.js graph is computed with numpy as TensorFlow documents it, rows and columns first, and with nothing
of the converter but its reading of the files. Both get the same pictures; says how far they differ, and fails where that is more
than rounding: boxes by a hundredth of a pixel, scores by a ten-thousandth, or another class.
"""

import sys

import numpy
import onnxruntime

from convert import INPUT, OUTPUT, attribute, read, source, wanted


def padded(values, kernel, strides, same, fill):
    if not same:
        return values
    sides = values.shape[1:3]
    total = [max((-(-side // stride) - 1) * stride + length - side, 0) for side, stride, length in zip(sides, strides, kernel)]
    around = [(0, 0), *((side // 2, side - side // 2) for side in total), (0, 0)]
    return numpy.pad(values, around, constant_values=fill)


def windows(values, kernel, strides, same, fill=0.0):
    """For each place of the kernel the picture as it lies under it."""
    values = padded(values, kernel, strides, same, fill)
    rows, columns = ((side - length) // stride + 1 for side, length, stride in zip(values.shape[1:3], kernel, strides))
    for row in range(kernel[0]):
        for column in range(kernel[1]):
            yield row, column, values[:, row : row + rows * strides[0] : strides[0], column : column + columns * strides[1] : strides[1]]


def convolved(node, values, weights, depthwise):
    strides, same = attribute(node, "strides", "list")[1:3], attribute(node, "padding", "s") == "SAME"
    out = 0.0
    for row, column, window in windows(values, weights.shape[:2], strides, same):
        if depthwise:
            out = out + window * weights[row, column, :, 0]
        else:
            out = out + window @ weights[row, column]
    return out


def fused(node, values, inputs):
    for step in attribute(node, "fused_ops", "texts"):
        if step == "BiasAdd":
            values = values + inputs[2]
        else:
            values = numpy.clip(values, 0, {"Relu": None, "Relu6": 6}[step])
    return values


def resized(values, rows, columns):
    """Bilinear, corners not aligned: a pixel lies at its number times the scale."""
    for axis, side in ((1, rows), (2, columns)):
        at = numpy.arange(side) * (values.shape[axis] / side)
        low = numpy.floor(at).astype(int)
        high = numpy.minimum(low + 1, values.shape[axis] - 1)
        share = (at - low).reshape([-1 if axis == one else 1 for one in range(4)])
        values = numpy.take(values, low, axis) * (1 - share) + numpy.take(values, high, axis) * share
    return values


def computed(node, inputs):
    kind = node["op"].strip("_")
    if kind in ("FusedConv2D", "Conv2D", "FusedDepthwiseConv2dNative", "DepthwiseConv2dNative"):
        return fused(node, convolved(node, inputs[0], inputs[1], "Depthwise" in kind), inputs)
    if kind == "MaxPool":
        kernel = attribute(node, "ksize", "list")[1:3]
        return numpy.max([one for _, _, one in windows(inputs[0], kernel, (1, 1), True, -numpy.inf)], axis=0)
    if kind == "StridedSlice":
        whole = attribute(node, "begin_mask", "i")
        parts = [slice(None) if whole >> axis & 1 else slice(*part) for axis, part in enumerate(zip(*inputs[1:]))]
        return inputs[0][tuple(parts)]
    if kind == "TopKV2":
        order = numpy.argsort(-inputs[0], axis=-1, kind="stable")[..., : int(inputs[1])]
        return numpy.take_along_axis(inputs[0], order, -1), order
    return {
        "Add": lambda a, b: a + b,
        "Sub": lambda a, b: a - b,
        "Mul": lambda a, b: a * b,
        "FloorDiv": lambda a, b: a // b,
        "FloorMod": lambda a, b: a % b,
        "Equal": lambda a, b: a == b,
        "Identity": lambda a: a,
        "Relu": lambda a: numpy.maximum(a, 0),
        "Relu6": lambda a: numpy.clip(a, 0, 6),
        "Sigmoid": lambda a: 1 / (1 + numpy.exp(-a)),
        "Mean": lambda a, axes: a.mean(tuple(axes), keepdims=True),
        "Cast": lambda a: a.astype({"DT_FLOAT": numpy.float64, "DT_INT32": numpy.int64}[attribute(node, "DstT", "type")]),
        "ConcatV2": lambda *parts: numpy.concatenate(parts[:-1], int(parts[-1])),
        "Reshape": lambda a, shape: a.reshape(shape),
        "ExpandDims": lambda a, axis: numpy.expand_dims(a, int(axis)),
        "GatherV2": lambda a, places, axis: numpy.take(a, places, int(axis)),
        "ResizeBilinear": lambda a, sides: resized(a, *(int(side) for side in sides)),
    }[kind](*inputs)


def evaluated(nodes, constants, picture):
    """The graph's output for a picture of rows, columns, channels, in 64 bits."""
    values = {name: value.astype(numpy.float64) if value.dtype == numpy.float32 else value for name, value in constants.items()}
    values[INPUT] = picture[None].astype(numpy.float64)
    for name in wanted(nodes, OUTPUT):
        if name in values:
            continue
        inputs = [values[source(one)] for one in nodes[name].get("input", []) if not one.startswith("^")]
        ports = [one.split(":")[1] if ":" in one else "0" for one in nodes[name].get("input", []) if not one.startswith("^")]
        inputs = [value[int(port)] if isinstance(value, tuple) else value for value, port in zip(inputs, ports)]
        values[name] = computed(nodes[name], inputs)
    return values[OUTPUT][0]


def pictures():
    """Noise, and soft shapes of several sizes on a gradient: something to answer to in every part of the graph."""
    draw = numpy.random.default_rng(7)
    yield draw.uniform(0, 255, (512, 512, 3))
    rows, columns = numpy.mgrid[:512, :512]
    for _ in range(2):
        picture = numpy.repeat((rows / 2.5)[..., None], 3, 2)
        for _ in range(12):
            at, size, colour = draw.uniform(40, 470, 2), draw.uniform(6, 70, 2), draw.uniform(0, 255, 3)
            inside = (numpy.abs(rows - at[0]) < size[0]) & (numpy.abs(columns - at[1]) < size[1])
            picture[inside] = colour
        yield picture


def main():
    graph_path, weights_path, model_path = sys.argv[1:]
    nodes, constants = read(graph_path, weights_path)
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    worst_px, worst_score = 0.0, 0.0
    for picture in pictures():
        expected = evaluated(nodes, constants, picture.astype(numpy.float32))
        (found,) = session.run(None, {"images": picture.astype(numpy.float32).transpose(2, 0, 1)[None]})
        found = found[0].astype(numpy.float64)
        # Rounding may exchange neighbours in the order of scores, and the last of the list.
        last = expected[-1, 4]
        for row in expected[expected[:, 4] > last + 1e-3]:
            off = numpy.abs(found[:, :4] - row[:4]).max(1) + numpy.where(found[:, 5] == row[5], 0, numpy.inf)
            nearest = off.argmin()
            worst_px = max(worst_px, off[nearest])
            worst_score = max(worst_score, abs(found[nearest, 4] - row[4]))
    print(f"against a plain evaluation of the graph: boxes {worst_px:.5f} px, scores {worst_score:.7f} at most")
    if not (worst_px < 0.01 and worst_score < 1e-4):
        raise SystemExit("that is more than rounding: the model is not what the graph says")


if __name__ == "__main__":
    main()
