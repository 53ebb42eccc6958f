"""The detector of persons, boats and vehicles: from a TensorFlow.js graph to ONNX.

    convert.py GRAPH.json WEIGHTS.bin OUT.onnx

The graph is CenterNet's (Zhou et al., "Objects as Points", 2019) over MobileNetV3: convolutions, then the search for peaks. Of its
outputs the list of peaks is kept: left, top, right, bottom in pixels of the input, score, class. Pictures go in as planes
(1 x 3 x 512 x 512). What it was trained with stays as it is: no weight is changed, and weights of 16 bits become 32.

Kinds of nodes that it does not know are refused by name. The output is the same to the byte for the same input.
"""

import base64
import json
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUT, OUTPUT = "tower_0/images", "tower_0/detections"
TYPES = {"float32": numpy.float32, "int32": numpy.int32}
CASTS = {"DT_FLOAT": TensorProto.FLOAT, "DT_INT32": TensorProto.INT64}
# Nodes that are one node here, whatever the layout.
SAME = {"Add": "Add", "Mul": "Mul", "Sub": "Sub", "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity", "Equal": "Equal"}


def read(graph_path, weights_path):
    """Nodes by their names, constants, and the input's shape (rows, columns, channels last)."""
    with open(graph_path, encoding="utf-8") as file:
        graph = json.load(file)
    with open(weights_path, "rb") as file:
        data = file.read()
    constants, at = {}, 0
    for group in graph["weightsManifest"]:
        for weight in group["weights"]:
            kind = weight.get("quantization", {}).get("dtype", weight["dtype"])
            kind = numpy.dtype({"float16": numpy.float16}.get(kind) or TYPES[kind])
            count = int(numpy.prod(weight["shape"], dtype=numpy.int64))
            values = numpy.frombuffer(data, kind.newbyteorder("<"), count, at).reshape(weight["shape"])
            constants[weight["name"]] = values.astype(TYPES[weight["dtype"]])
            at += count * kind.itemsize
    assert at == len(data), f"{len(data)} bytes of weights where the graph names {at}"
    nodes = {node["name"]: node for node in graph["modelTopology"]["node"]}
    return nodes, constants


def attribute(node, name, kind):
    """An attribute: "i" a number, "list" numbers, "s" a text, "texts" several, "b" a truth, "type" a type."""
    value = node.get("attr", {}).get(name, {})
    text = lambda encoded: base64.b64decode(encoded).decode()
    if kind == "list":
        return [int(number) for number in value["list"]["i"]]
    if kind == "texts":
        return [text(encoded) for encoded in value.get("list", {}).get("s", [])]
    if kind == "s":
        return text(value["s"])
    if kind == "i":
        return int(value.get("i", 0))
    return value.get(kind, False)


