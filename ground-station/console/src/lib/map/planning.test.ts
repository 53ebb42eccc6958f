import type { LineString, Polygon } from "geojson";
import { expect, test } from "vitest";
import { METRES_PER_DEGREE } from "../geo";
import { NO_PLANNING } from "../state/planning";
import { airFeatures, drawnFeatures, wayFeatures, type PlanningScene } from "./planning";

const RING: [number, number][] = [[10, 54], [10.1, 54], [10.1, 54.1]];
const scene = (changed: Partial<PlanningScene>): PlanningScene => ({
  planning: NO_PLANNING,
  zones: [],
  chosen: null,
  proposal: null,
  drawn: [],
  area: false,
  reach: null,
  open: true,
  now: 1000,
  ...changed,
});

test("a zone that does not apply now is shown while planning, as that, and not otherwise", () => {
  const zone = { id: "DE-1", name: null, restriction: "prohibited", message: null, rings: [RING], lower: null, upper: null, active: [[2000, 3000]] } as const;
  const zones = [{ ...zone, rings: [RING], active: [[2000, 3000] as [number, number]] }];
  expect(airFeatures(scene({ zones })).features[0]?.properties).toMatchObject({ active: false, label: "DE-1" });
  expect(airFeatures(scene({ zones, open: false })).features).toEqual([]);
  expect(airFeatures(scene({ zones, open: false, now: 2500 })).features).toHaveLength(1);
});

test("a closed area is always on the map until it is over, with its hours", () => {
  const area = { id: "a", name: "Rescue", ring: RING, floor_amsl_m: null, ceiling_amsl_m: null, from: 0, to: 60_000, by: "anna" };
  const planning = { ...NO_PLANNING, areas: [area] };
  const [shown] = airFeatures(scene({ planning, open: false })).features;
  expect(shown?.properties).toMatchObject({ kind: "area", active: true, label: "CLOSED Rescue\n00:00Z–00:01Z" });
  expect(airFeatures(scene({ planning, now: 60_001 })).features).toEqual([]);
});

test("an area is closed as soon as it has three corners, a line never", () => {
  const kinds = (area: boolean, drawn: [number, number][]) =>
    drawnFeatures(scene({ area, drawn })).features.map(({ properties }) => properties?.["kind"] as string);
  expect(kinds(true, RING)).toEqual(["fill", "outline", "corner", "corner", "corner"]);
  expect(kinds(false, RING)).toEqual(["outline", "corner", "corner", "corner"]);
  expect(kinds(true, [[10, 54]])).toEqual(["corner"]);
});

test("a corridor is drawn as wide as it is, a coast's way on the side asked for, berths with their numbers", () => {
  const east: [number, number][] = [[10, 0], [10.1, 0]];
  const [strip] = drawnFeatures(scene({ drawn: east, reach: { kind: "strip", width_m: 2 * METRES_PER_DEGREE } })).features;
  expect(strip?.geometry.type).toBe("Polygon");
  const [ring] = (strip!.geometry as Polygon).coordinates;
  expect(ring!.map(([, lat]) => Math.round(lat! * 1e6) / 1e6 + 0)).toEqual([1, 1, -1, -1, 1]);
  const [beside] = drawnFeatures(scene({ drawn: east, reach: { kind: "beside", left_m: -METRES_PER_DEGREE } })).features;
  expect((beside!.geometry as LineString).coordinates.every(([, lat]) => Math.abs(lat! + 1) < 1e-9)).toBe(true);
  const berths = drawnFeatures(scene({ drawn: east, reach: { kind: "places" } })).features;
  expect(berths.map(({ properties }) => properties?.["number"] as string)).toEqual(["1", "2"]);
  const [circle] = drawnFeatures(scene({ drawn: [[10, 0]], reach: { kind: "circle", radius_m: METRES_PER_DEGREE } })).features;
  const away = (circle!.geometry as LineString).coordinates.map(([lon, lat]) => Math.hypot(lon! - 10, lat!));
  expect(Math.min(...away)).toBeCloseTo(1, 9);
});

test("the best so far is drawn until the plans are there", () => {
  const searching = { proposal: 1, state: "searching", cancelled: false, error: null, progress: 0.2, summary: null, ways: [RING], plans: [] } as const;
  const proposal = { ...searching, ways: [RING], plans: [] };
  expect(wayFeatures(scene({ proposal })).features).toHaveLength(1);
  expect(wayFeatures(scene({ proposal, open: false })).features).toEqual([]);
});
