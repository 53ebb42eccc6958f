"""Prints our tracker's figures beside the oracle's and Stone Soup's: see tracking.sh, which sets up what this needs."""

import argparse
import json
import time

from runs import Benchmark, say
from table import Family, aligned, families_table, scale_table, stone_soup_row

SIZES = (50, 200, 1000)
# Stone Soup takes minutes for the smallest size; its throughput shows sooner.
STONE_SOUP_SCALE_S = 60

LEGEND = """\
GOSPA mean in m (lower is better), targets of interest; DA: the oracle with perfect association that does not know the
manoeuvres; SS: Stone Soup 1.9.1 in its best configuration found (seeds {soup_seeds}; everything else seeds {seeds}).
switches: of identity, a run. in 95 %: how often the 95 % ellipsoid holds the truth. false/h: false confirmed tracks.
confirm: median seconds to the first confirmed report. det/s: detections a second of processor time, on one core."""

SCALE_LEGEND = """\
Frame times are of the processor, but for "wall". mean: all processor time of the tracking by the number of frames.
growth: of that mean, against the size before, as a power of the number of drones."""


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--benchmark", required=True, help="the reference's folder")
    options.add_argument("--picket", required=True, help="our program")
    options.add_argument("--work", required=True, help="where everything that is made goes")
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--stone-soup-seeds", type=int, nargs="+", default=[1])
    options.add_argument("--families", nargs="+", help="some of the families only")
    options.add_argument("--no-scale", action="store_true", help="leave the scaling out")
    options.add_argument("--fresh", action="store_true", help="run Stone Soup again, whatever is kept")
    asked = options.parse_args()
    benchmark = Benchmark(asked.benchmark, asked.picket, asked.work)

    started = time.monotonic()
    names = asked.families or benchmark.families
    families, kept = measure(benchmark, names, asked)
    print(f"\ntracking\n\n{families_table(families)}\n", flush=True)
    seeds, soup_seeds = (", ".join(map(str, some)) for some in (asked.seeds, asked.stone_soup_seeds))
    print(LEGEND.format(seeds=seeds, soup_seeds=soup_seeds))
    if not asked.no_scale:
        table, scale_kept = scale(benchmark, asked.fresh)
        kept += scale_kept
        print(f"\nscaling\n\n{table}\n\n{SCALE_LEGEND}")
    if kept:
        print(f"Stone Soup's figures kept from an earlier run ({min(kept)} to {max(kept)}); FRESH=1 measures them again.")
    say(f"{time.monotonic() - started:.0f} s in all")


def measure(benchmark, names, asked):
    """All families, and the dates of what was kept of Stone Soup's."""
    families, kept, everything = [], [], {}
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        stone_soup = {}
        # Stone Soup and we one after the other on the same data, so that the two times compare.
        for seed in asked.stone_soup_seeds:
            stone_soup[seed], old = benchmark.stone_soup(name, seed, asked.fresh)
            kept += [stone_soup[seed]["kept_at"]] if old else []
        seeds = sorted({*asked.seeds, *asked.stone_soup_seeds})
        ours = {seed: benchmark.ours(name, seed) for seed in seeds}
        oracle = {seed: benchmark.oracle(name, seed) for seed in seeds}
        families.append(Family(name, ours, oracle, stone_soup))
        everything[name] = {"ours": ours, "oracle": oracle, "stone_soup": stone_soup}
    benchmark.place(".", "results.json").write_text(json.dumps(everything, indent=1))
    return families, kept


def scale(benchmark, fresh):
    """The scaling, and the dates of what was kept."""
    rows = []
    for number, size in enumerate(SIZES, 1):
        say(f"[{number}/{len(SIZES)}] scale_{size}")
        rows.append((f"scale_{size}", benchmark.ours(f"scale_{size}", 1, scored=False)))
    smallest = SIZES[0]
    times, old = benchmark.stone_soup_speed(f"scale_{smallest}", 1, STONE_SOUP_SCALE_S, fresh)
    table = scale_table(rows)
    table.append(stone_soup_row(f"Stone Soup, scale_{smallest}", times, smallest))
    speed_up = rows[0][1]["timing"]["detections_per_s"] / times["detections_per_s"]
    text = f"{aligned(table, rules=(1, 1 + len(SIZES)))}\n\nscale_{smallest}: {speed_up:,.0f} × Stone Soup's detections a second."
    return text, [times["kept_at"]] if old else []


if __name__ == "__main__":
    main()
