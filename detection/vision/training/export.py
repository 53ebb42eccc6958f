"""Writes the graph that ships: weights and the search for peaks in one ONNX file."""

from __future__ import annotations

import onnx
import torch

from network import PEAKS, Shipped, SmallTargets

OPSET = 17


def export(weights: dict, path) -> None:
    network = SmallTargets()
    network.load_state_dict(weights)
    network.eval()
    frames = torch.zeros(1, 3, 256, 320, dtype=torch.uint8)
    names = {"input_names": ["frames"], "output_names": ["peaks"], "dynamic_axes": {"frames": {2: "height", 3: "width"}}}
    torch.onnx.export(Shipped(network).eval(), frames, str(path), opset_version=OPSET, dynamo=False, **names)
    model = onnx.load(str(path))
    model.producer_name, model.producer_version, model.doc_string = "picket", "", ""
    for key, value in (("names", "drone,bird,aircraft,other"), ("stride", "16"), ("lags", "0,3,6")):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    for dimension, size in zip(model.graph.output[0].type.tensor_type.shape.dim, (1, PEAKS, 8)):
        dimension.dim_value = size
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
