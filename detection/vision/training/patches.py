"""Pools of training patches: 96x96 registered triples with their boxes, from synthetic scenes and from real clips.

A pool holds `pictures` [N,96,96,3] u8, `boxes` [N,LIMIT,6] f32 (label, centre x, centre y, width, height, clear; label -1
where unused) and `spoken` [N,4] u8: the classes whose absence is known in that patch. In a real clip whose birds nobody
annotated, silence about birds teaches nothing, but a bird called a drone is still wrong.
"""

from __future__ import annotations

import cv2
import numpy as np

from clips import LAGS, SIGNAL_MIN, STILL, RealClip, SyntheticClip, texture_noise
from targets import DRONE, Box, Target

SIDE = 96
LIMIT = 48
UNANNOTATED = {"4": (1, 0, 0, 0), "5": (1, 0, 0, 0)}
"""Real clips in which birds or other small things fly without a box: only the drone's absence is known there."""


class Pool:
    def __init__(self):
        self.pictures, self.boxes, self.spoken = [], [], []

    def add(self, triple: np.ndarray, boxes: list[Box], corner: tuple[int, int], spoken=(1, 1, 1, 1)):
        left, top = corner
        rows = []
        for box in boxes:
            x, y = box.x + box.width / 2 - left, box.y + box.height / 2 - top
            if 0 <= x < SIDE and 0 <= y < SIDE:
                rows.append((box.label, x, y, box.width, box.height, box.clear))
        table = np.full((LIMIT, 6), -1, np.float32)
        table[: min(LIMIT, len(rows))] = np.array(rows[:LIMIT], np.float32).reshape(-1, 6)
        self.pictures.append(triple[top : top + SIDE, left : left + SIDE].copy())
        self.boxes.append(table)
        self.spoken.append(np.array(spoken, np.uint8))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"pictures": np.stack(self.pictures), "boxes": np.stack(self.boxes), "spoken": np.stack(self.spoken)}


def join(*pools: dict) -> dict:
    return {key: np.concatenate([pool[key] for pool in pools]) for key in pools[0]}


def corner_near(rng, x, y, size) -> tuple[int, int]:
    """A patch's corner such that the point lies anywhere in the patch but its rim."""
    width, height = size
    left = int(np.clip(x - rng.uniform(0.12, 0.88) * SIDE, 0, width - SIDE))
    top = int(np.clip(y - rng.uniform(0.12, 0.88) * SIDE, 0, height - SIDE))
    return left, top


def corner_anywhere(rng, triple) -> tuple[int, int]:
    """A patch's corner, of several drawn the one with the most structure in it, so that bare sky is not most of it."""
    height, width = triple.shape[:2]
    best, most = (0, 0), -1.0
    for _ in range(int(rng.choice([1, 3]))):
        left, top = int(rng.integers(0, width - SIDE + 1)), int(rng.integers(0, height - SIDE + 1))
        structure = float(triple[top : top + SIDE, left : left + SIDE, 0].std())
        if structure > most:
            best, most = (left, top), structure
    return best


def synthetic(count: int, first_seed: int, stamps: "Stamps | None" = None) -> dict:
    """About half the patches hold a target; a part of the targets are real drones' signals put into synthetic scenes."""
    pool, seed = Pool(), first_seed
    while len(pool.pictures) < count:
        rng = np.random.default_rng([77, seed])
        clip = SyntheticClip(seed, lesson=True)
        triple, boxes = clip.triple(int(rng.integers(0, 400)), rng)
        if stamps is not None and rng.random() < 0.35:
            boxes = boxes + stamps.put(rng, triple, int(rng.integers(1, 4)), clip.ground)
        order = rng.permutation(len(boxes))[:5]
        for index in order:
            box = boxes[index]
            corner = corner_near(rng, box.x + box.width / 2, box.y + box.height / 2, clip.size)
            pool.add(triple, boxes, corner)
        for _ in range(3):
            pool.add(triple, boxes, corner_anywhere(rng, triple))
        seed += 1
    return pool.arrays()


def scaled(rng, triple, boxes, low=0.45, high=1.5):
    """The triple seen from nearer or farther."""
    scale = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    triple = cv2.resize(triple, None, fx=scale, fy=scale, interpolation=kind)
    return triple, [Box(b.label, b.x * scale, b.y * scale, b.width * scale, b.height * scale, b.clear) for b in boxes]


