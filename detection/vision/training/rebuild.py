"""Makes the small-target network's weights from nothing: `python rebuild.py CLIPS WORK`.

CLIPS holds the real clips (`N.mp4` with `N.gt.txt` beside it), WORK takes what each stage made; a stage whose file is
there is passed over, so a run that was broken off goes on where it was. One process, one thread.

    measured: trained without the held-out scenes, then measured on them: these are the figures in the data sheet
    shipped:  the same weights taught on with all clips, and written with their data sheet beside this folder's `models`
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
from evaluate import Detector, Rule, on_clip, on_synthetic, over_clips
from export import export
from patches import Stamps, join, real, synthetic
from sheet import write_sheet
from train import train

HELD_OUT = ("18", "40", "41")
"""Two places that the measured weights have never seen; 4 and 5 are a third."""
MODELS = Path(__file__).parent.parent / "models"
HELD_OUT_SEED = 1_000_000
"""Synthetic scenes from this seed on are for measuring alone."""

THRESHOLD = 0.3
"""The score from which a peak counts in the synthetic figures; the data sheet hands it on."""


@dataclass
class Round:
    """One round: how many synthetic patches are new, over how many patches it learns, how fast; how much is mined before."""

    name: str
    every_clip: bool
    synthetic: int
    first_seed: int
    visits: int
    rate: float
    mined_frames: int


ROUNDS = (
    Round("first", False, 20_000, 0, 400_000, 3e-3, 0),
    Round("second", False, 12_000, 100_000, 220_000, 2e-3, 300),
    Round("third", True, 6_000, 200_000, 150_000, 2e-3, 300),
    Round("fourth", True, 4_000, 300_000, 160_000, 1.5e-3, 200),
    Round("fifth", True, 5_000, 400_000, 120_000, 1.2e-3, 320),
)
MEASURED, SHIPPED = "second", "fifth"


def read_clips(folder: Path, work: Path) -> list[RealClip]:
    cache = work / "clips.pickle"
    if not cache.exists():
        found = sorted(folder.glob("*.mp4"))
        if not found:
            raise SystemExit(f"{folder}: no clip (N.mp4 with N.gt.txt) is there")
        cache.write_bytes(pickle.dumps([RealClip(path) for path in found]))
    return pickle.loads(cache.read_bytes())


def pool_of(round_: Round, clips: list[RealClip], work: Path, detector: Detector | None) -> dict:
    file = work / f"{round_.name}.npz"
    if not file.exists():
        stamps = Stamps(clips)
        pools = [real(clips, 1, round_.first_seed + part, stamps) for part in range(1 if round_.every_clip else 3)]
        pools.append(synthetic(round_.synthetic, round_.first_seed, stamps))
        if detector is not None:
            hard = mine.from_synthetic(detector, round_.mined_frames, round_.first_seed + 50_000)
            pools.append(hard.arrays())
            pools += [mine.from_real(detector, clips, 2, round_.first_seed + part, stamps).arrays() for part in range(2)]
            print(f"{round_.name}: mined {[len(pool['pictures']) for pool in pools[-3:]]}", flush=True)
        np.savez(file, **join(*pools))
    return dict(np.load(file))


def main(folder: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    clips = read_clips(folder, work)
    weights, detector, figures, earlier = None, None, {}, []
    for number, round_ in enumerate(ROUNDS):
        file, graph = work / f"{round_.name}.pt", work / f"{round_.name}.onnx"
        taught = [clip for clip in clips if round_.every_clip or clip.name not in HELD_OUT]
        if not file.exists():
            pool = pool_of(round_, taught, work, detector)
            # What earlier rounds mined stays in the lesson; the first round's pool, the plainest, does not.
            lesson = join(pool, *earlier)
            passes = round_.visits / len(lesson["pictures"])
            print(f"round {round_.name}: {len(lesson['pictures'])} patches, {passes:.1f} passes", flush=True)
            torch.save(train(lesson, passes, number, weights, round_.rate), file)
        if number > 0:
            earlier.append(dict(np.load(work / f"{round_.name}.npz")))
        weights = torch.load(file)
        export(weights, graph)
        detector = Detector(graph)
        if round_.name in (MEASURED, SHIPPED):
            figures[round_.name] = measure(detector, clips, graph)
    write_sheet(MODELS, work / f"{SHIPPED}.onnx", figures[MEASURED], figures[SHIPPED], ROUNDS, HELD_OUT)


def measure(detector: Detector, clips: list[RealClip], graph: Path) -> dict:
    """The figures of one set of weights, kept beside its graph."""
    file = graph.with_suffix(".json")
    if not file.exists():
        results = [on_clip(detector, clip, Rule()) for clip in clips]
        unseen = over_clips([result for result in results if result["name"] in HELD_OUT])
        frames = on_synthetic(detector, HELD_OUT_SEED, 120, THRESHOLD)
        file.write_text(json.dumps({"held_out": unseen, "every": over_clips(results), "synthetic": frames}, indent=1))
    return json.loads(file.read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    main(arguments.clips, arguments.work)
