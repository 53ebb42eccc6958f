"""Training: centre-net focal loss on presence, cross-entropy on the class and L1 on offset and size at the centres; AdamW,
cosine, moving mean."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch.nn import functional

from network import CLASSES, STRIDE, UNIT, SmallTargets, presence_logit
from patches import SIDE
from targets import DRONE

NARROW = 64
"""Side of the crops that the first part of a training sees: the same targets for less than half the arithmetic."""
NARROW_SHARE = 0.85


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


def truth(boxes: np.ndarray, side: int):
    """For a batch of boxes: heat [B,1,G,G] and its weight, class at each centre [B,G,G] (-1 elsewhere), shape [B,4,G,G]
    and its weight [B,1,G,G]."""
    count, grid = len(boxes), side // STRIDE
    heat = np.zeros((count, 1, grid, grid), np.float32)
    weight = np.ones((count, 1, grid, grid), np.float32)
    labels = np.full((count, grid, grid), -1, np.int64)
    shape = np.zeros((count, 4, grid, grid), np.float32)
    near = np.zeros((count, 1, grid, grid), np.float32)
    middles = np.arange(grid, dtype=np.float32) + 0.5
    for index in range(count):
        for label, x, y, width, height, clear in boxes[index]:
            if label < 0:
                continue
            dx, dy = x / STRIDE - middles, (y / STRIDE - middles)[:, None]
            if not clear:
                hidden = (np.abs(dx) < width / STRIDE / 2 + 1.5) & (np.abs(dy) < height / STRIDE / 2 + 1.5)
                weight[index, 0][hidden] = 0.0
                continue
            sx, sy = 0.55 + 0.09 * width / STRIDE, 0.55 + 0.09 * height / STRIDE
            row, column = min(grid - 1, int(y / STRIDE)), min(grid - 1, int(x / STRIDE))
            plane = heat[index, 0]
            np.maximum(plane, np.exp(-0.5 * (dy / sy) ** 2) * np.exp(-0.5 * (dx / sx) ** 2), out=plane)
            plane[row, column] = 1.0
            weight[index, 0, row, column] = 1.0
            labels[index, row, column] = int(label)
            sizes = np.log(max(width, 1.5) / UNIT), np.log(max(height, 1.5) / UNIT)
            for r in range(max(0, row - 1), min(grid, row + 2)):
                for c in range(max(0, column - 1), min(grid, column + 2)):
                    strength = 1.0 if (r, c) == (row, column) else 0.25
                    if strength > near[index, 0, r, c]:
                        near[index, 0, r, c] = strength
                        shape[index, :, r, c] = (dx[c], dy[r, 0], *sizes)
    return heat, weight, labels, shape, near


def varied(rng, pictures: np.ndarray, boxes: np.ndarray):
    """Mirrored, inverted, and seen with another gain and offset."""
    pictures, boxes, (count, side) = pictures.copy(), boxes.copy(), pictures.shape[:2]
    mirrored, overturned = rng.random(count) < 0.5, rng.random(count) < 0.15
    pictures[mirrored] = pictures[mirrored][:, :, ::-1]
    boxes[mirrored, :, 1] = side - boxes[mirrored, :, 1]
    pictures[overturned] = pictures[overturned][:, ::-1]
    boxes[overturned, :, 2] = side - boxes[overturned, :, 2]
    gain = np.exp(rng.normal(0, 0.25, count)) * np.where(rng.random(count) < 0.2, -1.0, 1.0)
    mean = pictures[..., 0].mean((1, 2))
    middle = np.where(gain < 0, 255.0 - mean, mean) + rng.normal(0, 15, count)
    offset = (middle - gain * mean)[:, None] + rng.normal(0, 1.0, (count, 3))
    seen = pictures.astype(np.float32)
    seen *= gain.astype(np.float32)[:, None, None, None]
    seen += offset.astype(np.float32)[:, None, None, :]
    return np.clip(seen, 0, 255, out=seen), boxes


def loss_of(maps, heat, weight, labels, shape, near, known):
    """`known` [B]: whether the absence of every class is known in a patch, or only the drone's."""
    presence = torch.sigmoid(presence_logit(maps)).clamp(1e-4, 1 - 1e-4)
    shares = functional.log_softmax(maps[:, :CLASSES], 1)
    drone = presence * shares[:, DRONE : DRONE + 1].exp()
    wrong = torch.where(known[:, None, None, None], presence, drone)
    centre = (heat >= 0.9999).float()
    hit = -torch.log(presence) * (1 - presence) ** 2 * centre
    miss = -torch.log(1 - wrong) * wrong**2 * (1 - heat) ** 4 * (1 - centre)
    count = centre.sum().clamp(min=8.0)
    focal = ((hit + miss) * weight).sum() / count
    classes = functional.nll_loss(shares, labels, ignore_index=-1, reduction="sum") / count
    apart = functional.smooth_l1_loss(maps[:, CLASSES:], shape, reduction="none", beta=0.1)
    return focal + 0.3 * classes + (apart * near).sum() / near.sum().clamp(min=8.0) * 2.0


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
        targets = [torch.from_numpy(part) for part in truth(boxes, pictures.shape[1])]
        known = torch.from_numpy(pool["spoken"][chosen].all(1))
        frames = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            maps = network(frames)
        loss = loss_of(maps.float(), *targets, known)
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
