"""Teaches the sizes anew by synthetic scenes alone, in a finished graph.

Duty: the last layer's two rows of sizes, 66 numbers. Whoever drew the boxes of the real clips drew them to habits of their own
(docs/video.md), and weights that learn them carry one place's habit to the next; a drawn target's extent is known.
Never: touches another number. Peaks, scores and centres of the graph stay the same to the bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch.nn import functional

from network import CLASSES
from patches import SIDE
from train import truth

SIZES = slice(CLASSES + 2, CLASSES + 4)
STEPS = 200


def teach_sizes(graph: Path, pool: dict) -> None:
    """Writes the graph anew with rows of sizes that fit the boxes of this pool's patches."""
    model = onnx.load(str(graph))
    head = [node for node in model.graph.node if node.op_type == "Conv"][-1]
    weight, bias = (next(kept for kept in model.graph.initializer if kept.name == name) for name in head.input[1:])
    seen, sizes, strength = lesson(model, head.input[0], pool)
    rows = numpy_helper.to_array(weight).copy()
    shifts = numpy_helper.to_array(bias).copy()
    rows[SIZES, :, 0, 0], shifts[SIZES] = fitted(rows[SIZES, :, 0, 0], shifts[SIZES], seen, sizes, strength)
    weight.CopyFrom(numpy_helper.from_array(rows, weight.name))
    bias.CopyFrom(numpy_helper.from_array(shifts, bias.name))
    onnx.checker.check_model(model)
    onnx.save(model, str(graph))


def lesson(model: onnx.ModelProto, before_head: str, pool: dict):
    """At the cells of clear targets: what the last layer sees [N,channels], the log sizes [N,2], and how much each counts [N]."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    opened.graph.output.append(onnx.helper.make_tensor_value_info(before_head, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(opened.SerializeToString(), options, providers=["CPUExecutionProvider"])
    seen, sizes, strength = [], [], []
    for picture, boxes in zip(pool["pictures"], pool["boxes"]):
        _, _, _, shape, near = truth(boxes[None], SIDE)
        cells = near[0, 0] > 0
        if cells.any():
            maps = session.run([before_head], {"frames": np.ascontiguousarray(picture.transpose(2, 0, 1)[None])})[0]
            seen.append(maps[0][:, cells].T)
            sizes.append(shape[0, 2:, cells])
            strength.append(near[0, 0, cells])
    return np.concatenate(seen), np.concatenate(sizes), np.concatenate(strength)


def fitted(rows: np.ndarray, shifts: np.ndarray, seen: np.ndarray, sizes: np.ndarray, strength: np.ndarray):
    """The rows and shifts of least loss, the training's own for sizes; from these on, all patches at once."""
    inputs, wanted, counts = (torch.from_numpy(part).double() for part in (seen, sizes, strength))
    rows, shifts = (torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (rows, shifts))
    optimiser = torch.optim.LBFGS([rows, shifts], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        apart = functional.smooth_l1_loss(inputs @ rows.T + shifts, wanted, reduction="none", beta=0.1).mean(1)
        value = (apart * counts).sum() / counts.sum()
        value.backward()
        return value

    optimiser.step(loss)
    return rows.detach().numpy(), shifts.detach().numpy()
