"""Makes the small-target network's weights: `python rebuild.py CLIPS WORK`.

CLIPS holds the real clips (`N.mp4` with `N.gt.txt` beside it), WORK takes what each stage made; a stage whose file is
there is passed over, so a run that was broken off goes on where it was. One process, one thread.

    start    the weights beside this file, which have seen synthetic scenes and one real place (README)
    base     taught on with synthetic scenes and that same place
    again    the base taught on with scenes in which it was wrong, and that same place
    shipped  that taught on with all places
    without  taught on in the same way with all places but one, once for each other place

Each of the last three is averaged with its namesake in `earlier.npz`, which saw the same places (README). The averages are
written in eight bits, and their sizes taught anew by synthetic scenes alone: `shipped` with its data sheet to `../models`;
those without a place are measured on that place.
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
from quantise import quantise
from sheet import write_sheet
from sizes import teach_sizes
from train import train

HERE = Path(__file__).parent
START = HERE / "start.npz"
EARLIER = HERE / "earlier.npz"
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
    Round("base", "start", HILL, 720_000, 2e-3),
    Round("again", "base", HILL, 300_000, 2e-3),
    Round("shipped", "again", EVERY, 120_000, 1.2e-3),
    Round("without_tower", "again", others("tower"), 120_000, 1.2e-3, PLACES["tower"]),
    Round("without_mast", "again", others("mast"), 120_000, 1.2e-3, PLACES["mast"]),
)
NEW_SCENES = {"start": (40_000, 1_200, 900_000), "base": (12_000, 1_500, 800_000)}
"""By the weights gone on from, where there are any: new synthetic patches, new frames in which mistakes are mined, and their
first seed. Those made before stay in the lesson."""
SIZE_SCENES = (6_000, 700_000)
"""Patches of synthetic scenes, without anything of the clips, by which the sizes are taught last, and their first seed."""


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
    hard = kept(work / f"{name}.mistakes.npz", lambda: mine.from_synthetic(detector, mined, seed + 50_000).arrays())
    print(f"{name}: mined {len(hard['pictures'])}", flush=True)
    return join(kept(work / f"{name}.scenes.npz", lambda: synthetic(patches, seed, Stamps(clips))), hard)


def real_pool(name: str, clips: list[RealClip], work: Path, detector: Detector, seed: int) -> dict:
    """Patches of the real clips, and around the mistakes of these weights in them."""
    stamps = Stamps(clips)
    hard = kept(work / f"{name}.clip-mistakes.npz", lambda: mine.from_real(detector, clips, 2, seed, stamps).arrays())
    print(f"{name}: mined {len(hard['pictures'])} in clips", flush=True)
    return join(kept(work / f"{name}.clips.npz", lambda: real(clips, 1, seed, stamps)), hard)


def main(folder: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    clips = read_clips(folder, work)
    start = {name: torch.from_numpy(value).float() for name, value in np.load(START).items()}
    weights, scenes, results = {"start": start}, {}, []
    for number, round_ in enumerate(ROUNDS):
        taught, earlier = [clips[name] for name in round_.clips], round_.goes_on_from
        file = work / f"{round_.name}.pt"
        detector = Detector(exported(earlier, weights[earlier], work))
        if earlier in NEW_SCENES and earlier not in scenes:
            hill = [clips[name] for name in HILL]
            scenes[earlier] = synthetic_pool(earlier, hill, work, detector, *NEW_SCENES[earlier])
        if not file.exists():
            lesson = join(*scenes.values(), real_pool(round_.name, taught, work, detector, 50 + number))
            passes = round_.visits / len(lesson["pictures"])
            print(f"round {round_.name}: {len(lesson['pictures'])} patches, {passes:.1f} passes", flush=True)
            torch.save(train(lesson, passes, number, weights[earlier], round_.rate), file)
        weights[round_.name] = torch.load(file)
        if round_.held_out:
            detector = in_eight_bits(round_.name, weights[round_.name], work, scenes)
            results += [measured(detector, clips[name], work / f"{round_.name}.{name}.pickle") for name in round_.held_out]
    shipped = in_eight_bits("shipped", weights["shipped"], work, scenes)
    own = [measured(shipped, clips[name], work / f"shipped.{name}.pickle") for name in EVERY]
    figures = work / "synthetic.json"
    if not figures.exists():
        triples, told = measuring_frames(work, HELD_OUT_SEED, MEASURED_FRAMES)
        figures.write_text(json.dumps(on_synthetic(shipped, triples, told, THRESHOLD), indent=1))
    write_sheet(MODELS, work / "shipped.int8.onnx", over_clips(results), over_clips(own), json.loads(figures.read_text()), ROUNDS)


def exported(name: str, weights: dict, work: Path) -> Path:
    """The graph of these weights, in full precision."""
    graph = work / f"{name}.onnx"
    export(weights, graph)
    return graph


def averaged(name: str, weights: dict) -> dict:
    """The mean of these weights and their namesakes of earlier; both went on from the same, so what lies between serves too."""
    with np.load(EARLIER) as earlier:
        older = {key: torch.from_numpy(earlier[f"{name}/{key}"]) for key in weights}
    return {key: (value + older[key].float()) / 2 if value.is_floating_point() else value for key, value in weights.items()}


def in_eight_bits(name: str, weights: dict, work: Path, scenes: dict[str, dict]) -> Detector:
    """These weights as they ship; the ranges of the layers are taken from the synthetic lessons, the sizes from others."""
    graph = work / f"{name}.int8.onnx"
    quantise(exported(f"{name}.mean", averaged(name, weights), work), scenes["start"]["pictures"], 0, graph)
    teach_sizes(graph, kept(work / "sizes.scenes.npz", lambda: synthetic(*SIZE_SCENES)))
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
