import { describe, expect, test } from "vitest";
import type { AisClaim } from "./claims";
import { aTrack } from "./examples";
import { liesStill, mayArrive, vesselLabel, vesselSize } from "./vessels";

const AIS: AisClaim = {
  kind: "ais",
  mmsi: "211000104",
  name: "FJORDLINER",
  ship_type: 60,
  length_m: 224,
  beam_m: 35,
  draught_m: null,
  navigational_status: 0,
  destination: "DEKEL",
};

describe("vessels of the picture", () => {
  test.each([
    ["one that does not move", { class: "vessel", speed_m_s: 0.1 }, true],
    ["one that says it is moored while its antenna swings", { class: "vessel", speed_m_s: 0.8, claim: { ...AIS, navigational_status: 5 } }, true],
    ["one under way", { class: "vessel", speed_m_s: 4, claim: AIS }, false],
    ["a person who stands still", { class: "person", speed_m_s: 0 }, false],
  ] as const)("%s", (_, fields, still) => {
    const track = aTrack({ own: null, claim: null, ...fields });
    expect(liesStill(track)).toBe(still);
    expect(mayArrive(track)).toBe(!still && track.class === "vessel");
  });

  test("a vessel is called by its name and where it is bound for, and its size by what it says", () => {
    expect(vesselLabel(aTrack({ claim: AIS }))).toBe("FJORDLINER, bound for DEKEL");
    expect(vesselLabel(aTrack({ id: 9, claim: null }))).toBe("Track 9");
    expect(vesselSize(aTrack({ claim: AIS }))).toBe("224 × 35 m, ? m deep by AIS");
    expect(vesselSize(aTrack({ claim: null }))).toBeNull();
  });
});
