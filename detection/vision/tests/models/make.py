"""Makes the tiny models that the tests of detectors run: every kind of input, and outputs that are constants or follow
the input's brightness. `pip install onnx==1.19.1 numpy`, then `python make.py` in this folder; the files are committed.
"""

import numpy as np
import onnx
from onnx import TensorProto, checker, helper, numpy_helper

GRID = 96 + 24 + 6  # cells of 96 x 64 at strides 8, 16, 32


def save(name, nodes, inputs, outputs, constants=(), metadata=None):
    graph = helper.make_graph(
        nodes, name, inputs, outputs, [numpy_helper.from_array(np.asarray(value), key) for key, value in constants]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    model.producer_name = "tests"
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    checker.check_model(model)
    onnx.save(model, f"{name}.onnx")


def port(name, sides, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, sides)


def yolov8(name, kind, channels_last=False, free=False):
    """One box in the last cell; its score is the mean of the input, so that the input's scale shows in the output."""
    sides = [1, 64, 96, 3] if channels_last else [1, 3, 64, 96]
    if free:
        sides = ["n", 3, "h", "w"]
    nodes = []
    picture = "images"
    if kind != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [picture], ["floats"], to=TensorProto.FLOAT))
        picture = "floats"
    nodes += [
        helper.make_node("ReduceMean", [picture], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "one"], ["score"]),
        helper.make_node("Concat", ["box", "score"], ["column"], axis=1),
        helper.make_node("Pad", ["column", "pads"], ["output0"]),
    ]
    constants = [
        ("one", np.array([1, 1, 1], np.int64)),
        ("box", np.array([48, 32, 24, 16], np.float32).reshape(1, 4, 1)),
        ("pads", np.array([0, 0, GRID - 1, 0, 0, 0], np.int64)),
    ]
    metadata = {"names": "{0: 'drone'}", "imgsz": "[64, 96]", "stride": "32"}
    save(name, nodes, [port("images", sides, kind)], [port("output0", [1, 5, GRID])], constants, metadata)


def detr():
    """Asks for the picture's size, and gives a box that covers it, as a list."""
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "list"], ["scores"]),
        helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["zeros", "size"], ["corners"], axis=1),
        helper.make_node("Reshape", ["corners", "boxlist"], ["boxes"]),
        helper.make_node("Identity", ["zero"], ["labels"]),
    ]
    constants = [
        ("list", np.array([1, 1], np.int64)),
        ("boxlist", np.array([1, 1, 4], np.int64)),
        ("zeros", np.zeros((1, 2), np.float32)),
        ("zero", np.array([[3]], np.int64)),
    ]
    inputs = [port("images", [1, 3, 64, 96]), port("orig_target_sizes", [1, 2], TensorProto.INT64)]
    outputs = [port("labels", [1, 1], TensorProto.INT64), port("boxes", [1, 1, 4]), port("scores", [1, 1])]
    save("detr", nodes, inputs, outputs, constants)


def unfit():
    nodes = [helper.make_node("Flatten", ["images"], ["flat"])]
    save("unfit", nodes, [port("images", [1, 3, 8, 8])], [port("flat", [1, 192])])


def sound():
    nodes = [helper.make_node("Identity", ["samples"], ["same"])]
    save("sound", nodes, [port("samples", [1, 16000])], [port("same", [1, 16000])])


yolov8("fixed", TensorProto.FLOAT)
yolov8("free", TensorProto.FLOAT, free=True)
yolov8("halves", TensorProto.FLOAT16)
yolov8("bytes", TensorProto.UINT8, channels_last=True)
detr()
unfit()
sound()
