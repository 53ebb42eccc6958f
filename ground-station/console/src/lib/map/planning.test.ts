import type { LineString, Polygon } from "geojson";
import { expect, test } from "vitest";
import { METRES_PER_DEGREE } from "../geo";
import { NO_PLANNING, readProposal } from "../state/planning";
import { airFeatures, drawnFeatures, riskFeatures, wayFeatures, type PlanningScene } from "./planning";

const RING: [number, number][] = [[10, 54], [10.1, 54], [10.1, 54.1]];
const scene = (changed: Partial<PlanningScene>): PlanningScene => ({
  planning: NO_PLANNING,
  zones: [],
  chosen: null,
  proposal: null,
  drawn: [],
  area: false,
  reach: null,
  risk: true,
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

test("a map of risk is drawn cell by cell from the south-west, can be hidden, and leaves out what is next to nothing", () => {
  const risk = {
    corners: [[10, 54], [10.2, 54], [10, 54.1]],
    columns: 2,
    rows: 1,
    values: [3, 80],
    hour: [0, 3_600_000],
    factors: [{ name: "darkness", weight: 1, says: 0.9, adds: 0.2, why: "sun -30°" }, { name: "without a weight" }],
  };
  const proposal = readProposal({ proposal: 1, state: "done", risk })!;
  expect(proposal.risk?.factors.map(({ name }) => name)).toEqual(["darkness"]);
  const [cell, ...others] = riskFeatures(scene({ proposal })).features;
  expect(others).toEqual([]);
  expect(cell?.properties).toEqual({ value: 80 });
  const [ring] = (cell!.geometry as Polygon).coordinates;
  expect(ring!.slice(0, 3)).toEqual([[10.1, 54], [10.2, 54], [10.2, 54.1]]);
  expect(riskFeatures(scene({ proposal, risk: false })).features).toEqual([]);
  expect(readProposal({ proposal: 1, state: "done", risk: { ...risk, rows: 3 } })!.risk).toBeNull();
});

test("the best so far is drawn until the plans are there", () => {
  const searching = { proposal: 1, state: "searching", cancelled: false, error: null, progress: 0.2, summary: null, ways: [RING], plans: [] } as const;
  const proposal = { ...searching, ways: [RING], plans: [], risk: null };
  expect(wayFeatures(scene({ proposal })).features).toHaveLength(1);
  expect(wayFeatures(scene({ proposal, open: false })).features).toEqual([]);
});
