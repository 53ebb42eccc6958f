import { expect, test } from "vitest";
import { StationClock } from "./clock";

test("the station's time runs on between messages, and each message sets it", () => {
  const clock = new StationClock();
  expect(clock.at(500)).toBeNull();
  clock.hear(1_000_000, 500);
  expect(clock.at(750)).toBe(1_000_250);
  clock.hear(1_002_000, 800);
  expect(clock.at(800)).toBe(1_002_000);
});
