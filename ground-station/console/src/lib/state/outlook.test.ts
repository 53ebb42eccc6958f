import { expect, test } from "vitest";
import { outlookFeatures, outlookNames } from "../map/outlook";
import { readMessage, type Update } from "./messages";
import { NO_OUTLOOKS, withNews, type Outlooks } from "./outlook";

const RING = [[10, 54], [10.1, 54], [10.1, 54.1]];
const WORDS = {
  track: 17,
  alert: "kiel.2",
  lost_at: null,
  areas: [{ name: "Quay", at: [10.145, 54.356], radius_m: 150, probability: 0.44 }, { name: null, at: "nowhere", probability: 1 }],
  units: [{ name: "Streife 1", way: [[10.13, 54.36], [10.145, 54.356]], to: "Quay", takes_s: 95, chance: 0.4, leave_by: 5000 }],
  units_known: true,
  fliers: [{ vehicle: "falke-2", to: [10.145, 54.356], takes_s: 50, chance: 0.5 }],
  if_lost: { pattern: "parallel tracks", around: [10.15, 54.356], side_m: 500, spacing_m: 100, success: 0.6, ways: [{ vehicle: "falke-2", way: RING }] },
  launches: [{ name: "Boats", at: [10.162, 54.3575], probability: 0.7 }],
  changes: ["Quay is the likeliest now."],
};
const MAPS = { track: 17, landing: { half: [[RING]], most: [[RING, RING]] }, launch: { half: [], most: [[RING]] }, beyond: 0.1 };

function told(fields: object, before: Outlooks = NO_OUTLOOKS): Outlooks {
  const message = readMessage(JSON.stringify({ type: "update", now: 1, ...fields })) as Update;
  return withNews(before, message.outlook);
}

const there = (...tracks: number[]): object => ({ outlooks_there: { tracks, flights_ended: 0, calibration: [] } });

test("an outlook is read, and what of it is no place is left out", () => {
  const outlook = told({ outlooks: [WORDS, { track: "x" }], ...there(17) }).byTrack.get(17);
  expect(outlook?.areas.map(({ name }) => name)).toEqual(["Quay"]);
  expect(outlook?.units[0]).toMatchObject({ name: "Streife 1", leave_by: 5000, to: "Quay" });
  expect(outlook?.if_lost?.ways[0]?.vehicle).toBe("falke-2");
});

test("what a message does not name stays, and what is not there any more goes", () => {
  const both = told({ outlooks: [WORDS], outlook_maps: [MAPS], ...there(17) });
  expect(told({}, both)).toBe(both);
  const changed = told({ outlooks: [{ ...WORDS, lost_at: 9 }] }, both);
  expect([changed.byTrack.get(17)?.lost_at, changed.maps.size]).toEqual([9, 1]);
  const gone = told({ outlooks_there: { tracks: [], flights_ended: 1, calibration: [{ forecasts: 3, promised: 0.4, happened: 0.3 }] } }, both);
  expect([gone.byTrack.size, gone.maps.size, gone.flightsEnded, gone.calibration.length]).toEqual([0, 0, 1, 1]);
});

test("of the one that is looked at all is drawn, of the others where they land, and nothing when hidden", () => {
  const outlooks = told({ outlooks: [WORDS], outlook_maps: [MAPS], ...there(17) });
  const kinds = (track: number | null, shown = true): string[] =>
    outlookFeatures({ outlooks, track, shown }).features.map(({ properties }) => properties?.["kind"] as string);
  expect(kinds(17)).toEqual(["came-most", "lands-most", "lands-half", "lands", "goes", "waits", "came"]);
  expect(kinds(null)).toEqual(["lands-most", "lands-half", "lands"]);
  expect(kinds(17, false)).toEqual([]);
  const titles = (track: number | null, shown = true): string[] => outlookNames({ outlooks, track, shown }).map(({ title }) => title);
  expect(titles(17)).toEqual(["44 %", "Streife 1", "from here 70 %"]);
  expect(titles(null)).toEqual(["44 %"]);
  expect(titles(17, false)).toEqual([]);
});

test("the search is drawn once the track is lost, and a hole stays one", () => {
  const outlooks = told({ outlooks: [{ ...WORDS, lost_at: 9 }], outlook_maps: [MAPS], ...there(17) });
  const { features } = outlookFeatures({ outlooks, track: 17, shown: true });
  expect(features.filter(({ properties }) => properties?.["kind"] === "search")).toHaveLength(1);
  const most = features.find(({ properties }) => properties?.["kind"] === "lands-most");
  expect(most?.geometry.type === "Polygon" && most.geometry.coordinates.map((ring) => ring.length)).toEqual([4, 4]);
});

test("what drifts, with which wind and since when that is known, is read, and what is none of it counts as flying", () => {
  const outlook = (fields: object) => told({ outlooks: [{ ...WORDS, ...fields }], ...there(17) }).byTrack.get(17);
  const wind = { from_deg: 90, m_s: 5, reported_at: 1000 };
  expect(outlook({ drift: "with_wind", wind })).toMatchObject({ drift: "with_wind", wind });
  expect(outlook({ drift: "no_wind", wind: { from_deg: 90 } })).toMatchObject({ drift: "no_wind", wind: null });
  expect(outlook({ drift: "falls" })).toMatchObject({ drift: "flies", wind: null });
});
