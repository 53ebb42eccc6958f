"""The data sheet that lies beside the weights, for people and for the program: `small-targets.toml`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from evaluate import FALSE_WANTED, PLAIN_LEVELS, RATIOS, SIZES, Rule
from network import PEAKS
from targets import CLASSES

HEAD = """\
# Data sheet of small-targets.onnx: written by training/rebuild.py, not by hand.
# Small things in the sky, in grey pictures of visible light or infrared. Not for persons, not for faces, not for
# anything on the ground or the water; never the only reason to act against an aircraft.
"""


def write_sheet(models: Path, graph: Path, held_out: dict, own: dict, synthetic: dict, rounds) -> None:
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
        'start = "start.npz: 940,000 patches, synthetic and clips 4 and 5"',
        'averaged_with = "earlier.npz: the weights that shipped before, and those without a place"',
        'precision = "int8 between the first layer and the head, weights of seven bits, a scale for each channel"',
        'sizes = "taught last, in the finished graph, by 6,000 patches of synthetic scenes alone"',
        f"rounds = {[round_.name for round_ in rounds]}",
        f"patches_seen = {[round_.visits for round_ in rounds]}",
    ]
    note = "each clip by weights that never saw its place, taught as the shipped ones were; tracks by the plain tracker of evaluate.py"
    lines += figures("measured_on_places_never_seen", note, held_out)
    note = "the shipped weights learnt from these clips: no promise for other places"
    lines += figures("shipped_on_its_own_training_clips", note, own)
    lines += ["", "[shipped_on_synthetic_frames]", 'note = "1,000 frames of 640x512 of seeds that no training used; score 0.3"']
    lines.append(f"plain_levels_min = {PLAIN_LEVELS}")
    lines.append(f"sizes_px = {[list(size) for size in SIZES]}")
    lines += [f"{key} = {synthetic[key]}" for key in ("recall", "counts", "plain_recall", "plain_counts")]
    lines += [f"{key} = {synthetic[key]:.3f}" for key in ("false_a_frame", "frames_without_false", "class_right")]
    lines.append("false_by_scene = { " + ", ".join(f"{kind} = {value:.2f}" for kind, value in synthetic["false_by_scene"].items()) + " }")
    lines += [
        "",
        "[shipped_on_synthetic_frames_by_threshold]",
        'note = "the same frames, from the score at which false_a_frame peaks are false; ratios: signal to noise, below 8 px, not hidden"',
        f"false_a_frame = {FALSE_WANTED}",
        f"ratios = {[list(ratio) for ratio in RATIOS]}",
        f"small_by_ratio = {synthetic['small_by_ratio']}",
        f"small_hidden_by_overlays = {synthetic['small_hidden']}",
    ]
    for name in ("class", "presence"):
        lines.append(f"{name}_threshold = {synthetic[f'{name}_threshold_at_half_false']:.3f}")
        lines.append(f"{name}_recall = {synthetic[f'{name}_recall_at_half_false']}")
        lines.append(f"{name}_small_recall_by_ratio = {synthetic[f'{name}_small_recall_by_ratio']}")
    (models / "small-targets.toml").write_text("\n".join(lines) + "\n")


def figures(title: str, note: str, result: dict) -> list[str]:
    names = ", ".join(f'"{name}"' for name in result["clips"])
    lines = ["", f"[{title}]", f'note = "{note}"', f"clips = [{names}]"]
    return lines + [f"{key} = {result[key]:.4f}" for key in ("ap", "ap_by_centre", "track_recall", "false_tracks_a_minute")]
