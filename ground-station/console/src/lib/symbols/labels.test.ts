import { describe, expect, test } from "vitest";
import { placeLabels, type Box, type LabelRequest } from "./labels";

const request = (x: number, y: number, mustShow = false): LabelRequest => ({ x, y, width: 60, height: 30, gap: 15, mustShow });

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

describe("labels", () => {
  test("stand on the right where there is room, else on another side", () => {
    const [first, second] = placeLabels([request(100, 100), request(120, 100)]);
    expect(first?.left).toBe(115);
    expect(second).not.toBeNull();
    expect(overlap(first!, second!)).toBe(false);
  });

  test("keep clear of what is already there", () => {
    const [box] = placeLabels([request(100, 100)], [{ left: 110, top: 90, width: 20, height: 20 }]);
    expect(box?.left).toBe(25);
  });

  test("never cover one another, however crowded, except those that must show", () => {
    const crowd = Array.from({ length: 200 }, (_, i) => request((i * 37) % 300, (i * 53) % 200));
    const boxes = placeLabels(crowd).filter((box) => box !== null);
    expect(boxes.length).toBeGreaterThan(5);
    for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    const forced = placeLabels([...crowd, request(150, 100, true)]);
    expect(forced.at(-1)).not.toBeNull();
  });

  test("that must show move farther off before they cover one another", () => {
    const boxes = placeLabels(Array.from({ length: 8 }, () => request(100, 100, true)));
    for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(overlap(a!, b!)).toBe(false);
  });
});
