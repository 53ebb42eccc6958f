import { describe, expect, test } from "vitest";
import { viewport } from "../geo";
import { SYMBOL } from "../map/palette";
import { aCue, aTrack, aVehicle } from "../state/examples";
import type { Claim } from "../state/claims";
import type { Cue, Track, Vehicle } from "../state/messages";
import { EMPTY_PICTURE } from "../state/picture";
import { Trails } from "../state/trails";
import { faded, hit, marksOf, type Mark } from "./marks";
import type { Scene } from "./scene";

const NOW = 1_000_000;
const VIEW = viewport([10.16, 54.36], 13, 800, 600);
const AIS: Claim = {
  kind: "ais",
  mmsi: "211000104",
  name: "FJORDLINER",
  ship_type: 60,
  length_m: 224,
  beam_m: null,
  draught_m: null,
  navigational_status: 0,
  destination: null,
};

function scene(tracks: Track[], vehicles: Vehicle[] = [], fields: Partial<Scene> = {}, cues: Cue[] = []): Scene {
  return {
    picture: {
      ...EMPTY_PICTURE,
      tracks: new Map(tracks.map((track) => [track.id, track])),
      vehicles: new Map(vehicles.map((vehicle) => [vehicle.id, vehicle])),
      cues: new Map(cues.map((cue) => [cue.id, cue])),
    },
    sensors: [
      { id: "ais-1", kind: "ais_receiver", position: [10, 54], range_m: null, sector_deg: null },
      { id: "radar-1", kind: "radar", position: [10, 54], range_m: 5000, sector_deg: null },
    ],
    zones: [],
    trails: new Trails(),
    alerted: new Map(),
    unseen: new Set(),
    alertPlaces: [],
    placeNames: [],
    selected: null,
    hovered: null,
    proposedCue: null,
    now: NOW,
    stale: false,
    ...fields,
  };
}

const markOf = (track: Track, fields: Partial<Scene> = {}): Mark => marksOf(scene([track], [], fields), VIEW)[0]!;

