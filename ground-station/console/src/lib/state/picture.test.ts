import { describe, expect, test } from "vitest";
import { NO_OUTLOOK_NEWS } from "./outlook";
import { aCue, anAlert, aTrack, aVehicle } from "./examples";
import type { Snapshot, Update } from "./messages";
import { CLOSED_ALERTS_MAX, pictureOf, updated } from "./picture";

const snapshot = (fields: Partial<Snapshot> = {}): Snapshot => ({
  type: "snapshot",
  now: 1,
  simulated: false,
  operator: null,
  vehicles: [],
  tracks: [],
  alerts: [],
  cues: [],
  evidence: [],
  planning: null,
  outlook: NO_OUTLOOK_NEWS,
  unreadable: 0,
  ...fields,
});

const update = (fields: Partial<Update> = {}): Update => ({
  type: "update",
  now: 2,
  vehicles: [],
  tracks: [],
  tracks_removed: [],
  alerts: [],
  cues: [],
  evidence: [],
  planning: null,
  outlook: NO_OUTLOOK_NEWS,
  unreadable: 0,
  ...fields,
});

describe("the picture", () => {
  test("a snapshot replaces everything", () => {
    const first = pictureOf(snapshot({ tracks: [aTrack({ id: 1 })], vehicles: [aVehicle()], cues: [aCue()] }));
    const second = pictureOf(snapshot({ now: 9, tracks: [aTrack({ id: 2 })], simulated: true }));
    expect([...first.tracks.keys()]).toEqual([1]);
    expect([...second.tracks.keys()]).toEqual([2]);
    expect(second.vehicles.size + second.cues.size).toBe(0);
    expect(second).toMatchObject({ now: 9, simulated: true });
  });

  test("an update changes what it names, adds what is new and removes what is gone", () => {
    const before = pictureOf(snapshot({ tracks: [aTrack({ id: 1 }), aTrack({ id: 2 })], alerts: [anAlert()] }));
    const after = updated(
      before,
      update({
        tracks: [aTrack({ id: 2, speed_m_s: 5 }), aTrack({ id: 3 })],
        tracks_removed: [1, 99],
        alerts: [anAlert({ state: "acknowledged", by: "anna" })],
      }),
    );
    expect([...after.tracks.keys()]).toEqual([2, 3]);
    expect(after.tracks.get(2)?.speed_m_s).toBe(5);
    expect(after.alerts.get("kiel.1")?.state).toBe("acknowledged");
    expect(after.now).toBe(2);
  });

  test("a picture once given is never changed, and what an update leaves alone is not copied", () => {
    const before = pictureOf(snapshot({ tracks: [aTrack()], vehicles: [aVehicle()] }));
    const after = updated(before, update({ tracks: [aTrack({ speed_m_s: 1 })] }));
    expect(before.tracks.get(17)?.speed_m_s).toBe(12);
    expect(after.vehicles).toBe(before.vehicles);
    expect(after.alerts).toBe(before.alerts);
  });

  test("a track that is updated and removed at once is gone", () => {
    const after = updated(pictureOf(snapshot()), update({ tracks: [aTrack()], tracks_removed: [17] }));
    expect(after.tracks.size).toBe(0);
  });

  test("the oldest closed alerts go, an open one never", () => {
    const closed = Array.from({ length: CLOSED_ALERTS_MAX + 5 }, (_, i) =>
      anAlert({ id: `kiel.${i}`, state: "closed", raised_at: 1000 + i }),
    );
    const open = anAlert({ id: "old", raised_at: 1 });
    const { alerts } = pictureOf(snapshot({ alerts: [open, ...closed] }));
    expect(alerts.size).toBe(CLOSED_ALERTS_MAX + 1);
    expect(alerts.has("old")).toBe(true);
    expect(alerts.has("kiel.4")).toBe(false);
    expect(alerts.has("kiel.5")).toBe(true);
  });
});
