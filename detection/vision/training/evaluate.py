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
from targets import DRONE, MARGIN, Box

MINIMUM_OVERLAP = 0.5
PLAIN_LEVELS = 16.0
"""Grey levels from which a target is plain to see, for a person too; the faintest that count change four."""
RATIOS = ((6.0, 10.0), (10.0, 20.0), (20.0, 40.0), (40.0, 1e6))
"""Signal to noise ratios (`SyntheticClip._stands_out`) by which the recall of small targets is told apart."""
FALSE_WANTED = 0.5
"""False peaks a frame that are aimed at."""
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


@dataclass
class Sighting:
    """A target that should be found, and the best scores of the peaks near it: of one class, and of any."""

    box: Box
    place: int
    by_class: float = 0.0
    by_presence: float = 0.0
    same_class: bool = False


def size_of(box: Box) -> int:
    """Which of the sizes this is, by the largest side without its margin."""
    extent = max(box.width, box.height) - 2 * MARGIN
    return next(index for index, (low, high) in enumerate(SIZES) if low <= extent < high or index == len(SIZES) - 1)


def sightings(rows: np.ndarray, boxes: list[Box]) -> tuple[list[Sighting], np.ndarray]:
    """What should be found in a frame, and which peaks lie on nothing."""
    free, seen = np.ones(len(rows), bool), []
    for box in boxes:
        centre = centred((box.x, box.y, box.width, box.height))
        near = np.linalg.norm(rows[:, :2] - centre[:2], axis=1) < max(3.0, 0.4 * (max(box.width, box.height) - 2 * MARGIN))
        free[near] = False
        if box.clear:
            seen.append(Sighting(box, size_of(box)))
            if near.any():
                best = rows[near, 4:][rows[near, 4:].max(1).argmax()]
                seen[-1].by_class, seen[-1].same_class = float(best.max()), bool(best.argmax() == box.label)
                seen[-1].by_presence = float(rows[near, 4:].sum(1).max())
    return seen, free


def recall(seen: list[Sighting], scores: str, threshold: float, kept=lambda sighting: True) -> tuple[list[float], list[int]]:
    """For each size the share that was found, and of how many."""
    found = [[getattr(s, scores) >= threshold for s in seen if s.place == place and kept(s)] for place in range(len(SIZES))]
    return [round(float(np.mean(each)), 3) if each else 0.0 for each in found], [len(each) for each in found]


def on_synthetic(detector: Detector, triples: np.ndarray, told: list, threshold: float, say=print) -> dict:
    """Recall by the target's size (any class counts), and false peaks a frame, on whole frames.

    A peak's score is that of its best class, as the program reads it; beside it stands what its presence would give, the sum
    of the four, both with the threshold at which half a peak a frame is false.
    """
    seen, by_kind, false, false_presence = [], {}, [], []
    for triple, (boxes, kind) in zip(triples, told):
        rows = detector.peaks(triple)
        these, free = sightings(rows, boxes)
        seen += these
        false += rows[free, 4:].max(1).tolist()
        false_presence += rows[free, 4:].sum(1).tolist()
        by_kind.setdefault(kind, []).append(int((rows[free, 4:].max(1) >= threshold).sum()))
    result = dict(zip(("recall", "counts"), recall(seen, "by_class", threshold)))
    plain = recall(seen, "by_class", threshold, lambda sighting: sighting.box.levels >= PLAIN_LEVELS)
    result |= dict(zip(("plain_recall", "plain_counts"), plain))
    each_frame = np.array([count for counts in by_kind.values() for count in counts])
    result |= {"false_a_frame": float(each_frame.mean()), "frames_without_false": float((each_frame == 0).mean())}
    found = [sighting.same_class for sighting in seen if sighting.by_class >= threshold]
    result |= {"class_right": float(np.mean(found)), "false_by_scene": {kind: float(np.mean(by_kind[kind])) for kind in sorted(by_kind)}}
    for name, scores, peaks in (("class", "by_class", false), ("presence", "by_presence", false_presence)):
        strict = float(np.sort(peaks)[-int(FALSE_WANTED * len(each_frame)) - 1])
        result[f"{name}_threshold_at_half_false"] = strict
        result[f"{name}_recall_at_half_false"] = recall(seen, scores, strict)[0]
        small = [s for s in seen if s.place < 2 and not s.box.hidden]
        by_ratio = [[getattr(s, scores) >= strict for s in small if low <= s.box.ratio < high] for low, high in RATIOS]
        result[f"{name}_small_recall_by_ratio"] = [round(float(np.mean(each)), 3) if each else 0.0 for each in by_ratio]
        result["small_by_ratio"] = [len(each) for each in by_ratio]
    result["small_hidden"] = sum(s.place < 2 and s.box.hidden for s in seen)
    say(f"synthetic at {threshold}: {result}")
    return result
