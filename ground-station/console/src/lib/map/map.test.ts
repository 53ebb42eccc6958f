import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, test } from "vitest";
import { viewport } from "../geo";
import type { Site } from "../state/site";
import { graticule } from "./graticule";
import { scaleBar } from "./scale";
import { chartStyle } from "./style";
import { rangeFeatures, zoneFeatures } from "./zones";

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
  cameras: [],
  sensors: [
    { id: "radar-1", kind: "radar", position: [10.15, 54.36], range_m: 5000 },
    { id: "camera-1", kind: "camera", position: [10.15, 54.36], range_m: null },
  ],
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
