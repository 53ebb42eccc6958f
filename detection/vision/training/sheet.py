"""The data sheet that lies beside the weights, for people and for the program: `small-targets.toml`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from evaluate import SIZES, Rule
from network import PEAKS
from targets import CLASSES

HEAD = """\
# Data sheet of small-targets.onnx: written by training/rebuild.py, not by hand.
# Small things in the sky, in grey pictures of visible light or infrared. Not for persons, not for faces, not for
# anything on the ground or the water; never the only reason to act against an aircraft.
"""


def write_sheet(models: Path, graph: Path, measured: dict | None, shipped: dict | None, rounds, held_out) -> None:
    models.mkdir(exist_ok=True)
    target = models / "small-targets.onnx"
    shutil.copyfile(graph, target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    names = ", ".join(f'"{name}"' for name in CLASSES)
    rule = Rule()
    lines = [
        HEAD,
        "[model]",
        f'file = "{target.name}"',
        f'sha256 = "{digest}"',
        f"bytes = {target.stat().st_size}",
        f"names = [{names}]",
        "lags = [0, 3, 6]",
        "side_multiple = 16",
        "heat_stride = 4",
        "",
        "[input]",
        'name = "frames"',
        'type = "u8"',
        'shape = [1, 3, "height", "width"]',
        "",
        "[output]",
        'name = "peaks"',
        'type = "f32"',
        f"shape = [1, {PEAKS}, 8]",
        'fields = ["centre_x", "centre_y", "width", "height", ' + ", ".join(f'"score_{name}"' for name in CLASSES) + "]",
        "",
        "[thresholds]",
        "report_min = 0.1",
        f"feed_track_min = {rule.feed}",
        f"begin_track_min = {rule.begin}",
        "",
        "[training]",
        'command = "python rebuild.py CLIPS WORK"',
        'real_clips = "Anti-UAV (ZhaoJ9014, MIT licence), five infrared clips, 375 frames each"',
        f"rounds = {len(rounds)}",
        f"first_seeds = {[round_.first_seed for round_ in rounds]}",
        f"patches_seen = {sum(round_.visits for round_ in rounds)}",
    ]
    if measured is not None:
        lines += figures("measured_without_held_out_clips", measured, f"held out: {', '.join(held_out)}", "held_out")
    if shipped is not None:
        lines += figures("shipped_on_its_own_training_clips", shipped, "all clips were learnt from: no promise for other places", "every")
    (models / "small-targets.toml").write_text("\n".join(lines) + "\n")


def figures(title: str, result: dict, note: str, part: str) -> list[str]:
    real, frames = result[part], result["synthetic"]
    lines = ["", f"[{title}]", f'note = "{note}"']
    lines += [f"{key} = {real[key]:.4f}" for key in ("ap", "ap_by_centre", "track_recall", "false_tracks_a_minute") if key in real]
    lines.append(f"synthetic_sizes_px = {[list(size) for size in SIZES]}")
    lines.append(f"synthetic_recall = {frames['recall']}")
    lines.append(f"synthetic_targets = {frames['counts']}")
    lines.append(f"synthetic_false_a_frame = {frames['false_a_frame']:.3f}")
    lines.append(f"synthetic_class_right = {frames['class_right']:.3f}")
    return lines
