"""The tables of the tracking benchmark, as text."""

import math

HEADINGS = ["family", "GOSPA", "DA's", "SS's", "/ DA", "/ SS", "switches", "DA's", "OSPA2/DA", "in 95 %", "false/h",
            "confirm", "DA's", "det/s", "SS's", "× SS"]


def mean(results, *path):
    """The mean of a figure over results, of those that have it; NaN where none has."""
    figures = []
    for figure in results:
        for key in path:
            figure = figure.get(key) if isinstance(figure, dict) else None
        if figure is not None:
            figures.append(figure)
    return sum(figures) / len(figures) if figures else math.nan


def ratio(a, b):
    return a / b if b else math.nan


class Family:
    """What was measured on one family: results by seed of ours, of the oracle and of Stone Soup (fewer seeds)."""

    def __init__(self, name, ours, oracle, stone_soup):
        of = lambda results, *path: mean(results.values(), "interest", *path)
        both = [ours[seed] for seed in stone_soup]
        speed, their_speed = (mean(rs, "timing", "detections_per_s") for rs in (both, stone_soup.values()))
        self.name = name
        self.gospa, self.gospa_oracle = of(ours, "gospa", "mean"), of(oracle, "gospa", "mean")
        self.gospa_stone_soup = of(stone_soup, "gospa", "mean")
        self.to_oracle = ratio(self.gospa, self.gospa_oracle)
        # On the seeds that both have.
        self.to_stone_soup = ratio(mean(both, "interest", "gospa", "mean"), self.gospa_stone_soup)
        self.switches, self.switches_oracle = (of(rs, "identity", "id_switches") for rs in (ours, oracle))
        self.ospa2_to_oracle = ratio(of(ours, "ospa2", "mean"), of(oracle, "ospa2", "mean"))
        self.coverage = of(ours, "nees", "coverage95_pos")
        self.false_per_hour = of(ours, "false_tracks", "per_hour")
        self.confirm, self.confirm_oracle = (of(rs, "confirm", "median_s") for rs in (ours, oracle))
        self.speed, self.speed_stone_soup = speed, their_speed
        self.speed_up = ratio(speed, their_speed)

    def cells(self):
        return [self.name, f"{self.gospa:.1f}", f"{self.gospa_oracle:.1f}", f"{self.gospa_stone_soup:.1f}",
                f"{self.to_oracle:.3f}", f"{self.to_stone_soup:.3f}", f"{self.switches:.1f}", f"{self.switches_oracle:.1f}",
                f"{self.ospa2_to_oracle:.2f}", f"{100 * self.coverage:.1f}", f"{self.false_per_hour:.1f}",
                f"{self.confirm:.1f}", f"{self.confirm_oracle:.1f}", f"{self.speed:,.0f}", f"{self.speed_stone_soup:,.0f}",
                f"{self.speed_up:,.0f}"]


def families_table(families):
    """One row a family; below them the means over the families."""
    average = lambda figure: f"{sum(figure(f) for f in families) / len(families):.3f}"
    last = ["mean of the ratios", "", "", "", average(lambda f: f.to_oracle), average(lambda f: f.to_stone_soup), "", "",
            average(lambda f: f.ospa2_to_oracle), "", "", "", "", "", "", ""]
    return aligned([HEADINGS, *(family.cells() for family in families), last], rules=(1, 1 + len(families)))


SCALE_HEADINGS = ["scenario", "drones", "detections", "× real time", "det/s", "frame p50 ms", "p99 ms", "max ms",
                  "p99 wall ms", "mean µs", "growth"]


def scale_table(rows):
    """One row a size, from small to large, and Stone Soup's as far as it went."""
    table, before = [SCALE_HEADINGS], None
    for name, result in rows:
        times = result["timing"]
        per_frame, frame = 1e6 * times["cpu_s"] / times["frames"], times["frame_ms"]
        growth = ""
        if before:
            growth = f"n^{math.log(per_frame / before[0]) / math.log(result['n_targets'] / before[1]):.2f}"
        before = (per_frame, result["n_targets"])
        table.append([name, f"{result['n_targets']}", f"{result['n_detections']:,}", f"{times['real_time_factor']:,.1f}",
                      f"{times['detections_per_s']:,.0f}", f"{frame['p50']:.3f}", f"{frame['p99']:.3f}",
                      f"{frame['max']:.3f}", f"{times['frame_wall_ms']['p99']:.3f}", f"{per_frame:.1f}", growth])
    return table


def stone_soup_row(name, times, drones):
    frame = times["frame_ms"]
    return [name, f"{drones}", f"{times['detections']:,}", f"{times['real_time_factor']:,.2f}",
            f"{times['detections_per_s']:,.0f}", f"{frame['p50']:.1f}", f"{frame['p99']:.1f}", f"{frame['max']:.1f}", "",
            f"{1e6 * times['cpu_s'] / times['frames']:,.1f}", ""]


def aligned(rows, rules=()):
    """Text in columns, the first to the left, the others to the right; a rule before the rows named."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        if number in rules:
            lines.append("-" * (sum(widths) + 2 * (len(widths) - 1)))
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
