import { describe, expect, test } from "vitest";
import { calledItself, readClaim } from "./claims";

describe("claims", () => {
  const AIS = {
    kind: "ais",
    mmsi: "211000104",
    name: "FJORDLINER",
    ship_type: 60,
    length_m: 224,
    beam_m: 35,
    draught_m: 6.8,
    navigational_status: 5,
    destination: "DEKEL",
  };
  const REMOTE_ID = { kind: "remote_id", uas_id: "1581F5FKD2", operator: [10.1, 54.3] };
  const ADSB = { kind: "adsb", icao: "4CA1B2", call_sign: "RYR12AB" };

  test.each([AIS, REMOTE_ID, ADSB])("a whole claim of kind $kind comes through unchanged", (claim) => {
    expect(readClaim(claim)).toEqual(claim);
  });

  test.each([
    [AIS, "FJORDLINER"],
    [{ ...AIS, name: "  " }, "211000104"],
    [REMOTE_ID, "1581F5FKD2"],
    [ADSB, "RYR12AB"],
    [{ ...ADSB, call_sign: "        " }, "4CA1B2"],
    [{ kind: "adsb" }, null],
    [{ kind: "smoke signals", name: "CHIEF" }, null],
  ])("%o calls itself %s", (claim, expected) => {
    const read = readClaim(claim);
    expect(read && calledItself(read)).toBe(expected);
  });

  test("a claim of a later system is still a claim, and no claim is none", () => {
    expect(readClaim({ kind: "smoke signals" })).toEqual({ kind: "unknown" });
    expect(readClaim({})).toEqual({ kind: "unknown" });
    for (const nothing of [null, undefined, 5, "ais", []]) expect(readClaim(nothing)).toBeNull();
  });

  test("an operator who stands nowhere on Earth is left out", () => {
    expect(readClaim({ ...REMOTE_ID, operator: [10, 95] })).toMatchObject({ uas_id: "1581F5FKD2", operator: null });
  });
});
