"""Figures: how well the network finds what it should, and how often it cries for nothing.

Duty: average precision and track figures on real clips, recall by size and false peaks a frame on synthetic frames.
The tracker here is the plainest that can stand for the program's own: its figures are for choosing thresholds.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
import pathlib

import numpy as np
import onnxruntime

from clips import RealClip, SyntheticClip
from targets import DRONE, MARGIN

MINIMUM_OVERLAP = 0.5
PLAIN_LEVELS = 16.0
"""Grey levels from which a target is plain to see, for a person too; the faintest that count change four."""
SIZES = ((0.0, 5.0), (5.0, 8.0), (8.0, 16.0), (16.0, 80.0))


class Detector:
    """The shipped graph on whole frames; peaks as rows of centre x, y, width, height and four scores."""

    def __init__(self, path, threads: int = 1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def peaks(self, triple: np.ndarray) -> np.ndarray:
        height, width = triple.shape[:2]
        padded = np.pad(triple, ((0, -height % 16), (0, -width % 16), (0, 0)), mode="edge")
        frames = np.ascontiguousarray(padded.transpose(2, 0, 1)[None])
        return self.session.run(None, {"frames": frames})[0][0]


def overlap(box, others) -> np.ndarray:
    """Intersection over union of one box (centre x, y, width, height) with rows of others."""
    others = np.atleast_2d(others)
    low = np.maximum(box[:2] - box[2:4] / 2, others[:, :2] - others[:, 2:4] / 2)
    high = np.minimum(box[:2] + box[2:4] / 2, others[:, :2] + others[:, 2:4] / 2)
    shared = np.clip(high - low, 0, None).prod(1)
    return shared / (box[2] * box[3] + others[:, 2] * others[:, 3] - shared)


def average_precision(found: list[tuple[float, bool]], truths: int) -> float:
    """The area under the interpolated precision-recall curve; `found` are scores and whether each was right."""
    found = sorted(found, key=lambda pair: -pair[0])
    right = np.cumsum([good for _, good in found])
    precision = right / np.arange(1, len(found) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.concatenate([[0.0], right / truths])
    return float(np.sum(np.diff(recall) * precision))


@dataclass
class Path:
    """A track of the plain tracker, in the coordinates of the newest frame."""

    state: np.ndarray
    score: float
    hits: int = 1
    missed: int = 0
    confirmed: bool = False
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    votes: np.ndarray = field(default_factory=lambda: np.zeros(4))
    right: int = 0
    number: int = 0


@dataclass
class Rule:
    """When a peak may begin or feed a track, and when a track is believed."""

    begin: float = 0.55
    feed: float = 0.3
    believe: float = 4.0
    hits: int = 8
    coast: int = 8


def track(clip: RealClip, peaks: list[np.ndarray], rule: Rule):
    """Share of frames in which a believed track lies on the truth, and the believed tracks that never were right."""
    living: list[Path] = []
    done: list[Path] = []
    held = 0
    for number, rows in enumerate(peaks):
        step = clip.motions[number]
        rows = rows[rows[:, 4 + DRONE] >= rule.feed]
        free = np.ones(len(rows), bool)
        for path in sorted(living, key=lambda path: -path.score):
            path.state[:2] = step[:, :2] @ path.state[:2] + step[:, 2] + path.velocity
            apart = np.linalg.norm(rows[:, :2] - path.state[:2], axis=1) if len(rows) else np.empty(0)
            near = np.where(free & (apart < 6.0 + 1.5 * path.missed + 0.25 * path.state[2]))[0]
            if len(near) == 0:
                path.missed += 1
                path.score -= 0.35
                continue
            best = near[np.argmax(rows[near, 4 + DRONE] - 0.02 * apart[near])]
            free[best] = False
            path.velocity += 0.25 * (rows[best, :2] - path.state[:2])
            path.state = path.state + np.concatenate([[0.8, 0.8], [0.3, 0.3]]) * (rows[best, :4] - path.state)
            path.score = min(8.0, path.score + rows[best, 4 + DRONE])
            path.votes += rows[best, 4:]
            path.hits, path.missed = path.hits + 1, 0
            if path.score > rule.believe and path.hits >= rule.hits and path.votes.argmax() == DRONE:
                path.confirmed = True
        done += [path for path in living if path.missed > rule.coast or path.score < -0.5]
        living = [path for path in living if path.missed <= rule.coast and path.score >= -0.5]
        for index in np.where(free)[0]:
            if rows[index, 4 + DRONE] >= rule.begin and rows[index, 4:].argmax() == DRONE:
                living.append(Path(rows[index, :4].copy(), float(rows[index, 4]), votes=rows[index, 4:].copy(), number=number))
        truth = centred(clip.boxes[number])
        on = False
        for path in living:
            if path.confirmed and np.linalg.norm(path.state[:2] - truth[:2]) < max(8.0, truth[2] / 2):
                path.right += 1
                on = True
        held += on
    done += living
    wrong = [path for path in done if path.confirmed and path.right == 0]
    return held / len(peaks), wrong


def centred(box) -> np.ndarray:
    return np.array([box[0] + box[2] / 2, box[1] + box[3] / 2, box[2], box[3]])


def on_clip(detector: Detector, clip: RealClip, rule: Rule, say=print) -> dict:
    """The drone's peaks of one clip, each with whether it was right, and what the plain tracker made of them.

    Right is a peak whose box overlaps the annotated one by half (`found`), or whose centre lies in it (`placed`): the
    annotators drew boxes of one size around drones of several, which is no fault of a peak.
    """
    peaks = [detector.peaks(clip.triple(number)) for number in range(len(clip.frames))]
    found, placed = [], []
    for number, rows in enumerate(peaks):
        truth, taken, put = centred(clip.boxes[number]), False, False
        for row in rows[np.argsort(-rows[:, 4 + DRONE])][:40]:
            if row[4 + DRONE] < 0.02:
                break
            good = not taken and bool(overlap(truth, row[None, :4])[0] >= MINIMUM_OVERLAP)
            taken |= good
            found.append((float(row[4 + DRONE]), good))
            there = not put and bool((np.abs(row[:2] - truth[:2]) < truth[2:] / 2).all())
            put |= there
            placed.append((float(row[4 + DRONE]), there))
    held, wrong = track(clip, peaks, rule)
    result = {"name": clip.name, "frames": len(peaks), "found": found, "placed": placed, "track_recall": held, "false_tracks": len(wrong)}
    say(f"clip {clip.name}: AP {average_precision(found, len(peaks)):.3f}, track recall {held:.3f}, false tracks {len(wrong)}")
    return {**result, "peaks": peaks, "wrong": wrong}


def over_clips(results: list[dict]) -> dict:
    """The figures of several clips together."""
    frames = sum(result["frames"] for result in results)
    return {
        "clips": [result["name"] for result in results],
        "ap": average_precision([pair for result in results for pair in result["found"]], frames),
        "ap_by_centre": average_precision([pair for result in results for pair in result["placed"]], frames),
        "track_recall": float(np.mean([result["track_recall"] for result in results])),
        "false_tracks_a_minute": sum(result["false_tracks"] for result in results) / (frames / 25 / 60),
    }


def measuring_frames(folder: pathlib.Path, first_seed: int, count: int, size=(640, 512)) -> tuple[np.ndarray, list]:
    """Triples [count, height, width, 3] u8 of synthetic scenes, one a seed, and of each its boxes and kind of scene; kept in the folder."""
    pictures, facts = folder / "measuring.npy", folder / "measuring.pickle"
    if not facts.exists():
        triples = np.lib.format.open_memmap(pictures, "w+", np.uint8, (count, size[1], size[0], 3))
        told = []
        for index in range(count):
            rng = np.random.default_rng([80, first_seed + index])
            clip = SyntheticClip(first_seed + index, size)
            triples[index], boxes = clip.triple(int(rng.integers(0, 400)), rng)
            told.append((boxes, clip.backdrop.kind))
        facts.write_bytes(pickle.dumps(told))
    return np.load(pictures, mmap_mode="r"), pickle.loads(facts.read_bytes())


def on_synthetic(detector: Detector, triples: np.ndarray, told: list, threshold: float, say=print) -> dict:
    """Recall by the target's largest side without its margin (any class counts), and false peaks a frame, on whole frames."""
    hits, totals, plain, plainly = (np.zeros(len(SIZES)) for _ in range(4))
    same_class, false, by_kind = 0, [], {}
    for triple, (boxes, kind) in zip(triples, told):
        rows = detector.peaks(triple)
        rows = rows[rows[:, 4:].max(1) >= threshold]
        used = np.zeros(len(rows), bool)
        for box in boxes:
            centre = centred((box.x, box.y, box.width, box.height))
            extent = max(box.width, box.height) - 2 * MARGIN
            apart = np.linalg.norm(rows[:, :2] - centre[:2], axis=1) if len(rows) else np.empty(0)
            near = np.where(apart < max(3.0, 0.4 * extent))[0]
            used[near] = True
            if not box.clear:
                continue
            place = next(index for index, (low, high) in enumerate(SIZES) if low <= extent < high or index == len(SIZES) - 1)
            totals[place] += 1
            plain[place] += box.levels >= PLAIN_LEVELS
            if len(near):
                hits[place] += 1
                plainly[place] += box.levels >= PLAIN_LEVELS
                best = near[np.argmax(rows[near, 4:].max(1))]
                same_class += int(rows[best, 4:].argmax() == box.label)
        false.append(int((~used).sum()))
        by_kind.setdefault(kind, []).append(false[-1])
    result = {"recall": (hits / np.maximum(totals, 1)).round(3).tolist(), "counts": totals.astype(int).tolist()}
    result |= {"plain_recall": (plainly / np.maximum(plain, 1)).round(3).tolist(), "plain_counts": plain.astype(int).tolist()}
    result |= {"false_a_frame": float(np.mean(false)), "frames_without_false": float(np.mean(np.array(false) == 0))}
    result |= {"class_right": same_class / max(1, hits.sum()), "false_by_scene": {kind: float(np.mean(by_kind[kind])) for kind in sorted(by_kind)}}
    say(f"synthetic at {threshold}: recall {result['recall']} of {result['counts']}, false a frame {result['false_a_frame']:.2f}, class right {result['class_right']:.2f}")
    return result
