"""The table of the planning benchmark: see planning.sh, which sets up what this needs.

Every instance is answered by the program and judged by the benchmark's own scorer. Times are of the processor, as the system
counts it for the program; budgets are what the program was told.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from runs import say
from table import aligned, ratio
from zones import write_mission, write_zones

ZONES = 14_000
HEADINGS = ["instance", "found", "must", "reference", "seconds"]


class Benchmark:
    """The benchmark in `folder`, shapes of zones, our program, the folder for answers, and the seeds to try."""

    def __init__(self, folder, zones, picket, work, seeds):
        self.folder, self.picket, self.work, self.seeds = Path(folder).resolve(), Path(picket), Path(work), seeds
        self.zones = Path(zones)
        self.work.mkdir(parents=True, exist_ok=True)
        self.references = json.loads((self.folder / "reference_open.json").read_text())
        sys.path.insert(0, str(self.folder))
        import score

        self.score = score.score

    def instances(self, name):
        return sorted((self.folder / "instances" / "open" / name).glob("*.json"))

    def reference(self, name, instance):
        return self.references[name].get(f"open/{instance.stem}", {})

    def answer(self, instance, budget_ms, *options, seed=1):
        """The scorer's figures for one answer, with the seconds of processor time it took."""
        say(f"{instance.parent.name}/{instance.stem}, {budget_ms / 1000:g} s {' '.join(options)}")
        out = self.work / f"{instance.stem}.json"
        command = ["plan", "--instance", instance, "--out", out, "--budget-ms", str(budget_ms)]
        ended, spent_s = self.run([*command, "--seed", str(seed), *options])
        ended.check_returncode()
        truth = instance.parent.parent / "intercept_truth" / instance.name
        truth = json.loads(truth.read_text()) if instance.parent.name == "intercept" else None
        figures = self.score(json.loads(instance.read_text()), json.loads(out.read_text()), truth)
        figures["seconds"] = spent_s
        return figures

    def run(self, arguments):
        """Runs our program: how it ended, and the seconds of processor time it took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run([self.picket, *arguments], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def worst(self, instance, budget_ms, figure, *options):
        """Of all seeds the answer whose figure is the worst."""
        answers = (self.answer(instance, budget_ms, *options, seed=seed) for seed in self.seeds)
        return max(answers, key=lambda figures: (not figures["valid"], figure(figures)))


def valid(figures):
    return "" if figures["valid"] else "NOT VALID "


def seconds(figures):
    return f"{figures['seconds']:.2f}"


def coverage(benchmark):
    rows, ratios, gains = [], [], []
    for instance in benchmark.instances("coverage"):
        first = benchmark.worst(instance, 200, lambda figures: figures["time_ratio"])
        best = benchmark.worst(instance, 2000, lambda figures: figures["time_ratio"])
        theirs = benchmark.reference("coverage", instance).get("f2c_base", {}).get("time_ratio")
        ratios.append(best["time_ratio"])
        if theirs:
            gains.append(1 - best["time_ratio"] / theirs)
        found = f"{valid(first)}{first['time_ratio']:.3f} at 0.2 s, {valid(best)}{best['time_ratio']:.3f}"
        rows.append([instance.stem, found, "valid at 0.2 s", f"Fields2Cover {theirs:.3f}" if theirs else "", seconds(best)])
    rows.append(["median of time over its lower bound", f"{statistics.median(ratios):.3f}", "1.27", "", ""])
    rows.append(["mean gain on Fields2Cover", f"{100 * statistics.mean(gains):.1f} %", "10 %", "", ""])
    return rows


def patrol(benchmark):
    rows, idle = [], []
    for instance in benchmark.instances("patrol"):
        fixed = benchmark.worst(instance, 10_000, lambda figures: figures["idle_ratio"], "--manner", "fixed")
        annealed = benchmark.references["patrol"][f"open/{instance.stem}/anneal@40"]["idle_ratio"]
        idle.append(fixed["idle_ratio"])
        found = f"{valid(fixed)}idleness {fixed['idle_ratio']:.2f}"
        rows.append([f"{instance.stem}, fixed", found, "the reference", f"annealed, 40 s {annealed:.2f}", seconds(fixed)])
        seen = lambda figures: -ratio(figures["pd_obs10"], figures["pd_obs0"])
        free = benchmark.worst(instance, 10_000, seen, "--manner", "unpredictable")
        found = (f"{valid(free)}loss {free['loss_obs10']:.2f}, seen {-seen(free):.2f} of the blind's, "
                 f"idleness {ratio(free['idle_ratio'], fixed['idle_ratio']):.2f} of the fixed")
        rows.append([f"{instance.stem}, unpredictable", found, "1.3, 0.85, 2", "", seconds(free)])
    rows.append(["mean idleness of the fixed", f"{statistics.mean(idle):.2f}", "3.5", "", ""])
    return rows


def visits(name, budgets, reference):
    def rows(benchmark):
        rows = []
        for instance in benchmark.instances(name):
            best = benchmark.reference(name, instance)[reference]["cost"]
            for budget_ms, allowed in budgets:
                found = benchmark.worst(instance, budget_ms, lambda figures: figures["cost"])
                above = f"{valid(found)}{found['cost']:,.0f}, {100 * (found['cost'] / best - 1):+.1f} %"
                what = f"{instance.stem}, {budget_ms / 1000:g} s"
                rows.append([what, above, f"{allowed:+} %", f"{reference} {best:,.0f}", seconds(found)])
        return rows

    return rows


def intercept(benchmark):
    rows, wanted = [], {"drone_goal": 0.55, "drone_dogleg": 0.42, "balloon": 0.24}
    for instance in benchmark.instances("intercept"):
        figures = benchmark.answer(instance, 2000)
        bayes = benchmark.references["intercept"][f"open/{instance.stem}/bayes"]
        found = f"rate {figures['intercept_rate']:.3f}, log-loss {figures['log_loss']:.3f}"
        must = f"{wanted.get(instance.stem, '')}, {bayes['log_loss']:.3f}"
        reference = f"Bayes {bayes['intercept_rate']:.3f}, {bayes['log_loss']:.3f}"
        rows.append([instance.stem, found, must, reference, f"{seconds(figures)} for {figures['n']}"])
    return rows


def preflight(benchmark):
    rows = []
    for instance in benchmark.instances("preflight"):
        figures = benchmark.answer(instance, 2000)
        found = f"recall {figures['recall']:.2f}, precision {figures['precision']:.2f}"
        rows.append([instance.stem, found, "1.00, 1.00", "", f"{seconds(figures)} with reading"])
    if benchmark.zones.is_dir():
        rows.append(many_zones(benchmark))
    else:
        say(f"no row of many zones: there are no shapes in {benchmark.zones} (--zones)")
    return rows


def many_zones(benchmark):
    """A mission across one of very many zones: it must be found, and the file read in time."""
    number = ZONES // 2 + 30
    file, mission = benchmark.work / "zones.json", benchmark.work / "mission.waypoints"
    write_zones(benchmark.zones, ZONES, file)
    write_mission(number, mission)
    say(f"preflight/{ZONES} zones")
    ended, spent_s = benchmark.run(
        ["check", mission, "--zones", file, "--home-amsl-m", "400", "--depart", "2026-11-21T12:00:00Z"]
    )
    read = f"zones read: {ZONES}" in ended.stdout
    found = read and ended.returncode == 1 and f"prohibited:Z{number:05}" in ended.stdout
    return [f"{ZONES:,} zones", "its zone found" if found else "NOT FOUND", "found, in 2 s", "", f"{spent_s:.2f} with reading"]


CLASSES = {
    "coverage": coverage,
    "patrol": patrol,
    "tasks": visits("tasks", [(1000, 5), (10_000, 1)], "pyvrp@10"),
    "replan": visits("replan", [(100, 8), (1000, 3)], "pyvrp@5"),
    "intercept": intercept,
    "preflight": preflight,
}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--benchmark", required=True, help="the benchmark's folder")
    options.add_argument("--zones", required=True, help="a folder with samples of zones, whose shapes are used")
    options.add_argument("--picket", required=True, help="our program")
    options.add_argument("--work", required=True, help="where everything that is made goes")
    options.add_argument("--seeds", type=int, nargs="+", default=[1])
    options.add_argument("--classes", nargs="+", choices=CLASSES, default=list(CLASSES))
    asked = options.parse_args()
    started = time.monotonic()
    benchmark = Benchmark(asked.benchmark, asked.zones, asked.picket, asked.work, asked.seeds)
    for name in asked.classes:
        rows = CLASSES[name](benchmark)
        print(f"\n{name}\n\n{aligned([HEADINGS, *rows], rules=(1,))}", flush=True)
    say(f"{time.monotonic() - started:.0f} s in all")


main()
