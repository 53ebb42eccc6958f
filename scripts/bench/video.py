"""The table of the eyes, out of what the programs printed: video.py FOLDER REFERENCES DATA_SHEET."""

import pathlib
import re
import sys
import tomllib


def numbers(text, pattern):
    """The groups of the pattern's first match as numbers; nothing where there is none."""
    found = re.search(pattern, text)
    return [float(group) for group in found.groups()] if found else None


def read(path):
    return path.read_text() if path.is_file() else ""


def line(what, must, reached, reference=""):
    print(f"{what:<52} {must:<30} {reached:<44} {reference}")


def clips(folder):
    """Of each recording: recall, AP, track recall, false tracks a minute."""
    pattern = r"recall ([\d.]+), AP ([\d.]+), track recall ([\d.]+), confirmed false tracks ([\d.]+) a minute"
    rows = {path.stem: numbers(read(path), pattern) for path in sorted(folder.glob("clip-*.txt"))}
    rows = {name.removeprefix("clip-"): row for name, row in rows.items() if row}
    if not rows:
        return
    mean = [sum(row[i] for row in rows.values()) / len(rows) for i in range(4)]
    figures = f"AP {mean[1]:.3f}, track recall {mean[2]:.3f}, false {mean[3]:.1f}/min"
    line("real infrared clips, mean of those at hand", "AP 0.92, recall 0.97, 1/min", figures, "prototype, held out: 0.89, 0.92, 43/min")
    for name, row in rows.items():
        line(f"  clip {name}", "", f"AP {row[1]:.3f}, track recall {row[2]:.3f}, false {row[3]:.1f}/min")


def speed(text):
    if not text:
        return
    rate = numbers(text, r"frames \d+, ([\d.]+) a second")
    half, most = numbers(text, r"p50 ([\d.]+) ms, p95 ([\d.]+) ms")
    networks, ego, own, share = numbers(
        text, r"networks ([\d.]+) ms, ego-motion ([\d.]+) ms, pipeline ([\d.]+) ms \(([\d.]+) %"
    )
    line("pipeline over bare session.run, a frame", "15 %, 2 ms", f"{share:.1f} %, {own:.2f} ms (networks {networks:.1f} ms)")
    line("ego-motion, 960x544", "5 ms", f"{ego:.2f} ms")
    line("all of it, 960x544, two cores, with decoding", "30 frames/s, p50 60, p95 100 ms", f"{rate[0]:.1f} frames/s, p50 {half:.1f}, p95 {most:.1f} ms")
    memory = numbers(text, r"memory: ([\d.]+) MiB after \d+ frames, ([\d.]+) MiB")
    if memory:
        line("memory, settled and at the end", "flat", f"{memory[0]:.1f} MiB, {memory[1]:.1f} MiB")


def tracker(folder, references):
    rows = {row.split()[0]: row.split() for row in read(folder / "moteval.txt").splitlines() if row.strip()}
    ours = rows.get("picket")
    if not ours:
        return
    public = [row.split() for row in read(references).splitlines()[1:] if row.strip()]
    public = {row[0]: float(row[1]) for row in public if not row[0].startswith("kfllr")}
    best = max(public, key=public.get, default=None)
    beside = f"{best} {public[best]:.1f}, prototype kfllr+gmc 77.1" if best else ""
    line("image tracker: HOTA, IDF1", "78, 92, 8 above the best public", f"{ours[1]}, {ours[5]}", beside)
    rate = numbers(read(folder / "mot.txt"), r"([\d.]+) frames/s")
    if rate:
        line("image tracker: frames a second", "20000", f"{rate[0]:.0f}")


def sheet(path):
    """What the data sheet of the shipped network says it reached, and on what."""
    figures = tomllib.loads(read(path)) if path.is_file() else {}
    for section, values in figures.items():
        if isinstance(values, dict) and "note" in values:
            stated = ", ".join(f"{key} {value}" for key, value in values.items())
            line(f"small targets, data sheet: {section}", "0.95 at 5-8 px, 0.80 below, 0.5/frame", stated)


folder, references, data_sheet = map(pathlib.Path, sys.argv[1:4])
line("what", "must reach", "is", "reference")
speed(read(folder / "speed.txt"))
clips(folder)
sheet(data_sheet)
tracker(folder, references)
print("geolocation and metadata are tests: cargo test -p vision --test geolocation --test klv --test out")
