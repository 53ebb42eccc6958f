import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, test } from "vitest";
import { bearing, distance, viewport } from "../geo";
import type { Site } from "../state/site";
import { graticule } from "./graticule";
import { scaleBar } from "./scale";
import { chartStyle } from "./style";
import { rangeFeatures, sensorAt, zoneFeatures } from "./zones";

const SITE: Site = {
  id: "kiel",
  name: "Kiel",
  datum: [10.16, 54.36],
  bounds: [10.1, 54.3, 10.2, 54.4],
  map: "/map/kiel.pmtiles",
  attribution: null,
  zones: [
    { id: "base", name: "Base", kind: "restricted", ring: [[10.1, 54.3], [10.2, 54.3], [10.2, 54.4]], line: null },
    {
      id: "line",
      name: "Border",
      kind: "border",
      ring: [[10.1, 54.3], [10.2, 54.3], [10.3, 54.4]],
      line: [[10.1, 54.3], [10.2, 54.3]],
    },
  ],
  sensors: [
    { id: "radar-1", kind: "radar", position: [10.15, 54.36], range_m: 5000, sector_deg: null },
    { id: "camera-1", kind: "camera", position: [10.15, 54.36], range_m: null, sector_deg: null },
  ],
  pictures: new Map(),
  operators: new Map(),
  supervisors: new Set(),
  ground_amsl_m: 0,
  layers: null,
};

describe("the chart", () => {
  test.each([
    ["with a map", "pmtiles:///map/kiel.pmtiles"],
    ["without a map", null],
  ])("%s has a valid style that names no other host", (_, tiles) => {
    const style = chartStyle(SITE, tiles);
    expect(validateStyleMin(style)).toEqual([]);
    expect(JSON.stringify(style)).not.toMatch(/https?:/);
    expect(style.glyphs).toBeUndefined();
    expect(style.sprite).toBeUndefined();
  });

  test("an area is closed, a border stays a line", () => {
    const [area, line] = zoneFeatures(SITE.zones).features;
    expect(area?.geometry).toEqual({ type: "Polygon", coordinates: [[[10.1, 54.3], [10.2, 54.3], [10.2, 54.4], [10.1, 54.3]]] });
    expect(line?.geometry).toEqual({ type: "LineString", coordinates: [[10.1, 54.3], [10.2, 54.3]] });
  });

  test("a sensor without a range has no ring", () => {
    expect(rangeFeatures(SITE.sensors).features.map(({ properties }) => properties?.["id"])).toEqual(["radar-1"]);
  });

  test("a camera on a mast has its field of view for a sector, past north too", () => {
    const mast = { id: "mast-1", kind: "camera", position: [10.15, 54.36] as [number, number], range_m: 1000, sector_deg: [350, 10] as [number, number] };
    const [field] = rangeFeatures([mast]).features;
    if (field?.geometry.type !== "Polygon") throw new Error("no polygon");
    const ring = field.geometry.coordinates[0] ?? [];
    expect(ring[0]).toEqual([10.15, 54.36]);
    expect(ring.at(-1)).toEqual(ring[0]);
    for (const corner of ring.slice(1, -1)) {
      const at: [number, number] = [corner[0] ?? 0, corner[1] ?? 0];
      expect(distance(mast.position, at)).toBeCloseTo(1000, -1);
      const azimuth = bearing(mast.position, at);
      expect(Math.min(azimuth, 360 - azimuth)).toBeLessThan(10.1);
    }
  });

  test("a sensor is found under the pointer and nowhere else", () => {
    const view = viewport([10.15, 54.36], 13, 800, 600);
    expect(sensorAt(SITE.sensors, view, 405, 296)).toBe("radar-1");
    expect(sensorAt(SITE.sensors, view, 440, 296)).toBeNull();
  });
});

describe("the graticule", () => {
  test("has round lines, labelled as on a chart", () => {
    const { meridians, parallels } = graticule(viewport([10.16, 54.36], 12.5, 800, 600), 110);
    expect(meridians.map(({ label }) => label)).toContain("010°10′E");
    expect(parallels.map(({ label }) => label)).toContain("54°22.0′N");
    for (const lines of [meridians, parallels]) {
      for (const [i, line] of lines.entries()) {
        const next = lines[i + 1];
        if (next) expect(Math.abs(next.at - line.at)).toBeGreaterThanOrEqual(109);
        if (next) expect(next.light).toBe(!line.light);
      }
    }
  });

  test.each([5, 12, 19])("is bounded at zoom %i", (zoom) => {
    const { meridians, parallels } = graticule(viewport([0, 0], zoom, 4000, 3000), 110);
    expect(meridians.length + parallels.length).toBeLessThan(100);
  });

  test("south and west are named", () => {
    const { meridians, parallels } = graticule(viewport([-0.51, -33.01], 12.5, 800, 600), 110);
    expect(meridians[0]?.label).toMatch(/W$/);
    expect(parallels[0]?.label).toMatch(/S$/);
  });
});

test.each([
  [0.2, "500 m", 100],
  [0.0001, "1000 km", 100],
  [1000, "1 m", 1000],
])("at %s pixels a metre the scale says %s", (pxPerM, label, px) => {
  expect(scaleBar(pxPerM)).toEqual({ label, px });
});
