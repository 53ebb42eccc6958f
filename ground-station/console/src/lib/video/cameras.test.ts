import { expect, test } from "vitest";
import { inTheWay, readCameras } from "./cameras";

const MAST = { id: "mast-1", vehicle: false, looked_at: true };
const HERON = { id: "heron-1.camera", vehicle: true, looked_at: true };
const FALKE = { id: "falke-1.camera", vehicle: true, looked_at: false };

test("cameras are read, and what is none is left out", () => {
  expect(readCameras({ cameras: [MAST, { vehicle: true }, 7, { id: "x" }] })).toEqual([
    MAST,
    { id: "x", vehicle: false, looked_at: false },
  ]);
  for (const other of [null, [], { cameras: 7 }, "cameras"]) expect(readCameras(other)).toBeNull();
});

test("of the vehicles' cameras one at a time can be looked at", () => {
  const cameras = [MAST, HERON, FALKE];
  expect(inTheWay(cameras, FALKE.id)).toBe(HERON.id);
  expect([MAST.id, HERON.id, "gone"].map((id) => inTheWay(cameras, id))).toEqual([null, null, null]);
  expect(inTheWay([MAST, FALKE], FALKE.id)).toBeNull();
});
