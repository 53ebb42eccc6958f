"""Runs of the trackers on the tracking benchmark: ours, the oracle's, Stone Soup's.

The benchmark is somebody else's folder and stays as it is: its generator, scorer, oracle and Stone Soup runner are used
from there, and everything that they write goes below the work folder. What takes long and does not depend on us (Stone
Soup, oracles, generated scenarios) is kept there, under a hash of what it was made with.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

# One core each, as a fair comparison of throughput wants it; and no bytecode in the benchmark's folder.
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
# Our runs take a fraction of a second, so their time is the median of a few.
REPEATS = 3


class Benchmark:
    """The reference in `folder`, our program `picket`, and the folder `work` for what is made."""

    def __init__(self, folder, picket, work):
        self.folder, self.picket, self.work = Path(folder).resolve(), Path(picket).resolve(), Path(work).resolve()
        sys.path.insert(0, str(self.folder))
        import make_scenarios
        import score

        self.score_file = score.score_file
        self.families = list(make_scenarios.FAMILIES)
        published = self.folder / "results_oracle.json"
        self.published = json.loads(published.read_text()).get("da", {}) if published.exists() else {}

    def scenario(self, family, seed):
        """The folder of a scenario: an open one, or generated."""
        opened = self.folder / "data" / family / f"seed{seed}"
        if opened.exists():
            return opened
        made = self.work / "scenarios" / self.fingerprint("make_scenarios.py", "geo.py")
        folder = made / family / f"seed{seed}"
        if not folder.exists():
            say(f"generating {family} seed {seed}")
            # Generated beside its place and moved there whole, so that an interrupted run leaves no half of one.
            half = made / f"{family}.{seed}.half"
            self.python("make_scenarios.py", "--out", half, "--families", family, "--seeds", seed)
            folder.parent.mkdir(parents=True, exist_ok=True)
            (half / family / f"seed{seed}").rename(folder)
            (half / family).rmdir()
            half.rmdir()
        return folder

    def ours(self, family, seed, scored=True):
        """Our score and timing, timing the median of a few runs."""
        scenario = self.scenario(family, seed)
        out = self.place("ours", f"{family}.{seed}.jsonl")
        timing = out.with_suffix(".timing.json")
        runs = []
        for _ in range(REPEATS):
            arguments = ["track", "--scenario", scenario, "--out", out, "--timing", timing]
            run([self.picket, *arguments])
            runs.append(json.loads(timing.read_text()))
        middle = statistics.median_low([one["cpu_s"] for one in runs])
        timing.write_text(json.dumps(next(one for one in runs if one["cpu_s"] == middle)))
        if scored:
            return self.scored(scenario, out, timing)
        meta, times = json.loads((scenario / "meta.json").read_text()), json.loads(timing.read_text())
        times["detections_per_s"] = meta["n_detections"] / times["cpu_s"]
        times["real_time_factor"] = (meta["t1"] - meta["t0"]) / times["cpu_s"]
        return {"timing": times, "n_detections": meta["n_detections"], "n_targets": meta["n_targets"]}

    def oracle(self, family, seed):
        """The score of perfect association; the published one where there is one."""
        known = self.published.get(f"{family}/seed{seed}")
        if known:
            return known
        kept = self.kept("oracle", f"{family}.{seed}", "oracle.py", "make_scenarios.py", "score.py")
        if not kept.exists():
            say(f"oracle on {family} seed {seed}")
            scenario, out = self.scenario(family, seed), kept.with_suffix(".jsonl")
            self.python("oracle.py", "da", scenario, out)
            keep(kept, self.scored(scenario, out))
        return json.loads(kept.read_text())

    def stone_soup(self, family, seed, fresh=False):
        """Stone Soup's score and timing in its best configuration; and whether it is of an earlier run."""
        kept = self.kept("stonesoup", f"{family}.{seed}", "run_stonesoup.py", "stonesoup_configs.json", "score.py")
        if kept.exists() and not fresh:
            return json.loads(kept.read_text()), True
        say(f"Stone Soup on {family} seed {seed}: seconds to minutes")
        scenario, out = self.scenario(family, seed), kept.with_suffix(".jsonl")
        timing = out.with_suffix(".timing.json")
        self.python("run_stonesoup.py", scenario, out, "--timing", timing)
        return keep(kept, self.scored(scenario, out, timing)), False

    def stone_soup_speed(self, family, seed, limit_s, fresh=False):
        """Stone Soup's detections a second over its first `limit_s` seconds of processor time; and whether it is kept."""
        kept = self.kept("stonesoup", f"{family}.{seed}.speed", "run_stonesoup.py", "stonesoup_configs.json")
        if kept.exists() and not fresh:
            return json.loads(kept.read_text()), True
        say(f"Stone Soup on {family} seed {seed}: {limit_s} s of processor time")
        scenario, timing = self.scenario(family, seed), kept.with_suffix(".timing.json")
        self.python("run_stonesoup.py", scenario, kept.with_suffix(".jsonl"), "--timing", timing, "--limit", limit_s)
        times = json.loads(timing.read_text())
        times["detections_per_s"] = times["detections"] / times["cpu_s"]
        times["real_time_factor"] = times["simulated_s"] / times["cpu_s"]
        return keep(kept, times), False

    def scored(self, scenario, tracks, timing=None):
        """A scorer's result without its series."""
        result = self.score_file(str(scenario), str(tracks), timing and str(timing))
        for part in ("interest", "all_objects"):
            result.get(part, {}).pop("series", None)
        return json.loads(json.dumps(result, default=float))

    def place(self, kind, name):
        path = self.work / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def kept(self, kind, name, *made_with):
        return self.place(kind, f"{name}.{self.fingerprint(*made_with)}.json")

    def fingerprint(self, *names):
        text = b"".join((self.folder / name).read_bytes() for name in names)
        return hashlib.sha256(text).hexdigest()[:12]

    def python(self, script, *arguments):
        run([sys.executable, self.folder / script, *arguments])


def run(command):
    """Runs a program; what it says is shown only when it fails."""
    done = subprocess.run([str(word) for word in command], env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: failed ({done.returncode})\n{done.stdout}{done.stderr}")


def keep(path, result):
    """Keeps a result, dated."""
    result["kept_at"] = time.strftime("%Y-%m-%d %H:%M")
    path.write_text(json.dumps(result))
    return result


def say(what):
    print(f"  {what}", file=sys.stderr, flush=True)