def real(clips: list[RealClip], every: int, seed: int, stamps: "Stamps | None" = None) -> dict:
    pool, rng = Pool(), np.random.default_rng([78, seed])
    for clip in clips:
        spoken = UNANNOTATED.get(clip.name, (1, 1, 1, 1))
        for number in range(int(rng.integers(0, every)), len(clip.frames), every):
            triple = clip.triple(number, rng)
            boxes = [Box(DRONE, *clip.boxes[number])]
            if stamps is not None and rng.random() < 0.5:
                boxes += stamps.put(rng, triple, int(rng.integers(1, 4)))
            if rng.random() < 0.6:
                triple, boxes = scaled(rng, triple, boxes)
            height, width = triple.shape[:2]
            for box in boxes[:3]:
                corner = corner_near(rng, box.x + box.width / 2, box.y + box.height / 2, (width, height))
                pool.add(triple, boxes, corner, spoken)
            for _ in range(3):
                pool.add(triple, boxes, corner_anywhere(rng, triple), spoken)
    return pool.arrays()


class Stamps:
    """Real drones' signals: what a drone adds to a smooth sky, frame after frame, to be put into other scenes."""

    RIM = 5

    def __init__(self, clips: list[RealClip]):
        self.runs = []
        for clip in clips:
            signals = [self._signal(clip.frames[n], clip.boxes[n]) for n in range(len(clip.frames))]
            for number in range(LAGS[-1], len(signals), 2):
                run = [signals[number - lag] for lag in LAGS]
                if all(signal is not None for signal in run):
                    self.runs.append(run)

    def _signal(self, picture, box):
        x, y, width, height = box
        x0, y0 = int(x) - self.RIM, int(y) - self.RIM
        x1, y1 = int(np.ceil(x + width)) + self.RIM, int(np.ceil(y + height)) + self.RIM
        if x0 < 0 or y0 < 0 or x1 > picture.shape[1] or y1 > picture.shape[0]:
            return None
        cut = picture[y0:y1, x0:x1].astype(np.float32)
        rim = np.ones(cut.shape, bool)
        rim[3:-3, 3:-3] = False
        if cut[rim].std() > 4.0:
            return None
        rows, columns = np.mgrid[0 : cut.shape[0], 0 : cut.shape[1]]
        terms = np.stack([np.ones(cut.size), rows.ravel(), columns.ravel()], 1)
        plane, *_ = np.linalg.lstsq(terms[rim.ravel()], cut[rim], rcond=None)
        signal = cut - (terms @ plane).reshape(cut.shape).astype(np.float32)
        edge = np.minimum(np.minimum(rows, rows[::-1]), np.minimum(columns, columns[:, ::-1]))
        signal *= np.clip((edge - 0.5) / 2.5, 0, 1)
        return signal, np.array([x + width / 2 - x0, y + height / 2 - y0]), (width, height)

    def put(self, rng, triple: np.ndarray, count: int, ground: np.ndarray | None = None) -> list[Box]:
        """Adds drones to the triple in place; their boxes at frame t. Clear are those that would be in a synthetic clip."""
        boxes = []
        height, width = triple.shape[:2]
        for _ in range(count if self.runs else 0):
            run = self.runs[int(rng.integers(len(self.runs)))]
            scale = float(np.exp(rng.uniform(np.log(0.35), np.log(1.6))))
            gain = float(np.exp(rng.normal(0, 0.35))) * (1 if rng.random() < 0.8 else -1)
            place = rng.uniform(12, [width - 12, height - 12])
            velocity = rng.normal(0, 1, 2) * rng.choice([0.0, 0.4, 1.5])
            mirror = rng.random() < 0.5
            still = float(np.linalg.norm(velocity)) * LAGS[-1] <= STILL
            hidden = still and ground is not None and ground[int(place[1]), int(place[0])] > 0.5
            for plane, (signal, centre, extent) in enumerate(run):
                at = place - velocity * LAGS[plane]
                view = np.array([[scale, 0, at[0] - scale * centre[0]], [0, scale, at[1] - scale * centre[1]]])
                if mirror:
                    view[0] = (-scale, 0, at[0] + scale * centre[0])
                source = cv2.GaussianBlur(signal, (0, 0), 0.45 / scale) if scale < 0.9 else signal
                moved = cv2.warpAffine(source, view, (width, height))
                layer = triple[..., plane].astype(np.float32) + gain * moved
                triple[..., plane] = np.clip(layer, 0, 255).astype(np.uint8)
                if plane == 0:
                    wide, high = extent[0] * scale, extent[1] * scale
                    reach = int(max(wide, high)) + 4
                    x, y = int(at[0]), int(at[1])
                    around = layer[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] - 0.0
                    around -= gain * moved[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
                    strength = abs(gain) * float(np.sqrt((moved**2).sum())) / (texture_noise(around.std(), still) + 0.5)
                    clear = not hidden and strength > SIGNAL_MIN and float(np.abs(moved).max()) * abs(gain) > 8.0
                    boxes.append(Box(DRONE, at[0] - wide / 2, at[1] - high / 2, wide, high, clear))
        return boxes
