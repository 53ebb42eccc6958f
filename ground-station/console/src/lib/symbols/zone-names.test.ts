import { expect, test } from "vitest";
import { clip, middle } from "./zone-names";

test("a polygon inside the screen is left whole", () => {
  const square: [number, number][] = [[10, 10], [20, 10], [20, 20], [10, 20]];
  expect(clip(square, 100, 100)).toEqual(square);
});

test("what lies outside is cut off, and the middle is that of what is seen", () => {
  const seen = clip([[-100, 10], [50, 10], [50, 30], [-100, 30]], 100, 100);
  expect(middle(seen)).toEqual([25, 20]);
});

test("a polygon outside the screen leaves nothing", () => {
  expect(clip([[-30, 10], [-10, 10], [-10, 30]], 100, 100)).toEqual([]);
  expect(middle([])).toEqual([0, 0]);
});

test("a polygon around the screen leaves the screen", () => {
  const seen = clip([[-900, -900], [900, -900], [900, 900], [-900, 900]], 100, 60);
  expect(middle(seen)).toEqual([50, 30]);
});
