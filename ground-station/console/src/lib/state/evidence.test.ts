import { describe, expect, test } from "vitest";
import { evidenceAddress, readEvidence } from "./evidence";
import { someEvidence } from "./examples";

const whole = someEvidence();

describe("evidence of an alert", () => {
  test("is read whole, and its files have addresses of their own", () => {
    expect(readEvidence({ ...whole })).toEqual(whole);
    expect(evidenceAddress(whole.clip)).toBe(`/api/evidence/${"c".repeat(64)}`);
  });

  test("a name that is no hash never becomes an address", () => {
    for (const sha256 of ["../../site", "C".repeat(64), "c".repeat(63), "", 5, null]) {
      expect(readEvidence({ ...whole, clip: { sha256, bytes: 1 } })).toBeNull();
      expect(readEvidence({ ...whole, snapshot: { ...whole.snapshot, sha256 } })?.snapshot).toBeNull();
    }
  });

  test("what is missing beside the clip does not hide it", () => {
    const { alert, camera, at, clip } = whole;
    expect(readEvidence({ alert, camera, at, clip })).toMatchObject({ begins: at, ends: at, snapshot: null });
    expect(readEvidence({ ...whole, picture: [1, "x"], snapshot: { sha256: "d".repeat(64), boxes: [{}] } })).toMatchObject({
      picture: [16, 9],
      snapshot: { boxes: [], taken_at: at },
    });
  });
});
