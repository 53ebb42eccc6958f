import { describe, expect, test } from "vitest";
import { bearing, circle, deadReckoned, distance, offset, pixelsPerMetre, toPosition, toScreen, viewport } from "./geo";

const KIEL = [10.16, 54.36] as const;

describe("positions", () => {
  test("to the screen and back is where it was", () => {
    const view = viewport(KIEL, 13.4, 800, 600);
    const [x, y] = toScreen(view, 10.17, 54.365);
    const [lon, lat] = toPosition(view, x, y);
    expect(lon).toBeCloseTo(10.17, 9);
    expect(lat).toBeCloseTo(54.365, 9);
    expect(toScreen(view, ...KIEL)).toEqual([expect.closeTo(400, 6), expect.closeTo(300, 6)]);
  });

  test("north is up and east is right", () => {
    const view = viewport(KIEL, 13, 800, 600);
    expect(toScreen(view, 10.16, 54.37)[1]).toBeLessThan(300);
    expect(toScreen(view, 10.17, 54.36)[0]).toBeGreaterThan(400);
  });

  test("the pole stays on the map", () => {
    expect(toScreen(viewport(KIEL, 3, 800, 600), 0, 90).every(Number.isFinite)).toBe(true);
  });

  test("a step away is as far away as it was long, in its direction", () => {
    for (const towards of [0, 45, 133, 270]) {
      const there = offset(KIEL, towards, 1500);
      expect(distance(KIEL, there)).toBeCloseTo(1500, 0);
      expect(Math.abs(bearing(KIEL, there) - towards)).toBeLessThan(0.1);
    }
  });

  test("a circle has its radius all around and is closed", () => {
    const ring = circle(KIEL, 5000);
    for (const place of ring) expect(Math.abs(distance(KIEL, place) - 5000)).toBeLessThan(10);
    expect(ring[0]).toEqual([expect.closeTo(ring.at(-1)![0], 9), expect.closeTo(ring.at(-1)![1], 9)]);
  });

  test("pixels per metre agree with the projection", () => {
    const view = viewport(KIEL, 14, 800, 600);
    const [x0] = toScreen(view, ...KIEL);
    const [x1] = toScreen(view, ...offset(KIEL, 90, 1000));
    expect((x1 - x0) / 1000 / pixelsPerMetre(view, KIEL[1])).toBeCloseTo(1, 2);
  });

  test.each([
    ["moves on", 10, 90, 1000, 10],
    ["stops after two seconds", 10, 90, 60_000, 20],
    ["does not go back in time", 10, 90, -5000, 0],
    ["stays without a course", 10, null, 1000, 0],
    ["stays without a speed", null, 90, 1000, 0],
  ])("dead reckoning %s", (_, speed, course, elapsed, metres) => {
    expect(distance(KIEL, deadReckoned(KIEL, speed, course, elapsed))).toBeCloseTo(metres, 1);
  });
});
