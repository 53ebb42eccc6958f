import { describe, expect, test } from "vitest";
import { alertedTracks, beliefBars, cueFor, neighbour, orphaned, sortedAlerts, unseenCritical } from "./alerts";
import { aCue, anAlert } from "./examples";

describe("alerts", () => {
  test("the unacknowledged come first, the severe before the mild, the new before the old, the closed apart", () => {
    const alerts = [
      anAlert({ id: "closed", state: "closed" }),
      anAlert({ id: "seen critical", state: "acknowledged", raised_at: 9 }),
      anAlert({ id: "notice", severity: "notice", raised_at: 9 }),
      anAlert({ id: "old critical", raised_at: 1 }),
      anAlert({ id: "new critical", raised_at: 5 }),
      anAlert({ id: "warning", severity: "warning", raised_at: 9 }),
    ];
    const { open, closed } = sortedAlerts(alerts);
    expect(open.map(({ id }) => id)).toEqual(["new critical", "old critical", "warning", "notice", "seen critical"]);
    expect(closed.map(({ id }) => id)).toEqual(["closed"]);
  });

  test("only raised critical alerts sound", () => {
    const alerts = [anAlert({ id: "a" }), anAlert({ id: "b", state: "acknowledged" }), anAlert({ id: "c", severity: "warning" })];
    expect(unseenCritical(alerts).map(({ id }) => id)).toEqual(["a"]);
  });

  test.each([
    ["the one being flown", [aCue({ id: "p" }), aCue({ id: "a", state: "approved" })], "a"],
    ["the newest proposal", [aCue({ id: "1", proposed_at: 1 }), aCue({ id: "2", proposed_at: 2 }), aCue({ id: "d", state: "declined", proposed_at: 3 })], "2"],
    ["none of another alert", [aCue({ alert: "kiel.9" })], undefined],
  ])("an alert shows %s of its cues", (_, cues, expected) => {
    expect(cueFor(anAlert(), cues)?.id).toBe(expected);
  });

  test("a track is drawn with the highest severity of its open alerts", () => {
    const worst = alertedTracks([
      anAlert({ id: "1", track: 1, severity: "notice" }),
      anAlert({ id: "2", track: 1, severity: "critical", state: "acknowledged" }),
      anAlert({ id: "3", track: 2, state: "closed" }),
      anAlert({ id: "4", track: null }),
    ]);
    expect([...worst]).toEqual([[1, "critical"]]);
  });

  test("an open alert whose subject is gone is drawn where it was raised", () => {
    const alerts = [
      anAlert({ id: "tracked", track: 1 }),
      anAlert({ id: "lost", track: 2 }),
      anAlert({ id: "lost and closed", track: 2, state: "closed" }),
      anAlert({ id: "nowhere", track: 2, position: null }),
      anAlert({ id: "vehicle", track: null, vehicle: "kiel-1" }),
      anAlert({ id: "of nothing", track: null }),
    ];
    const found = orphaned(alerts, (id) => id === 1, (id) => id === "kiel-1");
    expect(found.map(({ id }) => id)).toEqual(["lost", "of nothing"]);
  });

  test("the keys move along the list and stop at its ends", () => {
    const list = [anAlert({ id: "a" }), anAlert({ id: "b" })];
    expect(neighbour(list, null, 1)?.id).toBe("a");
    expect(neighbour(list, "a", 1)?.id).toBe("b");
    expect(neighbour(list, "b", 1)?.id).toBe("b");
    expect(neighbour(list, "a", -1)?.id).toBe("a");
    expect(neighbour(list, "closed meanwhile", -1)?.id).toBe("a");
    expect(neighbour([], "a", 1)).toBeNull();
  });

  test("beliefs are shown most likely first, without the negligible", () => {
    const bars = beliefBars({ bird: 0.2, drone: 0.795, clutter: 0.005 });
    expect(bars.map(({ name }) => name)).toEqual(["drone", "bird"]);
  });
});
