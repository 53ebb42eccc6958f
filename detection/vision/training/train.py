"""Training: centre-net focal loss on the class maps, L1 on offset and size near the centres; AdamW, cosine, moving mean."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch.nn import functional

from network import CLASSES, STRIDE, UNIT, SmallTargets
from patches import SIDE

NARROW = 64
"""Side of the crops that the first part of a training sees: the same targets for less than half the arithmetic."""
NARROW_SHARE = 0.65


def cropped(rng, pictures: np.ndarray, boxes: np.ndarray, side: int):
    """A square out of each patch, with one of its targets inside wherever it has any."""
    cut, moved = np.empty((len(pictures), side, side, 3), np.uint8), boxes.copy()
    for index, table in enumerate(boxes):
        left, top = rng.integers(0, SIDE - side + 1, 2)
        held = np.count_nonzero(table[:, 0] >= 0)
        if held:
            x, y = table[int(rng.integers(held)), 1:3]
            left, top = (int(np.clip(v - rng.uniform(0.1, 0.9) * side, 0, SIDE - side)) for v in (x, y))
        cut[index] = pictures[index, top : top + side, left : left + side]
        moved[index, :, 1:3] -= (left, top)
        outside = ((moved[index, :, 1:3] < 0) | (moved[index, :, 1:3] >= side)).any(1)
        moved[index, outside, 0] = -1
    return cut, moved


def truth(boxes: np.ndarray, spoken: np.ndarray, side: int):
    """Heat [B,4,G,G], its weight [B,4,G,G], shape targets [B,4,G,G] and their weight [B,1,G,G] for a batch of boxes."""
    count, grid = len(boxes), side // STRIDE
    heat = np.zeros((count, CLASSES, grid, grid), np.float32)
    weight = np.repeat(np.repeat(spoken.astype(np.float32)[:, :, None, None], grid, 2), grid, 3)
    shape = np.zeros((count, 4, grid, grid), np.float32)
    near = np.zeros((count, 1, grid, grid), np.float32)
    rows, columns = np.mgrid[0:grid, 0:grid].astype(np.float32) + 0.5
    for index in range(count):
        for label, x, y, width, height, clear in boxes[index]:
            if label < 0:
                continue
            dx, dy = x / STRIDE - columns, y / STRIDE - rows
            if not clear:
                hidden = (np.abs(dx) < width / STRIDE / 2 + 1.5) & (np.abs(dy) < height / STRIDE / 2 + 1.5)
                weight[index][:, hidden] = 0.0
                continue
            sx, sy = 0.55 + 0.09 * width / STRIDE, 0.55 + 0.09 * height / STRIDE
            bump = np.exp(-0.5 * ((dx / sx) ** 2 + (dy / sy) ** 2))
            row, column = min(grid - 1, int(y / STRIDE)), min(grid - 1, int(x / STRIDE))
            bump[row, column] = 1.0
            plane = heat[index, int(label)]
            np.maximum(plane, bump, out=plane)
            weight[index, int(label), row, column] = 1.0
            ring = (np.abs(dx) < 1.5) & (np.abs(dy) < 1.5)
            strength = np.where((rows - 0.5 == row) & (columns - 0.5 == column), 1.0, 0.25) * ring
            mine = strength > near[index, 0]
            near[index, 0][mine] = strength[mine]
            for plane, value in enumerate((dx, dy, np.log(max(width, 1.5) / UNIT), np.log(max(height, 1.5) / UNIT))):
                shape[index, plane][mine] = np.broadcast_to(value, mine.shape)[mine]
    return heat, weight, shape, near


def varied(rng, pictures: np.ndarray, boxes: np.ndarray):
    """Mirrored, inverted, and seen with another gain and offset."""
    pictures, boxes, side = pictures.astype(np.float32), boxes.copy(), pictures.shape[1]
    for index in range(len(pictures)):
        if rng.random() < 0.5:
            pictures[index] = pictures[index, :, ::-1]
            boxes[index, :, 1] = side - boxes[index, :, 1]
        if rng.random() < 0.15:
            pictures[index] = pictures[index, ::-1]
            boxes[index, :, 2] = side - boxes[index, :, 2]
        if rng.random() < 0.2:
            pictures[index] = 255.0 - pictures[index]
        gain, offset = np.exp(rng.normal(0, 0.25)), rng.normal(0, 15)
        mean = pictures[index].mean()
        pictures[index] = (pictures[index] - mean) * gain + mean + offset + rng.normal(0, 1.0, 3)
    return np.clip(pictures, 0, 255).round(), boxes


def loss_of(maps, heat, weight, shape, near):
    score = torch.sigmoid(maps[:, :CLASSES]).clamp(1e-4, 1 - 1e-4)
    centre = (heat >= 0.9999).float()
    hit = -torch.log(score) * (1 - score) ** 2 * centre
    miss = -torch.log(1 - score) * score**2 * (1 - heat) ** 4 * (1 - centre)
    count = centre.sum().clamp(min=8.0)
    focal = ((hit + miss) * weight).sum() / count
    apart = functional.smooth_l1_loss(maps[:, CLASSES:], shape, reduction="none", beta=0.1)
    return focal + (apart * near).sum() / near.sum().clamp(min=8.0) * 2.0


def train(pool: dict, passes: float, seed: int, start: dict | None = None, rate: float = 3e-3, batch: int = 64, say=print):
    """The moving mean of the weights after this many passes over the pool."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng([79, seed])
    network = SmallTargets().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(start)
    mean = {name: value.clone().float() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    size = len(pool["pictures"])
    steps, warm = int(passes * size / batch), 150
    order, begun, running = np.empty(0, int), time.monotonic(), 0.0
    for step in range(steps):
        narrow = step < NARROW_SHARE * steps
        if len(order) < batch:
            order = np.concatenate([order, rng.permutation(size)])
        chosen, order = order[:batch], order[batch:]
        share = rate * min(1.0, (step + 1) / warm) * 0.5 * (1 + np.cos(np.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = max(share, rate * 0.005)
        pictures, boxes = pool["pictures"][chosen], pool["boxes"][chosen]
        if narrow:
            pictures, boxes = cropped(rng, pictures, boxes, NARROW)
        pictures, boxes = varied(rng, pictures, boxes)
        targets = [torch.from_numpy(part) for part in truth(boxes, pool["spoken"][chosen], pictures.shape[1])]
        frames = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            maps = network(frames)
        loss = loss_of(maps.float(), *targets)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        keep = min(0.998, (step + 1) / (step + 10))
        for name, value in network.state_dict().items():
            mean[name].lerp_(value.float(), 1 - keep) if value.is_floating_point() else mean[name].copy_(value)
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        if step % 200 == 0 or step == steps - 1:
            say(f"step {step}/{steps} loss {running:.3f} after {time.monotonic() - begun:.0f} s", flush=True)
    return mean
