import { describe, expect, test, vi } from "vitest";
import { credentialsIn, takeCredentials } from "./session";

describe("credentials in the address", () => {
  test.each([
    ["#operator=anna&key=s3cret", { operator: "anna", key: "s3cret" }],
    ["#key=a%2Bb%3D&operator=anna", { operator: "anna", key: "a+b=" }],
    ["#operator=anna", null],
    ["#operator=&key=x", null],
    ["#", null],
    ["", null],
  ])("%s", (fragment, expected) => {
    expect(credentialsIn(fragment)).toEqual(expected);
  });

  test("are taken out of the address bar and the history", () => {
    const replaceState = vi.fn();
    const place = { hash: "#operator=anna&key=x", pathname: "/", search: "?a" } as Location;
    expect(takeCredentials(place, { replaceState } as unknown as History)).toEqual({ operator: "anna", key: "x" });
    expect(replaceState).toHaveBeenCalledWith(null, "", "/?a");
  });
});
