"""Hard negatives: patches around what a trained network wrongly sees in whole frames, and around what it misses."""

from __future__ import annotations

import numpy as np

from clips import RealClip, SyntheticClip
from evaluate import Detector, centred
from patches import UNANNOTATED, Pool, Stamps, corner_near, scaled
from targets import DRONE, Box

SUSPECT = 0.12
"""A peak of this score or more where nothing is, is worth teaching."""
EACH_FRAME = 6


def mistakes(rows: np.ndarray, boxes: list[Box], spoken) -> list[tuple[float, float]]:
    """Places of the worst false peaks and of the clear targets that no peak found."""
    places = []
    # Whether anything is there counts, not how well its class is known.
    rows = rows.copy()
    rows[:, 4:] *= rows[:, 4:].sum(1, keepdims=True) / rows[:, 4:].max(1, keepdims=True)
    scores = np.where(np.array(spoken, bool)[None], rows[:, 4:], 0.0)
    for row, score in zip(rows, scores.max(1)):
        if score < SUSPECT:
            continue
        for box in boxes:
            centre = centred((box.x, box.y, box.width, box.height))
            if np.abs(row[:2] - centre[:2]).max() < 4.0 + max(box.width, box.height) / 2:
                break
        else:
            places.append((score, tuple(row[:2])))
    places = [place for _, place in sorted(places, reverse=True)[:EACH_FRAME]]
    for box in boxes:
        centre = centred((box.x, box.y, box.width, box.height))
        near = np.abs(rows[:, :2] - centre[:2]).max(1) < 3.0 + max(box.width, box.height) / 4
        if box.clear and not (near & (rows[:, 4 + box.label] > 0.3)).any():
            places.append(tuple(centre[:2]))
    return places[: 2 * EACH_FRAME]


def gather(pool: Pool, rng, triple, boxes, rows, spoken=(1, 1, 1, 1)) -> None:
    height, width = triple.shape[:2]
    for x, y in mistakes(rows, boxes, spoken):
        pool.add(triple, boxes, corner_near(rng, x, y, (width, height)), spoken)


def from_synthetic(detector: Detector, frames: int, first_seed: int, size=(448, 352)) -> Pool:
    pool = Pool()
    for seed in range(first_seed, first_seed + frames):
        rng = np.random.default_rng([81, seed])
        clip = SyntheticClip(seed, size, populated=bool(rng.random() < 0.5), lesson=True)
        triple, boxes = clip.triple(int(rng.integers(0, 400)), rng)
        gather(pool, rng, triple, boxes, detector.peaks(triple))
    return pool


def from_real(detector: Detector, clips: list[RealClip], every: int, seed: int, stamps: Stamps) -> Pool:
    """Whole real frames, at their own scale and others, some with more drones put in."""
    pool, rng = Pool(), np.random.default_rng([82, seed])
    for clip in clips:
        spoken = UNANNOTATED.get(clip.name, (1, 1, 1, 1))
        for number in range(int(rng.integers(every)), len(clip.frames), every):
            triple, boxes = clip.triple(number, rng), [Box(DRONE, *clip.boxes[number])]
            if rng.random() < 0.5:
                boxes += stamps.put(rng, triple, 2)
            if rng.random() < 0.5:
                triple, boxes = scaled(rng, triple, boxes, 0.6, 1.4)
            if rng.random() < 0.2:
                triple = 255 - triple
            gather(pool, rng, triple, boxes, detector.peaks(triple), spoken)
    return pool


