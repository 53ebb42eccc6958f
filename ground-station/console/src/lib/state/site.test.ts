import { describe, expect, test } from "vitest";
import { readSite, repeatsClaims } from "./site";

const WHOLE = {
  id: "kiel",
  name: "Kiel-Holtenau",
  datum: [10.16, 54.36],
  bounds: [10.1, 54.3, 10.2, 54.4],
  map: "/map/kiel.pmtiles",
  attribution: "© OpenStreetMap contributors",
  zones: [{ id: "z", name: "Base", kind: "restricted", ring: [[10, 54], [10.1, 54], [10.1, 54.1]] }],
  sensors: [{ id: "radar-1", kind: "radar", position: [10.1, 54.3], range_m: 5000 }],
  operators: [{ id: "anna", name: "Anna Petersen" }],
};

describe("the site", () => {
  test("a whole one is read", () => {
    const site = readSite(WHOLE);
    expect(site).toMatchObject({ name: "Kiel-Holtenau", map: "/map/kiel.pmtiles", bounds: [10.1, 54.3, 10.2, 54.4] });
    expect(site?.zones).toHaveLength(1);
    expect(site?.sensors[0]?.sector_deg).toBeNull();
    expect(site?.operators.get("anna")).toBe("Anna Petersen");
  });

  test("what a vehicle's camera can do is read whole or not at all", () => {
    const camera = { vehicle: "falke-1", size_px: [1920, 1080], down_deg: [10, 90] };
    const pictures = [camera, { ...camera, vehicle: "falke-2", down_deg: [10] }];
    const sensors = [{ ...WHOLE.sensors[0], sector_deg: [350, 10] }];
    const site = readSite({ ...WHOLE, pictures, sensors });
    expect([...(site?.pictures.keys() ?? [])]).toEqual(["falke-1"]);
    expect(site?.sensors[0]?.sector_deg).toEqual([350, 10]);
  });

  test.each([
    ["another host", "https://tiles.example/kiel.pmtiles"],
    ["a host without a scheme", "//tiles.example/kiel.pmtiles"],
    ["a way out of the folder", "/map/../secret"],
    ["a number", 5],
  ])("a map at %s is no map", (_, map) => {
    expect(readSite({ ...WHOLE, map })?.map).toBeNull();
  });

  test("without a datum there is no site; without bounds there is one around the datum", () => {
    expect(readSite({ ...WHOLE, datum: null })).toBeNull();
    expect(readSite(null)).toBeNull();
    for (const bounds of [undefined, [1, 2], [10.2, 54.3, 10.1, 54.4], ["a", 1, 2, 3]]) {
      const [w, s, e, n] = readSite({ ...WHOLE, bounds })?.bounds ?? [0, 0, 0, 0];
      expect(w < 10.16 && 10.16 < e && s < 54.36 && 54.36 < n).toBe(true);
    }
  });

  test("a zone with a corner that cannot be read is left out whole, not bent", () => {
    const zones = [{ ...WHOLE.zones[0], ring: [[10, 54], [10.1, "x"], [10.1, 54.1]] }];
    expect(readSite({ ...WHOLE, zones })?.zones).toEqual([]);
    const border = [{ ...WHOLE.zones[0], kind: "border", line: [[10, 54], [10.1, 54]] }];
    expect(readSite({ ...WHOLE, zones: border })?.zones[0]?.line).toEqual([[10, 54], [10.1, 54]]);
  });

  test.each([
    ["ais_receiver", true],
    ["remote_id_receiver", true],
    ["adsb_receiver", true],
    ["acoustic", false],
    ["radar", false],
    ["coastal_radar", false],
    ["camera", false],
  ])("a sensor of kind %s repeats claims: %s", (kind, expected) => {
    expect(repeatsClaims([{ id: "s-1", kind, position: [0, 0], range_m: null, sector_deg: null }], "s-1")).toBe(expected);
  });

  test("a sensor that the site does not list is judged by its name", () => {
    expect(repeatsClaims([], "ais-2")).toBe(true);
    expect(repeatsClaims([], "rid-1")).toBe(true);
    expect(repeatsClaims([], "bridge-radar")).toBe(false);
    expect(repeatsClaims([], "kiel-2.camera")).toBe(false);
    expect(repeatsClaims([], "aisle-radar")).toBe(false);
  });
});