describe("marks", () => {
  test.each([
    ["only a claim", { claim: AIS, measured_by: ["ais-1"] }, "vessel", true],
    ["a claim that a radar measured too", { claim: AIS, measured_by: ["ais-1", "radar-1"] }, "vessel", false],
    ["measured, without a claim", { claim: null, measured_by: ["radar-1"] }, "vessel_measured_only", false],
    ["a claim that nobody is known to have heard", { claim: AIS, measured_by: [] }, "vessel", true],
  ])("a vessel: %s", (_, fields, shape, claimOnly) => {
    expect(markOf(aTrack({ class: "vessel", ...fields }))).toMatchObject({ shape, claimOnly });
  });

  test.each([
    ["vehicle", "ground_vehicle"],
    ["person", "person"],
  ] as const)("a %s on land has a symbol of its own and no height", (target, shape) => {
    const mark = markOf(aTrack({ class: target, height_m: 3 }), { selected: { is: "track", id: 17 } });
    expect(mark).toMatchObject({ shape, label: { title: `T17 ${target}`, detail: "12.0 m/s" } });
  });

  test("an aircraft that only its own ADS-B tells of is drawn broken", () => {
    const claim = { kind: "adsb", icao: "4CA1B2", call_sign: null } as const;
    const mark = (measured_by: string[]) => markOf(aTrack({ class: "aircraft", claim, measured_by }));
    expect(mark(["adsb-1"])).toMatchObject({ shape: "aircraft", claimOnly: true });
    expect(mark(["adsb-1", "radar-1"])).toMatchObject({ claimOnly: false });
  });

  test("a claimed name stands in quotation marks", () => {
    expect(markOf(aTrack({ class: "vessel", claim: AIS, measured_by: ["ais-1"] })).label?.title).toBe("“FJORDLINER”");
  });

  test("a drone in alarm is red, and stays so on the way out of the view", () => {
    const track = aTrack({ position: [11, 55] });
    expect(marksOf(scene([track]), VIEW)).toEqual([]);
    const [mark] = marksOf(scene([track], [], { alerted: new Map([[17, "critical"]]), unseen: new Set([17]) }), VIEW);
    expect(mark).toMatchObject({ colour: SYMBOL.critical, alert: "critical", unseen: true });
  });

  test("an old estimate is fainter and says its age", () => {
    const fresh = markOf(aTrack({ class: "unknown" }));
    const old = markOf(aTrack({ class: "unknown", updated_at: NOW - 20_000, age_ms: 20_000, status: "coasting" }));
    expect(fresh.opacity).toBe(1);
    expect(old.opacity).toBeLessThan(0.9);
    expect(fresh.label?.detail).not.toContain("ago");
    expect(old.label?.detail).toContain("20 s ago");
  });

  test("fading begins after five seconds and never ends in nothing", () => {
    expect([0, 5000, 1e9].map(faded)).toEqual([1, 1, expect.closeTo(0.45)]);
  });

  test("a position is carried on, but not without a live line", () => {
    const track = aTrack({ updated_at: NOW - 1000, age_ms: 0, course_deg: 90, speed_m_s: 50 });
    expect(markOf(track).x).toBeGreaterThan(402);
    expect(markOf(track, { stale: true }).x).toBeCloseTo(400, 5);
  });

  test("the leader reaches one minute ahead", () => {
    const [dx, dy] = markOf(aTrack({ speed_m_s: 10, course_deg: 0 })).leader!;
    expect(dx).toBeCloseTo(0, 6);
    expect(-dy / (600 / 5.57)).toBeCloseTo(1, 1);
  });

  test("what does not move has no leader", () => {
    expect(markOf(aTrack({ speed_m_s: 0.1 })).leader).toBeNull();
  });

  test("tentative tracks and echoes of our own stay in the background", () => {
    const ours = markOf(aTrack({ own: "kiel-1" }));
    expect(ours).toMatchObject({ shape: "echo", label: null });
    const tentative = markOf(aTrack({ status: "tentative" }));
    expect(tentative).toMatchObject({ shape: "tentative", label: null });
    expect(tentative.opacity).toBeLessThan(0.5);
  });

  test("a vehicle that is sent to look shows the line to its target instead of its leader", () => {
    const vehicle = aVehicle({ cue: "kiel.c1", measured_at: NOW });
    const leaderWith = (state: Cue["state"]) => marksOf(scene([], [vehicle], {}, [aCue({ state })]), VIEW)[0]?.leader;
    expect(leaderWith("approved")).toBeNull();
    expect(leaderWith("ended")).not.toBeNull();
  });

  test("a vehicle without a position is not drawn", () => {
    expect(marksOf(scene([], [aVehicle({ position: null })]), VIEW)).toEqual([]);
  });

  test("a vehicle that is not heard says since when", () => {
    const [mark] = marksOf(scene([], [aVehicle({ connected: false, measured_at: NOW - 8000 })]), VIEW);
    expect(mark?.colour).toBe(SYMBOL.ownLost);
    expect(mark?.label?.detail).toContain("8 s ago");
  });

  test("own vehicles are painted above targets, an alarm above both, the chosen above all", () => {
    const tracks = [aTrack({ id: 1 }), aTrack({ id: 2 }), aTrack({ id: 3, class: "bird" })];
    const order = marksOf(
      scene(tracks, [aVehicle()], { alerted: new Map([[2, "critical"]]), selected: { is: "track", id: 3 } }),
      VIEW,
    ).map(({ key }) => key);
    expect(order).toEqual(["t:1", "v:kiel-1", "t:2", "t:3"]);
  });

  test("the pointer finds the nearest, and at the same place the more important", () => {
    const marks = marksOf(scene([aTrack({ class: "bird", updated_at: NOW })], [aVehicle({ measured_at: NOW })]), VIEW);
    expect(hit(marks, 402, 300)?.key).toBe("v:kiel-1");
    expect(hit(marks, 440, 300)).toBeNull();
  });
});