def wanted(nodes, output):
    """The nodes that the output needs, each after those that it needs."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        name, done = stack.pop()
        if done:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack.extend((source(one), False) for one in reversed(nodes[name].get("input", [])))
    return order


def source(name):
    """The node of one of its outputs."""
    return name.lstrip("^").split(":")[0]


class Writer:
    """Writes the nodes. Pictures, which are rows, columns, channels there, are channels, rows, columns here: `pictures`
    has them by their names, with their sides as they are there."""

    def __init__(self, nodes, constants):
        self.nodes, self.constants = nodes, constants
        self.out, self.initializers, self.pictures = [], {}, {}

    def constant(self, name, values):
        self.initializers[name] = numpy.ascontiguousarray(values)
        return name

    def emit(self, kind, inputs, output, **attributes):
        self.out.append(helper.make_node(kind, inputs, [output] if isinstance(output, str) else output, name=output if isinstance(output, str) else output[0], **attributes))

    def operand(self, name, among):
        """An input of a node with two: a constant beside a picture is laid as the picture is."""
        values = self.constants.get(name)
        if values is None:
            return name
        if values.dtype == numpy.int32:
            return self.constant(name, values.astype(numpy.int64))
        if any(other in self.pictures for other in among) and values.ndim:
            values = numpy.moveaxis(values.reshape((1,) * (4 - values.ndim) + values.shape), 3, 1)
            return self.constant(name + "/planes", values)
        return self.constant(name, values)

    def write(self, name):
        node = self.nodes[name]
        kind, inputs = node["op"], [one for one in node.get("input", []) if not one.startswith("^")]
        if kind == "Const":
            return
        method = getattr(self, "write_" + kind.strip("_").lower(), None)
        if method:
            method(name, node, inputs)
        elif kind in SAME:
            self.emit(SAME[kind], [self.operand(one, inputs) for one in inputs], name)
            sides = [self.pictures[one] for one in inputs if one in self.pictures]
            if sides:
                # The larger one: the other is spread over it.
                self.pictures[name] = max(sides, key=lambda side: side[0] * side[1])
        else:
            raise SystemExit(f"{name}: a node of kind {kind}, which this does not convert")

    def write_placeholder(self, name, node, _):
        sides = [int(side["size"]) for side in node["attr"]["shape"]["shape"]["dim"]]
        self.sides, self.pictures[name] = sides, tuple(sides[1:])

    def write_relu6(self, name, _, inputs):
        least, most = (self.constant(f"clip/{value}", numpy.float32(value)) for value in (0, 6))
        self.emit("Clip", [inputs[0], least, most], name)
        self.pictures[name] = self.pictures[inputs[0]]

    def convolve(self, name, node, inputs, weights, group, channels):
        rows, columns, _ = self.pictures[inputs[0]]
        strides, kernel = attribute(node, "strides", "list")[1:3], weights.shape[2:]
        same = attribute(node, "padding", "s") == "SAME"
        assert attribute(node, "dilations", "list") == [1, 1, 1, 1], name
        # TensorFlow's rule: as much as it takes, and the odd one behind.
        padding = [max((-(-side // stride) - 1) * stride + length - side, 0) if same else 0
                   for side, stride, length in zip((rows, columns), strides, kernel)]
        pads = [side // 2 for side in padding] + [side - side // 2 for side in padding]
        sides = [(side + pad - length) // stride + 1
                 for side, pad, length, stride in zip((rows, columns), padding, kernel, strides)]
        fused = attribute(node, "fused_ops", "texts")
        bias = [self.constant(inputs[2], self.constants[inputs[2]])] if "BiasAdd" in fused else []
        rest = [one for one in fused if one != "BiasAdd"]
        assert rest in ([], ["Relu"], ["Relu6"]), f"{name}: {fused}"
        plain = name + "/linear" if rest else name
        self.emit("Conv", [inputs[0], self.constant(inputs[1], weights), *bias], plain,
                  group=group, strides=strides, pads=pads, kernel_shape=list(kernel))
        self.pictures[plain] = self.pictures[name] = (*sides, channels)
        if rest == ["Relu"]:
            self.emit("Relu", [plain], name)
        elif rest:
            self.write_relu6(name, node, [plain])

    def write_conv2d(self, name, node, inputs):
        weights = self.constants[inputs[1]].transpose(3, 2, 0, 1)
        self.convolve(name, node, inputs, weights, 1, weights.shape[0])

    write_fusedconv2d = write_conv2d

    def write_depthwiseconv2dnative(self, name, node, inputs):
        rows, columns, channels, times = self.constants[inputs[1]].shape
        weights = self.constants[inputs[1]].transpose(2, 3, 0, 1).reshape(channels * times, 1, rows, columns)
        self.convolve(name, node, inputs, weights, channels, channels * times)

    write_fuseddepthwiseconv2dnative = write_depthwiseconv2dnative

    def write_maxpool(self, name, node, inputs):
        assert attribute(node, "strides", "list") == [1, 1, 1, 1] and attribute(node, "padding", "s") == "SAME"
        kernel = attribute(node, "ksize", "list")[1:3]
        pads = [side // 2 for side in kernel] * 2
        self.emit("MaxPool", inputs, name, kernel_shape=kernel, pads=pads)
        self.pictures[name] = self.pictures[inputs[0]]

    def write_mean(self, name, node, inputs):
        assert attribute(node, "keep_dims", "b") and list(self.constants[inputs[1]]) == [1, 2], name
        self.emit("GlobalAveragePool", inputs[:1], name)
        self.pictures[name] = (1, 1, self.pictures[inputs[0]][2])

    def write_resizebilinear(self, name, node, inputs):
        assert not attribute(node, "align_corners", "b") and not attribute(node, "half_pixel_centers", "b"), name
        rows, columns = (int(side) for side in self.constants[inputs[1]])
        channels = self.pictures[inputs[0]][2]
        sizes = self.constant(name + "/sizes", numpy.array([1, channels, rows, columns], numpy.int64))
        self.emit("Resize", [inputs[0], "", "", sizes], name, mode="linear", coordinate_transformation_mode="asymmetric")
        self.pictures[name] = (rows, columns, channels)

    def write_concatv2(self, name, _, inputs):
        *parts, axis = inputs
        axis = int(self.constants[axis])
        if parts[0] in self.pictures:
            assert axis in (3, -1), name
            self.emit("Concat", parts, name, axis=1)
            rows, columns, _ = self.pictures[parts[0]]
            self.pictures[name] = (rows, columns, sum(self.pictures[part][2] for part in parts))
        else:
            self.emit("Concat", parts, name, axis=axis)

    def write_cast(self, name, node, inputs):
        self.emit("Cast", inputs, name, to=CASTS[attribute(node, "DstT", "type")])
        if inputs[0] in self.pictures:
            self.pictures[name] = self.pictures[inputs[0]]

    def write_reshape(self, name, _, inputs):
        values, shape = inputs
        if values in self.pictures:
            self.emit("Transpose", [values], name + "/pixels", perm=[0, 2, 3, 1])
            values = name + "/pixels"
        shape = self.constant(shape, self.constants[shape].astype(numpy.int64))
        self.emit("Reshape", [values, shape], name)

    def write_topkv2(self, name, _, inputs):
        count = self.constant(inputs[1], self.constants[inputs[1]].astype(numpy.int64).reshape(1))
        self.emit("TopK", [inputs[0], count], [name, name + ":1"], axis=-1, largest=1, sorted=1)

    def write_expanddims(self, name, _, inputs):
        axis = self.constant(inputs[1], self.constants[inputs[1]].astype(numpy.int64).reshape(1))
        self.emit("Unsqueeze", [inputs[0], axis], name)

    # Places in a list, none of them below nothing.
    def write_floordiv(self, name, _, inputs):
        self.emit("Div", [self.operand(one, []) for one in inputs], name)

    def write_floormod(self, name, _, inputs):
        self.emit("Mod", [self.operand(one, []) for one in inputs], name)

    def write_gatherv2(self, name, _, inputs):
        self.emit("Gather", inputs[:2], name, axis=int(self.constants[inputs[2]]))

    def write_stridedslice(self, name, node, inputs):
        whole = attribute(node, "begin_mask", "i")
        assert whole == attribute(node, "end_mask", "i") and not attribute(node, "shrink_axis_mask", "i"), name
        begin, end, step = (self.constants[one] for one in inputs[1:])
        axes = [axis for axis in range(len(begin)) if not whole >> axis & 1]
        parts = [numpy.array([part[axis] for axis in axes], numpy.int64) for part in (begin, end)]
        assert all(step[axis] == 1 for axis in axes), name
        parts.append(numpy.array(axes, numpy.int64))
        names = [self.constant(f"{name}/{what}", part) for what, part in zip(("begin", "end", "axes"), parts)]
        self.emit("Slice", [inputs[0], *names], name)


def convert(nodes, constants):
    """The model."""
    writer = Writer(nodes, constants)
    for name in wanted(nodes, OUTPUT):
        writer.write(name)
    _, rows, columns, channels = writer.sides
    for node in writer.out:
        node.input[:] = ["images" if name == INPUT else name for name in node.input]
        node.output[:] = ["detections" if name == OUTPUT else name for name in node.output]
    graph = helper.make_graph(
        writer.out,
        "centernet",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, channels, rows, columns])],
        [helper.make_tensor_value_info("detections", TensorProto.FLOAT, [1, int(constants["tower_0/TopKV2/k"]), 6])],
        [numpy_helper.from_array(values, name) for name, values in writer.initializers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    graph_path, weights_path, out_path = sys.argv[1:]
    with open(out_path, "wb") as file:
        file.write(convert(*read(graph_path, weights_path)).SerializeToString(deterministic=True))
