import { describe, expect, test } from "vitest";
import { aCue, anAlert, aTrack, aVehicle, someEvidence } from "./examples";
import { NO_OUTLOOK_NEWS } from "./outlook";
import { readMessage, type Snapshot, type Update } from "./messages";

const snapshotOf = (fields: object): string =>
  JSON.stringify({ type: "snapshot", now: 1_000_000, simulated: true, operator: { id: "anna", name: "Anna" }, ...fields });

const readSnapshot = (fields: object): Snapshot => readMessage(snapshotOf(fields)) as Snapshot;

describe("reading messages", () => {
  test("a whole snapshot comes through unchanged", () => {
    const lists = { vehicles: [aVehicle()], tracks: [aTrack()], alerts: [anAlert()], cues: [aCue()] };
    const records = { ...lists, evidence: [someEvidence()] };
    expect(readSnapshot(records)).toEqual({
      type: "snapshot",
      now: 1_000_000,
      simulated: true,
      operator: { id: "anna", name: "Anna" },
      ...records,
      planning: null,
      outlook: NO_OUTLOOK_NEWS,
      unreadable: 0,
    });
  });

  test("an update says which tracks are gone", () => {
    const update = readMessage('{"type":"update","now":5,"tracks_removed":[3,"x",4]}') as Update;
    expect(update.tracks_removed).toEqual([3, 4]);
    expect(update.vehicles).toEqual([]);
  });

  test.each([
    ["done", '{"type":"done","request":3}', { done: true, request: 3, reason: null }],
    ["refused", '{"type":"refused","request":4,"reason":"too far"}', { done: false, request: 4, reason: "too far" }],
    ["refused without a request", '{"type":"refused","request":null,"reason":"binary"}', { done: false, request: null, reason: "binary" }],
  ])("an answer: %s", (_, json, expected) => {
    expect(readMessage(json)).toEqual({ type: "answer", ...expected });
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a number", "5"],
    ["null", "null"],
    ["a list", "[]"],
    ["no type", '{"now":5}'],
    ["a type of a later station", '{"type":"weather","now":5}'],
    ["a snapshot without a time", '{"type":"snapshot"}'],
    ["a time that is no number", '{"type":"update","now":"noon"}'],
  ])("%s is no message", (_, json) => {
    expect(readMessage(json)).toBeNull();
  });

  test("records without identity or place are left out and counted, the rest is kept", () => {
    const { vehicles, tracks, unreadable } = readSnapshot({
      vehicles: [aVehicle(), { ...aVehicle(), id: "" }, { ...aVehicle(), measured_at: null }, 7, null],
      tracks: [aTrack(), { ...aTrack(), position: null }, { ...aTrack(), position: [200, 0] }, { ...aTrack(), id: "17" }],
    });
    expect(vehicles).toHaveLength(1);
    expect(tracks).toHaveLength(1);
    expect(unreadable).toBe(7);
  });

  test("words of a later station become unknown, and the unknown never looks harmless", () => {
    const { vehicles, tracks, alerts, cues } = readSnapshot({
      vehicles: [{ ...aVehicle(), mode: "swarm", kind: "airship", phase: "dreaming", failsafes: ["parachute", 5] }],
      tracks: [{ ...aTrack(), class: "balloon", status: "haunted", belief: { balloon: 1, drone: 2, bird: 0.5 } }],
      alerts: [{ ...anAlert(), severity: "apocalyptic", rule: "omen", state: "pending" }],
      cues: [{ ...aCue(), state: "half approved" }],
    });
    expect(vehicles[0]).toMatchObject({ mode: "unknown", kind: "unknown", phase: "unknown", failsafes: ["parachute"] });
    expect(tracks[0]).toMatchObject({ class: "unknown", status: "tentative", belief: { bird: 0.5 } });
    expect(alerts[0]).toMatchObject({ severity: "critical", rule: "unknown", state: "raised" });
    expect(cues[0]?.state).toBe("ended");
  });

  test("what a later station finds wrong with a track is shown as something unknown, once", () => {
    const track = { ...aTrack(), alerts: ["ais_spoof", "haunted", "cursed", 5], kinds: { tanker: 0.6, ark: 0.4 } };
    expect(readSnapshot({ tracks: [track] }).tracks[0]).toMatchObject({
      alerts: ["ais_spoof", "unknown"],
      kinds: { tanker: 0.6 },
    });
    const { alerts: _, kinds: __, ...older } = aTrack();
    expect(readSnapshot({ tracks: [older] }).tracks[0]).toMatchObject({ alerts: [], kinds: {} });
  });

  test("a course that is not said is taken from the heading", () => {
    const { course_deg: _, ...without } = aVehicle({ heading_deg: 33 });
    expect(readSnapshot({ vehicles: [without] }).vehicles[0]?.course_deg).toBe(33);
  });

  test("an MMSI sent as a number keeps its leading zeros", () => {
    const tracks = [{ ...aTrack(), claim: { kind: "ais", mmsi: 2_110_001, name: "  " } }];
    expect(readSnapshot({ tracks }).tracks[0]?.claim).toMatchObject({ mmsi: "002110001", name: null });
  });

  test("a message spoilt at any place is read or refused, never thrown", () => {
    const lists = { vehicles: [aVehicle()], tracks: [aTrack()], alerts: [anAlert()], cues: [aCue()] };
    const whole = snapshotOf({ ...lists, evidence: [someEvidence()] });
    const replacements = ["null", "[]", "{}", '"x"', "-1e999", "true", ""];
    for (let at = 0; at < whole.length; at++) {
      readMessage(whole.slice(0, at));
      for (const piece of replacements) readMessage(whole.slice(0, at) + piece + whole.slice(at + 1));
    }
  });

  test("every field of every record may hold anything", () => {
    const values = [null, undefined, true, -1, 1e308, "", "x", [], [null], {}, { id: 1 }];
    const records = { vehicles: aVehicle(), tracks: aTrack(), alerts: anAlert(), cues: aCue(), evidence: someEvidence() };
    for (const [list, record] of Object.entries(records)) {
      for (const field of Object.keys(record)) {
        for (const value of values) {
          const read = readSnapshot({ [list]: [{ ...record, [field]: value }] });
          expect(read.unreadable + read[list as "vehicles"].length).toBe(1);
        }
      }
    }
  });
});
