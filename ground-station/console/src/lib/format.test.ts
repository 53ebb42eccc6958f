import { describe, expect, test } from "vitest";
import * as format from "./format";

describe("what a person reads", () => {
  test.each<[unknown, string]>([
    [format.utcTime(Date.UTC(2026, 10, 20, 3, 12, 4)), "03:12:04Z"],
    [format.utcTime(NaN), "–"],
    [format.utcTime(1e20), "–"],
    [format.utcDate(Date.UTC(2026, 10, 20)), "2026-11-20"],
    [format.utcDate(1e20), "–"],
    [format.duration(-5), "0 s"],
    [format.duration(12_900), "12 s"],
    [format.duration(99_999), "99 s"],
    [format.duration(100_000), "1 min"],
    [format.duration(7_500_000), "2 h 05 min"],
    [format.eta(69.6), "70 s"],
    [format.eta(130), "2 min 10 s"],
    [format.length(999.4), "999 m"],
    [format.length(1234), "1.2 km"],
    [format.length(18_400), "18 km"],
    [format.metres(null), "–"],
    [format.metres(41.6), "42 m"],
    [format.metresPerSecond(12), "12.0 m/s"],
    [format.climb(0.01), "±0.0 m/s"],
    [format.climb(1.44), "+1.4 m/s"],
    [format.climb(-0.44), "−0.4 m/s"],
    [format.knots(5.144), "10.0 kn"],
    [format.direction(7), "007°"],
    [format.direction(359.7), "000°"],
    [format.direction(-90), "270°"],
    [format.direction(null), "–"],
    [format.percent(0.824), "82 %"],
    [format.place([10.152, 54.3725]), "54°22.350′N 010°09.120′E"],
    [format.place([-0.5, -33.99999999]), "34°00.000′S 000°30.000′W"],
    [format.place(null), "–"],
  ])("%s", (text, expected) => {
    expect(text).toBe(expected);
  });
});
