"""Makes the small-target network's weights: `python rebuild.py CLIPS WORK`.

CLIPS holds the real clips (`N.mp4` with `N.gt.txt` beside it), WORK takes what each stage made; a stage whose file is
there is passed over, so a run that was broken off goes on where it was. One process, one thread.

    start    the weights beside this file, which have seen synthetic scenes and one real place (README)
    base     taught on with synthetic scenes and that same place
    without  the base taught on with all places but one, once for each other place, and measured on that one
    every    the base taught on with all places in the same way
    shipped  those taught on once more, and written with their data sheet to `../models`
"""

from __future__ import annotations

import argparse
import json
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import mine
from clips import RealClip
from evaluate import Detector, Rule, measuring_frames, on_clip, on_synthetic, over_clips
from export import export
from patches import Stamps, join, real, synthetic
from sheet import write_sheet
from train import train

HERE = Path(__file__).parent
START = HERE / "start.npz"
MODELS = HERE.parent / "models"
PLACES = {"tower": ("18",), "hill": ("4", "5"), "mast": ("40", "41")}
"""Clips by where the camera stood and looked; those of one place show the same things."""
HILL = PLACES["hill"]
HELD_OUT_SEED = 1_000_000
"""Synthetic scenes from this seed on are for measuring alone."""
MEASURED_FRAMES = 1000

THRESHOLD = 0.3
"""The score from which a peak counts in the synthetic figures; the data sheet hands it on."""


@dataclass
class Round:
    """One round: what it goes on from, the clips it learns from, over how many patches it learns, and how fast."""

    name: str
    goes_on_from: str
    clips: tuple[str, ...]
    visits: int
    rate: float
    held_out: tuple[str, ...] = ()


def others(place: str) -> tuple[str, ...]:
    return tuple(name for other, names in PLACES.items() if other != place for name in names)


EVERY = tuple(name for names in PLACES.values() for name in names)
ROUNDS = (
    Round("base", "start", HILL, 320_000, 2e-3),
    Round("without_tower", "base", others("tower"), 130_000, 1.2e-3, PLACES["tower"]),
    Round("without_mast", "base", others("mast"), 130_000, 1.2e-3, PLACES["mast"]),
    Round("every", "base", EVERY, 130_000, 1.2e-3),
    Round("shipped", "every", EVERY, 190_000, 1.5e-3),
)
NEW_SCENES = {"start": (10_000, 700, 600_000), "base": (2_000, 500, 700_000), "every": (3_000, 900, 800_000)}
"""By the weights gone on from: new synthetic patches, new frames in which mistakes are mined, and their first seed."""


def read_clips(folder: Path, work: Path) -> dict[str, RealClip]:
    cache = work / "clips.pickle"
    if not cache.exists():
        found = sorted(folder.glob("*.mp4"))
        if not found:
            raise SystemExit(f"{folder}: no clip (N.mp4 with N.gt.txt) is there")
        cache.write_bytes(pickle.dumps([RealClip(path) for path in found]))
    return {clip.name: clip for clip in pickle.loads(cache.read_bytes())}


def kept(file: Path, make) -> dict:
    """The pool in this file, made first where it is not there."""
    if not file.exists():
        np.savez(file, **make())
    return dict(np.load(file))


def synthetic_pool(name: str, clips: list[RealClip], work: Path, detector: Detector, patches: int, mined: int, seed: int) -> dict:
    """Patches of new synthetic scenes, and around the mistakes of these weights in others."""

    def make():
        hard = mine.from_synthetic(detector, mined, seed + 50_000).arrays()
        print(f"{name}: mined {len(hard['pictures'])}", flush=True)
        return join(synthetic(patches, seed, Stamps(clips)), hard)

    return kept(work / f"{name}.synthetic.npz", make)


def real_pool(name: str, clips: list[RealClip], work: Path, detector: Detector, seed: int) -> dict:
    """Patches of the real clips, and around the mistakes of these weights in them."""

    def make():
        stamps = Stamps(clips)
        hard = mine.from_real(detector, clips, 2, seed, stamps).arrays()
        print(f"{name}: mined {len(hard['pictures'])} in clips", flush=True)
        return join(real(clips, 1, seed, stamps), hard)

    return kept(work / f"{name}.real.npz", make)


def main(folder: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    clips = read_clips(folder, work)
    start = {name: torch.from_numpy(value).float() for name, value in np.load(START).items()}
    weights, detectors, results = {"start": start}, {"start": detector_of("start", start, work)}, []
    scenes = {}
    for number, round_ in enumerate(ROUNDS):
        taught, earlier = [clips[name] for name in round_.clips], detectors[round_.goes_on_from]
        file = work / f"{round_.name}.pt"
        # Rounds that go on from the same weights share their synthetic pool; those made before stay in the lesson.
        if round_.goes_on_from not in scenes:
            hill, new = [clips[name] for name in HILL], NEW_SCENES[round_.goes_on_from]
            scenes = {round_.goes_on_from: synthetic_pool(round_.goes_on_from, hill, work, earlier, *new), **scenes}
        if not file.exists():
            lesson = join(*scenes.values(), real_pool(round_.name, taught, work, earlier, 50 + number))
            passes = round_.visits / len(lesson["pictures"])
            print(f"round {round_.name}: {len(lesson['pictures'])} patches, {passes:.1f} passes", flush=True)
            torch.save(train(lesson, passes, number, weights[round_.goes_on_from], round_.rate), file)
        weights[round_.name] = torch.load(file)
        detectors[round_.name] = detector_of(round_.name, weights[round_.name], work)
        results += [measured(detectors[round_.name], clips[name], work / f"{round_.name}.{name}.pickle") for name in round_.held_out]
    own = [measured(detectors["shipped"], clips[name], work / f"shipped.{name}.pickle") for name in EVERY]
    frames = work / "synthetic.json"
    if not frames.exists():
        triples, told = measuring_frames(work, HELD_OUT_SEED, MEASURED_FRAMES)
        frames.write_text(json.dumps(on_synthetic(detectors["shipped"], triples, told, THRESHOLD), indent=1))
    write_sheet(MODELS, work / "shipped.onnx", over_clips(results), over_clips(own), json.loads(frames.read_text()), ROUNDS)


def detector_of(name: str, weights: dict, work: Path) -> Detector:
    graph = work / f"{name}.onnx"
    export(weights, graph)
    return Detector(graph)


def measured(detector: Detector, clip: RealClip, file: Path) -> dict:
    """The figures of one set of weights on one clip, kept in a file."""
    if not file.exists():
        file.write_bytes(pickle.dumps(on_clip(detector, clip, Rule())))
    return pickle.loads(file.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    main(arguments.clips, arguments.work)
